// map.hpp -- maps and funs: building, asking, taking apart.
#pragma once
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/map.hpp"

namespace joist {

// `pairs`: key, value, ... Sorted by the compiler only for literals' sake: no order is assumed.
struct PutMapAssoc
    : Instruction<"put_map_assoc", Lab<"fail">, Num<"live">, InAny<"map">, OutAny<"dst">, Rest<"pairs">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs);
};
struct PutMapExact
    : Instruction<"put_map_exact", Lab<"fail">, Num<"live">, InAny<"map">, OutAny<"dst">, Rest<"pairs">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs);
};
struct HasMapFields : Instruction<"has_map_fields", Lab<"fail">, InReg<"map">, Rest<"keys">> {
  static Flow slow(Machine& m, const Word* fail, Slot map, Words_ keys);
};
// One key that is an atom or small integer, from a flat map: the commonest case by far.
struct GetMapImmediate
    : Instruction<"get_map_immediate", Lab<"fail">, InReg<"map">, InConst<"key">, Num<"hash">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Term map, Term key, Word, Term& dst) {
    if (!map.is_box(BoxKind::flat_map)) return Flow::slow;
    const Word* w = map.box_words();
    const Word* keys = Term{w[1]}.box_words();
    const std::size_t n = header_words(w[0]) - 1;
    for (std::size_t i = 0; i < n; ++i)
      if (keys[1 + i] == key.bits) {
        dst = {w[2 + i]};
        return Flow::next;
      }
    return m.jump(fail);
  }
  static Flow slow(Machine& m, const Word* fail, Slot map, Slot key, Word hash, Slot dst) {
    const Term value = map_get_hashed(map.get(m), key.get(m), static_cast<std::uint32_t>(hash));
    if (value.is_none()) return m.jump(fail);
    dst.set(m, value);
    return Flow::next;
  }
};
// gets: key, target, ...
struct GetMapElements : Instruction<"get_map_elements", Lab<"fail">, InReg<"map">, Rest<"gets">> {
  static Flow slow(Machine& m, const Word* fail, Slot map, Words_ gets);
};
// A closure: FunEntry*, then the environment.
struct MakeFun : Instruction<"make_fun", Num<"entry">, OutAny<"dst">, Rest<"environment">> {
  static Flow run(Machine& m, Word entry, Term& dst, Words_ environment) {
    Word* at = m.h;  // the heap has been reserved
    const std::size_t n = environment.size();
    at[0] = make_header(BoxKind::fun, 2 + n);
    at[1] = entry;
    at[2] = m.p->pid.bits;
    for (std::size_t i = 0; i < n; ++i) at[3 + i] = environment.get(m, i).bits;
    m.h = at + 3 + n;
    dst = Term::boxed(at);
    return Flow::next;
  }
};
// The same where the compiler did not reserve the heap (make_fun2 of older releases).
struct MakeFunReserve : Instruction<"make_fun_reserve", Num<"entry">, OutAny<"dst">, Rest<"environment">> {
  static Flow slow(Machine& m, Word entry, Slot dst, Words_ environment);
};

}  // namespace joist
