#include "vm/interpreter/instructions/binary.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_binary_match_stencils() { emit_stencils(BinaryMatchInstructions{}); }
}  // namespace joist
