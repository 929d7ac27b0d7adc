// erlang: seq_trace, seq_trace_info, seq_trace_print: the caller's sequential trace token.
#include "vm/process/sequential_trace.hpp"

#include "bifs/bifs.hpp"
#include "gc/copy.hpp"
#include "vm/term/compare.hpp"

namespace joist {

// seq_trace(Flag, Value) -> OldValue
JOIST_DEFINE_BIF(erlang_seq_trace_2, Atom item, Term value) {
  const Term old = change_token(c.process, c.heap(), item.term(), value);
  return old.is_none() ? badarg(c) : old;
}

// seq_trace_info(Item) -> {Item, Value} | []
JOIST_DEFINE_BIF(erlang_seq_trace_info_1, Atom item) {
  const Term name = item.term();
  const Term value = token_item(c.process, c.heap(), name);
  if (value.is_none()) return badarg(c);
  const bool nothing = token_of(c.process.sequential_token) == nullptr && value.is_nil();
  return nothing ? value : make_tuple(c.heap(), name, value);
}

JOIST_DEFINE_BIF(erlang_seq_trace_print_1, Term message) {
  return make_bool(print_sequential(c.process, message));
}
// seq_trace_print(Label, Message): only if that is the token's label.
JOIST_DEFINE_BIF(erlang_seq_trace_print_2, Term label, Term message) {
  const auto* t = token_of(c.process.sequential_token);
  if (t == nullptr || !equal_exact(label, token_item(c.process, c.heap(), am::label))) return am::false_;
  return make_bool(print_sequential(c.process, message));
}

}  // namespace joist
