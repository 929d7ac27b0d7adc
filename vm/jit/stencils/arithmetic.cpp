#include "vm/interpreter/instructions/arithmetic.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_arithmetic_stencils() { emit_stencils(ArithmeticInstructions{}); }
}  // namespace joist
