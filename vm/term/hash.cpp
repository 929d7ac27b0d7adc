#include "vm/term/hash.hpp"

#include <string>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

// ---- Bob Jenkins' 1996 mixing function, on which phash2 and the internal hash are built -----------------

constexpr std::uint32_t kGolden = 0x9e3779b9u;
// Constant number n of the family that tells the kinds of terms apart.
constexpr std::uint32_t family(std::uint32_t n) { return kGolden * n; }

struct Mixer {
  std::uint32_t a, b, c;
  void mix() {
    a = (a - b - c) ^ c >> 13;
    b = (b - c - a) ^ a << 8;
    c = (c - a - b) ^ b >> 13;
    a = (a - b - c) ^ c >> 12;
    b = (b - c - a) ^ a << 16;
    c = (c - a - b) ^ b >> 5;
    a = (a - b - c) ^ c >> 3;
    b = (b - c - a) ^ a << 10;
    c = (c - a - b) ^ b >> 15;
  }
};
inline std::uint32_t mix(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  Mixer m{a, b, c};
  m.mix();
  return m.c;
}

inline std::uint32_t mix_words(std::uint32_t hash, std::uint64_t x, std::uint64_t y, std::uint32_t constant) {
  return mix(constant + static_cast<std::uint32_t>(x), constant + static_cast<std::uint32_t>(y), hash);
}
inline std::uint32_t mix_word(std::uint32_t hash, std::uint64_t x, std::uint32_t constant) {
  return mix_words(hash, x, 0, constant);
}
inline std::uint32_t mix_64(std::uint32_t hash, std::uint64_t x, std::uint32_t constant) {
  return mix_words(hash, x, x >> 32, constant);
}

std::uint32_t hash_bytes(const std::uint8_t* p, std::uint32_t size, std::uint32_t start) {
  const auto word = [](const std::uint8_t* at) {
    std::uint32_t w;
    std::memcpy(&w, at, sizeof w);
    return w;
  };
  Mixer m{kGolden, kGolden, start};
  std::uint32_t left = size;
  for (; left >= 12; left -= 12, p += 12) {
    m.a += word(p);
    m.b += word(p + 4);
    m.c += word(p + 8);
    m.mix();
  }
  // The rest, zero-filled; its third word leaves the lowest byte to the length.
  std::uint8_t rest[12] = {};
  if (left > 0) std::memcpy(rest, p, left > 8 ? 8 : left);
  if (left > 8) std::memcpy(rest + 9, p + 8, left - 8);
  m.a += word(rest);
  m.b += word(rest + 4);
  m.c += size + word(rest + 8);
  m.mix();
  return m.c;
}

// A bitstring; the size in bytes counts modulo 2^32 as in OTP.
std::uint32_t hash_bits(const Bits& bits, std::uint32_t hash) {
  const std::uint32_t start = family(13) + hash;
  if (bits.bit_size() == 0) return start;
  std::string copy;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(aligned_bytes(bits, copy).data());
  hash = hash_bytes(bytes, static_cast<std::uint32_t>(bits.bit_size() / 8), start);
  if (const unsigned odd = bits.bit_size() % 8; odd != 0)
    hash = mix_words(hash, odd, bytes[bits.bit_size() / 8] >> (8 - odd), family(15));
  return hash;
}

std::uint32_t hash_big(Term t, std::uint32_t hash) {
  const Big big = *Big::from(t);
  const std::uint32_t constant = family(big.negative() ? 10 : 11);
  for (std::size_t i = 0; i < big.limb_count(); ++i) hash = mix_64(hash, big.limbs()[i], constant);
  return hash;
}

// A small as the bignum that it is in OTP's eyes.
inline std::uint32_t hash_int64_as_big(std::int64_t n, std::uint32_t hash) {
  return n < 0 ? mix_64(hash, -static_cast<std::uint64_t>(n), family(10))
               : mix_64(hash, static_cast<std::uint64_t>(n), family(11));
}

inline bool is_byte(Term t) { return t.is_small() && t.bits <= Term::small(255).bits; }
inline Word float_bits(Term t) {
  const double d = Float::from(t)->value();
  return d == 0 ? 0 : std::bit_cast<Word>(d);  // 0.0 and -0.0 are equal
}

// On a stack of terms: what to do with the hash so far. No term looks like a header word.
constexpr Term marker(Word n) { return {n << 6 | Term::kHeaderTag}; }
constexpr Term kMapPair = marker(1), kMapEnd = marker(2), kTail = marker(3);
using TermStack = WorkStack<Term, 48>;

void push_elements(TermStack& stack, const Term* elements, std::size_t n) {
  while (n > 0) stack.push(elements[--n]);
}

