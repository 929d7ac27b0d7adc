// call.hpp -- what happens when a traced function is called, returns, or fails. Called by the engine, in the
// process that does it, with the heap's registers written back.
//
// Frames on the stack, from its top down to the return address of the call that they are about:
//   return_trace, exception_trace   its code, Export* of the function, `true` or the meta tracer's term,
//   session return_to                       its code, session call_time, call_memory          its code,
//   Export* of the function that was charged before, or [], session
// A session stands there as its number.
#pragma once
#include <span>

#include "vm/trace/breakpoint.hpp"

namespace joist {

// The instructions that frames return to, filled in by the engine.
struct TraceFrameCode {
  const Word *return_trace, *exception_trace, *return_to, *call_time, *call_memory;
};
extern TraceFrameCode trace_frame_code;
// Words of the frame that returns to `code`, its return address included; 0: it is none of them.
std::size_t trace_frame_words(const Word* code);

// What a session wants to be told of the end of a call: the frames to push, in this order.
struct CallFrames {
  Word words[16];
  std::size_t count = 0;  // words[0] lies deepest
  // A tracer's term on the caller's heap.
  void push(Word w) { words[count++] = w; }
};
// One session's part of a call that was noticed at a place of these kinds. `args`: x[0..arity). The return
// address of the call is on top of the stack, or frames of the VM on it.
CallFrames trace_call(Process& p, const Breakpoint& b, SessionBreakpoint& s, unsigned kinds,
                      std::span<const Term> args);

// The frame's words lie at the top of the stack, its return address gone.
void trace_return(Process& p, const Word* frame, Term value);
void trace_return_to(Process& p, const Word* frame);
void trace_time_end(Process& p, const Word* frame);
void trace_memory_end(Process& p, const Word* frame);
// The process goes on at `caught` (null: it ends): tells of the frames between the stack's top and there.
void trace_unwinding(Process& p, const Word* caught, Term error_class, Term reason);

// Where the function that has just been called returns to, past frames of the VM; null: nowhere.
const Word* caller_address(const Process& p);

// Installs what the layers below ask for.
void init_call_tracing();

}  // namespace joist
