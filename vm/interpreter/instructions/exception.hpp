// exception.hpp -- catch and try, raising, stack traces.
//
// `catch Y L` puts a catch term (the handler's address) into a y register of the frame. An exception unwinds
// the stack to the nearest one and goes on at L with x0 = none(), x1 = class, x2 = reason, x3 = raw trace.
#pragma once
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"

namespace joist {

struct Catch : Instruction<"catch", Out<"y">, Lab<"handler">> {  // also try
  static Flow run(Machine& m, Term& y, const Word* handler) {
    ++m.p->catches;
    y = Term::catch_handler(handler);
    return Flow::next;
  }
};
struct CatchEnd : Instruction<"catch_end", Out<"y">> {
  static Flow run(Machine& m, Term& y) {
    --m.p->catches;
    y = Term::nil();
    return m.x[0].is_none() ? Flow::slow : Flow::next;
  }
  static Flow slow(Machine& m, Slot y);
};
struct TryEnd : Instruction<"try_end", Out<"y">> {
  static Flow run(Machine& m, Term& y) {
    --m.p->catches;
    y = Term::nil();
    return Flow::next;
  }
};
struct TryCase : Instruction<"try_case", Out<"y">> {
  static Flow run(Machine& m, Term& y) {
    --m.p->catches;
    y = Term::nil();
    m.x[0] = m.x[1];
    m.x[1] = m.x[2];
    m.x[2] = m.x[3];
    return Flow::next;
  }
};
struct Badmatch : Instruction<"badmatch", InAny<"value">> {
  static Flow slow(Machine& m, Slot value) { return raise_pair(m, am::badmatch, value.get(m)); }
};
struct CaseEnd : Instruction<"case_end", InAny<"value">> {
  static Flow slow(Machine& m, Slot value) { return raise_pair(m, am::case_clause, value.get(m)); }
};
struct TryCaseEnd : Instruction<"try_case_end", InAny<"value">> {
  static Flow slow(Machine& m, Slot value) { return raise_pair(m, am::try_clause, value.get(m)); }
};
struct Badrecord : Instruction<"badrecord", InAny<"value">> {
  static Flow slow(Machine& m, Slot value) { return raise_pair(m, am::badrecord, value.get(m)); }
};
struct IfEnd : Instruction<"if_end"> {
  static Flow slow(Machine& m) { return raise_error(m, am::if_clause); }
};
// raise Trace Value: again what was caught, with its raw trace.
struct Reraise : Instruction<"raise", InAny<"trace">, InAny<"value">> {
  static Flow slow(Machine& m, Slot trace, Slot value);
};
// Class x0, reason x1, raw trace x2; another class: x0 = badarg and go on.
struct RawRaise : Instruction<"raw_raise"> {
  static Flow slow(Machine& m);
};
struct BuildStacktrace : Instruction<"build_stacktrace"> {
  static Flow slow(Machine& m);
};

using ExceptionInstructions = InstructionList<Catch, CatchEnd, TryEnd, TryCase, Badmatch, CaseEnd, TryCaseEnd,
                                              Badrecord, IfEnd, Reraise, RawRaise, BuildStacktrace>;

}  // namespace joist
