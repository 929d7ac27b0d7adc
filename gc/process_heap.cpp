#include "gc/process_heap.hpp"

#include <algorithm>

#include "gc/block.hpp"

namespace joist {

ProcessHeap::ProcessHeap(const HeapLimits& limits, void* owner, VisitRoots roots)
    : bin_vheap_limit_(limits.min_bin_vheap_words),
      old_bin_vheap_limit_(limits.min_bin_vheap_words),
      limits_(limits),
      owner_(owner),
      visit_roots_(roots) {}

ProcessHeap::~ProcessHeap() {
  release_off_heap(off_heap_);
  release_off_heap(old_off_heap_);
  HeapFragment::free_chain(fragments_);
  block_free(old_start_);
  block_free(start_);
}

void ProcessHeap::init(std::size_t words) {
  check(start_ == nullptr, "a process heap is made twice");
  const std::size_t size = next_heap_size(std::max({words, limits_.min_heap_words, kRedZone}));
  start_ = block_alloc(size);
  end_ = start_ + size;
  high_water_ = start_;
  set_registers(start_, end_);
}

Word* ProcessHeap::extend(std::size_t n) {
  if (start_ == nullptr) {
    init(n + kRedZone);
    top_ += n;
    return start_;
  }
  if (block_top_ == nullptr) {
    block_top_ = top_;
  } else {
    close_extension();
  }
  HeapFragment* f = fragments_;
  if (f != nullptr && f->capacity - f->used >= n) {
    // The last fragment has room left: an earlier extension did not use it up.
    fragment_words_ -= f->used;
  } else {
    const std::size_t capacity = std::max(n, std::clamp<std::size_t>(fragment_words_ / 2, 128, 1 << 16));
    f = HeapFragment::make(capacity);
    f->next = fragments_;
    fragments_ = f;
  }
  Word* at = f->words + f->used;
  top_ = at + n;
  limit_ = f->words + f->capacity;
  return at;
}

void ProcessHeap::close_extension() {
  fragments_->used = static_cast<std::size_t>(top_ - fragments_->words);
  fragment_words_ += fragments_->used;
}

void ProcessHeap::leave_extension() {
  if (block_top_ == nullptr) return;
  close_extension();
  Word* top = std::exchange(block_top_, nullptr);
  set_registers(top, stack_);
}

void ProcessHeap::adopt(HeapFragment* chain) {
  if (chain == nullptr) return;
  HeapFragment* last = chain;
  for (HeapFragment* f = chain;; f = f->next) {
    fragment_words_ += f->used;
    if (f->off_heap.first != nullptr) {
      Word* end = f->off_heap.first;
      for (Word* w; (w = reinterpret_cast<Word*>(end[header_words(*end)])) != nullptr;) end = w;
      end[header_words(*end)] = reinterpret_cast<Word>(off_heap_.first);
      off_heap_.first = f->off_heap.first;
      off_heap_.virtual_words += f->off_heap.virtual_words;
      f->off_heap = {};
    }
    last = f;
    if (f->next == nullptr) break;
  }
  // Behind the first one while that is being built into.
  if (block_top_ != nullptr) {
    last->next = fragments_->next;
    fragments_->next = chain;
  } else {
    last->next = fragments_;
    fragments_ = chain;
  }
}

bool ProcessHeap::contains(const Word* p) const {
  if (p >= start_ && p < (block_top_ != nullptr ? block_top_ : top_)) return true;
  if (p >= old_start_ && p < old_top_) return true;
  for (const HeapFragment* f = fragments_; f != nullptr; f = f->next) {
    const Word* end = block_top_ != nullptr && f == fragments_ ? top_ : f->words + f->used;
    if (p >= f->words && p < end) return true;
  }
  return false;
}

}  // namespace joist
