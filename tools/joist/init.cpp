#include <malloc.h>

#include "bifs/bifs.hpp"
#include "bifs/prim_file.hpp"
#include "gc/literal.hpp"
#include "tools/joist/commands.hpp"
#include "vm/base/flags.hpp"
#include "vm/ets/directory.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/jit/jit.hpp"
#include "vm/nif/nif.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/distribution.hpp"
#include "vm/process/table.hpp"
#include "vm/trace/pattern.hpp"

namespace joist {

void init_vm() {
  // Process heaps come and go: giving their pages back to the system and faulting them in again would cost
  // more than anything else.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  init_literal_range();
  init_process_table(flags.process_limit);
  init_engine();
  init_tracing();
  init_jit();
  init_ports();
  init_native_functions();
  ets::init_tables();
  register_all_bifs();
  init_files();
  init_distribution();
}

}  // namespace joist
