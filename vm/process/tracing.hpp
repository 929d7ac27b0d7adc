// tracing.hpp -- erlang:trace: what a process does, told to its tracer.
//
// A process's trace_flags say what is to be told to any session (trace_session.hpp); without flags, which is
// one test in each place, nothing else happens. Tracers: a process or port (module erl_tracer), or a module
// of native functions (vm/trace). A message goes to the tracer's mailbox at once, by the thread where the
// event happens, so what one tracee does arrives in order, and before anything that it causes. Threads: any.
// GC: messages are built in fragments.
#pragma once
#include "vm/process/process.hpp"
#include "vm/term/atom.hpp"

namespace joist {

enum TraceFlag : std::uint32_t {
  kTraceTimestamp = 1 << 0,
  kTraceStrictMonotonic = 1 << 1,
  kTraceMonotonic = 1 << 2,
  kTraceSend = 1 << 3,
  kTraceReceive = 1 << 4,
  kTraceSetOnSpawn = 1 << 5,
  kTraceCalls = 1 << 6,
  kTraceProcs = 1 << 7,
  kTraceSetOnFirstSpawn = 1 << 8,
  kTraceSetOnLink = 1 << 9,
  kTraceSetOnFirstLink = 1 << 10,
  kTraceRunning = 1 << 11,
  kTraceExiting = 1 << 12,
  kTraceCollections = 1 << 13,
  kTraceArity = 1 << 14,
  kTraceReturnTo = 1 << 15,
  kTraceSilent = 1 << 16,
  kTraceScheduler = 1 << 17,
  kTracePorts = 1 << 18,
  kTraceRunningPorts = 1 << 19,
  kTraceRunningProcs = 1 << 20,
};
constexpr std::uint32_t kAllTraceFlags = (1 << 21) - 1;
// What changes other events, or is meant for both processes and ports.
constexpr std::uint32_t kTraceModifiers = kTraceSilent | kTraceTimestamp | kTraceStrictMonotonic |
                                          kTraceMonotonic | kTraceScheduler | kTraceReceive | kTraceSend;
constexpr std::uint32_t kPortTraceFlags = kTraceModifiers | kTracePorts | kTraceRunningPorts;
constexpr std::uint32_t kProcessTraceFlags = (kAllTraceFlags & ~kPortTraceFlags) | kTraceModifiers;

// 0: not the name of a flag. `all` is every flag.
std::uint32_t trace_flag_named(Term name);
// As erlang:trace_info shows them.
Term trace_flags_term(Heap& h, std::uint32_t flags);

// Groups of events, each with functions of its own in a tracer module (erl_tracer).
enum class TraceGroup : std::uint8_t {
  status,  // whether the tracer still exists
  send,
  receive,
  call,
  procs,
  ports,
  running_procs,
  running_ports,
  garbage_collection,
};

struct Tracer {
  Term module;      // erl_tracer: `state` is a local pid or port
  OwnedTerm state;  // copied, with its literals
};
using TracerRef = std::shared_ptr<const Tracer>;

TracerRef make_tracer(Term module, Term state);
bool same_tracer(const TracerRef& a, const TracerRef& b);
// Pid, port, or {Module, State}; `none` if there is none.
Term tracer_term(Heap& h, const TracerRef& t, Term none);

// Tracer modules other than erl_tracer. Installed by vm/trace.
struct TracerModules {
  // Whether the module's native functions make it one.
  bool (*exists)(Term module) = [](Term) { return false; };
  // trace, discard or remove.
  Term (*enabled)(const Tracer& t, TraceGroup group, Term tag, Term tracee) = nullptr;
  void (*trace)(const Tracer& t, TraceGroup group, Term tag, Term tracee, Term message,
                Term options) = nullptr;
  // A port tracer: the bytes of `message` in the external format. False: there is no such port.
  bool (*write_to_port)(Term port, Term message) = [](Term, Term) { return false; };
  bool (*port_exists)(Term port) = [](Term) { return false; };
};
extern TracerModules tracer_modules;

// Whether messages about `tracee` would reach anybody.
bool tracer_exists(const Tracer& t, Term tracee);
// Before flags are set: some events need more than that.
void note_trace_flags(std::uint32_t flags);
extern std::atomic<bool> cpu_timestamps;  // timestamps are CPU time

inline bool is_traced(const Traceable& p, std::uint32_t flags) {
  return (p.trace_flags.load(std::memory_order_relaxed) & flags) != 0;
}
inline bool is_traced(const Process& p, std::uint32_t flags) {
  return (p.trace_flags.load(std::memory_order_relaxed) & flags) != 0 && !p.sensitive;
}

// ---- events ----
// To each session that has one of `flags` for `p`, if its tracer wants it: {trace | trace_ts, Tracee, Tag,
// Message [, Extra] [, Result] [, Scheduler] [, Timestamp]}. Extra: none(), or a further element. Result: of
// a match specification, true if none is to be shown.
void trace_event(Traceable& p, Term id, std::uint32_t flags, Term tag, Term message,
                 Term extra = Term::none());
inline void trace_event(Process& p, std::uint32_t flags, Term tag, Term message, Term extra = Term::none()) {
  trace_event(p, p.pid, flags, tag, message, extra);
}
void trace_to(const Tracer& t, std::uint32_t flags, TraceGroup group, Term tracee, Term tag, Term message,
              Term extra = Term::none(), Term result = am::true_);
bool tracer_wants(const Tracer& t, TraceGroup group, Term tag, Term tracee);

void trace_send(Process& p, Term to, Term message);
// A message comes into the inner queue; `from`: its sender, or an atom.
void trace_receive(Process& p, Term from, Term message);
// Before `child`, made by `parent`, runs: it may inherit flags, and both tell of it.
void trace_spawn(Process& parent, Process& child, Term module, Term function, Term args, bool linked);
}  // namespace joist
