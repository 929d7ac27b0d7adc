// erlang: making processes, sending, exits, links, monitors, aliases.
#include "bifs/bifs.hpp"
#include "bifs/process_options.hpp"
#include "gc/copy.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/distribution.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/identifier.hpp"

namespace joist {
namespace {

// The reference is this node's, with a number.
bool is_local_ref(Term t) { return t.is_reference() && !t.is_box(BoxKind::external_ref); }

Term spawn(Call& c, Atom module, Atom function, Term args, SpawnOptions& options) {
  if (!list_length(args)) return badarg(c);
  const SpawnResult r = spawn_process(c.process, module.term(), function.term(), args, options);
  if (r.pid.is_none()) return raise_error(c, r.error);
  c.spend(20);
  return options.monitor ? make_tuple(c.heap(), r.pid, r.monitor_ref) : r.pid;
}

// ---- sending ----
// `done`: what the BIF answers.
Term send(Call& c, Term to, Term message, Term done) {
  c.spend(4);
  switch (send_to(c.process, to, message)) {
    case Sent::ok: return done;
    case Sent::badarg: return badarg(c);
    case Sent::suspended: return retry_later(c);
  }
  fail("an answer that does not exist");
}

}  // namespace

// spawn(Module, Function, Args) -> Pid
JOIST_DEFINE_BIF(erlang_spawn_3, Atom module, Atom function, Term args) {
  SpawnOptions options = default_spawn_options();
  return spawn(c, module, function, args, options);
}
JOIST_DEFINE_BIF(erlang_spawn_link_3, Atom module, Atom function, Term args) {
  SpawnOptions options = default_spawn_options();
  options.link = true;
  return spawn(c, module, function, args, options);
}
// spawn_opt(Module, Function, Args, Options) -> Pid | {Pid, MonitorRef}
JOIST_DEFINE_BIF(erlang_spawn_opt_4, Term module, Term function, Term args, Term list) {
  SpawnOptions options = default_spawn_options();
  if (!parse_spawn_options(list, &options)) return badarg_because(c, am::badopt);
  const auto m = Atom::from(module), f = Atom::from(function);
  if (!m || !f) return badarg(c);
  return spawn(c, *m, *f, args, options);
}
// erts_internal:spawn_request(Module, Function, Args, Options) -> ReqId | badarg | badopt. The answer is a
// message.
JOIST_DEFINE_BIF(erts_internal_spawn_request_4, Term module, Term function, Term args, Term list) {
  SpawnOptions options = default_spawn_options();
  options.request = true;
  if (!parse_spawn_options(list, &options)) return am::badopt;
  if (!module.is_atom() || !function.is_atom() || !list_length(args)) return am::badarg;
  const SpawnResult r = spawn_process(c.process, module, function, args, options);
  if (r.pid.is_none() && options.reply_error) {
    FragmentHeap h(5 + kRefWords + flat_size(options.reply_tag));
    const Term tag = copy_term(h, options.reply_tag), ref = copy_term(h, r.monitor_ref);
    const Term message = make_tuple(h, tag, ref, am::error, r.error);
    send_fragment(c.process.pid, message, h.finish());
  }
  return r.monitor_ref;
}
// OTP: true only while the request is not answered yet; a local one is answered at once.
JOIST_DEFINE_BIF(erlang_spawn_request_abandon_1, Term request) {
  return request.is_reference() ? am::false_ : badarg(c);
}
JOIST_DEFINE_BIF(erts_internal_spawn_system_process_3, Atom module, Atom function, Term args) {
  SpawnOptions options = default_spawn_options();
  options.system = true;
  return spawn(c, module, function, args, options);
}

// Destination ! Message -> Message
JOIST_DEFINE_BIF(erlang_bang_2, Term to, Term message) { return send(c, to, message, message); }
JOIST_DEFINE_BIF(erlang_send_2, Term to, Term message) { return send(c, to, message, message); }
// A process of another node, to which there is no connection.
static bool is_elsewhere(Term to) {
  if (to.is_box(BoxKind::external_pid)) return true;
  const auto name = Tuple::from(to);
  return name && name->arity() == 2 && (*name)[0].is_atom() && (*name)[1].is_atom() &&
         (*name)[1] != this_node()->name;
}
// send(Destination, Message, [nosuspend | noconnect]) -> ok | nosuspend | noconnect
JOIST_DEFINE_BIF(erlang_send_3, Term to, Term message, Term options) {
  bool nosuspend = false, noconnect = false;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head() != am::nosuspend && options.head() != am::noconnect) return badarg(c);
    nosuspend |= options.head() == am::nosuspend;
    noconnect |= options.head() == am::noconnect;
  }
  if (!options.is_nil()) return badarg(c);
  if (noconnect && is_elsewhere(to)) return am::noconnect;
  if (!nosuspend) return send(c, to, message, am::ok);
  const Sent sent = send_to(c.process, to, message, true);
  return sent == Sent::badarg ? badarg(c) : sent == Sent::ok ? am::ok : am::nosuspend;
}

