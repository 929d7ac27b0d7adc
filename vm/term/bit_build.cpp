// bit_build.cpp -- the writing half of bit_syntax.hpp, and appending in place.
#include <algorithm>

#include "vm/term/bit_syntax.hpp"
#include "vm/term/integer_parts.hpp"

namespace joist {

// ---- BitWriter ----------------------------------------------------------------------------------------

void BitWriter::put_unaligned(Word v, unsigned n) {
  if (n == 0) return;
  std::uint8_t* p = bytes_ + bit_ / 8;
  const auto offset = static_cast<unsigned>(bit_ % 8);
  bit_ += n;
  v <<= 64 - n;
  if (offset != 0) {
    *p = static_cast<std::uint8_t>((*p & 0xff00u >> offset) | v >> 56 >> offset);
    if (n <= 8 - offset) return;
    ++p;
    v <<= 8 - offset;
    n -= 8 - offset;
  }
  for (;; v <<= 8, n -= 8) {
    *p++ = static_cast<std::uint8_t>(v >> 56);
    if (n <= 8) return;
  }
}

void BitWriter::put_repeated(bool ones, std::size_t n) {
  const Word v = ones ? ~Word{0} : 0;
  const std::size_t head = std::min<std::size_t>(n, (8 - bit_ % 8) % 8);
  put_unaligned(v, static_cast<unsigned>(head));
  n -= head;
  if (n >= 8) std::memset(bytes_ + bit_ / 8, static_cast<int>(v & 0xff), n / 8);
  bit_ += n / 8 * 8;
  put_unaligned(v, static_cast<unsigned>(n % 8));
}

bool BitWriter::put_integer_slow(Term t, std::size_t n, unsigned flags) {
  if (!t.is_integer()) return false;
  if (n == 0) return true;
  const bool little = segment_is_little(flags);
  const IntegerView v(t);
  // Limb `i` in two's complement; limbs below the first that isn't zero stay zero, that one is negated, those
  // above are inverted.
  std::size_t first = 0;
  while (first < v.n() && v.limbs()[first] == 0) ++first;
  const auto limb = [&](std::size_t i) -> Word {
    const Word w = i < v.n() ? v.limbs()[i] : 0;
    return !v.negative() || i < first ? w : i == first ? 0 - w : ~w;
  };
  const std::size_t whole = n / 64, counted = std::min(whole, v.n());
  const auto odd = static_cast<unsigned>(n % 64);
  if (little) {
    for (std::size_t i = 0; i < counted; ++i) put(__builtin_bswap64(limb(i)), 64);
    put_repeated(v.negative(), 64 * (whole - counted));
    if (odd != 0) put(little_endian_bits(limb(whole), odd), odd);
  } else {
    if (odd != 0) put(limb(whole), odd);
    put_repeated(v.negative(), 64 * (whole - counted));
    for (std::size_t i = counted; i-- > 0;) put(limb(i), 64);
  }
  return true;
}

namespace {

// To the nearest half precision float, ties to even; too large ones to infinity.
std::uint16_t half_from_double(double d) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(d) ? 0x8000 : 0);
  d = std::fabs(d);
  if (d >= 65520) return sign | 0x7c00;
  if (d == 0) return sign;
  int exponent = 0;
  std::frexp(d, &exponent);  // d < 2^exponent
  // Units in the last place: 2^(exponent - 11), not below 2^-24. A mantissa rounded up to 2^11 carries.
  const int unit = std::max(exponent - 11, -24);
  const auto mantissa = static_cast<std::uint16_t>(std::nearbyint(std::ldexp(d, -unit)));
  const auto biased = static_cast<std::uint16_t>((unit + 24) << 10);
  return sign | static_cast<std::uint16_t>(biased + mantissa);
}

}  // namespace

bool BitWriter::put_float(Term t, std::size_t n, unsigned flags) {
  if (n != 16 && n != 32 && n != 64) return false;
  const auto d = to_double(t);
  if (!d) return false;
  Word v = n == 64   ? std::bit_cast<Word>(*d)
           : n == 32 ? std::bit_cast<std::uint32_t>(static_cast<float>(*d))
                     : half_from_double(*d);
  if (segment_is_little(flags)) v = little_endian_bits(v, static_cast<unsigned>(n));
  put(v, static_cast<unsigned>(n));
  return true;
}

namespace {
bool is_code_point_term(Term t) {
  return t.is_small() && t.small_value() >= 0 && is_code_point(static_cast<std::uint64_t>(t.small_value()));
}
}  // namespace

