// binary_match.hpp -- taking bitstrings apart.
//
// A match context is a boxed term of its own: words 1-2 underlying bytes, word 3 the position in bits, word 4
// the bits that are left. The instructions move it on; nothing else may look at it but the collector.
// Positions (bs_get_position) are absolute bits, and position + rest is always the end, so going back
// restores the rest. Reading takes whole aligned words: the bytes up to the next multiple of 8 after a
// binary's last are readable.
#pragma once
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/bit_syntax.hpp"

namespace joist {

namespace context {

[[gnu::always_inline]] inline const std::uint8_t* base(const Word* w) {
  return reinterpret_cast<const std::uint8_t*>(w[2]);
}
[[gnu::always_inline]] inline void advance(Word* w, Word bits) {
  asm volatile(
      "" ::
          : "memory");  // change them in memory, rather than keep them in registers that are scarce here
  w[3] += bits;
  w[4] -= bits;
}
// The next 1..64 bits as an unsigned big-endian number; they must be there.
[[gnu::always_inline]] inline Word peek(const Word* w, Word bits) {
  const Word* p = reinterpret_cast<const Word*>(w[2]) + (w[3] >> 6);
  const Word shift = w[3] & 63;
  Word v = detail::load_aligned_word(reinterpret_cast<const std::uint8_t*>(p), 0) << shift;
  if (shift + bits > 64)
    v |= detail::load_aligned_word(reinterpret_cast<const std::uint8_t*>(p), 1) >> (64 - shift);
  return v >> (64 - bits);
}
// The next `size` bits as a bitstring, taking up to kSubBitsWords of the heap, of which there is room. Few
// whole bytes are copied: that takes no more memory, and lets go of the rest.
[[gnu::always_inline]] inline Term take(Machine& m, const Word* w, Word size) {
  Word* at = m.h;
  constexpr Word kCopied = (kSubBitsWords - 2) * 64;
  if (size <= kCopied && ((w[3] | size) & 7) == 0) {
    const Word* p = reinterpret_cast<const Word*>(w[2]) + (w[3] >> 6);
    const Word shift = w[3] & 63;
    at[1] = size;
    Word* to = at + 2;
    for (Word left = size; left != 0; ++p) {
      Word v = *p >> shift;
      if (left + shift > 64 && shift != 0) v |= p[1] << (64 - shift);
      if (left <= 64) {
        *to++ = v << (64 - left) >> (64 - left);
        break;
      }
      *to++ = v;
      left -= 64;
    }
    at[0] = make_header(BoxKind::heap_bits, static_cast<std::size_t>(to - at) - 1);
    m.h = to;
    return Term::boxed(at);
  }
  at[0] = make_header(BoxKind::sub_bits, kSubBitsWords - 1);
  at[1] = w[1];
  at[2] = w[2];
  at[3] = w[3];
  at[4] = size;
  m.h = at + kSubBitsWords;
  return Term::boxed(at);
}

}  // namespace context

// A match context for a bitstring; of a match context, that one itself. `fail` if it is neither.
[[gnu::always_inline]] inline Flow start_match(Machine& m, const Word* fail, Term src, Term& dst) {
  if (!src.is_boxed()) return m.jump(fail);
  const Word* w = src.box_words();
  const BoxKind kind = header_kind(*w);
  if (kind == BoxKind::match_context) {
    dst = src;
    return Flow::next;
  }
  if (kind != BoxKind::sub_bits && kind != BoxKind::heap_bits) return m.jump(fail);
  if (!m.room(kSubBitsWords)) return Flow::slow;
  Word* at = m.h;
  at[0] = make_header(BoxKind::match_context, kSubBitsWords - 1);
  if (kind == BoxKind::sub_bits) {
    at[1] = w[1];
    at[2] = w[2];
    at[3] = w[3];
    at[4] = w[4];
  } else {
    at[1] = src.bits;
    at[2] = reinterpret_cast<Word>(w + 2);
    at[3] = 0;
    at[4] = w[1];
  }
  m.h = at + kSubBitsWords;
  dst = Term::boxed(at);
  return Flow::next;
}
Flow start_match_slow(Machine& m, Word live, Slot src, Slot dst);

struct BsStartMatch : Instruction<"bs_start_match", Lab<"fail">, Num<"live">, In<"src">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Word, Term src, Term& dst) {
    return start_match(m, fail, src, dst);
  }
  static Flow slow(Machine& m, const Word*, Word live, Slot src, Slot dst) {
    return start_match_slow(m, live, src, dst);
  }
};
// With the bs_get_position that usually follows.
struct BsStartMatchPosition : Instruction<"bs_start_match_position", Lab<"fail">, Num<"live">, InReg<"src">,
                                          Out<"dst">, Out<"position">> {
  static Flow run(Machine& m, const Word* fail, Word, Term src, Term& dst, Term& position) {
    const Flow flow = start_match(m, fail, src, dst);
    if (flow == Flow::next) position = Term::small(static_cast<std::int64_t>(dst.box_words()[3]));
    return flow;
  }
  static Flow slow(Machine& m, const Word*, Word live, Slot src, Slot dst, Slot position) {
    const Flow flow = start_match_slow(m, live, src, dst);
    if (flow == Flow::next)
      position.set(m, Term::small(static_cast<std::int64_t>(dst.get(m).box_words()[3])));
    return flow;
  }
};
// The head of a loop over bytes, f(<<Byte, Rest/binary>>): start match, position, one byte, test unit of the
// rest.
struct BsNextByte : Instruction<"bs_next_byte", Lab<"no_match">, Lab<"fail">, Num<"live">, InX<"src">,
                                OutX<"ctx">, OutX<"position">, Num<"mask">, OutX<"dst">> {
  static Flow run(Machine& m, const Word*, const Word* fail, Word, Term src, Term& ctx, Term& position,
                  Word mask, Term& dst) {
    if (!src.is_match_context()) return Flow::slow;
    Word* w = src.box_words();
    const Word at = w[3], rest = w[4];
    // Before anything is written: `position` may lie where `src` does, and slow() reads that.
    if ((at & 7) != 0) return Flow::slow;
    ctx = src;
    position = Term::small(static_cast<std::int64_t>(at));
    if (rest < 8 || ((rest - 8) & mask) != 0) return m.jump(fail);
    const Word byte = context::base(w)[at >> 3];
    w[3] = at + 8;
    w[4] = rest - 8;
    dst = Term::small(static_cast<std::int64_t>(byte));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* no_match, const Word* fail, Word live, Slot src, Slot ctx,
                   Slot position, Word mask, Slot dst);
};

