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
void add_trace_instructions(InstructionSet& set);
// After all of them: the instruction `breakpoint`, which is in no code as it is loaded.
void init_breakpoints();

}  // namespace joist
