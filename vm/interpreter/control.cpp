#include "vm/interpreter/instructions/control.hpp"

#include "vm/interpreter/add_instructions.hpp"

namespace joist {

void add_control_instructions(InstructionSet& set) { add_instructions(set, ControlInstructions{}); }

}  // namespace joist
