// run_queue.hpp -- runnable processes of one scheduler, by priority.
// OTP: max before high before the rest; a low one runs at every eighth turn of normal and low.
// A process that is bound to this scheduler is not for those that steal.
// Owner: a scheduler. Threads: any, under the lock; length() is a hint without it. A process in a queue has
// state kQueued, and is in no other.
#pragma once
#include "vm/base/lock.hpp"
#include "vm/process/process.hpp"

namespace joist {

class RunQueue {
 public:
  using Lock = Locked<LockLevel::run_queue>;

  Mutex<LockLevel::run_queue>& mutex() { return mutex_; }
  // Returns the length after the push.
  std::size_t push(Process& p, const Lock&);
  Process* pop(const Lock&);          // null if empty
  Process* pop_unbound(const Lock&);  // null if there is none
  // If `p` is in this queue, moves it to where its priority is now; else false.
  bool requeue(Process& p, const Lock&);
  std::size_t length() const { return length_.load(std::memory_order_relaxed); }
  std::size_t unbound() const { return length() - bound_.load(std::memory_order_relaxed); }
  std::size_t length(Priority priority) const {
    return lengths_[static_cast<int>(priority)].load(std::memory_order_relaxed);
  }

 private:
  Process* take(Priority priority);
  void unlink(Process* before, Process& p, int priority);

  struct List {
    Process* first = nullptr;
    Process* last = nullptr;
  };
  static constexpr int kTurnsBeforeLow = 8;

  Mutex<LockLevel::run_queue> mutex_;
  List lists_[4];
  std::atomic<std::size_t> lengths_[4] = {};
  std::atomic<std::size_t> length_{0}, bound_{0};
  int turns_ = 0;  // of normal processes while low ones wait
};

}  // namespace joist
