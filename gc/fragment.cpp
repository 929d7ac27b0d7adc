#include "gc/fragment.hpp"

#include "gc/block.hpp"
#include "vm/base/pool.hpp"

namespace joist {

HeapFragment* HeapFragment::make(std::size_t capacity) {
  const std::size_t bytes = sizeof(HeapFragment) + capacity * sizeof(Word);
  void* memory = capacity >= PTRDIFF_MAX / sizeof(Word) - 8 ? nullptr : pool_alloc(bytes);
  if (memory == nullptr) out_of_memory(bytes, "heap fragment");
  auto* f = static_cast<HeapFragment*>(memory);
  f->next = nullptr;
  f->capacity = capacity;
  f->used = 0;
  f->off_heap = {};
  return f;
}

void HeapFragment::free(HeapFragment* f) {
  if (f->off_heap.first != nullptr) release_off_heap(f->off_heap);
  pool_free(f, sizeof(HeapFragment) + f->capacity * sizeof(Word));
}

void HeapFragment::free_chain(HeapFragment* f) {
  while (f != nullptr) {
    HeapFragment* next = f->next;
    free(f);
    f = next;
  }
}

Word* GrowingFragmentHeap::extend(std::size_t n) {
  std::size_t capacity = 64;
  if (chain_ != nullptr) {
    chain_->used = static_cast<std::size_t>(top_ - chain_->words);
    if (chain_->capacity < std::size_t{1} << 17)
      capacity = chain_->capacity * 2;
    else
      capacity = chain_->capacity;
  }
  if (capacity < n) capacity = n;
  HeapFragment* f = HeapFragment::make(capacity);
  f->next = chain_;
  chain_ = f;
  top_ = f->words + n;
  limit_ = f->words + capacity;
  return f->words;
}

HeapFragment* GrowingFragmentHeap::finish() {
  if (chain_ == nullptr) return nullptr;
  chain_->used = static_cast<std::size_t>(top_ - chain_->words);
  chain_->off_heap = off_heap_;
  off_heap_ = {};
  top_ = limit_ = nullptr;
  return std::exchange(chain_, nullptr);
}

}  // namespace joist
