// epoch.hpp -- freeing memory that other threads may still be reading without a lock.
//
// A thread that reads shared structures (process table, exports, code) is *online*. It passes a safe point
// whenever it holds no pointer into them: schedulers do between two process slices. What was unlinked and
// then given to retire() is freed once every online thread has passed a safe point since.
// Parked threads go offline and hold nobody up. Other threads wrap their reads in an EpochGuard.
// Owner: the VM. Threads: all functions may be called by any thread, each for itself.
#pragma once
#include <cstddef>

namespace joist {

// Marks this thread online; nests (an EpochGuard inside an online thread is free).
void epoch_online();
void epoch_offline();
// This online thread holds no shared pointer now. Frees what it can of what this thread has retired.
void epoch_safe_point();
// `object` is not reachable any more for threads that have not found it yet; deletes it later.
void retire(void* object, void (*deleter)(void*));
template <class T>
void retire_object(T* object) {
  retire(object, [](void* p) { delete static_cast<T*>(p); });
}
// Objects retired and not yet freed, by all threads.
std::size_t epoch_pending();
// Frees everything that can be freed, whoever retired it; for quiet moments and tests.
void epoch_collect();

class [[nodiscard]] EpochGuard {
 public:
  EpochGuard() { epoch_online(); }
  ~EpochGuard() { epoch_offline(); }
  EpochGuard(const EpochGuard&) = delete;
};

}  // namespace joist
