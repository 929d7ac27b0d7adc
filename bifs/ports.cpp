// erts_internal: what is behind erlang:open_port/2, port_command/3 and their kin, and erlang: BIFs of ports.
// The Erlang functions of the same names raise what these answer as an error.
#include "bifs/bifs.hpp"
#include "bifs/port_options.hpp"
#include "gc/copy.hpp"
#include "vm/code/module.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/system_monitor.hpp"
#include "vm/process/table.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/iolist.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

// The id of a port given by itself or by name; none() if it is neither.
Term port_id(Term t) {
  if (t.is_atom()) t = whereis_name(t);
  return t.is_local_port() ? t : Term::none();
}
Port* port_of(Term t) {
  const Term id = port_id(t);
  return id.is_none() ? nullptr : find_port(id);
}

// ---- port_info ----

Term info_value(Heap& h, Port& p, Term item) {
  if (item == am::registered_name) {
    const Word name = p.registered_name.load();
    return name == 0 ? Term::nil() : Term{name};
  }
  if (item == am::name) return make_byte_list(h, p.name);
  if (item == am::links) {
    ListBuilder list(h);
    for (const Word peer : p.links) list.add(Term{peer});
    return list.list();
  }
  if (item == am::id) return small(p.id.pid_data() * 8);
  if (item == am::connected) return p.connected;
  if (item == am::input) return make_uint(h, p.input_bytes);
  if (item == am::output) return make_uint(h, p.output_bytes);
  if (item == am::os_pid) return p.os_pid ? Term::small(*p.os_pid) : am::undefined;
  if (item == am::monitors) {
    ListBuilder list(h);
    for (const auto& [ref, pid] : p.monitors) list.add(make_tuple(h, am::process, pid));
    return list.list();
  }
  if (item == am::monitored_by) {
    ListBuilder list(h);
    for (const auto& [ref, w] : p.watchers) list.add(w.watcher);
    return list.list();
  }
  if (item == am::queue_size) return small(p.driver->queued_bytes());
  if (item == am::memory) return small(sizeof(Port) + p.driver->queued_bytes());
  if (item == am::parallelism) return make_bool(p.parallelism);
  if (item == am::locking) return p.kind->locks_ports ? am::port_level : am::driver_level;
  return Term::none();
}

bool is_info_item(Term item) {
  for (const Term known :
       {am::registered_name, am::name, am::links, am::id, am::connected, am::input, am::output, am::os_pid,
        am::monitors, am::monitored_by, am::queue_size, am::memory, am::parallelism, am::locking})
    if (item == known) return true;
  return false;
}

Term info_pair(Heap& h, Port& p, Term item) {
  const Term value = info_value(h, p, item);
  return make_tuple(h, item, value);
}

// system_profile: the caller of a port counts as inactive until the port has done its work.
class Exclusive {
 public:
  explicit Exclusive(Process& p)
      : process_(p), on_((profiled.load(std::memory_order_relaxed) & kProfileExclusive) != 0) {
    report(false);
  }
  ~Exclusive() { report(true); }
  Exclusive(const Exclusive&) = delete;

 private:
  void report(bool active) {
    if (!on_) [[likely]]
      return;
    BlockHeap h;
    const Instance* i = instance_at(process_.ip);
    const FunctionInfo* f = i != nullptr ? i->function_at(process_.ip) : nullptr;
    report_runnable(process_, active,
                    f == nullptr ? am::undefined : make_tuple(h, i->module, f->name, Term::small(f->arity)));
  }
  Process& process_;
  const bool on_;
};

Term command(Call& c, Term which, Term data, bool nosuspend, bool force) {
  Port* port = port_of(which);
  if (port == nullptr) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  c.spend(10);
  switch (port_command(c.process, *port, data, nosuspend, force)) {
    case CommandResult::ok: return am::true_;
    case CommandResult::busy: return nosuspend ? am::false_ : retry_later(c);
    case CommandResult::dead:
    case CommandResult::not_data: return am::badarg;
    case CommandResult::unsupported: return am::notsup;
  }
  fail("an answer that does not exist");
}

}  // namespace

// open_port(Name, Settings) -> Port | Reason
JOIST_DEFINE_BIF(erts_internal_open_port_2, Term name, Term settings) {
  PortOptions o;
  if (const Term error = parse_port_options(name, settings, o); !error.is_none()) return error;
  const DriverKind* kind = nullptr;
  std::string title = o.command;
  switch (o.kind) {
    case PortOptions::Kind::fd:
      kind = find_driver("fd");
      title = std::to_string(o.in) + "/" + std::to_string(o.out);
      break;
    case PortOptions::Kind::spawn_driver:
      kind = find_driver(o.command);
      if (kind != nullptr && kind->needs_descriptors) kind = nullptr;
      break;
    case PortOptions::Kind::spawn:
      kind = find_driver(o.command);
      if (kind == nullptr || kind->needs_descriptors) kind = find_driver("spawn");
      break;
    case PortOptions::Kind::vanilla: kind = find_driver("vanilla"); break;
    case PortOptions::Kind::spawn_executable: kind = find_driver("spawn"); break;
  }
  if (kind == nullptr) return am::badarg;
  c.spend(100);
  const OpenedPort opened = open_port(c.process, *kind, std::move(title), o);
  return opened.port.is_none() ? opened.error : opened.port;
}

