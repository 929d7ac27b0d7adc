// module.hpp -- tracers that are modules of native functions, as erl_tracer(3) describes, and tracers that
// are ports. Threads: any; native functions run in the thread where the event happens, whatever it is.
#pragma once
#include "vm/process/tracing.hpp"

namespace joist {

// Fills in tracer_modules.
void init_tracer_modules();

}  // namespace joist
