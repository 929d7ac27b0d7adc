// erlang: making and changing tuples. Indices start at 1.
#include <algorithm>

#include "bifs/bifs.hpp"

namespace joist {

namespace {

// OTP: tuples have at most this many elements; more is badarg.
constexpr std::size_t kMaxTupleArity = (std::size_t{1} << 24) - 1;

Term* new_tuple(Call& c, std::size_t arity, Term* tuple) {
  Word* w = c.heap().alloc(1 + arity);
  *w = tuple_header(arity);
  *tuple = Term::boxed(w);
  c.spend(static_cast<std::int64_t>(arity / 64));
  return reinterpret_cast<Term*>(w + 1);
}
bool valid_index(SmallInt n, std::size_t arity) {
  return n.value() >= 1 && static_cast<std::size_t>(n.value()) <= arity;
}

}  // namespace

JOIST_DEFINE_BIF(erlang_setelement_3, SmallInt n, Tuple t, Term value) {
  if (!valid_index(n, t.arity())) return badarg(c);
  Term result;
  Term* to = new_tuple(c, t.arity(), &result);
  std::copy_n(t.elements(), t.arity(), to);
  to[n.value() - 1] = value;
  return result;
}
JOIST_DEFINE_BIF(erlang_append_element_2, Tuple t, Term value) {
  if (t.arity() >= kMaxTupleArity) return badarg(c);
  Term result;
  Term* to = new_tuple(c, t.arity() + 1, &result);
  *std::copy_n(t.elements(), t.arity(), to) = value;
  return result;
}
JOIST_DEFINE_BIF(erlang_delete_element_2, SmallInt n, Tuple t) {
  if (!valid_index(n, t.arity())) return badarg(c);
  Term result;
  Term* to = new_tuple(c, t.arity() - 1, &result);
  const auto at = static_cast<std::size_t>(n.value()) - 1;
  std::copy(t.elements() + at + 1, t.elements() + t.arity(), std::copy_n(t.elements(), at, to));
  return result;
}
// insert_element(N, Tuple, Value) -- N may be one past the end.
JOIST_DEFINE_BIF(erlang_insert_element_3, SmallInt n, Tuple t, Term value) {
  if (!valid_index(n, t.arity() + 1) || t.arity() >= kMaxTupleArity) return badarg(c);
  Term result;
  Term* to = new_tuple(c, t.arity() + 1, &result);
  const auto at = static_cast<std::size_t>(n.value()) - 1;
  to = std::copy_n(t.elements(), at, to);
  *to++ = value;
  std::copy(t.elements() + at, t.elements() + t.arity(), to);
  return result;
}
JOIST_DEFINE_BIF(erlang_make_tuple_2, SmallInt arity, Term value) {
  if (arity.value() < 0 || static_cast<std::size_t>(arity.value()) > kMaxTupleArity) return badarg(c);
  Term result;
  std::fill_n(new_tuple(c, static_cast<std::size_t>(arity.value()), &result), arity.value(), value);
  return result;
}
// make_tuple(Arity, Default, [{Position, Value}]) -- later positions win.
JOIST_DEFINE_BIF(erlang_make_tuple_3, SmallInt arity, Term value, List positions) {
  if (arity.value() < 0 || static_cast<std::size_t>(arity.value()) > kMaxTupleArity) return badarg(c);
  Term result;
  Term* to = new_tuple(c, static_cast<std::size_t>(arity.value()), &result);
  std::fill_n(to, arity.value(), value);
  Term list = positions.t;
  for (; list.is_cons(); list = list.tail()) {
    const auto pair = Tuple::from(list.head());
    if (!pair || pair->arity() != 2) return badarg(c);
    const auto n = SmallInt::from((*pair)[0]);
    if (!n || n->value() < 1 || n->value() > arity.value()) return badarg(c);
    to[n->value() - 1] = (*pair)[1];
  }
  return list.is_nil() ? result : badarg(c);
}
JOIST_DEFINE_BIF(erlang_list_to_tuple_1, List list) {
  const auto n = list_length(list.t);
  if (!n || *n > kMaxTupleArity) return badarg(c);
  Term result;
  Term* to = new_tuple(c, *n, &result);
  for (Term l = list.t; l.is_cons(); l = l.tail()) *to++ = l.head();
  return result;
}
JOIST_DEFINE_BIF(erlang_tuple_to_list_1, Tuple t) {
  c.spend(static_cast<std::int64_t>(t.arity() / 64));
  return make_list_from(c.heap(), {t.elements(), t.arity()});
}

}  // namespace joist
