// atomics and counters: arrays of 64-bit numbers behind magic references.
#include <atomic>
#include <memory>
#include <new>

#include "bifs/bifs.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

class AtomicArray final : public MagicObject {
 public:
  AtomicArray(std::size_t size, bool is_signed)
      : size(size), is_signed(is_signed), cells(new std::atomic<std::uint64_t>[size] {}) {}
  const std::size_t size;
  const bool is_signed;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> cells;

  Term value_term(Heap& h, std::uint64_t bits) const {
    return is_signed ? make_int(h, static_cast<std::int64_t>(bits)) : make_uint(h, bits);
  }
  // A value that a cell can hold.
  std::optional<std::uint64_t> value_from(Term t) const {
    if (!is_signed) return to_uint64(t);
    const auto n = to_int64(t);
    return n ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
  }
};
// Counters that many write: each scheduler counts in cells of its own, and a counter's value is their sum.
// Row 0 is of all other threads.
class CounterArray final : public MagicObject {
 public:
  explicit CounterArray(std::size_t size)
      : size(size),
        row_cells((size + kLine - 1) / kLine * kLine),
        rows(static_cast<std::size_t>(scheduler_count()) + 1),
        cells(new (std::align_val_t{64}) std::atomic<std::uint64_t>[row_cells * rows] {}) {}
  ~CounterArray() override { operator delete[](cells, std::align_val_t{64}); }
  CounterArray(const CounterArray&) = delete;

  std::atomic<std::uint64_t>& own(std::size_t i) {
    const auto row = static_cast<std::size_t>(current_scheduler_number());
    return cells[(row < rows ? row : 0) * row_cells + i];
  }
  std::uint64_t value(std::size_t i) const {
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < rows; ++row)
      sum += cells[row * row_cells + i].load(std::memory_order_relaxed);
    return sum;
  }
  std::size_t bytes() const { return 40 + row_cells * rows * sizeof(*cells); }

  const std::size_t size;

 private:
  static constexpr std::size_t kLine = 8;  // cells in a cache line
  const std::size_t row_cells, rows;
  std::atomic<std::uint64_t>* const cells;
};

struct Atomics {
  AtomicArray* array;
  static std::optional<Atomics> from(Term t) {
    auto* array = magic_cast<AtomicArray>(t);
    return array ? std::optional(Atomics{array}) : std::nullopt;
  }
};
struct Counters {
  CounterArray* array;
  static std::optional<Counters> from(Term t) {
    auto* counters = magic_cast<CounterArray>(t);
    return counters ? std::optional(Counters{counters}) : std::nullopt;
  }
  // The index of Erlang's counter `t`, from 0.
  std::optional<std::size_t> index(Term t) const {
    if (!t.is_small()) return std::nullopt;
    const auto n = static_cast<std::uint64_t>(t.small_value()) - 1;
    return n < array->size ? std::optional(n) : std::nullopt;
  }
};

std::atomic<std::uint64_t>* cell(const AtomicArray& a, Term index) {
  if (!index.is_small()) return nullptr;
  const auto n = static_cast<std::uint64_t>(index.small_value()) - 1;
  return n < a.size ? &a.cells[n] : nullptr;
}
// OTP: an increment may be given signed or unsigned, whatever the array is.
std::optional<std::uint64_t> increment_from(Term t) {
  if (const auto n = to_int64(t)) return static_cast<std::uint64_t>(*n);
  return to_uint64(t);
}

// nullopt and *too_large, or badarg.
std::optional<std::size_t> array_size(Term t, bool* too_large) {
  constexpr std::int64_t kMaxCells = std::int64_t{1} << 48;
  *too_large = false;
  if (const auto big = Big::from(t)) {
    *too_large = !big->negative();
    return std::nullopt;
  }
  if (!t.is_small() || t.small_value() <= 0) return std::nullopt;
  *too_large = t.small_value() > kMaxCells;
  return *too_large ? std::nullopt : std::optional(static_cast<std::size_t>(t.small_value()));
}

Term info_map(Call& c, const AtomicArray& a) {
  Heap& h = c.heap();
  std::vector<Term> pairs{am::size, make_uint(h, a.size), am::memory, make_uint(h, 40 + 8 * a.size)};
  pairs.insert(pairs.end(), {am::min, a.is_signed ? make_int(h, INT64_MIN) : Term::small(0)});
  pairs.insert(pairs.end(), {am::max, a.is_signed ? make_int(h, INT64_MAX) : make_uint(h, UINT64_MAX)});
  return map_from_pairs(h, pairs);
}

}  // namespace

