// io_poll.hpp -- descriptors that schedulers look at themselves: what answers at once, such as another
// process of this VM at the other end of a socket, then needs no other thread. Owner: the VM; the port layer
// installs the function. Threads: schedulers, between slices.
#pragma once
#include <atomic>

namespace joist {

// Looks at descriptors without waiting and acts on those that are ready; true: there were some. `idle`: the
// scheduler has no process to run, and parks if there was nothing. Null until a descriptor is watched.
extern std::atomic<bool (*)(int scheduler, bool idle)> look_at_descriptors;

}  // namespace joist
