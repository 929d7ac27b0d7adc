// arithmetic.hpp -- integer arithmetic and float registers. A small integer is its value times four, so
// sums and bit operations work on the words as they are.
// `fail`: where a guard goes on failure; null in a body, where badarith is raised. `live`: x registers to
// keep if a collection is due after a big result was built.
#pragma once
#include <cmath>

#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/number.hpp"

namespace joist {

// The end of every slow arithmetic path. OTP: most fail as a call of the BIF of that name would; division,
// and adding or subtracting a small constant, fail where they stand (`in_place`): the trace has no frame for
// them.
Flow finish_arithmetic(Machine& m, const Word* fail, Word live, Term result, Slot dst, Term function,
                       std::initializer_list<Term> args, bool in_place = false);
inline bool is_register_and_constant(Slot a, Slot b) {
  return any_is_register(a.encoded) && !any_is_register(b.encoded) && Term{b.encoded}.is_small();
}

#define JOIST_SLOW_ARITHMETIC(function_atom, call, ...)                                                   \
  static Flow slow(Machine& m, const Word* fail, Word live, Slot sa, Slot sb, Slot dst) {                 \
    const Term a = sa.get(m), b = sb.get(m);                                                              \
    return finish_arithmetic(m, fail, live, call, dst, function_atom, {a, b} __VA_OPT__(, ) __VA_ARGS__); \
  }
#define JOIST_BINARY_OPERANDS Lab<"fail">, Num<"live">, In<"a">, In<"b">, Out<"dst">

struct Add : Instruction<"add", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    std::int64_t sum;
    if (!both_small(a, b) ||
        __builtin_add_overflow(static_cast<std::int64_t>(a.bits), static_cast<std::int64_t>(b.bits), &sum))
      return Flow::slow;
    dst = {static_cast<Word>(sum)};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::plus_, number_add(m.p->heap, a, b),
                        is_register_and_constant(sa, sb) || is_register_and_constant(sb, sa))
};
struct Subtract : Instruction<"subtract", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    std::int64_t difference;
    if (!both_small(a, b) || __builtin_sub_overflow(static_cast<std::int64_t>(a.bits),
                                                    static_cast<std::int64_t>(b.bits), &difference))
      return Flow::slow;
    dst = {static_cast<Word>(difference)};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::minus_, number_subtract(m.p->heap, a, b), is_register_and_constant(sa, sb))
};
struct Multiply : Instruction<"multiply", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    std::int64_t product;
    if (!both_small(a, b) ||
        __builtin_mul_overflow(a.small_value(), static_cast<std::int64_t>(b.bits), &product))
      return Flow::slow;
    dst = {static_cast<Word>(product)};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::times_, number_multiply(m.p->heap, a, b))
};
struct Divide : Instruction<"divide", JOIST_BINARY_OPERANDS> {
  JOIST_SLOW_ARITHMETIC(am::divide_, number_divide(m.p->heap, a, b), true)
};
struct IntDiv : Instruction<"int_div", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    // -1 is left to the slow path: the smallest small divided by it is not one.
    if (!both_small(a, b) || b.bits == 0 || b == Term::small(-1)) return Flow::slow;
    // Both below 2^32, as nearly always: a much shorter division.
    if (((a.bits | b.bits) >> 32) == 0)
      dst = Term::small(static_cast<std::uint32_t>(a.bits) / static_cast<std::uint32_t>(b.bits));
    else
      dst = Term::small(static_cast<std::int64_t>(a.bits) / static_cast<std::int64_t>(b.bits));
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::div, integer_div(m.p->heap, a, b))
};
struct IntRem : Instruction<"int_rem", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b) || b.bits == 0 || b == Term::small(-1)) return Flow::slow;
    if (((a.bits | b.bits) >> 32) == 0)
      dst = {Word{static_cast<std::uint32_t>(a.bits) % static_cast<std::uint32_t>(b.bits)}};
    else
      dst = {static_cast<Word>(static_cast<std::int64_t>(a.bits) % static_cast<std::int64_t>(b.bits))};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::rem, integer_rem(m.p->heap, a, b))
};
struct Band : Instruction<"band", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b)) return Flow::slow;
    dst = {a.bits & b.bits};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::band, integer_band(m.p->heap, a, b))
};
struct Bor : Instruction<"bor", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b)) return Flow::slow;
    dst = {a.bits | b.bits};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::bor, integer_bor(m.p->heap, a, b))
};
struct Bxor : Instruction<"bxor", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b)) return Flow::slow;
    dst = {a.bits ^ b.bits};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::bxor, integer_bxor(m.p->heap, a, b))
};
struct Bsl : Instruction<"bsl", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b)) return Flow::slow;
    const Word n = b.bits >> 2;
    if (n >= 61) return Flow::slow;
    const auto shifted = static_cast<std::int64_t>(a.bits << n);
    if (shifted >> n != static_cast<std::int64_t>(a.bits)) return Flow::slow;
    dst = {static_cast<Word>(shifted)};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::bsl, integer_bsl(m.p->heap, a, b))
};
struct Bsr : Instruction<"bsr", JOIST_BINARY_OPERANDS> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine&, const Word*, Word, Term a, Term b, Term& dst) {
    if (!both_small(a, b)) return Flow::slow;
    const Word n = b.bits >> 2;
    if (n >= 62) return Flow::slow;
    dst = {static_cast<Word>(static_cast<std::int64_t>(a.bits) >> n) & ~Word{3}};
    return Flow::next;
  }
  JOIST_SLOW_ARITHMETIC(am::bsr, integer_bsr(m.p->heap, a, b))
};
struct Bnot : Instruction<"bnot", Lab<"fail">, Num<"live">, In<"a">, Out<"dst">> {
  static Flow run(Machine&, const Word*, Word, Term a, Term& dst) {
    if (!a.is_small()) return Flow::slow;
    dst = {~a.bits & ~Word{3}};
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot sa, Slot dst) {
    const Term a = sa.get(m);
    return finish_arithmetic(m, fail, live, integer_bnot(m.p->heap, a), dst, am::bnot, {a});
  }
};
struct Negate : Instruction<"negate", Lab<"fail">, Num<"live">, In<"a">, Out<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot sa, Slot dst) {
    const Term a = sa.get(m);
    return finish_arithmetic(m, fail, live, number_negate(m.p->heap, a), dst, am::minus_, {a});
  }
};
#undef JOIST_SLOW_ARITHMETIC
#undef JOIST_BINARY_OPERANDS

