// pattern.hpp -- trace_pattern and trace_info: which calls, sends and receives a session is told of.
// Threads: under code-modification permission (the world is stopped), asking too. GC: results are built on
// the heap given.
#pragma once
#include <optional>

#include "vm/trace/breakpoint.hpp"

namespace joist {

enum class PatternSwitch { off, on, restart, pause };

struct TracePattern {
  PatternSwitch how = PatternSwitch::on;
  TraceSpecRef spec;   // null: all
  unsigned kinds = 0;  // of kBreaksInCode; 0: global
  TracerRef meta_tracer;
};
// none(): '_'. Only the last ones may be.
struct FunctionPattern {
  Term module, function;
  std::int64_t arity = -1;  // -1: '_'
  bool matches(Term m, Term f, std::uint32_t a) const {
    return (module.is_none() || module == m) && (function.is_none() || function == f) &&
           (arity < 0 || arity == a);
  }
};

// How many functions it was done for.
std::int64_t set_trace_pattern(const TraceSessionRef& s, const FunctionPattern& f, const TracePattern& p);
// For modules that are loaded later (on_load).
void set_load_pattern(TraceSession& s, const TracePattern& p);
// All that the session has at functions.
void remove_trace_patterns(TraceSession& s);

// ---- trace_info: the value, or none() if there is no such item ----
Term function_trace_info(const TraceSession& s, Heap& h, Term module, Term function, std::uint32_t arity,
                         Term item);
Term on_load_trace_info(const TraceSession& s, Heap& h, Term item);
Term event_trace_info(const EventPattern& pattern, Heap& h, Term item);
// The sessions that are told of the function's calls; nullopt: there is no such function.
std::optional<std::vector<TraceSessionRef>> sessions_at_function(Term module, Term function,
                                                                 std::uint32_t arity);

// erts_debug:breakpoint/2
std::int64_t set_debug_breakpoints(const FunctionPattern& f, bool on);

// process_flag(save_calls, _): breakpoints in all exports, now and in modules that are loaded.
void set_save_breakpoints(bool on);
bool has_save_breakpoints();

// Hooks into the loading of code and the engine. Once, at start-up.
void init_tracing();

}  // namespace joist
