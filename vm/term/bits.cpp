#include "vm/term/bits.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "vm/term/binary_totals.hpp"

namespace joist {

// ---- RefcBinary ---------------------------------------------------------------------------------------

namespace {

// The total is spread over cache lines, since every scheduler makes and drops binaries all the time. One
// number holds both totals: bytes in the low bits, signed, since bytes may be dropped on another line than
// they were made on, and the number of binaries (modulo 8 million) above them.
constexpr unsigned kByteBits = 41;  // 1 TiB
constexpr std::int64_t kOneBinary = std::int64_t{1} << kByteBits;
struct alignas(64) ByteCount {
  std::atomic<std::int64_t> n{0};
};
constexpr unsigned kByteCounts = 16;
ByteCount byte_counts[kByteCounts];

std::atomic<std::int64_t>& own_byte_count() {
  static std::atomic<unsigned> next{0};
  thread_local const unsigned index = next.fetch_add(1, std::memory_order_relaxed) % kByteCounts;
  return byte_counts[index].n;
}

}  // namespace

RefcBinary* RefcBinary::make(std::size_t size, std::size_t capacity) {
  check(size <= capacity, "a binary is larger than its memory");
  const std::size_t bytes = words_for_bytes(std::max<std::size_t>(capacity, 8)) * 8;
  void* memory = std::malloc(sizeof(RefcBinary) + bytes);
  if (memory == nullptr) throw std::bad_alloc();
  auto* b = new (memory) RefcBinary{.references = 1, .size = size, .capacity = capacity};
  own_byte_count().fetch_add(kOneBinary + static_cast<std::int64_t>(capacity), std::memory_order_relaxed);
  return b;
}

void RefcBinary::destroy(RefcBinary* b) {
  own_byte_count().fetch_sub(kOneBinary + static_cast<std::int64_t>(b->capacity), std::memory_order_relaxed);
  std::free(b);
}

BinaryTotals binary_totals() {
  std::uint64_t sum = 0;
  for (ByteCount& c : byte_counts) sum += static_cast<std::uint64_t>(c.n.load(std::memory_order_relaxed));
  const std::int64_t bytes = static_cast<std::int64_t>(sum << (64 - kByteBits)) >> (64 - kByteBits);
  if (bytes <= 0) return {0, 0};
  return {static_cast<std::size_t>(sum >> kByteBits), static_cast<std::size_t>(bytes)};
}

std::size_t RefcBinary::total_bytes() { return binary_totals().bytes; }

// ---- making -------------------------------------------------------------------------------------------

Term make_bitstring(Heap& h, std::size_t bit_size, std::uint8_t** bytes) {
  const std::size_t byte_size = bytes_for_bits(bit_size);
  if (byte_size > kMaxHeapBytes) {
    RefcBinary* binary = RefcBinary::make(byte_size, byte_size);
    if (bit_size % 8 != 0) binary->bytes[byte_size - 1] = 0;
    *bytes = binary->bytes;
    return make_refc_binary(h, binary, bit_size);
  }
  const std::size_t words = heap_bits_words(bit_size);
  Word* w = h.alloc(words);
  w[0] = make_header(BoxKind::heap_bits, words - 1);
  w[words - 1] = 0;  // the last word of bytes, or the size (written next) if there are none
  w[1] = bit_size;
  *bytes = reinterpret_cast<std::uint8_t*>(w + 2);
  return Term::boxed(w);
}

Term make_binary(Heap& h, std::size_t size, std::uint8_t** bytes) {
  return make_bitstring(h, size * 8, bytes);
}

Term make_binary_copy(Heap& h, const void* data, std::size_t size) {
  std::uint8_t* bytes;
  const Term t = make_binary(h, size, &bytes);
  if (size != 0) std::memcpy(bytes, data, size);
  return t;
}

Term make_refc_binary(Heap& h, RefcBinary* binary, std::size_t bit_size) {
  check(bytes_for_bits(bit_size) <= binary->capacity, "a binary is larger than its memory");
  Word* w = h.alloc(kBinaryRefWords + kSubBitsWords);
  w[0] = make_header(BoxKind::binary_ref, kBinaryRefWords - 1);
  w[1] = reinterpret_cast<Word>(binary);
  h.link_off_heap(w, words_for_bytes(binary->used()));
  Word* sub = w + kBinaryRefWords;
  sub[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1);
  sub[1] = Term::boxed(w).bits;
  sub[2] = reinterpret_cast<Word>(binary->bytes);
  sub[3] = 0;
  sub[4] = bit_size;
  return Term::boxed(sub);
}

Term make_sub_bits(Heap& h, Term of, std::size_t start, std::size_t size) {
  const Bits bits = *Bits::from(of);
  check(start <= bits.bit_size() && size <= bits.bit_size() - start, "a part lies outside its bitstring");
  const BoxKind kind = of.box_kind();
  if (size == bits.bit_size() && kind != BoxKind::match_context) return of;
  // A copy that takes no more room than a reference also lets go of the rest of the bytes.
  if (heap_bits_words(size) <= kSubBitsWords) {
    std::uint8_t* bytes;
    const Term copy = make_bitstring(h, size, &bytes);
    copy_bits(bytes, 0, bits.base(), bits.start_bit() + start, size);
    return copy;
  }
  Word* w = h.alloc(kSubBitsWords);
  w[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1);
  w[1] = kind == BoxKind::heap_bits ? of.bits : of.box_words()[1];
  w[2] = reinterpret_cast<Word>(bits.base());
  w[3] = bits.start_bit() + start;
  w[4] = size;
  return Term::boxed(w);
}

// ---- copying and comparing ----------------------------------------------------------------------------

namespace {

std::uint64_t load_big_endian(const std::uint8_t* p) {
  std::uint64_t v;
  std::memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}

void store_big_endian(std::uint8_t* p, std::uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(p, &v, 8);
}

// 64 bits from bit `offset` (0..7); reads only the bytes that hold them.
std::uint64_t load_64(const std::uint8_t* p, unsigned offset) {
  const std::uint64_t v = load_big_endian(p);
  return offset == 0 ? v : v << offset | p[8] >> (8 - offset);
}

// `n` <= 64 bits from bit `offset` (0..7), at the low end; reads only the bytes that hold them.
std::uint64_t load_few(const std::uint8_t* p, unsigned offset, unsigned n) {
  if (n == 0) return 0;
  std::uint64_t v = p[0] & 0xffu >> offset;
  unsigned have = 8 - offset;
  if (n <= have) return v >> (have - n);
  while (n - have >= 8) {
    v = v << 8 | *++p;
    have += 8;
  }
  if (const unsigned rest = n - have; rest != 0) v = v << rest | p[1] >> (8 - rest);
  return v;
}

// Writes the low `n` bits of `value` at bit `offset`; n + offset <= 8. The other bits stay.
void store_in_byte(std::uint8_t* p, unsigned offset, unsigned n, std::uint64_t value) {
  const unsigned shift = 8 - offset - n;
  const unsigned mask = ((1u << n) - 1) << shift;
  *p = static_cast<std::uint8_t>((*p & ~mask) | (static_cast<unsigned>(value) << shift & mask));
}

}  // namespace

void copy_bits(std::uint8_t* to, std::size_t to_bit, const std::uint8_t* from, std::size_t from_bit,
               std::size_t n) {
  if (n == 0) return;
  to += to_bit / 8;
  from += from_bit / 8;
  const auto to_offset = static_cast<unsigned>(to_bit % 8);
  auto from_offset = static_cast<unsigned>(from_bit % 8);
  if (to_offset != 0) {  // up to the next byte of the target
    const unsigned head = static_cast<unsigned>(std::min<std::size_t>(8 - to_offset, n));
    store_in_byte(to, to_offset, head, load_few(from, from_offset, head));
    n -= head;
    if (n == 0) return;
    ++to;
    from_offset += head;
    from += from_offset / 8;
    from_offset %= 8;
  }
  if (from_offset == 0) {
    std::memcpy(to, from, n / 8);
    to += n / 8;
    from += n / 8;
    n %= 8;
  } else {
    for (; n >= 64; n -= 64, to += 8, from += 8) store_big_endian(to, load_64(from, from_offset));
    for (; n >= 8; n -= 8, ++to, ++from)
      *to = static_cast<std::uint8_t>(from[0] << from_offset | from[1] >> (8 - from_offset));
  }
  if (n != 0) store_in_byte(to, 0, static_cast<unsigned>(n), load_few(from, from_offset, n));
}

int compare_bits(const std::uint8_t* a, std::size_t a_bit, const std::uint8_t* b, std::size_t b_bit,
                 std::size_t n) {
  a += a_bit / 8;
  b += b_bit / 8;
  auto a_offset = static_cast<unsigned>(a_bit % 8);
  auto b_offset = static_cast<unsigned>(b_bit % 8);
  if (a_offset == b_offset) {
    if (a_offset != 0) {
      const unsigned head = static_cast<unsigned>(std::min<std::size_t>(8 - a_offset, n));
      const std::uint64_t x = load_few(a, a_offset, head), y = load_few(b, b_offset, head);
      if (x != y) return x < y ? -1 : 1;
      n -= head;
      if (n == 0) return 0;
      ++a;
      ++b;
      a_offset = b_offset = 0;
    }
    if (n >= 8) {
      if (const int order = std::memcmp(a, b, n / 8); order != 0) return order;
      a += n / 8;
      b += n / 8;
      n %= 8;
    }
  }
  for (; n >= 64; n -= 64, a += 8, b += 8) {
    const std::uint64_t x = load_64(a, a_offset), y = load_64(b, b_offset);
    if (x != y) return x < y ? -1 : 1;
  }
  const auto rest = static_cast<unsigned>(n);
  const std::uint64_t x = load_few(a, a_offset, rest), y = load_few(b, b_offset, rest);
  return x == y ? 0 : x < y ? -1 : 1;
}

}  // namespace joist