// The bytes at the start of a list in groups of four; leaves `t` at the first cell whose head is not a byte,
// or at what ends the list.
struct ByteRun {
  std::uint32_t bytes = 0, count = 0;
};
inline ByteRun hash_byte_run(Term& t, std::uint32_t& hash) {
  ByteRun run;
  while (t.is_cons() && is_byte(t.head())) {
    run.bytes = (run.bytes << 8) + static_cast<std::uint32_t>(t.head().small_value());
    if (++run.count == 4) {
      hash = mix_word(hash, run.bytes, family(4));
      run = {};
    }
    t = t.tail();
  }
  return run;
}

// ---- phash2 --------------------------------------------------------------------------------------------

inline std::uint32_t phash2_small(std::int64_t n, std::uint32_t hash) {
  if (n >= -(std::int64_t{1} << 27) && n < std::int64_t{1} << 27) {
    if (n < 0) hash = mix_word(hash, static_cast<std::uint64_t>(-n), kGolden);
    return mix_word(hash, static_cast<std::uint64_t>(n), kGolden);
  }
  return hash_int64_as_big(n, hash);
}

inline std::uint32_t phash2_immediate(Term t, std::uint32_t hash) {
  if (t.is_small()) return phash2_small(t.small_value(), hash);
  if (t.is_atom()) return hash == 0 ? atom_hash(t) : mix_word(hash, atom_hash(t), family(3));
  if (t.is_nil()) return hash == 0 ? 3468870702u : mix_word(hash, 2, family(2));
  if (t.is_local_pid()) return mix_word(hash, pid_number(t), family(5));
  check(t.is_local_port(), "a hash of something that is not a term");
  return mix_64(hash, t.pid_data(), family(6));
}

// Pushes the pairs of a HAMT node, the first on top. With a mark after each pair, the order does not count;
// without, it is the order of iteration, which is the same for equal maps.
enum class Pairs { marked, plain };
template <Pairs how>
void push_pairs(TermStack& stack, const Word* children, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const Term child{children[i]};
    if (child.is_cons()) {
      if constexpr (how == Pairs::marked) stack.push(kMapPair);
      stack.push(child.tail());
      stack.push(child.head());
    } else {
      stack.push(child);
    }
  }
}

std::uint32_t phash2_pointer(Term t) {
  TermStack stack;
  std::uint32_t hash = 0;
  std::uint32_t pairs = 0;  // exclusive or of the hashes of the pairs of the innermost map so far
  const auto begin_map = [&](std::size_t size) {
    hash = mix_word(hash, size, family(16));
    if (size == 0) return false;
    stack.push({pairs});
    stack.push({hash});
    stack.push(kMapEnd);
    hash = pairs = 0;
    return true;
  };
  for (;;) {
    if (t.is_cons()) {
      const ByteRun run = hash_byte_run(t, hash);
      if (run.count > 0) hash = mix_word(hash, run.bytes, family(4));
      if (t.is_cons()) {
        stack.push(t.tail());
        t = t.head();
      }
      continue;
    }
    if (t.is_immediate()) {
      hash = phash2_immediate(t, hash);
    } else {
      const Word* w = t.box_words();
      switch (header_kind(w[0])) {
        case BoxKind::tuple: {
          const Tuple tuple = Tuple::of(t);
          hash = mix_word(hash, tuple.arity(), family(9));
          push_elements(stack, tuple.elements(), tuple.arity());
          break;
        }
        case BoxKind::flat_map: {
          const FlatMap map = FlatMap::of(t);
          if (!begin_map(map.size())) break;
          for (std::size_t i = 0; i < map.size(); ++i) {
            stack.push(kMapPair);
            stack.push(map.values()[i]);
            stack.push(map.keys()[i]);
          }
          break;
        }
        case BoxKind::hash_map:
          if (begin_map(map_size(t))) push_pairs<Pairs::marked>(stack, w + 2, header_words(w[0]) - 1);
          break;
        case BoxKind::hash_node: push_pairs<Pairs::marked>(stack, w + 1, header_words(w[0])); break;
        case BoxKind::fun: {
          const Fun fun = *Fun::from(t);
          const FunEntry* e = fun.entry();
          hash = mix_words(hash, fun.environment_size(), atom_hash(e->module), kGolden);
          hash = mix_words(hash, e->old_index, e->old_uniq, kGolden);
          push_elements(stack, fun.environment(), fun.environment_size());
          break;
        }
        case BoxKind::external_fun: {
          const Export* e = external_fun_export(t);
          hash = mix_words(hash, e->arity, atom_hash(e->module), kGolden);
          hash = mix_word(hash, atom_hash(e->function), family(14));
          break;
        }
        case BoxKind::float_: hash = mix_words(hash, float_bits(t) >> 32, float_bits(t), family(12)); break;
        case BoxKind::big_positive:
        case BoxKind::big_negative: hash = hash_big(t, hash); break;
        case BoxKind::heap_bits:
        case BoxKind::sub_bits:
        case BoxKind::match_context: hash = hash_bits(*Bits::from(t), hash); break;
        case BoxKind::ref:
        case BoxKind::magic_ref:
        case BoxKind::external_ref: hash = mix_word(hash, ref_numbers(t).n[0], family(7)); break;
        case BoxKind::external_pid:
          hash = mix_word(hash, w[2] & ((1u << kPidNumberBits) - 1), family(5));
          break;
        case BoxKind::external_port: hash = mix_64(hash, w[2], family(6)); break;
        case BoxKind::binary_ref:
        case BoxKind::count_: fail("a hash of something that is not a term");
      }
    }
    // Next term, after what ends here.
    for (;;) {
      if (stack.empty()) return hash;
      t = stack.pop();
      if (t == kMapPair) {
        pairs ^= hash;
        hash = 0;
      } else if (t == kMapEnd) {
        hash = mix_word(static_cast<std::uint32_t>(stack.pop().bits), pairs, family(19));
        pairs = static_cast<std::uint32_t>(stack.pop().bits);
      } else {
        break;
      }
    }
  }
}

