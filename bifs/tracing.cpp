// erlang: trace, trace_pattern, trace_info, trace_delivered, and the same of a session, as module trace of
// OTP 27 calls them (by way of erts_internal).
#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/flags.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/log.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/list.hpp"
#include "vm/term/magic.hpp"
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

std::int64_t trace_all(const TraceSessionRef& session, const Spec& s, bool on, const Wanted& w) {
  std::int64_t matches = 0;
  // OTP: a modifier alone is for both kinds.
  const bool modifiers = (w.flags & kTraceModifiers) != 0;
  const bool processes = s.old_processes && (modifiers || (w.flags & kProcessTraceFlags) != 0);
  const bool ports = s.old_ports && (modifiers || (w.flags & kPortTraceFlags) != 0);
  if (processes)
    for (const Term pid : all_pids())
      if (Process* p = find_process(pid)) matches += change_tracing(*p, pid, session, on, w.flags, w.tracer);
  if (ports)
    for (const Term id : all_ports())
      if (Port* p = find_port(id)) matches += change_tracing(*p, id, session, on, w.flags, w.tracer);
  if (s.new_processes && (w.flags & kProcessTraceFlags) != 0)
    change_default_tracing(*session, &TraceSession::new_processes, on, w.flags & kProcessTraceFlags,
                           w.tracer);
  if (s.new_ports && (w.flags & kPortTraceFlags) != 0)
    change_default_tracing(*session, &TraceSession::new_ports, on, w.flags & kPortTraceFlags, w.tracer);
  return matches;
}

