// data.hpp -- moving, testing, comparing, taking apart and building ordinary terms.
#pragma once
#include "vm/interpreter/instruction.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/fun.hpp"

namespace joist {

// ---- moving ----
struct Move : Instruction<"move", In<"src">, Out<"dst">> {
  static Flow run(Machine&, Term src, Term& dst) {
    dst = src;
    return Flow::next;
  }
};
// Several moves at once: no source is an earlier target (the loader sees to that).
struct Move2 : Instruction<"move2", In<"src1">, Out<"dst1">, In<"src2">, Out<"dst2">> {
  static Flow run(Machine&, Term src1, Term& dst1, Term src2, Term& dst2) {
    dst1 = src1;
    dst2 = src2;
    return Flow::next;
  }
};
struct Move3 : Instruction<"move3", InReg<"src1">, Out<"dst1">, InReg<"src2">, Out<"dst2">, InReg<"src3">,
                           Out<"dst3">> {
  static Flow run(Machine&, Term src1, Term& dst1, Term src2, Term& dst2, Term src3, Term& dst3) {
    dst1 = src1;
    dst2 = src2;
    dst3 = src3;
    return Flow::next;
  }
};
struct Swap : Instruction<"swap", Out<"a">, Out<"b">> {
  static Flow run(Machine&, Term& a, Term& b) {
    const Term t = a;
    a = b;
    b = t;
    return Flow::next;
  }
};

// ---- lists ----
struct PutList : Instruction<"put_list", In<"head">, In<"tail">, Out<"dst">> {
  static Flow run(Machine& m, Term head, Term tail, Term& dst) {
    m.h[0] = head.bits;
    m.h[1] = tail.bits;
    dst = Term::cons(m.h);
    m.h += 2;
    return Flow::next;
  }
};
struct GetList : Instruction<"get_list", InReg<"cons">, Out<"head">, Out<"tail">> {
  static Flow run(Machine&, Term cons, Term& head, Term& tail) {
    const Word* w = cons.cons_words();
    const Word t = w[1];
    head = {w[0]};
    tail = {t};
    return Flow::next;
  }
};
struct GetHd : Instruction<"get_hd", InReg<"cons">, Out<"head">> {
  static Flow run(Machine&, Term cons, Term& head) {
    head = cons.head();
    return Flow::next;
  }
};
struct GetTl : Instruction<"get_tl", InReg<"cons">, Out<"tail">> {
  static Flow run(Machine&, Term cons, Term& tail) {
    tail = cons.tail();
    return Flow::next;
  }
};
// is_nonempty_list and get_list of the same register, a list walk's first two steps.
struct IsConsGetList : Instruction<"is_cons_get_list", Lab<"fail">, InReg<"cons">, Out<"head">, Out<"tail">> {
  static Flow run(Machine& m, const Word* fail, Term cons, Term& head, Term& tail) {
    if (!cons.is_cons()) return m.jump(fail);
    const Word* w = cons.cons_words();
    const Word t = w[1];
    head = {w[0]};
    tail = {t};
    return Flow::next;
  }
};

// ---- tuples ----
struct GetTupleElement : Instruction<"get_tuple_element", InReg<"tuple">, Num<"offset">, Out<"dst">> {
  static Flow run(Machine&, Term tuple, Word offset, Term& dst) {  // offset in bytes from the header
    dst = {*reinterpret_cast<const Word*>(reinterpret_cast<const char*>(tuple.box_words()) + offset)};
    return Flow::next;
  }
};
// Two elements next to each other, to registers of one kind.
struct GetTupleElement2 : Instruction<"get_tuple_element2", InReg<"tuple">, Num<"offset1">, Out<"dst1">,
                                      Num<"offset2">, Out<"dst2">> {
  static Flow run(Machine&, Term tuple, Word offset1, Term& dst1, Word offset2, Term& dst2) {
    const char* at = reinterpret_cast<const char*>(tuple.box_words());
    const Word a = *reinterpret_cast<const Word*>(at + offset1),
               b = *reinterpret_cast<const Word*>(at + offset2);
    dst1 = {a};
    dst2 = {b};
    return Flow::next;
  }
};
struct SetTupleElement : Instruction<"set_tuple_element", InAny<"value">, InAny<"tuple">, Num<"offset">> {
  static Flow run(Machine&, Term value, Term tuple, Word offset) {
    *reinterpret_cast<Term*>(reinterpret_cast<char*>(tuple.box_words()) + offset) = value;
    return Flow::next;
  }
};
struct PutTuple : Instruction<"put_tuple", Out<"dst">, Rest<"elements">> {
  static Flow run(Machine& m, Term& dst, Words_ elements) {
    Word* at = m.h;
    const std::size_t n = elements.size();
    at[0] = tuple_header(n);
    for (std::size_t i = 0; i < n; ++i) at[1 + i] = elements.get(m, i).bits;
    m.h = at + 1 + n;
    dst = Term::boxed(at);
    return Flow::next;
  }
};
struct PutTuple2 : Instruction<"put_tuple_2", In<"a">, In<"b">, Out<"dst">> {
  static Flow run(Machine& m, Term a, Term b, Term& dst) {
    m.h[0] = tuple_header(2);
    m.h[1] = a.bits;
    m.h[2] = b.bits;
    dst = Term::boxed(m.h);
    m.h += 3;
    return Flow::next;
  }
};
struct PutTuple3 : Instruction<"put_tuple_3", In<"a">, In<"b">, In<"c">, Out<"dst">> {
  static Flow run(Machine& m, Term a, Term b, Term c, Term& dst) {
    m.h[0] = tuple_header(3);
    m.h[1] = a.bits;
    m.h[2] = b.bits;
    m.h[3] = c.bits;
    dst = Term::boxed(m.h);
    m.h += 4;
    return Flow::next;
  }
};
// OTP 26: a tuple like `src` with some elements replaced. updates: 1-based index, value, ...
struct UpdateRecord
    : Instruction<"update_record", Num<"size">, InAny<"src">, OutAny<"dst">, Rest<"updates">> {
  static Flow run(Machine& m, Word size, Term src, Term& dst, Words_ updates) {  // the heap has been reserved
    Word* at = m.h;
    copy_few_words(at, src.box_words(), size + 1);
    for (std::size_t i = 0; i + 1 < updates.size(); i += 2) at[updates[i] >> 2] = updates.get(m, i + 1).bits;
    m.h = at + size + 1;
    dst = Term::boxed(at);
    return Flow::next;
  }
};

// ---- type tests: jump to `fail` unless it holds ----
#define JOIST_TYPE_TEST(Type, text, condition)                \
  struct Type : Instruction<text, Lab<"fail">, In<"arg">> {   \
    static Flow run(Machine& m, const Word* fail, Term arg) { \
      return (condition) ? Flow::next : m.jump(fail);         \
    }                                                         \
  };
JOIST_TYPE_TEST(IsSmall, "is_small", arg.is_small())
JOIST_TYPE_TEST(IsInteger, "is_integer", arg.is_integer())
JOIST_TYPE_TEST(IsFloat, "is_float", arg.is_float())
JOIST_TYPE_TEST(IsNumber, "is_number", arg.is_number())
JOIST_TYPE_TEST(IsAtom, "is_atom", arg.is_atom())
JOIST_TYPE_TEST(IsBoolean, "is_boolean", arg == am::true_ || arg == am::false_)
JOIST_TYPE_TEST(IsPid, "is_pid", arg.is_pid())
JOIST_TYPE_TEST(IsPort, "is_port", arg.is_port())
JOIST_TYPE_TEST(IsReference, "is_reference", arg.is_reference())
JOIST_TYPE_TEST(IsNil, "is_nil", arg.is_nil())
JOIST_TYPE_TEST(IsList, "is_list", arg.is_list())
JOIST_TYPE_TEST(IsCons, "is_nonempty_list", arg.is_cons())
JOIST_TYPE_TEST(IsTuple, "is_tuple", arg.is_tuple())
JOIST_TYPE_TEST(IsMap, "is_map", arg.is_map())
JOIST_TYPE_TEST(IsFunction, "is_function", arg.is_fun())
JOIST_TYPE_TEST(IsBitstring, "is_bitstr", arg.is_bitstring())
JOIST_TYPE_TEST(IsBinary, "is_binary", arg.is_binary())
#undef JOIST_TYPE_TEST

struct IsFunction2 : Instruction<"is_function2", Lab<"fail">, InAny<"fun">, InAny<"arity">> {
  static Flow run(Machine& m, const Word* fail, Term fun, Term arity) {
    if (!fun.is_fun() || !arity.is_small()) return m.jump(fail);
    const std::uint32_t n =
        fun.box_kind() == BoxKind::fun ? Fun::from(fun)->entry()->arity : external_fun_export(fun)->arity;
    return arity.small_value() == n ? Flow::next : m.jump(fail);
  }
};
struct TestArity : Instruction<"test_arity", Lab<"fail">, InReg<"tuple">, Num<"header">> {
  static Flow run(Machine& m, const Word* fail, Term tuple, Word header) {
    return tuple.header() == header ? Flow::next : m.jump(fail);
  }
};
// is_tuple and test_arity together.
struct IsTupleOfArity : Instruction<"is_tuple_of_arity", Lab<"fail">, InReg<"tuple">, Num<"header">> {
  static Flow run(Machine& m, const Word* fail, Term tuple, Word header) {
    return tuple.is_boxed() && tuple.header() == header ? Flow::next : m.jump(fail);
  }
};
struct IsTaggedTuple
    : Instruction<"is_tagged_tuple", Lab<"fail">, InReg<"tuple">, Num<"header">, InConst<"tag">> {
  static Flow run(Machine& m, const Word* fail, Term tuple, Word header, Term tag) {
    return tuple.is_boxed() && tuple.header() == header && tuple.box_words()[1] == tag.bits ? Flow::next
                                                                                            : m.jump(fail);
  }
};

// ---- comparing: jump to `fail` unless it holds ----
struct IsLt : Instruction<"is_lt", Lab<"fail">, In<"a">, In<"b">> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (!both_small(a, b)) return Flow::slow;
    return static_cast<std::int64_t>(a.bits) < static_cast<std::int64_t>(b.bits) ? Flow::next : m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return compare(a.get(m), b.get(m)) < 0 ? Flow::next : m.jump(fail);
  }
};
struct IsGe : Instruction<"is_ge", Lab<"fail">, In<"a">, In<"b">> {
  JOIST_SMALL_CONSTANTS
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (!both_small(a, b)) return Flow::slow;
    return static_cast<std::int64_t>(a.bits) >= static_cast<std::int64_t>(b.bits) ? Flow::next : m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return compare(a.get(m), b.get(m)) >= 0 ? Flow::next : m.jump(fail);
  }
};
// Of numbers that are floats, more likely than not.
struct IsLtFloats : Instruction<"is_lt_floats", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (!a.is_float() || !b.is_float()) return Flow::slow;
    return std::bit_cast<double>(a.box_words()[1]) < std::bit_cast<double>(b.box_words()[1]) ? Flow::next
                                                                                             : m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) { return IsLt::slow(m, fail, a, b); }
};
struct IsGeFloats : Instruction<"is_ge_floats", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (!a.is_float() || !b.is_float()) return Flow::slow;
    return std::bit_cast<double>(a.box_words()[1]) >= std::bit_cast<double>(b.box_words()[1]) ? Flow::next
                                                                                              : m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) { return IsGe::slow(m, fail, a, b); }
};
// low =< a =< high, for small constants: the guards of a range of characters.
struct IsBetween : Instruction<"is_between", Lab<"fail">, InReg<"a">, InConst<"low">, InConst<"high">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term low, Term high) {
    if (!a.is_small()) return Flow::slow;
    const auto v = static_cast<std::int64_t>(a.bits);
    return v >= static_cast<std::int64_t>(low.bits) && v <= static_cast<std::int64_t>(high.bits)
               ? Flow::next
               : m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot low, Slot high) {
    return compare(a.get(m), low.get(m)) >= 0 && compare(high.get(m), a.get(m)) >= 0 ? Flow::next
                                                                                     : m.jump(fail);
  }
};
struct IsEq : Instruction<"is_eq", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (a == b) return Flow::next;
    if (!both_small(a, b)) return Flow::slow;
    return m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return equal(a.get(m), b.get(m)) ? Flow::next : m.jump(fail);
  }
};
struct IsNe : Instruction<"is_ne", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (a == b) return m.jump(fail);
    if (!both_small(a, b)) return Flow::slow;
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return equal(a.get(m), b.get(m)) ? m.jump(fail) : Flow::next;
  }
};
struct IsEqExact : Instruction<"is_eq_exact", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (a == b) return Flow::next;
    if (a.is_pointer() && b.is_pointer()) return Flow::slow;
    return m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return equal_exact(a.get(m), b.get(m)) ? Flow::next : m.jump(fail);
  }
};
struct IsNeExact : Instruction<"is_ne_exact", Lab<"fail">, In<"a">, In<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) {
    if (a == b) return m.jump(fail);
    if (a.is_pointer() && b.is_pointer()) return Flow::slow;
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Slot a, Slot b) {
    return equal_exact(a.get(m), b.get(m)) ? m.jump(fail) : Flow::next;
  }
};
// Against an immediate constant: the words decide.
struct IsEqImmediate : Instruction<"is_eq_immediate", Lab<"fail">, InReg<"a">, InConst<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) { return a == b ? Flow::next : m.jump(fail); }
};
struct IsNeImmediate : Instruction<"is_ne_immediate", Lab<"fail">, InReg<"a">, InConst<"b">> {
  static Flow run(Machine& m, const Word* fail, Term a, Term b) { return a != b ? Flow::next : m.jump(fail); }
};

using DataInstructions =
    InstructionList<Move, Move2, Move3, Swap, PutList, GetList, GetHd, GetTl, IsConsGetList, GetTupleElement,
                    GetTupleElement2, SetTupleElement, PutTuple, PutTuple2, PutTuple3, UpdateRecord, IsSmall,
                    IsInteger, IsFloat, IsNumber, IsAtom, IsBoolean, IsPid, IsPort, IsReference, IsNil,
                    IsList, IsCons, IsTuple, IsMap, IsFunction, IsBitstring, IsBinary, IsFunction2, TestArity,
                    IsTupleOfArity, IsTaggedTuple, IsLt, IsGe, IsLtFloats, IsGeFloats, IsBetween, IsEq, IsNe,
                    IsEqExact, IsNeExact, IsEqImmediate, IsNeImmediate>;

}  // namespace joist
