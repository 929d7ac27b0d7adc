// binary.cpp -- building bitstrings; matching is in binary_match.cpp.
#include "vm/interpreter/instructions/binary.hpp"

#include "vm/interpreter/add_instructions.hpp"
#include "vm/term/map.hpp"

namespace joist {
namespace {

// OTP: more bits than this raise system_limit.
constexpr std::size_t kMaxBits = std::size_t{1} << 58;

// Ends the building of `result`: `words` are free afterwards.
Flow finish(Machine& m, Word words, Word live, Term result, Slot dst) {
  ProcessHeap& heap = m.p->heap;
  if (live == kMustNotCollect) [[unlikely]] {
    heap.leave_extension();
    dst.set(m, result);
    return Flow::next;
  }
  const auto room = static_cast<std::size_t>(heap.stack() - heap.top());
  const bool collect = heap.extended() || heap.wants_collection() || (kChecked && flags.collect_always);
  if (collect || room < words + ProcessHeap::kRedZone) [[unlikely]] {
    heap.leave_extension();
    m.read_back();
    m.x[live] = result;
    if (!m.reserve(words, live + 1)) return Flow::raise;
    result = m.x[live];
  }
  dst.set(m, result);
  return Flow::next;
}

// ---- failing ----

Flow fail_plain(Machine& m, const Word* fail, Term reason = am::badarg) {
  m.p->heap.leave_extension();
  return fail != nullptr ? m.jump(fail) : raise_error(m, reason);
}

// error_info of a segment: {Index, Kind, What, Value}, that erl_erts_errors makes a text of.
Flow fail_segment(Machine& m, const Word* fail, Term reason, const Segment& s, Term what, Term value) {
  if (fail != nullptr || s.index == kNoErrorInfo) return fail_plain(m, fail, reason);
  Heap& heap = m.p->heap;
  static constexpr Term kKinds[] = {am::integer, am::float_, am::binary, am::utf8,
                                    am::utf16,   am::utf32,  am::binary, am::string};
  const Term cause =
      make_tuple(heap, Term::small(s.index), kKinds[static_cast<std::size_t>(s.kind)], what, value);
  const Term pairs[] = {am::cause, cause, am::function, am::format_bs_fail, am::module, am::erl_erts_errors};
  const Term info = make_tuple(heap, am::error_info, map_from_pairs(heap, pairs));
  raise_error(m, reason);
  m.p->exception.error_info = make_cons(heap, info, Term::nil());
  return Flow::raise;
}

bool negative(Term t) { return t.is_small() ? t.small_value() < 0 : t.is_box(BoxKind::big_negative); }

// A size in units, to bits: none() and `*bits`, or the reason why not.
Term size_in_bits(Term size, std::size_t unit, std::size_t* bits) {
  if (!size.is_integer() || negative(size)) return am::badarg;
  if (!size.is_small() || __builtin_mul_overflow(size.bits >> 2, unit, bits) || *bits >= kMaxBits)
    return am::system_limit;
  return Term::none();
}

// ---- bs_create_bin ----

// Walks the segments of an instruction.
class Segments {
 public:
  Segments(const Word* at, std::size_t n) : at_(at), end_(at + n) {}
  bool done() const { return at_ == end_; }
  Segment segment() const { return Segment::from(*at_); }
  Term src(const Machine& m) const { return Slot{at_[1]}.get(m); }
  Term size(const Machine& m) const { return Slot{at_[2]}.get(m); }
  std::size_t string_bits() const { return at_[1]; }
  const void* string() const { return at_ + 2; }
  void next() {
    switch (segment().kind) {
      case SegmentKind::utf8:
      case SegmentKind::utf16:
      case SegmentKind::utf32: at_ += 2; return;
      case SegmentKind::string: at_ += 2 + words_for_bytes(bytes_for_bits(string_bits())); return;
      default: at_ += 3; return;
    }
  }

