// memory_totals.hpp -- what memory is taken for, as erlang:memory/0 and crash dumps tell.
// Threads: a running process's, or any while the world is stopped.
#pragma once
#include <cstddef>

#include "vm/code/module.hpp"

namespace joist {

struct MemoryTotals {  // bytes
  std::size_t atoms, binaries, code, tables;
  std::size_t linkage;  // entries of modules and exports, with the lists of what lies in their code
  // Numbers of them.
  std::size_t modules, exports, table_objects;
};
MemoryTotals memory_totals();

// Threaded and machine code of one version of a module; 0 if null.
std::size_t code_bytes(const Instance* instance);

}  // namespace joist
