#include "gc/copy.hpp"

#include <cstring>
#include <unordered_set>

#include "gc/literal.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {

namespace {

// What is left where it is, one answer for each use of the copier below.
struct ShareLiterals {
  bool operator()(const Word* p) const { return is_lasting_literal(p); }
};
struct ShareNothing {
  bool operator()(const Word*) const { return false; }
};
struct ShareOtherLiterals {
  const LiteralArea& area;
  bool operator()(const Word* p) const { return is_literal(p) && !area.contains(p); }
};

// A match context is no term of Erlang's, but code that no compiler made may put it into one: it is copied as
// the bitstring that is left in it.
bool is_part_of_bits(BoxKind kind) { return kind == BoxKind::sub_bits || kind == BoxKind::match_context; }

// What becomes of a sub_bits that is copied: a small one becomes heap_bits of its own; a larger one is
// copied with a binary_ref of its own, if that is not shared.
bool becomes_heap_bits(const Word* sub) { return bytes_for_bits(sub[4]) <= kMaxHeapBytes; }

// Words of the object at `w`, without what it refers to.
template <class Shared>
std::size_t object_size(const Word* w, const Shared& shared) {
  const BoxKind kind = header_kind(*w);
  if (is_part_of_bits(kind)) {
    if (becomes_heap_bits(w)) return heap_bits_words(w[4]);
    return shared(Term{w[1]}.box_words()) ? kSubBitsWords : kSubBitsWords + kBinaryRefWords;
  }
  return header_words(*w) + 1;
}

template <class Shared>
std::size_t size_of(Term t, const Shared& shared) {
  std::size_t sum = 0;
  WorkStack<Term, 64> rest;
  for (;;) {
    while (t.is_cons()) {
      const Word* cell = t.cons_words();
      if (shared(cell)) break;
      sum += 2;
      const Term head{cell[0]};
      if (head.is_pointer()) rest.push(head);
      t = {cell[1]};
    }
    if (t.is_boxed()) {
      const Word* w = t.box_words();
      if (!shared(w)) {
        sum += object_size(w, shared);
        if (box_is_terms(header_kind(*w)))
          for (const Word *at = w + 1, *end = at + header_words(*w); at < end; ++at)
            if (Term{*at}.is_pointer()) rest.push({*at});
      }
    }
    if (rest.empty()) return sum;
    t = rest.pop();
  }
}

// Copies into the room behind `top_`, which the caller has made large enough, breadth first but lists in one
// piece: a copied object's pointers still lead to the originals until scan() has come to it.
template <class Shared>
class Copier {
 public:
  Copier(Heap& heap, Word* at, std::size_t words, const Shared& shared)
      : heap_(heap), shared_(shared), start_(at), bytes_(words * sizeof(Word)), top_(at) {}

  Term copy(Term t) {
    if (t.is_cons()) {
      t = copy_cons(t);
    } else {
      t = copy_box(t);
    }
    scan();
    check(static_cast<std::size_t>(top_ - start_) * sizeof(Word) == bytes_,
          "a copy has not the size computed");
    return t;
  }

 private:
  Term copy_cons(Term t) {
    const Word* from = t.cons_words();
    Word* to = top_;
    const Term result = Term::cons(to);
    for (;;) {
      to[0] = from[0];
      const Term tail{from[1]};
      if (!tail.is_cons() || shared_(tail.cons_words())) {
        to[1] = tail.bits;
        break;
      }
      to[1] = Term::cons(to + 2).bits;
      to += 2;
      from = tail.cons_words();
    }
    top_ = to + 2;
    return result;
  }

  Term copy_box(Term t) {
    const Word* from = t.box_words();
    Word* to = top_;
    const Word header = *from;
    const BoxKind kind = header_kind(header);
    if (is_part_of_bits(kind)) return copy_sub_bits(from);
    const std::size_t n = header_words(header) + 1;
    if (n > 32) {
      std::memcpy(to, from, n * sizeof(Word));
    } else {
      for (std::size_t i = 0; i < n; ++i) {
        to[i] = from[i];
        asm("" : "+r"(i));  // few words: no call of memcpy
      }
    }
    top_ += n;
    if (kind == BoxKind::magic_ref) {
      reinterpret_cast<MagicObject*>(to[3])->retain();
      heap_.link_off_heap(to, 0);
    }
    return Term::boxed(to);
  }