// ---- exits ----

// exit(Pid, Reason): an exit signal. One to oneself is acted on before anything else.
JOIST_DEFINE_BIF(erlang_exit_2, Term to, Term reason) {
  Process& p = c.process;
  if (to == p.pid) {
    if (reason == am::kill) return exit_now(c, am::killed);
    if (!p.trap_exit) return exit_now(c, reason);
  }
  if (!to.is_pid() && !to.is_port()) return badarg(c);
  if (to.is_local_pid() || to.is_local_port()) send_exit(p.pid, to, reason);
  return am::true_;
}
// exit_signal(Pid, Reason): the same, but that one to oneself arrives as any other.
JOIST_DEFINE_BIF(erlang_exit_signal_2, Term to, Term reason) {
  if (!to.is_pid() && !to.is_port()) return badarg(c);
  if (to.is_local_pid() || to.is_local_port()) send_exit(c.process.pid, to, reason);
  return am::true_;
}

// ---- links ----

// link(Pid). OTP: if the peer is known not to exist: error noproc, or an exit signal when exits are trapped.
JOIST_DEFINE_BIF(erlang_link_1, Term peer) {
  // OTP: whatever comes of it, and whatever it is.
  if (is_traced(c.process, kTraceProcs)) trace_event(c.process, kTraceProcs, am::link, peer);
  if (peer.is_local_pid() || peer.is_local_port())
    return link_to(c.process, peer) ? am::true_ : raise_error(c, am::noproc);
  if (peer.is_pid() && node_is_alive()) {
    want_connection(node_of(peer)->name);
    send_exit(peer, c.process.pid, am::noconnection);
    return am::true_;
  }
  if (peer.is_pid() || peer.is_port()) return raise_error(c, peer.is_pid() ? am::noconnection : am::noproc);
  return badarg(c);
}
JOIST_DEFINE_BIF(erlang_unlink_1, Term peer) {
  if (is_traced(c.process, kTraceProcs)) trace_event(c.process, kTraceProcs, am::unlink, peer);
  if (!peer.is_pid() && !peer.is_port()) return badarg(c);
  if (peer.is_local_pid() || peer.is_local_port()) unlink_from(c.process, peer);
  return am::true_;
}

// ---- monitors ----

static Term monitor(Call& c, Term type, Term object, AliasMode alias, Term tag) {
  Process& p = c.process;
  if (type != am::process && type != am::port && type != am::time_offset)
    return badarg_because(c, am::badtype);
  const auto fresh_ref = [&] {
    return alias == AliasMode::none ? make_ref(c.heap()) : make_alias_ref(c.heap(), p.pid);
  };
  OwnedTerm own_tag;
  if (!tag.is_none()) {
    const CopiedTerm copy = copy_to_fragment_with_literals(tag);
    own_tag = OwnedTerm(copy.term, copy.fragment);
  }
  if (type == am::time_offset) {
    if (object != am::clock_service) return badarg(c);
    // The offset never changes (no_time_warp), so nothing is ever sent.
    const Term ref = fresh_ref();
    Monitor m;
    m.kind = MonitorKind::time_offset;
    m.alias = alias;
    m.tag = std::move(own_tag);
    p.links_made().monitors.insert_or_assign(ref_key(ref), std::move(m));
    return ref;
  }
  Term name = Term::none();
  if (const auto t = Tuple::from(object); t && t->arity() == 2 && (*t)[0].is_atom() && (*t)[1].is_atom()) {
    if ((*t)[1] != this_node()->name) {
      if (!node_is_alive()) return badarg(c);
      want_connection((*t)[1]);
      const Term ref = fresh_ref();
      monitor_absent(p, ref, object, alias, std::move(own_tag), am::noconnection);
      return ref;
    }
    name = (*t)[0];
  } else if (object.is_atom()) {
    name = object;
  } else if (type == am::process && object.is_pid() && !object.is_local_pid()) {
    // Of an earlier life of this node, or of another that is not connected.
    const Term ref = fresh_ref();
    const bool earlier = node_of(object)->name == this_node()->name;
    if (!earlier) want_connection(node_of(object)->name);
    monitor_absent(p, ref, object, alias, std::move(own_tag), earlier ? am::noproc : am::noconnection);
    return ref;
  } else if (type == am::port && object.is_port() && !object.is_local_port() &&
             node_of(object)->name == this_node()->name) {
    const Term ref = fresh_ref();
    monitor_absent(p, ref, object, alias, std::move(own_tag), am::noproc);
    return ref;
  } else if (type == am::process ? !object.is_local_pid() : !object.is_local_port()) {
    return badarg(c);
  }
  if (!name.is_none()) {
    object = whereis_name(name);
    if (type == am::process ? !object.is_local_pid() : !object.is_local_port()) object = Term::none();
  }
  const Term ref = fresh_ref();
  if (object == p.pid) {
    // OTP: a monitor of oneself does nothing; only its alias counts.
    if (alias != AliasMode::none) add_alias(p, ref_key(ref), AliasMode::explicit_unalias);
    return ref;
  }
  const MonitorKind kind = type == am::port ? MonitorKind::port : MonitorKind::process;
  monitor_process(p, ref, object, name, alias, std::move(own_tag), kind);
  c.spend(4);
  return ref;
}

