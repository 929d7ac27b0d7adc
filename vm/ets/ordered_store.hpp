// ordered_store.hpp -- ordered_set: a skip list in key order.
//
// Every object has a tower of links, one a level; on each level a quarter of the objects of the level below
// are linked. Keys are the same if they compare equal (1 and 1.0). One writer at a time; readers go along
// without a lock: a removed object keeps its links, so who stands on it still gets to what follows. Owner and
// threads: as Store.
#pragma once
#include "vm/ets/store.hpp"
#include "vm/term/compare.hpp"

namespace joist::ets {

class OrderedStore final : public Store {
 public:
  explicit OrderedStore(const Shape& shape);
  ~OrderedStore() override;

  const Object* find(Term key) const override;
  void find_all(Term key, Objects& found) const override;
  const Object* first() const override { return head_->next.load(std::memory_order_acquire); }
  const Object* last() const override;
  const Object* next(Term key, bool* known) const override;
  const Object* previous(Term key, bool* known) const override;
  bool slot(std::uint64_t n, Objects& found, bool* at_end) const override;
  // The object after `o` in order.
  static const Object* after(const Object* o) { return o->next.load(std::memory_order_acquire); }
  // The first object for which `below(key)` is false; `below` must be true for a first part of the order
  // only.
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

  void insert(Object* o) override;
  bool insert_many(const std::vector<Object*>& objects, bool only_new) override;
  std::size_t remove(Term key, Objects* removed) override;
  std::size_t remove_equal(Term tuple) override;
  bool remove_object(const Object* o) override;
  bool replace_object(const Object* o, Object* by) override;
  void update(Term key, Change change) override;
  std::size_t remove_all() override;
  void set_fixed(bool) override {}

  // The height for the next object.
  static unsigned random_height();

 protected:
  std::size_t part_count() const override { return 1; }
  const Part& part(std::size_t) const override { return part_; }

 private:
  static constexpr unsigned kLevels = 16;

  template <class Below>
  const Object* last_below(Below below) const {
    const Object* at = head_;
    const Object* stop = nullptr;  // known not to be below
    for (unsigned level = levels_.load(std::memory_order_relaxed); level-- > 0;)
      for (const Object* o; (o = at->link(level).load(std::memory_order_acquire)) != stop && o != nullptr;) {
        if (!below(key_of(o))) {
          stop = o;
          break;
        }
        at = o;
      }
    return at;
  }
  // Fills path_ with the last object before `key` on each level; the object with the key, or null.
  Object* seek(Term key);
  void link_in(Object* o, Object* old);
  void take_out(Object* o);

  Object* const head_;
  std::atomic<unsigned> levels_{1};
  mutable Part part_;
  Object* path_[kLevels];  // of the writer
};

}  // namespace joist::ets
