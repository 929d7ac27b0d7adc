// heap.hpp -- where terms are built: a bump allocator whose blocks never move what is already built.
//
// Everything that builds terms takes a `Heap&`: a process heap, a message fragment, the literals of a
// module. When the current block is full, extend() continues in another block (a process heap: in a
// fragment that the next collection adopts). So a BIF may hold terms in C++ variables while it builds;
// only gc/'s Reserve moves terms, and only the engine calls that, between instructions and BIFs.
// Owner: whoever owns the memory. Threads: one at a time.
#pragma once
#include <initializer_list>
#include <span>

#include "vm/term/term.hpp"

namespace joist {

// Objects that own something outside the heap (binary_ref, magic_ref) are chained through their last
// word, newest first, so that the collector can find and release the dead ones.
struct OffHeapList {
  Word* first = nullptr;          // header word of the newest such object
  std::size_t virtual_words = 0;  // size of the binaries referred to, for collection pressure
};

class Heap {
 public:
  Heap() = default;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Room for `n` words, contents undefined: the caller fills all of them before anything else happens.
  Word* alloc(std::size_t n) {
    // Signed: a process heap's limit lies below its top once a call has pushed into the red zone.
    if (limit_ - top_ < static_cast<std::ptrdiff_t>(n)) [[unlikely]]
      return extend(n);
    Word* at = top_;
    top_ += n;
    return at;
  }
  // Gives back the last `n` words of the latest alloc().
  void give_back(std::size_t n) { top_ -= n; }

  OffHeapList& off_heap() { return off_heap_; }
  // Chains a finished off-heap object; its last word is the link.
  void link_off_heap(Word* header, std::size_t payload_words) {
    header[header_words(*header)] = reinterpret_cast<Word>(off_heap_.first);
    off_heap_.first = header;
    off_heap_.virtual_words += payload_words;
  }

 protected:
  ~Heap() = default;
  // Returns room for `n` words elsewhere. Fails (never returns null) if memory has run out.
  virtual Word* extend(std::size_t n) = 0;

  Word* top_ = nullptr;
  Word* limit_ = nullptr;
  OffHeapList off_heap_;
};

// A heap over memory of the caller's whose size was computed beforehand.
class FixedHeap final : public Heap {
 public:
  FixedHeap(Word* start, std::size_t words) {
    top_ = start;
    limit_ = start + words;
  }
  Word* top() const { return top_; }

 protected:
  Word* extend(std::size_t) override { fail("a term is larger than was computed"); }
};

// A heap of its own that grows by blocks: for terms that live outside processes or are on their way.
class BlockHeap final : public Heap {
 public:
  explicit BlockHeap(std::size_t first_block_words = 64) : next_words_(first_block_words) {}
  ~BlockHeap();

 protected:
  Word* extend(std::size_t n) override;

 private:
  struct Block {
    Block* next;
    Word words[];
  };
  Block* blocks_ = nullptr;
  std::size_t next_words_;
};

// Drops what the off-heap objects of a dead heap refer to.
void release_off_heap(OffHeapList& list);

// ---- building --------------------------------------------------------------------------------------
inline Term make_cons(Heap& h, Term head, Term tail) {
  Word* w = h.alloc(2);
  w[0] = head.bits;
  w[1] = tail.bits;
  return Term::cons(w);
}
template <class... Ts>
inline Term make_tuple(Heap& h, Ts... elements) {
  Word* w = h.alloc(1 + sizeof...(Ts));
  Word* at = w;
  *at++ = tuple_header(sizeof...(Ts));
  ((*at++ = Term(elements).bits), ...);
  return Term::boxed(w);
}
Term make_tuple_from(Heap& h, std::span<const Term> elements);
Term make_list_from(Heap& h, std::span<const Term> elements, Term tail = Term::nil());
inline Term make_float(Heap& h, double d) {
  Word* w = h.alloc(2);
  w[0] = make_header(BoxKind::float_, 1);
  w[1] = std::bit_cast<Word>(d);
  return Term::boxed(w);
}
// Integers of any C++ width: small if it fits, else a bignum.
Term make_big_int64(Heap& h, std::int64_t n);
Term make_big_uint64(Heap& h, std::uint64_t n);
inline Term make_int(Heap& h, std::int64_t n) {
  return Term::fits_small(n) ? Term::small(n) : make_big_int64(h, n);
}
inline Term make_uint(Heap& h, std::uint64_t n) {
  return n <= static_cast<std::uint64_t>(Term::kMaxSmall) ? Term::small(static_cast<std::int64_t>(n))
                                                          : make_big_uint64(h, n);
}

}  // namespace joist