JOIST_DEFINE_BIF(erlang_monitor_2, Term type, Term object) {
  return monitor(c, type, object, AliasMode::none, Term::none());
}
JOIST_DEFINE_BIF(erlang_monitor_3, Term type, Term object, Term options) {
  AliasMode alias = AliasMode::none;
  Term tag = Term::none();
  if (!parse_monitor_options(options, &alias, &tag)) return badarg_because(c, am::badopt);
  return monitor(c, type, object, alias, tag);
}

JOIST_DEFINE_BIF(erlang_demonitor_1, Term ref) {
  if (!ref.is_reference()) return badarg(c);
  if (is_local_ref(ref)) demonitor(c.process, ref_key(ref));
  return am::true_;
}
// demonitor(Ref, [flush | info]) -> boolean()
JOIST_DEFINE_BIF(erlang_demonitor_2, Term ref, Term options) {
  if (!ref.is_reference()) return badarg(c);
  bool flush = false, info = false;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head() == am::flush)
      flush = true;
    else if (options.head() == am::info)
      info = true;
    else
      return badarg(c);
  }
  if (!options.is_nil()) return badarg(c);
  const bool found = is_local_ref(ref) && demonitor(c.process, ref_key(ref));
  const Term result = make_bool(found || !info);
  if (found || !flush) return result;
  // Its message may have arrived already.
  return trap(c, find_or_make_export(am::erts_internal, am::flush_monitor_messages, 3),
              {ref, am::false_, result});
}

// ---- aliases ----

// alias([explicit_unalias | reply]) -> Alias. alias/0 is Erlang code.
JOIST_DEFINE_BIF(erlang_alias_1, Term options) {
  AliasMode mode = AliasMode::explicit_unalias;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head() == am::explicit_unalias)
      mode = AliasMode::explicit_unalias;
    else if (options.head() == am::reply)
      mode = AliasMode::reply;
    else
      return badarg(c);
  }
  if (!options.is_nil()) return badarg(c);
  const Term ref = make_alias_ref(c.heap(), c.process.pid);
  add_alias(c.process, ref_key(ref), mode);
  return ref;
}
JOIST_DEFINE_BIF(erlang_unalias_1, Term ref) {
  if (!ref.is_reference()) return badarg(c);
  return make_bool(is_local_ref(ref) && unalias(c.process, ref_key(ref)));
}

// ---- identity ----

JOIST_DEFINE_BIF(erlang_make_ref_0) { return make_ref(c.heap()); }
JOIST_DEFINE_BIF(erlang_group_leader_0) { return c.process.group_leader; }
JOIST_DEFINE_BIF(erlang_processes_0) {
  const auto pids = all_pids();
  c.spend(static_cast<std::int64_t>(pids.size() / 8));
  return make_list_from(c.heap(), pids);
}

// ---- registry ----

static Term register_port(Call& c, Term name, Term id) {
  Port* port = find_port(id);
  if (port == nullptr) return badarg_because(c, am::notalive);
  const PortGuard guard(*port);
  if (!port->is_open()) return badarg_because(c, am::notalive);
  if (port->registered_name.load() != 0) return badarg_because(c, am::registered_name);
  if (!register_port_name(name, id)) return badarg_because(c, am::none);
  port->registered_name.store(name.bits);
  port->trace_life(am::register_, name);
  return am::true_;
}

// register(Name, PidOrPort) -> true
JOIST_DEFINE_BIF(erlang_register_2, Term name, Term who) {
  if (!name.is_atom() || !(who.is_local_pid() || who.is_local_port()) || name == am::undefined)
    return badarg_because(c, am::none);
  if (who.is_local_port()) return register_port(c, name, who);
  switch (register_name(name, who)) {
    case Registering::ok: return am::true_;
    case Registering::not_alive: return badarg_because(c, am::notalive);
    case Registering::has_name: return badarg_because(c, am::registered_name);
    case Registering::taken: return badarg_because(c, am::none);
  }
  fail("an answer that does not exist");
}
JOIST_DEFINE_BIF(erlang_unregister_1, Atom name) {
  return unregister_name(name.term()) ? am::true_ : badarg(c);
}
JOIST_DEFINE_BIF(erlang_whereis_1, Atom name) {
  const Term who = whereis_name(name.term());
  return who.is_none() ? am::undefined : who;
}
JOIST_DEFINE_BIF(erlang_registered_0) { return make_list_from(c.heap(), registered_names()); }

}  // namespace joist
