// pool.hpp -- memory for the many small objects that one thread makes and another one drops: messages,
// fragments, process blocks, ETS objects. malloc takes locks for those; here a lock is taken once for a whole
// magazine.
//
// Each thread has a magazine of free objects for each class of sizes, and some full ones; what is too many
// goes to the depot of all threads, and from there to malloc when it holds too much. Owner: nobody. Threads:
// any. Objects may be given back by another thread than took them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// Classes: 16-byte steps up to kMaxPooledBytes, and behind them those that gc/block.cpp assigns. Their sizes
// are those that malloc gives out without waste: its chunks are multiples of 16 and begin with a word of its
// own.
constexpr std::size_t kPoolStep = 16, kMaxPooledBytes = 1016;
constexpr unsigned pool_class_of(std::size_t bytes) {  // at least 1: free objects hold two pointers
  return static_cast<unsigned>((bytes + sizeof(void*) - 1) / kPoolStep | (bytes <= sizeof(void*)));
}
constexpr std::size_t pool_class_bytes(unsigned c) { return c * kPoolStep + sizeof(void*); }
constexpr unsigned kBytePoolClasses = pool_class_of(kMaxPooledBytes) + 1;
constexpr unsigned kBlockPoolClasses = 12;
constexpr unsigned kPoolClasses = kBytePoolClasses + kBlockPoolClasses;

namespace detail {
struct PoolMagazine {
  void* first;  // free objects, linked through their first word
  std::uint32_t count;
};
struct PoolLocal {
  PoolMagazine current[kPoolClasses];
  // Full ones, linked as in the depot: what a scheduler retires in one slice it can use in the next.
  void* spare[kPoolClasses];
  std::uint32_t spare_count[kPoolClasses];
};
extern constinit thread_local PoolLocal pool_local;
void* pool_refill(unsigned pool_class, std::size_t bytes);
void pool_put_aside(unsigned pool_class, std::size_t bytes);
std::uint32_t pool_magazine_size(std::size_t bytes);
}  // namespace detail

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JOIST_SANITIZED 1
#endif
#endif
#if defined(JOIST_SANITIZED)
inline constexpr bool kSanitized = true;  // malloc itself is used, so that the sanitizers see every object
#else
inline constexpr bool kSanitized = false;
#endif

// Memory of `bytes`, the size of all objects of the class; null if there is none.
inline void* pool_take(unsigned pool_class, std::size_t bytes) {
  detail::PoolMagazine& m = detail::pool_local.current[pool_class];
  void* p = m.first;
  if (p == nullptr) [[unlikely]]
    return detail::pool_refill(pool_class, bytes);
  m.first = *static_cast<void**>(p);
  --m.count;
  return p;
}
inline void pool_give(unsigned pool_class, void* p, std::size_t bytes) {
  detail::PoolMagazine& m = detail::pool_local.current[pool_class];
  if (m.count >= detail::pool_magazine_size(bytes)) [[unlikely]]
    detail::pool_put_aside(pool_class, bytes);
  *static_cast<void**>(p) = m.first;
  m.first = p;
  ++m.count;
}

// malloc and free, counted. malloc itself could tell how much it has given out, but walks through all its
// free chunks for that: that takes long once a large table is gone.
void* counted_malloc(std::size_t bytes);
void counted_free(void* p);
void* counted_trim(void* p, std::size_t bytes);  // realloc to fewer bytes
void count_bytes(std::ptrdiff_t n);              // taken (or, if negative, given back) in another way
// Bytes taken and not given back; each thread may owe some dozen kilobytes.
std::size_t counted_bytes();

// As malloc and free, but free is told the size.
void* pool_alloc_large(std::size_t bytes);
void pool_free_large(void* p);
inline void* pool_alloc(std::size_t bytes) {
  if (kSanitized || bytes > kMaxPooledBytes) return pool_alloc_large(bytes);
  const unsigned c = pool_class_of(bytes);
  return pool_take(c, pool_class_bytes(c));
}
inline void pool_free(void* p, std::size_t bytes) {
  if (kSanitized || bytes > kMaxPooledBytes) return pool_free_large(p);
  const unsigned c = pool_class_of(bytes);
  pool_give(c, p, pool_class_bytes(c));
}

namespace detail {
inline std::uint32_t pool_magazine_size(std::size_t bytes) {
  return bytes <= 512 ? 64 : bytes <= 4096 ? 16 : 4;
}
}  // namespace detail

}  // namespace joist
