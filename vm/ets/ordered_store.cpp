#include "vm/ets/ordered_store.hpp"

#include <algorithm>

#include "vm/base/epoch.hpp"

namespace joist::ets {

namespace {

// A writer who waits weighs as much as so many who do not: ranges are split when one writer in some hundred
// has to wait. The adversarial build splits and joins all the time.
constexpr int kWaited = 200, kSplitAt = kAdversarial ? kWaited : 1000, kLeastPressure = -1000;
constexpr std::size_t kMostRanges = kAdversarial ? 8 : 64;

// {Key}, apart from the object whose key it is.
Object* copy_of_key(Term key) {
  BlockHeap scratch;
  return Object::make(make_tuple(scratch, key));
}

}  // namespace

OrderedStore::OrderedStore(const Shape& shape) : Store(shape) {
  auto first = std::make_unique<Ranges>();
  first->push_back({Term::nil(), new Range(shape.keypos)});
  ranges_.store(first.release(), std::memory_order_release);
}

OrderedStore::~OrderedStore() {
  const Ranges* all = ranges();
  for (const Place& place : *all) delete place.range;
  delete all;
}

// ---- reading ----

const Object* OrderedStore::find(Term key) const {
  return look([&](Term low) { return compare(low, key) <= 0; },
              [&](const Ranges& ranges, std::size_t i) {
                return read_in(*ranges[i].range, [&](const SkipList& list) { return list.find(key); });
              });
}

void OrderedStore::find_all(Term key, Objects& found) const {
  if (const Object* o = find(key)) found.push_back(o);
}

const Object* OrderedStore::next(Term key, bool* known) const {
  *known = true;
  return lower_bound([&](Term k) { return compare(k, key) <= 0; });
}

const Object* OrderedStore::previous(Term key, bool* known) const {
  *known = true;
  return last_where([&](Term k) { return compare(k, key) < 0; });
}

// A list ends where the next range begins, or where it was when `o` was removed from it.
const Object* OrderedStore::after(const Object* o) const {
  const Object* following = SkipList::after(o);
  if (following != nullptr || ranges()->size() == 1) return following;
  bool known;
  return next(key_of(o), &known);
}

bool OrderedStore::slot(std::uint64_t n, Objects& found, bool* at_end) const {
  const Object* o = first();
  for (; o != nullptr && n > 0; --n) o = after(o);
  *at_end = o == nullptr && n == 0;
  if (o != nullptr) found.push_back(o);
  return o != nullptr;
}

Store::Size OrderedStore::size() const {
  const Ranges* all = ranges();
  Size sum = all->gone;
  for (const Place& place : *all) sum += place.range->part.size();
  return sum;
}

// ---- writing ----

// The range of a key, with its lock.
class OrderedStore::Write {
 public:
  Write(OrderedStore& store, Term key) : store_(store) {
    for (;;) {
      const Ranges* now = store.ranges();
      range_ = (*now)[index_of_key(*now, key)].range;
      if (store.shape.single) return;
      AdaptiveMutex& mutex = range_->part.mutex;
      const bool waited = !mutex.try_lock();
      if (waited) mutex.lock();
      if (store.ranges() == now) {
        if (store.shape.many_writers) feel(waited);
        return;
      }
      mutex.unlock();
    }
  }
  ~Write() {
    if (store_.shape.single) return;
    range_->part.mutex.unlock();
    if (crowded_) store_.split(*range_);
  }
  Write(const Write&) = delete;
  Range* operator->() { return range_; }
  Range& operator*() { return *range_; }

 private:
  void feel(bool waited) {
    const int before = range_->pressure.load(std::memory_order_relaxed);
    const int now = waited || kAdversarial ? before + kWaited : std::max(before - 1, kLeastPressure);
    crowded_ = now > kSplitAt;
    range_->pressure.store(crowded_ ? 0 : now, std::memory_order_relaxed);
  }

  OrderedStore& store_;
  Range* range_;
  bool crowded_ = false;
};

// All ranges, with their locks, and the table of them. Readers who come meanwhile wait.
class OrderedStore::WholeWrite {
 public:
  explicit WholeWrite(OrderedStore& store) : store_(store) {
    if (!store.shape.single) store.structure_.lock();
    ranges_ = store.ranges();
    for (const auto& [low, range] : *ranges_) {
      if (!store.shape.single) range->part.mutex.lock();
      range->part.begin_change();
    }
  }
  ~WholeWrite() {
    for (const auto& [low, range] : *ranges_) {
      range->part.end_change();
      if (!store_.shape.single) range->part.mutex.unlock();
    }
    if (!store_.shape.single) store_.structure_.unlock();
  }
  WholeWrite(const WholeWrite&) = delete;
  const Ranges& ranges() const { return *ranges_; }
  Range& range_of(Term key) const { return *(*ranges_)[index_of_key(*ranges_, key)].range; }

