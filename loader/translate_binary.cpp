// translate_binary.cpp -- matching; building is in translate_build.cpp.
#include "loader/translate_binary.hpp"

#include <bit>

#include "loader/binary_operands.hpp"

namespace joist {
namespace {

// A register that holds the operand: itself, or the scratch register.
EncodedOperand in_register(Translator& t, const Operand& o) {
  const EncodedOperand e = t.operand(o);
  if (o.is_register()) return e;
  const EncodedOperand scratch = x_operand(1023);
  t.emit<"move">({e, scratch});
  return scratch;
}

void get_integer(Translator& t, EncodedOperand fail, Word live, EncodedOperand ctx, const Operand& size,
                 Word unit, Word flags, EncodedOperand dst) {
  const auto bits = constant_bits(size, unit);
  if (bits && flags == 0) {
    if (*bits == 8) return t.emit<"bs_get_8">({fail, ctx, dst});
    if (*bits == 16) return t.emit<"bs_get_16">({fail, ctx, dst});
    if (*bits == 32) return t.emit<"bs_get_32">({fail, ctx, dst});
  }
  if (bits && *bits >= 1 && *bits <= 64 && ((flags & kSegmentLittle) == 0 || *bits % 8 == 0))
    return t.emit<"bs_get_word">({fail, t.word(live), ctx, t.word(*bits), t.word(flags), dst});
  t.emit<"bs_get_integer">({fail, t.word(live), ctx, t.operand(size), t.word(unit), t.word(flags), dst});
}

void test_unit(Translator& t, EncodedOperand fail, EncodedOperand ctx, Word unit) {
  if (unit <= 1) return;
  if (std::has_single_bit(unit))
    t.emit<"bs_test_unit_mask">({fail, ctx, t.word(unit - 1)});
  else
    t.emit<"bs_test_unit">({fail, ctx, t.word(unit)});
}

void get_binary(Translator& t, EncodedOperand fail, Word live, EncodedOperand ctx, const Operand& size,
                Word unit, EncodedOperand dst) {
  if (is_all(size))
    t.emit<"bs_get_binary_all">({fail, t.word(live), ctx, t.word(std::max<Word>(unit, 1)), dst});
  else
    t.emit<"bs_get_binary">({fail, t.word(live), ctx, t.operand(size), t.word(unit), dst});
}

void match_bits(Translator& t, EncodedOperand fail, EncodedOperand ctx, std::uint64_t bits,
                std::string_view bytes) {
  if (bits == 0) return;
  if (bits > 64) {
    t.emit<"bs_match_string">({fail, ctx, t.word(bits), t.rest(words_for_bytes(bytes.size()))});
    append_bytes(t, bytes);
    return;
  }
  Word value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  t.emit<"bs_match_word">({fail, ctx, t.word(bits), t.word(value >> (8 * bytes.size() - bits))});
}

// Integers that lie within the next 64 bits of a context, for bs_get_integers.
class Window {
 public:
  // These are false if it cannot be part of the window.
  bool add(std::optional<std::uint64_t> bits, Word flags, EncodedOperand dst) {
    if (!bits || *bits == 0 || *bits > 61 || bits_ + *bits > 64) return false;
    if (*bits <= 8) flags &= kSegmentSigned;
    if ((flags & kSegmentLittle) != 0 && *bits % 8 != 0) return false;
    parts_.push_back(flags << 16 | (64 - *bits) << 8 | bits_);
    parts_.push_back(encode_any(dst));
    bits_ += *bits;
    return true;
  }
  bool skip(std::optional<std::uint64_t> bits) {
    if (!bits || bits_ + *bits > 64) return false;
    bits_ += *bits;
    return true;
  }
  std::uint64_t bits() const { return bits_; }
  bool worth_it() const { return parts_.size() >= 4; }
  void emit(Translator& t, EncodedOperand fail, EncodedOperand ctx, Word mask) const {
    t.emit<"bs_get_integers">({fail, ctx, t.word(bits_), t.word(mask), t.rest(parts_.size())});
    for (const Word w : parts_) t.append(w);
  }

