// breakpoint.cpp -- the instruction `breakpoint`, which stands where a traced function begins, and those that
// the frames of vm/trace return to.
#include "vm/code/module.hpp"
#include "vm/interpreter/add_instructions.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instructions/control.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/trace/call.hpp"

namespace joist {
namespace {

// The frames' words go through x registers, behind the arguments, so that making room may move terms.
bool push_frames(Machine& m, const CallFrames& f, std::size_t arity) {
  if (f.count == 0) return true;
  for (std::size_t i = 0; i < f.count; ++i) m.x[arity + i].bits = f.words[i];
  m.read_back();
  if (!m.room(f.count) && !m.reserve(f.count, arity + f.count)) return false;
  for (std::size_t i = 0; i < f.count; ++i) *--m.e = m.x[arity + i].bits;
  m.write_back();
  return true;
}

// Where to go on: a handler and what it runs. Handler 0: with the exception that has been set.
struct Next {
  Word handler;
  const Word* ip;
};

Next first_of(const Word* code) { return {__atomic_load_n(code, __ATOMIC_RELAXED), code}; }

Next hit(Machine& m) {
  Breakpoint* const found = breakpoint_at(m.ip);
  if (found == nullptr) return first_of(code_of(as_export(m.ip[1])));
  Breakpoint& b = *found;
  const std::uint32_t arity = b.function->arity;
  const bool in_code = m.ip == b.entry;
  const Next next = in_code ? Next{b.displaced, m.ip} : first_of(b.beyond);
  m.p->ip = m.ip;  // for those that look at the stack
  // A function may have a breakpoint in both places; a BIF's is where it is called.
  const unsigned here = in_code                ? ~unsigned{kBreakGlobal | kBreakSave}
                        : b.function->bif >= 0 ? ~0u
                                               : kBreakGlobal | kBreakSave;
  for (std::size_t i = b.sessions.size(); i-- > 0;) {
    SessionBreakpoint& s = *b.sessions[i];
    if (!s.session->alive.load(std::memory_order_acquire)) continue;
    if (!push_frames(m, trace_call(*m.p, b, s, here, {m.x, arity}), arity)) return {0, nullptr};
  }
  const unsigned own = b.own_kinds & here;
  if ((own & kBreakSave) != 0 && m.p->saved_calls)
    m.p->saved_calls->call(b.function->module, b.function->function, arity);
  if ((own & kBreakDebug) == 0) return next;
  // ErrorHandler:breakpoint(Module, Function, Args)
  const Term args = make_list_from(m.p->heap, {m.x, arity});
  m.x[0] = b.function->module;
  m.x[1] = b.function->function;
  m.x[2] = args;
  return first_of(code_of(find_or_make_export(m.p->error_handler, am::breakpoint, 3)));
}

[[clang::preserve_none]] void breakpoint(Process* p, Term* x, const Word* ip, Word* e, Word* h,
                                         std::int64_t reds) {
  Machine m{p, x, ip, e, h, reds};
  m.write_back();
  const Next next = hit(m);
  m.read_back();
  if (next.handler == 0) [[clang::musttail]]
    return raise_handler(m.p, m.x, ip, m.e, m.h, m.reds);
  [[clang::musttail]] return reinterpret_cast<Handler>(next.handler)(m.p, m.x, next.ip, m.e, m.h, m.reds);
}

Flow pop_frame(Machine& m, std::size_t words) {
  m.e += words;
  m.p->heap.set_registers(m.p->heap.top(), m.e);
  pop_return(m);
  m.p->heap.set_registers(m.p->heap.top(), m.e);
  return Flow::go;
}

struct ReturnTrace : Instruction<"return_trace"> {
  static Flow slow(Machine& m) {
    trace_return(*m.p, m.e, m.x[0]);
    return pop_frame(m, 3);
  }
};
// The same for a call whose exceptions are told, too: those see that it is here.
struct ExceptionTrace : Instruction<"exception_trace"> {
  static Flow slow(Machine& m) { return ReturnTrace::slow(m); }
};
struct ReturnToTrace : Instruction<"return_to_trace"> {
  static Flow slow(Machine& m) {
    trace_return_to(*m.p, m.e);
    return pop_frame(m, 1);
  }
};
struct CallTimeEnd : Instruction<"call_time_end"> {
  static Flow slow(Machine& m) {
    trace_time_end(*m.p, m.e);
    return pop_frame(m, 2);
  }
};
struct CallMemoryEnd : Instruction<"call_memory_end"> {
  static Flow slow(Machine& m) {
    trace_memory_end(*m.p, m.e);
    return pop_frame(m, 2);
  }
};

// One word each.
Word frame_code[5];

}  // namespace

void add_trace_instructions(InstructionSet& set) {
  add_instructions(set,
                   InstructionList<ReturnTrace, ExceptionTrace, ReturnToTrace, CallTimeEnd, CallMemoryEnd>{});
}

void init_breakpoints() {
  const InstructionSet& set = InstructionSet::instance();
  std::size_t n = 0;
  for (const char* name :
       {"return_trace", "exception_trace", "return_to_trace", "call_time_end", "call_memory_end"})
    frame_code[n++] = set.find(set.id(name), {})->handler;
  trace_frame_code = {frame_code, frame_code + 1, frame_code + 2, frame_code + 3, frame_code + 4};
  breakpoint_handler = reinterpret_cast<Word>(&breakpoint);
}

}  // namespace joist
