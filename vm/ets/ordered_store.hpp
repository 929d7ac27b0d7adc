// ordered_store.hpp -- ordered_set: skip lists side by side, each with the keys of a range.
//
// A table begins with one range. With write_concurrency, a range whose lock writers often find taken is split
// in the middle, until they do not meet any more; when there are too many ranges, two that nobody has waited
// for in a long time become one. The table of ranges is replaced as a whole; who has found a range through
// a table that is out of date by the time he is done, looks again.
// Source: K. Sagonas, K. Winblad, A contention adapting approach to concurrent ordered sets, 2018.
// Owner and threads: as Store.
#pragma once
#include <memory>

#include "vm/ets/skip_list.hpp"
#include "vm/ets/store.hpp"

namespace joist::ets {

class OrderedStore final : public Store {
 public:
  explicit OrderedStore(const Shape& shape);
  ~OrderedStore() override;

  const Object* find(Term key) const override;
  void find_all(Term key, Objects& found) const override;
  const Object* first() const override {
    return lower_bound([](Term) { return false; });
  }
  const Object* last() const override {
    return last_where([](Term) { return true; });
  }
  const Object* next(Term key, bool* known) const override;
  const Object* previous(Term key, bool* known) const override;
  bool slot(std::uint64_t n, Objects& found, bool* at_end) const override;
  // The object after `o`, which the caller has found here, in order.
  const Object* after(const Object* o) const;
  // The first object for which `below(key)` is false, or null; `below` must be true for a first part of the
  // order only.
  template <class Below>
  const Object* lower_bound(Below below) const {
    return look(below, [&](const Ranges& ranges, std::size_t i) {
      const Object* o =
          read_in(*ranges[i].range, [&](const SkipList& list) { return list.lower_bound(below); });
      while (o == nullptr && ++i < ranges.size())
        o = read_in(*ranges[i].range, [](const SkipList& list) { return list.first(); });
      return o;
    });
  }
  // The last object for which `below(key)` is true, or null.
  template <class Below>
  const Object* last_where(Below below) const {
    return look(below, [&](const Ranges& ranges, std::size_t i) {
      const auto last = [&](const SkipList& list) { return list.last_where(below); };
      const Object* o = read_in(*ranges[i].range, last);
      while (o == nullptr && i-- > 0) o = read_in(*ranges[i].range, last);
      return o;
    });
  }
  Size size() const override;

  void insert(Object* o) override;
  bool insert_many(const std::vector<Object*>& objects, bool only_new) override;
  std::size_t remove(Term key, Objects* removed) override;
  std::size_t remove_equal(Term tuple) override;
  bool remove_object(const Object* o, Term seen) override;
  bool replace_object(const Object* o, Term seen, Object* by) override;
  void update(Term key, Change change) override;
  std::size_t remove_all() override;
  void set_fixed(bool) override {}

 private:
  struct Range {
    explicit Range(std::size_t keypos) : list(keypos) {}
    ~Range() { Object::destroy(low); }
    Range(const Range&) = delete;

    Part part;
    std::atomic<int> pressure{0};  // rises when a writer has to wait, falls when none has to
    SkipList list;
    Object* low = nullptr;  // {Key}: the least key that belongs here; null: all that are less, too
  };
  // Searching this touches no cache line that writers to a range change.
  struct Place {
    Term low;  // of range->low
    Range* range;
  };
  struct Ranges : std::vector<Place> {
    Size gone;  // what the ranges count that do not stand here any more
  };
  class Write;
  class WholeWrite;

  // The last range that may hold keys for which `below` is true.
  template <class Below>
  static std::size_t index_of(const Ranges& ranges, Below below) {
    std::size_t low = 0;
    for (std::size_t high = ranges.size(); high - low > 1;) {
      const std::size_t middle = (low + high) / 2;
      (below(ranges[middle].low) ? low : high) = middle;
    }
    return low;
  }
  static std::size_t index_of_key(const Ranges& ranges, Term key) {
    return index_of(ranges, [&](Term low) { return compare(low, key) <= 0; });
  }
  const Ranges* ranges() const { return ranges_.load(std::memory_order_acquire); }
  // What `f(ranges, index)` finds from the range on that `below` leads to.
  template <class Below, class F>
  auto look(Below below, F f) const {
    for (;;) {
      const Ranges* now = ranges();
      auto result = f(*now, index_of(*now, below));
      if (ranges() == now) return result;
    }
  }
  template <class F>
  auto read_in(Range& range, F f) const {
    return read(range.part, [&] { return f(std::as_const(range.list)); });
  }

  void link_in(Range& range, Object* o, Object* old);
  void take_out(Range& range, Object* o);
  void replace_ranges(std::unique_ptr<Ranges> by);
  void split(Range& range);
  void join_coldest(const Range& but);

  std::atomic<const Ranges*> ranges_;
  AdaptiveMutex structure_;  // of who replaces ranges_, or takes the locks of all ranges; before those
};

}  // namespace joist::ets