// ---- numbers that the compiler knows to be floats, more likely than not ----
[[gnu::always_inline]] inline double float_value(Term t) { return std::bit_cast<double>(t.box_words()[1]); }
#define JOIST_FLOAT_FIRST(Type, text, General, expression)                                     \
  struct Type : Instruction<text, Lab<"fail">, Num<"live">, InReg<"a">, In<"b">, Out<"dst">> { \
    static Flow run(Machine& m, const Word*, Word, Term a, Term b, Term& dst) {                \
      if (!a.is_float() || !b.is_float() || !m.room(2)) return Flow::slow;                     \
      const double result = float_value(a) expression float_value(b);                          \
      if (!std::isfinite(result)) return Flow::slow;                                           \
      m.h[0] = make_header(BoxKind::float_, 1);                                                \
      m.h[1] = std::bit_cast<Word>(result);                                                    \
      dst = Term::boxed(m.h);                                                                  \
      m.h += 2;                                                                                \
      return Flow::next;                                                                       \
    }                                                                                          \
    static Flow slow(Machine& m, const Word* fail, Word live, Slot a, Slot b, Slot dst) {      \
      return General::slow(m, fail, live, a, b, dst);                                          \
    }                                                                                          \
  };
JOIST_FLOAT_FIRST(AddFloats, "add_floats", Add, +)
JOIST_FLOAT_FIRST(SubtractFloats, "subtract_floats", Subtract, -)
JOIST_FLOAT_FIRST(MultiplyFloats, "multiply_floats", Multiply, *)
#undef JOIST_FLOAT_FIRST

