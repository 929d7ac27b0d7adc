#include "vm/process/signals.hpp"

#include <new>

#include "gc/copy.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/distribution.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/node_monitor.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/table.hpp"
#include "vm/process/trace_session.hpp"

namespace joist {

Term make_ref_with_key(Heap& h, RefKey key, Term alias_of) {
  const std::size_t words = alias_of.is_none() ? 2 : 3;
  Word* w = h.alloc(1 + words);
  w[0] = make_header(BoxKind::ref, words);
  w[1] = key.a;
  w[2] = key.b;
  if (words == 3) w[3] = alias_of.bits;
  return Term::boxed(w);
}

// ---- delivery --------------------------------------------------------------------------------------

// One of so many signals that need not wake anybody does, or they would pile up with one who sleeps for good.
static bool may_wait() {
  constexpr unsigned kWaiting = 64;
  thread_local unsigned count = 0;
  return ++count % kWaiting != 0;
}

bool deliver(Process& to, Signal* s, Urgency urgency) {
  switch (to.mailbox.push(s)) {
    case Mailbox::Push::closed: return false;
    case Mailbox::Push::more:
      // Whoever came first has set the flag and wakes, unless only such were here as need not.
      if ((to.state.load(std::memory_order_seq_cst) & Process::kSignals) != 0) return true;
      break;
    case Mailbox::Push::first: break;
  }
  if (urgency == Urgency::now || !may_wait()) hurry(to);
  return true;
}

void hurry(Process& to) {
  const std::uint32_t old = to.state.fetch_or(Process::kSignals, std::memory_order_acq_rel);
  const bool handles_itself = (old & (Process::kRunning | Process::kAway)) == Process::kRunning;
  if (!handles_itself && (old & Process::kQueued) == 0) process_hooks.wake(to);
}

namespace {

// The signal's receiver is gone.
void reject(Signal* s) {
  if (s->kind == Signal::Kind::message)
    Signal::free(s);
  else
    s->handle(nullptr, s);
}

Signal* make_signal(void (*handle)(Process*, Signal*), Term from) {
  Signal* s = Signal::make();
  s->kind = Signal::Kind::other;
  s->handle = handle;
  s->from = from;
  return s;
}

void set_key(Signal* s, RefKey key) {
  s->extra[0] = key.a;
  s->extra[1] = key.b;
}
RefKey key_of(const Signal* s) { return {s->extra[0], s->extra[1]}; }

// Puts a message into the inner queue.
void append_message(Process& p, Signal* s) {
  if (is_traced(p, kTraceReceive)) [[unlikely]]
    trace_receive(p, s->from, s->term);
  p.mailbox.append(s);
}

// A signal that has been acted on becomes a plain message.
void turn_into_message(Process& p, Signal* s, Term message) {
  s->kind = Signal::Kind::message;
  s->handle = nullptr;
  s->term = message;
  append_message(p, s);
}

void die(Process& p, Signal* s, Term reason) {
  p.exit_reason = reason;
  if (s->fragment != nullptr) p.heap.adopt(std::exchange(s->fragment, nullptr));
  Signal::free(s);
}

// ---- exit signals: term = {'EXIT', From, Reason} ----
constexpr Word kBrokenLink = 1;

void handle_exit(Process* p, Signal* s) {
  if (p == nullptr) return Signal::free(s);
  const Term reason = Tuple::of(s->term)[2];
  if (s->extra[0] == kBrokenLink) {
    if (!p->links) return Signal::free(s);
    const auto it = p->links->links.find(s->from.bits);
    if (it == p->links->links.end()) return Signal::free(s);
    const bool active = it->second.active;
    p->links->links.erase(it);
    if (!active) return Signal::free(s);
    // OTP: not told by one that dies of it.
    if (is_traced(*p, kTraceProcs) && (p->trap_exit || reason == am::normal)) {
      const Term from = s->from;
      if (p->trap_exit)
        turn_into_message(*p, s, s->term);
      else
        Signal::free(s);
      return trace_event(*p, kTraceProcs, am::getting_unlinked, from);
    }
  } else if (reason == am::kill) {
    return die(*p, s, am::killed);
  }
  if (p->trap_exit) return turn_into_message(*p, s, s->term);
  if (reason == am::normal && s->from != p->pid) return Signal::free(s);
  die(*p, s, reason);
}

Signal* make_exit(Term from, Term reason, Word how) {
  FragmentHeap h(4 + flat_size(from) + flat_size(reason));
  const Term own_from = copy_term(h, from);  // a process of another node is a term on somebody's heap
  Signal* s = make_signal(handle_exit, own_from);
  s->term = make_tuple(h, am::EXIT_, own_from, copy_term(h, reason));
  s->fragment = h.finish();
  s->extra[0] = how;
  return s;
}

// ---- links: term = the receiver's pid, for the answer of one that is gone ----
void handle_link(Process* p, Signal* s) {
  if (p == nullptr)
    send_link_exit(s->term, s->from, am::noproc);
  else if (p->links_made().links.try_emplace(s->from.bits).second && is_traced(*p, kTraceProcs))
    trace_event(*p, kTraceProcs, am::getting_linked, s->from);
  Signal::free(s);
}

// Before a link: what the receiver's tracing inherits from that of the sender; extra: it.
void handle_inherit(Process* p, Signal* s) {
  const std::unique_ptr<const Traceable> handed(reinterpret_cast<const Traceable*>(s->extra[0]));
  if (p != nullptr) adopt_traces(*p, *handed);
  Signal::free(s);
}

void handle_unlink_ack(Process* p, Signal* s) {
  if (p != nullptr && p->links) {
    const auto it = p->links->links.find(s->from.bits);
    if (it != p->links->links.end() && !it->second.active && it->second.unlink_id == s->extra[0])
      p->links->links.erase(it);
  }
  Signal::free(s);
}

void handle_unlink(Process* p, Signal* s) {
  if (p != nullptr && p->links) {
    const auto it = p->links->links.find(s->from.bits);
    if (it != p->links->links.end() && it->second.active) {
      if (is_traced(*p, kTraceProcs)) trace_event(*p, kTraceProcs, am::getting_unlinked, s->from);
      p->links->links.erase(it);
    }
  }
  Signal* ack = make_signal(handle_unlink_ack, s->term);
  ack->extra[0] = s->extra[0];
  signal_to(s->from, ack);
  Signal::free(s);
}

// ---- monitors ----
constexpr Word kAliasRef = 1;

// term = {'DOWN', Ref, Type, Object, Reason}
void handle_down(Process* p, Signal* s) {
  if (p == nullptr || !p->links) return Signal::free(s);
  const auto it = p->links->monitors.find(key_of(s));
  if (it == p->links->monitors.end()) return Signal::free(s);
  Monitor& m = it->second;
  if (!m.tag.term.is_none()) {
    Tuple::of(s->term).elements()[0] = m.tag.term;
    if (m.tag.fragment != nullptr) {
      HeapFragment* last = m.tag.fragment;
      while (last->next != nullptr) last = last->next;
      last->next = s->fragment;
      s->fragment = std::exchange(m.tag.fragment, nullptr);
    }
  }
  if (m.alias == AliasMode::explicit_unalias) p->links->aliases.emplace(it->first, m.alias);
  p->links->monitors.erase(it);
  turn_into_message(*p, s, s->term);
}

// extra: key, flags; term: the watched pid; token: the name or none()
void handle_monitor(Process* p, Signal* s) {
  Watcher w{s->from, s->token, (s->extra[2] & kAliasRef) != 0};
  if (p == nullptr)
    send_down(key_of(s), w, s->term, am::noproc);
  else
    p->links_made().watchers.insert_or_assign(key_of(s), w);
  Signal::free(s);
}

void handle_demonitor(Process* p, Signal* s) {
  if (p != nullptr && p->links) p->links->watchers.erase(key_of(s));
  Signal::free(s);
}

// ---- messages to an alias ----
static void drop_alias_message(Signal* s) {
  release_token(s->token);
  Signal::free(s);
}
void handle_alias_message(Process* p, Signal* s) {
  if (p == nullptr || !p->links) return drop_alias_message(s);
  const RefKey key = key_of(s);
  if (const auto m = p->links->monitors.find(key);
      m != p->links->monitors.end() && m->second.alias != AliasMode::none) {
    if (m->second.alias == AliasMode::reply_demonitor) demonitor(*p, key);
    return turn_into_message(*p, s, s->term);
  }
  const auto a = p->links->aliases.find(key);
  if (a == p->links->aliases.end()) return drop_alias_message(s);
  if (a->second == AliasMode::reply) p->links->aliases.erase(a);
  turn_into_message(*p, s, s->term);
}

// ---- others ----
void handle_group_leader(Process* p, Signal* s) {
  if (p != nullptr) {
    p->group_leader = s->term;
    if (s->fragment != nullptr) p->heap.adopt(std::exchange(s->fragment, nullptr));
  }
  Signal::free(s);
}

void handle_resume(Process* p, Signal* s) {
  if (p != nullptr && p->suspend_count > 0 && --p->suspend_count == 0)
    p->state.fetch_and(~std::uint32_t{Process::kSuspended}, std::memory_order_acq_rel);
  Signal::free(s);
}

}  // namespace

void signal_to(Term pid, Signal* s, Urgency urgency) {
  Process* p = pid.is_local_pid() ? find_process(pid) : nullptr;
  if (p == nullptr || !deliver(*p, s, urgency)) reject(s);
}

void send_fragment(Term pid, Term message, HeapFragment* fragment) {
  Signal* s = Signal::make();
  s->term = message;
  s->fragment = fragment;
  signal_to(pid, s);
}

void send_message(Process* from, Process& to, Term message) {
  const CopiedTerm copy = copy_to_fragment(message);
  Signal* s = Signal::make();
  s->term = copy.term;
  s->fragment = copy.fragment;
  if (from != nullptr) {
    s->from = from->pid;
    s->token = token_for_message(*from, to.pid, message);
  }
  if (!deliver(to, s)) Signal::free(s);
}

static Sent send_to_port(Process& from, Term port, Term message, bool nosuspend) {
  return port_hooks.send(from, port, message, nosuspend) == PortSend::busy ? Sent::suspended : Sent::ok;
}

[[gnu::always_inline]] static inline Sent send_untraced(Process& from, Term to, Term message,
                                                        bool nosuspend) {
  if (to.is_atom()) {
    to = whereis_name(to);
    if (to.is_none()) return Sent::badarg;
  }
  if (to.is_local_port()) return send_to_port(from, to, message, nosuspend);
  if (to.is_local_pid()) {
    if (Process* p = find_process(to)) send_message(&from, *p, message);
    return Sent::ok;
  }
  if (to.is_reference()) {
    const Term pid = alias_pid(to);
    Process* p = pid.is_local_pid() ? find_process(pid) : nullptr;
    if (p == nullptr) return Sent::ok;
    const CopiedTerm copy = copy_to_fragment(message);
    Signal* s = make_signal(handle_alias_message, from.pid);
    s->term = copy.term;
    s->fragment = copy.fragment;
    s->token = token_for_message(from, to, message);
    set_key(s, ref_key(to));
    if (!deliver(*p, s)) reject(s);
    return Sent::ok;
  }
  if (auto t = Tuple::from(to); t && t->arity() == 2 && (*t)[0].is_atom() && (*t)[1].is_atom()) {
    if ((*t)[1] != this_node()->name) {
      want_connection((*t)[1]);  // and the message is lost, as always when there is none
      return Sent::ok;
    }
    const Term pid = whereis_name((*t)[0]);
    if (pid.is_local_port()) return send_to_port(from, pid, message, nosuspend);
    Process* p = pid.is_local_pid() ? find_process(pid) : nullptr;
    if (p != nullptr) send_message(&from, *p, message);
    return Sent::ok;
  }
  if (!to.is_pid() && !to.is_port()) return Sent::badarg;
  want_connection(node_of(to)->name);
  return Sent::ok;
}

// OTP: a message to a name is told of whether anybody has the name or not; one to a busy port once, when it
// is sent.
[[gnu::noinline]] static Sent send_traced(Process& from, Term to, Term message, bool nosuspend) {
  const Term name = to;
  if (to.is_atom()) to = whereis_name(to);
  if (to.is_local_port()) {
    const Sent sent = send_untraced(from, to, message, nosuspend);
    if (sent != Sent::suspended) trace_send(from, to, message);
    return sent;
  }
  const bool earlier = name.is_box(BoxKind::external_pid) && node_of(name)->name == this_node()->name;
  if (!earlier) trace_send(from, name, message);
  return send_untraced(from, name, message, nosuspend);
}

Sent send_to(Process& from, Term to, Term message, bool nosuspend) {
  if (from.saved_calls) [[unlikely]]
    from.saved_calls->event(am::send);
  if (is_traced(from, kTraceSend)) [[unlikely]]
    return send_traced(from, to, message, nosuspend);
  return send_untraced(from, to, message, nosuspend);
}

// ---- links -----------------------------------------------------------------------------------------

bool link_to(Process& p, Term pid) {
  if (pid == p.pid) return true;
  const auto [it, added] = p.links_made().links.try_emplace(pid.bits);
  if (!added && it->second.active) return true;
  it->second = {};
  const auto gone = [&] {
    p.links->links.erase(pid.bits);
    if (p.trap_exit) send_exit(pid, p.pid, am::noproc);
    return p.trap_exit;
  };
  if (pid.is_local_port()) return port_hooks.link(pid, p.pid) || gone();
  Process* peer = find_process(pid);
  if (peer == nullptr) return gone();
  // OTP: before release 27 only spawn_link heeds these flags.
  constexpr std::uint32_t kInherited = kTraceSetOnLink | kTraceSetOnFirstLink;
  if (is_traced(static_cast<Traceable&>(p), kInherited) && flags.otp_release >= "27") [[unlikely]] {
    auto handed = std::make_unique<Traceable>();
    inherit_traces(p, *handed, kTraceSetOnFirstLink, kTraceSetOnLink);
    Signal* s = make_signal(handle_inherit, p.pid);
    s->extra[0] = reinterpret_cast<Word>(handed.release());
    if (!deliver(*peer, s)) reject(s);
  }
  Signal* s = make_signal(handle_link, p.pid);
  s->term = pid;
  if (!deliver(*peer, s)) reject(s);
  return true;
}

void unlink_from(Process& p, Term pid) {
  if (!p.links) return;
  const auto it = p.links->links.find(pid.bits);
  if (it == p.links->links.end() || !it->second.active) return;
  it->second.active = false;
  it->second.unlink_id = p.links->next_unlink_id++;
  if (pid.is_local_port()) {
    if (!port_hooks.unlink(pid, p.pid, it->second.unlink_id))
      send_unlink_ack(pid, p.pid, it->second.unlink_id);
    return;
  }
  Signal* s = make_signal(handle_unlink, p.pid);
  s->term = pid;
  s->extra[0] = it->second.unlink_id;
  signal_to(pid, s);
}

void send_exit(Term from, Term to, Term reason) {
  if (to.is_local_port()) return port_hooks.exit(from, to, reason, false);
  signal_to(to, make_exit(from, reason, 0));
}
void send_link_exit(Term from, Term to, Term reason) {
  if (to.is_local_port()) return port_hooks.exit(from, to, reason, true);
  signal_to(to, make_exit(from, reason, kBrokenLink));
}

void send_link(Term port, Term pid) {
  Signal* s = make_signal(handle_link, port);
  s->term = pid;
  signal_to(pid, s);
}
void send_unlink(Term port, Term pid) {
  Signal* s = make_signal(handle_unlink, port);
  s->term = pid;
  signal_to(pid, s);
}
void send_unlink_ack(Term port, Term pid, std::uint64_t id) {
  Signal* s = make_signal(handle_unlink_ack, port);
  s->extra[0] = id;
  signal_to(pid, s);
}

// ---- monitors --------------------------------------------------------------------------------------

namespace {

void send_down_of(Term type, RefKey ref, const Watcher& w, Term object, Term reason);

// The 'DOWN' of a port that never was, or is gone.
void send_port_down(RefKey ref, const Watcher& w, Term port) {
  send_down_of(am::port, ref, w, port, am::noproc);
}

}  // namespace

void monitor_process(Process& p, Term ref, Term target, Term name, AliasMode alias, OwnedTerm tag,
                     MonitorKind kind) {
  const RefKey key = ref_key(ref);
  Monitor m;
  m.kind = kind;
  m.target = target;
  m.name = name;
  m.alias = alias;
  m.tag = std::move(tag);
  p.links_made().monitors.insert_or_assign(key, std::move(m));
  if (kind == MonitorKind::port) {
    const Watcher w{p.pid, name, alias != AliasMode::none};
    if (target.is_none() || !port_hooks.monitor(target, key, w)) send_port_down(key, w, target);
    return;
  }
  Signal* s = make_signal(handle_monitor, p.pid);
  s->term = target;
  s->token = name;
  s->extra[2] = alias != AliasMode::none ? kAliasRef : 0;
  set_key(s, key);
  if (target.is_none())
    reject(s);
  else
    signal_to(target, s, Urgency::later);
}

void monitor_absent(Process& p, Term ref, Term pid, AliasMode alias, OwnedTerm tag, Term reason) {
  const RefKey key = ref_key(ref);
  Monitor m;
  m.target = am::undefined;
  m.alias = alias;
  m.tag = std::move(tag);
  p.links_made().monitors.insert_or_assign(key, std::move(m));
  const Term type = pid.is_port() ? am::port : am::process;
  send_down_of(type, key, {p.pid, Term::none(), alias != AliasMode::none}, pid, reason);
}

bool demonitor(Process& p, RefKey ref) {
  if (!p.links) return false;
  const auto it = p.links->monitors.find(ref);
  if (it == p.links->monitors.end()) return false;
  const Monitor& m = it->second;
  if (m.alias == AliasMode::explicit_unalias) p.links->aliases.emplace(ref, m.alias);
  const Term target = m.target;
  p.links->monitors.erase(it);
  send_demonitor(ref, target);
  return true;
}

void send_demonitor(RefKey ref, Term target) {
  if (target.is_local_port()) return port_hooks.demonitor(target, ref);
  if (!target.is_local_pid()) return;
  Signal* s = make_signal(handle_demonitor, Term::none());
  set_key(s, ref);
  signal_to(target, s, Urgency::later);
}

void send_monitor(RefKey ref, Term port, Term pid) {
  Signal* s = make_signal(handle_monitor, port);
  s->term = pid;
  s->token = Term::none();
  set_key(s, ref);
  signal_to(pid, s);
}

void send_down(RefKey ref, const Watcher& w, Term object, Term reason) {
  if (w.watcher.is_local_port()) return port_hooks.process_down(w.watcher, ref);
  send_down_of(object.is_local_port() ? am::port : am::process, ref, w, object, reason);
}

namespace {

void send_down_of(Term type, RefKey ref, const Watcher& w, Term object, Term reason) {
  FragmentHeap h(6 + 4 + 3 + flat_size(reason) + flat_size(object));
  Signal* s = make_signal(handle_down, Term::none());
  const Term r = make_ref_with_key(h, ref, w.alias ? w.watcher : Term::none());
  object = w.name.is_none() ? copy_term(h, object) : make_tuple(h, w.name, this_node()->name);
  s->term = make_tuple(h, am::DOWN_, r, type, object, copy_term(h, reason));
  s->fragment = h.finish();
  set_key(s, ref);
  signal_to(w.watcher, s);
}

}  // namespace

void add_alias(Process& p, RefKey ref, AliasMode mode) { p.links_made().aliases.insert_or_assign(ref, mode); }

bool unalias(Process& p, RefKey ref) {
  if (!p.links) return false;
  if (p.links->aliases.erase(ref) > 0) return true;
  const auto it = p.links->monitors.find(ref);
  if (it == p.links->monitors.end() || it->second.alias == AliasMode::none) return false;
  it->second.alias = AliasMode::none;
  return true;
}

// ---- others ----------------------------------------------------------------------------------------

void send_group_leader(Term to, Term leader) {
  const CopiedTerm copy = copy_to_fragment(leader);
  Signal* s = make_signal(handle_group_leader, Term::none());
  s->term = copy.term;
  s->fragment = copy.fragment;
  signal_to(to, s);
}

void suspend_self(Process& p) {
  ++p.suspend_count;
  p.state.fetch_or(Process::kSuspended, std::memory_order_acq_rel);
}

void send_resume(Term to) { signal_to(to, make_signal(handle_resume, Term::none())); }

void send_request(Term to, Term requester, void (*handle)(Process*, Signal*), Term payload, Word extra0,
                  Word extra1, std::optional<Priority> urgency) {
  const CopiedTerm copy = copy_to_fragment(payload);
  Signal* s = make_signal(handle, requester);
  s->term = copy.term;
  s->fragment = copy.fragment;
  s->extra[0] = extra0;
  s->extra[1] = extra1;
  Process* p = to.is_local_pid() ? find_process(to) : nullptr;
  if (p == nullptr || !deliver(*p, s)) return reject(s);
  if (!urgency)
    if (const Process* r = requester.is_local_pid() ? find_process(requester) : nullptr)
      urgency = r->priority.load(std::memory_order_relaxed);
  if (urgency && *urgency < p->priority.load(std::memory_order_relaxed))
    process_hooks.raise_priority(*p, *urgency);
}

void put_off(Process& p, Signal* s) {
  if (p.has_state(Process::kAttended))
    p.put_off.push_back(s);
  else if (!deliver(p, s))
    reject(s);
}
void take_up_again(Process& p) {
  for (Signal* s : std::exchange(p.put_off, {}))
    if (!deliver(p, s)) reject(s);
}

void reply(Term requester, Term ref, Term result) {
  FragmentHeap h(3 + flat_size(ref) + flat_size(result));
  const Term message = make_tuple(h, copy_term(h, ref), copy_term(h, result));
  send_fragment(requester, message, h.finish());
}

// ---- receiving -------------------------------------------------------------------------------------

bool handle_signals(Process& p) {
  if (!p.exit_reason.is_none()) return false;
  // Cleared before taking: a signal that comes later sets it again.
  p.state.fetch_and(~std::uint32_t{Process::kSignals}, std::memory_order_seq_cst);
  Signal* s = p.mailbox.take_incoming();
  while (s != nullptr) {
    Signal* next = s->next;
    if (s->kind == Signal::Kind::message) {
      append_message(p, s);
    } else {
      s->handle(&p, s);
      if (!p.exit_reason.is_none()) {
        p.mailbox.put_back(next);
        return false;
      }
    }
    s = next;
  }
  return true;
}

void exit_process(Process& p, Term reason) {
  p.exit_reason = reason;
  set_exiting(p);
  if (process_hooks.drop_timers != nullptr) process_hooks.drop_timers(p);
  if (is_traced(p, kTraceProcs)) [[unlikely]]
    trace_event(p, kTraceProcs, am::exit, reason);
  run_exit_hooks(p);
  reason = p.exit_reason;
  forget_node_subscriptions(p.pid);
  if (const Term name = registered_name_of(p); !name.is_none()) unregister_name(name);
  for (Signal* s = p.mailbox.close(); s != nullptr;) {
    Signal* next = s->next;
    // Ends of relations still count; all else finds nobody.
    if (s->handle == handle_demonitor || s->handle == handle_unlink || s->handle == handle_unlink_ack ||
        (s->handle == handle_exit && s->extra[0] == kBrokenLink && p.links)) {
      if (s->handle == handle_exit) {
        p.links->links.erase(s->from.bits);
        Signal::free(s);
      } else {
        s->handle(&p, s);
      }
    } else {
      reject(s);
    }
    s = next;
  }
  if (p.links) {
    Links& l = *p.links;
    for (const auto& [peer, link] : l.links)
      if (link.active) send_link_exit(p.pid, Term{peer}, reason);
    for (const auto& [ref, w] : l.watchers) send_down(ref, w, p.pid, reason);
    for (const auto& [ref, m] : l.monitors) send_demonitor(ref, m.target);
    for (const auto& [pid, times] : l.suspending)
      for (std::uint32_t i = 0; i < times; ++i) send_resume(Term{pid});
  }
  for (Signal* s : std::exchange(p.put_off, {})) reject(s);
  if (is_traced(p, kTraceExiting)) [[unlikely]]
    trace_event(p, kTraceExiting, am::out_exited, Term::small(0));
  remove_traces(p, [](const SessionTrace&) { return true; });
  p.links.reset();
  p.dictionary.reset();
  p.saved_calls.reset();
  // On a dirty thread its heap is still in use.
  const bool away = p.has_state(Process::kAway);
  if (!away) free_memory_of(p);
  remove_process(p);
}

void free_memory_of(Process& p) {
  const Term reason = p.exit_reason;
  p.mailbox.clear();
  p.exit_reason = reason.is_immediate() ? reason : am::undefined;  // its heap goes now
  p.exception = {};
  p.group_leader = Term::none();
  drop_token(p);
  const HeapLimits limits = p.heap.limits();
  p.heap.~ProcessHeap();
  new (&p.heap) ProcessHeap(limits, &p, Process::visit_roots);
  p.saved_x.reset();
  p.saved_x_capacity = p.live = 0;
}

Term exit_now(Call& c, Term reason) {
  c.process.exception = {ErrorClass::exit, reason};
  c.process.exception.uncatchable = true;
  return Term::none();
}

}  // namespace joist
