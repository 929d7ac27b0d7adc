#include "vm/ets/match_function.hpp"

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

namespace joist::ets {

namespace {

using F = MatchFunction;

constexpr std::size_t kAnyArity = SIZE_MAX;
struct Row {
  Term name;
  std::size_t arity;
  MatchFunction function;
};
// OTP: what erl knows here; newer guards (is_bitstring, tuple_size, ceil ...) are not among them.
const Row rows[] = {
    {am::is_atom, 1, F::is_atom},
    {am::is_float, 1, F::is_float},
    {am::is_integer, 1, F::is_integer},
    {am::is_list, 1, F::is_list},
    {am::is_number, 1, F::is_number},
    {am::is_pid, 1, F::is_pid},
    {am::is_port, 1, F::is_port},
    {am::is_reference, 1, F::is_reference},
    {am::is_tuple, 1, F::is_tuple},
    {am::is_map, 1, F::is_map},
    {am::is_map_key, 2, F::is_map_key},
    {am::is_binary, 1, F::is_binary},
    {am::is_function, 1, F::is_function},
    {am::is_record, 3, F::is_record},
    {am::and_, kAnyArity, F::and_},
    {am::or_, kAnyArity, F::or_},
    {am::xor_, 2, F::xor_},
    {am::not_, 1, F::not_},
    {am::abs, 1, F::abs},
    {am::element, 2, F::element},
    {am::hd, 1, F::hd},
    {am::tl, 1, F::tl},
    {am::length, 1, F::length},
    {am::node, 0, F::node_0},
    {am::node, 1, F::node_1},
    {am::round, 1, F::round},
    {am::size, 1, F::size},
    {am::map_size, 1, F::map_size},
    {am::map_get, 2, F::map_get},
    {am::bit_size, 1, F::bit_size},
    {am::byte_size, 1, F::byte_size},
    {am::trunc, 1, F::trunc},
    {am::plus_, 1, F::plus},
    {am::minus_, 1, F::negate},
    {am::plus_, 2, F::add},
    {am::minus_, 2, F::subtract},
    {am::times_, 2, F::multiply},
    {am::divide_, 2, F::divide},
    {am::div, 2, F::div},
    {am::rem, 2, F::rem},
    {am::band, 2, F::band},
    {am::bor, 2, F::bor},
    {am::bxor, 2, F::bxor},
    {am::bnot, 1, F::bnot},
    {am::bsl, 2, F::bsl},
    {am::bsr, 2, F::bsr},
    {am::greater_, 2, F::greater},
    {am::greater_eq_, 2, F::greater_equal},
    {am::less_, 2, F::less},
    {am::less_eq_, 2, F::less_equal},
    {am::exact_eq_, 2, F::exactly_equal},
    {am::eq_, 2, F::equal},
    {am::exact_ne_, 2, F::exactly_unequal},
    {am::ne_, 2, F::unequal},
    {am::self, 0, F::self},
    {am::float_, 1, F::float_},
    {am::binary_part, 2, F::binary_part_2},
    {am::binary_part, 3, F::binary_part_3},
};

bool is_boolean(Term t) { return t == am::true_ || t == am::false_; }
Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

// `all` as in `and`: the answer for no deviation.
Term fold_booleans(const Term* args, std::size_t arity, Term neutral) {
  Term result = neutral;
  for (std::size_t i = 0; i < arity; ++i) {
    if (!is_boolean(args[i])) return Term::none();
    if (args[i] != neutral) result = args[i];
  }
  return result;
}

Term binary_part(Heap& h, Term binary, Term start_term, Term length_term) {
  const auto b = binary.is_bitstring() ? Bits::from(binary) : std::nullopt;
  if (!b || !start_term.is_small() || !length_term.is_small()) return Term::none();
  std::int64_t start = start_term.small_value(), length = length_term.small_value();
  const auto size = static_cast<std::int64_t>(b->bit_size() / 8);
  if (start < 0 || start > size || length > size || length < -size) return Term::none();
  if (length < 0) {
    start += length;
    length = -length;
  }
  if (start < 0 || start + length > size) return Term::none();
  return make_sub_bits(h, binary, static_cast<std::size_t>(start) * 8, static_cast<std::size_t>(length) * 8);
}

Term number_or_none(Term t) { return is_failure(t) ? Term::none() : t; }

}  // namespace

std::optional<MatchFunction> find_match_function(Term name, std::size_t arity) {
  for (const Row& r : rows)
    if (r.name == name && (r.arity == arity || (r.arity == kAnyArity && arity > 0))) return r.function;
  return std::nullopt;
}

Term call_match_function(MatchFunction f, Heap& h, Term self, const Term* args, std::size_t arity) {
  const Term a = arity > 0 ? args[0] : Term::none();
  const Term b = arity > 1 ? args[1] : Term::none();
  const bool numbers = arity == 1 ? a.is_number() : arity == 2 && a.is_number() && b.is_number();
  const bool integers = arity == 1 ? a.is_integer() : arity == 2 && a.is_integer() && b.is_integer();
  switch (f) {
    case F::none: return Term::none();
    case F::is_atom: return make_bool(a.is_atom());
    case F::is_float: return make_bool(a.is_float());
    case F::is_integer: return make_bool(a.is_integer());
    case F::is_list: return make_bool(a.is_list());
    case F::is_number: return make_bool(a.is_number());
    case F::is_pid: return make_bool(a.is_pid());
    case F::is_port: return make_bool(a.is_port());
    case F::is_reference: return make_bool(a.is_reference());
    case F::is_tuple: return make_bool(a.is_tuple());
    case F::is_map: return make_bool(a.is_map());
    case F::is_map_key: return b.is_map() ? make_bool(!map_get(b, a).is_none()) : Term::none();
    case F::is_binary: return make_bool(a.is_binary());
    case F::is_function: return make_bool(a.is_fun());
    case F::is_record: {
      if (!b.is_atom() || !args[2].is_small()) return Term::none();
      const auto t = Tuple::from(a);
      return make_bool(t && t->arity() > 0 && small(t->arity()) == args[2] && (*t)[0] == b);
    }
    case F::and_: return fold_booleans(args, arity, am::true_);
    case F::or_: return fold_booleans(args, arity, am::false_);
    case F::xor_: return is_boolean(a) && is_boolean(b) ? make_bool(a != b) : Term::none();
    case F::not_: return is_boolean(a) ? make_bool(a == am::false_) : Term::none();
    case F::abs: return numbers ? number_or_none(number_abs(h, a)) : Term::none();
    case F::element: {
      const auto t = Tuple::from(b);
      if (!a.is_small() || !t) return Term::none();
      const auto i = static_cast<std::uint64_t>(a.small_value()) - 1;
      return i < t->arity() ? (*t)[i] : Term::none();
    }
    case F::hd: return a.is_cons() ? a.head() : Term::none();
    case F::tl: return a.is_cons() ? a.tail() : Term::none();
    case F::length: {
      const auto n = list_length(a);
      return n ? small(*n) : Term::none();
    }
    case F::node_0: return this_node()->name;
    case F::node_1: return a.is_pid() || a.is_port() || a.is_reference() ? node_of(a)->name : Term::none();
    case F::round: return numbers ? number_or_none(number_round(h, a)) : Term::none();
    case F::size:
      if (const auto t = Tuple::from(a)) return small(t->arity());
      return a.is_bitstring() ? small(Bits::from(a)->bit_size() / 8) : Term::none();
    case F::map_size: return a.is_map() ? small(joist::map_size(a)) : Term::none();
    case F::map_get: return b.is_map() ? joist::map_get(b, a) : Term::none();
    case F::bit_size: return a.is_bitstring() ? small(Bits::from(a)->bit_size()) : Term::none();
    case F::byte_size: return a.is_bitstring() ? small(Bits::from(a)->byte_size()) : Term::none();
    case F::trunc: return numbers ? number_or_none(number_trunc(h, a)) : Term::none();
    case F::plus: return numbers ? a : Term::none();
    case F::negate: return numbers ? number_or_none(number_negate(h, a)) : Term::none();
    case F::add: return numbers ? number_or_none(number_add(h, a, b)) : Term::none();
    case F::subtract: return numbers ? number_or_none(number_subtract(h, a, b)) : Term::none();
    case F::multiply: return numbers ? number_or_none(number_multiply(h, a, b)) : Term::none();
    case F::divide: return numbers ? number_or_none(number_divide(h, a, b)) : Term::none();
    case F::div: return integers ? number_or_none(integer_div(h, a, b)) : Term::none();
    case F::rem: return integers ? number_or_none(integer_rem(h, a, b)) : Term::none();
    case F::band: return integers ? number_or_none(integer_band(h, a, b)) : Term::none();
    case F::bor: return integers ? number_or_none(integer_bor(h, a, b)) : Term::none();
    case F::bxor: return integers ? number_or_none(integer_bxor(h, a, b)) : Term::none();
    case F::bnot: return integers ? number_or_none(integer_bnot(h, a)) : Term::none();
    case F::bsl: return integers ? number_or_none(integer_bsl(h, a, b)) : Term::none();
    case F::bsr: return integers ? number_or_none(integer_bsr(h, a, b)) : Term::none();
    case F::greater: return make_bool(compare(a, b) > 0);
    case F::greater_equal: return make_bool(compare(a, b) >= 0);
    case F::less: return make_bool(compare(a, b) < 0);
    case F::less_equal: return make_bool(compare(a, b) <= 0);
    case F::exactly_equal: return make_bool(equal_exact(a, b));
    case F::equal: return make_bool(joist::equal(a, b));
    case F::exactly_unequal: return make_bool(!equal_exact(a, b));
    case F::unequal: return make_bool(!joist::equal(a, b));
    case F::self: return self;
    case F::float_: {
      if (a.is_float()) return a;
      const auto d = numbers ? to_double(a) : std::nullopt;
      return d ? make_finite_float(h, *d) : Term::none();
    }
    case F::binary_part_2: {
      const auto t = Tuple::from(b);
      return t && t->arity() == 2 ? binary_part(h, a, (*t)[0], (*t)[1]) : Term::none();
    }
    case F::binary_part_3: return binary_part(h, a, b, args[2]);
  }
  fail("a match function that does not exist");
}

}  // namespace joist::ets
