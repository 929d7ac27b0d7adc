// process_heap.hpp -- the memory of one process: a block in which the heap grows up and the stack grows
// down, an old generation, and adopted fragments.
//
//   start_ ......... high_water_ ......... top_ ->      <- stack_ ......... end_
//   survived one collection   | younger  | free      |  stack
//
// Always at least kRedZone words lie free between top_ and stack_, so that a call may push a return
// address without a test. While an instruction handler runs, top and stack live in machine registers; they
// are written back (set_registers) before anything else looks at the heap.
// Owner: the process. Threads: only the one that runs the process. GC: this is it.
#pragma once
#include "gc/fragment.hpp"

namespace joist {

class RootVisitor {
 public:
  virtual void visit(Term* first, std::size_t n) = 0;
  void visit(Term& t) { visit(&t, 1); }

 protected:
  ~RootVisitor() = default;
};
// Visits all terms of `owner` (a Process) that lie outside the stack and the x registers.
using VisitRoots = void (*)(void* owner, RootVisitor&);

struct HeapLimits {
  std::size_t min_heap_words;
  std::size_t min_bin_vheap_words;
  std::uint32_t fullsweep_after;
  std::size_t max_heap_words = 0;  // 0: none
  bool max_heap_kill = true, max_heap_error_logger = true, max_heap_include_shared = false;
};

class ProcessHeap final : public Heap {
 public:
  static constexpr std::size_t kRedZone = 4;

  // No memory is taken before the first use (init()).
  ProcessHeap(const HeapLimits& limits, void* owner, VisitRoots roots);
  ~ProcessHeap();
  void init(std::size_t words);  // first block: for heap, stack and red zone; at least limits.min_heap_words

  // ---- the engine's registers ----
  Word* top() const { return top_; }
  Word* stack() const { return stack_; }
  Word* stack_end() const { return end_; }
  void set_registers(Word* top, Word* stack) {
    top_ = top;
    stack_ = stack;
    limit_ = stack - kRedZone;
  }
  // Pushes one word, for code outside the engine that sets up a call; needs room (reserve()).
  void push(Word w) {
    *--stack_ = w;
    limit_ = stack_ - kRedZone;
  }

  // True if a builder ran out of the block and went on in a fragment: the engine must collect before it
  // goes on (top() is the block's own again after collect() or leave_extension()).
  bool extended() const { return block_top_ != nullptr; }
  // Ends building in a fragment without collecting.
  void leave_extension();

  // ---- fragments ----
  void adopt(HeapFragment* chain);  // they are now part of this heap
  std::size_t fragment_words() const { return fragment_words_; }
  // So much was adopted, or so many off-heap bytes are referred to, that a collection is due at the next
  // safe place.
  bool wants_collection() const {
    return fragment_words_ > static_cast<std::size_t>(end_ - start_) / 2 + 128 ||
           off_heap_.virtual_words > bin_vheap_limit_;
  }
  // Sizes of the binaries referred to by each generation and the limits that make a collection due, in words.
  std::size_t bin_vheap_words() const { return off_heap_.virtual_words; }
  std::size_t bin_vheap_limit() const { return bin_vheap_limit_; }
  std::size_t bin_old_vheap_words() const { return old_off_heap_.virtual_words; }
  std::size_t bin_old_vheap_limit() const { return old_bin_vheap_limit_; }
  // All off-heap objects, for process_info(binary) and memory.
  const OffHeapList& old_off_heap() const { return old_off_heap_; }

  // ---- sizes, in words ----
  std::size_t heap_size() const { return static_cast<std::size_t>(end_ - start_); }
  std::size_t used_words() const {
    return static_cast<std::size_t>((block_top_ ? block_top_ : top_) - start_);
  }
  std::size_t recent_words() const {  // what survived one collection
    return static_cast<std::size_t>(high_water_ - start_);
  }
  std::size_t stack_size() const { return static_cast<std::size_t>(end_ - stack_); }
  std::size_t old_size() const { return static_cast<std::size_t>(old_end_ - old_start_); }
  std::size_t old_used() const { return static_cast<std::size_t>(old_top_ - old_start_); }
  std::size_t total_heap_size() const { return heap_size() + old_size() + fragment_words_; }
  HeapLimits& limits() { return limits_; }
  std::uint32_t minor_collections() const { return minor_collections_; }

  void* owner() const { return owner_; }
  bool contains(const Word* p) const;  // young, old or fragment; slow, for checks

 protected:
  Word* extend(std::size_t n) override;

 private:
  friend class Collector;
  friend class HeapVerifier;
  friend class HeapWalker;

  void close_extension();

  Word* start_ = nullptr;
  Word* end_ = nullptr;
  Word* stack_ = nullptr;
  Word* high_water_ = nullptr;
  Word* old_start_ = nullptr;
  Word* old_top_ = nullptr;
  Word* old_end_ = nullptr;
  Word* block_top_ = nullptr;  // top of the block while top_ is in a fragment
  HeapFragment* fragments_ = nullptr;
  std::size_t fragment_words_ = 0;
  // Objects of the old generation have a list of their own, so that minor collections need not walk it.
  OffHeapList old_off_heap_;
  std::size_t bin_vheap_limit_;
  std::size_t old_bin_vheap_limit_;
  std::uint32_t minor_collections_ = 0;
  std::uint32_t mostly_empty_ =
      0;  // collections one after the other that left little of the young block in use
  HeapLimits limits_;
  void* owner_;
  VisitRoots visit_roots_;
};

}  // namespace joist
