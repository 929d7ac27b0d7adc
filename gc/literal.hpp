// literal.hpp -- constant terms of loaded code and persistent_term: in one reserved address range, so that
// "is it a literal" is one comparison. Never moved; freed as whole areas.
// Threads: making areas takes a lock; reading is free.
#pragma once
#include <atomic>

#include "vm/term/heap.hpp"

namespace joist {

constexpr std::size_t kLiteralRangeBytes = std::size_t{1} << 36;  // address space only
extern Word* literal_range_start;                                 // reserved at start-up

inline bool is_literal(const Word* p) {
  return reinterpret_cast<Word>(p) - reinterpret_cast<Word>(literal_range_start) < kLiteralRangeBytes;
}

// One module's (or one persistent term's) literals: a heap that grows inside the range.
class LiteralArea final : public Heap {
 public:
  explicit LiteralArea(std::size_t first_words = 64);
  ~LiteralArea();  // frees the memory: nothing may refer to it any more
  std::size_t words() const;
  bool contains(const Word* p) const;

 protected:
  Word* extend(std::size_t n) override;

 private:
  struct Chunk;
  Chunk* chunks_ = nullptr;
};

// The area that is about to be freed, if there is one: copies of terms do not share it any more. Changes only
// while the world is stopped.
extern std::atomic<const LiteralArea*> leaving_area;
// Whether a copy of a term may go on referring to the object at `p`.
inline bool is_lasting_literal(const Word* p) {
  if (!is_literal(p)) return false;
  const LiteralArea* leaving = leaving_area.load(std::memory_order_relaxed);
  return leaving == nullptr || !leaving->contains(p);
}

void init_literal_range();  // once, before anything else

}  // namespace joist