// atomics_new(Size, Options): bit 0 of the options is set for signed numbers.
JOIST_DEFINE_BIF(erts_internal_atomics_new_2, Term size_term, SmallInt options) {
  bool too_large;
  const auto size = array_size(size_term, &too_large);
  if (!size) return too_large ? system_limit(c) : badarg(c);
  return make_magic_ref(c.heap(), new AtomicArray(*size, (options.value() & 1) != 0));
}
JOIST_DEFINE_BIF(atomics_put_3, Atomics a, Term index, Term value_term) {
  auto* at = cell(*a.array, index);
  const auto value = a.array->value_from(value_term);
  if (!at || !value) return badarg(c);
  at->store(*value);
  return am::ok;
}
JOIST_DEFINE_BIF(atomics_get_2, Atomics a, Term index) {
  auto* at = cell(*a.array, index);
  return at ? a.array->value_term(c.heap(), at->load()) : badarg(c);
}
JOIST_DEFINE_BIF(atomics_add_3, Atomics a, Term index, Term increment_term) {
  auto* at = cell(*a.array, index);
  const auto increment = increment_from(increment_term);
  if (!at || !increment) return badarg(c);
  at->fetch_add(*increment);
  return am::ok;
}
JOIST_DEFINE_BIF(atomics_add_get_3, Atomics a, Term index, Term increment_term) {
  auto* at = cell(*a.array, index);
  const auto increment = increment_from(increment_term);
  if (!at || !increment) return badarg(c);
  return a.array->value_term(c.heap(), at->fetch_add(*increment) + *increment);
}
JOIST_DEFINE_BIF(atomics_exchange_3, Atomics a, Term index, Term value_term) {
  auto* at = cell(*a.array, index);
  const auto value = a.array->value_from(value_term);
  return at && value ? a.array->value_term(c.heap(), at->exchange(*value)) : badarg(c);
}
// compare_exchange(Ref, Index, Expected, Desired) -> ok | Actual
JOIST_DEFINE_BIF(atomics_compare_exchange_4, Atomics a, Term index, Term expected_term, Term desired_term) {
  auto* at = cell(*a.array, index);
  const auto expected = a.array->value_from(expected_term), desired = a.array->value_from(desired_term);
  if (!at || !expected || !desired) return badarg(c);
  std::uint64_t actual = *expected;
  return at->compare_exchange_strong(actual, *desired) ? am::ok : a.array->value_term(c.heap(), actual);
}
JOIST_DEFINE_BIF(atomics_info_1, Atomics a) { return info_map(c, *a.array); }

// ---- counters with write_concurrency ----
JOIST_DEFINE_BIF(erts_internal_counters_new_1, Term size_term) {
  bool too_large;
  const auto size = array_size(size_term, &too_large);
  if (!size) return too_large ? system_limit(c) : badarg(c);
  return make_magic_ref(c.heap(), new CounterArray(*size));
}
JOIST_DEFINE_BIF(erts_internal_counters_get_2, Counters a, Term index) {
  const auto i = a.index(index);
  return i ? make_int(c.heap(), static_cast<std::int64_t>(a.array->value(*i))) : badarg(c);
}
JOIST_DEFINE_BIF(erts_internal_counters_add_3, Counters a, Term index, Term increment_term) {
  const auto i = a.index(index);
  const auto increment = increment_from(increment_term);
  if (!i || !increment) return badarg(c);
  a.array->own(*i).fetch_add(*increment, std::memory_order_relaxed);
  return am::ok;
}
// OTP: what others add at the same time may be lost or not.
JOIST_DEFINE_BIF(erts_internal_counters_put_3, Counters a, Term index, Term value_term) {
  const auto i = a.index(index);
  const auto value = to_int64(value_term);
  if (!i || !value) return badarg(c);
  a.array->own(*i).fetch_add(static_cast<std::uint64_t>(*value) - a.array->value(*i),
                             std::memory_order_relaxed);
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_counters_info_1, Counters a) {
  Heap& h = c.heap();
  const Term pairs[] = {am::size, make_uint(h, a.array->size), am::memory, make_uint(h, a.array->bytes())};
  return map_from_pairs(h, pairs);
}

}  // namespace joist
