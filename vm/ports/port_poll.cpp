#include "vm/ports/port_poll.hpp"

namespace joist {
namespace {

void on_ready(Word port_bits, int fd, unsigned events) {
  Port* port = find_port_in_any_state(Term{port_bits});
  if (port == nullptr) return;
  const PortGuard guard(*port);
  if (port->driver) port->driver->ready(*port, fd, events);
}

void on_timeout(Word port_bits, poll::TimerId timer) {
  Port* port = find_port_in_any_state(Term{port_bits});
  if (port == nullptr) return;
  const PortGuard guard(*port);
  if (port->driver) port->driver->timeout(*port, timer);
}

}  // namespace

int watch_for_port(Port& port, int fd, unsigned interest, bool anywhere) {
  return poll::watch(fd, interest, {on_ready, port.id.bits, anywhere});
}

poll::TimerId start_port_timer(Port& port, std::uint64_t milliseconds) {
  return poll::start_timer(milliseconds, on_timeout, port.id.bits);
}

}  // namespace joist
