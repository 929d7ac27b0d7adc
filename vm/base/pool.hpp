// pool.hpp -- memory for the many small objects that one thread makes and another one drops: messages,
// fragments, process blocks. malloc takes locks for those; here a lock is taken once for a whole magazine.
//
// Each thread has two magazines of free objects for each class of sizes; full ones that are too many go to
// the depot of all threads, and from there to malloc when it holds too much. Owner: nobody. Threads: any.
// Objects may be given back by another thread than took them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// Classes: 32-byte steps up to kMaxPooledBytes, and behind them those that gc/block.cpp assigns.
constexpr std::size_t kPoolStep = 32, kMaxPooledBytes = 1024;
constexpr unsigned kBytePoolClasses = kMaxPooledBytes / kPoolStep + 1;
constexpr unsigned kBlockPoolClasses = 12;
constexpr unsigned kPoolClasses = kBytePoolClasses + kBlockPoolClasses;

namespace detail {
struct PoolMagazine {
  void* first;  // free objects, linked through their first word
  std::uint32_t count;
};
struct PoolLocal {
  PoolMagazine current[kPoolClasses];
  void* spare[kPoolClasses];  // a full magazine or null
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

// As malloc and free, but free is told the size.
void* pool_alloc_large(std::size_t bytes);
void pool_free_large(void* p);
inline void* pool_alloc(std::size_t bytes) {
  if (kSanitized || bytes > kMaxPooledBytes) return pool_alloc_large(bytes);
  const auto c = static_cast<unsigned>((bytes + kPoolStep - 1) / kPoolStep);
  return pool_take(c, c * kPoolStep);
}
inline void pool_free(void* p, std::size_t bytes) {
  if (kSanitized || bytes > kMaxPooledBytes) return pool_free_large(p);
  const auto c = static_cast<unsigned>((bytes + kPoolStep - 1) / kPoolStep);
  pool_give(c, p, c * kPoolStep);
}

namespace detail {
inline std::uint32_t pool_magazine_size(std::size_t bytes) {
  return bytes <= 512 ? 64 : bytes <= 4096 ? 16 : 4;
}
}  // namespace detail

}  // namespace joist
