#include "vm/interpreter/instructions/bifs.hpp"

#include "vm/interpreter/add_instructions.hpp"
#include "vm/interpreter/instructions/control.hpp"
#include "vm/term/compare.hpp"

namespace joist {

bool is_traced_export(Word e) {
  const Export* x = as_export(e);
  return code_of(x) != x->stub;
}

Flow call_traced_bif(Machine& m, Word e, const Word* return_to) {
  m.p->current_bif = nullptr;
  return call_export(m, as_export(e), return_to);
}

Flow CallBifLast::slow(Machine& m, Word e, Word function, Word frame) {
  m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
  m.write_back();
  if (is_traced_bif(e)) [[unlikely]]
    return call_traced_bif(m, e, m.ip + 4);
  return call_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), nullptr, m.ip + 4);
}

Flow CallDirtyBif::slow(Machine& m, Word e, Word function) {
  if (is_traced_bif(e) && !m.p->dirty_done) [[unlikely]]
    return call_traced_bif(m, e, m.ip + 3);
  return call_dirty_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), m.ip + 3);
}

// The stubs of exports that BIFs stand behind.
struct CallBifStub : Instruction<"call_bif_stub", Num<"export">, Num<"function">> {
  static Flow slow(Machine& m, Word e, Word function) {
    return call_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), nullptr);
  }
};
struct CallDirtyBifStub : Instruction<"call_dirty_bif_stub", Num<"export">, Num<"function">> {
  static Flow slow(Machine& m, Word e, Word function) {
    return call_dirty_bif(m, reinterpret_cast<const Export*>(e), as_bif(function), nullptr);
  }
};

Flow guard_bif(Machine& m, const Word* fail, Word live, const Export* e, BifFunction run,
               std::span<const Slot> args, Slot dst) {
  Term values[3];
  for (std::size_t i = 0; i < args.size(); ++i) values[i] = args[i].get(m);
  m.p->current_bif = e;
  Call c{*m.p, values, static_cast<std::uint32_t>(args.size())};
  Term result = run(c);
  m.h = m.p->heap.top();
  if ((result.bits & Term::kImmediateMask) == Term::kNoneTag) [[unlikely]] {
    if (fail == nullptr) return Flow::raise;
    m.p->heap.leave_extension();
    return m.jump(fail);
  }
  m.p->current_bif = nullptr;
  if (live == kNoCollection)
    m.p->heap.leave_extension();
  else if (!settle_heap(m, result, static_cast<std::uint32_t>(live)))
    return Flow::raise;
  dst.set(m, result);
  return Flow::next;
}

Flow CompareValue::slow(Machine& m, Word operation, Slot sa, Slot sb, Slot dst) {
  const Term a = sa.get(m), b = sb.get(m);
  bool r = false;
  switch (operation) {
    case 0: r = equal(a, b); break;
    case 1: r = !equal(a, b); break;
    case 2: r = equal_exact(a, b); break;
    case 3: r = !equal_exact(a, b); break;
    case 4: r = compare(a, b) < 0; break;
    case 5: r = compare(a, b) <= 0; break;
    case 6: r = compare(a, b) > 0; break;
    case 7: r = compare(a, b) >= 0; break;
    default: fail("a comparison that does not exist");
  }
  dst.set(m, make_bool(r));
  return Flow::next;
}

Flow BooleanValue::slow(Machine& m, const Word* fail, Word operation, Slot sa, Slot sb, Slot dst) {
  const Term a = sa.get(m), b = sb.get(m);
  const auto is_bool = [](Term t) { return t == am::true_ || t == am::false_; };
  static const Term names[] = {am::and_, am::or_, am::xor_, am::not_};
  if (!is_bool(a) || !is_bool(b)) {
    if (fail != nullptr) return m.jump(fail);
    return operation == 3 ? raise_in_bif(m, am::badarg, am::erlang, am::not_, {a})
                          : raise_in_bif(m, am::badarg, am::erlang, names[operation], {a, b});
  }
  const bool x = a == am::true_, y = b == am::true_;
  dst.set(m, make_bool(operation == 0 ? x && y : operation == 1 ? x || y : operation == 2 ? x != y : !x));
  return Flow::next;
}

void add_bif_instructions(InstructionSet& set) {
  add_instructions(set, BifInstructions{});
  add_instructions(set, InstructionList<CallBifStub, CallDirtyBifStub>{});
}

}  // namespace joist
