#include "gc/block.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "vm/base/check.hpp"
#include "vm/base/pool.hpp"

namespace joist {

namespace {

// Fibonacci-like (each the sum of the two before, plus one) up to about a million words, then steps of 20 %.
constexpr std::size_t kSizes = 160;
constexpr auto make_sizes() {
  std::array<std::size_t, kSizes> s{12, 38};
  for (std::size_t i = 2; i < kSizes; ++i) s[i] = i < 23 ? s[i - 1] + s[i - 2] + 1 : s[i - 1] + s[i - 1] / 5;
  return s;
}
constexpr auto kHeapSizes = make_sizes();
static_assert(kHeapSizes[5] == 233 && kHeapSizes[16] == 46422 && kHeapSizes[22] == 833026);

std::size_t size_index(std::size_t words) {
  if (words <= 233) {
    std::size_t i = 0;
    while (kHeapSizes[i] < words) ++i;
    return i;
  }
  return static_cast<std::size_t>(std::lower_bound(kHeapSizes.begin() + 6, kHeapSizes.end(), words) -
                                  kHeapSizes.begin());
}

// One word before a block: its capacity, and in the low byte 1 + index of its size, or one of the two below.
struct BlockHeader {
  Word bits;
  std::size_t capacity() const { return bits >> 8; }
  std::size_t stock() const { return bits & 0xff; }
};
constexpr Word kOdd = 0;         // of an odd size, from malloc
constexpr Word kOddLarge = 255;  // of an odd size, mapped
BlockHeader* header_of(const Word* block) {
  return reinterpret_cast<BlockHeader*>(const_cast<Word*>(block)) - 1;
}

// Sizes up to here come from the pool: processes are often spawned by one thread and end on another.
constexpr std::size_t kPooledSizes = kBlockPoolClasses;
std::size_t pooled_bytes(std::size_t index) { return (kHeapSizes[index] + 1) * sizeof(Word); }

// Larger free blocks a thread keeps for its next collection, which would spend its time in page faults
// otherwise.
constexpr std::size_t kStockSizes = 24;              // up to about a million words
constexpr std::size_t kStockBytesEach = 512 * 1024;  // of one size (but always one block)
constexpr std::size_t kStockBytesAll = 16 << 20;
struct Stock {
  Word* first[kStockSizes];
  std::uint32_t count[kStockSizes];
  std::size_t bytes;
};
constinit thread_local Stock stock{};

// From this size on blocks are mapped, in large pages where the system has them for who asks: a heap that
// grows would spend most of its time in page faults otherwise. (The sanitizers want to see all that malloc
// gives.)
constexpr std::size_t kLargePage = std::size_t{2} << 20;
bool is_large(std::size_t words) { return !kSanitized && words * sizeof(Word) >= kLargePage; }

constexpr std::size_t kPage = 4096;
std::size_t mapped_bytes(std::size_t words) { return ((words + 1) * sizeof(Word) + kPage - 1) & -kPage; }

// Starts at a large page. Null if there is no room.
BlockHeader* map_block(std::size_t words) {
  const std::size_t bytes = mapped_bytes(words);
  void* got = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  char* const base = static_cast<char*>(got);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(base) & (kLargePage - 1);
  if (before != 0) munmap(base, before);
  munmap(base + before + bytes, kLargePage - before);
  madvise(base + before, bytes, MADV_HUGEPAGE);
  count_bytes(static_cast<std::ptrdiff_t>(bytes));
  return reinterpret_cast<BlockHeader*>(base + before);
}

void release(BlockHeader* header) {
  const std::size_t words = header->capacity();
  if (header->stock() == kOddLarge || (header->stock() != kOdd && is_large(words))) {
    munmap(header, mapped_bytes(words));
    count_bytes(-static_cast<std::ptrdiff_t>(mapped_bytes(words)));
  } else {
    counted_free(header);
  }
}

struct StockKeeper {
  bool in_use = false;
  ~StockKeeper() {
    for (std::size_t i = 0; i < kStockSizes; ++i) {
      while (Word* block = stock.first[i]) {
        stock.first[i] = reinterpret_cast<Word*>(*block);
        release(header_of(block));
      }
      stock.count[i] = UINT32_MAX;  // the thread is ending: keep nothing more
    }
  }
};
thread_local StockKeeper keeper;

}  // namespace

void out_of_memory(std::size_t bytes, const char* what) {
  std::fflush(stdout);
  std::fprintf(stderr, "joist: out of memory: cannot allocate %zu bytes (%s)\n", bytes, what);
  std::fflush(stderr);
  _exit(1);
}

std::size_t next_heap_size(std::size_t words) {
  const std::size_t i = size_index(words);
  return i < kSizes ? kHeapSizes[i] : words;
}

Word* block_alloc(std::size_t words, std::size_t least) {
  const std::size_t i = size_index(words);
  const bool stocked = !kSanitized && i < kStockSizes && kHeapSizes[i] == words;
  BlockHeader* header = nullptr;
  if (stocked && i < kPooledSizes) {
    header =
        static_cast<BlockHeader*>(pool_take(kBytePoolClasses + static_cast<unsigned>(i), pooled_bytes(i)));
  } else if (stocked && stock.first[i] != nullptr) {
    Word* block = stock.first[i];
    stock.first[i] = reinterpret_cast<Word*>(*block);
    --stock.count[i];
    stock.bytes -= words * sizeof(Word);
    return block;
  } else if (words < PTRDIFF_MAX / sizeof(Word) - 1) {
    header = is_large(words) ? map_block(words)
                             : static_cast<BlockHeader*>(counted_malloc((words + 1) * sizeof(Word)));
  }
  if (header == nullptr) {
    if (least < words) return block_alloc(least, least);
    out_of_memory(words * sizeof(Word), "heap");
  }
  header->bits = Word{words} << 8 | (stocked ? i + 1 : is_large(words) ? kOddLarge : kOdd);
  return reinterpret_cast<Word*>(header + 1);
}

void block_free(Word* block) {
  if (block == nullptr) return;
  BlockHeader* header = header_of(block);
  const std::size_t s = header->stock();
  if (s != kOdd && s != kOddLarge) {
    const std::size_t i = s - 1, bytes = header->capacity() * sizeof(Word);
    if (i < kPooledSizes)
      return pool_give(kBytePoolClasses + static_cast<unsigned>(i), header, pooled_bytes(i));
    if (stock.count[i] == 0) keeper.in_use = true;  // its destructor will run
    if ((stock.count[i] == 0 || stock.count[i] * bytes < kStockBytesEach) &&
        stock.bytes + bytes <= kStockBytesAll) {
      *block = reinterpret_cast<Word>(stock.first[i]);
      stock.first[i] = block;
      ++stock.count[i];
      stock.bytes += bytes;
      return;
    }
  }
  release(header);
}

std::size_t block_capacity(const Word* block) { return header_of(block)->capacity(); }

void block_trim(Word* block, std::size_t words) {
  BlockHeader* header = header_of(block);
  // The sanitizers' realloc always moves; glibc's never does when it makes a block smaller.
  if (kSanitized || header->capacity() < 2 * words + 8192) return;
  if (is_large(header->capacity()) || header->stock() == kOddLarge) {
    const std::size_t kept = mapped_bytes(words), gone = mapped_bytes(header->capacity()) - kept;
    munmap(reinterpret_cast<char*>(header) + kept, gone);
    count_bytes(-static_cast<std::ptrdiff_t>(gone));
    header->bits = Word{words} << 8 | kOddLarge;
    return;
  }
  void* same = counted_trim(header, (words + 1) * sizeof(Word));
  require(same == header, "realloc moved a block when shrinking it");
  header->bits = Word{words} << 8;
}

}  // namespace joist
