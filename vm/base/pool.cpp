#include "vm/base/pool.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace joist {

namespace {

std::atomic<std::ptrdiff_t> counted{0};
constexpr std::ptrdiff_t kMostOwed = 32 * 1024;  // bytes that a thread counts for itself
constinit thread_local std::ptrdiff_t owed = 0;

void settle() {
  counted.fetch_add(owed, std::memory_order_relaxed);
  owed = 0;
}

}  // namespace

void count_bytes(std::ptrdiff_t n) {
  owed += n;
  if (owed > kMostOwed || owed < -kMostOwed) settle();
}

void* counted_malloc(std::size_t bytes) {
  void* p = std::malloc(bytes);
  count_bytes(static_cast<std::ptrdiff_t>(malloc_usable_size(p)));
  return p;
}

void counted_free(void* p) {
  count_bytes(-static_cast<std::ptrdiff_t>(malloc_usable_size(p)));
  std::free(p);
}

void* counted_trim(void* p, std::size_t bytes) {
  count_bytes(-static_cast<std::ptrdiff_t>(malloc_usable_size(p)));
  void* same = std::realloc(p, bytes);
  count_bytes(static_cast<std::ptrdiff_t>(malloc_usable_size(same)));
  return same;
}

std::size_t counted_bytes() {
  const std::ptrdiff_t n = counted.load(std::memory_order_relaxed) + owed;
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

namespace detail {

constinit thread_local PoolLocal pool_local{};

namespace {

constexpr std::size_t kSpareBytes = 256 * 1024;  // of one class, with one thread; at least one magazine
// Full magazines that threads had too many of. Its mutex is innermost: nothing is called while it is held.
constexpr std::size_t kDepotBytes = 8 << 20;  // of one class
struct alignas(64) Depot {
  std::mutex mutex;
  void* first = nullptr;  // magazines, linked through the second word of their first objects
  std::size_t bytes = 0;
};
Depot depots[kPoolClasses];

void*& next_object(void* p) { return static_cast<void**>(p)[0]; }
void*& next_magazine(void* p) { return static_cast<void**>(p)[1]; }

void free_objects(void* p) {
  while (p != nullptr) {
    void* next = next_object(p);
    counted_free(p);
    p = next;
  }
}

// What an ending thread has goes back to malloc; it gets no more magazines afterwards.
struct Flush {
  bool in_use = false;
  ~Flush() {
    for (unsigned c = 0; c < kPoolClasses; ++c) {
      free_objects(pool_local.current[c].first);
      for (void* full = pool_local.spare[c]; full != nullptr;) {
        void* next = next_magazine(full);
        free_objects(full);
        full = next;
      }
      pool_local.current[c] = {};
      pool_local.spare[c] = nullptr;
      pool_local.spare_count[c] = 0;
    }
    settle();
  }
};
thread_local Flush flush;

}  // namespace

void* pool_refill(unsigned pool_class, std::size_t bytes) {
  PoolMagazine& m = pool_local.current[pool_class];
  void* full = pool_local.spare[pool_class];
  if (full != nullptr) {
    pool_local.spare[pool_class] = next_magazine(full);
    --pool_local.spare_count[pool_class];
  } else {
    Depot& d = depots[pool_class];
    std::lock_guard lock(d.mutex);
    full = d.first;
    if (full == nullptr) return counted_malloc(bytes);
    d.first = next_magazine(full);
    d.bytes -= pool_magazine_size(bytes) * bytes;
  }
  m.first = next_object(full);
  m.count = pool_magazine_size(bytes) - 1;
  return full;
}

void pool_put_aside(unsigned pool_class, std::size_t bytes) {
  flush.in_use = true;  // its destructor will run when the thread ends
  PoolMagazine& m = pool_local.current[pool_class];
  void* full = m.first;
  m = {};
  const std::size_t size = pool_magazine_size(bytes) * bytes;
  std::uint32_t& spare_count = pool_local.spare_count[pool_class];
  if (spare_count == 0 || (spare_count + 1) * size <= kSpareBytes) {
    next_magazine(full) = pool_local.spare[pool_class];
    pool_local.spare[pool_class] = full;
    ++spare_count;
    return;
  }
  Depot& d = depots[pool_class];
  {
    std::lock_guard lock(d.mutex);
    if (d.bytes + size <= kDepotBytes) {
      d.bytes += size;
      next_magazine(full) = d.first;
      d.first = full;
      return;
    }
  }
  free_objects(full);
}

}  // namespace detail

void* pool_alloc_large(std::size_t bytes) { return counted_malloc(bytes); }
void pool_free_large(void* p) { counted_free(p); }

}  // namespace joist
