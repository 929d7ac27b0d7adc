#include "vm/interpreter/instructions/bifs.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_bifs_stencils() { emit_stencils(BifInstructions{}); }
}  // namespace joist