// ---- integers ----
// Integers of 8, 16, 32 bits, unsigned and big-endian.
template <class Load, Name N, Word kBits>
struct BsGetWhole : Instruction<N, Lab<"fail">, InReg<"ctx">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Term& dst) {
    Word* w = ctx.box_words();
    if (w[4] < kBits) return m.jump(fail);
    const Word at = w[3];
    if ((at & 7) != 0) return Flow::slow;
    const Word v = Load::load(context::base(w) + (at >> 3));
    context::advance(w, kBits);
    dst = Term::small(static_cast<std::int64_t>(v));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word*, Slot ctx, Slot dst) {
    Word* w = ctx.get(m).box_words();
    const Word v = context::peek(w, kBits);
    context::advance(w, kBits);
    dst.set(m, Term::small(static_cast<std::int64_t>(v)));
    return Flow::next;
  }
};
struct Load8 {
  [[gnu::always_inline]] static Word load(const std::uint8_t* p) { return *p; }
};
struct Load16 {
  [[gnu::always_inline]] static Word load(const std::uint8_t* p) {
    std::uint16_t v;
    std::memcpy(&v, p, 2);
    return __builtin_bswap16(v);
  }
};
struct Load32 {
  [[gnu::always_inline]] static Word load(const std::uint8_t* p) {
    std::uint32_t v;
    std::memcpy(&v, p, 4);
    return __builtin_bswap32(v);
  }
};
// A byte, and what is left after it is a multiple of `mask` + 1 bits.
struct BsGet8Unit : Instruction<"bs_get_8_unit", Lab<"fail">, InReg<"ctx">, Num<"mask">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word mask, Term& dst) {
    Word* w = ctx.box_words();
    const Word at = w[3], rest = w[4];
    if (rest < 8 || ((rest - 8) & mask) != 0) return m.jump(fail);
    if ((at & 7) != 0) return Flow::slow;
    const Word byte = context::base(w)[at >> 3];
    w[3] = at + 8;
    w[4] = rest - 8;
    dst = Term::small(static_cast<std::int64_t>(byte));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word*, Slot ctx, Word, Slot dst) {
    Word* w = ctx.get(m).box_words();
    dst.set(m, Term::small(static_cast<std::int64_t>(context::peek(w, 8))));
    context::advance(w, 8);
    return Flow::next;
  }
};
using BsGet8 = BsGetWhole<Load8, "bs_get_8", 8>;
using BsGet16 = BsGetWhole<Load16, "bs_get_16", 16>;
using BsGet32 = BsGetWhole<Load32, "bs_get_32", 32>;

