#include "vm/interpreter/instructions/data.hpp"

#include "vm/interpreter/add_instructions.hpp"

namespace joist {

void add_data_instructions(InstructionSet& set) { add_instructions(set, DataInstructions{}); }

}  // namespace joist
