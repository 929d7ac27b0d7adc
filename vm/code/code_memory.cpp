#include "vm/code/code_memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "vm/base/check.hpp"

namespace joist {
namespace {

constexpr std::size_t kHalf = std::size_t{512} << 20;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kCommit = std::size_t{1} << 20;  // threaded code's half becomes usable in such steps

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

// First fit over free pieces, joined with their neighbours when given back.
class Area {
 public:
  void start(std::byte* from, std::size_t bytes) { free_.emplace(from, bytes); }
  std::byte* take(std::size_t bytes) {
    for (auto i = free_.begin(); i != free_.end(); ++i) {
      if (i->second < bytes) continue;
      std::byte* at = i->first;
      const std::size_t rest = i->second - bytes;
      free_.erase(i);
      if (rest != 0) free_.emplace(at + bytes, rest);
      return at;
    }
    return nullptr;
  }
  void give_back(std::byte* at, std::size_t bytes) {
    auto after = free_.lower_bound(at);
    if (after != free_.end() && at + bytes == after->first) {
      bytes += after->second;
      after = free_.erase(after);
    }
    if (after != free_.begin()) {
      auto before = std::prev(after);
      if (before->first + before->second == at) {
        before->second += bytes;
        return;
      }
    }
    free_.emplace(at, bytes);
  }

 private:
  std::map<std::byte*, std::size_t> free_;
};

struct Memory {
  std::mutex mutex;
  std::byte* base = nullptr;  // of the whole range; null if there is none
  std::byte* committed = nullptr;
  Area threaded, native;

  Memory() {
    // Addresses that the kernel and the program's own image leave alone, tried from below.
    for (Word at = 0x10000000; at + 2 * kHalf <= Word{1} << 31; at += 0x8000000) {
      void* got = mmap(reinterpret_cast<void*>(at), 2 * kHalf, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
      if (got == MAP_FAILED) continue;
      if (got != reinterpret_cast<void*>(at)) {  // a kernel that does not know the flag
        munmap(got, 2 * kHalf);
        continue;
      }
      base = committed = static_cast<std::byte*>(got);
      threaded.start(base, kHalf);
      native.start(base + kHalf, kHalf);
      return;
    }
  }
  bool holds(const void* at) const { return base != nullptr && at >= base && at < base + 2 * kHalf; }
};

Memory& memory() {
  static auto* m = new Memory;  // code outlives static destruction
  return *m;
}

}  // namespace

void* code_alloc(std::size_t bytes) {
  bytes = round_up(bytes, 16);
  Memory& m = memory();
  const std::lock_guard lock(m.mutex);
  if (m.base != nullptr) {
    if (std::byte* at = m.threaded.take(bytes)) {
      if (at + bytes <= m.committed) return at;
      const std::size_t more = round_up(static_cast<std::size_t>(at + bytes - m.committed), kCommit);
      if (mprotect(m.committed, more, PROT_READ | PROT_WRITE) == 0) {
        m.committed += more;
        return at;
      }
      m.threaded.give_back(at, bytes);
    }
  }
  void* at = std::malloc(bytes);
  require(at != nullptr, "no memory for code");
  return at;
}

void code_free(void* at, std::size_t bytes) {
  Memory& m = memory();
  if (!m.holds(at)) return std::free(at);
  const std::lock_guard lock(m.mutex);
  m.threaded.give_back(static_cast<std::byte*>(at), round_up(bytes, 16));
}

std::byte* native_alloc(std::size_t bytes) {
  bytes = round_up(bytes, kPage);
  Memory& m = memory();
  const std::lock_guard lock(m.mutex);
  if (m.base == nullptr) return nullptr;
  std::byte* at = m.native.take(bytes);
  if (at == nullptr) return nullptr;
  if (mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0) return at;
  m.native.give_back(at, bytes);
  return nullptr;
}

bool native_seal(std::byte* at, std::size_t bytes) {
  return mprotect(at, round_up(bytes, kPage), PROT_READ | PROT_EXEC) == 0;
}

void native_free(std::byte* at, std::size_t bytes) {
  bytes = round_up(bytes, kPage);
  Memory& m = memory();
  const std::lock_guard lock(m.mutex);
  madvise(at, bytes, MADV_DONTNEED);
  mprotect(at, bytes, PROT_NONE);
  m.native.give_back(at, bytes);
}

}  // namespace joist