// 0: not the name of a kind that sits in code.
unsigned kind_named(Term name) {
  if (name == am::local) return kBreakLocal;
  if (name == am::meta) return kBreakMeta;
  if (name == am::call_count) return kBreakCount;
  if (name == am::call_time) return kBreakTime;
  return name == am::call_memory && flags.otp_release >= "26" ? kBreakMemory : 0;
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

// {Name, Number} or {Reference, {Name, Number}}; null if it is none, or (unless `ended_too`) has ended.
TraceSessionRef session_from(Term t, bool ended_too = false) {
  const auto pair = Tuple::from(t);
  if (!pair || pair->arity() != 2) return nullptr;
  if ((*pair)[0].is_atom()) return find_session((*pair)[0], (*pair)[1]);
  const auto* handle = magic_cast<SessionHandle>((*pair)[0]);
  const auto weak = Tuple::from((*pair)[1]);
  if (handle == nullptr || !weak || weak->arity() != 2) return nullptr;
  const TraceSession& s = *handle->session;
  if ((*weak)[0] != s.name || (*weak)[1] != Term::small(s.number)) return nullptr;
  return s.alive || ended_too ? handle->session : nullptr;
}
Term no_session(Call& c) { return badarg_because(c, am::session); }

Traceable* traceable_at(Term id) {
  if (id.is_local_pid()) return find_process(id);
  if (id.is_local_port()) return find_port(id);
  return nullptr;
}

// {tracer, _}: not for a session that has one.
bool has_tracer_option(Term list) {
  for (; list.is_cons(); list = list.tail())
    if (list.head().is_tuple()) return true;
  return false;
}

// trace(PidPortSpec, How, Flags) -> number of processes and ports that it was done for.
Term trace(Call& c, const TraceSessionRef& session, Term what, Term how, Term list) {
  Wanted w;
  if ((session->tracer && has_tracer_option(list)) ||
      !parse_trace_flags(list, &w.flags, &w.tracer, &w.cpu_timestamp))
    return badarg_because(c, am::badopt);
  if (how != am::true_ && how != am::false_) return badarg(c);
  const bool on = how == am::true_;
  if (on && !w.tracer) w.tracer = session->tracer ? session->tracer : tracer_from(am::tracer, c.process.pid);
  std::int64_t matches = 0;
  if (what.is_pid() || what.is_port()) {
    if (w.cpu_timestamp) return badarg(c);
    Traceable* tracee = traceable_at(what);
    if (tracee == nullptr) return badarg(c);
    bool done = false;
    const auto change = [&] { done = change_tracing(*tracee, what, session, on, w.flags, w.tracer); };
    if (what == c.process.pid)
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
    stop_the_world([&] { matches = trace_all(session, *spec, on, w); });
  }
  return Term::small(matches);
}

// {Item, Value}: what a session, by its number, wants of a process or port, or which `sessions` want
// something.
Term tracee_info(Heap& h, Traceable& p, Term id, std::int64_t session_number, Term item) {
  if (item == am::session) {
    ListBuilder list(h);
    if (const auto all = traces_of(p))
      for (const SessionTrace& t : *all)
        if (t.session->alive) list.add(session_term(h, *t.session));
    return make_tuple(h, item, list.list());
  }
  drop_dead_traces(p, id);
  const SessionTrace own = trace_by(p, session_number);
  return make_tuple(
      h, item, item == am::flags ? trace_flags_term(h, own.flags) : tracer_term(h, own.tracer, Term::nil()));
}

// Payload {Ref, Item}; extra: the session's number.
void handle_tracee_request(Process* p, Signal* s) {
  const Tuple request = Tuple::of(s->term);
  GrowingFragmentHeap h;
  const auto number = static_cast<std::int64_t>(s->extra[0]);
  reply(s->from, request[0], p != nullptr ? tracee_info(h, *p, p->pid, number, request[1]) : am::undefined);
  Signal::free(s);
}

Term ask_tracee(Call& c, Term id, std::int64_t session_number, Term item) {
  Traceable* tracee = traceable_at(id);
  if (tracee == nullptr) return am::undefined;
  Heap& h = c.heap();
  // Signals that the caller has sent before count, so one with signals left is asked.
  if (id.is_local_pid() && id != c.process.pid &&
      static_cast<Process*>(tracee)->has_state(Process::kSignals | Process::kRunning)) {
    const Term ref = make_ref(h);
    send_request(id, c.process.pid, handle_tracee_request, make_tuple(h, ref, item),
                 static_cast<Word>(session_number));
    return trap(c, find_or_make_export(am::erts_internal, am::await_result, 1), {ref});
  }
  return tracee_info(h, *tracee, id, session_number, item);
}

std::optional<std::tuple<Term, Term, std::uint32_t>> function_named(Term t) {
  const auto mfa = Tuple::from(t);
  if (!mfa || mfa->arity() != 3 || !(*mfa)[0].is_atom() || !(*mfa)[1].is_atom() || !(*mfa)[2].is_small())
    return std::nullopt;
  return std::tuple{(*mfa)[0], (*mfa)[1], static_cast<std::uint32_t>((*mfa)[2].small_value())};
}

// trace_info(PidPortFuncEvent, Item) -> {Item, Value} | undefined
Term trace_info(Call& c, TraceSession& session, Term what, Term key) {
  Heap& h = c.heap();
  const auto answer = [&](Term value) { return value.is_none() ? badarg(c) : make_tuple(h, key, value); };
  if (what == am::on_load) return answer(on_load_trace_info(session, h, key));
  if (what == am::send || what == am::receive)
    return answer(event_trace_info(
        pattern_of(session, what == am::send ? &TraceSession::send : &TraceSession::receive), h, key));
  if (what.is_atom() || what.is_pid() || what.is_port()) {
    if (what.is_atom() && what != am::new_ && what != am::new_processes && what != am::new_ports)
      return badarg_because(c, am::badopt);
    if (key != am::flags && key != am::tracer) return badarg(c);
    if (!what.is_atom()) return ask_tracee(c, what, session.number, key);
    const Tracing now = default_tracing(
        session, what == am::new_ports ? &TraceSession::new_ports : &TraceSession::new_processes);
    return answer(key == am::flags ? trace_flags_term(h, now.flags)
                                   : tracer_term(h, now.tracer, Term::nil()));
  }
  if (!what.is_tuple()) return badarg_because(c, am::badopt);
  const auto mfa = function_named(what);
  if (!mfa) return badarg(c);
  const auto [module, function, arity] = *mfa;
  return answer(function_trace_info(session, h, module, function, arity, key));
}

// trace_info(PidPortFuncEvent | any, session) -> {session, those that want something of it} | undefined
Term sessions_info(Call& c, Term what, Term key) {
  if (key != am::session) return badarg(c);
  Heap& h = c.heap();
  ListBuilder list(h);
  const auto answer = [&] { return make_tuple(h, am::session, list.list()); };
  if (what.is_atom()) {
    for (const TraceSessionRef& s : all_sessions()) {
      bool wants = true;
      if (what == am::on_load)
        wants = s->on_load.on;
      else if (what == am::send)
        wants = pattern_of(*s, &TraceSession::send).on;
      else if (what == am::receive)
        wants = pattern_of(*s, &TraceSession::receive).on;
      else if (what == am::new_ || what == am::new_processes)
        wants = default_tracing(*s, &TraceSession::new_processes).flags != 0;
      else if (what == am::new_ports)
        wants = default_tracing(*s, &TraceSession::new_ports).flags != 0;
      else if (what != am::any)
        return badarg_because(c, am::badopt);
      if (wants) list.add(session_term(h, *s));
    }
    return answer();
  }
  if (what.is_pid() || what.is_port()) {
    if (!what.is_local_pid() && !what.is_local_port()) return badarg_because(c, am::badopt);
    return ask_tracee(c, what, 0, key);
  }
  if (!what.is_tuple()) return badarg_because(c, am::badopt);
  const auto mfa = function_named(what);
  if (!mfa) return badarg(c);
  const auto [module, function, arity] = *mfa;
  const auto sessions = sessions_at_function(module, function, arity);
  if (!sessions) return make_tuple(h, am::session, am::undefined);
  for (const TraceSessionRef& s : *sessions) list.add(session_term(h, *s));
  return answer();
}

// trace_pattern({Module, Function, Arity} | on_load | send | 'receive', Specification, Options)
// -> number of functions
Term trace_pattern(Call& c, const TraceSessionRef& session, Term what, Term wanted, Term options) {
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
    if (o.is_tuple() && !session->tracer) {
      p.meta_tracer = tracer_from(am::meta, o);
      if (!p.meta_tracer) return badarg_because(c, am::badopt);
      p.kinds |= kBreakMeta;
    } else if (o == am::global) {
      if (p.kinds != 0) return badarg_because(c, am::badopt);
      global = true;
    } else {
      const unsigned kind = kind_named(o);
      if (kind == 0 || global) return badarg_because(c, am::badopt);
      p.kinds |= kind;
      if (kind == kBreakMeta && !p.meta_tracer)
        p.meta_tracer = session->tracer ? session->tracer : make_tracer(am::erl_tracer, c.process.pid);
    }
  }
  if (!options.is_nil()) return badarg_because(c, am::badopt);
  if (p.spec && p.kinds != 0 && (p.kinds & (kBreakLocal | kBreakMeta)) == 0)
    return badarg_because(c, am::call_count);
  std::int64_t matches = 0;
  if (what == am::on_load) {
    stop_the_world([&] { set_load_pattern(*session, p); });
  } else if (what == am::send || what == am::receive) {
    if (global || p.kinds != 0 || p.how == PatternSwitch::restart || p.how == PatternSwitch::pause)
      return badarg_because(c, am::none);
    set_pattern_of(*session, what == am::send ? &TraceSession::send : &TraceSession::receive,
                   {p.how == PatternSwitch::on, p.spec});
    stop_the_world([] {});  // nobody goes on by the old one
    matches = 1;
  } else {
    const auto f = function_pattern(what);
    if (!f) return badarg_because(c, am::none);
    stop_the_world([&] {
      if (session->alive) matches = set_trace_pattern(session, *f, p);
    });
  }
  return Term::small(matches);
}

}  // namespace

