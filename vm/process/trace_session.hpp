// trace_session.hpp -- sessions of tracing: who wants to be told what of which processes and ports.
//
// erlang:trace/3 and its kin work on the default session. OTP 27 makes others (module trace), which know
// nothing of each other: a process, port or function may have settings of several. A session has a tracer of
// its own or, as the default one, takes one with each call. It ends when it is destroyed, or when nobody has
// its handle any more; what is left of it is passed over until the process erts_trace_cleaner comes by.
// What sessions want of functions is in vm/trace. Owner: the list of sessions, and whatever has settings of
// them. Threads: any, under a lock that is held for a moment only; `on_load` changes while the world is
// stopped. GC: none.
#pragma once
#include <functional>
#include <ranges>

#include "vm/process/tracing.hpp"
#include "vm/term/magic.hpp"

namespace joist {

using TraceSpecRef = std::shared_ptr<const class TraceSpecification>;  // vm/trace

// What trace_pattern(send | 'receive', _) wants.
struct EventPattern {
  bool on = true;
  TraceSpecRef spec;  // null: everything
};
// What functions get when their module is loaded.
struct LoadPattern {
  bool on = false;
  unsigned kinds = 0;  // BreakpointKind (vm/trace) of those that sit in code; 0: global
  TraceSpecRef spec, meta_spec;
  TracerRef meta_tracer;
};
struct Tracing {
  std::uint32_t flags = 0;
  TracerRef tracer;
};

struct TraceSession {
  TraceSession(Term the_name, std::int64_t the_number, TracerRef the_tracer)
      : name(the_name), number(the_number), tracer(std::move(the_tracer)) {}
  const Term name;
  const std::int64_t number;  // -1: the default one
  const TracerRef tracer;     // null: each call brings one
  std::atomic<bool> alive{true};
  EventPattern send, receive;
  Tracing new_processes, new_ports;
  LoadPattern on_load;
};
using TraceSessionRef = std::shared_ptr<TraceSession>;

const TraceSessionRef& default_session();
TraceSessionRef create_session(Term name, TracerRef tracer);
// Those that live, the default one last.
std::vector<TraceSessionRef> all_sessions();
// Null: there is none (any more).
TraceSessionRef find_session(Term name, Term number);
// {Name, Number}, which names it without keeping it.
Term session_term(Heap& h, const TraceSession& s);
// False: it has ended before. Its breakpoints are left.
bool end_session(const TraceSessionRef& s);
// Those that have ended since the last call. Whoever takes them sees to what is left of them.
std::vector<TraceSessionRef> take_ended_sessions();
// Who is told `notify` when sessions have ended; 0: nobody.
extern std::atomic<Word> trace_cleaner;

// What the magic reference in a handle owns: without it the session ends.
class SessionHandle final : public MagicObject {
 public:
  explicit SessionHandle(TraceSessionRef s) : session(std::move(s)) {}
  ~SessionHandle() override { end_session(session); }
  const TraceSessionRef session;
};

EventPattern pattern_of(const TraceSession& s, EventPattern TraceSession::*event);
void set_pattern_of(TraceSession& s, EventPattern TraceSession::*event, EventPattern pattern);
// Whether an event is told by a session with a match specification, whose arguments `args` are: the result to
// show (true: none to show), or false. Installed by vm/trace.
extern Term (*run_event_specification)(const TraceSpecification& spec, const TraceSessionRef& s, Process& p,
                                       std::span<const Term> args, Heap& h);

// ---- processes and ports ----
struct SessionTrace {
  TraceSessionRef session;
  std::uint32_t flags = 0;
  TracerRef tracer;
};
using SessionTraces = std::vector<SessionTrace>;
std::shared_ptr<const SessionTraces> traces_of(const Traceable& p);
// Without flags if the session wants nothing.
SessionTrace trace_by(const Traceable& p, std::int64_t session_number);
inline SessionTrace trace_by(const Traceable& p, const TraceSession& s) { return trace_by(p, s.number); }
std::uint32_t flags_by(const Traceable& p, const TraceSession& s);
// `action(trace)` for those of living sessions that have one of the flags, the latest first as in OTP.
template <class F>
void for_each_trace(const Traceable& p, std::uint32_t flags, const F& action) {
  const auto all = traces_of(p);
  if (!all) return;
  for (const SessionTrace& t : std::views::reverse(*all))
    if ((t.flags & flags) != 0 && t.session->alive.load(std::memory_order_acquire)) action(t);
}
// Lets `change` alter what the session wants, which may be nothing before and after.
void change_trace(Traceable& p, const TraceSessionRef& s, const std::function<void(SessionTrace&)>& change);
void remove_traces(Traceable& p, const std::function<bool(const SessionTrace&)>& which);
// Takes away those whose session has ended or whose tracer is gone.
void drop_dead_traces(Traceable& p, Term id);
// erlang:trace/3. `tracer`, if not null, becomes the session's for `p`. False: it has another one that still
// exists.
bool change_tracing(Traceable& p, Term id, const TraceSessionRef& s, bool on, std::uint32_t flags,
                    const TracerRef& tracer);

// ---- new processes and ports ----
using NewTracing = Tracing TraceSession::*;
Tracing default_tracing(TraceSession& s, NewTracing which);
void change_default_tracing(TraceSession& s, NewTracing which, bool on, std::uint32_t flags,
                            const TracerRef& tracer);
// What is new gets what all sessions want.
void give_default_tracing(Traceable& fresh, NewTracing which);
// What set_on_spawn or set_on_link (`always`, or once: `first`) hand on to `child`.
void inherit_traces(Traceable& parent, Traceable& child, std::uint32_t first, std::uint32_t always);

// Adds all that `handed` has.
void adopt_traces(Traceable& p, const Traceable& handed);

}  // namespace joist
