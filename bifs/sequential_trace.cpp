// erlang: seq_trace, seq_trace_info, seq_trace_print: the caller's sequential trace token.
#include "vm/process/sequential_trace.hpp"

#include "bifs/bifs.hpp"
#include "gc/copy.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

// 0: not the name of a flag.
unsigned flag_named(Term t) {
  return t == am::send                         ? kSequentialSend
         : t == am::receive                    ? kSequentialReceive
         : t == am::print                      ? kSequentialPrint
         : t == am::timestamp                  ? kSequentialTimestamp
         : t == am::strict_monotonic_timestamp ? kSequentialStrictMonotonic
         : t == am::monotonic_timestamp        ? kSequentialMonotonic
                                               : 0u;
}

SequentialLabel* make_label(Term t) {
  const CopiedTerm copy = copy_to_fragment_with_literals(t);
  return new SequentialLabel{.term = OwnedTerm(copy.term, copy.fragment)};
}

Term label_term(Heap& h, const SequentialToken& t) {
  return t.label == nullptr ? Term::small(0) : copy_term(h, t.label->term.term);
}
Term counts(Heap& h, const SequentialToken& t) {
  return make_tuple(h, make_uint(h, t.last), make_uint(h, t.serial));
}

}  // namespace

// seq_trace(Flag, Value) -> OldValue
JOIST_DEFINE_BIF(erlang_seq_trace_2, Atom item, Term value) {
  Process& p = c.process;
  const Term name = item.term();
  if (const unsigned flag = flag_named(name)) {
    const auto on = Boolean::from(value);
    if (!on) return badarg(c);
    SequentialToken* t = fresh_token(p);
    const bool was = (t->flags & flag) != 0;
    t->flags = on->value ? t->flags | flag : t->flags & ~flag;
    return make_bool(was);
  }
  if (name == am::label) {
    SequentialToken* t = fresh_token(p);
    const Term old = label_term(c.heap(), *t);
    auto* before = std::exchange(t->label, make_label(value));
    if (before != nullptr && before->references.fetch_sub(1) == 1) delete before;
    return old;
  }
  if (name == am::serial) {
    const auto pair = Tuple::from(value);
    if (!pair || pair->arity() != 2 || !(*pair)[0].is_small() || !(*pair)[1].is_small()) return badarg(c);
    SequentialToken* t = fresh_token(p);
    const Term old = counts(c.heap(), *t);
    t->last = p.sequential_last = static_cast<std::uint64_t>((*pair)[0].small_value());
    t->serial = p.sequential_clock = static_cast<std::uint64_t>((*pair)[1].small_value());
    return old;
  }
  if (name == am::sequential_trace_token && value.is_nil()) {
    const Term old = token_term(c.heap(), p.sequential_token);
    drop_token(p);
    return old;
  }
  return badarg(c);
}

// seq_trace_info(Item) -> {Item, Value} | []
JOIST_DEFINE_BIF(erlang_seq_trace_info_1, Atom item) {
  const Term name = item.term();
  const auto* t = token_of(c.process.sequential_token);
  if (const unsigned flag = flag_named(name))
    return make_tuple(c.heap(), name, make_bool(t != nullptr && (t->flags & flag) != 0));
  if (name != am::label && name != am::serial) return badarg(c);
  if (t == nullptr) return Term::nil();
  return make_tuple(c.heap(), name, name == am::label ? label_term(c.heap(), *t) : counts(c.heap(), *t));
}

JOIST_DEFINE_BIF(erlang_seq_trace_print_1, Term message) {
  return make_bool(print_sequential(c.process, message));
}
// seq_trace_print(Label, Message): only if that is the token's label.
JOIST_DEFINE_BIF(erlang_seq_trace_print_2, Term label, Term message) {
  const auto* t = token_of(c.process.sequential_token);
  if (t == nullptr || !equal_exact(label, label_term(c.heap(), *t))) return am::false_;
  return make_bool(print_sequential(c.process, message));
}

}  // namespace joist
