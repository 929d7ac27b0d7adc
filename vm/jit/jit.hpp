// jit.hpp -- machine code for modules that run much.
//
// The threaded code stays what it is: return addresses, resume points and stack traces are addresses in it.
// To compile a module is to copy the stencil of each instruction, fill its holes, and put the address of the
// copy where the handler's address was; threaded code and machine code then call each other freely, and slow
// paths are the interpreter's. So a module may be compiled while processes run in it. A module is compiled
// when processes have been seen in it at the ends of their time slices. Environment: JOIST_JIT=off (never),
// lazy (the default), eager (as a module is loaded). Threads: any; a module is compiled once.
#pragma once
#include "vm/code/module.hpp"

namespace joist {

// After init_engine(). Where there is no machine code (another preset, no low memory), nothing happens.
void init_jit();
// Whether modules may be compiled.
bool machine_code_is_on();

// False if the module cannot be compiled (again).
bool compile_native(const Instance& instance);

}  // namespace joist
