// call.hpp -- what happens when a traced function is called, returns, or fails. Called by the engine, in the
// process that does it, with the heap's registers written back.
//
// Frames on the stack, from its top down to the return address of the call that they are about:
//   return_trace, exception_trace   its code, Export* of the function, `true` or the meta tracer's term
//   return_to                       its code
//   call_time                       its code, Export* of the function that was on the clock before, or []
#pragma once
#include <span>

#include "vm/trace/breakpoint.hpp"

namespace joist {

// The instructions that frames return to, filled in by the engine.
struct TraceFrameCode {
  const Word *return_trace, *exception_trace, *return_to, *call_time;
};
extern TraceFrameCode trace_frame_code;
// Words of the frame that returns to `code`, its return address included; 0: it is none of them.
std::size_t trace_frame_words(const Word* code);

// What a call wants to be told of its end: the frames to push, in this order.
struct CallFrames {
  Word words[12];
  std::size_t count = 0;  // words[0] lies deepest
  // A tracer's term on the caller's heap.
  void push(Word w) { words[count++] = w; }
};
// `args`: x[0..arity). The return address of the call is on top of the stack, or frames of the VM on it.
// debug: error_handler:breakpoint/3 is to be called instead of the function.
struct CallOutcome {
  CallFrames frames;
  bool debug = false;
};
CallOutcome trace_call(Process& p, Breakpoint& b, std::span<const Term> args);

// The frame's words lie at the top of the stack, its return address gone.
void trace_return(Process& p, const Word* frame, Term value);
// `stack` is where the frame lay.
void trace_return_to(Process& p, const Word* stack);
void trace_time_end(Process& p, const Word* frame);
// The process goes on at `caught` (null: it ends): tells of the frames between the stack's top and there.
void trace_unwinding(Process& p, const Word* caught, Term error_class, Term reason);

// Where the function that has just been called returns to, past frames of the VM; null: nowhere.
const Word* caller_address(const Process& p);

// Installs what the layers below ask for.
void init_call_tracing();

}  // namespace joist
