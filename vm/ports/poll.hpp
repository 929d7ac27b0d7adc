// poll.hpp -- waiting for file descriptors: one thread, started with the first descriptor watched.
// Readiness is level triggered: as long as it is wanted and there, `ready` is called again and again.
// Owner: the VM. Threads: any; `ready` runs on the polling thread, which holds nothing.
#pragma once
#include <cstdint>

#include "vm/term/term.hpp"

namespace joist::poll {

constexpr unsigned kRead = 1, kWrite = 2;

struct Target {
  // A call may come late: after the descriptor was forgotten, and even after its number was used anew.
  void (*ready)(Word argument, int fd, unsigned events) = nullptr;
  Word argument = 0;
};

// From now on `target` hears of `interest` in `fd`, and of nothing else; one target per descriptor. Returns 0
// or an errno value.
int watch(int fd, unsigned interest, Target target);
// To be called before the descriptor is closed.
void forget(int fd);
std::size_t watched_count();

}  // namespace joist::poll
