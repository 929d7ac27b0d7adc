#include "scheduler/wheel.hpp"

#include <algorithm>
#include <bit>

namespace joist {

void TimerWheel::link(Timer& t) {
  // Farther than the wheel reaches: as far as possible, and on again from there.
  constexpr std::uint64_t kReach = (std::uint64_t{1} << (kLevels * kBits)) - 1;
  const std::uint64_t distance =
      std::min(t.due - position_, kReach - (std::uint64_t{1} << (kLevels - 1) * kBits));
  const std::uint64_t at = position_ + distance;
  int level = 0;
  while (level < kLevels - 1 && distance >> (kBits * (level + 1)) != 0) ++level;
  const auto slot = static_cast<std::uint8_t>(at >> (kBits * level));
  Level& l = levels_[level];
  t.level = static_cast<std::uint8_t>(level);
  t.slot = slot;
  t.previous = nullptr;
  t.next = l.slots[slot];
  if (t.next != nullptr) t.next->previous = &t;
  l.slots[slot] = &t;
  l.used[slot / 64] |= std::uint64_t{1} << slot % 64;
  ++l.count;
  ++count_;
  t.linked = true;
}

void TimerWheel::unlink(Timer& t) {
  Level& l = levels_[t.level];
  if (t.previous != nullptr)
    t.previous->next = t.next;
  else
    l.slots[t.slot] = t.next;
  if (t.next != nullptr) t.next->previous = t.previous;
  if (l.slots[t.slot] == nullptr) l.used[t.slot / 64] &= ~(std::uint64_t{1} << t.slot % 64);
  --l.count;
  --count_;
  t.linked = false;
}

void TimerWheel::insert(Timer& t, std::uint64_t due, const Lock&) {
  check(!t.linked, "a timer is in the wheel already");
  t.due = std::max(due, position_ + 1);
  link(t);
  if (t.due < next_due_.load(std::memory_order_relaxed)) next_due_.store(t.due, std::memory_order_relaxed);
}

void TimerWheel::remove(Timer& t, const Lock&) {
  if (t.linked) unlink(t);
  if (count_ == 0) next_due_.store(kNever, std::memory_order_relaxed);
}

// The wheel has come to the beginning of the current slot of `level`: its timers move down.
void TimerWheel::cascade(int level) {
  const auto slot = static_cast<std::uint8_t>(position_ >> (kBits * level));
  if (slot == 0 && level + 1 < kLevels) cascade(level + 1);
  Timer* t = levels_[level].slots[slot];
  while (t != nullptr) {
    Timer* next = t->next;
    unlink(*t);
    link(*t);
    t = next;
  }
}

void TimerWheel::advance(std::uint64_t now, Expired& fired, const Lock&) {
  while (position_ < now) {
    if (count_ == 0) {
      position_ = now;
      break;
    }
    if (levels_[0].count == 0) {  // nothing before the next cascade
      const std::uint64_t before_cascade = position_ | (kSlots - 1);
      if (before_cascade >= now) {
        position_ = now;
        break;
      }
      position_ = before_cascade;
    }
    ++position_;
    if ((position_ & (kSlots - 1)) == 0) cascade(1);
    Timer*& slot = levels_[0].slots[position_ & (kSlots - 1)];
    while (Timer* t = slot) {
      unlink(*t);
      if (const std::uint64_t again = t->fire(t, fired, now); again != 0) {
        t->due = std::max(again, position_ + 1);
        link(*t);
      }
    }
  }
  next_due_.store(find_next_due(), std::memory_order_relaxed);
}

std::uint64_t TimerWheel::find_next_due() const {
  std::uint64_t first = kNever;
  for (int level = 0; level < kLevels; ++level) {
    const Level& l = levels_[level];
    if (l.count == 0) continue;
    // The first used slot after the current one, going round; a slot of a higher level counts from its start.
    const std::uint64_t here = position_ >> (kBits * level);
    for (std::uint64_t step = 1; step <= kSlots; ++step) {
      const auto slot = static_cast<std::uint8_t>(here + step);
      if (l.used[slot / 64] >> slot % 64 & 1) {
        first = std::min(first, (here + step) << (kBits * level));
        break;
      }
    }
  }
  return first;
}

}  // namespace joist
