// run_queue.hpp -- runnable processes of one scheduler, by priority.
// OTP: max before high before the rest; a low one runs at every eighth turn of normal and low.
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
  Process* pop(const Lock&);  // null if empty
  std::size_t length() const { return length_.load(std::memory_order_relaxed); }
  std::size_t length(Priority priority) const {
    return lengths_[static_cast<int>(priority)].load(std::memory_order_relaxed);
  }

 private:
  Process* take(Priority priority);

  struct List {
    Process* first = nullptr;
    Process* last = nullptr;
  };
  static constexpr int kTurnsBeforeLow = 8;

  Mutex<LockLevel::run_queue> mutex_;
  List lists_[4];
  std::atomic<std::size_t> lengths_[4] = {};
  std::atomic<std::size_t> length_{0};
  int turns_ = 0;  // of normal processes while low ones wait
};

}  // namespace joist
