// bit_match.cpp -- the reading half of bit_syntax.hpp.
#include <cmath>

#include "vm/term/bit_syntax.hpp"
#include "vm/term/integer_parts.hpp"

namespace joist {

Term make_match_context(Heap& h, Term bitstring) {
  const Bits bits = *Bits::from(bitstring);
  Word* w = h.alloc(kMatchContextWords);
  w[0] = make_header(BoxKind::match_context, kMatchContextWords - 1);
  w[1] = bitstring.is_box(BoxKind::heap_bits) ? bitstring.bits : bitstring.box_words()[1];
  w[2] = reinterpret_cast<Word>(bits.base());
  w[3] = bits.start_bit();
  w[4] = bits.bit_size();
  return Term::boxed(w);
}

Word little_endian_value(Word bits, unsigned n) {
  const unsigned odd = n % 8, whole = n - odd;
  if (whole == 0) return bits;
  const Word low = __builtin_bswap64(bits >> odd << (64 - whole));
  return odd == 0 ? low : (bits & ((Word{1} << odd) - 1)) << whole | low;
}

Word little_endian_bits(Word value, unsigned n) {
  const unsigned odd = n % 8, whole = n - odd;
  if (whole == 0) return value & ((Word{1} << odd) - 1);
  const Word first = __builtin_bswap64(value << (64 - whole) >> (64 - whole)) >> (64 - whole);
  return odd == 0 ? first : first << odd | (value >> whole & ((Word{1} << odd) - 1));
}

Term read_integer_slow(Heap& h, const std::uint8_t* base, std::size_t bit, std::size_t n, unsigned flags) {
  if (n == 0) return Term::small(0);
  const bool little = segment_is_little(flags), is_signed = (flags & kSegmentSigned) != 0;
  if (n <= 64) {
    const auto few = static_cast<unsigned>(n);
    Word v = read_bits(base, bit, few);
    if (little) v = little_endian_value(v, few);
    return is_signed ? make_int(h, static_cast<std::int64_t>(v << (64 - few)) >> (64 - few))
                     : make_uint(h, v);
  }
  const std::size_t whole = n / 64, count = (n + 63) / 64;
  const auto odd = static_cast<unsigned>(n % 64);
  IntegerBuilder r(h, count);
  for (std::size_t i = 0; i < whole; ++i)
    r.limbs()[i] = little ? __builtin_bswap64(read_bits(base, bit + 64 * i, 64))
                          : read_bits(base, bit + n - 64 * (i + 1), 64);
  if (odd != 0)
    r.limbs()[whole] =
        little ? little_endian_value(read_bits(base, bit + 64 * whole, odd), odd) : read_bits(base, bit, odd);
  bool negative = false;
  if (is_signed) {
    Word& top = r.limbs()[count - 1];
    if (odd != 0) top = static_cast<Word>(static_cast<std::int64_t>(top << (64 - odd)) >> (64 - odd));
    negative = static_cast<std::int64_t>(top) < 0;
    if (negative) mpn_neg(gmp(r.limbs()), gmp(r.limbs()), static_cast<mp_size_t>(count));
  }
  const Term t = r.finish(count, negative);
  return is_failure(t) ? Term::none() : t;
}

bool read_float(const std::uint8_t* base, std::size_t bit, std::size_t n, unsigned flags, double* value) {
  if (n == 0) {
    *value = 0.0;
    return true;
  }
  if (n != 16 && n != 32 && n != 64) return false;
  Word v = read_bits(base, bit, static_cast<unsigned>(n));
  if (segment_is_little(flags)) v = little_endian_value(v, static_cast<unsigned>(n));
  if (n == 64) {
    *value = std::bit_cast<double>(v);
  } else if (n == 32) {
    *value = std::bit_cast<float>(static_cast<std::uint32_t>(v));
  } else {
    const auto exponent = static_cast<int>(v >> 10 & 31);
    const auto fraction = static_cast<double>(v & 0x3ff);
    if (exponent == 31) return false;
    const double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
    *value = (v & 0x8000) != 0 ? -magnitude : magnitude;
  }
  return std::isfinite(*value);
}

CodePointRead read_utf8(const std::uint8_t* base, std::size_t bit, std::size_t available) {
  const unsigned have = available < 32 ? static_cast<unsigned>(available / 8) : 4;
  if (have == 0) return {0, 0};
  const auto v = static_cast<std::uint32_t>(read_bits(base, bit, 8 * have) << (32 - 8 * have));
  if (v < 0x80000000) return {v >> 24, 8};
  const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(v >> 24), static_cast<std::uint8_t>(v >> 16),
                                 static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v)};
  std::uint32_t code_point = 0;
  const std::size_t size = utf8_decode(bytes, bytes + have, &code_point);
  return {code_point, static_cast<std::uint32_t>(8 * size)};
}

CodePointRead read_utf16(const std::uint8_t* base, std::size_t bit, std::size_t available, unsigned flags) {
  const auto unit = [&](std::size_t at) {
    const Word v = read_bits(base, at, 16);
    return static_cast<std::uint32_t>(segment_is_little(flags) ? little_endian_value(v, 16) : v);
  };
  if (available < 16) return {0, 0};
  const std::uint32_t first = unit(bit);
  if (first < 0xd800 || first > 0xdfff) return {first, 16};
  if (first > 0xdbff || available < 32) return {0, 0};
  const std::uint32_t second = unit(bit + 16);
  if (second < 0xdc00 || second > 0xdfff) return {0, 0};
  return {0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff)), 32};
}

CodePointRead read_utf32(const std::uint8_t* base, std::size_t bit, std::size_t available, unsigned flags) {
  if (available < 32) return {0, 0};
  Word v = read_bits(base, bit, 32);
  if (segment_is_little(flags)) v = little_endian_value(v, 32);
  if (!is_code_point(v)) return {0, 0};
  return {static_cast<std::uint32_t>(v), 32};
}

}  // namespace joist
