// fragment.hpp -- heap memory outside a process's block: messages on their way, and what a BIF built
// when the block was full. The receiver adopts a fragment as it is; its next collection copies the
// live part into the block and frees the fragment.
// Owner: one at a time (sender, then queue, then receiver).
#pragma once
#include <utility>

#include "vm/term/heap.hpp"

namespace joist {

struct HeapFragment {
  HeapFragment* next = nullptr;
  std::size_t capacity;  // words
  std::size_t used;      // words, from the start
  OffHeapList off_heap;
  Word words[];

  static HeapFragment* make(std::size_t capacity);
  static void free(HeapFragment* f);  // releases its off-heap objects, too
  static void free_chain(HeapFragment* f);
};

// Builds into one fragment whose size was computed beforehand.
class FragmentHeap final : public Heap {
 public:
  explicit FragmentHeap(std::size_t words) : fragment_(HeapFragment::make(words)) {
    top_ = fragment_->words;
    limit_ = top_ + words;
  }
  ~FragmentHeap() {
    if (fragment_ != nullptr) HeapFragment::free(finish());
  }
  // The finished fragment, now the caller's.
  HeapFragment* finish() {
    fragment_->used = static_cast<std::size_t>(top_ - fragment_->words);
    fragment_->off_heap = off_heap_;
    off_heap_ = {};
    return std::exchange(fragment_, nullptr);
  }

 protected:
  Word* extend(std::size_t) override { fail("a message is larger than was computed"); }

 private:
  HeapFragment* fragment_;
};

// Builds terms of unknown size into a chain of fragments (decoders, collected results).
class GrowingFragmentHeap final : public Heap {
 public:
  GrowingFragmentHeap() = default;
  ~GrowingFragmentHeap() { HeapFragment::free_chain(finish()); }
  HeapFragment* finish();  // the chain, newest first; now the caller's

 protected:
  Word* extend(std::size_t n) override;

 private:
  HeapFragment* chain_ = nullptr;
};

}  // namespace joist
