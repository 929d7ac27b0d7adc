// binary.hpp -- bit syntax: all instructions that match and build bitstrings.
#pragma once
#include "vm/interpreter/instructions/binary_build.hpp"
#include "vm/interpreter/instructions/binary_match.hpp"

namespace joist {

void add_binary_match_instructions(InstructionSet& set);

}  // namespace joist
