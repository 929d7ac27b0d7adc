// Hash tables: sets, bags and duplicate bags.
//
// The low bits of a key's hash choose a shard, the others a bucket in it. Each shard grows and shrinks by
// itself, one bucket at a time (linear hashing), so no insertion ever waits for a whole table to be moved.
// The objects of one key stand side by side in their bucket, the newest first; other keys follow in the order
// in which they came.
//
// OTP: programs see the order of buckets (first/next, select). So the hash is the one that OTP takes -- of an
// atom that of its text, else the internal one, which for terms that hold atoms is OTP 27's, but not OTP 25's
// -- and a table without write_concurrency has as many buckets.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <memory>

#include "vm/base/check.hpp"
#include "vm/ets/store.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"

namespace joist::ets {

namespace {

using Link = std::atomic<Object*>;

constexpr unsigned kShardBits = 6;  // with write_concurrency
// Segment n > 0 doubles the number of buckets.
constexpr std::uint32_t kFirstBuckets = 256, kFirstBucketsOfShard = 16;

std::uint32_t hash_of(Term key) { return key.is_atom() ? atom_hash(key) : internal_hash(key); }

class HashStore final : public Store {
 public:
  explicit HashStore(const Shape& shape)
      : Store(shape),
        shard_bits_(shape.many_writers ? kShardBits : 0),
        shards_(new Shard[std::size_t{1} << shard_bits_]) {
    for (std::size_t i = 0; i < shard_count(); ++i)
      shards_[i].start(shape.many_writers ? kFirstBucketsOfShard : kFirstBuckets);
  }
  ~HashStore() override;

  const Object* find(Term key) const override;
  void find_all(Term key, Objects& found) const override;
  const Object* first() const override { return first_from(0); }
  const Object* last() const override { return first(); }
  const Object* next(Term key, bool* known) const override;
  const Object* previous(Term key, bool* known) const override { return next(key, known); }
  bool slot(std::uint64_t n, Objects& found, bool* at_end) const override;
  std::uint32_t scan(Slot* at, Objects& found) const override;

  void insert(Object* o) override;
  bool insert_many(const std::vector<Object*>& objects, bool only_new) override;
  std::size_t remove(Term key, Objects* removed) override;
  std::size_t remove_equal(Term tuple) override;
  bool remove_object(const Object* o, Term seen) override;
  bool replace_object(const Object* o, Term seen, Object* by) override;
  void update(Term key, Change change) override;
  std::size_t remove_all() override;
  void set_fixed(bool on) override;
  std::size_t kept() const override;
  Size size() const override {
    Size sum;
    for (std::size_t i = 0; i < shard_count(); ++i) sum += shards_[i].size();
    return sum;
  }

 private:
  std::size_t shard_count() const { return std::size_t{1} << shard_bits_; }
  struct Shard : Part {
    std::atomic<std::uint32_t> buckets{0};
    std::uint32_t first_buckets = 0;
    std::atomic<Link*> segments[28] = {};
    std::vector<std::uint32_t> with_deleted;  // buckets that hold deleted objects
    void start(std::uint32_t n) {
      first_buckets = n;
      buckets = n;
      segments[0] = new_segment(n);
    }

    static Link* new_segment(std::size_t n) {
      auto* s = static_cast<Link*>(std::calloc(n, sizeof(Link)));
      require(s != nullptr, "no memory left for an ETS table");
      return s;
    }
    unsigned segment_of(std::uint32_t bucket) const {
      return static_cast<unsigned>(std::bit_width(bucket / first_buckets));
    }
    std::uint32_t segment_start(unsigned segment) const {
      return segment == 0 ? 0 : first_buckets << (segment - 1);
    }
    Link& bucket(std::uint32_t i) const {
      const unsigned segment = segment_of(i);
      return segments[segment].load(std::memory_order_acquire)[i - segment_start(segment)];
    }
    // The bucket for a hash whose shard bits are gone already.
    std::uint32_t index(std::uint32_t h) const {
      const std::uint32_t n = buckets.load(std::memory_order_acquire);
      const std::uint32_t mask = std::bit_ceil(n) - 1;
      const std::uint32_t i = h & mask;
      return i < n ? i : i & (mask >> 1);
    }
  };

