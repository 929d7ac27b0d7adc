// bifs.hpp -- calling built-in functions: in bodies (arguments in x registers) and in guards (arguments
// anywhere), and the guard BIFs that are instructions of their own because everybody uses them.
#pragma once
#include "vm/code/export.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/interpreter/instructions/map.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/map.hpp"

namespace joist {

bool is_traced_export(Word e);
inline BifFunction as_bif(Word w) { return reinterpret_cast<BifFunction>(w); }

// ---- in bodies ----
// Some BIF is traced: whether it is this one, which then must be called through its export.
[[gnu::always_inline]] inline bool is_traced_bif(Word e) {
  return bifs_are_traced.load(std::memory_order_relaxed) && is_traced_export(e);
}
Flow call_traced_bif(Machine& m, Word e, const Word* return_to);

struct CallBif : Instruction<"call_bif", Num<"export">, Num<"function">> {
  static Flow slow(Machine& m, Word e, Word function) {
    if (is_traced_bif(e)) [[unlikely]]
      return call_traced_bif(m, e, m.ip + 3);
    return call_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), m.ip + 3);
  }
};
// setelement(N, Tuple, Value) of what is no error.
struct SetElement : Instruction<"setelement", Num<"export">, Num<"function">> {
  static Flow run(Machine& m, Word, Word) {
    const Term n = m.x[0], tuple = m.x[1];
    if (!n.is_small() || !tuple.is_tuple()) return Flow::slow;
    const Word* from = tuple.box_words();
    const std::size_t arity = header_words(*from);
    const Word at = n.bits >> 2;
    if (at - 1 >= arity || !m.room(arity + 1)) return Flow::slow;
    copy_few_words(m.h, from, arity + 1);
    m.h[at] = m.x[2].bits;
    m.x[0] = Term::boxed(m.h);
    m.h += arity + 1;
    m.reds -= static_cast<std::int64_t>(1 + arity / 32);
    return Flow::next;
  }
  static Flow slow(Machine& m, Word e, Word function) { return CallBif::slow(m, e, function); }
};
// As the last thing of a function whose frame is gone already: the BIF's result is the function's. Behind it
// stands a `return`, for a BIF that has another function called in its place and, as in OTP, for one that is
// traced: they see the caller.
struct CallBifTail : Instruction<"call_bif_tail", Num<"export">, Num<"function">> {
  static Flow slow(Machine& m, Word e, Word function) {
    if (is_traced_bif(e)) [[unlikely]]
      return call_traced_bif(m, e, m.ip + 3);
    return call_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), nullptr, m.ip + 3);
  }
};
struct CallBifLast : Instruction<"call_bif_last", Num<"export">, Num<"function">, Num<"frame">> {
  static Flow slow(Machine& m, Word e, Word function, Word frame);
};
// A BIF that blocks: runs on a dirty thread.
struct CallDirtyBif : Instruction<"call_dirty_bif", Num<"export">, Num<"function">> {
  static Flow slow(Machine& m, Word e, Word function);
};

// The entry of a function that a native one may take the place of: `native` is 0 until load_nif sets it.
struct NativeEntry : Instruction<"native_entry", Num<"native">> {
  static Flow slow(Machine& m, Word native) {
    if (native == 0) return Flow::next;
    return call_native(m, *reinterpret_cast<const NativeFunction*>(native));
  }
};

// ---- in guards: `fail` null in a body ----
Flow guard_bif(Machine& m, const Word* fail, Word live, const Export* e, BifFunction run,
               std::span<const Slot> args, Slot dst);
constexpr Word kNoCollection = ~Word{0};  // `live` of bif0..bif2, which build nothing

