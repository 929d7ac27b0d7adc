#include "vm/interpreter/instructions/control.hpp"

#include "vm/interpreter/add_instructions.hpp"

namespace joist {

void add_control_instructions(InstructionSet& set) {
  add_instructions<FuncInfo, CallLocal, CallLast, CallOnly, MoveCall, MoveCallOnly, MoveCallLast, CallExt,
                   CallExtLast, CallExtOnly, CallFun, CallFunLast, Apply, ApplyLast, ApplyList, ApplyListTail,
                   ApplyFun, ApplyFunTail, Return, DeallocateReturn, MoveReturn, MoveDeallocateReturn,
                   Allocate, AllocateMove, AllocateHeap, TestHeap, Deallocate, InitY, InitYregs, Jump,
                   SelectLinear, SelectBinary, SelectTable, SelectSlow, SelectArity, CallErrorHandler,
                   NormalExit, ContinueExit, UnknownInstruction, NoOperation>(set);
}

}  // namespace joist