  Shard& shard_of(std::uint32_t hash) const { return shards_[hash & ((1u << shard_bits_) - 1)]; }
  std::uint32_t bucket_of(const Shard& s, std::uint32_t hash) const { return s.index(hash >> shard_bits_); }
  bool is_set() const { return shape.type == Type::set; }
  bool has_key(const Object* o, std::uint32_t hash, Term key) const {
    return o->hash == hash && equal_exact(key_of(o), key);
  }
  bool fixed() const { return fixed_.load(std::memory_order_relaxed); }

  // The first object with the key in its bucket, deleted or not, or null.
  const Object* seek(const Shard& s, std::uint32_t hash, Term key) const {
    const Object* o = s.bucket(bucket_of(s, hash)).load(std::memory_order_acquire);
    while (o != nullptr && !has_key(o, hash, key)) o = o->next.load(std::memory_order_acquire);
    return o;
  }
  // The link that leads to it; its value is null if there is none.
  Link* seek_link(Shard& s, std::uint32_t hash, Term key) const {
    Link* link = &s.bucket(bucket_of(s, hash));
    for (Object* o; (o = link->load(std::memory_order_relaxed)) != nullptr && !has_key(o, hash, key);)
      link = &o->next;
    return link;
  }
  // The link to this very object, or null.
  Link* link_to(Shard& s, const Object* wanted) const {
    Link* link = &s.bucket(bucket_of(s, wanted->hash));
    for (Object* o; (o = link->load(std::memory_order_relaxed)) != nullptr; link = &o->next)
      if (o == wanted) return link;
    return nullptr;
  }

  const Object* first_from(Slot n) const;
  std::uint64_t slots() const;
  void insert_locked(Shard& s, Object* o);
  // Takes the object behind `link` out; returns the link to what follows.
  Link* take_out(Shard& s, Link* link);
  void adjust_size(Shard& s);
  void grow(Shard& s);
  void shrink(Shard& s);