struct GuardBif0 : Instruction<"guard_bif0", Num<"export">, Num<"function">, OutAny<"dst">> {
  static Flow slow(Machine& m, Word e, Word function, Slot dst) {
    return guard_bif(m, nullptr, kNoCollection, reinterpret_cast<const Export*>(e), as_bif(function), {},
                     dst);
  }
};
struct GuardBif1 : Instruction<"guard_bif1", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">,
                               InAny<"a">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot dst) {
    const Slot args[] = {a};
    return guard_bif(m, fail, live, reinterpret_cast<const Export*>(e), as_bif(function), args, dst);
  }
};
struct GuardBif2 : Instruction<"guard_bif2", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">,
                               InAny<"a">, InAny<"b">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot b, Slot dst) {
    const Slot args[] = {a, b};
    return guard_bif(m, fail, live, reinterpret_cast<const Export*>(e), as_bif(function), args, dst);
  }
};
struct GuardBif3 : Instruction<"guard_bif3", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">,
                               InAny<"a">, InAny<"b">, InAny<"c">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot b, Slot c,
                   Slot dst) {
    const Slot args[] = {a, b, c};
    return guard_bif(m, fail, live, reinterpret_cast<const Export*>(e), as_bif(function), args, dst);
  }
};

// ---- guard BIFs as instructions; what they cannot do at once the table's function does ----
// Each carries what GuardBif1/2 need, for its slow path.
#define JOIST_FAST_GUARD1(Type, text) \
  struct Type                         \
      : Instruction<text, Lab<"fail">, Num<"live">, Num<"export">, Num<"function">, InReg<"a">, Out<"dst">>
#define JOIST_FAST_GUARD1_SLOW                                                                         \
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot dst) { \
    return GuardBif1::slow(m, fail, live, e, function, a, dst);                                        \
  }
#define JOIST_FAST_GUARD2_SLOW                                                                     \
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot b, \
                   Slot dst) {                                                                     \
    return GuardBif2::slow(m, fail, live, e, function, a, b, dst);                                 \
  }

