// erlang: type tests, sizes, parts of terms, boolean operators and comparison, as functions. All may stand
// in guards. The instructions of the engine do most of this work without coming here.
#include "bifs/bifs.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

Term badmap(Call& c, Term not_a_map) { return raise_error(c, make_tuple(c.heap(), am::badmap, not_a_map)); }

}  // namespace

// ---- type tests ----
JOIST_DEFINE_BIF(erlang_is_atom_1, Term t) { return make_bool(t.is_atom()); }
JOIST_DEFINE_BIF(erlang_is_binary_1, Term t) { return make_bool(t.is_binary()); }
JOIST_DEFINE_BIF(erlang_is_bitstring_1, Term t) { return make_bool(t.is_bitstring()); }
JOIST_DEFINE_BIF(erlang_is_boolean_1, Term t) { return make_bool(t == am::true_ || t == am::false_); }
JOIST_DEFINE_BIF(erlang_is_float_1, Term t) { return make_bool(t.is_float()); }
JOIST_DEFINE_BIF(erlang_is_function_1, Term t) { return make_bool(t.is_fun()); }
JOIST_DEFINE_BIF(erlang_is_integer_1, Term t) { return make_bool(t.is_integer()); }
JOIST_DEFINE_BIF(erlang_is_list_1, Term t) { return make_bool(t.is_list()); }
JOIST_DEFINE_BIF(erlang_is_map_1, Term t) { return make_bool(t.is_map()); }
JOIST_DEFINE_BIF(erlang_is_number_1, Term t) { return make_bool(t.is_number()); }
JOIST_DEFINE_BIF(erlang_is_pid_1, Term t) { return make_bool(t.is_pid()); }
JOIST_DEFINE_BIF(erlang_is_port_1, Term t) { return make_bool(t.is_port()); }
JOIST_DEFINE_BIF(erlang_is_reference_1, Term t) { return make_bool(t.is_reference()); }
JOIST_DEFINE_BIF(erlang_is_tuple_1, Term t) { return make_bool(t.is_tuple()); }

// is_function(T, Arity) -- OTP: badarg for a negative arity, whatever T is; false for a very large one.
JOIST_DEFINE_BIF(erlang_is_function_2, Term t, Integer arity) {
  if (const auto big = Big::from(arity.t)) return big->negative() ? badarg(c) : am::false_;
  const std::int64_t n = arity.t.small_value();
  if (n < 0) return badarg(c);
  if (const auto f = Fun::from(t)) return make_bool(f->entry()->arity == n);
  if (t.is_box(BoxKind::external_fun)) return make_bool(external_fun_export(t)->arity == n);
  return am::false_;
}

// is_record(T, Tag), is_record(T, Tag, Size) -- badarg unless Tag is an atom and Size an integer (a small one
// if T is a tuple).
JOIST_DEFINE_BIF(erlang_is_record_2, Term t, Atom tag) {
  const auto tuple = Tuple::from(t);
  return make_bool(tuple && tuple->arity() > 0 && (*tuple)[0] == tag.term());
}
JOIST_DEFINE_BIF(erlang_is_record_3, Term t, Atom tag, Integer size) {
  const auto tuple = Tuple::from(t);
  // OTP: small integers have 60 bits.
  if (!size.t.is_small() || size.t.small_value() >= std::int64_t{1} << 59 ||
      size.t.small_value() < -(std::int64_t{1} << 59))
    return badarg(c);
  return make_bool(tuple && tuple->arity() > 0 &&
                   size.t == Term::small(static_cast<std::int64_t>(tuple->arity())) &&
                   (*tuple)[0] == tag.term());
}

// ---- parts ----
JOIST_DEFINE_BIF(erlang_element_2, SmallInt n, Tuple t) {
  const auto index = static_cast<std::uint64_t>(n.value()) - 1;
  return index < t.arity() ? t[index] : badarg(c);
}
JOIST_DEFINE_BIF(erlang_hd_1, Cons list) { return list.head(); }
JOIST_DEFINE_BIF(erlang_tl_1, Cons list) { return list.tail(); }

// map_get(Key, Map) -- {badmap,M} | {badkey,K}
JOIST_DEFINE_BIF(erlang_map_get_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  const Term value = map_get(map, key);
  return value.is_none() ? raise_error(c, make_tuple(c.heap(), am::badkey, key)) : value;
}
JOIST_DEFINE_BIF(erlang_is_map_key_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  return make_bool(!map_get(map, key).is_none());
}

