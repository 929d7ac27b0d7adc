#include "vm/interpreter/instructions/binary.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_binary_build_stencils() { emit_stencils(BinaryBuildInstructions{}); }
}  // namespace joist
