#include "vm/interpreter/instructions/data.hpp"

#include "vm/interpreter/add_instructions.hpp"

namespace joist {

void add_data_instructions(InstructionSet& set) {
  add_instructions<Move, Move2, Move3, Swap, PutList, GetList, GetHd, GetTl, IsConsGetList, GetTupleElement,
                   GetTupleElement2, SetTupleElement, PutTuple, PutTuple2, PutTuple3, UpdateRecord, IsSmall,
                   IsInteger, IsFloat, IsNumber, IsAtom, IsBoolean, IsPid, IsPort, IsReference, IsNil, IsList,
                   IsCons, IsTuple, IsMap, IsFunction, IsBitstring, IsBinary, IsFunction2, TestArity,
                   IsTupleOfArity, IsTaggedTuple, IsLt, IsGe, IsBetween, IsEq, IsNe, IsEqExact, IsNeExact,
                   IsEqImmediate, IsNeImmediate>(set);
}

}  // namespace joist
