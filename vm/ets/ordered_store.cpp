#include "vm/ets/ordered_store.hpp"

#include <bit>

namespace joist::ets {

OrderedStore::OrderedStore(const Shape& shape) : Store(shape), head_(Object::make_head(kLevels)) {}

OrderedStore::~OrderedStore() {
  for (Object* o = head_; o != nullptr;) {
    Object* next = o->next.load(std::memory_order_relaxed);
    Object::destroy(o);
    o = next;
  }
}

unsigned OrderedStore::random_height() {
  static thread_local std::uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return std::min(kLevels, 1 + static_cast<unsigned>(std::countr_zero(state | std::uint64_t{1} << 40)) / 2);
}

// ---- reading ----

const Object* OrderedStore::find(Term key) const {
  return read(part_, [&]() -> const Object* {
    const Object* at = head_;
    const Object* stop = nullptr;
    for (unsigned level = levels_.load(std::memory_order_relaxed); level-- > 0;)
      for (const Object* o; (o = at->link(level).load(std::memory_order_acquire)) != stop && o != nullptr;) {
        const int c = compare(key_of(o), key);
        if (c == 0) return o;
        if (c > 0) {
          stop = o;
          break;
        }
        at = o;
      }
    return nullptr;
  });
}

void OrderedStore::find_all(Term key, Objects& found) const {
  if (const Object* o = find(key)) found.push_back(o);
}

const Object* OrderedStore::last() const {
  return last_where([](Term) { return true; });
}

const Object* OrderedStore::next(Term key, bool* known) const {
  *known = true;
  return lower_bound([&](Term k) { return compare(k, key) <= 0; });
}

const Object* OrderedStore::previous(Term key, bool* known) const {
  *known = true;
  return last_where([&](Term k) { return compare(k, key) < 0; });
}

bool OrderedStore::slot(std::uint64_t n, Objects& found, bool* at_end) const {
  const Object* o = first();
  for (; o != nullptr && n > 0; --n) o = after(o);
  *at_end = o == nullptr && n == 0;
  if (o != nullptr) found.push_back(o);
  return o != nullptr;
}

// ---- writing ----

Object* OrderedStore::seek(Term key) {
  Object* at = head_;
  const Object* stop = nullptr;
  for (unsigned level = levels_.load(std::memory_order_relaxed); level-- > 0;) {
    for (Object* o; (o = at->link(level).load(std::memory_order_relaxed)) != stop && o != nullptr;) {
      if (compare(key_of(o), key) >= 0) {
        stop = o;
        break;
      }
      at = o;
    }
    path_[level] = at;
  }
  Object* o = at->next.load(std::memory_order_relaxed);
  return o != nullptr && compare(key_of(o), key) == 0 ? o : nullptr;
}

// Links `o` in behind path_, in place of `old` if that is not null. From the bottom up, so that whoever finds
// it on some level finds all levels below in order.
void OrderedStore::link_in(Object* o, Object* old) {
  const unsigned height = o->height();
  const unsigned old_height = old != nullptr ? old->height() : 0;
  for (unsigned n = levels_.load(std::memory_order_relaxed); n < height; ++n) {
    path_[n] = head_;
    levels_.store(n + 1, std::memory_order_relaxed);
  }
  for (unsigned level = 0; level < height; ++level) {
    const Object* before = level < old_height ? old : path_[level];
    o->link(level).store(before->link(level).load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  for (unsigned level = 0; level < std::max(height, old_height); ++level)
    path_[level]->link(level).store(level < height ? o : old->link(level).load(std::memory_order_relaxed),
                                    std::memory_order_release);
  if (old == nullptr) {
    part_.add(o);
  } else {
    part_.exchange(old, o);
    drop(old);
  }
}

void OrderedStore::take_out(Object* o) {
  for (unsigned level = o->height(); level-- > 0;)
    path_[level]->link(level).store(o->link(level).load(std::memory_order_relaxed),
                                    std::memory_order_release);
  part_.subtract(o);
  drop(o);
}

void OrderedStore::insert(Object* o) {
  const Locked locked = lock(part_);
  link_in(o, seek(key_of(o)));
}

bool OrderedStore::insert_many(const std::vector<Object*>& objects, bool only_new) {
  const Locked locked = lock(part_);
  if (only_new)
    for (const Object* o : objects)
      if (seek(key_of(o)) != nullptr) {
        for (Object* unused : objects) Object::destroy(unused);
        return false;
      }
  const bool visible_between = objects.size() > 1;
  if (visible_between) part_.begin_change();
  for (Object* o : objects) link_in(o, seek(key_of(o)));
  if (visible_between) part_.end_change();
  return true;
}

std::size_t OrderedStore::remove(Term key, Objects* removed) {
  const Locked locked = lock(part_);
  Object* o = seek(key);
  if (o == nullptr) return 0;
  if (removed != nullptr) removed->push_back(o);
  take_out(o);
  return 1;
}

std::size_t OrderedStore::remove_equal(Term tuple) {
  const Locked locked = lock(part_);
  Object* o = seek(Tuple::of(tuple)[shape.keypos - 1]);
  if (o == nullptr || !equal_exact(Plain(o).tuple(), tuple)) return 0;
  take_out(o);
  return 1;
}

bool OrderedStore::remove_object(const Object* o) {
  const Locked locked = lock(part_);
  Object* found = seek(key_of(o));
  if (found != o) return false;
  take_out(found);
  return true;
}

bool OrderedStore::replace_object(const Object* o, Object* by) {
  const Locked locked = lock(part_);
  Object* found = seek(key_of(o));
  if (found != o) {
    Object::destroy(by);
    return false;
  }
  link_in(by, found);
  return true;
}

void OrderedStore::update(Term key, Change change) {
  const Locked locked = lock(part_);
  Object* old = seek(key);
  if (Object* changed = change(old)) link_in(changed, old);
}

std::size_t OrderedStore::remove_all() {
  const Locked locked = lock(part_);
  std::size_t n = 0;
  part_.begin_change();
  while (Object* o = head_->next.load(std::memory_order_relaxed)) {
    for (unsigned level = 0; level < kLevels; ++level) path_[level] = head_;
    take_out(o);
    ++n;
  }
  part_.end_change();
  return n;
}

Store* make_ordered_store(const Shape& shape) { return new OrderedStore(shape); }

}  // namespace joist::ets