  const unsigned shard_bits_;
  const std::unique_ptr<Shard[]> shards_;
  std::atomic<bool> fixed_{false};
};

HashStore::~HashStore() {
  for (std::size_t i = 0; i < shard_count(); ++i) {
    Shard& s = shards_[i];
    for (std::uint32_t b = 0; b < s.buckets; ++b)
      for (Object* o = s.bucket(b).load(std::memory_order_relaxed); o != nullptr;) {
        Object* next = o->next.load(std::memory_order_relaxed);
        Object::destroy(o);
        o = next;
      }
    for (auto& segment : s.segments) std::free(segment.load(std::memory_order_relaxed));
  }
}

// ---- reading ----

const Object* HashStore::find(Term key) const {
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  return read(s, [&]() -> const Object* {
    const Object* o = seek(s, hash, key);
    return o != nullptr && !o->deleted() ? o : nullptr;
  });
}

void HashStore::find_all(Term key, Objects& found) const {
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  const std::size_t before = found.size();
  read(s, [&] {
    found.resize(before);
    for (const Object* o = seek(s, hash, key); o != nullptr && has_key(o, hash, key);
         o = o->next.load(std::memory_order_acquire))
      if (!o->deleted()) found.push_back(o);
    return true;
  });
}

// For slot/2, slot n is bucket n / shards of shard n % shards.
std::uint64_t HashStore::slots() const {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < shard_count(); ++i)
    most = std::max<std::uint64_t>(most, shards_[i].buckets.load(std::memory_order_relaxed));
  return most << shard_bits_;
}

// Who walks takes one shard after the other: those who write shards touch their cache lines.
constexpr unsigned kSlotShard = 32;
constexpr Slot first_slot_of(std::size_t shard) { return Slot{shard} << kSlotShard; }

const Object* HashStore::first_from(Slot n) const {
  auto b = static_cast<std::uint32_t>(n);
  for (std::size_t i = n >> kSlotShard; i < shard_count(); ++i, b = 0) {
    Shard& s = shards_[i];
    const Object* o = read(s, [&]() -> const Object* {
      const std::uint32_t buckets = s.buckets.load(std::memory_order_acquire);
      for (std::uint32_t k = b; k < buckets; ++k) {
        const Object* at = s.bucket(k).load(std::memory_order_acquire);
        while (at != nullptr && at->deleted()) at = at->next.load(std::memory_order_acquire);
        if (at != nullptr) return at;
      }
      return nullptr;
    });
    if (o != nullptr) return o;
  }
  return nullptr;
}

std::uint32_t HashStore::scan(Slot* at, Objects& found) const {
  const std::size_t before = found.size();
  std::uint32_t looked_at = 0;
  for (;;) {
    const std::size_t i = *at >> kSlotShard;
    if (i >= shard_count()) return looked_at;
    Shard& s = shards_[i];
    const auto first = static_cast<std::uint32_t>(*at);
    std::uint32_t b = first;
    const bool more = read(s, [&] {
      found.resize(before);
      const std::uint32_t buckets = s.buckets.load(std::memory_order_acquire);
      for (b = first; b < buckets && b - first < kMostBuckets && found.size() == before; ++b)
        for (const Object* o = s.bucket(b).load(std::memory_order_acquire); o != nullptr;
             o = o->next.load(std::memory_order_acquire))
          if (!o->deleted()) found.push_back(o);
      return b < buckets;
    });
    looked_at += b - first + 1;
    *at = more ? (*at & ~Slot{UINT32_MAX}) | b : first_slot_of(i + 1);
    if (found.size() > before || looked_at >= kMostBuckets) return looked_at;
  }
}

const Object* HashStore::next(Term key, bool* known) const {
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  std::uint32_t b = 0;
  const Object* o = read(s, [&]() -> const Object* {
    b = bucket_of(s, hash);
    const Object* at = seek(s, hash, key);
    *known = at != nullptr;
    while (at != nullptr && (at->deleted() || has_key(at, hash, key)))
      at = at->next.load(std::memory_order_acquire);
    return at;
  });
  if (o != nullptr || !*known) return o;
  return first_from(first_slot_of(hash & (shard_count() - 1)) + b + 1);
}

bool HashStore::slot(std::uint64_t n, Objects& found, bool* at_end) const {
  const std::uint64_t end = slots();
  *at_end = n == end;
  if (n >= end) return false;
  Shard& s = shards_[n & (shard_count() - 1)];
  const auto b = static_cast<std::uint32_t>(n >> shard_bits_);
  const std::size_t before = found.size();
  read(s, [&] {
    found.resize(before);
    if (b >= s.buckets.load(std::memory_order_acquire)) return true;
    for (const Object* o = s.bucket(b).load(std::memory_order_acquire); o != nullptr;
         o = o->next.load(std::memory_order_acquire))
      if (!o->deleted()) found.push_back(o);
    return true;
  });
  return true;
}

// ---- writing ----

void HashStore::insert_locked(Shard& s, Object* o) {
  Link* link = seek_link(s, o->hash, key_of(o));
  Object* old = link->load(std::memory_order_relaxed);
  if (old == nullptr) {
    o->next.store(nullptr, std::memory_order_relaxed);
    link->store(o, std::memory_order_release);
    s.add(o);
    adjust_size(s);
    return;
  }
  if (is_set()) {
    if (old->deleted())
      s.add(o);
    else
      s.exchange(old, o);
    o->next.store(old->next.load(std::memory_order_relaxed), std::memory_order_relaxed);
    link->store(o, std::memory_order_release);
    drop(old);
    return;
  }
  if (shape.type == Type::bag)
    for (Object* at = old; at != nullptr && has_key(at, o->hash, key_of(o));
         at = at->next.load(std::memory_order_relaxed))
      // One that has been deleted stays so: what is inserted anew is the newest.
      if (!at->deleted() && equal_exact(Plain(at).tuple(), Plain(o).tuple())) {
        Object::destroy(o);
        return;
      }
  o->next.store(old, std::memory_order_relaxed);
  link->store(o, std::memory_order_release);
  s.add(o);
  adjust_size(s);
}

void HashStore::insert(Object* o) {
  o->hash = hash_of(key_of(o));
  Shard& s = shard_of(o->hash);
  const Locked locked = lock(s);
  insert_locked(s, o);
}

bool HashStore::insert_many(const std::vector<Object*>& objects, bool only_new) {
  std::uint64_t used = 0;
  for (Object* o : objects) {
    o->hash = hash_of(key_of(o));
    used |= std::uint64_t{1} << (o->hash & (shard_count() - 1));
  }
  const auto each_used = [&](auto f) {
    for (std::uint64_t left = used; left != 0; left &= left - 1) f(shards_[std::countr_zero(left)]);
  };
  if (!shape.single) each_used([](Shard& s) { s.mutex.lock(); });
  bool ok = true;
  if (only_new)
    for (const Object* o : objects) {
      const Shard& s = shard_of(o->hash);
      const Object* at = seek(s, o->hash, key_of(o));
      for (; ok && at != nullptr && has_key(at, o->hash, key_of(o));
           at = at->next.load(std::memory_order_relaxed))
        if (!at->deleted()) ok = false;
    }
  if (ok) {
    const bool visible_between = objects.size() > 1;
    if (visible_between) each_used([](Shard& s) { s.begin_change(); });
    // The number is odd already: growing must not make it even.
    const auto put = [&](Object* o) { insert_locked(shard_of(o->hash), o); };
    if (shape.type == Type::bag)  // OTP: the last one first
      std::for_each(objects.rbegin(), objects.rend(), put);
    else
      std::for_each(objects.begin(), objects.end(), put);
    if (visible_between) each_used([](Shard& s) { s.end_change(); });
  }
  if (!shape.single) each_used([](Shard& s) { s.mutex.unlock(); });
  if (!ok)
    for (Object* o : objects) Object::destroy(o);
  return ok;
}

Link* HashStore::take_out(Shard& s, Link* link) {
  Object* o = link->load(std::memory_order_relaxed);
  s.subtract(o);
  if (fixed()) {
    o->set_deleted(true);
    s.with_deleted.push_back(bucket_of(s, o->hash));
    return &o->next;
  }
  link->store(o->next.load(std::memory_order_relaxed), std::memory_order_release);
  drop(o);
  return link;
}

std::size_t HashStore::remove(Term key, Objects* removed) {
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  const Locked locked = lock(s);
  Link* link = seek_link(s, hash, key);
  std::size_t n = 0;
  bool changing = false;
  for (Object* o; (o = link->load(std::memory_order_relaxed)) != nullptr && has_key(o, hash, key);) {
    if (o->deleted()) {
      link = &o->next;
      continue;
    }
    if (!is_set() && !changing) {
      s.begin_change();
      changing = true;
    }
    if (removed != nullptr) removed->push_back(o);
    link = take_out(s, link);
    ++n;
  }
  if (changing) s.end_change();
  if (n > 0) adjust_size(s);
  return n;
}

std::size_t HashStore::remove_equal(Term tuple) {
  const Term key = Tuple::of(tuple)[shape.keypos - 1];
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  const Locked locked = lock(s);
  Link* link = seek_link(s, hash, key);
  std::size_t n = 0;
  s.begin_change();
  for (Object* o; (o = link->load(std::memory_order_relaxed)) != nullptr && has_key(o, hash, key);) {
    if (o->deleted() || !equal_exact(Plain(o).tuple(), tuple)) {
      link = &o->next;
      continue;
    }
    link = take_out(s, link);
    ++n;
  }
  s.end_change();
  if (n > 0) adjust_size(s);
  return n;
}

bool HashStore::remove_object(const Object* o, Term seen) {
  Shard& s = shard_of(o->hash);
  const Locked locked = lock(s);
  Link* link = link_to(s, o);
  if (link == nullptr || o->deleted() || !o->still_is(seen)) return false;
  take_out(s, link);
  adjust_size(s);
  return true;
}

bool HashStore::replace_object(const Object* o, Term seen, Object* by) {
  Shard& s = shard_of(o->hash);
  const Locked locked = lock(s);
  Link* link = link_to(s, o);
  if (link == nullptr || o->deleted() || !o->still_is(seen)) {
    Object::destroy(by);
    return false;
  }
  Object* old = link->load(std::memory_order_relaxed);
  by->hash = old->hash;
  by->next.store(old->next.load(std::memory_order_relaxed), std::memory_order_relaxed);
  s.exchange(old, by);
  link->store(by, std::memory_order_release);
  drop(old);
  return true;
}

void HashStore::update(Term key, Change change) {
  const std::uint32_t hash = hash_of(key);
  Shard& s = shard_of(hash);
  const Locked locked = lock(s);
  Link* link = seek_link(s, hash, key);
  Object* old = link->load(std::memory_order_relaxed);
  Object* changed = change(old != nullptr && !old->deleted() ? old : nullptr);
  if (changed == nullptr) return;
  changed->hash = hash;
  insert_locked(s, changed);
}

std::size_t HashStore::remove_all() {
  std::size_t n = 0;
  for (std::size_t i = 0; i < shard_count(); ++i) {
    Shard& s = shards_[i];
    const Locked locked = lock(s);
    s.begin_change();
    const std::uint32_t buckets = s.buckets.load(std::memory_order_relaxed);
    for (std::uint32_t b = 0; b < buckets; ++b)
      for (Link* link = &s.bucket(b); Object* o = link->load(std::memory_order_relaxed);) {
        if (o->deleted()) {
          link = &o->next;
        } else {
          link = take_out(s, link);
          ++n;
        }
      }
    s.end_change();
  }
  return n;
}

std::size_t HashStore::kept() const {
  std::size_t n = 0;
  for (std::size_t i = 0; i < shard_count(); ++i) {
    const Locked locked = lock(shards_[i]);
    n += shards_[i].with_deleted.size();
  }
  return n;
}

void HashStore::set_fixed(bool on) {
  fixed_.store(on, std::memory_order_relaxed);
  for (std::size_t i = 0; i < shard_count(); ++i) {
    Shard& s = shards_[i];
    const Locked locked = lock(s);  // whoever has not seen the flag is done
    if (fixed() || s.with_deleted.empty()) continue;
    s.begin_change();
    for (const std::uint32_t b : s.with_deleted)
      for (Link* link = &s.bucket(b); Object* o = link->load(std::memory_order_relaxed);) {
        if (!o->deleted()) {
          link = &o->next;
          continue;
        }
        link->store(o->next.load(std::memory_order_relaxed), std::memory_order_release);
        drop(o);
      }
    s.with_deleted.clear();
    s.end_change();
  }
}

// ---- growing and shrinking ----

void HashStore::adjust_size(Shard& s) {
  if (fixed()) return;
  const std::uint32_t n = s.buckets.load(std::memory_order_relaxed);
  const std::size_t count = s.count.load(std::memory_order_relaxed);
  const bool larger = count > n && n < (1u << 31);
  const bool smaller = count < n / 4 && n > s.first_buckets;
  if (!larger && !smaller) return;
  const bool inside_change = (s.sequence.load(std::memory_order_relaxed) & 1) != 0;
  if (!inside_change) s.begin_change();
  if (larger)
    grow(s);
  else
    shrink(s);
  if (!inside_change) s.end_change();
}

// Splits a bucket: those whose next hash bit is set go to a new one. Their order stays, so a reader that
// happens to cross over still comes to an end; it then notices that it must read again.
void HashStore::grow(Shard& s) {
  const std::uint32_t n = s.buckets.load(std::memory_order_relaxed);
  const std::uint32_t half = std::bit_floor(n);
  const unsigned segment = s.segment_of(n);
  if (s.segments[segment].load(std::memory_order_relaxed) == nullptr)
    s.segments[segment].store(Shard::new_segment(s.segment_start(segment)), std::memory_order_release);
  Link* stay = &s.bucket(n - half);
  Link* go = &s.bucket(n);
  for (Object *o = stay->load(std::memory_order_relaxed), *next; o != nullptr; o = next) {
    next = o->next.load(std::memory_order_relaxed);
    Link*& to = (o->hash >> shard_bits_ & half) != 0 ? go : stay;
    to->store(o, std::memory_order_release);
    to = &o->next;
  }
  stay->store(nullptr, std::memory_order_release);
  go->store(nullptr, std::memory_order_release);
  s.buckets.store(n + 1, std::memory_order_release);
}

// Appends the last bucket to the one it was split from. A segment that becomes empty stays for the next
// growth.
void HashStore::shrink(Shard& s) {
  const std::uint32_t n = s.buckets.load(std::memory_order_relaxed) - 1;
  Link* end = &s.bucket(n - std::bit_floor(n));
  while (Object* o = end->load(std::memory_order_relaxed)) end = &o->next;
  Link& last = s.bucket(n);
  end->store(last.load(std::memory_order_relaxed), std::memory_order_release);
  last.store(nullptr, std::memory_order_release);
  s.buckets.store(n, std::memory_order_release);
}

}  // namespace

Store* make_hash_store(const Shape& shape) { return new HashStore(shape); }

std::uint32_t Store::scan(Slot*, Objects&) const { fail("a table that has no buckets"); }

}  // namespace joist::ets