JOIST_DEFINE_BIF(erts_internal_trace_3, Term what, Term how, Term list) {
  return trace(c, default_session(), what, how, list);
}
JOIST_DEFINE_BIF(erlang_trace_info_2, Term what, Term key) {
  return trace_info(c, *default_session(), what, key);
}
// OTP: other processes run before functions change.
JOIST_DEFINE_BIF(erts_internal_trace_pattern_3, Term what, Term wanted, Term options) {
  if (what.is_tuple()) return after_others(c, am::erts_internal, "$trace_pattern");
  return trace_pattern(c, default_session(), what, wanted, options);
}
JOIST_DEFINE_BIF(erts_internal_trace_pattern_rest_3, Term what, Term wanted, Term options) {
  stand_for(c, am::erts_internal, am::trace_pattern);
  return trace_pattern(c, default_session(), what, wanted, options);
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

// ---- the same of sessions ----

JOIST_DEFINE_BIF(erts_internal_trace_4, Term session, Term what, Term how, Term list) {
  const TraceSessionRef s = session_from(session);
  return s ? trace(c, s, what, how, list) : no_session(c);
}
JOIST_DEFINE_BIF(erts_internal_trace_pattern_4, Term session, Term what, Term wanted, Term options) {
  const TraceSessionRef s = session_from(session);
  if (!s) return no_session(c);
  if (what.is_tuple()) return after_others(c, am::erts_internal, "$trace_pattern");
  return trace_pattern(c, s, what, wanted, options);
}
JOIST_DEFINE_BIF(erts_internal_trace_pattern_rest_4, Term session, Term what, Term wanted, Term options) {
  stand_for(c, am::erts_internal, am::trace_pattern);
  const TraceSessionRef s = session_from(session);
  return s ? trace_pattern(c, s, what, wanted, options) : no_session(c);
}
JOIST_DEFINE_BIF(erts_internal_trace_info_3, Term session, Term what, Term key) {
  if (session == am::any) return sessions_info(c, what, key);
  const TraceSessionRef s = session_from(session);
  return s ? trace_info(c, *s, what, key) : no_session(c);
}

// trace_session_create(Name, Tracer | undefined, []) -> {Reference, {Name, Number}}
JOIST_DEFINE_BIF(erts_internal_trace_session_create_3, Atom name, Term tracer, Term options) {
  TracerRef own;
  if (!options.is_nil()) return badarg(c);
  if (tracer != am::undefined && !(own = tracer_from(Term::none(), tracer))) return badarg(c);
  const TraceSessionRef s = create_session(name.term(), std::move(own));
  const Term weak = session_term(c.heap(), *s);
  return make_tuple(c.heap(), make_magic_ref(c.heap(), new SessionHandle(s)), weak);
}
// trace_session_destroy(Session) -> boolean(): whether it lived.
JOIST_DEFINE_BIF(erts_internal_trace_session_destroy_1, Term session) {
  const TraceSessionRef s = session_from(session, true);
  if (!s) return badarg_because(c, am::badopt);
  if (!end_session(s)) return am::false_;
  stop_the_world([&] { remove_trace_patterns(*s); });
  return am::true_;
}

// erts_trace_cleaner, a process of the system: check() -> whether sessions have ended. Their breakpoints are
// removed here, what processes and ports have of them by send_trace_clean_signal(PidOrPort) -> whether an
// answer will come. It is never needed: another process's settings can be taken away at once.
JOIST_DEFINE_BIF(erts_trace_cleaner_check_0) {
  const std::vector<TraceSessionRef> ended = take_ended_sessions();
  if (ended.empty()) return am::false_;
  stop_the_world([&] {
    for (const TraceSessionRef& s : ended) remove_trace_patterns(*s);
  });
  return am::true_;
}
JOIST_DEFINE_BIF(erts_trace_cleaner_send_trace_clean_signal_1, Term id) {
  if (c.process.pid.bits != trace_cleaner.load()) return raise_error(c, am::notsup);
  if (!id.is_local_pid() && !id.is_local_port()) return badarg(c);
  if (Traceable* tracee = traceable_at(id))
    remove_traces(*tracee, [](const SessionTrace& t) { return !t.session->alive; });
  return am::false_;
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
