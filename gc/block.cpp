#include "gc/block.hpp"

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

// One word before a block: its capacity, and in the low byte 1 + index of its size (0: an odd size).
struct BlockHeader {
  Word bits;
  std::size_t capacity() const { return bits >> 8; }
  std::size_t stock() const { return bits & 0xff; }
};
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

struct StockKeeper {
  bool in_use = false;
  ~StockKeeper() {
    for (std::size_t i = 0; i < kStockSizes; ++i) {
      while (Word* block = stock.first[i]) {
        stock.first[i] = reinterpret_cast<Word*>(*block);
        std::free(header_of(block));
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
    header = static_cast<BlockHeader*>(std::malloc((words + 1) * sizeof(Word)));
  }
  if (header == nullptr) {
    if (least < words) return block_alloc(least, least);
    out_of_memory(words * sizeof(Word), "heap");
  }
  header->bits = Word{words} << 8 | (stocked ? i + 1 : 0);
  return reinterpret_cast<Word*>(header + 1);
}

void block_free(Word* block) {
  if (block == nullptr) return;
  BlockHeader* header = header_of(block);
  const std::size_t s = header->stock();
  if (s != 0) {
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
  std::free(header);
}

std::size_t block_capacity(const Word* block) { return header_of(block)->capacity(); }

void block_trim(Word* block, std::size_t words) {
  BlockHeader* header = header_of(block);
  // The sanitizers' realloc always moves; glibc's never does when it makes a block smaller.
  if (kSanitized || header->capacity() < 2 * words + 8192) return;
  void* same = std::realloc(header, (words + 1) * sizeof(Word));
  require(same == header, "realloc moved a block when shrinking it");
  header->bits = Word{words} << 8;
}

}  // namespace joist