struct Self : Instruction<"self", Out<"dst">> {
  static Flow run(Machine& m, Term& dst) {
    dst = m.p->pid;
    return Flow::next;
  }
};
JOIST_FAST_GUARD1(Hd, "hd"){static Flow run(Machine&, const Word*, Word, Word, Word, Term a,
                                            Term& dst){if (!a.is_cons()) return Flow::slow;
dst = a.head();
return Flow::next;
}  // namespace joist
JOIST_FAST_GUARD1_SLOW
}
;
JOIST_FAST_GUARD1(Tl, "tl"){static Flow run(Machine&, const Word*, Word, Word, Word, Term a,
                                            Term& dst){if (!a.is_cons()) return Flow::slow;
dst = a.tail();
return Flow::next;
}
JOIST_FAST_GUARD1_SLOW
}
;
JOIST_FAST_GUARD1(TupleSize, "tuple_size"){static Flow run(Machine&, const Word*, Word, Word, Word, Term a,
                                                           Term& dst){if (!a.is_tuple()) return Flow::slow;
dst = Term::small(static_cast<std::int64_t>(header_words(a.header())));
return Flow::next;
}
JOIST_FAST_GUARD1_SLOW
}
;
JOIST_FAST_GUARD1(ByteSize, "byte_size"){static Flow run(Machine&, const Word*, Word, Word, Word, Term a,
                                                         Term& dst){if (!a.is_boxed()) return Flow::slow;
const Word* w = a.box_words();
if (header_kind(*w) == BoxKind::heap_bits)
  dst = Term::small(static_cast<std::int64_t>((w[1] + 7) / 8));
else if (header_kind(*w) == BoxKind::sub_bits)
  dst = Term::small(static_cast<std::int64_t>((w[4] + 7) / 8));
else
  return Flow::slow;
return Flow::next;
}
JOIST_FAST_GUARD1_SLOW
}
;
JOIST_FAST_GUARD1(MapSize,
                  "map_size"){static Flow run(Machine&, const Word*, Word, Word, Word, Term a,
                                              Term& dst){if (!a.is_box(BoxKind::flat_map)) return Flow::slow;
dst = Term::small(static_cast<std::int64_t>(header_words(a.header()) - 1));
return Flow::next;
}
JOIST_FAST_GUARD1_SLOW
}
;
JOIST_FAST_GUARD1(Length, "length"){
    static Flow run(Machine & m, const Word*, Word, Word, Word, Term a, Term& dst){std::int64_t n = 0;
for (; a.is_cons(); a = a.tail()) ++n;
if (!a.is_nil()) return Flow::slow;
m.reds -= n >> 4;  // a long list costs its share
dst = Term::small(n);
return Flow::next;
}
JOIST_FAST_GUARD1_SLOW
}
;
struct Element : Instruction<"element", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">, In<"a">,
                             In<"b">, Out<"dst">> {
  static Flow run(Machine&, const Word*, Word, Word, Word, Term a, Term b, Term& dst) {
    if (!a.is_small() || !b.is_tuple()) return Flow::slow;
    const Word n = a.bits >> 2;
    if (n - 1 >= header_words(b.header())) return Flow::slow;
    dst = {b.box_words()[n]};
    return Flow::next;
  }
  JOIST_FAST_GUARD2_SLOW
};
struct Abs
    : Instruction<"abs", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">, InReg<"a">, Out<"dst">> {
  static Flow run(Machine&, const Word*, Word, Word, Word, Term a, Term& dst) {
    const auto bits = static_cast<std::int64_t>(a.bits);
    if (!a.is_small() || bits == INT64_MIN) return Flow::slow;  // the smallest small's is not one
    dst = {static_cast<Word>(bits < 0 ? -bits : bits)};
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Word e, Word function, Slot a, Slot dst) {
    return GuardBif1::slow(m, fail, live, e, function, a, dst);
  }
};
// maps:get/2 and map_get/2 with a key that is an atom or a small integer, from a flat map.
struct MapGet : Instruction<"map_get", Lab<"fail">, Num<"live">, Num<"export">, Num<"function">, InConst<"a">,
                            InReg<"b">, Out<"dst">> {
  static Flow run(Machine&, const Word*, Word, Word, Word, Term key, Term map, Term& dst) {
    const Word* keys = flat_keys(map);
    if (keys == nullptr) return Flow::slow;
    const std::size_t n = header_words(map.header()) - 1;
    const std::size_t at = find_immediate(keys, n, key.bits);
    if (at == n) return Flow::slow;
    dst = {map.box_words()[2 + at]};
    return Flow::next;
  }
  JOIST_FAST_GUARD2_SLOW
};
#undef JOIST_FAST_GUARD1
#undef JOIST_FAST_GUARD1_SLOW
#undef JOIST_FAST_GUARD2_SLOW

// Comparisons as values: operation is 0 == 1 /= 2 =:= 3 =/= 4 < 5 =< 6 > 7 >=.
struct CompareValue : Instruction<"compare_value", Num<"operation">, InAny<"a">, InAny<"b">, OutAny<"dst">> {
  static Flow slow(Machine& m, Word operation, Slot a, Slot b, Slot dst);
};
// and or xor not: `operation` 0 1 2 3 (not has b = a).
struct BooleanValue
    : Instruction<"boolean_value", Lab<"fail">, Num<"operation">, InAny<"a">, InAny<"b">, OutAny<"dst">> {
  static Flow slow(Machine& m, const Word* fail, Word operation, Slot a, Slot b, Slot dst);
};
// A type test as a value is a call of the guard BIF of that name.

using BifInstructions =
    InstructionList<CallBif, SetElement, CallBifTail, CallBifLast, CallDirtyBif, NativeEntry, GuardBif0,
                    GuardBif1, GuardBif2, GuardBif3, Self, Hd, Tl, TupleSize, ByteSize, MapSize, Length,
                    Element, Abs, MapGet, CompareValue, BooleanValue>;

}  // namespace joist