// ---- float registers: an operand is the register's offset in bytes from Machine::floats() ----
[[gnu::always_inline]] inline double& float_register(const Machine& m, Word offset) {
  return *reinterpret_cast<double*>(reinterpret_cast<char*>(m.floats()) + offset);
}
struct FloatLoad : Instruction<"float_load", InAny<"src">, Num<"fr">> {  // the source is known to be a float
  static Flow run(Machine& m, Term src, Word fr) {
    float_register(m, fr) = std::bit_cast<double>(src.box_words()[1]);
    return Flow::next;
  }
};
struct FloatStore : Instruction<"float_store", Num<"fr">, Out<"dst">> {  // the heap has been reserved
  static Flow run(Machine& m, Word fr, Term& dst) {
    m.h[0] = make_header(BoxKind::float_, 1);
    m.h[1] = std::bit_cast<Word>(float_register(m, fr));
    dst = Term::boxed(m.h);
    m.h += 2;
    return Flow::next;
  }
};
struct FloatMove : Instruction<"float_move", Num<"from">, Num<"to">> {
  static Flow run(Machine& m, Word from, Word to) {
    float_register(m, to) = float_register(m, from);
    return Flow::next;
  }
};
struct FloatConvert : Instruction<"float_convert", InAny<"src">, Num<"fr">> {
  static Flow run(Machine& m, Term src, Word fr) {
    if (src.is_small()) {
      float_register(m, fr) = static_cast<double>(src.small_value());
      return Flow::next;
    }
    if (src.is_float()) {
      float_register(m, fr) = std::bit_cast<double>(src.box_words()[1]);
      return Flow::next;
    }
    return Flow::slow;
  }
  static Flow slow(Machine& m, Slot src, Word fr) {
    const auto d = to_double(src.get(m));
    if (!d) return raise_error(m, am::badarith);
    float_register(m, fr) = *d;
    return Flow::next;
  }
};
#define JOIST_FLOAT_OP(Type, text, expression)                                              \
  struct Type : Instruction<text, Num<"a">, Num<"b">, Num<"dst">> {                         \
    static Flow run(Machine& m, Word a, Word b, Word dst) {                                 \
      const double result = float_register(m, a) expression float_register(m, b);           \
      float_register(m, dst) = result;                                                      \
      return std::isfinite(result) ? Flow::next : Flow::slow;                               \
    }                                                                                       \
    static Flow slow(Machine& m, Word, Word, Word) { return raise_error(m, am::badarith); } \
  };
JOIST_FLOAT_OP(FloatAdd, "float_add", +)
JOIST_FLOAT_OP(FloatSubtract, "float_subtract", -)
JOIST_FLOAT_OP(FloatMultiply, "float_multiply", *)
JOIST_FLOAT_OP(FloatDivide, "float_divide", /)
#undef JOIST_FLOAT_OP
struct FloatNegate : Instruction<"float_negate", Num<"a">, Num<"dst">> {
  static Flow run(Machine& m, Word a, Word dst) {
    // The sign bit as an integer: machine code has no room for a constant in memory.
    float_register(m, dst) =
        std::bit_cast<double>(std::bit_cast<Word>(float_register(m, a)) ^ (Word{1} << 63));
    return Flow::next;
  }
};

using ArithmeticInstructions =
    InstructionList<Add, Subtract, Multiply, Divide, IntDiv, IntRem, Band, Bor, Bxor, Bsl, Bsr, Bnot, Negate,
                    AddFloats, SubtractFloats, MultiplyFloats, FloatLoad, FloatStore, FloatMove, FloatConvert,
                    FloatAdd, FloatSubtract, FloatMultiply, FloatDivide, FloatNegate>;

}  // namespace joist