// ---- the internal hash -----------------------------------------------------------------------------------

constexpr std::uint32_t kInternalStart = 3432918353u;

// OTP hashes the word of an immediate: those of numbers, [], pids, ports and the atoms that the emulator
// itself knows are the same in every VM; the numbers of other atoms depend on what was loaded before.
inline std::uint32_t internal_immediate(Term t, std::uint32_t hash) {
  Word otp_word = t.bits;
  if (t.is_small()) {
    const std::int64_t n = t.small_value();
    if (n > kMaxOtpSmall || n < kMinOtpSmall) [[unlikely]]
      return hash_int64_as_big(n, hash);
    otp_word = static_cast<Word>(n) << 4 | 0xf;
  } else if (t.is_nil()) {
    otp_word = 0x3b;
  } else if (t.is_local_pid()) {
    otp_word = t.pid_data() << 4 | 3;
  } else if (t.is_local_port()) {
    otp_word = t.pid_data() << 4 | 7;
  } else if (t.is_atom()) {
    otp_word = Word{t.atom_index()} << 6 | 0xb;
  }
  return mix_64(hash, otp_word, kGolden);
}

inline std::uint32_t mix_constant(std::uint32_t hash, std::uint32_t constant) {
  hash ^= constant;
  return hash << 17 ^ hash >> 15;
}

