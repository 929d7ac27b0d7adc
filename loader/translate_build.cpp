#include <bit>

#include "loader/binary_operands.hpp"
#include "loader/translate_binary.hpp"
#include "vm/code/segment.hpp"

namespace joist {
namespace {

SegmentKind segment_kind(Term type) {
  if (type == am::integer) return SegmentKind::integer;
  if (type == am::float_) return SegmentKind::float_;
  if (type == am::binary) return SegmentKind::binary;
  if (type == am::utf8) return SegmentKind::utf8;
  if (type == am::utf16) return SegmentKind::utf16;
  if (type == am::utf32) return SegmentKind::utf32;
  if (type == am::string) return SegmentKind::string;
  require(type == am::append || type == am::private_append, "bs_create_bin with an unknown kind of segment");
  return SegmentKind::append;
}

// The instruction for one integer or character appended to a binary; false if the segments are something
// else.
bool emit_append(Translator& t, EncodedOperand fail, EncodedOperand need, EncodedOperand live,
                 EncodedOperand dst, Operands segments, std::size_t words) {
  if (segments.size() != 12 || segment_kind(segments[0].term) != SegmentKind::append ||
      !segments[4].is_register())
    return false;
  const bool is_private = segments[0].term == am::private_append;
  const Operand* s = &segments[6];
  const SegmentKind kind = segment_kind(s[0].term);
  const EncodedOperand bin = t.operand(segments[4]), value = t.operand(s[4]), rest = t.rest(words);
  if (number_of(segments[2]) > 8 || flags_of(s[3]) != 0) return false;
  if (kind == SegmentKind::utf8) {
    if (is_private) return t.try_emit<"bs_private_append_utf8">({fail, need, live, bin, value, dst, rest});
    return t.try_emit<"bs_append_utf8">({fail, need, live, bin, value, dst, rest});
  }
  if (kind != SegmentKind::integer) return false;
  switch (constant_bits(s[5], number_of(s[2])).value_or(0)) {
    case 8:
      if (is_private) return t.try_emit<"bs_private_append_8">({fail, need, live, bin, value, dst, rest});
      return t.try_emit<"bs_append_8">({fail, need, live, bin, value, dst, rest});
    case 16:
      if (is_private) return t.try_emit<"bs_private_append_16">({fail, need, live, bin, value, dst, rest});
      return t.try_emit<"bs_append_16">({fail, need, live, bin, value, dst, rest});
    case 32:
      if (is_private) return t.try_emit<"bs_private_append_32">({fail, need, live, bin, value, dst, rest});
      return t.try_emit<"bs_append_32">({fail, need, live, bin, value, dst, rest});
    default: return false;
  }
}

// The instruction for integers and strings of at most 8 whole bytes appended to a binary.
bool emit_append_integers(Translator& t, EncodedOperand fail, EncodedOperand need, EncodedOperand live,
                          EncodedOperand dst, Operands segments, std::size_t words) {
  if (segments.size() < 12 || segment_kind(segments[0].term) != SegmentKind::append ||
      !segments[4].is_register())
    return false;
  const std::uint64_t unit = number_of(segments[2]);
  if (unit > 8 || !std::has_single_bit(unit)) return false;
  std::vector<Word> parts;
  std::uint64_t total = 0;
  for (std::size_t i = 6; i + 5 < segments.size(); i += 6) {
    const Operand* s = &segments[i];
    const SegmentKind kind = segment_kind(s[0].term);
    if (kind == SegmentKind::string) {
      const std::string_view bytes = string_at(t, number_of(s[4]), number_of(s[5]));
      total += 8 * bytes.size();
      if (total > 64) return false;
      for (const char c : bytes) {
        parts.push_back(8);
        parts.push_back(Term::small(static_cast<std::uint8_t>(c)).bits);
      }
    } else if (kind == SegmentKind::integer) {
      const auto bits = constant_bits(s[5], number_of(s[2]));
      const bool little = (flags_of(s[3]) & kSegmentLittle) != 0;
      if (!bits || *bits == 0 || total + *bits > 64 || (little && *bits % 8 != 0)) return false;
      total += *bits;
      parts.push_back((little && *bits > 8 ? 256 : 0) + *bits);
      parts.push_back(encode_any(t.operand(s[4])));
    } else {
      return false;
    }
  }
  if (total == 0 || total % 8 != 0) return false;
  const EncodedOperand bin = t.operand(segments[4]), bits = t.word(total), count = t.word(parts.size()),
                       rest = t.rest(parts.size() + words);
  if (segments[0].term == am::private_append)
    t.emit<"bs_private_append_integers">({fail, need, live, bin, dst, bits, count, rest});
  else
    t.emit<"bs_append_integers">({fail, need, live, bin, dst, bits, count, rest});
  for (const Word w : parts) t.append(w);
  return true;
}

// The instruction for integers of constant sizes, strings and whole binaries where (as far as it is known)
// all fits on the heap; false if there is anything else.
bool emit_small(Translator& t, EncodedOperand fail, EncodedOperand need, EncodedOperand live,
                EncodedOperand dst, Operands segments, std::size_t words) {
  std::vector<Word> parts;  // flags << 8 | bits, value; 0, a binary
  std::uint64_t total = 0;
  bool whole_bytes = true, has_binaries = false;
  for (std::size_t i = 0; i + 5 < segments.size(); i += 6) {
    const Operand* s = &segments[i];
    const SegmentKind kind = segment_kind(s[0].term);
    const std::uint64_t unit = number_of(s[2]);
    if (kind == SegmentKind::string) {
      // 56 bits are a small integer, whatever they are.
      std::string_view bytes = string_at(t, number_of(s[4]), number_of(s[5]));
      total += 8 * bytes.size();
      for (; !bytes.empty() && total <= 8 * kMaxHeapBytes;
           bytes.remove_prefix(std::min<std::size_t>(7, bytes.size()))) {
        std::int64_t v = 0;
        const std::string_view part = bytes.substr(0, 7);
        for (const char c : part) v = v << 8 | static_cast<std::uint8_t>(c);
        parts.push_back(8 * part.size());
        parts.push_back(Term::small(v).bits);
      }
    } else if (kind == SegmentKind::integer) {
      const auto bits = constant_bits(s[5], unit);
      const bool little = (flags_of(s[3]) & kSegmentLittle) != 0;
      if (!bits || *bits == 0 || *bits > 64 || (little && *bits % 8 != 0)) return false;
      total += *bits;
      whole_bytes &= *bits % 8 == 0;
      parts.push_back((little && *bits > 8 ? 256 : 0) + *bits);
      parts.push_back(encode_any(t.operand(s[4])));
    } else if ((kind == SegmentKind::binary || kind == SegmentKind::append) && is_all(s[5]) && unit <= 8 &&
               std::has_single_bit(unit) && s[0].term != am::private_append) {
      has_binaries = true;
      parts.push_back(0);
      parts.push_back(encode_any(t.operand(s[4])));
    } else {
      return false;
    }
    if (total > 8 * kMaxHeapBytes) return false;
  }
  if (has_binaries && !whole_bytes) return false;
  const EncodedOperand count = t.word(parts.size()), rest = t.rest(parts.size() + words);
  if (has_binaries)
    t.emit<"bs_create_bytes">({fail, need, live, dst, t.word(total / 8), count, rest});
  else
    t.emit<"bs_create_integers">({fail, need, live, dst, t.word(total), count, rest});
  for (const Word w : parts) t.append(w);
  return true;
}

// Builds from segments as bs_create_bin has them: [Type, Index, Unit, Flags, Src, Size ...].
void create_bin(Translator& t, EncodedOperand fail, EncodedOperand need, EncodedOperand live,
                EncodedOperand dst, Operands segments) {
  std::vector<Word> words;
  for (std::size_t i = 0; i + 5 < segments.size(); i += 6) {
    const Operand* s = &segments[i];
    const SegmentKind kind = segment_kind(s[0].term);
    words.push_back(Segment{kind, static_cast<std::uint8_t>(flags_of(s[3])),
                            static_cast<std::uint16_t>(number_of(s[2])),
                            static_cast<std::uint32_t>(number_of(s[1]))}
                        .encode());
    if (kind == SegmentKind::string) {
      const std::string_view bytes = string_at(t, number_of(s[4]), number_of(s[5]));
      words.push_back(8 * bytes.size());
      const std::size_t at = words.size();
      words.resize(at + words_for_bytes(bytes.size()));
      std::memcpy(words.data() + at, bytes.data(), bytes.size());
      continue;
    }
    words.push_back(encode_any(t.operand(s[4])));
    if (kind != SegmentKind::utf8 && kind != SegmentKind::utf16 && kind != SegmentKind::utf32)
      words.push_back(encode_any(t.operand(s[5])));
  }
  if (!emit_append(t, fail, need, live, dst, segments, words.size()) &&
      !emit_append_integers(t, fail, need, live, dst, segments, words.size()) &&
      !emit_small(t, fail, need, live, dst, segments, words.size()))
    t.emit<"bs_create_bin">({fail, need, live, dst, t.rest(words.size())});
  for (const Word w : words) t.append(w);
}

// ---- building as OTP 24 and before do it: first the size, then one instruction for each segment ----

Operand atom_operand(Term atom) { return {.kind = Operand::Kind::atom, .term = atom}; }
Operand number_operand(std::uint64_t n) { return {.kind = Operand::Kind::number, .value = n}; }

// Adds the segment that `op` puts; false if it is something else, or fails to another place than `fail`.
bool add_put(Translator& t, const GenericOp& op, const Operand& fail, std::vector<Operand>& segments) {
  const Operands a = t.module().operands_of(op);
  const auto add = [&](Term type, const Operand& unit, const Operand& flags, const Operand& src,
                       const Operand& size) {
    if (a[0].value != fail.value) return false;
    segments.insert(segments.end(),
                    {atom_operand(type), number_operand(kNoErrorInfo), unit, flags, src, size});
    return true;
  };
  const Operand none = number_operand(0);
  switch (op.opcode) {
    case op_bs_put_integer: return add(am::integer, a[2], a[3], a[4], a[1]);
    case op_bs_put_float: return add(am::float_, a[2], a[3], a[4], a[1]);
    case op_bs_put_binary: return add(am::binary, a[2], none, a[4], a[1]);
    case op_bs_put_utf8: return add(am::utf8, none, a[1], a[2], none);
    case op_bs_put_utf16: return add(am::utf16, none, a[1], a[2], none);
    case op_bs_put_utf32: return add(am::utf32, none, a[1], a[2], none);
    case op_bs_put_string:
      segments.insert(segments.end(),
                      {atom_operand(am::string), number_operand(kNoErrorInfo), none, none, a[1], a[0]});
      return true;
    default: return false;
  }
}

bool is_put(const GenericOp* op) {
  if (op == nullptr) return false;
  switch (op->opcode) {
    case op_bs_put_integer:
    case op_bs_put_float:
    case op_bs_put_binary:
    case op_bs_put_string:
    case op_bs_put_utf8:
    case op_bs_put_utf16:
    case op_bs_put_utf32: return true;
    default: return false;
  }
}

// The instructions that follow one which begins a bitstring, all as one bs_create_bin; false if that cannot
// be.
bool gather_puts(Translator& t, const Operand& fail, std::size_t need, Word live, const Operand& dst,
                 std::vector<Operand> segments) {
  std::size_t n = 0;
  for (; is_put(t.peek(n + 1)); ++n)
    if (!add_put(t, *t.peek(n + 1), fail, segments)) return false;
  if (n == 0) return false;
  create_bin(t, t.label(fail), t.word(need), t.word(live), t.operand(dst), segments);
  t.consume(n);
  return true;
}

std::vector<Operand> append_segment(Term type, const Operand& unit, const Operand& bin) {
  return {atom_operand(type),   number_operand(kNoErrorInfo), unit, number_operand(0), bin,
          atom_operand(am::all)};
}

bool begin_build(Translator& t, const GenericOp& op, Operands a) {
  switch (op.opcode) {
    case op_bs_init2:
    case op_bs_init_bits: return gather_puts(t, a[0], t.heap_need(a[2]), a[3].value, a[5], {});
    case op_bs_append:
      return gather_puts(t, a[0], t.heap_need(a[2]), a[3].value, a[7],
                         append_segment(am::append, a[4], a[5]));
    case op_bs_private_append:
      return gather_puts(t, a[0], 0, kMustNotCollect, a[5], append_segment(am::private_append, a[2], a[3]));
    default: return false;
  }
}

bool translate_build(Translator& t, const GenericOp& op, Operands a) {
  switch (op.opcode) {
    case op_bs_create_bin:
      create_bin(t, t.label(a[0]), t.word(t.heap_need(a[1])), t.word(a[2].value), t.operand(a[4]),
                 t.module().list(a[5]));
      return true;
    case op_bs_init_writable: t.emit<"bs_init_writable">({}); return true;
    case op_bs_init2:
    case op_bs_init_bits:
      t.emit<"bs_init">({t.label(a[0]), t.operand(a[1]), t.word(op.opcode == op_bs_init2 ? 8 : 1),
                         t.word(t.heap_need(a[2])), t.word(a[3].value), t.operand(a[5])});
      return true;
    case op_bs_append:
      t.emit<"bs_append">({t.label(a[0]), t.operand(a[1]), t.word(t.heap_need(a[2])), t.word(a[3].value),
                           t.word(a[4].value), t.operand(a[5]), t.operand(a[7])});
      return true;
    case op_bs_private_append:
      t.emit<"bs_private_append">(
          {t.label(a[0]), t.operand(a[1]), t.word(a[2].value), t.operand(a[3]), t.operand(a[5])});
      return true;
    case op_bs_add:
      t.emit<"bs_add">(
          {t.label(a[0]), t.operand(a[1]), t.operand(a[2]), t.word(a[3].value), t.operand(a[4])});
      return true;
    case op_bs_put_integer:
      t.emit<"bs_put_integer">(
          {t.label(a[0]), t.operand(a[1]), t.word(a[2].value), t.word(flags_of(a[3])), t.operand(a[4])});
      return true;
    case op_bs_put_float:
      t.emit<"bs_put_float">(
          {t.label(a[0]), t.operand(a[1]), t.word(a[2].value), t.word(flags_of(a[3])), t.operand(a[4])});
      return true;
    case op_bs_put_binary:
      t.emit<"bs_put_binary">({t.label(a[0]), t.operand(a[1]), t.word(a[2].value), t.operand(a[4])});
      return true;
    case op_bs_put_string: {
      const std::string_view bytes = string_at(t, a[1].value, a[0].value);
      t.emit<"bs_put_string">({t.word(bytes.size()), t.rest(words_for_bytes(bytes.size()))});
      append_bytes(t, bytes);
      return true;
    }
    case op_bs_put_utf8:
    case op_bs_put_utf16:
    case op_bs_put_utf32: {
      const Word encoding = op.opcode == op_bs_put_utf8 ? 8 : op.opcode == op_bs_put_utf16 ? 16 : 32;
      t.emit<"bs_put_utf">({t.label(a[0]), t.word(encoding), t.word(flags_of(a[1])), t.operand(a[2])});
      return true;
    }
    case op_bs_utf8_size:
    case op_bs_utf16_size:
      t.emit<"bs_utf_size">(
          {t.word(op.opcode == op_bs_utf8_size ? 8 : 16), t.operand(a[1]), t.operand(a[2])});
      return true;
    default: return false;
  }
}

}  // namespace

bool translate_build_op(Translator& t, const GenericOp& op) {
  const Operands operands = t.module().operands_of(op);
  return begin_build(t, op, operands) || translate_build(t, op, operands);
}

}  // namespace joist
