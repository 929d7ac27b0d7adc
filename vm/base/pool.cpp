#include "vm/base/pool.hpp"

#include <cstdlib>
#include <mutex>

namespace joist {

namespace detail {

constinit thread_local PoolLocal pool_local{};

namespace {

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
    std::free(p);
    p = next;
  }
}

// What an ending thread has goes back to malloc; it gets no more magazines afterwards.
struct Flush {
  bool in_use = false;
  ~Flush() {
    for (unsigned c = 0; c < kPoolClasses; ++c) {
      free_objects(pool_local.current[c].first);
      free_objects(pool_local.spare[c]);
      pool_local.current[c] = {};
      pool_local.spare[c] = nullptr;
    }
  }
};
thread_local Flush flush;

}  // namespace

void* pool_refill(unsigned pool_class, std::size_t bytes) {
  PoolMagazine& m = pool_local.current[pool_class];
  void* full = pool_local.spare[pool_class];
  if (full != nullptr) {
    pool_local.spare[pool_class] = nullptr;
  } else {
    Depot& d = depots[pool_class];
    std::lock_guard lock(d.mutex);
    full = d.first;
    if (full == nullptr) return std::malloc(bytes);
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
  void* full = pool_local.spare[pool_class];
  pool_local.spare[pool_class] = m.first;
  m = {};
  if (full == nullptr) return;
  Depot& d = depots[pool_class];
  const std::size_t size = pool_magazine_size(bytes) * bytes;
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

void* pool_alloc_large(std::size_t bytes) { return std::malloc(bytes); }
void pool_free_large(void* p) { std::free(p); }

}  // namespace joist