 private:
  OrderedStore& store_;
  const Ranges* ranges_;
};

void OrderedStore::link_in(Range& range, Object* o, Object* old) {
  range.list.link_in(o, old);
  if (old == nullptr) {
    range.part.add(o);
  } else {
    range.part.exchange(old, o);
    drop(old);
  }
}

void OrderedStore::take_out(Range& range, Object* o) {
  range.list.take_out(o);
  range.part.subtract(o);
  drop(o);
}

void OrderedStore::insert(Object* o) {
  Write range(*this, key_of(o));
  link_in(*range, o, range->list.seek(key_of(o)));
}

bool OrderedStore::insert_many(const std::vector<Object*>& objects, bool only_new) {
  if (objects.size() == 1) {
    Object* o = objects.front();
    Write range(*this, key_of(o));
    Object* old = range->list.seek(key_of(o));
    if (only_new && old != nullptr) {
      Object::destroy(o);
      return false;
    }
    link_in(*range, o, old);
    return true;
  }
  const WholeWrite whole(*this);
  if (only_new)
    for (const Object* o : objects)
      if (whole.range_of(key_of(o)).list.seek(key_of(o)) != nullptr) {
        for (Object* unused : objects) Object::destroy(unused);
        return false;
      }
  for (Object* o : objects) {
    Range& range = whole.range_of(key_of(o));
    link_in(range, o, range.list.seek(key_of(o)));
  }
  return true;
}

std::size_t OrderedStore::remove(Term key, Objects* removed) {
  Write range(*this, key);
  Object* o = range->list.seek(key);
  if (o == nullptr) return 0;
  if (removed != nullptr) removed->push_back(o);
  take_out(*range, o);
  return 1;
}

std::size_t OrderedStore::remove_equal(Term tuple) {
  const Term key = Tuple::of(tuple)[shape.keypos - 1];
  Write range(*this, key);
  Object* o = range->list.seek(key);
  if (o == nullptr || !equal_exact(Plain(o).tuple(), tuple)) return 0;
  take_out(*range, o);
  return 1;
}

bool OrderedStore::remove_object(const Object* o, Term seen) {
  Write range(*this, key_of(o));
  Object* found = range->list.seek(key_of(o));
  if (found != o || !o->still_is(seen)) return false;
  take_out(*range, found);
  return true;
}

bool OrderedStore::replace_object(const Object* o, Term seen, Object* by) {
  Write range(*this, key_of(o));
  Object* found = range->list.seek(key_of(o));
  if (found != o || !o->still_is(seen)) {
    Object::destroy(by);
    return false;
  }
  link_in(*range, by, found);
  return true;
}

void OrderedStore::update(Term key, Change change) {
  Write range(*this, key);
  Object* old = range->list.seek(key);
  if (Object* changed = change(old)) link_in(*range, changed, old);
}

std::size_t OrderedStore::remove_all() {
  const WholeWrite whole(*this);
  std::size_t n = 0;
  for (const auto& [low, range] : whole.ranges())
    while (Object* o = range->list.take_first()) {
      range->part.subtract(o);
      drop(o);
      ++n;
    }
  return n;
}

// ---- ranges ----

void OrderedStore::replace_ranges(std::unique_ptr<Ranges> by) {
  const Ranges* old = ranges_.exchange(by.release(), std::memory_order_acq_rel);
  retire_object(const_cast<Ranges*>(old));
}

// Makes two ranges of one, unless somebody else is changing the ranges.
void OrderedStore::split(Range& range) {
  if (!structure_.try_lock()) return;
  if (ranges()->size() >= kMostRanges) join_coldest(range);
  auto changed = std::make_unique<Ranges>(*ranges());
  const auto at = std::ranges::find(*changed, &range, &Place::range);
  if (at != changed->end() && changed->size() < kMostRanges) {
    const Locked locked = lock(range.part);
    if (const Object* middle = range.list.middle()) {
      auto* upper = new Range(shape.keypos);
      upper->low = copy_of_key(key_of(middle));
      changed->insert(at + 1, {upper->low->key(1), upper});
      range.part.begin_change();
      range.list.split(middle, upper->list);
      replace_ranges(std::move(changed));
      range.part.end_change();
    }
  }
  structure_.unlock();
}

// Makes one range of the two neighbours that have been left in peace longest.
void OrderedStore::join_coldest(const Range& but) {
  auto changed = std::make_unique<Ranges>(*ranges());
  std::size_t coldest = 0;
  int least = 0;
  for (std::size_t i = 1; i < changed->size(); ++i) {
    const Range &left = *(*changed)[i - 1].range, &right = *(*changed)[i].range;
    const int sum =
        left.pressure.load(std::memory_order_relaxed) + right.pressure.load(std::memory_order_relaxed);
    if ((sum >= least && !kAdversarial) || &left == &but || &right == &but) continue;
    coldest = i;
    least = sum;
  }
  if (coldest == 0) return;
  Range &left = *(*changed)[coldest - 1].range, &right = *(*changed)[coldest].range;
  const Locked locked_left = lock(left.part), locked_right = lock(right.part);
  left.part.begin_change();
  right.part.begin_change();
  left.list.append(right.list);
  changed->gone += right.part.size();
  changed->erase(changed->begin() + static_cast<std::ptrdiff_t>(coldest));
  replace_ranges(std::move(changed));
  right.part.end_change();
  left.part.end_change();
  retire_object(&right);
}

Store* make_ordered_store(const Shape& shape) { return new OrderedStore(shape); }

}  // namespace joist::ets
