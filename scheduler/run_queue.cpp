#include "scheduler/run_queue.hpp"

namespace joist {

std::size_t RunQueue::push(Process& p, const Lock&) {
  const auto priority = static_cast<int>(p.priority.load(std::memory_order_relaxed));
  List& list = lists_[priority];
  p.queue_next = nullptr;
  if (list.last != nullptr)
    list.last->queue_next = &p;
  else
    list.first = &p;
  list.last = &p;
  lengths_[priority].store(lengths_[priority].load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const std::size_t n = length_.load(std::memory_order_relaxed) + 1;
  length_.store(n, std::memory_order_relaxed);
  return n;
}

Process* RunQueue::take(Priority priority) {
  const auto i = static_cast<int>(priority);
  List& list = lists_[i];
  Process* p = list.first;
  if (p == nullptr) return nullptr;
  list.first = p->queue_next;
  if (list.first == nullptr) list.last = nullptr;
  p->queue_next = nullptr;
  lengths_[i].store(lengths_[i].load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  length_.store(length_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  return p;
}

Process* RunQueue::pop(const Lock&) {
  if (length_.load(std::memory_order_relaxed) == 0) return nullptr;
  if (Process* p = take(Priority::max)) return p;
  if (Process* p = take(Priority::high)) return p;
  if (lists_[static_cast<int>(Priority::low)].first == nullptr) return take(Priority::normal);
  if (++turns_ < kTurnsBeforeLow)
    if (Process* p = take(Priority::normal)) return p;
  turns_ = 0;
  return take(Priority::low);
}

}  // namespace joist
