// bit_syntax.hpp -- what the instructions for matching and building bitstrings are made of: reading and
// writing integers, floats, code points and bits at any bit position; appending in place.
//
// Reading: a position is a base pointer (as Bits and match contexts have, 8-byte aligned) and a bit number.
// The caller has checked that the bits are there. Writing: a BitWriter moves forward over memory of the
// caller's, from make_bitstring() or begin_append(). bit_match.cpp, bit_build.cpp.
// Threads: as for the terms concerned. GC: nothing here moves terms.
#pragma once
#include "vm/term/bits.hpp"
#include "vm/term/number.hpp"
#include "vm/term/unicode.hpp"

namespace joist {

// Flags of a segment, as in the instructions' operands. Native order is little-endian.
constexpr unsigned kSegmentLittle = 2, kSegmentSigned = 4, kSegmentNative = 16;
constexpr bool segment_is_little(unsigned flags) { return (flags & (kSegmentLittle | kSegmentNative)) != 0; }

// ---- matching -----------------------------------------------------------------------------------------

constexpr std::size_t kMatchContextWords = kSubBitsWords;
Term make_match_context(Heap& h, Term bitstring);

// A match context in use: what is left is [position, position + remaining) of base.
class MatchContext {
 public:
  explicit MatchContext(Term context) : w_(context.box_words()) {}
  const std::uint8_t* base() const { return reinterpret_cast<const std::uint8_t*>(w_[2]); }
  std::size_t position() const { return w_[3]; }
  std::size_t remaining() const { return w_[4]; }
  bool has(std::size_t bits) const { return bits <= w_[4]; }
  void advance(std::size_t bits) {
    w_[3] += bits;
    w_[4] -= bits;
  }
  void set_position(std::size_t position) {  // earlier or later, as position() gave it
    w_[4] = w_[3] + w_[4] - position;
    w_[3] = position;
  }

 private:
  Word* w_;
};

namespace detail {
[[gnu::always_inline]] inline Word load_aligned_word(const std::uint8_t* base, std::size_t index) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  // The word may hold bytes that their owner is appending; they are not part of the result.
  Word w = 0;
  const volatile std::uint8_t* p = base + 8 * index;
  for (int i = 0; i < 8; ++i) w = w << 8 | __atomic_load_n(p + i, __ATOMIC_RELAXED);
  return w;
#endif
#endif
  return __builtin_bswap64(reinterpret_cast<const Word*>(base)[index]);
}
}  // namespace detail

// The `n` bits at `bit`, as an unsigned number; 1 <= n <= 64.
inline Word read_bits(const std::uint8_t* base, std::size_t bit, unsigned n) {
  const auto offset = static_cast<unsigned>(bit % 64);
  Word v = detail::load_aligned_word(base, bit / 64) << offset;
  if (offset + n > 64) v |= detail::load_aligned_word(base, bit / 64 + 1) >> (64 - offset);
  return v >> (64 - n);
}

// `n` bits in the order of the bitstring <-> the little-endian number they stand for; 1 <= n <= 64. The odd
// bits of a size that is not of whole bytes come last in the bitstring and are the number's highest.
Word little_endian_value(Word bits, unsigned n);
Word little_endian_bits(Word value, unsigned n);

Term read_integer_slow(Heap& h, const std::uint8_t* base, std::size_t bit, std::size_t n, unsigned flags);
// An integer of `n` bits. none() if it would have more than kMaxIntegerBits.
inline Term read_integer(Heap& h, const std::uint8_t* base, std::size_t bit, std::size_t n, unsigned flags) {
  if (n <= 61 && n != 0 && !segment_is_little(flags)) [[likely]] {
    const Word v = read_bits(base, bit, static_cast<unsigned>(n));
    if ((flags & kSegmentSigned) == 0) return Term::small(static_cast<std::int64_t>(v));
    const auto unused = static_cast<unsigned>(64 - n);
    return Term::small(static_cast<std::int64_t>(v << unused) >> unused);
  }
  return read_integer_slow(h, base, bit, n, flags);
}
// A float of 16, 32 or 64 bits; false for NaN, infinity and other sizes. OTP: 0 bits are 0.0.
bool read_float(const std::uint8_t* base, std::size_t bit, std::size_t n, unsigned flags, double* value);

