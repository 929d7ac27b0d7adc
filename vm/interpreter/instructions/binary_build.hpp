// binary_build.hpp -- putting bitstrings together.
//
// bs_create_bin builds a whole bitstring from a description of its segments. The instructions of OTP 24 and
// before (bs_init, then bs_put_* one after the other) keep in the process where the next one writes. `words`:
// heap words that are to be free afterwards, for what the code builds next.
#pragma once
#include "vm/code/segment.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/bit_syntax.hpp"

namespace joist {

// Builds from the `n` words of segments at `at`.
Flow create_bin(Machine& m, const Word* fail, Word words, Word live, Slot dst, const Word* at, std::size_t n);

struct BsCreateBin : Instruction<"bs_create_bin", Lab<"fail">, Num<"words">, Num<"live">, OutAny<"dst">,
                                 RestNum<"segments">> {
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot dst, Words_ segments) {
    return create_bin(m, fail, words, live, dst, segments.begin(), segments.size());
  }
};
// Small integers of constant sizes, at most kMaxHeapBytes in all: gathered in a word, stored when it is full.
// `parts`: how many of the words at the end are pairs of flags << 8 | bits and value (any); the segments
// follow.
struct BsCreateIntegers : Instruction<"bs_create_integers", Lab<"fail">, Num<"words">, Num<"live">,
                                      Out<"dst">, Num<"bits">, Num<"parts">, RestNum<"segments">> {
  static Flow run(Machine& m, const Word*, Word words, Word, Term& dst, Word bits, Word parts,
                  Words_ segments) {
    const Word size = 1 + ((bits + 63) >> 6);
    if (!m.room(1 + size + words)) return Flow::slow;
    Word* to = m.h;
    to[0] = make_header(BoxKind::heap_bits, 0) + (size << 32);
    to[1] = bits;
    to += 2;
    Word gathered = 0, filled = 0;  // the low `filled` bits count
    const Word* end = segments.begin() + parts;
    for (const Word* at = segments.begin(); at != end; at += 2) {
      const Term src = Slot{at[1]}.get(m);
      if (!src.is_small()) return Flow::slow;
      Word v = static_cast<Word>(src.small_value());
      const Word n = at[0] & 0xff;
      v <<= 64 - n;  // n is 1..64
      if (at[0] >= 256) v = __builtin_bswap64(v >> (64 - n));
      // v: the value at the high end.
      const Word free = 64 - filled;
      if (n < free) {
        gathered = gathered << n | v >> (64 - n);
        filled += n;
        continue;
      }
      *to++ = __builtin_bswap64((free == 64 ? 0 : gathered << free) | v >> filled);
      filled = n - free;
      gathered = filled == 0 ? 0 : v << free >> (64 - filled);
    }
    if (filled != 0) *to++ = __builtin_bswap64(gathered << (64 - filled));
    dst = Term::boxed(m.h);
    m.h = to;
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot dst, Word, Word parts,
                   Words_ segments) {
    return create_bin(m, fail, words, live, dst, segments.begin() + parts, segments.size() - parts);
  }
};
// Small integers of 1..8 bytes and whole binaries, at most kMaxHeapBytes in all. `fixed`: bytes of the
// integers. `parts`: how many of the words at the end are pairs of flags << 8 | bits (0: a binary) and value
// (any).
struct BsCreateBytes : Instruction<"bs_create_bytes", Lab<"fail">, Num<"words">, Num<"live">, OutAny<"dst">,
                                   Num<"fixed">, Num<"parts">, RestNum<"segments">> {
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot dst, Word fixed, Word parts,
                   Words_ segments);
};
// The term of the writable binary at `w` after something was appended to it: now `bits` long. If it is
// private that is the same term, else a new one, and only the new one is writable.
template <bool kPrivate>
[[gnu::always_inline]] inline Term grown_writable(Machine& m, Word* w, Word bits) {
  if constexpr (kPrivate) {
    w[4] = bits;
    return Term::boxed(w);
  } else {
    Word* at = m.h;
    at[0] = w[0];
    w[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1);
    at[1] = w[1];
    at[2] = w[2];
    at[3] = 0;
    at[4] = bits;
    m.h = at + kSubBitsWords;
    return Term::boxed(at);
  }
}
// A whole-byte big-endian integer, or an ASCII character, appended in place to a writable binary with room
// for it: the loop that builds a binary from its parts. `kPrivate`: nobody else has the binary, so it need
// not be a new term.
template <class Store, Name N, bool kPrivate>
struct BsAppendWhole : Instruction<N, Lab<"fail">, Num<"words">, Num<"live">, InReg<"bin">, In<"value">,
                                   Out<"dst">, RestNum<"segments">> {
  static Flow run(Machine& m, const Word*, Word words, Word, Term bin, Term value, Term& dst, Words_) {
    if (!bin.is_boxed() || !Store::takes(value)) return Flow::slow;
    Word* w = bin.box_words();
    if (w[0] != make_header(BoxKind::sub_bits, kSubBitsWords - 1, 0, kBitsWritable)) return Flow::slow;
    const Word bits = w[4], used = (bits >> 3) + Store::kBytes;
    auto* binary = reinterpret_cast<RefcBinary*>(Term{w[1]}.box_words()[1]);
    if ((bits & 7) != 0 || used > binary->capacity) return Flow::slow;
    if (!m.room((kPrivate ? 0 : kSubBitsWords) + words)) return Flow::slow;
    Store::store(binary->bytes + (bits >> 3), static_cast<Word>(value.small_value()));
    binary->set_used(used);
    asm volatile("" ::: "memory");  // what follows reads again what it needs: registers are scarce
    dst = grown_writable<kPrivate>(m, w, w[4] + 8 * Store::kBytes);
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot, Slot, Slot dst,
                   Words_ segments) {
    return create_bin(m, fail, words, live, dst, segments.begin(), segments.size());
  }
};
// Small integers of 1..64 bits, whole bytes and at most 8 of them in all (`bits`), appended in place.
template <Name N, bool kPrivate>
struct BsAppendParts : Instruction<N, Lab<"fail">, Num<"words">, Num<"live">, InReg<"bin">, Out<"dst">,
                                   Num<"bits">, Num<"parts">, RestNum<"segments">> {
  static Flow run(Machine& m, const Word*, Word words, Word, Term bin, Term& dst, Word bits, Word parts,
                  Words_ segments) {
    if (!bin.is_boxed()) return Flow::slow;
    Word* w = bin.box_words();
    if (w[0] != make_header(BoxKind::sub_bits, kSubBitsWords - 1, 0, kBitsWritable)) return Flow::slow;
    auto* binary = reinterpret_cast<RefcBinary*>(Term{w[1]}.box_words()[1]);
    // A whole word is stored.
    if ((w[4] & 7) != 0 || (w[4] >> 3) + 8 > binary->capacity) return Flow::slow;
    if (!m.room((kPrivate ? 0 : kSubBitsWords) + words)) return Flow::slow;
    Word gathered = 0;
    const Word* end = segments.begin() + parts;
    for (const Word* at = segments.begin(); at != end; at += 2) {
      const Term src = Slot{at[1]}.get(m);
      if (!src.is_small()) return Flow::slow;
      const Word n = at[0] & 0xff;
      Word v = static_cast<Word>(src.small_value()) << (64 - n);
      if (at[0] > 0xff) v = __builtin_bswap64(v >> (64 - n));
      gathered = n == 64 ? v : gathered << n | v >> (64 - n);
    }
    const Word in_order = __builtin_bswap64(gathered << (64 - bits));
    std::memcpy(binary->bytes + (w[4] >> 3), &in_order, 8);
    asm volatile("" ::: "memory");
    const Word size = w[4] + bits;
    binary->set_used(size >> 3);
    dst = grown_writable<kPrivate>(m, w, size);
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word words, Word live, Slot, Slot dst, Word, Word parts,
                   Words_ segments) {
    return create_bin(m, fail, words, live, dst, segments.begin() + parts, segments.size() - parts);
  }
};
using BsAppendIntegers = BsAppendParts<"bs_append_integers", false>;
using BsPrivateAppendIntegers = BsAppendParts<"bs_private_append_integers", true>;
struct Store8 {
  static constexpr Word kBytes = 1;
  [[gnu::always_inline]] static bool takes(Term t) { return t.is_small(); }
  [[gnu::always_inline]] static void store(std::uint8_t* p, Word v) { *p = static_cast<std::uint8_t>(v); }
};
struct StoreAscii : Store8 {
  [[gnu::always_inline]] static bool takes(Term t) { return (t.bits & ~(Word{0x7f} << 2)) == 0; }
};
struct Store16 {
  static constexpr Word kBytes = 2;
  [[gnu::always_inline]] static bool takes(Term t) { return t.is_small(); }
  [[gnu::always_inline]] static void store(std::uint8_t* p, Word v) {
    const auto swapped = __builtin_bswap16(static_cast<std::uint16_t>(v));
    std::memcpy(p, &swapped, 2);
  }
};
struct Store32 {
  static constexpr Word kBytes = 4;
  [[gnu::always_inline]] static bool takes(Term t) { return t.is_small(); }
  [[gnu::always_inline]] static void store(std::uint8_t* p, Word v) {
    const auto swapped = __builtin_bswap32(static_cast<std::uint32_t>(v));
    std::memcpy(p, &swapped, 4);
  }
};
using BsAppend8 = BsAppendWhole<Store8, "bs_append_8", false>;
using BsAppend16 = BsAppendWhole<Store16, "bs_append_16", false>;
using BsAppend32 = BsAppendWhole<Store32, "bs_append_32", false>;
using BsAppendUtf8 = BsAppendWhole<StoreAscii, "bs_append_utf8", false>;
using BsPrivateAppend8 = BsAppendWhole<Store8, "bs_private_append_8", true>;
using BsPrivateAppend16 = BsAppendWhole<Store16, "bs_private_append_16", true>;
using BsPrivateAppend32 = BsAppendWhole<Store32, "bs_private_append_32", true>;
using BsPrivateAppendUtf8 = BsAppendWhole<StoreAscii, "bs_private_append_utf8", true>;
// x0: the bytes that will probably be appended, then an empty bitstring to append to.
struct BsInitWritable : Instruction<"bs_init_writable"> {
  static Flow slow(Machine& m);
};

