#include "vm/interpreter/instructions/exception.hpp"
#include "vm/interpreter/instructions/receive.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_process_stencils() {
  emit_stencils(ReceiveInstructions{});
  emit_stencils(ExceptionInstructions{});
}
}  // namespace joist
