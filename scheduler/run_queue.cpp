#include "scheduler/run_queue.hpp"

#include <algorithm>

namespace joist {

namespace {

void add(std::atomic<std::size_t>& n, std::size_t by) {
  n.store(n.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

int priority_now(const Process& p) {
  return static_cast<int>(
      std::min(p.priority.load(std::memory_order_relaxed), p.raised.load(std::memory_order_relaxed)));
}

}  // namespace

std::size_t RunQueue::push(Process& p, const Lock&) {
  const int priority = priority_now(p);
  List& list = lists_[priority];
  p.queue_next = nullptr;
  if (list.last != nullptr)
    list.last->queue_next = &p;
  else
    list.first = &p;
  list.last = &p;
  p.queued_bound = p.bound.load(std::memory_order_relaxed) != 0;
  add(lengths_[priority], 1);
  add(bound_, p.queued_bound);
  add(length_, 1);
  return length();
}

void RunQueue::unlink(Process* before, Process& p, int priority) {
  List& list = lists_[priority];
  (before != nullptr ? before->queue_next : list.first) = p.queue_next;
  if (list.last == &p) list.last = before;
  p.queue_next = nullptr;
  add(lengths_[priority], -std::size_t{1});
  add(bound_, -std::size_t{p.queued_bound});
  add(length_, -std::size_t{1});
}

Process* RunQueue::take(Priority priority) {
  const auto i = static_cast<int>(priority);
  Process* p = lists_[i].first;
  if (p != nullptr) unlink(nullptr, *p, i);
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

Process* RunQueue::pop_unbound(const Lock& lock) {
  if (unbound() == 0) return nullptr;
  if (bound_.load(std::memory_order_relaxed) == 0) return pop(lock);
  for (int i = 0; i < 4; ++i)
    for (Process *before = nullptr, *p = lists_[i].first; p != nullptr; before = p, p = p->queue_next)
      if (!p->queued_bound) {
        unlink(before, *p, i);
        return p;
      }
  return nullptr;
}

bool RunQueue::requeue(Process& wanted, const Lock& lock) {
  for (int i = 0; i < 4; ++i)
    for (Process *before = nullptr, *p = lists_[i].first; p != nullptr; before = p, p = p->queue_next)
      if (p == &wanted) {
        if (i == priority_now(wanted)) return true;
        unlink(before, wanted, i);
        push(wanted, lock);
        return true;
      }
  return false;
}

}  // namespace joist
