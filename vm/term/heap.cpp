#include "vm/term/heap.hpp"

#include <cstdlib>
#include <new>

#include "vm/term/bits.hpp"
#include "vm/term/magic.hpp"

namespace joist {

BlockHeap::~BlockHeap() {
  release_off_heap(off_heap_);
  while (blocks_ != nullptr) {
    Block* next = blocks_->next;
    std::free(blocks_);
    blocks_ = next;
  }
}

Word* BlockHeap::extend(std::size_t n) {
  const std::size_t words = n > next_words_ ? n : next_words_;
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + words * sizeof(Word)));
  if (block == nullptr) throw std::bad_alloc();
  block->next = blocks_;
  blocks_ = block;
  if (next_words_ < 1 << 16) next_words_ *= 2;
  top_ = block->words + n;
  limit_ = block->words + words;
  return block->words;
}

void release_off_heap(OffHeapList& list) {
  Word* object = list.first;
  while (object != nullptr) {
    Word* next = reinterpret_cast<Word*>(object[header_words(*object)]);
    release_off_heap_object(object);
    object = next;
  }
  list = {};
}

void release_off_heap_object(Word* header) {
  switch (header_kind(*header)) {
    case BoxKind::binary_ref: reinterpret_cast<RefcBinary*>(header[1])->release(); break;
    case BoxKind::magic_ref: reinterpret_cast<MagicObject*>(header[3])->release(); break;
    default: fail("an off-heap list holds something else");
  }
}

Term make_tuple_from(Heap& h, std::span<const Term> elements) {
  Word* w = h.alloc(1 + elements.size());
  w[0] = tuple_header(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) w[1 + i] = elements[i].bits;
  return Term::boxed(w);
}

Term make_list_from(Heap& h, std::span<const Term> elements, Term tail) {
  if (elements.empty()) return tail;
  Word* w = h.alloc(2 * elements.size());
  for (std::size_t i = elements.size(); i-- > 0;) {
    w[2 * i] = elements[i].bits;
    w[2 * i + 1] = tail.bits;
    tail = Term::cons(w + 2 * i);
  }
  return tail;
}

Term make_big_int64(Heap& h, std::int64_t n) {
  Word* w = h.alloc(2);
  w[0] = make_header(n < 0 ? BoxKind::big_negative : BoxKind::big_positive, 1);
  w[1] = n < 0 ? ~static_cast<Word>(n) + 1 : static_cast<Word>(n);
  return Term::boxed(w);
}

Term make_big_uint64(Heap& h, std::uint64_t n) {
  Word* w = h.alloc(2);
  w[0] = make_header(BoxKind::big_positive, 1);
  w[1] = n;
  return Term::boxed(w);
}

}  // namespace joist
