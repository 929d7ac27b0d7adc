// taints.hpp -- names of the modules and drivers that brought native code of others into the VM:
// system_info(taints), crash dumps. Who is unloaded stays. Threads: any.
#pragma once
#include <vector>

#include "vm/term/term.hpp"

namespace joist {

void add_taint(Term name);
std::vector<Term> taints();  // the oldest first

}  // namespace joist
