// erlang: trace, trace_pattern, trace_info, trace_delivered (the first two by way of erts_internal).
#include "vm/process/tracing.hpp"

#include "bifs/bifs.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/log.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/list.hpp"
#include "vm/trace/pattern.hpp"
#include "vm/trace/specification.hpp"

namespace joist {
namespace {

struct Wanted {
  std::uint32_t flags = 0;
  TracerRef tracer;
  bool cpu_timestamp = false;
};

// Which of the objects that there are, or will be, an atom means.
struct Spec {
  bool old_processes, old_ports, new_processes, new_ports;
};
std::optional<Spec> spec_named(Term t) {
  if (t == am::all) return Spec{true, true, true, true};
  if (t == am::existing) return Spec{true, true, false, false};
  if (t == am::new_) return Spec{false, false, true, true};
  if (t == am::processes) return Spec{true, false, true, false};
  if (t == am::existing_processes) return Spec{true, false, false, false};
  if (t == am::new_processes) return Spec{false, false, true, false};
  if (t == am::ports) return Spec{false, true, false, true};
  if (t == am::existing_ports) return Spec{false, true, false, false};
  if (t == am::new_ports) return Spec{false, false, false, true};
  return std::nullopt;
}

std::int64_t trace_all(const Spec& s, bool on, const Wanted& w) {
  std::int64_t matches = 0;
  // OTP: a modifier alone is for both kinds.
  const bool modifiers = (w.flags & kTraceModifiers) != 0;
  const bool processes = s.old_processes && (modifiers || (w.flags & kProcessTraceFlags) != 0);
  const bool ports = s.old_ports && (modifiers || (w.flags & kPortTraceFlags) != 0);
  if (processes)
    for (const Term pid : all_pids())
      if (Process* p = find_process(pid)) matches += change_tracing(*p, pid, on, w.flags, w.tracer);
  if (ports)
    for (const Term id : all_ports())
      if (Port* p = find_port(id)) matches += change_tracing(*p, id, on, w.flags, w.tracer);
  if (s.new_processes && (w.flags & kProcessTraceFlags) != 0)
    change_default_tracing(false, on, w.flags & kProcessTraceFlags, w.tracer);
  if (s.new_ports && (w.flags & kPortTraceFlags) != 0)
    change_default_tracing(true, on, w.flags & kPortTraceFlags, w.tracer);
  return matches;
}

// {Module, Function, Arity}, of which the last ones may be '_'.
std::optional<FunctionPattern> function_pattern(Term t) {
  const auto mfa = Tuple::from(t);
  if (!mfa || mfa->arity() != 3) return std::nullopt;
  const Term m = (*mfa)[0], f = (*mfa)[1], a = (*mfa)[2];
  if (!m.is_atom() || !f.is_atom() || (!a.is_small() && a != am::underscore)) return std::nullopt;
  if ((m == am::underscore && f != am::underscore) || (f == am::underscore && a != am::underscore))
    return std::nullopt;
  FunctionPattern p{m == am::underscore ? Term::none() : m, f == am::underscore ? Term::none() : f};
  // OTP: a number that is no arity names no function.
  if (a.is_small()) p.arity = a.small_value() >= 0 ? a.small_value() : INT64_MAX;
  return p;
}

Term info_of(Heap& h, Term key, const Tracing& t) {
  return make_tuple(h, key,
                    key == am::flags ? trace_flags_term(h, t.flags) : tracer_term(h, t.tracer, Term::nil()));
}

// The defaults, or what an existing process or port has. nullopt: it does not exist.
std::optional<Tracing> tracing_of(Term what) {
  const auto now = [](Traceable& t, Term id) {
    check_tracer(t, id);
    return Tracing{t.trace_flags.load(std::memory_order_relaxed), tracer_of(t)};
  };
  if (what == am::new_ports) return default_port_tracing();
  if (what.is_atom()) return default_process_tracing();
  if (Process* p = what.is_local_pid() ? find_process(what) : nullptr) return now(*p, what);
  if (Port* p = what.is_local_port() ? find_port(what) : nullptr) return now(*p, what);
  return std::nullopt;
}

}  // namespace

// erts_internal:trace(PidPortSpec, How, Flags) -> number of processes and ports that it was done for.
JOIST_DEFINE_BIF(erts_internal_trace_3, Term what, Term how, Term list) {
  Wanted w;
  if (!parse_trace_flags(list, &w.flags, &w.tracer, &w.cpu_timestamp)) return badarg_because(c, am::badopt);
  if (how != am::true_ && how != am::false_) return badarg(c);
  const bool on = how == am::true_;
  if (on && !w.tracer) w.tracer = tracer_from(am::tracer, c.process.pid);
  std::int64_t matches = 0;
  if (what.is_pid() || what.is_port()) {
    if (w.cpu_timestamp) return badarg(c);
    Process* p = what.is_local_pid() ? find_process(what) : nullptr;
    Port* port = what.is_local_port() ? find_port(what) : nullptr;
    if (p == nullptr && port == nullptr) return badarg(c);
    bool done = false;
    const auto change = [&] {
      done = change_tracing(p != nullptr ? *p : static_cast<Traceable&>(*port), what, on, w.flags, w.tracer);
    };
    if (p == &c.process)
      change();
    else
      stop_the_world(change);
    if (!done) {
      log_event(LogLevel::error, "~s~n",
                make_cons(c.heap(), make_string_list(c.heap(), "** can only have one tracer per process\n"),
                          Term::nil()),
                c.process.group_leader, c.process.pid);
      return badarg(c);
    }
    matches = 1;
  } else {
    if (w.cpu_timestamp && what != am::all) return badarg(c);
    const auto spec = what.is_atom() ? spec_named(what) : std::nullopt;
    if (!spec) return badarg(c);
    if (w.cpu_timestamp) cpu_timestamps.store(on);
    stop_the_world([&] { matches = trace_all(*spec, on, w); });
  }
  return Term::small(matches);
}

// trace_delivered(Pid | all) -> Ref: {trace_delivered, Pid, Ref} will come when all that the process did
// until now has been told. It has been: messages go to the tracer at once.
JOIST_DEFINE_BIF(erlang_trace_delivered_1, Term tracee) {
  if (tracee != am::all && !tracee.is_local_pid()) return badarg(c);
  const Term ref = make_ref(c.heap());
  FragmentHeap h(4 + flat_size(ref));
  const Term message = make_tuple(h, am::trace_delivered, tracee, copy_term(h, ref));
  // Not while the process is in the middle of something.
  if (tracee != c.process.pid) stop_the_world([] {});
  send_fragment(c.process.pid, message, h.finish());
  return ref;
}

// trace_info(PidPortFuncEvent, Item) -> {Item, Value} | undefined
JOIST_DEFINE_BIF(erlang_trace_info_2, Term what, Term key) {
  const auto answer = [&](Term value) {
    return value.is_none() ? badarg(c) : make_tuple(c.heap(), key, value);
  };
  if (what == am::on_load) return answer(on_load_trace_info(c.heap(), key));
  if (what == am::send || what == am::receive) return answer(event_trace_info(c.heap(), what, key));
  if (what.is_atom() || what.is_pid() || what.is_port()) {
    if (what.is_atom() && what != am::new_ && what != am::new_processes && what != am::new_ports)
      return badarg_because(c, am::badopt);
    if (key != am::flags && key != am::tracer) return badarg(c);
    const auto now = tracing_of(what);
    return now ? info_of(c.heap(), key, *now) : am::undefined;
  }
  const auto mfa = Tuple::from(what);
  if (!mfa) return badarg_because(c, am::badopt);
  if (mfa->arity() != 3 || !(*mfa)[0].is_atom() || !(*mfa)[1].is_atom() || !(*mfa)[2].is_small())
    return badarg(c);
  const auto arity = static_cast<std::uint32_t>((*mfa)[2].small_value());
  return answer(function_trace_info(c.heap(), (*mfa)[0], (*mfa)[1], arity, key));
}

// erts_internal:trace_pattern({Module, Function, Arity} | on_load | send | 'receive', Specification, Options)
// -> number of functions
JOIST_DEFINE_BIF(erts_internal_trace_pattern_3, Term what, Term wanted, Term options) {
  TracePattern p;
  if (wanted == am::false_) {
    p.how = PatternSwitch::off;
  } else if (wanted == am::restart) {
    p.how = PatternSwitch::restart;
  } else if (wanted == am::pause) {
    p.how = PatternSwitch::pause;
  } else if (!wanted.is_nil() && wanted != am::true_) {
    const auto dialect = what == am::send      ? ets::MatchDialect::trace_send
                         : what == am::receive ? ets::MatchDialect::trace_receive
                                               : ets::MatchDialect::trace_call;
    p.spec = TraceSpecification::make(wanted, dialect);
    if (!p.spec) return badarg_because(c, am::match_spec);
  }
  bool global = false;
  for (; options.is_cons(); options = options.tail()) {
    const Term o = options.head();
    if (o.is_tuple()) {
      p.meta_tracer = tracer_from(am::meta, o);
      if (!p.meta_tracer) return badarg_because(c, am::badopt);
      p.meta = true;
      continue;
    }
    if (o == am::global ? p.in_code() : global) return badarg_because(c, am::badopt);
    if (o == am::global) {
      global = true;
    } else if (o == am::local) {
      p.local = true;
    } else if (o == am::meta) {
      p.meta = true;
      if (!p.meta_tracer) p.meta_tracer = make_tracer(am::erl_tracer, c.process.pid);
    } else if (o == am::call_count) {
      p.call_count = true;
    } else if (o == am::call_time) {
      p.call_time = true;
    } else {
      return badarg_because(c, am::badopt);
    }
  }
  if (!options.is_nil()) return badarg_because(c, am::badopt);
  if (p.spec && !p.local && !p.meta && (p.call_count || p.call_time))
    return badarg_because(c, am::call_count);
  std::int64_t matches = 0;
  if (what == am::on_load) {
    stop_the_world([&] { set_default_trace_pattern(p); });
  } else if (what == am::send || what == am::receive) {
    if (global || p.in_code() || p.how == PatternSwitch::restart || p.how == PatternSwitch::pause)
      return badarg_because(c, am::none);
    stop_the_world([&] { set_event_pattern(what, p.how == PatternSwitch::on, p.spec); });
    matches = 1;
  } else {
    const auto f = function_pattern(what);
    if (!f) return badarg_because(c, am::none);
    stop_the_world([&] { matches = set_trace_pattern(*f, p); });
  }
  return Term::small(matches);
}

// erts_debug:breakpoint({Module, Function, Arity}, boolean()) -> number of functions
JOIST_DEFINE_BIF(erts_debug_breakpoint_2, Term what, Boolean on) {
  const auto f = function_pattern(what);
  if (!f) return badarg(c);
  std::int64_t matches = 0;
  stop_the_world([&] { matches = set_debug_breakpoints(*f, on.value); });
  return Term::small(matches);
}

}  // namespace joist
