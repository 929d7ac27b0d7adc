// object.hpp -- one object of an ETS table: a tuple, copied whole into a block of its own outside all heaps.
//
//   [tower: links of levels height-1 .. 1]  Object header  words[size]  [first off-heap object, or null]
//
// The tuple is words[0..]; all it refers to lies in the same block. Only ordered tables have towers:
// skip_list.hpp. Owner: the table. Threads: a linked object is never changed, except for its links, its
// `deleted` mark, and single elements of a live one, so readers need no lock; what is unlinked is retired
// (vm/base/epoch.hpp). In a private table only the owner looks, and what is unlinked is freed at once.
#pragma once
#include <atomic>
#include <optional>
#include <vector>

#include "vm/term/heap.hpp"

namespace joist::ets {

class Object {
 public:
  // A copy of `tuple`, not yet linked. `height` counts its levels.
  static Object* make(Term tuple, unsigned height = 1);
  // As make(), but parts of the tuple other than its key are kept in the external format where that is
  // smaller.
  static Object* make_compressed(Term tuple, std::size_t keypos, unsigned height);
  static void destroy(Object* o);
  static void retire(Object* o);

  // A live object is a short tuple of immediates, say a counter with its key, of which single elements change
  // in place (with the lock of its part of the table held). Readers without the lock take a copy.
  bool live() const { return (state() & kLive) != 0; }
  // Makes a new object a live one, if it is of that kind.
  void make_live();
  // Element `position` (from 1, not the key), of a live object.
  void set_element(std::size_t position, Term t) { word(position).store(t.bits, std::memory_order_relaxed); }
  // Whether it has not changed since `tuple` was copied from it, or was what it is; with the lock held.
  bool still_is(Term tuple) const;

  bool compressed() const { return (state() & kCompressed) != 0; }
  // Of a compressed object the parts are not what they stand for: see Plain.
  Term tuple() const { return Term::boxed(words_); }
  // keypos counts from 1.
  Term key(std::size_t keypos) const { return {words_[keypos]}; }
  std::size_t arity() const { return header_words(words_[0]); }
  std::size_t size() const { return state() >> kSizeShift; }  // words
  // Words taken in all, for ets:info(T, memory).
  std::size_t footprint() const { return size() + sizeof(Object) / sizeof(Word); }
  // Whether `t` points into this object.
  bool contains(Term t) const {
    return t.is_pointer() && static_cast<std::size_t>(t.pointer() - words_) < size();
  }
  // First binary or magic reference in it, or null.
  const Word* off_heap() const {
    return has_off_heap_word() ? reinterpret_cast<const Word*>(words_[size()]) : nullptr;
  }
  // The tuple, or an element of it (from 1), on a process's heap.
  Term copy_to(Heap& h) const;
  Term copy_element(Heap& h, std::size_t position) const;

  // Kept in its place after its deletion, because somebody walks through the table.
  bool deleted() const { return (state() & kDeleted) != 0; }
  void set_deleted(bool on) {
    if (on)
      state_.fetch_or(kDeleted, std::memory_order_relaxed);
    else
      state_.fetch_and(~kDeleted, std::memory_order_relaxed);
  }

  std::atomic<Object*>& link(unsigned level) {
    return level == 0 ? next : reinterpret_cast<std::atomic<Object*>*>(this)[-static_cast<int>(level)];
  }
  const std::atomic<Object*>& link(unsigned level) const { return const_cast<Object*>(this)->link(level); }
  unsigned height() const { return (state() & kTower) != 0 ? hash : 1; }
  // Without an object: the head of a skip list.
  static Object* make_head(unsigned height);

  std::atomic<Object*> next{nullptr};  // in its bucket, or level 0
  std::uint32_t hash = 0;              // of the key; with a tower, its height

 private:
  static constexpr std::uint32_t kDeleted = 1, kHasOffHeapWord = 2, kCompressed = 4, kLive = 8, kTower = 16;
  static constexpr unsigned kSizeShift = 5;
  static constexpr std::size_t kMostLive = 16;  // words
  Object() = default;
  bool has_off_heap_word() const { return (state() & kHasOffHeapWord) != 0; }
  std::uint32_t state() const { return state_.load(std::memory_order_relaxed); }
  std::atomic_ref<Word> word(std::size_t i) const { return std::atomic_ref(const_cast<Word&>(words_[i])); }
  static Object* allocate(std::size_t words, unsigned height);

  std::atomic<std::uint32_t> state_{0};
  Word words_[];
};

using Objects = std::vector<const Object*>;

// An object's tuple to look at, unpacked if it is compressed; valid as long as this and the object. Of a live
// one only with the lock held.
class Plain {
 public:
  explicit Plain(const Object* o) : tuple_(o->tuple()) {
    if (o->compressed()) tuple_ = o->copy_to(scratch_.emplace());
  }
  Plain(const Plain&) = delete;
  Term tuple() const { return tuple_; }

 private:
  std::optional<BlockHeap> scratch_;
  Term tuple_;
};

}  // namespace joist::ets
