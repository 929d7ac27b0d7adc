// control.hpp -- functions, calls, frames, branches.
//
// A call pushes a return address (code address + 7); y registers lie below it: e[0..n) are y0..yn-1 and
// e[n] is the return address of the frame.
#pragma once
#include "vm/code/export.hpp"
#include "vm/code/module.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/term/compare.hpp"

namespace joist {

[[gnu::always_inline]] inline void push_return(Machine& m, const Word* to) {
  m.e -= 1;
  *m.e = reinterpret_cast<Word>(to) + Term::kReturnTag;
}
[[gnu::always_inline]] inline Flow pop_return(Machine& m) {
  const Word* to = reinterpret_cast<const Word*>(*m.e - Term::kReturnTag);
  m.e += 1;
  return m.jump(to);
}
[[gnu::always_inline]] inline const Word* code_of(const Export* e) {
  return e->address.load(std::memory_order_acquire);
}
inline const Export* as_export(Word w) { return reinterpret_cast<const Export*>(w); }

// func_info M F A -- header of a function; running into it means that no clause matched.
struct FuncInfo : Instruction<"func_info", Num<"module">, Num<"function">, Num<"arity">> {
  static Flow slow(Machine& m, Word module, Word function, Word arity) {
    return raise_function_clause(m, Term{module}, Term{function}, static_cast<std::uint32_t>(arity));
  }
};

// ---- local calls ----
struct CallLocal : Instruction<"call", Lab<"target">> {
  static Flow run(Machine& m, const Word* target) {
    push_return(m, m.ip + 2);
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, const Word* target) { return yield_at_entry(m, target); }
};
struct CallLast : Instruction<"call_last", Lab<"target">, Num<"frame">> {
  static Flow run(Machine& m, const Word* target, Word frame) {
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);  // frame in bytes
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, const Word* target, Word) { return yield_at_entry(m, target); }
};
struct CallOnly : Instruction<"call_only", Lab<"target">> {
  static Flow run(Machine& m, const Word* target) {
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, const Word* target) { return yield_at_entry(m, target); }
};
// With the moves that usually stand before a call.
struct MoveCall : Instruction<"move_call", In<"src">, Out<"dst">, Lab<"target">> {
  static Flow run(Machine& m, Term src, Term& dst, const Word* target) {
    dst = src;
    push_return(m, m.ip + 4);
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, Slot, Slot, const Word* target) { return yield_at_entry(m, target); }
};
struct MoveCallOnly : Instruction<"move_call_only", In<"src">, Out<"dst">, Lab<"target">> {
  static Flow run(Machine& m, Term src, Term& dst, const Word* target) {
    dst = src;
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, Slot, Slot, const Word* target) { return yield_at_entry(m, target); }
};

struct MoveCallLast : Instruction<"move_call_last", In<"src">, OutX<"dst">, Lab<"target">, Num<"frame">> {
  static Flow run(Machine& m, Term src, Term& dst, const Word* target, Word frame) {
    dst = src;
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(target);
  }
  static Flow slow(Machine& m, Slot, Slot, const Word* target, Word) { return yield_at_entry(m, target); }
};

// ---- calls through an export ----
struct CallExt : Instruction<"call_ext", Num<"export">> {
  static Flow run(Machine& m, Word e) {
    push_return(m, m.ip + 2);
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(code_of(as_export(e)));
  }
  static Flow slow(Machine& m, Word e) { return yield_at(m, code_of(as_export(e)), as_export(e)->arity); }
};
struct CallExtLast : Instruction<"call_ext_last", Num<"export">, Num<"frame">> {
  static Flow run(Machine& m, Word e, Word frame) {
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(code_of(as_export(e)));
  }
  static Flow slow(Machine& m, Word e, Word) {
    return yield_at(m, code_of(as_export(e)), as_export(e)->arity);
  }
};
struct CallExtOnly : Instruction<"call_ext_only", Num<"export">> {
  static Flow run(Machine& m, Word e) {
    if (--m.reds <= 0) return Flow::slow;
    return m.jump(code_of(as_export(e)));
  }
  static Flow slow(Machine& m, Word e) { return yield_at(m, code_of(as_export(e)), as_export(e)->arity); }
};