  Term copy_sub_bits(const Word* from) {
    Word* to = top_;
    const std::size_t size = from[4];
    if (becomes_heap_bits(from)) {
      const std::size_t words = heap_bits_words(size);
      to[0] = make_header(BoxKind::heap_bits, words - 1);
      to[words - 1] = 0;
      to[1] = size;
      copy_bits(reinterpret_cast<std::uint8_t*>(to + 2), 0, reinterpret_cast<const std::uint8_t*>(from[2]),
                from[3], size);
      top_ += words;
      return Term::boxed(to);
    }
    to[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1);  // without the writable flag
    to[2] = from[2];
    to[3] = from[3];
    to[4] = size;
    top_ += kSubBitsWords;
    const Word* under = Term{from[1]}.box_words();
    if (shared_(under)) {
      to[1] = from[1];
    } else {
      auto* binary = reinterpret_cast<RefcBinary*>(under[1]);
      binary->retain();
      top_[0] = make_header(BoxKind::binary_ref, kBinaryRefWords - 1);
      top_[1] = under[1];
      heap_.link_off_heap(top_, words_for_bytes(binary->capacity));
      to[1] = Term::boxed(top_).bits;
      top_ += kBinaryRefWords;
    }
    return Term::boxed(to);
  }

  void scan() {
    for (Word* at = start_; at < top_;) {
      const Term t{*at};
      if (t.is_small()) {
        ++at;
      } else if (t.is_cons()) {
        // A tail may have been copied together with its list already.
        const Word* p = t.cons_words();
        if (reinterpret_cast<Word>(p) - reinterpret_cast<Word>(start_) >= bytes_ && !shared_(p))
          *at = copy_cons(t).bits;
        ++at;
      } else if (t.is_boxed()) {
        if (!shared_(t.box_words())) *at = copy_box(t).bits;
        ++at;
      } else if (t.is_header() && !box_is_terms(header_kind(t.bits))) {
        at += 1 + header_words(t.bits);
      } else {
        ++at;
      }
    }
  }

  Heap& heap_;
  const Shared shared_;
  Word* const start_;
  const std::size_t bytes_;
  Word* top_;
};

}  // namespace

bool is_shared_term(Term t) { return t.is_immediate() || is_lasting_literal(t.pointer()); }

std::size_t flat_size(Term t) { return t.is_immediate() ? 0 : size_of(t, ShareLiterals{}); }
std::size_t flat_size_with_literals(Term t) { return t.is_immediate() ? 0 : size_of(t, ShareNothing{}); }

template <class Shared>
static Term copy_unless(Heap& to, Term t, const Shared& shared) {
  if (t.is_immediate() || shared(t.pointer())) return t;
  const std::size_t words = size_of(t, shared);
  return Copier<Shared>(to, to.alloc(words), words, shared).copy(t);
}

Term copy_term(Heap& to, Term t) { return copy_unless(to, t, ShareLiterals{}); }
Term copy_with_literals(Heap& to, Term t) { return copy_unless(to, t, ShareNothing{}); }
Term copy_out_of_area(Heap& to, Term t, const LiteralArea& area) {
  return copy_unless(to, t, ShareOtherLiterals{area});
}

template <class Shared>
static CopiedTerm copy_to_fragment_unless(Term t, const Shared& shared) {
  const std::size_t words = size_of(t, shared);
  FragmentHeap heap(words);
  const Term copy = Copier<Shared>(heap, heap.alloc(words), words, shared).copy(t);
  return {copy, heap.finish()};
}

CopiedTerm copy_to_fragment(Term t) {
  if (is_shared_term(t)) return {t, nullptr};
  return copy_to_fragment_unless(t, ShareLiterals{});
}
CopiedTerm copy_to_fragment_with_literals(Term t) {
  if (t.is_immediate()) return {t, nullptr};
  return copy_to_fragment_unless(t, ShareNothing{});
}

std::size_t shared_size(Term t) {
  std::size_t sum = 0;
  std::unordered_set<const Word*> seen;
  WorkStack<Term, 64> rest;
  rest.push(t);
  while (!rest.empty()) {
    t = rest.pop();
    if (t.is_immediate() || is_literal(t.pointer()) || !seen.insert(t.pointer()).second) continue;
    const Word* w = t.pointer();
    if (t.is_cons()) {
      sum += 2;
      rest.push({w[0]});
      rest.push({w[1]});
      continue;
    }
    sum += 1 + header_words(*w);
    if (box_is_terms(header_kind(*w))) {
      for (std::size_t i = 1; i <= header_words(*w); ++i) rest.push({w[i]});
    } else if (is_part_of_bits(header_kind(*w))) {
      rest.push({w[1]});
    }
  }
  return sum;
}

}  // namespace joist
