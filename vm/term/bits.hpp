// bits.hpp -- binaries and bitstrings: layout, one view over all kinds, making, slicing.
//
//   heap_bits      header, bit size, bytes            up to kMaxHeapBytes
//   binary_ref     header, RefcBinary*, link          one per process and binary; never a term by itself
//   sub_bits       header, Term (heap_bits | binary_ref), base pointer, start bit, bit size
//   match_context  as sub_bits; the start bit is the position and moves on
// The base pointer addresses the bytes of the underlying object; the collector renews it. It is 8-byte
// aligned, and the bytes up to the next multiple of 8 after the last one may be read (read_bits() does).
// Bit 0 is the most significant bit of byte 0.
#pragma once
#include <atomic>
#include <string_view>

#include "vm/term/heap.hpp"

namespace joist {

constexpr std::size_t kMaxHeapBytes = 64;

// Reference-counted bytes outside all heaps. Immutable once published, except that the last `capacity -
// size` bytes may be filled by the one holder of a writable sub_bits (appending in place).
struct RefcBinary {
  std::atomic<std::int64_t> references;
  std::size_t size;      // bytes in use; read it with used(): its owner may be appending
  std::size_t capacity;  // bytes it may hold; memory is there up to the next multiple of 8
  std::uint8_t bytes[];

  static RefcBinary* make(std::size_t size, std::size_t capacity);  // one reference, bytes undefined
  std::size_t used() { return std::atomic_ref(size).load(std::memory_order_relaxed); }
  void set_used(std::size_t n) { std::atomic_ref(size).store(n, std::memory_order_relaxed); }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }
  static void destroy(RefcBinary* b);
  static std::size_t total_bytes();  // of all live ones, for erlang:memory(binary)
};

constexpr std::size_t kBinaryRefWords = 3;
constexpr std::size_t kSubBitsWords = 5;
constexpr std::size_t heap_bits_words(std::size_t bit_size) {
  return 2 + words_for_bytes(bytes_for_bits(bit_size));
}

// Reads any bitstring or match context: `size` bits from bit `start` of `base`.
class Bits {
 public:
  static std::optional<Bits> from(Term t) {
    if (!t.is_boxed()) return std::nullopt;
    const Word* w = t.box_words();
    switch (header_kind(*w)) {
      case BoxKind::heap_bits: return Bits(t, reinterpret_cast<const std::uint8_t*>(w + 2), 0, w[1]);
      case BoxKind::sub_bits:
      case BoxKind::match_context: return Bits(t, reinterpret_cast<const std::uint8_t*>(w[2]), w[3], w[4]);
      default: return std::nullopt;
    }
  }
  const std::uint8_t* base() const { return base_; }
  std::size_t start_bit() const { return start_; }
  std::size_t bit_size() const { return size_; }
  std::size_t byte_size() const { return bytes_for_bits(size_); }  // rounded up
  bool whole_bytes() const { return size_ % 8 == 0; }
  bool byte_aligned() const { return start_ % 8 == 0; }
  // First byte; only if byte_aligned().
  const std::uint8_t* bytes() const { return base_ + start_ / 8; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes()), size_ / 8}; }
  Term term() const { return t_; }

 private:
  Bits(Term t, const std::uint8_t* base, std::size_t start, std::size_t size)
      : t_(t), base_(base), start_(start), size_(size) {}
  Term t_;
  const std::uint8_t* base_;
  std::size_t start_, size_;
};

inline bool Term::is_binary() const {
  const auto b = is_bitstring() ? Bits::from(*this) : std::nullopt;
  return b && b->whole_bytes();
}

// A new binary of `size` bytes; `*bytes` is where the caller writes them before anything else happens.
Term make_binary(Heap& h, std::size_t size, std::uint8_t** bytes);
Term make_binary_copy(Heap& h, const void* data, std::size_t size);
inline Term make_binary_copy(Heap& h, std::string_view s) { return make_binary_copy(h, s.data(), s.size()); }
// Like make_binary for `bit_size` bits; unused low bits of the last byte are zeroed.
Term make_bitstring(Heap& h, std::size_t bit_size, std::uint8_t** bytes);
// A term for an existing RefcBinary, taking over one reference.
Term make_refc_binary(Heap& h, RefcBinary* binary, std::size_t bit_size);
// Bits [start, start + size) of `of` (any bitstring or match context), sharing the bytes where that is
// cheaper than copying. `start` counts from the bitstring's own first bit.
Term make_sub_bits(Heap& h, Term of, std::size_t start, std::size_t size);

// The reference counted bytes that a sub_bits or match_context is part of; null for what lies on the heap.
inline RefcBinary* refc_binary_of(Term t) {
  const BoxKind kind = t.box_kind();
  if (kind != BoxKind::sub_bits && kind != BoxKind::match_context) return nullptr;
  const Term underlying{t.box_words()[1]};
  if (!underlying.is_box(BoxKind::binary_ref)) return nullptr;
  return reinterpret_cast<RefcBinary*>(underlying.box_words()[1]);
}

// Copies `n` bits; source and target may start at any bit and must not overlap.
void copy_bits(std::uint8_t* to, std::size_t to_bit, const std::uint8_t* from, std::size_t from_bit,
               std::size_t n);
// <0, 0, >0 as memcmp on bit strings of equal length `n`.
int compare_bits(const std::uint8_t* a, std::size_t a_bit, const std::uint8_t* b, std::size_t b_bit,
                 std::size_t n);

// The bytes of a bitstring, of the last one perhaps only the upper bits: its own if aligned, else copied to
// `scratch` (a std::string-like).
template <class Scratch>
std::string_view aligned_bytes(const Bits& b, Scratch& scratch) {
  if (b.byte_aligned()) return {reinterpret_cast<const char*>(b.bytes()), b.byte_size()};
  scratch.resize(b.byte_size());
  copy_bits(reinterpret_cast<std::uint8_t*>(scratch.data()), 0, b.base(), b.start_bit(), b.bit_size());
  return {scratch.data(), b.byte_size()};
}

}  // namespace joist
