// breakpoint.hpp -- the table of functions that are traced, and the places that notice their calls.
//
// A breakpoint belongs to a Module:Function/Arity. Local kinds (local, meta, call_count, call_time, debug)
// sit at the function's first instruction; the global kind and that of save_calls in the export; on a BIF,
// which has no code, all of them sit in the export, and at the stub that stands for its code. Owner: the
// table. Threads: changed only while the world is stopped, so a process that runs may keep a pointer until
// its slice ends; counts are atomic, times and the meta tracer have a lock. GC: none.
#pragma once
#include <array>
#include <mutex>
#include <unordered_map>

#include "vm/code/module.hpp"
#include "vm/process/tracing.hpp"
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
  kBreakDebug = 128,
  kBreakSave = 256,  // process_flag(save_calls, _)
};
constexpr unsigned kBreaksInCode = kBreakLocal | kBreakMeta | kBreakCount | kBreakTime | kBreakDebug;

struct CallTime {
  std::uint64_t calls = 0;
  std::int64_t ns = 0;
};

struct Breakpoint {
  explicit Breakpoint(Export* e) : function(e) {}
  Export* const function;  // its name; the same for functions that are not exported
  unsigned kinds = 0;
  TraceSpecRef call_spec, meta_spec;  // null: every call
  std::atomic<std::uint64_t> count{0};

  std::mutex mutex;  // of what follows
  TracerRef meta_tracer;
  std::unordered_map<Word, CallTime> times;  // by pid

  TracerRef tracer_of_meta() {
    const std::lock_guard lock(mutex);
    return meta_tracer;
  }
  void add_time(Term pid, std::uint64_t calls, std::int64_t ns) {
    const std::lock_guard lock(mutex);
    CallTime& t = times[pid.bits];
    t.calls += calls;
    t.ns += ns;
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

}  // namespace joist
