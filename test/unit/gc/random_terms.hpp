// random_terms.hpp -- random term graphs for the collector's and the copier's tests, and a structural digest
// that tells whether a term still means the same.
#pragma once
#include <cstring>
#include <random>
#include <vector>

#include "gc/literal.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/magic.hpp"

namespace joist::test {

inline std::uint64_t mix(std::uint64_t h, std::uint64_t v) {
  h = (h ^ v) * 0x9E3779B97F4A7C15u;
  return h ^ h >> 29;
}

struct CountedObject final : MagicObject {
  static inline std::atomic<int> alive{0};
  CountedObject() { ++alive; }
  ~CountedObject() override { --alive; }
};

// Equal digests: structurally the same (bits by their contents, however they are stored).
inline std::uint64_t digest(Term t) {
  std::uint64_t h = 7;
  while (t.is_cons()) {
    h = mix(mix(h, 1), digest(t.head()));
    t = t.tail();
  }
  if (t.is_immediate()) return mix(h, t.bits);
  const Word* w = t.box_words();
  const BoxKind kind = header_kind(*w);
  if (const auto bits = Bits::from(t)) {
    h = mix(h, kind == BoxKind::match_context ? 1000 : 1001);
    h = mix(h, bits->bit_size());
    for (std::size_t i = 0; i < bits->bit_size(); ++i) {
      const std::size_t at = bits->start_bit() + i;
      h = mix(h, bits->base()[at / 8] >> (7 - at % 8) & 1);
    }
    return h;
  }
  h = mix(h, *w);
  for (std::size_t i = 1; i <= header_words(*w); ++i) {
    if (kind == BoxKind::magic_ref && i == 4) break;  // the link
    h = mix(h, box_is_terms(kind) ? digest({w[i]}) : w[i]);
  }
  return h;
}

class RandomTerms {
 public:
  explicit RandomTerms(unsigned seed) : random_(seed) {
    static int somewhere[64];
    pool_ = somewhere;
    Word* w = literals_.alloc(3);
    w[0] = tuple_header(2);
    w[1] = Term::small(1).bits;
    w[2] = make_cons(literals_, Term::small(2), Term::nil()).bits;
    literal_terms_.push_back(Term::boxed(w));
    std::uint8_t* bytes;
    const Term binary = make_binary(literals_, 100, &bytes);
    std::memset(bytes, 'x', 100);
    literal_terms_.push_back(binary);
    literal_terms_.push_back(make_binary_copy(literals_, "literal"));
  }

  std::size_t below(std::size_t n) { return random_() % n; }

  Term binary(Heap& h, std::size_t size) {
    std::uint8_t* bytes;
    const Term t = make_binary(h, size, &bytes);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(random_());
    return t;
  }

  // A new object of a random kind whose parts are taken from `parts`.
  Term make(Heap& h, const std::vector<Term>& parts, bool contexts = false) {
    const auto part = [&] { return below(3) == 0 ? leaf() : parts[below(parts.size())]; };
    switch (below(16)) {
      case 0:
      case 1: {  // list
        Term t = below(2) ? Term::nil() : part();
        for (std::size_t n = below(30); n-- > 0;) t = make_cons(h, part(), t);
        return t;
      }
      case 2:
      case 3: {
        std::vector<Term> elements(below(below(8) == 0 ? 60 : 6));
        for (Term& e : elements) e = part();
        return make_tuple_from(h, elements);
      }
      case 4: return make_float(h, 1.5 * static_cast<double>(below(100)));
      case 5: {
        const std::size_t limbs = 1 + below(5);
        Word* w = h.alloc(1 + limbs);
        w[0] = make_header(below(2) ? BoxKind::big_positive : BoxKind::big_negative, limbs);
        for (std::size_t i = 1; i <= limbs; ++i) w[i] = random_() | 1;
        return Term::boxed(w);
      }
      case 6: return binary(h, below(70));
      case 7: return binary(h, 65 + below(300));
      case 8:
      case 9: {  // part of a bitstring
        const Term of = below(3) == 0 ? literal_terms_[1 + below(2)] : binary(h, 20 + below(100));
        const std::size_t bits = Bits::from(of)->bit_size(), start = below(bits);
        return make_sub_bits(h, of, start, below(bits - start + 1));
      }
      case 10: {
        const std::size_t n = below(4);
        Word* w = h.alloc(fun_words(n));
        w[0] = make_header(BoxKind::fun, fun_words(n) - 1);
        w[1] = reinterpret_cast<Word>(pool_) & ~Word{7};
        w[2] = Term::pid(5).bits;
        for (std::size_t i = 0; i < n; ++i) w[3 + i] = part().bits;
        return Term::boxed(w);
      }
      case 11: {  // flat map of one or two keys
        const std::size_t n = 1 + below(2);
        std::vector<Term> keys{Term::small(1), Term::small(2)};
        keys.resize(n);
        const Term names = make_tuple_from(h, keys);
        Word* w = h.alloc(2 + n);
        w[0] = make_header(BoxKind::flat_map, 1 + n);
        w[1] = names.bits;
        for (std::size_t i = 0; i < n; ++i) w[2 + i] = part().bits;
        return Term::boxed(w);
      }
      case 12: {
        auto* object = new CountedObject;
        object->retain();
        Word* w = h.alloc(kMagicRefWords);
        w[0] = make_header(BoxKind::magic_ref, kMagicRefWords - 1);
        w[1] = random_();
        w[2] = random_();
        w[3] = reinterpret_cast<Word>(static_cast<MagicObject*>(object));
        h.link_off_heap(w, 0);
        return Term::boxed(w);
      }
      case 13: {  // reference with alias
        Word* w = h.alloc(4);
        w[0] = make_header(BoxKind::ref, 3);
        w[1] = random_();
        w[2] = random_();
        w[3] = Term::pid(9).bits;
        return Term::boxed(w);
      }
      case 14: {
        if (!contexts) return leaf();
        const Term of = binary(h, 10 + below(100));
        const Word* from = of.box_words();
        const Bits bits = *Bits::from(of);
        Word* w = h.alloc(kSubBitsWords);
        w[0] = make_header(BoxKind::match_context, kSubBitsWords - 1);
        w[1] = of.box_kind() == BoxKind::heap_bits ? of.bits : from[1];
        w[2] = reinterpret_cast<Word>(bits.base());
        w[3] = 8;
        w[4] = bits.bit_size() - 8;
        return Term::boxed(w);
      }
      case 15: return literal_terms_[below(literal_terms_.size())];
    }
    return Term::nil();
  }

  Term leaf() {
    switch (below(4)) {
      case 0: return Term::small(static_cast<std::int64_t>(below(1000)) - 500);
      case 1: return Term::atom(static_cast<std::uint32_t>(below(50)));
      case 2: return Term::pid(below(1000));
      case 3: return literal_terms_[below(literal_terms_.size())];
    }
    return Term::nil();
  }

 private:
  std::mt19937 random_;
  LiteralArea literals_;
  std::vector<Term> literal_terms_;
  int* pool_;
};

}  // namespace joist::test