// A byte that is compared with a constant next: is it `value` (a small integer)? `dst` gets it either way.
struct BsGet8IsEq
    : Instruction<"bs_get_8_is_eq", Lab<"fail">, InReg<"ctx">, Out<"dst">, Lab<"other">, Num<"value">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Term& dst, const Word* other, Word value) {
    Word* w = ctx.box_words();
    if (w[4] < 8) return m.jump(fail);
    const Word at = w[3];
    if ((at & 7) != 0) return Flow::slow;
    const Term byte = Term::small(context::base(w)[at >> 3]);
    context::advance(w, 8);
    dst = byte;
    return byte.bits == value ? Flow::next : m.jump(other);
  }
  static Flow slow(Machine& m, const Word*, Slot ctx, Slot dst, const Word* other, Word value) {
    Word* w = ctx.get(m).box_words();
    const Term byte = Term::small(static_cast<std::int64_t>(context::peek(w, 8)));
    context::advance(w, 8);
    dst.set(m, byte);
    return byte.bits == value ? Flow::next : m.jump(other);
  }
};
// Several integers of constant sizes (at most 61 bits each) among the next `bits` <= 64 bits; what is left
// then is a multiple of `mask` + 1 bits. parts: flags << 16 | (64 - bits) << 8 | offset from the first bit,
// target (any).
struct BsGetIntegers
    : Instruction<"bs_get_integers", Lab<"fail">, InReg<"ctx">, Num<"bits">, Num<"mask">, RestNum<"parts">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word bits, Word mask, Words_ parts) {
    Word* w = ctx.box_words();
    if (w[4] < bits || ((w[4] - bits) & mask) != 0) return m.jump(fail);
    const Word window = context::peek(w, bits) << (64 - bits);
    context::advance(w, bits);
    const Word* part = parts.begin();
    const Word* end = parts.end();
    do {
      const Word how = part[0], unused = how >> 8;  // shifts take the low six bits
      Word v = window << (how & 63);
      if (how < 1 << 16) {
        v >>= unused & 63;
      } else {
        if ((how & kSegmentLittle << 16) != 0) v = __builtin_bswap64(v >> (unused & 63));
        if ((how & kSegmentSigned << 16) != 0)
          v = static_cast<Word>(static_cast<std::int64_t>(v) >> (unused & 63));
        else
          v >>= unused & 63;
      }
      Slot{part[1]}.set(m, Term::small(static_cast<std::int64_t>(v)));
      part += 2;
    } while (part != end);
    return Flow::next;
  }
};

// 1..64 bits with flags; little-endian ones are whole bytes.
struct BsGetWord : Instruction<"bs_get_word", Lab<"fail">, Num<"live">, InReg<"ctx">, Num<"bits">,
                               Num<"flags">, Out<"dst">> {
  [[gnu::always_inline]] static Word read(const Word* w, Word bits, Word flags) {
    Word v = context::peek(w, bits);
    if ((flags & kSegmentLittle) != 0) v = __builtin_bswap64(v) >> (64 - bits);
    if ((flags & kSegmentSigned) != 0)
      v = static_cast<Word>(static_cast<std::int64_t>(v << (64 - bits)) >> (64 - bits));
    return v;
  }
  static Flow run(Machine& m, const Word* fail, Word, Term ctx, Word bits, Word flags, Term& dst) {
    Word* w = ctx.box_words();
    if (w[4] < bits) return m.jump(fail);
    const Word v = read(w, bits, flags);
    // A small one: the top three bits are alike (clear, if it is unsigned).
    const auto top = static_cast<std::int64_t>(v) >> 61;
    if (top != 0 && (top != -1 || (flags & kSegmentSigned) == 0)) return Flow::slow;
    context::advance(w, bits);
    dst = Term::small(static_cast<std::int64_t>(v));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot ctx, Word bits, Word flags, Slot dst);
};
// Any size (a small integer, in units) and flags.
struct BsGetInteger : Instruction<"bs_get_integer", Lab<"fail">, Num<"live">, InAny<"ctx">, InAny<"size">,
                                  Num<"unit">, Num<"flags">, OutAny<"dst">> {
  static Flow run(Machine& m, const Word* fail, Word, Term ctx, Term size, Word unit, Word flags, Term& dst) {
    if (!size.is_small() || flags != 0) return Flow::slow;
    const Word n = size.bits >> 2;
    Word* w = ctx.box_words();
    if (n - 1 >= 61 || n * unit > 61) return Flow::slow;
    if (w[4] < n * unit) return m.jump(fail);
    const Word v = context::peek(w, n * unit);
    context::advance(w, n * unit);
    dst = Term::small(static_cast<std::int64_t>(v));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot ctx, Slot size, Word unit, Word flags,
                   Slot dst);
};
struct BsGetFloat : Instruction<"bs_get_float", Lab<"fail">, Num<"live">, InAny<"ctx">, InAny<"size">,
                                Num<"unit">, Num<"flags">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot ctx, Slot size, Word unit, Word flags,
                   Slot dst);
};

