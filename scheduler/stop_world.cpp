#include <condition_variable>
#include <mutex>

#include "scheduler/internal.hpp"
#include "vm/base/epoch.hpp"

namespace joist {

std::atomic<bool> stop_requested{false};

namespace {

std::mutex mutex;
std::condition_variable changed;
bool active = false;  // someone stops or has stopped the world

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

void stop_the_world(const std::function<void()>& action) {
  Scheduler* self = current_scheduler;
  {
    std::unique_lock lock(mutex);
    // While another has its turn this thread counts as stopped: it is between two instructions.
    if (self != nullptr && active) {
      self->quiescent.store(true, std::memory_order_seq_cst);
      changed.notify_all();
    }
    changed.wait(lock, [] { return !active; });
    active = true;
    if (self != nullptr) self->quiescent.store(false, std::memory_order_seq_cst);
    stop_requested.store(true, std::memory_order_seq_cst);
    // A parked thread is quiescent, and looks at stop_requested before it runs anything. A running one comes
    // here through pause_for_stop, or parks without telling: hence the short waits.
    while (!all_quiescent(self)) changed.wait_for(lock, std::chrono::microseconds(200));
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
