// wheel.hpp -- a hierarchical timer wheel: four levels of 256 slots, one tick is a millisecond.
// A timer lies in the level that its distance fits into, and moves down a level as its time comes nearer.
// Owner: a scheduler. Threads: any, under the lock; next_due() is a hint without it.
#pragma once
#include <atomic>
#include <cstdint>

#include "vm/base/lock.hpp"

namespace joist {

struct Timer {
  Timer* next = nullptr;
  Timer* previous = nullptr;
  std::uint64_t due = 0;  // tick
  std::uint8_t level = 0, slot = 0;
  bool linked = false;
  // The timer is due and no longer in the wheel. Called under the wheel's lock; returns a tick to be
  // linked again for, or 0. What must not happen under the lock goes to `fired`.
  std::uint64_t (*fire)(Timer* self, class Expired& fired, std::uint64_t now) = nullptr;
};

class TimerWheel {
 public:
  using Lock = Locked<LockLevel::timer_wheel>;
  static constexpr std::uint64_t kNever = UINT64_MAX;

  Mutex<LockLevel::timer_wheel>& mutex() { return mutex_; }
  void insert(Timer& t, std::uint64_t due, const Lock&);
  void remove(Timer& t, const Lock&);
  // Fires everything due at or before tick `now`.
  void advance(std::uint64_t now, Expired& fired, const Lock&);
  // A tick at or before the first due time; kNever if the wheel is empty.
  std::uint64_t next_due() const { return next_due_.load(std::memory_order_relaxed); }
  std::size_t size() const { return count_; }

 private:
  static constexpr int kLevels = 4, kBits = 8, kSlots = 1 << kBits;
  struct Level {
    Timer* slots[kSlots] = {};
    std::uint64_t used[kSlots / 64] = {};
    std::size_t count = 0;
  };
  void link(Timer& t);
  void unlink(Timer& t);
  void cascade(int level);
  std::uint64_t find_next_due() const;

  Mutex<LockLevel::timer_wheel> mutex_;
  Level levels_[kLevels];
  std::uint64_t position_ = 0;  // ticks up to here have been dealt with
  std::size_t count_ = 0;
  std::atomic<std::uint64_t> next_due_{kNever};
};

}  // namespace joist
