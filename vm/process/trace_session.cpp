#include "vm/process/trace_session.hpp"

#include <algorithm>
#include <mutex>

#include "gc/fragment.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/spawn.hpp"

namespace joist {

std::atomic<Word> trace_cleaner{0};
Term (*run_event_specification)(const TraceSpecification&, const TraceSessionRef&, Process&,
                                std::span<const Term>, Heap&) = nullptr;

namespace {

// Of all that sessions hold, the lists of them, and all Traceable::traces: nothing is asked or freed while it
// is held.
std::mutex mutex;
std::vector<TraceSessionRef> sessions{default_session()};
std::vector<TraceSessionRef> ended;
std::int64_t next_number = 0;
std::atomic<bool> any_default_tracing{false};

void note_default_tracing() {
  any_default_tracing.store(std::ranges::any_of(sessions, [](const TraceSessionRef& s) {
    return s->new_processes.flags != 0 || s->new_ports.flags != 0;
  }));
}

// The lock is held; what was there before is returned, to be freed without it.
std::shared_ptr<const SessionTraces> replace_traces(Traceable& p, SessionTraces traces) {
  std::uint32_t flags = 0;
  for (const SessionTrace& t : traces) flags |= t.flags;
  std::shared_ptr<const SessionTraces> made;
  if (!traces.empty()) made = std::make_shared<const SessionTraces>(std::move(traces));
  p.traces.swap(made);
  p.trace_flags.store(flags, std::memory_order_relaxed);
  return made;
}

}  // namespace

// ---- sessions ----

const TraceSessionRef& default_session() {
  static const TraceSessionRef session = std::make_shared<TraceSession>(am::legacy, -1, nullptr);
  return session;
}

TraceSessionRef create_session(Term name, TracerRef tracer) {
  const std::lock_guard lock(mutex);
  auto s = std::make_shared<TraceSession>(name, next_number++, std::move(tracer));
  sessions.insert(sessions.end() - 1, s);
  return s;
}

std::vector<TraceSessionRef> all_sessions() {
  const std::lock_guard lock(mutex);
  return sessions;
}

TraceSessionRef find_session(Term name, Term number) {
  for (const TraceSessionRef& s : all_sessions())
    if (s->name == name && Term::small(s->number) == number && s != default_session()) return s;
  return nullptr;
}

Term session_term(Heap& h, const TraceSession& s) {
  return make_tuple(h, s.name, s.number < 0 ? am::default_ : Term::small(s.number));
}

bool end_session(const TraceSessionRef& s) {
  if (!s->alive.exchange(false)) return false;
  {
    const std::lock_guard lock(mutex);
    std::erase(sessions, s);
    ended.push_back(s);
    note_default_tracing();
  }
  if (const Word cleaner = trace_cleaner.load()) send_fragment(Term{cleaner}, am::notify, nullptr);
  return true;
}

std::vector<TraceSessionRef> take_ended_sessions() {
  const std::lock_guard lock(mutex);
  return std::exchange(ended, {});
}

EventPattern pattern_of(const TraceSession& s, EventPattern TraceSession::*event) {
  const std::lock_guard lock(mutex);
  return s.*event;
}

void set_pattern_of(TraceSession& s, EventPattern TraceSession::*event, EventPattern pattern) {
  const std::lock_guard lock(mutex);
  std::swap(s.*event, pattern);
}

// ---- processes and ports ----

std::shared_ptr<const SessionTraces> traces_of(const Traceable& p) {
  const std::lock_guard lock(mutex);
  return p.traces;
}

SessionTrace trace_by(const Traceable& p, std::int64_t session_number) {
  if (const auto all = traces_of(p))
    for (const SessionTrace& t : *all)
      if (t.session->number == session_number && t.session->alive) return t;
  return {};
}

std::uint32_t flags_by(const Traceable& p, const TraceSession& s) {
  if (!s.alive.load(std::memory_order_acquire)) return 0;
  const std::lock_guard lock(mutex);
  if (!p.traces) return 0;
  for (const SessionTrace& t : *p.traces)
    if (t.session.get() == &s) return t.flags;
  return 0;
}

void change_trace(Traceable& p, const TraceSessionRef& s, const std::function<void(SessionTrace&)>& change) {
  std::shared_ptr<const SessionTraces> before;
  const std::lock_guard lock(mutex);
  SessionTraces traces;
  if (p.traces) traces = *p.traces;
  auto own = std::ranges::find(traces, s, &SessionTrace::session);
  if (own == traces.end()) own = traces.insert(own, {s, 0, nullptr});
  change(*own);
  if (own->flags == 0) traces.erase(own);
  before = replace_traces(p, std::move(traces));
}

void remove_traces(Traceable& p, const std::function<bool(const SessionTrace&)>& which) {
  std::shared_ptr<const SessionTraces> before;
  const std::lock_guard lock(mutex);
  if (!p.traces) return;
  SessionTraces traces = *p.traces;
  if (std::erase_if(traces, which) != 0) before = replace_traces(p, std::move(traces));
}

void drop_dead_traces(Traceable& p, Term id) {
  const auto all = traces_of(p);
  if (!all) return;
  SessionTraces dead;
  for (const SessionTrace& t : *all)
    if (!t.session->alive || !tracer_exists(*t.tracer, id)) dead.push_back(t);
  if (dead.empty()) return;
  remove_traces(p, [&](const SessionTrace& t) {
    return std::ranges::any_of(
        dead, [&](const SessionTrace& d) { return d.session == t.session && d.tracer == t.tracer; });
  });
}

bool change_tracing(Traceable& p, Term id, const TraceSessionRef& s, bool on, std::uint32_t flags,
                    const TracerRef& tracer) {
  const SessionTrace now = trace_by(p, *s);
  if (now.flags != 0 && tracer && !same_tracer(now.tracer, tracer) && tracer_exists(*now.tracer, id))
    return false;
  if (on) note_trace_flags(flags);
  if (now.flags == 0 && !on) return true;
  change_trace(p, s, [&](SessionTrace& t) {
    t.flags = on ? t.flags | flags : t.flags & ~flags;
    if (tracer) t.tracer = tracer;
  });
  return true;
}

// ---- new processes and ports ----

Tracing default_tracing(TraceSession& s, NewTracing which) {
  Tracing now;
  {
    const std::lock_guard lock(mutex);
    now = s.*which;
  }
  if (now.flags == 0 || tracer_exists(*now.tracer, am::undefined)) return now;
  const std::lock_guard lock(mutex);
  if ((s.*which).tracer == now.tracer) s.*which = {};
  note_default_tracing();
  return {};
}

void change_default_tracing(TraceSession& s, NewTracing which, bool on, std::uint32_t flags,
                            const TracerRef& tracer) {
  if (on) note_trace_flags(flags);
  Tracing t;
  const std::lock_guard lock(mutex);
  t.flags = on ? (s.*which).flags | flags : (s.*which).flags & ~flags;
  if (t.flags != 0) t.tracer = tracer;
  if (!t.tracer) t.flags = 0;
  std::swap(s.*which, t);
  note_default_tracing();
}

void give_default_tracing(Traceable& fresh, NewTracing which) {
  if (!any_default_tracing.load(std::memory_order_relaxed)) return;
  // In OTP's order.
  for (const TraceSessionRef& s : std::views::reverse(all_sessions()))
    if (const Tracing t = default_tracing(*s, which); t.flags != 0)
      change_trace(fresh, s, [&](SessionTrace& mine) {
        mine.flags = t.flags;
        mine.tracer = t.tracer;
      });
}

void adopt_traces(Traceable& p, const Traceable& handed) {
  for_each_trace(handed, kAllTraceFlags, [&](const SessionTrace& t) {
    change_trace(p, t.session, [&](SessionTrace& mine) {
      mine.flags |= t.flags;
      mine.tracer = t.tracer;
    });
  });
}

void inherit_traces(Traceable& parent, Traceable& child, std::uint32_t first, std::uint32_t always) {
  // OTP: since release 27 they are not added to what `child` was given as a new process, but replace it.
  const bool added = flags.otp_release < "27";
  for_each_trace(parent, first | always, [&](const SessionTrace& t) {
    const std::uint32_t spent = (t.flags & first) != 0 ? first | always : 0;
    change_trace(child, t.session, [&](SessionTrace& mine) {
      mine.flags = ((added ? mine.flags : 0) | t.flags) & ~spent;
      mine.tracer = t.tracer;
    });
    if (spent != 0) change_trace(parent, t.session, [&](SessionTrace& mine) { mine.flags &= ~spent; });
  });
}

}  // namespace joist
