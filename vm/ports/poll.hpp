// poll.hpp -- waiting for file descriptors: one thread, started with the first descriptor watched.
// Readiness is level triggered: as long as it is wanted and there, `ready` is called again and again.
// Timers of ports are here too: the thread that waits for descriptors waits for them as well.
// Owner: the VM. Threads: any; `ready` and `expired` run on the polling thread, which holds nothing, but for
// descriptors that schedulers may look at (scheduler/io_poll.hpp).
#pragma once
#include <cstdint>

#include "vm/term/term.hpp"

namespace joist::poll {

constexpr unsigned kRead = 1, kWrite = 2;

struct Target {
  // A call may come late: after the descriptor was forgotten, and even after its number was used anew.
  void (*ready)(Word argument, int fd, unsigned events) = nullptr;
  Word argument = 0;
  // `ready` may also run on a scheduler, between slices, and on several threads at once; it never waits for
  // bytes.
  bool anywhere = false;
};

// From now on `target` hears of `interest` in `fd`, and of nothing else; one target per descriptor. Returns 0
// or an errno value.
int watch(int fd, unsigned interest, Target target);
// To be called before the descriptor is closed.
void forget(int fd);
std::size_t watched_count();

using TimerId = std::uint64_t;  // 0: none
// `expired` is called once, that many milliseconds from now or later.
TimerId start_timer(std::uint64_t milliseconds, void (*expired)(Word argument, TimerId timer), Word argument);
// `expired` may be on its way already.
void stop_timer(TimerId timer);

}  // namespace joist::poll
