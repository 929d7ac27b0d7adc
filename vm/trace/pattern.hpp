// pattern.hpp -- erlang:trace_pattern/3 and trace_info/2: which calls, sends and receives are told of.
// Threads: under code-modification permission (the world is stopped), asking too. GC: results are built on
// the heap given.
#pragma once
#include "vm/trace/breakpoint.hpp"

namespace joist {

enum class PatternSwitch { off, on, restart, pause };

struct TracePattern {
  PatternSwitch how = PatternSwitch::on;
  TraceSpecRef spec;  // null: all
  bool local = false, meta = false, call_count = false, call_time = false;
  TracerRef meta_tracer;
  bool in_code() const { return local || meta || call_count || call_time; }
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
std::int64_t set_trace_pattern(const FunctionPattern& f, const TracePattern& p);
// For modules that are loaded later (on_load).
void set_default_trace_pattern(const TracePattern& p);
// trace_pattern(send | 'receive', _)
void set_event_pattern(Term event, bool on, TraceSpecRef spec);

// ---- trace_info: the value, or none() if there is no such item ----
Term function_trace_info(Heap& h, Term module, Term function, std::uint32_t arity, Term item);
Term on_load_trace_info(Heap& h, Term item);
Term event_trace_info(Heap& h, Term event, Term item);

// erts_debug:breakpoint/2
std::int64_t set_debug_breakpoints(const FunctionPattern& f, bool on);

// process_flag(save_calls, _): breakpoints in all exports, now and in modules that are loaded.
void set_save_breakpoints(bool on);
bool has_save_breakpoints();

// Hooks into the loading of code and the engine. Once, at start-up.
void init_tracing();

}  // namespace joist
