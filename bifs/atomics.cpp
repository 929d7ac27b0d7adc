// atomics and counters: arrays of 64-bit numbers behind magic references.
#include <atomic>
#include <memory>

#include "bifs/bifs.hpp"
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
// Counters are the same, but a type of their own: their references are not atomics references.
class CounterArray final : public MagicObject {
 public:
  explicit CounterArray(std::size_t size) : array(size, true) {}
  AtomicArray array;
};

struct Atomics {
  AtomicArray* array;
  static std::optional<Atomics> from(Term t) {
    auto* array = magic_cast<AtomicArray>(t);
    return array ? std::optional(Atomics{array}) : std::nullopt;
  }
};
struct Counters {
  AtomicArray* array;
  static std::optional<Counters> from(Term t) {
    auto* counters = magic_cast<CounterArray>(t);
    return counters ? std::optional(Counters{&counters->array}) : std::nullopt;
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

Term info_map(Call& c, const AtomicArray& a, bool with_range) {
  Heap& h = c.heap();
  std::vector<Term> pairs{am::size, make_uint(h, a.size), am::memory, make_uint(h, 40 + 8 * a.size)};
  if (with_range) {
    pairs.insert(pairs.end(), {am::min, a.is_signed ? make_int(h, INT64_MIN) : Term::small(0)});
    pairs.insert(pairs.end(), {am::max, a.is_signed ? make_int(h, INT64_MAX) : make_uint(h, UINT64_MAX)});
  }
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
JOIST_DEFINE_BIF(atomics_info_1, Atomics a) { return info_map(c, *a.array, true); }

// ---- counters with write_concurrency ----
JOIST_DEFINE_BIF(erts_internal_counters_new_1, Term size_term) {
  bool too_large;
  const auto size = array_size(size_term, &too_large);
  if (!size) return too_large ? system_limit(c) : badarg(c);
  return make_magic_ref(c.heap(), new CounterArray(*size));
}
JOIST_DEFINE_BIF(erts_internal_counters_get_2, Counters a, Term index) {
  auto* at = cell(*a.array, index);
  return at ? a.array->value_term(c.heap(), at->load(std::memory_order_relaxed)) : badarg(c);
}
JOIST_DEFINE_BIF(erts_internal_counters_add_3, Counters a, Term index, Term increment_term) {
  auto* at = cell(*a.array, index);
  const auto increment = to_int64(increment_term);
  if (!at || !increment) return badarg(c);
  at->fetch_add(static_cast<std::uint64_t>(*increment), std::memory_order_relaxed);
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_counters_put_3, Counters a, Term index, Term value_term) {
  auto* at = cell(*a.array, index);
  const auto value = to_int64(value_term);
  if (!at || !value) return badarg(c);
  at->store(static_cast<std::uint64_t>(*value), std::memory_order_relaxed);
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_counters_info_1, Counters a) { return info_map(c, *a.array, false); }

}  // namespace joist
