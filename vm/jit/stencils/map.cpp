#include "vm/interpreter/instructions/map.hpp"
#include "vm/jit/stencil.hpp"

namespace joist {
void emit_map_stencils() { emit_stencils(MapInstructions{}); }
}  // namespace joist
