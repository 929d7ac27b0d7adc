// map.hpp -- maps and funs: building, asking, taking apart.
#pragma once
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/map.hpp"

namespace joist {

// The keys of a flat map, after their tuple's header; null for other terms.
[[gnu::always_inline]] inline const Word* flat_keys(Term map) {
  return map.is_box(BoxKind::flat_map) ? Term{map.box_words()[1]}.box_words() + 1 : nullptr;
}
// Where an immediate key stands among `n`; n if it does not.
[[gnu::always_inline]] inline std::size_t find_immediate(const Word* keys, std::size_t n, Word key) {
  std::size_t i = 0;
  while (i < n && keys[i] != key) ++i;
  return i;
}
// Replaces values of a flat map whose keys are all immediate and all there; anything else is for the slow
// path.
[[gnu::always_inline]] inline Flow update_flat(Machine& m, Term map, Term& dst, Words_ pairs) {
  const Word* keys = flat_keys(map);
  if (keys == nullptr) return Flow::slow;
  const Word* from = map.box_words();
  const std::size_t n = header_words(from[0]) - 1;
  if (!m.room(n + 2)) return Flow::slow;
  Word* to = m.h;
  copy_few_words(to, from, n + 2);
  for (std::size_t k = 0; k < pairs.size(); k += 2) {
    const std::size_t at = find_immediate(keys, n, pairs[k]);
    if (at == n) return Flow::slow;
    to[2 + at] = pairs.get(m, k + 1).bits;
  }
  m.h = to + n + 2;
  dst = Term::boxed(to);
  return Flow::next;
}

// `pairs`: key, value, ... Sorted by the compiler only for literals' sake: no order is assumed.
struct PutMapAssoc
    : Instruction<"put_map_assoc", Lab<"fail">, Num<"live">, InAny<"map">, OutAny<"dst">, Rest<"pairs">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs);
};
struct PutMapExact
    : Instruction<"put_map_exact", Lab<"fail">, Num<"live">, InAny<"map">, OutAny<"dst">, Rest<"pairs">> {
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs);
};
// The same with keys that are all atoms or small integers, as in most programs.
struct PutMapAssocImmediate : Instruction<"put_map_assoc_immediate", Lab<"fail">, Num<"live">, InReg<"map">,
                                          Out<"dst">, Rest<"pairs">> {
  static Flow run(Machine& m, const Word*, Word, Term map, Term& dst, Words_ pairs) {
    return update_flat(m, map, dst, pairs);
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs) {
    return PutMapAssoc::slow(m, fail, live, map, dst, pairs);
  }
};
struct PutMapExactImmediate : Instruction<"put_map_exact_immediate", Lab<"fail">, Num<"live">, InReg<"map">,
                                          Out<"dst">, Rest<"pairs">> {
  static Flow run(Machine& m, const Word*, Word, Term map, Term& dst, Words_ pairs) {
    return update_flat(m, map, dst, pairs);
  }
  static Flow slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ pairs) {
    return PutMapExact::slow(m, fail, live, map, dst, pairs);
  }
};
// #{Key => Value, ...} whose keys were known to the loader: their sorted tuple is a literal that all such
// maps share.
struct NewFlatMap : Instruction<"new_flat_map", Num<"live">, InConst<"keys">, Out<"dst">, Rest<"values">> {
  static Flow run(Machine& m, Word, Term keys, Term& dst, Words_ values) {
    const std::size_t n = values.size();
    if (!m.room(n + 2)) return Flow::slow;
    Word* at = m.h;
    at[0] = make_header(BoxKind::flat_map, 1 + n);
    at[1] = keys.bits;
    for (std::size_t i = 0; i < n; ++i) at[2 + i] = values.get(m, i).bits;
    m.h = at + 2 + n;
    dst = Term::boxed(at);
    return Flow::next;
  }
  static Flow slow(Machine& m, Word live, Slot keys, Slot dst, Words_ values);
};
struct HasMapFields : Instruction<"has_map_fields", Lab<"fail">, InReg<"map">, Rest<"keys">> {
  static Flow slow(Machine& m, const Word* fail, Slot map, Words_ keys);
};
// One key that is an atom or small integer, from a flat map: the commonest case by far.
struct GetMapImmediate
    : Instruction<"get_map_immediate", Lab<"fail">, InReg<"map">, InConst<"key">, Num<"hash">, Out<"dst">> {
  static Flow run(Machine& m, const Word* fail, Term map, Term key, Word, Term& dst) {
    const Word* keys = flat_keys(map);
    if (keys == nullptr) return Flow::slow;
    const std::size_t n = header_words(map.header()) - 1;
    const std::size_t at = find_immediate(keys, n, key.bits);
    if (at == n) return m.jump(fail);
    dst = {map.box_words()[2 + at]};
    return Flow::next;
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
// Several keys, all atoms or small integers. A target may be the map's own register only at the end, so what
// has been stored when a key is missing does no harm: the failure label expects none of the targets.
struct GetMapImmediates : Instruction<"get_map_immediates", Lab<"fail">, InReg<"map">, Rest<"gets">> {
  static Flow run(Machine& m, const Word* fail, Term map, Words_ gets) {
    const Word* keys = flat_keys(map);
    if (keys == nullptr) return Flow::slow;
    const Word* w = map.box_words();
    const std::size_t n = header_words(w[0]) - 1;
    for (std::size_t k = 0; k < gets.size(); k += 2) {
      const std::size_t at = find_immediate(keys, n, gets[k]);
      if (at == n) return m.jump(fail);
      gets.slot(k + 1).set(m, {w[2 + at]});
    }
    return Flow::next;
  }
  static Flow slow(Machine& m, const Word* fail, Slot map, Words_ gets) {
    return GetMapElements::slow(m, fail, map, gets);
  }
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

using MapInstructions =
    InstructionList<PutMapAssoc, PutMapExact, HasMapFields, GetMapImmediate, GetMapElements, GetMapImmediates,
                    PutMapAssocImmediate, PutMapExactImmediate, NewFlatMap, MakeFun, MakeFunReserve>;

}  // namespace joist
