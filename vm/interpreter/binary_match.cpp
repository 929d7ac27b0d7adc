#include "vm/interpreter/instructions/binary_match.hpp"

#include "vm/interpreter/instructions/binary.hpp"

namespace joist {
namespace {

Flow finish(Machine& m, Word live, Term result, Slot dst) {
  if (!settle_heap(m, result, static_cast<std::uint32_t>(live))) return Flow::raise;
  dst.set(m, result);
  return Flow::next;
}

// Bits of a segment whose size is a term; nullopt if that is no size, or more than the context has left.
std::optional<std::size_t> segment_bits(const MatchContext& c, Term size, Word unit) {
  if (!size.is_small() || size.bits >> 2 > c.remaining()) return std::nullopt;
  const std::size_t n = (size.bits >> 2) * unit;
  return c.has(n) ? std::optional(n) : std::nullopt;
}

Term take_part(Machine& m, MatchContext& c, Term context, std::size_t bits) {
  const Term part = make_sub_bits(m.p->heap, context, 0, bits);
  c.advance(bits);
  return part;
}

}  // namespace

Flow start_match_slow(Machine& m, Word live, Slot src, Slot dst) {
  return finish(m, live, make_match_context(m.p->heap, src.get(m)), dst);
}

Flow BsNextByte::slow(Machine& m, const Word* no_match, const Word* fail, Word live, Slot src, Slot ctx,
                      Slot position, Word mask, Slot dst) {
  const Term from = src.get(m);
  if (from.is_match_context()) {
    ctx.set(m, from);
  } else {
    if (!from.is_bitstring()) return m.jump(no_match);
    const Flow flow = start_match_slow(m, live, src, ctx);
    if (flow != Flow::next) return flow;
  }
  MatchContext c(ctx.get(m));
  position.set(m, Term::small(static_cast<std::int64_t>(c.position())));
  if (!c.has(8) || ((c.remaining() - 8) & mask) != 0) return m.jump(fail);
  dst.set(m, Term::small(static_cast<std::int64_t>(read_bits(c.base(), c.position(), 8))));
  c.advance(8);
  return Flow::next;
}

Flow BsGetWord::slow(Machine& m, const Word*, Word live, Slot ctx, Word bits, Word flags, Slot dst) {
  MatchContext c(ctx.get(m));
  const Term result = read_integer(m.p->heap, c.base(), c.position(), bits, static_cast<unsigned>(flags));
  c.advance(bits);
  return finish(m, live, result, dst);
}

Flow BsGetInteger::slow(Machine& m, const Word* fail, Word live, Slot ctx, Slot size, Word unit, Word flags,
                        Slot dst) {
  MatchContext c(ctx.get(m));
  const auto bits = segment_bits(c, size.get(m), unit);
  if (!bits) return m.jump(fail);
  const Term result = read_integer(m.p->heap, c.base(), c.position(), *bits, static_cast<unsigned>(flags));
  if (result.is_none()) {  // OTP: larger than any integer may be
    m.p->heap.leave_extension();
    return raise_error(m, am::system_limit);
  }
  c.advance(*bits);
  return finish(m, live, result, dst);
}

Flow BsGetFloat::slow(Machine& m, const Word* fail, Word live, Slot ctx, Slot size, Word unit, Word flags,
                      Slot dst) {
  MatchContext c(ctx.get(m));
  const auto bits = segment_bits(c, size.get(m), unit);
  double value;
  if (!bits || !read_float(c.base(), c.position(), *bits, static_cast<unsigned>(flags), &value))
    return m.jump(fail);
  c.advance(*bits);
  return finish(m, live, make_float(m.p->heap, value), dst);
}

Flow BsGetBinary::slow(Machine& m, const Word*, Word live, Slot ctx, Slot size, Word unit, Slot dst) {
  MatchContext c(ctx.get(m));
  return finish(m, live, take_part(m, c, ctx.get(m), (size.get(m).bits >> 2) * unit), dst);
}
Flow BsGetBinaryAll::slow(Machine& m, const Word*, Word live, Slot ctx, Word, Slot dst) {
  MatchContext c(ctx.get(m));
  return finish(m, live, take_part(m, c, ctx.get(m), c.remaining()), dst);
}
Flow BsGetTail::slow(Machine& m, Word live, Slot ctx, Slot dst) {
  const Term context = ctx.get(m);
  return finish(m, live, make_sub_bits(m.p->heap, context, 0, MatchContext(context).remaining()), dst);
}

Flow BsMatchString::slow(Machine& m, const Word* fail, Slot ctx, Word bits, Words_ bytes) {
  MatchContext c(ctx.get(m));
  if (!c.has(bits)) return m.jump(fail);
  const auto* expected = reinterpret_cast<const std::uint8_t*>(bytes.begin());
  if (compare_bits(c.base(), c.position(), expected, 0, bits) != 0) return m.jump(fail);
  c.advance(bits);
  return Flow::next;
}

// ---- code points
// -------------------------------------------------------------------------------------------

namespace {

Flow finish_utf(Machine& m, const Word* fail, MatchContext& c, CodePointRead read, Slot dst) {
  if (read.bits == 0) return m.jump(fail);
  c.advance(read.bits);
  dst.set(m, Term::small(read.code_point));
  return Flow::next;
}

}  // namespace

Flow BsGetUtf8::slow(Machine& m, const Word* fail, Slot ctx, Word mask, Slot dst) {
  MatchContext c(ctx.get(m));
  const CodePointRead read = read_utf8(c.base(), c.position(), c.remaining());
  if (((c.remaining() - read.bits) & mask) != 0) return m.jump(fail);
  return finish_utf(m, fail, c, read, dst);
}
Flow BsGetUtf16::slow(Machine& m, const Word* fail, Slot ctx, Word flags, Slot dst) {
  MatchContext c(ctx.get(m));
  return finish_utf(m, fail, c,
                    read_utf16(c.base(), c.position(), c.remaining(), static_cast<unsigned>(flags)), dst);
}
Flow BsGetUtf32::slow(Machine& m, const Word* fail, Slot ctx, Word flags, Slot dst) {
  MatchContext c(ctx.get(m));
  return finish_utf(m, fail, c,
                    read_utf32(c.base(), c.position(), c.remaining(), static_cast<unsigned>(flags)), dst);
}
Flow BsSkipUtf::slow(Machine& m, const Word* fail, Slot ctx, Word encoding, Word flags) {
  MatchContext c(ctx.get(m));
  const auto f = static_cast<unsigned>(flags);
  const CodePointRead read = encoding == 8    ? read_utf8(c.base(), c.position(), c.remaining())
                             : encoding == 16 ? read_utf16(c.base(), c.position(), c.remaining(), f)
                                              : read_utf32(c.base(), c.position(), c.remaining(), f);
  if (read.bits == 0) return m.jump(fail);
  c.advance(read.bits);
  return Flow::next;
}

void add_binary_match_instructions(InstructionSet& set) { add_instructions(set, BinaryMatchInstructions{}); }

}  // namespace joist