// One code point from the `available` bits at `bit`; `bits` = how many it took, 0 if there is none.
struct CodePointRead {
  std::uint32_t code_point;
  std::uint32_t bits;
};
CodePointRead read_utf8(const std::uint8_t* base, std::size_t bit, std::size_t available);
CodePointRead read_utf16(const std::uint8_t* base, std::size_t bit, std::size_t available, unsigned flags);
CodePointRead read_utf32(const std::uint8_t* base, std::size_t bit, std::size_t available, unsigned flags);

// ---- building -----------------------------------------------------------------------------------------

// Writes forward, most significant bit first. The bits after the position in its byte are undefined or zero;
// the bits before it are kept.
class BitWriter {
 public:
  BitWriter() = default;
  BitWriter(std::uint8_t* bytes, std::size_t bit = 0) : bytes_(bytes), bit_(bit) {}
  std::size_t position() const { return bit_; }

  // The low `n` <= 64 bits of `v`.
  void put(Word v, unsigned n) {
    if (((bit_ | n) & 7) == 0) [[likely]] {
      std::uint8_t* p = bytes_ + bit_ / 8;
      bit_ += n;
      switch (n) {
        case 8: *p = static_cast<std::uint8_t>(v); return;
        case 16: store(p, __builtin_bswap16(static_cast<std::uint16_t>(v))); return;
        case 32: store(p, __builtin_bswap32(static_cast<std::uint32_t>(v))); return;
        case 64: store(p, __builtin_bswap64(v)); return;
        default:
          while (n != 0) *p++ = static_cast<std::uint8_t>(v >> (n -= 8));
          return;
      }
    }
    put_unaligned(v, n);
  }
  // Each of these is false where Erlang raises badarg, with nothing written.
  // The low `n` bits of an integer in two's complement.
  bool put_integer(Term t, std::size_t n, unsigned flags) {
    if (t.is_small() && n <= 64 && !segment_is_little(flags)) [[likely]] {
      put(static_cast<Word>(t.small_value()), static_cast<unsigned>(n));
      return true;
    }
    return put_integer_slow(t, n, flags);
  }
  // A number as a float of 16, 32 or 64 bits. OTP: what is too large for 16 or 32 bits becomes infinite.
  bool put_float(Term t, std::size_t n, unsigned flags);
  bool put_utf8(Term code_point);
  bool put_utf16(Term code_point, unsigned flags);
  bool put_utf32(Term code_point, unsigned flags);
  // `n` bits of a bitstring from its bit `start` on.
  void put_bits(const Bits& from, std::size_t start, std::size_t n) {
    copy_bits(bytes_, bit_, from.base(), from.start_bit() + start, n);
    bit_ += n;
  }
  void put_bytes(const void* data, std::size_t n) {
    copy_bits(bytes_, bit_, static_cast<const std::uint8_t*>(data), 0, 8 * n);
    bit_ += 8 * n;
  }

 private:
  template <class T>
  static void store(std::uint8_t* p, T v) {
    std::memcpy(p, &v, sizeof v);
  }
  void put_unaligned(Word v, unsigned n);
  void put_repeated(bool ones, std::size_t n);
  bool put_integer_slow(Term t, std::size_t n, unsigned flags);

  std::uint8_t* bytes_ = nullptr;
  std::size_t bit_ = 0;
};

// Bytes that a code point takes, 0 if the term is not one (badarg).
std::size_t utf8_size(Term code_point);
std::size_t utf16_size(Term code_point);

// Most words that begin_append() and make_writable_binary() take.
constexpr std::size_t kMaxAppendWords = heap_bits_words(8 * kMaxHeapBytes);

// OTP: bs_append, bs_private_append. The bitstring `bits` followed by `extra_bits` bits, which the caller
// writes with `*writer` before anything else happens. A loop of appends to the result of the one before
// copies each byte a bounded number of times: results that are too large for the heap get spare capacity,
// and their newest sub_bits is marked as the one that may use it.
Term begin_append(Heap& h, Term bits, std::size_t extra_bits, BitWriter* writer);
// OTP: bs_init_writable. An empty bitstring with room to append `capacity` bytes; the compiler asks for as
// many as the result will have, or for 256 where it cannot tell.
Term make_writable_binary(Heap& h, std::size_t capacity);

}  // namespace joist