bool BitWriter::put_utf8(Term code_point) {
  if (!is_code_point_term(code_point)) return false;
  std::uint8_t bytes[4];
  put_bytes(bytes, utf8_encode(static_cast<std::uint32_t>(code_point.small_value()), bytes));
  return true;
}

bool BitWriter::put_utf16(Term code_point, unsigned flags) {
  if (!is_code_point_term(code_point)) return false;
  const auto put_unit = [&](Word v) { put(segment_is_little(flags) ? little_endian_bits(v, 16) : v, 16); };
  const auto c = static_cast<Word>(code_point.small_value());
  if (c < 0x10000) {
    put_unit(c);
  } else {
    put_unit(0xd800 + ((c - 0x10000) >> 10));
    put_unit(0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  return true;
}

bool BitWriter::put_utf32(Term code_point, unsigned flags) {
  return is_code_point_term(code_point) && put_integer(code_point, 32, flags);
}

std::size_t utf8_size(Term code_point) {
  return is_code_point_term(code_point)
             ? utf8_encoded_size(static_cast<std::uint32_t>(code_point.small_value()))
             : 0;
}

std::size_t utf16_size(Term code_point) {
  return !is_code_point_term(code_point) ? 0 : code_point.small_value() < 0x10000 ? 2 : 4;
}

// ---- appending ----------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kMinSpareCapacity = 256;  // OTP: the same

void set_writable(Word* sub_bits) { sub_bits[0] |= Word{kBitsWritable} << 11; }
void clear_writable(Word* sub_bits) { sub_bits[0] &= ~(Word{kBitsWritable} << 11); }
bool is_writable(Term t) {
  return t.is_box(BoxKind::sub_bits) && (header_flags(t.header()) & kBitsWritable) != 0;
}

// A new writable sub_bits of `bit_size` bits over new memory.
Term make_writable(Heap& h, std::size_t bit_size, std::size_t capacity) {
  const std::size_t used = bytes_for_bits(bit_size);
  const Term t = make_refc_binary(h, RefcBinary::make(used, std::max(capacity, used)), bit_size);
  set_writable(t.box_words());
  return t;
}

// Extends `writable` where it is, if there is room; else none().
Term extend_in_place(Heap& h, Term writable, std::size_t bit_size) {
  Word* old = writable.box_words();
  RefcBinary* binary = refc_binary_of(writable);
  const std::size_t used = bytes_for_bits(bit_size);
  if (used > binary->capacity) return Term::none();
  // The last byte is about to change if it is not full: another process may be reading its first bits.
  if (old[4] % 8 != 0 && binary->references.load(std::memory_order_acquire) != 1) return Term::none();
  check(old[3] == 0 && bytes_for_bits(old[4]) == binary->used(),
        "a writable bitstring is not all of its binary");
  h.off_heap().virtual_words += words_for_bytes(used) - words_for_bytes(binary->used());
  binary->set_used(used);
  clear_writable(old);
  Word* w = h.alloc(kSubBitsWords);
  w[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1, 0, kBitsWritable);
  w[1] = old[1];
  w[2] = old[2];
  w[3] = 0;
  w[4] = bit_size;
  return Term::boxed(w);
}

}  // namespace

Term begin_append(Heap& h, Term bits, std::size_t extra_bits, BitWriter* writer) {
  const Bits source = *Bits::from(bits);
  const std::size_t old_size = source.bit_size(), bit_size = old_size + extra_bits;
  if (is_writable(bits)) {
    if (const Term t = extend_in_place(h, bits, bit_size); !t.is_none()) {
      *writer = BitWriter(const_cast<std::uint8_t*>(source.base()), old_size);
      return t;
    }
    // Its successor is the copy; nothing may be appended to this memory again.
    clear_writable(bits.box_words());
  }
  const std::size_t size = bytes_for_bits(bit_size);
  std::uint8_t* bytes;
  Term t;
  if (size <= kMaxHeapBytes) {
    t = make_bitstring(h, bit_size, &bytes);
  } else {
    t = make_writable(h, bit_size, std::max(2 * size, kMinSpareCapacity));
    bytes = refc_binary_of(t)->bytes;
  }
  copy_bits(bytes, 0, source.base(), source.start_bit(), old_size);
  *writer = BitWriter(bytes, old_size);
  return t;
}

Term make_writable_binary(Heap& h, std::size_t capacity) { return make_writable(h, 0, capacity); }

}  // namespace joist
