#include "gc/copy.hpp"

#include <catch2/catch.hpp>

#include "gc/process_heap.hpp"
#include "test/unit/gc/random_terms.hpp"

using namespace joist;
using namespace joist::test;

TEST_CASE("copies of random terms are equal and independent") {
  const std::size_t binaries_before = RefcBinary::total_bytes();
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    RandomTerms random(seed);
    std::vector<Term> parts{Term::nil()};
    CopiedTerm copy{};
    std::uint64_t expected = 0;
    {
      BlockHeap heap;
      for (int i = 0; i < 60; ++i) {
        const Term t = random.make(heap, parts);
        if (flat_size_with_literals(t) < 20000) parts.push_back(t);
      }
      for (const Term t : parts) {
        const std::size_t size = flat_size(t);
        const CopiedTerm c = copy_to_fragment(t);
        REQUIRE(digest(c.term) == digest(t));
        REQUIRE((c.fragment == nullptr) == is_shared_term(t));
        REQUIRE((c.fragment == nullptr ? 0 : c.fragment->used) == size);
        REQUIRE(flat_size(c.term) == size);
        REQUIRE(flat_size_with_literals(t) >= size);
        if (c.fragment != nullptr) HeapFragment::free(c.fragment);
      }
      copy = copy_to_fragment(make_tuple_from(heap, parts));
      expected = digest(copy.term);
      BlockHeap other;
      REQUIRE(digest(copy_term(other, copy.term)) == expected);
    }
    REQUIRE(digest(copy.term) == expected);  // the originals are gone
    HeapFragment::free(copy.fragment);
  }
  REQUIRE(CountedObject::alive == 0);
  REQUIRE(RefcBinary::total_bytes() == binaries_before);
}

TEST_CASE("copies with literals are complete") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    BlockHeap copies;
    std::vector<std::uint64_t> expected;
    std::vector<Term> found;
    {
      RandomTerms random(seed);
      BlockHeap heap;
      std::vector<Term> parts{Term::nil()};
      for (int i = 0; i < 60; ++i) {
        const Term t = random.make(heap, parts);
        if (flat_size_with_literals(t) < 20000) parts.push_back(t);
      }
      for (const Term t : parts) {
        expected.push_back(digest(t));
        found.push_back(copy_with_literals(copies, t));
      }
    }
    // The literals are freed by now, too.
    for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(digest(found[i]) == expected[i]);
  }
}

TEST_CASE("immediates and literals are not copied") {
  LiteralArea area;
  BlockHeap heap;
  const Term literal = make_tuple(area, Term::small(1), Term::small(2));
  REQUIRE(is_shared_term(literal));
  REQUIRE(is_shared_term(Term::nil()));
  REQUIRE(copy_to_fragment(literal).fragment == nullptr);
  REQUIRE(copy_to_fragment(literal).term == literal);
  REQUIRE(copy_term(heap, Term::small(5)) == Term::small(5));
  const Term list = make_cons(heap, literal, literal);
  REQUIRE(flat_size(list) == 2);
  REQUIRE(flat_size_with_literals(list) == 8);
  REQUIRE(shared_size(list) == 2);
  const Term all = copy_with_literals(heap, list);
  REQUIRE_FALSE(is_literal(all.head().box_words()));
  REQUIRE(digest(all) == digest(list));
  const Term copy = copy_term(heap, list);
  REQUIRE(copy.head() == literal);
  REQUIRE(copy.tail() == literal);
}

TEST_CASE("very deep and very long terms") {
  BlockHeap heap;
  Term deep = Term::nil(), list = Term::nil(), left = Term::nil();
  for (int i = 0; i < 300000; ++i) {
    deep = make_tuple(heap, deep, Term::small(i));
    left = make_cons(heap, left, Term::small(i));
    list = make_cons(heap, Term::small(i), list);
  }
  REQUIRE(flat_size(deep) == 900000);
  REQUIRE(flat_size(left) == 600000);
  REQUIRE(flat_size(list) == 600000);
  const CopiedTerm c = copy_to_fragment(make_tuple(heap, deep, left, list));
  REQUIRE(c.fragment->used == 2100004);
  Term d = Tuple::of(c.term)[0], l = Tuple::of(c.term)[1], k = Tuple::of(c.term)[2];
  for (int i = 300000; i-- > 0; d = Tuple::of(d)[0], l = l.head(), k = k.tail()) {
    REQUIRE(Tuple::of(d)[1] == Term::small(i));
    REQUIRE(l.tail() == Term::small(i));
    REQUIRE(k.head() == Term::small(i));
  }
  REQUIRE(shared_size(deep) == 900000);
  HeapFragment::free(c.fragment);
}

TEST_CASE("a copied binary shares its bytes and is not writable") {
  const std::size_t before = RefcBinary::total_bytes();
  BlockHeap heap;
  std::uint8_t* bytes;
  const Term binary = make_binary(heap, 1000, &bytes);
  binary.box_words()[0] |= Word{kBitsWritable} << 11;
  const std::size_t one = RefcBinary::total_bytes() - before;
  const CopiedTerm c = copy_to_fragment(binary);
  REQUIRE(RefcBinary::total_bytes() - before == one);
  REQUIRE(header_flags(c.term.header()) == 0);
  REQUIRE(Bits::from(c.term)->bytes() == bytes);
  REQUIRE(c.fragment->off_heap.first != nullptr);
  REQUIRE(c.fragment->off_heap.virtual_words == 125);
  // A small part does not keep the whole binary alive.
  const CopiedTerm part = copy_to_fragment(make_sub_bits(heap, binary, 3, 500));
  REQUIRE(part.term.is_box(BoxKind::heap_bits));
  REQUIRE(part.fragment->off_heap.first == nullptr);
  HeapFragment::free(part.fragment);
  HeapFragment::free(c.fragment);
}

TEST_CASE("adopted messages bring their off-heap objects along") {
  const std::size_t before = RefcBinary::total_bytes();
  {
    ProcessHeap heap({.min_heap_words = 233, .min_bin_vheap_words = 46422, .fullsweep_after = 10}, nullptr,
                     nullptr);
    heap.init(0);
    BlockHeap sender;
    std::uint8_t* bytes;
    const Term message =
        make_tuple(sender, make_binary(sender, 100, &bytes), make_binary(sender, 200, &bytes));
    for (int i = 0; i < 3; ++i) heap.adopt(copy_to_fragment(message).fragment);
    REQUIRE(heap.fragment_words() == 3 * 19);
    REQUIRE(heap.bin_vheap_words() == 3 * 38);
    REQUIRE(heap.total_heap_size() == 233 + 3 * 19);
  }
  REQUIRE(RefcBinary::total_bytes() == before);
}