// ---- bitstrings ----
struct BsGetBinary : Instruction<"bs_get_binary", Lab<"fail">, Num<"live">, InReg<"ctx">, In<"size">,
                                 Num<"unit">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Word, Term ctx, Term size, Word unit, Term& dst) {
    Word* w = ctx.box_words();
    // Bits of a pointer or a negative number make this too large, too.
    if (!size.is_small() || size.bits >> 2 > w[4]) return m.jump(fail);
    const Word n = (size.bits >> 2) * unit;
    if (n > w[4]) return m.jump(fail);
    if (!m.room(kSubBitsWords)) return Flow::slow;
    dst = context::take(m, w, n);
    context::advance(w, n);
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot ctx, Slot size, Word unit, Slot dst);
};
// The rest, which must be a multiple of `unit` bits.
struct BsGetBinaryAll
    : Instruction<"bs_get_binary_all", Lab<"fail">, Num<"live">, InReg<"ctx">, Num<"unit">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Word, Term ctx, Word unit, Term& dst) {
    Word* w = ctx.box_words();
    const Word n = w[4];
    if (((unit & (unit - 1)) == 0 ? n & (unit - 1) : n % unit) != 0) return m.jump(fail);
    if (!m.room(kSubBitsWords)) return Flow::slow;
    dst = context::take(m, w, n);
    context::advance(w, n);
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot ctx, Word unit, Slot dst);
};
// The rest; the position stays.
struct BsGetTail : Instruction<"bs_get_tail", Num<"live">, InReg<"ctx">, Out<"dst">> {
  static Flow run(Machine& m, Word, Term ctx, Term& dst) {
    if (!m.room(kSubBitsWords)) return Flow::slow;
    const Word* w = ctx.box_words();
    dst = context::take(m, w, w[4]);
    return Flow::next;
  }
  static Flow slow(Machine& m, Word live, Slot ctx, Slot dst);
};

// ---- skipping and testing ----
struct BsSkip : Instruction<"bs_skip", Lab<"fail">, InReg<"ctx">, Num<"bits">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word bits) {
    Word* w = ctx.box_words();
    if (w[4] < bits) return m.jump(fail);
    context::advance(w, bits);
    return Flow::next;
  }
};
struct BsSkipSize : Instruction<"bs_skip_size", Lab<"fail">, InReg<"ctx">, InAny<"size">, Num<"unit">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Term size, Word unit) {
    Word* w = ctx.box_words();
    if (!size.is_small() || size.bits >> 2 > w[4]) return m.jump(fail);
    const Word n = (size.bits >> 2) * unit;
    if (n > w[4]) return m.jump(fail);
    context::advance(w, n);
    return Flow::next;
  }
};
struct BsSkipAll : Instruction<"bs_skip_all", InReg<"ctx">> {
  static Flow run(Machine&, Term ctx) {
    Word* w = ctx.box_words();
    context::advance(w, w[4]);
    return Flow::next;
  }
};
struct BsTestTail : Instruction<"bs_test_tail", Lab<"fail">, InReg<"ctx">, Num<"bits">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word bits) {
    return ctx.box_words()[4] == bits ? Flow::next : m.jump(fail);
  }
};
struct BsTestUnit : Instruction<"bs_test_unit", Lab<"fail">, InReg<"ctx">, Num<"unit">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word unit) {
    return ctx.box_words()[4] % unit == 0 ? Flow::next : m.jump(fail);
  }
};
// The unit is a power of two: `mask` is it less one.
struct BsTestUnitMask : Instruction<"bs_test_unit_mask", Lab<"fail">, InReg<"ctx">, Num<"mask">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word mask) {
    return (ctx.box_words()[4] & mask) == 0 ? Flow::next : m.jump(fail);
  }
};
// At least `bits` left, and what is beyond them a multiple of `unit`.
struct BsEnsure : Instruction<"bs_ensure", Lab<"fail">, InReg<"ctx">, Num<"bits">, Num<"unit">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word bits, Word unit) {
    const Word left = ctx.box_words()[4];
    return left >= bits && (left - bits) % unit == 0 ? Flow::next : m.jump(fail);
  }
};
// The next 1..64 bits are `value`.
struct BsMatchWord : Instruction<"bs_match_word", Lab<"fail">, InReg<"ctx">, Num<"bits">, Num<"value">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word bits, Word value) {
    Word* w = ctx.box_words();
    if (w[4] < bits) return m.jump(fail);
    const Word v = context::peek(w, bits);
    asm volatile("" ::: "memory");
    if (v != value) return m.jump(fail);
    context::advance(w, bits);
    return Flow::next;
  }
};
// The next bits are those of `bytes`.
struct BsMatchString
    : Instruction<"bs_match_string", Lab<"fail">, InReg<"ctx">, Num<"bits">, RestNum<"bytes">> {
  static Flow slow(Machine& m, const Word* fail, Slot ctx, Word bits, Words_ bytes);
};

