// breakpoint.hpp -- the table of functions that are traced, and the places that notice their calls.
//
// A breakpoint belongs to a Module:Function/Arity, and has settings of each session that wants to be told of
// its calls. Local kinds (local, meta, call_count, call_time, call_memory, debug) sit at the function's first
// instruction; the global kind and that of save_calls in the export; on a BIF, which has no code, all of them
// sit in the export, and at the stub that stands for its code. Owner: the table. Threads: changed only while
// the world is stopped, so a process that runs may keep a pointer until its slice ends; counts are atomic,
// costs and the meta tracer have a lock. GC: none.
#pragma once
#include <array>
#include <mutex>
#include <unordered_map>

#include "vm/code/module.hpp"
#include "vm/trace/specification.hpp"

namespace joist {

enum BreakpointKind : unsigned {
  kBreakGlobal = 1,
  kBreakLocal = 2,
  kBreakMeta = 4,
  kBreakCount = 8,
  kBreakCountActive = 16,
  kBreakTime = 32,
  kBreakTimeActive = 64,
  kBreakMemory = 128,
  kBreakMemoryActive = 256,
  kBreakDebug = 512,
  kBreakSave = 1024,  // process_flag(save_calls, _)
};
constexpr unsigned kBreaksInCode =
    kBreakLocal | kBreakMeta | kBreakCount | kBreakTime | kBreakMemory | kBreakDebug;

struct CallCost {
  std::uint64_t calls = 0;
  std::int64_t amount = 0;  // nanoseconds, or words
};
using CallCosts = std::unordered_map<Word, CallCost>;  // by pid

// What one session wants to be told of a function's calls.
struct SessionBreakpoint {
  explicit SessionBreakpoint(TraceSessionRef s) : session(std::move(s)) {}
  const TraceSessionRef session;
  unsigned kinds = 0;
  TraceSpecRef call_spec, meta_spec;  // null: every call
  std::atomic<std::uint64_t> count{0};

  std::mutex mutex;  // of what follows
  TracerRef meta_tracer;
  CallCosts times, memory;

  TracerRef tracer_of_meta() {
    const std::lock_guard lock(mutex);
    return meta_tracer;
  }
  void add_cost(CallCosts SessionBreakpoint::*costs, Term pid, std::uint64_t calls, std::int64_t amount) {
    const std::lock_guard lock(mutex);
    CallCost& c = (this->*costs)[pid.bits];
    c.calls += calls;
    c.amount += amount;
  }
};

struct Breakpoint {
  explicit Breakpoint(Export* e) : function(e) {}
  Export* const function;  // its name; the same for functions that are not exported
  unsigned own_kinds = 0;  // kBreakDebug, kBreakSave: of no session
  std::vector<std::unique_ptr<SessionBreakpoint>> sessions;

  unsigned kinds() const {
    unsigned all = own_kinds;
    for (const auto& s : sessions) all |= s->kinds;
    return all;
  }
  // Null if it wants nothing.
  SessionBreakpoint* of(const TraceSession& s) const { return of(s.number); }
  SessionBreakpoint* of(std::int64_t session_number) const {
    for (const auto& s : sessions)
      if (s->session->number == session_number) return s.get();
    return nullptr;
  }
  SessionBreakpoint& made_for(const TraceSessionRef& s) {
    if (SessionBreakpoint* b = of(*s)) return *b;
    return *sessions.emplace_back(std::make_unique<SessionBreakpoint>(s));
  }

  // ---- where it sits ----
  const Word* entry = nullptr;   // in code; null: nowhere
  Word displaced = 0;            // the handler that was there
  bool in_export = false;        // the export leads to stub[kBreakpointStub]
  const Word* beyond = nullptr;  // where the export led before
};
// Word of Export::stub where a breakpoint begins; the Export itself follows.
constexpr std::size_t kBreakpointStub = 4;

// The handler of the instruction `breakpoint`, set by the engine.
extern Word breakpoint_handler;
// Machine code calls functions without looking at their first instruction: puts an instance's threaded code
// in charge again, until allow_machine_code. Set by vm/jit; null: there is none. The world is stopped.
extern void (*restore_threaded_code)(const Instance& instance);
extern void (*allow_machine_code)(const Instance& instance);

// ---- while processes run ----
// Of the breakpoint instruction at `ip`. Null: it was in an export, ip[1], and has been removed since the
// process was to go on here.
Breakpoint* breakpoint_at(const Word* ip);
// What stood at a function's entry, if one is there; else what stands there.
Word handler_without_breakpoint(const Word* entry);
// Null if there is none (any more).
Breakpoint* find_breakpoint(const Export* function);

// ---- the world is stopped ----
Breakpoint& breakpoint_of(Export* function);
// Puts it where its kinds want it to sit, in the code of `instance` (may be null); one without kinds is
// deleted.
void place_breakpoint(Breakpoint& b, const Instance* instance, const FunctionInfo* code);
// All that `instance` has, in code and exports, and their settings.
void remove_breakpoints(const Instance& instance);
std::vector<Breakpoint*> breakpoints_of(const TraceSession& s);

}  // namespace joist
