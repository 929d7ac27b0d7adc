// literal.hpp -- constant terms of loaded code and persistent_term: in one reserved address range, so that
// "is it a literal" is one comparison. Never moved; freed as whole areas.
// Threads: making areas takes a lock; reading is free.
#pragma once
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

void init_literal_range();  // once, before anything else

}  // namespace joist
