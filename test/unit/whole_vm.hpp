// whole_vm.hpp -- for tests that need the real instruction set and the BIF table. Once a program.
#pragma once
#include "bifs/bifs.hpp"
#include "gc/literal.hpp"
#include "vm/interpreter/engine.hpp"

namespace joist {

inline void set_up_whole_vm() {
  static const bool once = [] {
    init_literal_range();
    init_engine();
    register_all_bifs();
    return true;
  }();
  (void)once;
}

}  // namespace joist