// ---- funs and apply ----
// Where a call of `fun` with x[0..arity) goes, its environment behind the arguments; null: the slow path
// knows.
[[gnu::always_inline]] inline const Word* fun_code(Machine& m, Term fun, Word arity) {
  if (!fun.is_boxed() || m.reds <= 1) return nullptr;
  const Word* w = fun.box_words();
  if (header_kind(w[0]) == BoxKind::fun) {
    const FunEntry* entry = reinterpret_cast<const FunEntry*>(w[1]);
    const Word* code = entry->address.load(std::memory_order_acquire);
    if (entry->arity != arity || entry->instance == nullptr) return nullptr;  // its code is not loaded
    const std::size_t n = header_words(w[0]) - 2;
    // Few words: a vector loop would only need more registers than there are, and so a stack frame.
#pragma clang loop vectorize(disable) unroll(disable)
    for (std::size_t i = 0; i < n; ++i) m.x[arity + i].bits = w[3 + i];
    return code;
  }
  if (header_kind(w[0]) != BoxKind::external_fun || as_export(w[1])->arity != arity) return nullptr;
  return code_of(as_export(w[1]));
}
// call_fun Arity: the fun is in x[arity]. call_fun2 has it anywhere. `frame` in bytes; -1: keep the frame.
struct CallFun : Instruction<"call_fun", Num<"arity">, InReg<"fun">> {
  static Flow run(Machine& m, Word arity, Term fun) {
    const Word* code = fun_code(m, fun, arity);
    if (code == nullptr) return Flow::slow;
    --m.reds;
    push_return(m, m.ip + 3);
    return m.jump(code);
  }
  static Flow slow(Machine& m, Word arity, Slot fun) {
    return call_fun_slow(m, fun.get(m), static_cast<std::uint32_t>(arity), m.ip + 3);
  }
};
// Without the frame (in bytes): the callee returns to this function's caller.
struct CallFunLast : Instruction<"call_fun_last", Num<"arity">, InReg<"fun">, Num<"frame">> {
  static Flow run(Machine& m, Word arity, Term fun, Word frame) {
    const Word* code = fun_code(m, fun, arity);
    if (code == nullptr) return Flow::slow;
    --m.reds;
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    return m.jump(code);
  }
  static Flow slow(Machine& m, Word arity, Slot fun_slot, Word frame) {
    const Term fun = fun_slot.get(m);
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    m.write_back();
    return call_fun_slow(m, fun, static_cast<std::uint32_t>(arity), nullptr);
  }
};
// apply Arity: x[arity]:x[arity + 1] with x[0..arity).
struct Apply : Instruction<"apply", Num<"arity">> {
  static Flow slow(Machine& m, Word arity) {
    return apply_registers(m, static_cast<std::uint32_t>(arity), m.ip + 2);
  }
};
struct ApplyLast : Instruction<"apply_last", Num<"arity">, Num<"frame">> {
  static Flow slow(Machine& m, Word arity, Word frame) {
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    m.write_back();
    return apply_registers(m, static_cast<std::uint32_t>(arity), nullptr);
  }
};
// erlang:apply/3 and apply/2 with their arguments in x: as bodies of these functions and in place of calls.
struct ApplyList : Instruction<"apply_list"> {
  static Flow slow(Machine& m) { return apply_list(m, m.ip + 1); }
};
struct ApplyListTail : Instruction<"apply_list_tail"> {
  static Flow slow(Machine& m) { return apply_list(m, nullptr); }
};
struct ApplyFun : Instruction<"apply_fun"> {
  static Flow slow(Machine& m) { return apply_fun(m, m.ip + 1); }
};
struct ApplyFunTail : Instruction<"apply_fun_tail"> {
  static Flow slow(Machine& m) { return apply_fun(m, nullptr); }
};