 private:
  std::vector<Word> parts_;
  std::uint64_t bits_ = 0;
};

// The integers and gaps that bs_match's commands from `*i` on begin with; `*i` goes to the first other one.
Window window_of_commands(Translator& t, Operands c, std::size_t* i) {
  Window window;
  while (*i < c.size()) {
    const Operand* command = &c[*i];
    if (command->term == am::integer) {
      if (!window.add(constant_bits(command[3], number_of(command[4])), flags_of(command[2]),
                      t.operand(command[5])))
        break;
      *i += 6;
    } else if (command->term == am::skip) {
      if (!window.skip(number_of(command[1]))) break;
      *i += 2;
    } else {
      break;
    }
  }
  return window;
}

// OTP 26: bs_match Fail Ctx [Command...].
void match_commands(Translator& t, EncodedOperand fail, EncodedOperand ctx, Operands c) {
  std::size_t i = 0;
  const auto dst_at = [&](std::size_t n) { return t.operand(c[i + n]); };
  while (i < c.size()) {
    const Term command = c[i].term;
    std::size_t after = i;
    if (const Window window = window_of_commands(t, c, &after); window.worth_it()) {
      window.emit(t, fail, ctx, 0);
      i = after;
    } else if (command == am::ensure_at_least) {
      const Word bits = number_of(c[i + 1]), unit = std::max<Word>(number_of(c[i + 2]), 1);
      after = i + 3;
      const Window checked = window_of_commands(t, c, &after);
      if (checked.worth_it() && checked.bits() == bits && std::has_single_bit(unit)) {
        checked.emit(t, fail, ctx, unit - 1);
        i = after;
        continue;
      }
      t.emit<"bs_ensure">({fail, ctx, t.word(bits), t.word(unit)});
      i += 3;
    } else if (command == am::ensure_exactly) {
      t.emit<"bs_test_tail">({fail, ctx, t.word(number_of(c[i + 1]))});
      i += 2;
    } else if (command == am::integer) {
      get_integer(t, fail, number_of(c[i + 1]), ctx, c[i + 3], number_of(c[i + 4]), flags_of(c[i + 2]),
                  dst_at(5));
      i += 6;
    } else if (command == am::binary) {
      get_binary(t, fail, number_of(c[i + 1]), ctx, c[i + 3], number_of(c[i + 4]), dst_at(5));
      i += 6;
    } else if (command == am::skip) {
      t.emit<"bs_skip">({fail, ctx, t.word(number_of(c[i + 1]))});
      i += 2;
    } else if (command == am::get_tail) {
      t.emit<"bs_get_tail">({t.word(number_of(c[i + 1])), ctx, dst_at(3)});
      i += 4;
    } else {  // =:= Live Size Value
      const std::uint64_t bits = number_of(c[i + 2]);
      std::string bytes(bytes_for_bits(bits), '\0');
      BitWriter writer(reinterpret_cast<std::uint8_t*>(bytes.data()));
      const Operand& value = c[i + 3];
      writer.put_integer(value.kind == Operand::Kind::number
                             ? Term::small(static_cast<std::int64_t>(value.value))
                             : value.term,
                         bits, 0);
      match_bits(t, fail, ctx, bits, bytes);
      i += 4;
    }
  }
}

bool same(const Operand& a, const Operand& b) {
  return a.is_register() && a.kind == b.kind && a.value == b.value;
}

// Mask of the units that `test` asks for, if it is a test of `ctx` with units of a power of two bits that
// fails to where `fail` says; else nothing.
std::optional<Word> unit_mask(const Translator& t, const GenericOp* test, const Operand& fail,
                              const Operand& ctx) {
  if (test == nullptr || test->opcode != op_bs_test_unit) return std::nullopt;
  const Operands u = t.module().operands_of(*test);
  if (!same(u[1], ctx) || u[0].value != fail.value || !std::has_single_bit(u[2].value)) return std::nullopt;
  return u[2].value - 1;
}

// Is it an unsigned big-endian byte of the context `ctx`?
bool is_byte(const Translator& t, const GenericOp* get, const Operand& ctx) {
  if (get == nullptr || get->opcode != op_bs_get_integer2) return false;
  const Operands g = t.module().operands_of(*get);
  return constant_bits(g[3], g[4].value) == 8 && flags_of(g[5]) == 0 && same(g[1], ctx) && !same(g[6], ctx);
}

void start_match(Translator& t, EncodedOperand fail, Word live, const Operand& src, const Operand& dst) {
  const GenericOp* next = t.peek(1);
  if (src.is_register() && next != nullptr && next->opcode == op_bs_get_position) {
    const Operands p = t.module().operands_of(*next);
    if (same(p[0], dst) && !same(p[1], dst)) {
      const EncodedOperand from = t.operand(src), to = t.operand(dst), position = t.operand(p[1]);
      if (const GenericOp* get = t.peek(2); is_byte(t, get, dst)) {
        const Operands g = t.module().operands_of(*get);
        const auto mask = unit_mask(t, t.peek(3), g[0], dst);
        if (!same(g[6], p[1]) &&
            t.try_emit<"bs_next_byte">({fail, t.label(g[0]), t.word(live), from, to, position,
                                        t.word(mask.value_or(0)), t.operand(g[6])})) {
          t.consume(mask ? 3 : 2);
          return;
        }
      }
      t.emit<"bs_start_match_position">({fail, t.word(live), from, to, position});
      t.consume(1);
      return;
    }
  }
  t.emit<"bs_start_match">({fail, t.word(live), t.operand(src), t.operand(dst)});
}

// Several integers of one context that lie within 64 bits: as one instruction.
bool get_integers(Translator& t, const GenericOp& first, const Operand& fail, const Operand& ctx) {
  Window window;
  std::size_t ops = 0;
  for (const GenericOp* op = &first; op != nullptr; op = t.peek(++ops)) {
    const bool skip = op->opcode == op_bs_skip_bits2;
    if (op->opcode != op_bs_get_integer2 && !skip) break;
    const Operands g = t.module().operands_of(*op);
    if (!same(g[1], ctx) || g[0].value != fail.value) break;
    if (skip ? !window.skip(constant_bits(g[2], g[3].value))
             : same(g[6], ctx) ||
                   !window.add(constant_bits(g[3], g[4].value), flags_of(g[5]), t.operand(g[6])))
      break;
  }
  if (!window.worth_it()) return false;
  const auto mask = unit_mask(t, t.peek(ops), fail, ctx);
  window.emit(t, t.label(fail), t.operand(ctx), mask.value_or(0));
  t.consume(mask ? ops : ops - 1);
  return true;
}

// One integer: with what follows if that is common.
void get_integer_op(Translator& t, const GenericOp& op, Operands a) {
  const EncodedOperand fail = t.label(a[0]);
  if (a[1].is_register() && get_integers(t, op, a[0], a[1])) return;
  if (is_byte(t, &op, a[1])) {
    const EncodedOperand ctx = t.operand(a[1]), dst = t.operand(a[6]);
    const GenericOp* next = t.peek(1);
    if (const auto mask = unit_mask(t, next, a[0], a[1])) {
      t.emit<"bs_get_8_unit">({fail, ctx, t.word(*mask), dst});
      return t.consume(1);
    }
    if (next != nullptr && next->opcode == op_is_eq_exact) {
      const Operands e = t.module().operands_of(*next);
      if (same(e[1], a[6]) && e[2].kind == Operand::Kind::integer && e[2].term.is_small()) {
        t.emit<"bs_get_8_is_eq">({fail, ctx, dst, t.label(e[0]), t.word(e[2].term.bits)});
        return t.consume(1);
      }
    }
  }
  get_integer(t, fail, a[2].value, in_register(t, a[1]), a[3], a[4].value, flags_of(a[5]), t.operand(a[6]));
}

bool translate_match(Translator& t, const GenericOp& op, Operands a) {
  switch (op.opcode) {
    case op_bs_start_match3: start_match(t, t.label(a[0]), a[2].value, a[1], a[3]); return true;
    case op_bs_start_match4: {
      // Fail is a label, `no_fail` (it is a bitstring) or `resume` (it is a match context).
      if (a[0].kind == Operand::Kind::atom && a[0].term == am::resume) {
        if (!same(a[2], a[3])) t.emit<"move">({t.operand(a[2]), t.operand(a[3])});
        return true;
      }
      const EncodedOperand fail =
          a[0].kind == Operand::Kind::label ? t.label(a[0]) : EncodedOperand{OperandKind::label, 0};
      start_match(t, fail, a[1].value, a[2], a[3]);
      return true;
    }
    case op_bs_get_integer2: get_integer_op(t, op, a); return true;
    case op_bs_get_float2:
      t.emit<"bs_get_float">({t.label(a[0]), t.word(a[2].value), in_register(t, a[1]), t.operand(a[3]),
                              t.word(a[4].value), t.word(flags_of(a[5])), t.operand(a[6])});
      return true;
    case op_bs_get_binary2:
      get_binary(t, t.label(a[0]), a[2].value, in_register(t, a[1]), a[3], a[4].value, t.operand(a[6]));
      return true;
    case op_bs_skip_bits2: {
      if (a[1].is_register() && get_integers(t, op, a[0], a[1])) return true;
      const EncodedOperand fail = t.label(a[0]), ctx = in_register(t, a[1]);
      if (is_all(a[2])) {
        test_unit(t, fail, ctx, a[3].value);
        t.emit<"bs_skip_all">({ctx});
      } else if (const auto bits = constant_bits(a[2], a[3].value)) {
        t.emit<"bs_skip">({fail, ctx, t.word(*bits)});
      } else {
        t.emit<"bs_skip_size">({fail, ctx, t.operand(a[2]), t.word(a[3].value)});
      }
      return true;
    }
    case op_bs_test_tail2:
      t.emit<"bs_test_tail">({t.label(a[0]), in_register(t, a[1]), t.word(a[2].value)});
      return true;
    case op_bs_test_unit: test_unit(t, t.label(a[0]), in_register(t, a[1]), a[2].value); return true;
    case op_bs_match_string:
      match_bits(t, t.label(a[0]), in_register(t, a[1]), a[2].value,
                 string_at(t, a[3].value, bytes_for_bits(a[2].value)));
      return true;
    case op_bs_get_tail:
      t.emit<"bs_get_tail">({t.word(a[2].value), in_register(t, a[0]), t.operand(a[1])});
      return true;
    case op_bs_get_position: t.emit<"bs_get_position">({in_register(t, a[0]), t.operand(a[1])}); return true;
    case op_bs_set_position: t.emit<"bs_set_position">({in_register(t, a[0]), t.operand(a[1])}); return true;
    case op_bs_get_utf8: {
      const auto mask = unit_mask(t, t.peek(1), a[0], a[1]);
      t.emit<"bs_get_utf8">({t.label(a[0]), in_register(t, a[1]), t.word(mask.value_or(0)), t.operand(a[4])});
      if (mask) t.consume(1);
      return true;
    }
    case op_bs_get_utf16:
      t.emit<"bs_get_utf16">({t.label(a[0]), t.operand(a[1]), t.word(flags_of(a[3])), t.operand(a[4])});
      return true;
    case op_bs_get_utf32:
      t.emit<"bs_get_utf32">({t.label(a[0]), t.operand(a[1]), t.word(flags_of(a[3])), t.operand(a[4])});
      return true;
    case op_bs_skip_utf8:
    case op_bs_skip_utf16:
    case op_bs_skip_utf32: {
      const Word encoding = op.opcode == op_bs_skip_utf8 ? 8 : op.opcode == op_bs_skip_utf16 ? 16 : 32;
      t.emit<"bs_skip_utf">({t.label(a[0]), t.operand(a[1]), t.word(encoding), t.word(flags_of(a[3]))});
      return true;
    }
    case op_bs_match:
      match_commands(t, t.label(a[0]), in_register(t, a[1]), t.module().list(a[2]));
      return true;
    default: return false;
  }
}

}  // namespace

bool translate_binary_op(Translator& t, const GenericOp& op) {
  return translate_match(t, op, t.module().operands_of(op)) || translate_build_op(t, op);
}

}  // namespace joist
