// port_poll.hpp -- descriptors and timers on behalf of ports: the driver hears of them with the port's right
// held. Owner: the drivers. Threads: with the port's right.
#pragma once
#include "vm/ports/poll.hpp"
#include "vm/ports/port.hpp"

namespace joist {

// From now on the driver's ready() is called for `interest` in `fd`. Returns 0 or an errno value. anywhere:
// by whoever looks first; only for descriptors that do not block.
int watch_for_port(Port& port, int fd, unsigned interest, bool anywhere = false);
// timeout() is called with the number returned, once; also, perhaps, after poll::stop_timer.
poll::TimerId start_port_timer(Port& port, std::uint64_t milliseconds);

}  // namespace joist
