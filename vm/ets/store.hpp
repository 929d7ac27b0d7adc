// store.hpp -- where a table keeps its objects: what hash tables and ordered tables have in common.
//
// Reading takes no lock: it sees each operation of others wholly or not at all. Writers lock a part of the
// table (a shard) or all of it. An operation on several objects makes the shard's sequence number odd; who
// reads meanwhile reads again under the lock. Owner: the table, or the epoch when the table has given it up.
// Threads: any that is online (vm/base/epoch.hpp); with `single` only the owner's, and then nothing is
// locked.
#pragma once
#include "vm/base/adaptive_mutex.hpp"
#include "vm/base/function_ref.hpp"
#include "vm/ets/object.hpp"

namespace joist::ets {

enum class Type : std::uint8_t { set, ordered_set, bag, duplicate_bag };

struct Shape {
  Type type = Type::set;
  std::uint32_t keypos = 1;
  bool single = false;        // private: one process only, so far
  bool many_writers = false;  // write_concurrency
};

// A place to go on walking: a bucket of a hash table, in the order in which one walks through it.
using Slot = std::uint64_t;

class Store {
 public:
  explicit Store(const Shape& shape) : shape(shape) {}
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Shape shape;

  // From now on other processes come, too.
  void share() { shape.single = false; }

  Term key_of(const Object* o) const { return o->key(shape.keypos); }

  // ---- reading. What is found stays valid until the thread's next safe point. ----
  // Sets: the object, or null.
  virtual const Object* find(Term key) const = 0;
  // All objects with this key, newest first.
  virtual void find_all(Term key, Objects& found) const = 0;
  // Null: none. With `known` null, the key itself was not found (hash tables only: an error).
  virtual const Object* first() const = 0;
  virtual const Object* last() const = 0;
  virtual const Object* next(Term key, bool* known) const = 0;
  virtual const Object* previous(Term key, bool* known) const = 0;
  // Objects of slot `n`; nullopt-like false: beyond the end. *at_end: exactly the end.
  virtual bool slot(std::uint64_t n, Objects& found, bool* at_end) const = 0;
  // Hash tables: adds the objects of the next bucket from *at on that has any, and moves *at behind it; but
  // looks at no more than kMostBuckets. Returns how many buckets it has looked at: 0 at the end.
  static constexpr std::uint32_t kMostBuckets = 64;
  virtual std::uint32_t scan(Slot* at, Objects& found) const;

  struct Size {
    std::size_t objects = 0, words = 0;
    Size& operator+=(const Size& more) {
      objects += more.objects;
      words += more.words;
      return *this;
    }
  };
  virtual Size size() const = 0;
  std::size_t count() const { return size().objects; }
  std::size_t words() const { return size().words; }
  // Deleted objects that are still there because the table is fixed.
  virtual std::size_t kept() const { return 0; }

  // ---- writing. Objects given become the store's. ----
  virtual void insert(Object* o) = 0;
  // All or, if there is one with such a key already (`only_new`), none; in one step for all who look.
  virtual bool insert_many(const std::vector<Object*>& objects, bool only_new) = 0;
  // Removes all objects with the key; `removed` (may be null) gets them, newest first.
  virtual std::size_t remove(Term key, Objects* removed) = 0;
  // Removes the objects equal to `tuple`.
  virtual std::size_t remove_equal(Term tuple) = 0;
  // Removes this very object, if it is still there, and what `seen` shows.
  virtual bool remove_object(const Object* o, Term seen) = 0;
  // Replaces it; or `by` is destroyed.
  virtual bool replace_object(const Object* o, Term seen, Object* by) = 0;
  // Sets: gives the object (or null) to `change`, and puts what it returns in its place; null leaves it
  // there.
  using Change = FunctionRef<Object*(Object*)>;
  virtual void update(Term key, Change change) = 0;
  // Removes everything while somebody walks through the table.
  virtual std::size_t remove_all() = 0;

  // While fixed, walking with next() and slots goes on after deletions.
  virtual void set_fixed(bool on) = 0;

 protected:
  // A part of the store with its lock.
  struct Part {
    // Of the writers, on a cache line that readers need not touch.
    alignas(64) AdaptiveMutex mutex;  // leaf of the lock order; insert_many takes several, in order
    std::atomic<std::size_t> count{0}, words{0};
    alignas(64) std::atomic<std::uint32_t> sequence{0};

    // Only with the lock held.
    void begin_change() {
      sequence.store(sequence.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_release);
    }
    void end_change() {
      sequence.store(sequence.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    void add(const Object* o) { change_counts(1, o->footprint()); }
    void subtract(const Object* o) { change_counts(-std::size_t{1}, -o->footprint()); }
    void exchange(const Object* old, const Object* o) {
      if (o->footprint() != old->footprint()) change_counts(0, o->footprint() - old->footprint());
    }
    Size size() const {
      return {count.load(std::memory_order_relaxed), words.load(std::memory_order_relaxed)};
    }
    void change_counts(std::size_t objects, std::size_t w) {
      count.store(count.load(std::memory_order_relaxed) + objects, std::memory_order_relaxed);
      words.store(words.load(std::memory_order_relaxed) + w, std::memory_order_relaxed);
    }
  };
  class [[nodiscard]] Locked {
   public:
    Locked(Part& p, bool single) : mutex_(single ? nullptr : &p.mutex) {
      if (mutex_ != nullptr) mutex_->lock();
    }
    ~Locked() {
      if (mutex_ != nullptr) mutex_->unlock();
    }
    Locked(const Locked&) = delete;

   private:
    AdaptiveMutex* mutex_;
  };
  Locked lock(Part& p) const { return Locked(p, shape.single); }

  // What `f` finds in a part, as of one moment. `f` may run several times.
  template <class F>
  auto read(Part& p, F f) const {
    if (shape.single) return f();
    const std::uint32_t before = p.sequence.load(std::memory_order_acquire);
    if ((before & 1) == 0) {
      auto result = f();
      std::atomic_thread_fence(std::memory_order_acquire);
      if (p.sequence.load(std::memory_order_relaxed) == before) return result;
    }
    const Locked locked = lock(p);
    return f();
  }
  // An object that nobody finds any more.
  void drop(Object* o) const {
    if (shape.single)
      Object::destroy(o);
    else
      Object::retire(o);
  }
};

Store* make_hash_store(const Shape& shape);
Store* make_ordered_store(const Shape& shape);

}  // namespace joist::ets
