#include <condition_variable>
#include <mutex>

#include "scheduler/internal.hpp"
#include "vm/base/epoch.hpp"

namespace joist {

std::atomic<bool> stop_requested{false};

namespace {

std::mutex mutex;
std::condition_variable changed;
bool active = false;      // someone stops or has stopped the world
int relieved_slices = 0;  // they run processes too, though they hold no scheduler

bool all_quiescent(const Scheduler* but) {
  for (const Scheduler* s : schedulers)
    if (s != but && !s->quiescent.load(std::memory_order_seq_cst)) return false;
  return true;
}

}  // namespace

void pause_for_stop(Scheduler& s) {
  std::unique_lock lock(mutex);
  s.quiescent.store(true, std::memory_order_seq_cst);
  changed.notify_all();
  changed.wait(lock, [] { return !active || halting.load(std::memory_order_relaxed); });
  s.quiescent.store(false, std::memory_order_seq_cst);
}

bool take_part_away(Scheduler& s, std::uint32_t seen) {
  std::lock_guard lock(mutex);
  if (active || s.quiescent.load(std::memory_order_seq_cst)) return false;
  const std::uint32_t next = ((seen >> 1) + 1) << 1;
  if (!s.turn.compare_exchange_strong(seen, next, std::memory_order_seq_cst)) return false;
  ++relieved_slices;
  return true;
}

void relieved_slice_ended() {
  {
    std::lock_guard lock(mutex);
    --relieved_slices;
  }
  changed.notify_all();
}

void stop_the_world(const std::function<void()>& action) {
  Scheduler* self = current_scheduler;
  {
    std::unique_lock lock(mutex);
    // Nobody is relieved under this lock, nor while the world stops, nor one that is quiescent.
    const bool relieved_self = self != nullptr && relieved();
    if (relieved_self) self = nullptr;
    // While another has its turn this thread counts as stopped: it is between two instructions.
    if (active && (self != nullptr || relieved_self)) {
      if (self != nullptr) self->quiescent.store(true, std::memory_order_seq_cst);
      if (relieved_self) --relieved_slices;
      changed.notify_all();
      changed.wait(lock, [] { return !active; });
      if (relieved_self) ++relieved_slices;
    }
    changed.wait(lock, [] { return !active; });
    active = true;
    if (self != nullptr) self->quiescent.store(false, std::memory_order_seq_cst);
    stop_requested.store(true, std::memory_order_seq_cst);
    // A parked thread is quiescent, and looks at stop_requested before it runs anything. A running one comes
    // here through pause_for_stop, or parks without telling: hence the short waits.
    while (!all_quiescent(self) || relieved_slices != (relieved_self ? 1 : 0))
      changed.wait_for(lock, std::chrono::microseconds(200));
  }
  action();
  {
    std::lock_guard lock(mutex);
    stop_requested.store(false, std::memory_order_seq_cst);
    active = false;
  }
  changed.notify_all();
}

}  // namespace joist
