#include "vm/interpreter/instructions/control.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_control_stencils() { emit_stencils(ControlInstructions{}); }
}  // namespace joist
