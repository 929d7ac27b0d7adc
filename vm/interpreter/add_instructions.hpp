// add_instructions.hpp -- each group of instructions is compiled in a file of its own; these add them to the
// set.
#pragma once
#include "vm/code/instruction_set.hpp"

namespace joist {

void add_control_instructions(InstructionSet& set);
void add_data_instructions(InstructionSet& set);
void add_arithmetic_instructions(InstructionSet& set);
void add_bif_instructions(InstructionSet& set);
void add_process_instructions(InstructionSet& set);
void add_map_instructions(InstructionSet& set);
void add_binary_instructions(InstructionSet& set);

}  // namespace joist
