// skip_list.hpp -- objects in the order of their keys.
//
// Every object has a tower of links, one a level; on each level a quarter of the objects of the level below
// are linked. Keys are the same if they compare equal (1 and 1.0). One writer at a time; readers go along
// without a lock: a removed object keeps its links, so who stands on it still gets to what follows. The list
// neither frees nor counts objects: that is its owner's business (ordered_store.hpp).
// Source: W. Pugh, Skip lists: a probabilistic alternative to balanced trees, 1990.
#pragma once
#include "vm/ets/object.hpp"
#include "vm/term/compare.hpp"

namespace joist::ets {

class SkipList {
 public:
  explicit SkipList(std::size_t keypos);
  // Destroys the objects that are still linked.
  ~SkipList();
  SkipList(const SkipList&) = delete;

  // The height for the next object.
  static unsigned random_height();

  // ---- reading ----
  const Object* first() const { return head_->next.load(std::memory_order_acquire); }
  static const Object* after(const Object* o) { return o->next.load(std::memory_order_acquire); }
  const Object* find(Term key) const;
  // The first object for which `below(key)` is false, or null; `below` must be true for a first part of the
  // order only.
  template <class Below>
  const Object* lower_bound(Below below) const {
    return after(last_below(below));
  }
  // The last object for which `below(key)` is true, or null.
  template <class Below>
  const Object* last_where(Below below) const {
    const Object* o = last_below(below);
    return o == head_ ? nullptr : o;
  }

  // ---- writing ----
  // The object with the key, or null; remembers the way to its place.
  Object* seek(Term key);
  // Puts `o` to the place of the last seek, instead of `old`, which that found there.
  void link_in(Object* o, Object* old);
  // Unlinks what the last seek found.
  void take_out(Object* o);
  // Unlinks and returns the first object, or null.
  Object* take_first();
  // An object with about as many before it as after it and at least one before; null if there is none.
  Object* middle();
  // Moves `from` and all that follows into `rest`, which is empty.
  void split(const Object* from, SkipList& rest);
  // Moves all of `rest`, whose keys are greater, to the end.
  void append(SkipList& rest);

 private:
  static constexpr unsigned kLevels = 16;

  Term key_of(const Object* o) const { return o->key(keypos_); }
  unsigned levels() const { return levels_.load(std::memory_order_relaxed); }
  // What comes next if the object that is looked at is not below: both are likely to be far away.
  static void prefetch_below(const Object* at, unsigned level) {
    if (level > 0) __builtin_prefetch(at->link(level - 1).load(std::memory_order_relaxed));
  }
  template <class Below>
  const Object* last_below(Below below) const {
    const Object* at = head_;
    const Object* stop = nullptr;  // known not to be below
    for (unsigned level = levels(); level-- > 0;)
      for (const Object* o; (o = at->link(level).load(std::memory_order_acquire)) != stop && o != nullptr;) {
        prefetch_below(at, level);
        if (!below(key_of(o))) {
          stop = o;
          break;
        }
        at = o;
      }
    return at;
  }
  // Fills path_ with the last object on each level for which `below(key)` is true.
  template <class Below>
  void go_to(Below below) {
    Object* at = head_;
    const Object* stop = nullptr;
    for (unsigned level = levels(); level-- > 0;) {
      for (Object* o; (o = at->link(level).load(std::memory_order_relaxed)) != stop && o != nullptr;) {
        prefetch_below(at, level);
        if (!below(key_of(o))) {
          stop = o;
          break;
        }
        at = o;
      }
      path_[level] = at;
    }
  }
  void raise_levels(unsigned n);

  Object* const head_;
  const std::size_t keypos_;
  std::atomic<unsigned> levels_{1};
  Object* path_[kLevels];  // of the writer
};

}  // namespace joist::ets