std::uint32_t internal_pointer(Term t, std::uint32_t hash) {
  TermStack stack;
  for (;;) {
    if (t.is_cons()) {
      const ByteRun run = hash_byte_run(t, hash);
      if (run.count > 0) hash = mix_words(hash, run.bytes, run.count, family(22));
      if (t.is_cons()) {
        hash = mix_constant(hash, family(17));
        stack.push(t.tail());
        if (!t.tail().is_cons()) stack.push(kTail);
        t = t.head();
      }
      continue;
    }
    if (t.is_immediate()) {
      hash = internal_immediate(t, hash);
    } else {
      const Word* w = t.box_words();
      switch (header_kind(w[0])) {
        case BoxKind::tuple: {
          const Tuple tuple = Tuple::of(t);
          hash = mix_word(hash, tuple.arity(), family(9));
          push_elements(stack, tuple.elements(), tuple.arity());
          break;
        }
        case BoxKind::flat_map: {
          const FlatMap map = FlatMap::of(t);
          hash = mix_word(hash, map.size(), family(16));
          for (std::size_t i = map.size(); i-- > 0;) {
            stack.push(map.values()[i]);
            stack.push(map.keys()[i]);
          }
          break;
        }
        case BoxKind::hash_map:
          hash = mix_word(hash, map_size(t), family(16));
          push_pairs<Pairs::plain>(stack, w + 2, header_words(w[0]) - 1);
          break;
        case BoxKind::hash_node: push_pairs<Pairs::plain>(stack, w + 1, header_words(w[0])); break;
        case BoxKind::fun: {
          const Fun fun = *Fun::from(t);
          const FunEntry* e = fun.entry();
          hash = mix_words(hash, fun.environment_size(), e->module.bits, family(20));
          hash = mix_words(hash, e->index, e->old_uniq, family(21));
          push_elements(stack, fun.environment(), fun.environment_size());
          break;
        }
        case BoxKind::external_fun: hash = mix_64(hash, w[1], family(14)); break;
        case BoxKind::float_: hash = mix_64(hash, float_bits(t), family(12)); break;
        case BoxKind::big_positive:
        case BoxKind::big_negative: hash = hash_big(t, hash); break;
        case BoxKind::heap_bits:
        case BoxKind::sub_bits:
        case BoxKind::match_context: hash = hash_bits(*Bits::from(t), hash); break;
        case BoxKind::ref:
        case BoxKind::magic_ref:
          hash = mix_word(hash, w[1], family(7));
          hash = mix_words(hash, w[1] >> 32, w[2], family(8));
          break;
        case BoxKind::external_ref: {
          // Numbers that are absent count as zero: trailing zeros do not tell references apart.
          const RefNumbers numbers = ref_numbers(t);
          hash = mix_word(mix_64(hash, w[1], family(7)), numbers.n[0], family(7));
          hash = mix_words(hash, numbers.n[1], numbers.n[2], family(8));
          if ((numbers.n[3] | numbers.n[4]) != 0)
            hash = mix_words(hash, numbers.n[3], numbers.n[4], family(9));
          break;
        }
        case BoxKind::external_pid:
          hash = mix_words(mix_64(hash, w[1], family(5)), w[2], w[3], family(5));
          break;
        case BoxKind::external_port: hash = mix_64(mix_64(hash, w[1], family(6)), w[2], family(6)); break;
        case BoxKind::binary_ref:
        case BoxKind::count_: fail("a hash of something that is not a term");
      }
    }
    for (;;) {
      if (stack.empty()) return hash;
      t = stack.pop();
      if (t != kTail) break;
      hash = mix_constant(hash, family(18));
    }
  }
}

// ---- phash -----------------------------------------------------------------------------------------------

constexpr std::uint32_t kPrime1 = 268440163, kPrime2 = 268439161, kPrime3 = 268435459, kPrime4 = 268436141,
                        kPrime5 = 268438633, kPrime6 = 268437017, kPrime8 = 268437511, kPrime9 = 268439627,
                        kPrime10 = 268440479, kPrime11 = 268440577, kPrime12 = 268440581,
                        kPrime13 = 268440593, kPrime14 = 268440611;

// The `n` low bytes of `x`, lowest first.
std::uint32_t phash_bytes(std::uint32_t hash, std::uint64_t x, int n, std::uint32_t prime) {
  for (; n > 0; --n, x >>= 8) hash = hash * prime + static_cast<std::uint8_t>(x);
  return hash;
}

std::uint32_t phash_limbs(std::uint32_t hash, const Word* limbs, std::size_t n, bool negative) {
  for (std::size_t i = 0; i + 1 < n; ++i) hash = phash_bytes(hash, limbs[i], 8, kPrime2);
  hash = phash_bytes(hash, limbs[n - 1], limbs[n - 1] >> 32 != 0 ? 8 : 4, kPrime2);
  return hash * (negative ? kPrime4 : kPrime3);
}

std::uint32_t phash_bits(std::uint32_t hash, const Bits& bits) {
  std::string copy;
  copy.resize(bits.byte_size());
  copy_bits(reinterpret_cast<std::uint8_t*>(copy.data()), 0, bits.base(), bits.start_bit(), bits.bit_size());
  const std::size_t whole = bits.bit_size() / 8;
  for (std::size_t i = 0; i < whole; ++i) hash = hash * kPrime1 + static_cast<std::uint8_t>(copy[i]);
  if (const unsigned odd = bits.bit_size() % 8; odd != 0)
    hash = (hash * kPrime1 + (static_cast<std::uint8_t>(copy[whole]) >> (8 - odd))) * kPrime12 + odd;
  return hash * kPrime4 + static_cast<std::uint32_t>(whole);
}

constexpr Term kAfterTail = marker(4), kListRest = marker(5), kAfterTuple = marker(6);

}  // namespace

std::uint32_t phash2(Term t) { return t.is_immediate() ? phash2_immediate(t, 0) : phash2_pointer(t); }

std::uint32_t internal_hash(Term t) {
  if (dialect.wide_hash) return static_cast<std::uint32_t>(internal_hash_wide(t));
  return t.is_immediate() ? internal_immediate(t, kInternalStart) : internal_pointer(t, kInternalStart);
}