// ---- OTP 24 and before: what the loader could not turn into one bs_create_bin ----
struct BsInit : Instruction<"bs_init", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"words">, Num<"live">,
                            OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word words, Word live, Slot dst);
};
struct BsAppend : Instruction<"bs_append", Lab<"fail">, InAny<"extra">, Num<"words">, Num<"live">,
                              Num<"unit">, InAny<"bits">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot extra, Word words, Word live, Word unit, Slot bits,
                   Slot dst);
};
struct BsPrivateAppend : Instruction<"bs_private_append", Lab<"fail">, InAny<"extra">, Num<"unit">,
                                     InAny<"bits">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot extra, Word unit, Slot bits, Slot dst);
};
// dst = a + b * unit, for sizes: badarg if one is not a size, system_limit if it is too large.
struct BsAdd : Instruction<"bs_add", Lab<"fail">, InAny<"a">, InAny<"b">, Num<"unit">, OutAny<"dst">> {
  static Flow run(Machine&, const Word*, Term a, Term b, Word unit, Term& dst) {
    constexpr Word kUsual = Word{1} << 32;  // anything that is no small size is larger, or is no small
    if (((a.bits | b.bits) & 3) != 0 || (a.bits | b.bits) >= kUsual) return Flow::slow;
    dst = {a.bits + b.bits * unit};
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b, Word unit, Slot dst);
};
struct BsPutInteger
    : Instruction<"bs_put_integer", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src);
};
struct BsPutFloat
    : Instruction<"bs_put_float", Lab<"fail">, InAny<"size">, Num<"unit">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src);
};
struct BsPutBinary : Instruction<"bs_put_binary", Lab<"fail">, InAny<"size">, Num<"unit">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Slot size, Word unit, Slot src);
};
struct BsPutString : Instruction<"bs_put_string", Num<"size">, RestNum<"bytes">> {
  static Flow slow(Machine& m, Word size, Words_ bytes);
};
struct BsPutUtf : Instruction<"bs_put_utf", Lab<"fail">, Num<"encoding">, Num<"flags">, InAny<"src">> {
  static Flow slow(Machine& m, const Word* fail, Word encoding, Word flags, Slot src);
};
// Bytes that a code point takes; 4 of what is none, for bs_put_utf to complain about.
struct BsUtfSize : Instruction<"bs_utf_size", Num<"encoding">, InAny<"src">, OutAny<"dst">> {
  static Flow run(Machine&, Word encoding, Term src, Term& dst) {
    if ((src.bits & ~(Word{0x7f} << 2)) != 0) return Flow::slow;
    dst = {encoding >> 3 << 2};
    return Flow::next;
  }
  static Flow slow(Machine& m, Word encoding, Slot src, Slot dst);
};

using BinaryBuildInstructions =
    InstructionList<BsCreateBin, BsCreateIntegers, BsCreateBytes, BsAppendIntegers, BsPrivateAppendIntegers,
                    BsAppend8, BsAppend16, BsAppend32, BsAppendUtf8, BsPrivateAppend8, BsPrivateAppend16,
                    BsPrivateAppend32, BsPrivateAppendUtf8, BsInitWritable, BsInit, BsAppend, BsPrivateAppend,
                    BsAdd, BsPutInteger, BsPutFloat, BsPutBinary, BsPutString, BsPutUtf, BsUtfSize>;

}  // namespace joist
