#include "vm/interpreter/instructions/data.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_data_stencils() { emit_stencils(DataInstructions{}); }
}  // namespace joist