 private:
  const Word* at_;
  const Word* end_;
};

struct Failure {
  Term reason = Term::none(), what = Term::none(), value = Term::none();
  explicit operator bool() const { return !reason.is_none(); }
};

// Adds the bits of a segment to `*total`. OTP: all sizes are looked at before anything else is.
Failure add_size(const Machine& m, const Segments& at, std::size_t* total) {
  const Segment s = at.segment();
  std::size_t bits = 0;
  switch (s.kind) {
    case SegmentKind::integer:
    case SegmentKind::float_:
    case SegmentKind::binary: {
      const Term size = at.size(m);
      if (s.kind == SegmentKind::binary && size == am::all) {
        const Term src = at.src(m);
        const auto from = src.is_bitstring() ? Bits::from(src) : std::nullopt;
        if (!from) return {am::badarg, am::type, src};
        bits = from->bit_size();
        break;
      }
      const Term why = size_in_bits(size, s.unit, &bits);
      if (!why.is_none()) return {why, am::size, size};
      break;
    }
    case SegmentKind::utf8: {
      const std::size_t n = utf8_size(at.src(m));
      bits = n == 0 ? 32 : 8 * n;
      break;
    }
    case SegmentKind::utf16: {
      const std::size_t n = utf16_size(at.src(m));
      bits = n == 0 ? 32 : 8 * n;
      break;
    }
    case SegmentKind::utf32: bits = 32; break;
    case SegmentKind::append: break;
    case SegmentKind::string: bits = at.string_bits(); break;
  }
  *total += bits;
  if (*total >= kMaxBits) {
    const bool sized =
        s.kind == SegmentKind::integer || s.kind == SegmentKind::float_ || s.kind == SegmentKind::binary;
    return {am::system_limit, am::size, sized ? at.size(m) : Term::small(static_cast<std::int64_t>(bits))};
  }
  return {};
}

Failure put_segment(const Machine& m, const Segments& at, BitWriter& writer) {
  const Segment s = at.segment();
  switch (s.kind) {
    case SegmentKind::integer: {
      const Term src = at.src(m);
      if (!writer.put_integer(src, (at.size(m).bits >> 2) * s.unit, s.flags))
        return {am::badarg, am::type, src};
      return {};
    }
    case SegmentKind::float_: {
      const Term src = at.src(m);
      const std::size_t bits = (at.size(m).bits >> 2) * s.unit;
      if (writer.put_float(src, bits, s.flags)) return {};
      if (bits != 16 && bits != 32 && bits != 64)
        return {am::badarg, am::invalid, Term::small(static_cast<std::int64_t>(bits))};
      return {am::badarg, src.is_big() ? am::no_float : am::type, src};
    }
    case SegmentKind::binary: {
      const Term src = at.src(m), size = at.size(m);
      const auto from = src.is_bitstring() ? Bits::from(src) : std::nullopt;
      if (!from) return {am::badarg, am::type, src};
      std::size_t bits = from->bit_size();
      if (size == am::all) {
        if (bits % s.unit != 0) return {am::badarg, am::unit, src};
      } else {
        const std::size_t wanted = (size.bits >> 2) * s.unit;
        if (wanted > bits) return {am::badarg, am::short_, src};
        bits = wanted;
      }
      writer.put_bits(*from, 0, bits);
      return {};
    }
    case SegmentKind::utf8:
      if (!writer.put_utf8(at.src(m))) return {am::badarg, am::type, at.src(m)};
      return {};
    case SegmentKind::utf16:
      if (!writer.put_utf16(at.src(m), s.flags)) return {am::badarg, am::type, at.src(m)};
      return {};
    case SegmentKind::utf32:
      if (!writer.put_utf32(at.src(m), s.flags)) return {am::badarg, am::type, at.src(m)};
      return {};
    case SegmentKind::append: return {};
    case SegmentKind::string: {
      const std::size_t bits = at.string_bits();
      writer.put_bytes(at.string(), bits / 8);
      return {};
    }
  }
  fail("a segment of an unknown kind");
}

bool divides_byte(unsigned unit) { return unit <= 8 && (0b100010110 >> unit & 1) != 0; }  // no slow division

// The usual case: whole bytes, nothing wrong, and no appending in place. Where it is not like that, the
// answer is none() and all starts again in the general way.
Term create_bytes(Machine& m, const Word* first, std::size_t n) {
  std::size_t total = 0;
  bool appending = false;
  for (Segments at(first, n); !at.done(); at.next()) {
    const Segment s = at.segment();
    switch (s.kind) {
      case SegmentKind::integer: {
        const std::size_t size = at.size(m).bits;  // a term that is no small integer is too large
        if ((size & 3) != 0 || size >= 1 << 20 || ((size >> 2) * s.unit & 7) != 0) return Term::none();
        total += (size >> 2) * s.unit / 8;
        break;
      }
      case SegmentKind::append:
      case SegmentKind::binary: {
        const Term src = at.src(m);
        if (!src.is_boxed() || !divides_byte(s.unit)) return Term::none();
        if (s.kind == SegmentKind::append) {
          if (src.header() == make_header(BoxKind::sub_bits, kSubBitsWords - 1, 0, kBitsWritable))
            return Term::none();
          appending = true;
        }
        const auto from = src.is_match_context() ? std::nullopt : Bits::from(src);
        if (!from || ((from->start_bit() | from->bit_size()) & 7) != 0) return Term::none();
        std::size_t bits = from->bit_size();
        if (const Term size = at.size(m); size != am::all) {
          if (!size.is_small() || size.bits >> 2 > bits) return Term::none();
          const std::size_t wanted = (size.bits >> 2) * s.unit;
          if (wanted > bits || (wanted & 7) != 0) return Term::none();
          bits = wanted;
        }
        total += bits / 8;
        break;
      }
      case SegmentKind::string: total += at.string_bits() / 8; break;
      case SegmentKind::utf8:
        if (at.src(m).bits >= 0x80 << 2 || !at.src(m).is_small()) return Term::none();
        ++total;
        break;
      default: return Term::none();
    }
  }
  if (appending && total > kMaxHeapBytes) return Term::none();
  std::uint8_t* to;
  const Term result = make_binary(m.p->heap, total, &to);
  for (Segments at(first, n); !at.done(); at.next()) {
    const Segment s = at.segment();
    switch (s.kind) {
      case SegmentKind::integer: {
        const Term src = at.src(m);
        const std::size_t bytes = (at.size(m).bits >> 2) * s.unit / 8;
        if (!src.is_small() || bytes > 8) return Term::none();
        if (bytes == 0) break;
        const Word v = static_cast<Word>(src.small_value());
        const Word in_order = (s.flags & kSegmentLittle) != 0 ? v : __builtin_bswap64(v << (64 - 8 * bytes));
        for (std::size_t i = 0; i < bytes; ++i) to[i] = static_cast<std::uint8_t>(in_order >> 8 * i);
        to += bytes;
        break;
      }
      case SegmentKind::append:
      case SegmentKind::binary: {
        const Bits from = *Bits::from(at.src(m));
        const Term size = at.size(m);
        const std::size_t bytes = size == am::all ? from.bit_size() / 8 : (size.bits >> 2) * s.unit / 8;
        std::memcpy(to, from.bytes(), bytes);
        to += bytes;
        break;
      }
      case SegmentKind::string:
        std::memcpy(to, at.string(), at.string_bits() / 8);
        to += at.string_bits() / 8;
        break;
      default: *to++ = static_cast<std::uint8_t>(at.src(m).small_value()); break;  // utf8
    }
  }
  return result;
}

}  // namespace

Flow create_bin(Machine& m, const Word* fail, Word words, Word live, Slot dst, const Word* first,
                std::size_t n) {
  if (const Term made = create_bytes(m, first, n); !made.is_none()) [[likely]]
    return finish(m, words, live, made, dst);
  std::size_t total = 0;
  for (Segments at(first, n); !at.done(); at.next())
    if (const Failure f = add_size(m, at, &total))
      return fail_segment(m, fail, f.reason, at.segment(), f.what, f.value);
  Heap& heap = m.p->heap;
  BitWriter writer;
  Term result;
  Segments at(first, n);
  if (!at.done() && at.segment().kind == SegmentKind::append) {
    const Term src = at.src(m);
    const auto from = src.is_bitstring() ? Bits::from(src) : std::nullopt;
    if (!from) return fail_segment(m, fail, am::badarg, at.segment(), am::type, src);
    if (from->bit_size() % at.segment().unit != 0)
      return fail_segment(m, fail, am::badarg, at.segment(), am::unit, src);
    result = begin_append(heap, src, total, &writer);
    at.next();
  } else {
    std::uint8_t* bytes;
    result = make_bitstring(heap, total, &bytes);
    writer = BitWriter(bytes);
  }
  for (; !at.done(); at.next())
    if (const Failure f = put_segment(m, at, writer))
      return fail_segment(m, fail, f.reason, at.segment(), f.what, f.value);
  return finish(m, words, live, result, dst);
}

namespace {

struct ByteRange {
  const std::uint8_t* at;
  std::size_t n;
};
// The bytes of a binary that starts at a byte. `n` is too large for the heap if it is something else, or one
// that may be appended to.
ByteRange byte_range(Term t) {
  constexpr std::size_t kNo = kMaxHeapBytes + 1;
  if (!t.is_boxed()) return {nullptr, kNo};
  const Word* w = t.box_words();
  if (w[0] == make_header(BoxKind::sub_bits, kSubBitsWords - 1)) {
    if (((w[3] | w[4]) & 7) != 0) return {nullptr, kNo};
    return {reinterpret_cast<const std::uint8_t*>(w[2]) + (w[3] >> 3), w[4] >> 3};
  }
  if (header_kind(w[0]) != BoxKind::heap_bits || (w[1] & 7) != 0) return {nullptr, kNo};
  return {reinterpret_cast<const std::uint8_t*>(w + 2), w[1] >> 3};
}

}  // namespace

Flow BsCreateBytes::slow(Machine& m, const Word* fail, Word words, Word live, Slot dst, Word fixed,
                         Word parts, Words_ segments) {
  const auto in_general = [&] {
    return create_bin(m, fail, words, live, dst, segments.begin() + parts, segments.size() - parts);
  };
  const Word* const end = segments.begin() + parts;
  std::size_t total = fixed;
  for (const Word* at = segments.begin(); at != end; at += 2)
    if (at[0] == 0) {
      total += byte_range(Slot{at[1]}.get(m)).n;
      if (total > kMaxHeapBytes) return in_general();
    }
  // Integers are stored as whole words: one more than there is need for.
  const std::size_t size = heap_bits_words(8 * total);
  Word* const box = m.p->heap.alloc(size + 1);
  box[size - 1] = 0;
  box[0] = make_header(BoxKind::heap_bits, size - 1);
  box[1] = 8 * total;
  auto* to = reinterpret_cast<std::uint8_t*>(box + 2);
  for (const Word* at = segments.begin(); at != end; at += 2) {
    const Term src = Slot{at[1]}.get(m);
    if (at[0] == 0) {
      const ByteRange from = byte_range(src);
      std::memcpy(to, from.at, from.n);
      to += from.n;
    } else {
      if (!src.is_small()) {
        m.p->heap.give_back(size + 1);
        return in_general();
      }
      const Word bits = at[0] & 0xff, unused = 64 - bits;
      const Word v = static_cast<Word>(src.small_value()) << unused;
      const Word in_order = at[0] > 0xff ? v >> unused : __builtin_bswap64(v);
      std::memcpy(to, &in_order, 8);
      to += bits / 8;
    }
  }
  m.p->heap.give_back(1);
  return finish(m, words, live, Term::boxed(box), dst);
}

Flow BsInitWritable::slow(Machine& m) {
  const Term size = m.x[0];
  const std::size_t bytes =
      size.is_small() && size.small_value() >= 0 ? static_cast<std::size_t>(size.small_value()) : 0;
  return finish(m, 0, 0, make_writable_binary(m.p->heap, bytes), X::slot(0));
}

// ---- OTP 24 and before
// -------------------------------------------------------------------------------------

Flow BsInit::slow(Machine& m, const Word* fail, Slot size, Word unit, Word words, Word live, Slot dst) {
  std::size_t bits;
  const Term why = size_in_bits(size.get(m), unit, &bits);
  if (!why.is_none()) return fail_plain(m, fail, why);
  std::uint8_t* bytes;
  const Term result = make_bitstring(m.p->heap, bits, &bytes);
  const Flow flow = finish(m, words, live, result, dst);
  if (flow != Flow::next) return flow;
  // A collection may have moved it.
  const Bits made = *Bits::from(dst.get(m));
  m.p->put_bytes = const_cast<std::uint8_t*>(made.base());
  m.p->put_bit = 0;
  return Flow::next;
}

namespace {

Flow append(Machine& m, const Word* fail, Slot extra, Word unit, Slot bits, Term* result,
            std::size_t* position) {
  std::size_t extra_bits;
  const Term why = size_in_bits(extra.get(m), 1, &extra_bits);
  if (!why.is_none()) return fail_plain(m, fail, why);
  const Term src = bits.get(m);
  const auto from = src.is_bitstring() ? Bits::from(src) : std::nullopt;
  if (!from || from->bit_size() % unit != 0) return fail_plain(m, fail);
  BitWriter writer;
  *result = begin_append(m.p->heap, src, extra_bits, &writer);
  *position = writer.position();
  return Flow::next;
}

}  // namespace

Flow BsAppend::slow(Machine& m, const Word* fail, Slot extra, Word words, Word live, Word unit, Slot bits,
                    Slot dst) {
  Term result;
  std::size_t position;
  const Flow flow = append(m, fail, extra, unit, bits, &result, &position);
  if (flow != Flow::next) return flow;
  const Flow end = finish(m, words, live, result, dst);
  if (end != Flow::next) return end;
  m.p->put_bytes = const_cast<std::uint8_t*>(Bits::from(dst.get(m))->base());
  m.p->put_bit = position;
  return Flow::next;
}

Flow BsPrivateAppend::slow(Machine& m, const Word* fail, Slot extra, Word unit, Slot bits, Slot dst) {
  Term result;
  std::size_t position;
  const Flow flow = append(m, fail, extra, unit, bits, &result, &position);
  if (flow != Flow::next) return flow;
  m.p->heap.leave_extension();  // which registers live is not known here: no collection
  dst.set(m, result);
  m.p->put_bytes = const_cast<std::uint8_t*>(Bits::from(result)->base());
  m.p->put_bit = position;
  return Flow::next;
}

Flow BsAdd::slow(Machine& m, const Word* fail, Slot sa, Slot sb, Word unit, Slot dst) {
  const Term a = sa.get(m), b = sb.get(m);
  std::size_t n = 0, sum;
  for (const auto& [size, factor] : {std::pair(a, Word{1}), std::pair(b, unit)}) {
    if (!size.is_integer() || negative(size)) return fail_plain(m, fail);
    if (size_in_bits(size, factor, &sum) == am::system_limit) return fail_plain(m, fail, am::system_limit);
    n += sum;
  }
  if (n >= kMaxBits) return fail_plain(m, fail, am::system_limit);
  dst.set(m, Term::small(static_cast<std::int64_t>(n)));
  return Flow::next;
}

namespace {

// The builder of the running construction; moves the process's position on at the end.
struct Put {
  explicit Put(Machine& machine) : m(machine), writer(m.p->put_bytes, m.p->put_bit) {}
  Flow end(bool ok, const Word* fail) {
    if (!ok) return fail_plain(m, fail);
    m.p->put_bit = writer.position();
    return Flow::next;
  }
  Machine& m;
  BitWriter writer;
};

}  // namespace

Flow BsPutInteger::slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src) {
  Put put(m);
  std::size_t bits;
  if (!size_in_bits(size.get(m), unit, &bits).is_none()) return fail_plain(m, fail);
  return put.end(put.writer.put_integer(src.get(m), bits, static_cast<unsigned>(flags)), fail);
}
Flow BsPutFloat::slow(Machine& m, const Word* fail, Slot size, Word unit, Word flags, Slot src) {
  Put put(m);
  std::size_t bits;
  if (!size_in_bits(size.get(m), unit, &bits).is_none()) return fail_plain(m, fail);
  return put.end(put.writer.put_float(src.get(m), bits, static_cast<unsigned>(flags)), fail);
}
Flow BsPutBinary::slow(Machine& m, const Word* fail, Slot size, Word unit, Slot sb) {
  Put put(m);
  const Term src = sb.get(m), wanted = size.get(m);
  const auto from = src.is_bitstring() ? Bits::from(src) : std::nullopt;
  if (!from) return fail_plain(m, fail);
  std::size_t bits = from->bit_size();
  if (wanted == am::all) {
    if (bits % unit != 0) return fail_plain(m, fail);
  } else if (!size_in_bits(wanted, unit, &bits).is_none() || bits > from->bit_size()) {
    return fail_plain(m, fail);
  }
  put.writer.put_bits(*from, 0, bits);
  return put.end(true, fail);
}
Flow BsPutString::slow(Machine& m, Word size, Words_ bytes) {
  Put put(m);
  put.writer.put_bytes(bytes.begin(), size);
  return put.end(true, nullptr);
}
Flow BsPutUtf::slow(Machine& m, const Word* fail, Word encoding, Word flags, Slot src) {
  Put put(m);
  const Term t = src.get(m);
  const auto f = static_cast<unsigned>(flags);
  return put.end(encoding == 8    ? put.writer.put_utf8(t)
                 : encoding == 16 ? put.writer.put_utf16(t, f)
                                  : put.writer.put_utf32(t, f),
                 fail);
}
Flow BsUtfSize::slow(Machine& m, Word encoding, Slot src, Slot dst) {
  const std::size_t n = encoding == 8 ? utf8_size(src.get(m)) : utf16_size(src.get(m));
  dst.set(m, Term::small(n == 0 ? 4 : static_cast<std::int64_t>(n)));
  return Flow::next;
}

void add_binary_instructions(InstructionSet& set) {
  add_binary_match_instructions(set);
  add_instructions(set, BinaryBuildInstructions{});
}

}  // namespace joist