struct BsGetPosition : Instruction<"bs_get_position", InReg<"ctx">, Out<"dst">> {
  static Flow run(Machine&, Term ctx, Term& dst) {
    dst = Term::small(static_cast<std::int64_t>(ctx.box_words()[3]));
    return Flow::next;
  }
};
struct BsSetPosition : Instruction<"bs_set_position", InReg<"ctx">, InReg<"position">> {
  static Flow run(Machine&, Term ctx, Term position) {
    Word* w = ctx.box_words();
    const Word to = position.bits >> 2;
    w[4] += w[3] - to;
    w[3] = to;
    return Flow::next;
  }
};

// ---- code points: encoding 8, 16, 32; `dst` gets the number; the rest is a multiple of `mask` + 1 bits ----
struct BsGetUtf8 : Instruction<"bs_get_utf8", Lab<"fail">, InReg<"ctx">, Num<"mask">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Term ctx, Word mask, Term& dst) {
    Word* w = ctx.box_words();
    const Word at = w[3];
    if (w[4] < 8 || (at & 7) != 0) return Flow::slow;
    const std::uint8_t* p = context::base(w) + (at >> 3);
    Word c = p[0], bits = 8;
    if (c >= 0x80) {
      if (c - 0xc2 <= 0xdf - 0xc2) {
        if (w[4] < 16 || (p[1] & 0xc0) != 0x80) return Flow::slow;
        c = (c & 0x1f) << 6 | (p[1] & 0x3f);
        bits = 16;
      } else if (c - 0xe1 <= 0xec - 0xe1) {  // E0, ED..: there are code points missing in these
        if (w[4] < 24 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80) return Flow::slow;
        c = (c & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        bits = 24;
      } else {
        return Flow::slow;
      }
    }
    if (((w[4] - bits) & mask) != 0) return m.jump(fail);
    context::advance(w, bits);
    dst = Term::small(static_cast<std::int64_t>(c));
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Slot ctx, Word mask, Slot dst);
};
struct BsGetUtf16 : Instruction<"bs_get_utf16", Lab<"fail">, InAny<"ctx">, Num<"flags">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot ctx, Word flags, Slot dst);
};
struct BsGetUtf32 : Instruction<"bs_get_utf32", Lab<"fail">, InAny<"ctx">, Num<"flags">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Slot ctx, Word flags, Slot dst);
};
struct BsSkipUtf : Instruction<"bs_skip_utf", Lab<"fail">, InAny<"ctx">, Num<"encoding">, Num<"flags">> {
  static Flow slow(Machine& m, const Word* fail, Slot ctx, Word encoding, Word flags);
};

using BinaryMatchInstructions =
    InstructionList<BsStartMatch, BsStartMatchPosition, BsNextByte, BsGet8, BsGet8Unit, BsGet8IsEq,
                    BsGetIntegers, BsGet16, BsGet32, BsGetWord, BsGetInteger, BsGetFloat, BsGetBinary,
                    BsGetBinaryAll, BsGetTail, BsSkip, BsSkipSize, BsSkipAll, BsTestTail, BsTestUnit,
                    BsTestUnitMask, BsEnsure, BsMatchWord, BsMatchString, BsGetPosition, BsSetPosition,
                    BsGetUtf8, BsGetUtf16, BsGetUtf32, BsSkipUtf>;

}  // namespace joist
