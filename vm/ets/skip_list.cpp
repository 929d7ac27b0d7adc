#include "vm/ets/skip_list.hpp"

#include <bit>

namespace joist::ets {

SkipList::SkipList(std::size_t keypos) : head_(Object::make_head(kLevels)), keypos_(keypos) {}

SkipList::~SkipList() {
  for (Object* o = head_; o != nullptr;) {
    Object* next = o->next.load(std::memory_order_relaxed);
    Object::destroy(o);
    o = next;
  }
}

unsigned SkipList::random_height() {
  static thread_local std::uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return std::min(kLevels, 1 + static_cast<unsigned>(std::countr_zero(state | std::uint64_t{1} << 40)) / 2);
}

const Object* SkipList::find(Term key) const {
  const Object* at = head_;
  const Object* stop = nullptr;
  for (unsigned level = levels(); level-- > 0;)
    for (const Object* o; (o = at->link(level).load(std::memory_order_acquire)) != stop && o != nullptr;) {
      prefetch_below(at, level);
      const int c = compare(key_of(o), key);
      if (c == 0) return o;
      if (c > 0) {
        stop = o;
        break;
      }
      at = o;
    }
  return nullptr;
}

Object* SkipList::seek(Term key) {
  go_to([&](Term k) { return compare(k, key) < 0; });
  Object* o = path_[0]->next.load(std::memory_order_relaxed);
  return o != nullptr && compare(key_of(o), key) == 0 ? o : nullptr;
}

void SkipList::raise_levels(unsigned n) {
  for (unsigned level = levels(); level < n; ++level) path_[level] = head_;
  if (n > levels()) levels_.store(n, std::memory_order_relaxed);
}

// From the bottom up, so that whoever finds `o` on some level finds all levels below in order.
void SkipList::link_in(Object* o, Object* old) {
  const unsigned height = o->height();
  const unsigned old_height = old != nullptr ? old->height() : 0;
  raise_levels(height);
  for (unsigned level = 0; level < height; ++level) {
    const Object* before = level < old_height ? old : path_[level];
    o->link(level).store(before->link(level).load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  for (unsigned level = 0; level < std::max(height, old_height); ++level)
    path_[level]->link(level).store(level < height ? o : old->link(level).load(std::memory_order_relaxed),
                                    std::memory_order_release);
}

void SkipList::take_out(Object* o) {
  for (unsigned level = o->height(); level-- > 0;)
    path_[level]->link(level).store(o->link(level).load(std::memory_order_relaxed),
                                    std::memory_order_release);
}

Object* SkipList::take_first() {
  Object* o = head_->next.load(std::memory_order_relaxed);
  if (o == nullptr) return nullptr;
  std::fill(path_, path_ + kLevels, head_);
  take_out(o);
  return o;
}

// The highest level with enough objects is a fair sample of them all.
Object* SkipList::middle() {
  constexpr unsigned kEnough = 8;
  for (unsigned level = levels(); level-- > 0;) {
    unsigned n = 0;
    for (Object* o = head_; (o = o->link(level).load(std::memory_order_relaxed)) != nullptr;) ++n;
    if (n < kEnough && (level > 0 || n < 2)) continue;
    Object* o = head_;
    for (unsigned i = 0; i <= n / 2; ++i) o = o->link(level).load(std::memory_order_relaxed);
    return o;
  }
  return nullptr;
}

void SkipList::split(const Object* from, SkipList& rest) {
  go_to([&](Term k) { return compare(k, key_of(from)) < 0; });
  rest.raise_levels(levels());
  for (unsigned level = 0; level < levels(); ++level) {
    std::atomic<Object*>& link = path_[level]->link(level);
    rest.head_->link(level).store(link.load(std::memory_order_relaxed), std::memory_order_relaxed);
    link.store(nullptr, std::memory_order_release);
  }
}

void SkipList::append(SkipList& rest) {
  raise_levels(rest.levels());
  go_to([](Term) { return true; });
  for (unsigned level = 0; level < rest.levels(); ++level) {
    std::atomic<Object*>& link = rest.head_->link(level);
    path_[level]->link(level).store(link.load(std::memory_order_relaxed), std::memory_order_release);
    link.store(nullptr, std::memory_order_release);
  }
}

}  // namespace joist::ets
