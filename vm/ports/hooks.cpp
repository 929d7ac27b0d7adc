// The process layer's view of ports: links, monitors, exits and messages, as processes send them.
#include "vm/process/hooks.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/ports/loadable/driver_table.hpp"
#include "vm/ports/port.hpp"
#include "vm/ports/terminal_mode.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"

namespace joist {
namespace {

bool link(Term id, Term pid) {
  Port* port = find_port(id);
  if (port == nullptr) return false;
  const PortGuard guard(*port);
  if (!port->is_open()) return false;
  if (port->links.insert(pid.bits).second) port->trace_life(am::getting_linked, pid);
  return true;
}

bool unlink(Term id, Term pid, std::uint64_t unlink_id) {
  Port* port = find_port(id);
  if (port == nullptr) return false;
  const PortGuard guard(*port);
  if (port->links.erase(pid.bits) != 0) port->trace_life(am::getting_unlinked, pid);
  // Behind an exit signal that may be on its way already.
  send_unlink_ack(id, pid, unlink_id);
  return true;
}

bool monitor(Term id, RefKey ref, const Watcher& watcher) {
  Port* port = find_port(id);
  if (port == nullptr) return false;
  const PortGuard guard(*port);
  if (!port->is_open()) return false;
  port->watchers.insert_or_assign(ref, watcher);
  return true;
}

void demonitor(Term id, RefKey ref) {
  if (Port* port = find_port(id)) port->post([ref](Port& p) { p.watchers.erase(ref); });
}

void exit_port(Term from, Term id, Term reason, bool broken_link) {
  Port* port = find_port_in_any_state(id);
  if (port == nullptr) return;
  const CopiedTerm copy = copy_to_fragment(reason);
  auto own = std::make_shared<OwnedTerm>(copy.term, copy.fragment);
  port->post([from, own, broken_link](Port& p) {
    if (broken_link && p.links.erase(from.bits) == 0) return;
    if (p.is_open()) p.trace_request(from, am::close);
    p.exit(from, own->term, false, broken_link);
  });
}

void process_down(Term id, RefKey ref) {
  Port* port = find_port(id);
  if (port == nullptr) return;
  port->post([ref](Port& p) {
    if (p.monitors.erase(ref) != 0 && p.is_open()) p.driver->process_down(p, ref);
  });
}

PortSend send(Process& from, Term id, Term message, bool nosuspend) {
  Port* port = find_port(id);
  if (port == nullptr) return PortSend::done;
  const PortGuard guard(*port);
  if (!port->is_open()) return PortSend::done;
  // OTP: the owner gets an exit signal, whoever has sent it; the port goes on.
  const auto bad_signal = [&] {
    send_exit(id, port->connected, am::badsig);
    return PortSend::done;
  };
  const auto t = Tuple::from(message);
  if (!t || t->arity() != 2 || (*t)[0] != port->connected) return bad_signal();
  if ((*t)[1] == am::close) {
    port->trace_request(from.pid, am::close);
    port->exit((*t)[0], am::normal, true, false);
    return PortSend::done;
  }
  const auto what = Tuple::from((*t)[1]);
  if (!what || what->arity() != 2) return bad_signal();
  if ((*what)[0] == am::command) {
    switch (port_command(from, *port, (*what)[1], nosuspend, false)) {
      case CommandResult::busy: return PortSend::busy;
      case CommandResult::not_data: return bad_signal();
      case CommandResult::ok:
      case CommandResult::dead:
      case CommandResult::unsupported: return PortSend::done;
    }
  }
  if ((*what)[0] == am::connect && (*what)[1].is_local_pid() && find_process((*what)[1]) != nullptr) {
    port->trace_request(from.pid, am::connect, (*what)[1]);
    port->send_to_owner(am::connected);
    port->connected = (*what)[1];
    return PortSend::done;
  }
  return bad_signal();
}

void unnamed(Term id) {
  if (Port* port = find_port_in_any_state(id))
    if (const Word name = port->registered_name.exchange(0)) port->trace_life(am::unregister, Term{name});
}

void flush_all(bool flush) {
  const EpochGuard online;
  for (const Term id : all_ports_in_any_state()) {
    Port* port = find_port_in_any_state(id);
    if (port == nullptr) continue;
    const PortGuard guard(*port);
    if (port->driver) port->driver->at_halt(*port, flush);
  }
}

// The helper that starts programs shows as a port, the first one.
class Forker final : public Driver {
 public:
  void output(Port&, Term, std::span<const iovec>, std::size_t) override {}
};
DriverStart start_forker(Port&, const PortOptions&) { return {std::make_unique<Forker>()}; }
const DriverKind kForker{.name = "forker", .start = start_forker, .needs_descriptors = true};

}  // namespace

void register_fd_driver();
void register_spawn_driver();
void register_tty_driver();
void register_ram_file_driver();
void register_tcp_driver();
void register_trace_file_driver();
void register_udp_driver();

void init_ports() {
  make_port_table(flags.port_limit);
  init_driver_table();
  port_hooks = {link, unlink, monitor, demonitor, exit_port, process_down, send, unnamed};
  add_halt_hook(flush_all);
  add_halt_hook([](bool) { reset_terminal(); });
  register_fd_driver();
  register_spawn_driver();
  register_tty_driver();
  register_ram_file_driver();
  register_tcp_driver();
  register_trace_file_driver();
  register_udp_driver();
  // Kept here too: the leak checker does not look into the table of ports.
  [[gnu::used, maybe_unused]] static Port* forker = nullptr;
  forker = open_unowned_port(kForker, "forker", Term::pid(0));
}

}  // namespace joist