struct Return : Instruction<"return"> {
  static Flow run(Machine& m) { return pop_return(m); }
};
struct DeallocateReturn : Instruction<"deallocate_return", Num<"frame">> {
  static Flow run(Machine& m, Word frame) {
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    return pop_return(m);
  }
};
struct MoveReturn : Instruction<"move_return", In<"src">> {
  static Flow run(Machine& m, Term src) {
    m.x[0] = src;
    return pop_return(m);
  }
};
// move Src x0; deallocate; return. The source may be a y register of the frame.
struct MoveDeallocateReturn : Instruction<"move_deallocate_return", In<"src">, Num<"frame">> {
  static Flow run(Machine& m, Term src, Word frame) {
    m.x[0] = src;
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    return pop_return(m);
  }
};

// ---- frames and heap ----
struct Allocate : Instruction<"allocate", Num<"slots">, Num<"live">> {
  static Flow run(Machine& m, Word slots, Word) {
    if (!m.room(slots)) return Flow::slow;
    m.e -= slots;
    return Flow::next;
  }
  static Flow slow(Machine& m, Word slots, Word live) {
    if (!m.reserve(slots, live)) return Flow::raise;
    m.e -= slots;
    m.write_back();
    return Flow::next;
  }
};
// And save an x register in the new frame.
struct AllocateMove : Instruction<"allocate_move", Num<"slots">, Num<"live">, InX<"src">, OutY<"dst">> {
  static Flow run(Machine& m, Word slots, Word, Term src, Term&) {
    if (!m.room(slots)) return Flow::slow;
    m.e -= slots;
    *reinterpret_cast<Term*>(reinterpret_cast<char*>(m.e) + m.ip[4]) = src;
    return Flow::next;
  }
  static Flow slow(Machine& m, Word slots, Word live, Slot src, Slot dst) {
    if (!m.reserve(slots, live)) return Flow::raise;
    m.e -= slots;
    m.write_back();
    dst.set(m, src.get(m));
    return Flow::next;
  }
};
struct AllocateHeap : Instruction<"allocate_heap", Num<"slots">, Num<"need">, Num<"live">> {
  static Flow run(Machine& m, Word slots, Word need, Word) {
    if (!m.room(slots + need)) return Flow::slow;
    m.e -= slots;
    return Flow::next;
  }
  static Flow slow(Machine& m, Word slots, Word need, Word live) {
    if (!m.reserve(slots + need, live)) return Flow::raise;
    m.e -= slots;
    m.write_back();
    return Flow::next;
  }
};
struct TestHeap : Instruction<"test_heap", Num<"need">, Num<"live">> {
  static Flow run(Machine& m, Word need, Word) { return m.room(need) ? Flow::next : Flow::slow; }
  static Flow slow(Machine& m, Word need, Word live) {
    return m.reserve(need, live) ? Flow::next : Flow::raise;
  }
};
struct Deallocate : Instruction<"deallocate", Num<"frame">> {  // also trim
  static Flow run(Machine& m, Word frame) {
    m.e = reinterpret_cast<Word*>(reinterpret_cast<char*>(m.e) + frame);
    return Flow::next;
  }
};
struct InitY : Instruction<"init_y", Out<"dst">> {
  static Flow run(Machine&, Term& dst) {
    dst = Term::nil();
    return Flow::next;
  }
};
struct InitYregs : Instruction<"init_yregs", RestNum<"offsets">> {  // bytes from the stack top
  static Flow run(Machine& m, Words_ offsets) {
    for (const Word offset : offsets)
      *reinterpret_cast<Term*>(reinterpret_cast<char*>(m.e) + offset) = Term::nil();
    return Flow::next;
  }
};