// port_command(Port, Data, Options) -> boolean() | badarg | badopt | notsup
JOIST_DEFINE_BIF(erts_internal_port_command_3, Term which, Term data, Term options) {
  bool nosuspend = false, force = false;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head() == am::nosuspend)
      nosuspend = true;
    else if (options.head() == am::force)
      force = true;
    else
      return am::badopt;
  }
  if (!options.is_nil()) return am::badopt;
  return command(c, which, data, nosuspend, force);
}

// port_control(Port, Operation, Data) -> iodata() | badarg
JOIST_DEFINE_BIF(erts_internal_port_control_3, Term which, Term operation, Term data) {
  Port* port = port_of(which);
  const auto op = to_uint64(operation);
  std::string bytes, answer;
  if (port == nullptr || !op || *op > UINT32_MAX || !append_iolist(bytes, data)) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open()) return am::badarg;
  if (is_traced(*port, kTraceReceive)) {
    BlockHeap h;
    const Term sent = make_binary_copy(h, std::string_view(bytes));
    port->trace_request(c.process.pid, am::control, make_tuple(h, operation, sent));
  }
  if (!port->kind->has_control) return am::badarg;
  if (!port->driver->control(*port, c.process.pid, static_cast<std::uint32_t>(*op), bytes, answer))
    return am::badarg;
  if (is_traced(*port, kTraceSend)) {
    BlockHeap h;
    const Term result = make_tuple(h, am::control, make_binary_copy(h, std::string_view(answer)));
    trace_event(*port, port->id, kTraceSend, am::send, make_tuple(h, port->id, result), c.process.pid);
  }
  c.spend(20);
  return port->driver->binary_control(*port) ? make_binary_copy(c.heap(), answer)
                                             : make_byte_list(c.heap(), answer);
}

// port_call(Port, Operation, Data) -> {ok, Term} | badarg
JOIST_DEFINE_BIF(erts_internal_port_call_3, Term which, Term operation, Term data) {
  Port* port = port_of(which);
  const auto op = to_uint64(operation);
  if (port == nullptr || !op || *op > UINT32_MAX) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open() || !port->kind->has_call) return am::badarg;
  return port->driver->call(c, *port, static_cast<std::uint32_t>(*op), data);
}

// port_close(Port) -> true | badarg
JOIST_DEFINE_BIF(erts_internal_port_close_1, Term which) {
  Port* port = port_of(which);
  if (port == nullptr) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open()) return am::badarg;
  port->trace_request(c.process.pid, am::close);
  port->exit(c.process.pid, am::normal, false, false);
  return am::true_;
}

// port_connect(Port, Pid) -> true | badarg. Unlike Port ! {Owner, {connect, Pid}} it links them.
JOIST_DEFINE_BIF(erts_internal_port_connect_2, Term which, Term pid) {
  Port* port = port_of(which);
  if (port == nullptr || !pid.is_local_pid() || find_process(pid) == nullptr) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open()) return am::badarg;
  if (port->links.insert(pid.bits).second) {
    if (pid == c.process.pid)
      c.process.links_made().links.insert_or_assign(port->id.bits, LinkState{});
    else
      send_link(port->id, pid);
    port->trace_life(am::getting_linked, pid);
  }
  port->trace_request(c.process.pid, am::connect, pid);
  if (is_traced(*port, kTraceSend)) {
    BlockHeap h;
    trace_event(*port, port->id, kTraceSend, am::send, make_tuple(h, port->id, am::connected), c.process.pid);
  }
  port->connected = pid;
  return am::true_;
}

JOIST_DEFINE_BIF(erts_internal_port_info_1, Term which) {
  if (!which.is_atom() && !which.is_port()) return am::badarg;
  Port* port = port_of(which);
  if (port == nullptr) return am::undefined;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open()) return am::undefined;
  ListBuilder list(c.heap());
  if (port->registered_name.load() != 0) list.add(info_pair(c.heap(), *port, am::registered_name));
  for (const Term item : {am::name, am::links, am::id, am::connected, am::input, am::output, am::os_pid})
    list.add(info_pair(c.heap(), *port, item));
  return list.list();
}

JOIST_DEFINE_BIF(erts_internal_port_info_2, Term which, Term item) {
  if (!which.is_atom() && !which.is_port()) return am::badtype;
  Port* port = port_of(which);
  if (port == nullptr) return am::undefined;
  if (!is_info_item(item)) return am::badarg;
  const Exclusive exclusive(c.process);
  const PortGuard guard(*port);
  if (!port->is_open()) return am::undefined;
  if (item == am::registered_name && port->registered_name.load() == 0) return Term::nil();
  return info_pair(c.heap(), *port, item);
}

JOIST_DEFINE_BIF(erlang_ports_0) { return make_list_from(c.heap(), all_ports()); }

JOIST_DEFINE_BIF(erlang_port_set_data_2, Term which, Term data) {
  Port* port = port_of(which);
  if (port == nullptr) return badarg(c);
  const CopiedTerm copy = copy_to_fragment(data);
  const PortGuard guard(*port);
  OwnedTerm own(copy.term, copy.fragment);
  if (!port->is_open()) return badarg(c);
  port->data = std::move(own);
  return am::true_;
}

JOIST_DEFINE_BIF(erlang_port_get_data_1, Term which) {
  Port* port = port_of(which);
  if (port == nullptr) return badarg(c);
  const PortGuard guard(*port);
  if (!port->is_open()) return badarg(c);
  return port->data.term.is_none() ? am::undefined : copy_term(c.heap(), port->data.term);
}

}  // namespace joist