// ---- sizes ----
JOIST_DEFINE_BIF(erlang_map_size_1, Term map) {
  if (!map.is_map()) return badmap(c, map);
  return Term::small(static_cast<std::int64_t>(map_size(map)));
}
JOIST_DEFINE_BIF(erlang_tuple_size_1, Tuple t) { return Term::small(static_cast<std::int64_t>(t.arity())); }
// OTP 26: the compiler lets both take a match context in place of the bitstring that is left in it.
JOIST_DEFINE_BIF(erlang_bit_size_1, Term t) {
  const auto b = Bits::from(t);
  return b ? Term::small(static_cast<std::int64_t>(b->bit_size())) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_byte_size_1, Term t) {
  const auto b = Bits::from(t);
  return b ? Term::small(static_cast<std::int64_t>(b->byte_size())) : badarg(c);
}
// OTP: size/1 of a bitstring counts whole bytes, byte_size/1 rounds up.
JOIST_DEFINE_BIF(erlang_size_1, Term t) {
  if (const auto tuple = Tuple::from(t)) return Term::small(static_cast<std::int64_t>(tuple->arity()));
  if (const auto b = Bitstring::from(t)) return Term::small(static_cast<std::int64_t>(b->bit_size() / 8));
  return badarg(c);
}
// length/1: a guard cannot trap, and counting is fast, so this does not yield; it charges for its work.
JOIST_DEFINE_BIF(erlang_length_1, List list) {
  const auto n = list_length(list.t);
  if (!n) return badarg(c);
  c.spend(static_cast<std::int64_t>(*n / 64));
  return Term::small(static_cast<std::int64_t>(*n));
}

// binary_part(Bin, {Start, Length}), binary_part(Bin, Start, Length) -- OTP: any bitstring; a negative length
// counts backwards.
static Term part_of(Call& c, const Bits& b, std::int64_t start, std::int64_t length) {
  const auto size = static_cast<std::int64_t>(b.bit_size() / 8);
  if (start < 0 || start > size || length > size || length < -size) return badarg(c);
  if (length < 0) {
    start += length;
    length = -length;
  }
  if (start < 0 || start + length > size) return badarg(c);
  return make_sub_bits(c.heap(), b.term(), static_cast<std::size_t>(start) * 8,
                       static_cast<std::size_t>(length) * 8);
}
JOIST_DEFINE_BIF(erlang_binary_part_3, Bitstring b, SmallInt start, SmallInt length) {
  return part_of(c, b, start.value(), length.value());
}
JOIST_DEFINE_BIF(erlang_binary_part_2, Bitstring b, Tuple t) {
  if (t.arity() != 2 || !t[0].is_small() || !t[1].is_small()) return badarg(c);
  return part_of(c, b, t[0].small_value(), t[1].small_value());
}
JOIST_DEFINE_BIF(binary_part_3, Bitstring b, SmallInt start, SmallInt length) {
  return part_of(c, b, start.value(), length.value());
}
JOIST_DEFINE_BIF(binary_part_2, Bitstring b, Tuple t) { return erlang_binary_part_2_body(c, b, t); }

// ---- boolean operators: both arguments must be booleans, else badarg ----
JOIST_DEFINE_BIF(erlang_and_2, Boolean a, Boolean b) { return make_bool(a.value && b.value); }
JOIST_DEFINE_BIF(erlang_or_2, Boolean a, Boolean b) { return make_bool(a.value || b.value); }
JOIST_DEFINE_BIF(erlang_xor_2, Boolean a, Boolean b) { return make_bool(a.value != b.value); }
JOIST_DEFINE_BIF(erlang_not_1, Boolean a) { return make_bool(!a.value); }

// ---- comparison ----
JOIST_DEFINE_BIF(erlang_exactly_equal_2, Term a, Term b) { return make_bool(equal_exact(a, b)); }
JOIST_DEFINE_BIF(erlang_exactly_unequal_2, Term a, Term b) { return make_bool(!equal_exact(a, b)); }
JOIST_DEFINE_BIF(erlang_equal_2, Term a, Term b) { return make_bool(equal(a, b)); }
JOIST_DEFINE_BIF(erlang_unequal_2, Term a, Term b) { return make_bool(!equal(a, b)); }
JOIST_DEFINE_BIF(erlang_less_2, Term a, Term b) { return make_bool(compare(a, b) < 0); }
JOIST_DEFINE_BIF(erlang_less_equal_2, Term a, Term b) { return make_bool(compare(a, b) <= 0); }
JOIST_DEFINE_BIF(erlang_greater_2, Term a, Term b) { return make_bool(compare(a, b) > 0); }
JOIST_DEFINE_BIF(erlang_greater_equal_2, Term a, Term b) { return make_bool(compare(a, b) >= 0); }
// Of equal terms the first one.
JOIST_DEFINE_BIF(erlang_max_2, Term a, Term b) { return compare(a, b) < 0 ? b : a; }
JOIST_DEFINE_BIF(erlang_min_2, Term a, Term b) { return compare(a, b) > 0 ? b : a; }

// ---- who and where ----
JOIST_DEFINE_BIF(erlang_self_0) { return c.process.pid; }
JOIST_DEFINE_BIF(erlang_node_0) { return this_node()->name; }
JOIST_DEFINE_BIF(erlang_node_1, Term t) {
  if (!t.is_pid() && !t.is_port() && !t.is_reference()) return badarg(c);
  return node_of(t)->name;
}

}  // namespace joist