// ---- branches ----
struct Jump : Instruction<"jump", Lab<"to">> {
  static Flow run(Machine& m, const Word* to) { return m.jump(to); }
};
// Immediate values, few: one after the other.
struct SelectLinear : Instruction<"select_linear", InReg<"src">, Lab<"fail">, RestSelect<"cases">> {
  static Flow run(Machine& m, Term src, const Word* fail, Words_ cases) {
    for (const Word* c = cases.begin(); c != cases.end(); c += 2)
      if (c[0] == src.bits) return m.jump(reinterpret_cast<const Word*>(c[1]));
    return m.jump(fail);
  }
};
// Immediate values sorted by word: binary search.
struct SelectBinary : Instruction<"select_binary", InReg<"src">, Lab<"fail">, RestSelect<"cases">> {
  static Flow run(Machine& m, Term src, const Word* fail, Words_ cases) {
    const Word* low = cases.begin();
    std::size_t n = cases.size() / 2;
    while (n > 1) {
      const std::size_t half = n / 2;
      low = src.bits >= low[2 * half] ? low + 2 * half : low;
      n -= half;
    }
    return m.jump(low[0] == src.bits ? reinterpret_cast<const Word*>(low[1]) : fail);
  }
};
// Small integers from `base` (a term) on without many gaps: a table of labels, the failure label in the gaps.
struct SelectTable
    : Instruction<"select_table", InReg<"src">, Lab<"fail">, InConst<"base">, RestNum<"labels">> {
  static Flow run(Machine& m, Term src, const Word* fail, Term base, Words_ labels) {
    const Word index = (src.bits - base.bits) >> 2;
    if (!src.is_small() || index >= labels.size()) return m.jump(fail);
    return m.jump(reinterpret_cast<const Word*>(labels[index]));
  }
};
// Values that are not all immediate: exact comparison.
struct SelectSlow : Instruction<"select_slow", InAny<"src">, Lab<"fail">, RestSelect<"cases">> {
  static Flow slow(Machine& m, Slot src, const Word* fail, Words_ cases) {
    const Term t = src.get(m);
    for (const Word* c = cases.begin(); c != cases.end(); c += 2)
      if (equal_exact(t, Term{c[0]})) return m.jump(reinterpret_cast<const Word*>(c[1]));
    return m.jump(fail);
  }
};
// cases: tuple header word, label.
struct SelectArity : Instruction<"select_arity", InReg<"src">, Lab<"fail">, RestNum<"cases">> {
  static Flow run(Machine& m, Term src, const Word* fail, Words_ cases) {
    if (src.is_boxed())
      for (const Word* c = cases.begin(); c != cases.end(); c += 2)
        if (c[0] == src.header()) return m.jump(reinterpret_cast<const Word*>(c[1]));
    return m.jump(fail);
  }
};

// ---- stubs of exports and the ends of processes ----
struct CallErrorHandler : Instruction<"call_error_handler", Num<"export">> {
  static Flow slow(Machine& m, Word e) { return call_error_handler(m, const_cast<Export*>(as_export(e))); }
};
// Where the first function of a process returns to.
struct NormalExit : Instruction<"normal_exit"> {
  static Flow slow(Machine& m) { return exit_normally(m); }
};
// Where a process killed for its heap size, or told to exit, goes on.
struct ContinueExit : Instruction<"continue_exit"> {
  static Flow slow(Machine& m) { return continue_exit(m); }
};
struct UnknownInstruction : Instruction<"unsupported", Num<"opcode">> {
  static Flow slow(Machine& m, Word opcode) { return raise_unsupported(m, static_cast<unsigned>(opcode)); }
};
struct NoOperation : Instruction<"nop"> {
  static Flow run(Machine&) { return Flow::next; }
};

using ControlInstructions =
    InstructionList<FuncInfo, CallLocal, CallLast, CallOnly, MoveCall, MoveCallOnly, MoveCallLast, CallExt,
                    CallExtLast, CallExtOnly, CallFun, CallFunLast, Apply, ApplyLast, ApplyList,
                    ApplyListTail, ApplyFun, ApplyFunTail, Return, DeallocateReturn, MoveReturn,
                    MoveDeallocateReturn, Allocate, AllocateMove, AllocateHeap, TestHeap, Deallocate, InitY,
                    InitYregs, Jump, SelectLinear, SelectBinary, SelectTable, SelectSlow, SelectArity,
                    CallErrorHandler, NormalExit, ContinueExit, UnknownInstruction, NoOperation>;

}  // namespace joist
