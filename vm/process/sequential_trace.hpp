// sequential_trace.hpp -- seq_trace: a token that goes with each message from process to process, and counts.
//
// A process's or message's token is a Term: [] for none, or the address of a SequentialToken (which looks
// like a small integer, so the collector does not mind). A message from the VM itself has none(): its
// receiver's token stays as it is. Owner: everyone who holds a token has a count. Threads: tokens never
// change. GC: a label has its own fragment.
#pragma once
#include "vm/process/process.hpp"

namespace joist {

enum SequentialFlag : unsigned {
  kSequentialSend = 1,
  kSequentialReceive = 2,
  kSequentialPrint = 4,
  kSequentialTimestamp = 8,
  kSequentialStrictMonotonic = 16,
  kSequentialMonotonic = 32,
};

struct SequentialLabel {  // shared by the tokens that follow each other
  std::atomic<std::int64_t> references{1};
  OwnedTerm term;
};

struct SequentialToken {
  std::atomic<std::int64_t> references{1};
  unsigned flags = 0;
  SequentialLabel* label = nullptr;
  std::uint64_t serial = 0, last = 0;  // of the message, and of the one before it
  Term from = Term::none();            // the sender's pid
};

// Null if the term is no token.
inline SequentialToken* token_of(Term t) {
  return t.is_small() ? reinterpret_cast<SequentialToken*>(t.bits) : nullptr;
}
void retain_token(Term t);
void release_token(Term t);
// {Flags, Label, Serial, From, Last} | []
Term token_term(Heap& h, Term token);

// A process with a token sends: its token counts on. Returns the message's token (retained), or [].
Term token_for_message(Process& from, Term to, Term message);
// `p` takes a message with this token (whose count passes to it) out of its mailbox.
void take_token(Process& p, Term token, Term message);
// `child` is spawned by `parent`.
void inherit_token(Process& parent, Process& child);

// Gives the process a token of its own to change, made from the one it has, if any.
SequentialToken* fresh_token(Process& p);
void drop_token(Process& p);
// seq_trace:set_token(Item, Value): the old value; none(): no such item, or value.
Term change_token(Process& p, Heap& h, Term item, Term value);
// Without a token: false or []. none(): no such item.
Term token_item(Process& p, Heap& h, Term item);
// seq_trace:print: false if the token does not want it.
bool print_sequential(Process& p, Term message);

// Who gets the trace messages; null: nobody (any more).
std::shared_ptr<const struct Tracer> sequential_tracer();
// Returns the old one.
std::shared_ptr<const struct Tracer> set_sequential_tracer(std::shared_ptr<const struct Tracer> t);

}  // namespace joist