std::uint32_t internal_hash_salted(Term t, std::uint32_t salt) {
  // OTP: sixteen digits of four bits before the salts begin.
  if (dialect.wide_hash)
    return static_cast<std::uint32_t>(internal_hash_wide(t, salt >> 1) >> ((salt & 1) != 0 ? 32 : 0));
  const std::uint32_t start = kInternalStart ^ mix_words(0, salt, 1, family(22));
  return t.is_immediate() ? internal_immediate(t, start) : internal_pointer(t, start);
}

std::uint32_t phash(Term t) {
  TermStack stack;
  std::uint32_t hash = 0;
  const auto atom = [&](Term a) { hash = hash * kPrime1 + atom_hash(a); };
  const auto number = [&](std::uint64_t n, std::uint32_t prime, std::uint32_t factor) {
    hash = phash_bytes(hash, n, 4, prime) * factor;
  };
  const auto port = [&](std::uint64_t n) {
    if (n >> 32 != 0) hash = phash_bytes(hash, n >> 32, 4, kPrime11);
    number(n, kPrime9, kPrime10);
  };
  for (;;) {
    if (t.is_cons()) {
      // Bytes have a shorter form than smalls. What ends the list is hashed too, then the mark of the end.
      while (t.is_cons() && is_byte(t.head())) {
        hash = hash * kPrime2 + static_cast<std::uint32_t>(t.head().small_value());
        t = t.tail();
      }
      if (t.is_cons()) {
        stack.push(t.tail());
        stack.push(kListRest);
        t = t.head();
      } else {
        stack.push(kAfterTail);
      }
      continue;
    }
    if (t.is_small()) {
      const std::int64_t n = t.small_value();
      const Word magnitude = n < 0 ? -static_cast<Word>(n) : static_cast<Word>(n);
      hash = phash_limbs(hash, &magnitude, 1, n < 0);
    } else if (t.is_atom()) {
      atom(t);
    } else if (t.is_nil()) {
      hash = hash * kPrime3 + 1;
    } else if (t.is_local_pid()) {
      number(pid_number(t), kPrime5, kPrime6);
    } else if (t.is_local_port()) {
      port(t.pid_data());
    } else {
      const Word* w = t.box_words();
      switch (header_kind(w[0])) {
        case BoxKind::tuple: {
          const Tuple tuple = Tuple::of(t);
          stack.push({tuple.arity()});
          stack.push(kAfterTuple);
          push_elements(stack, tuple.elements(), tuple.arity());
          break;
        }
        case BoxKind::flat_map:
        case BoxKind::hash_map: hash = hash * kPrime13 + kPrime14 + phash2(t); break;
        case BoxKind::fun: {
          const Fun fun = *Fun::from(t);
          hash = hash * kPrime10 + static_cast<std::uint32_t>(fun.environment_size());
          atom(fun.entry()->module);
          hash = hash * kPrime2 + fun.entry()->old_index;
          hash = hash * kPrime2 + fun.entry()->old_uniq;
          push_elements(stack, fun.environment(), fun.environment_size());
          break;
        }
        case BoxKind::external_fun: {
          const Export* e = external_fun_export(t);
          hash = hash * kPrime11 + e->arity;
          atom(e->module);
          atom(e->function);
          break;
        }
        case BoxKind::float_: {
          const Word f = float_bits(t);
          hash = hash * kPrime6 + static_cast<std::uint32_t>(f ^ f >> 32);
          break;
        }
        case BoxKind::big_positive:
        case BoxKind::big_negative: {
          const Big big = *Big::from(t);
          hash = phash_limbs(hash, big.limbs(), big.limb_count(), big.negative());
          break;
        }
        case BoxKind::heap_bits:
        case BoxKind::sub_bits:
        case BoxKind::match_context: hash = phash_bits(hash, *Bits::from(t)); break;
        case BoxKind::ref:
        case BoxKind::magic_ref:
        case BoxKind::external_ref: number(ref_numbers(t).n[0], kPrime9, kPrime10); break;
        case BoxKind::external_pid: number(w[2] & ((1u << kPidNumberBits) - 1), kPrime5, kPrime6); break;
        case BoxKind::external_port: port(w[2]); break;
        case BoxKind::hash_node:
        case BoxKind::binary_ref:
        case BoxKind::count_: fail("a hash of something that is not a term");
      }
    }
    for (;;) {
      if (stack.empty()) return hash;
      t = stack.pop();
      if (t == kAfterTail) {
        hash *= kPrime8;
      } else if (t == kAfterTuple) {
        hash = hash * kPrime9 + static_cast<std::uint32_t>(stack.pop().bits);
      } else if (t == kListRest) {
        t = stack.pop();
        if (!t.is_cons()) stack.push(kAfterTail);
        break;
      } else {
        break;
      }
    }
  }
}

}  // namespace joist
