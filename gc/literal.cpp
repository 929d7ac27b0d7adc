#include "gc/literal.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "gc/block.hpp"
#include "gc/literal_totals.hpp"
#include "vm/base/lock.hpp"

namespace joist {

// Until the range is reserved, no address is in it.
Word* literal_range_start = reinterpret_cast<Word*>(Word{1} << 63);

std::atomic<const LiteralArea*> leaving_area{nullptr};

namespace {

constexpr std::size_t kGranule = 256;  // bytes; sizes of chunks are multiples of it
constexpr std::size_t kPage = 4096;
constexpr std::size_t kCommitStep = std::size_t{1} << 20;
constexpr std::size_t kMostWhenLimited = std::size_t{1} << 30, kLeastRange = std::size_t{64} << 20;
void* const kNowhere = reinterpret_cast<void*>(Word{1} << 45);
constexpr std::size_t kDecommitFrom = 64 * 1024;  // smaller free ranges keep their pages

// The range below `frontier` is readable and writable; free ranges below `frontier` are found by size, and by
// address so that neighbours melt together.
struct Range {
  Mutex<LockLevel::literal_area> mutex;
  bool reserved = false;
  std::size_t bytes = 0;                        // that the system let us have, at most the whole range
  std::size_t frontier = 0;                     // bytes handed out at least once
  std::size_t committed = 0;                    // bytes made accessible
  std::size_t chunks = 0, chunk_bytes = 0;      // in use
  std::map<std::size_t, std::size_t> by_start;  // start -> size
  std::set<std::pair<std::size_t, std::size_t>> by_size;  // (size, start)
};
Range& range() {
  static Range* r = new Range;  // never destroyed: areas may outlive static destructors
  return *r;
}
using RangeLock = Locked<LockLevel::literal_area>;

void reserve_range(Range& r, const RangeLock&) {
  if (r.reserved) return;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  r.bytes = kLiteralRangeBytes;
  void* at = mmap(nullptr, r.bytes, PROT_NONE, kFlags, -1, 0);
  // Where address space is limited (ulimit -v) we take only the beginning of a range in the middle of
  // nowhere: nobody else's memory ever lies in the rest of it, so one comparison still tells literals.
  for (std::size_t less = kMostWhenLimited; at == MAP_FAILED && less >= kLeastRange; less /= 4) {
    r.bytes = less;
    at = mmap(kNowhere, r.bytes, PROT_NONE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
  }
  if (at == MAP_FAILED) out_of_memory(r.bytes, "literal address range");
  // Only a smaller core file; undone below for the part that is used.
  madvise(at, r.bytes, MADV_DONTDUMP);
  literal_range_start = static_cast<Word*>(at);
  r.reserved = true;
}

char* base() { return reinterpret_cast<char*>(literal_range_start); }

void remove_free(Range& r, std::size_t start, std::size_t size, const RangeLock&) {
  r.by_start.erase(start);
  r.by_size.erase({size, start});
}
void add_free(Range& r, std::size_t start, std::size_t size, const RangeLock&) {
  r.by_start.emplace(start, size);
  r.by_size.emplace(size, start);
}

void* take(std::size_t bytes) {
  Range& r = range();
  RangeLock locked(r.mutex);
  reserve_range(r, locked);
  ++r.chunks;
  r.chunk_bytes += bytes;
  if (auto it = r.by_size.lower_bound({bytes, 0}); it != r.by_size.end()) {
    const auto [size, start] = *it;
    remove_free(r, start, size, locked);
    if (size > bytes) add_free(r, start + bytes, size - bytes, locked);
    return base() + start;
  }
  if (bytes > r.bytes - r.frontier) out_of_memory(bytes, "literals");
  const std::size_t start = r.frontier;
  r.frontier += bytes;
  if (r.frontier > r.committed) {
    const std::size_t more = std::min(
        (r.frontier - r.committed + kCommitStep - 1) / kCommitStep * kCommitStep, r.bytes - r.committed);
    if (mprotect(base() + r.committed, more, PROT_READ | PROT_WRITE) != 0) out_of_memory(bytes, "literals");
    madvise(base() + r.committed, more, MADV_DODUMP);
    r.committed += more;
  }
  return base() + start;
}

void give(void* at, std::size_t bytes) {
  Range& r = range();
  RangeLock locked(r.mutex);
  --r.chunks;
  r.chunk_bytes -= bytes;
  std::size_t start = static_cast<std::size_t>(static_cast<char*>(at) - base()), size = bytes;
  if (auto after = r.by_start.find(start + size); after != r.by_start.end()) {
    const std::size_t after_start = after->first, after_size = after->second;
    remove_free(r, after_start, after_size, locked);
    size += after_size;
  }
  if (auto before = r.by_start.lower_bound(start); before != r.by_start.begin()) {
    --before;
    if (before->first + before->second == start) {
      const std::size_t before_start = before->first, before_size = before->second;
      remove_free(r, before_start, before_size, locked);
      start = before_start;
      size += before_size;
    }
  }
  add_free(r, start, size, locked);
  if (size >= kDecommitFrom) {
    const std::size_t first = (start + kPage - 1) / kPage * kPage, last = (start + size) / kPage * kPage;
    madvise(base() + first, last - first, MADV_DONTNEED);
  }
}

}  // namespace

void init_literal_range() {
  Range& r = range();
  RangeLock locked(r.mutex);
  reserve_range(r, locked);
}

LiteralTotals literal_totals() {
  Range& r = range();
  RangeLock locked(r.mutex);
  return {r.chunks, r.chunk_bytes, r.committed, r.bytes};
}

struct LiteralArea::Chunk {
  Chunk* next;
  std::size_t bytes;  // with this header
  Word* top;          // end of what is used, once the chunk is no longer the current one
  Word words[];
};

// The first chunk is made when it is needed, and just as large as the caller believes it must be.
LiteralArea::LiteralArea(std::size_t first_words) {
  if (first_words == 0) return;
  extend(first_words);
  top_ -= first_words;
}

LiteralArea::~LiteralArea() {
  release_off_heap(off_heap_);
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    give(chunks_, chunks_->bytes);
    chunks_ = next;
  }
}

Word* LiteralArea::extend(std::size_t n) {
  std::size_t words = n;
  if (chunks_ != nullptr) {
    chunks_->top = top_;
    const std::size_t twice = 2 * (chunks_->bytes / sizeof(Word));
    if (words < twice) words = twice < 8192 ? twice : 8192 < n ? n : 8192;
  }
  if (words > kLiteralRangeBytes / sizeof(Word) - 64) out_of_memory(words * sizeof(Word), "literals");
  const std::size_t bytes = (sizeof(Chunk) + words * sizeof(Word) + kGranule - 1) / kGranule * kGranule;
  auto* chunk = static_cast<Chunk*>(take(bytes));
  chunk->next = chunks_;
  chunk->bytes = bytes;
  chunk->top = nullptr;
  chunks_ = chunk;
  top_ = chunk->words + n;
  limit_ = reinterpret_cast<Word*>(reinterpret_cast<char*>(chunk) + bytes);
  return chunk->words;
}

std::size_t LiteralArea::words() const {
  std::size_t sum = 0;
  for (const Chunk* c = chunks_; c != nullptr; c = c->next)
    sum += static_cast<std::size_t>((c == chunks_ ? top_ : c->top) - c->words);
  return sum;
}

bool LiteralArea::contains(const Word* p) const {
  for (const Chunk* c = chunks_; c != nullptr; c = c->next)
    if (p >= c->words && p < (c == chunks_ ? top_ : c->top)) return true;
  return false;
}

}  // namespace joist
