// hooks.hpp -- what the process layer needs from layers above it, installed by those at start-up.
// Threads: written before the schedulers start, only read afterwards.
#pragma once
#include "vm/process/process.hpp"

namespace joist {

struct ProcessHooks {
  // Scheduler: `p` has code to run. Any thread.
  void (*make_runnable)(Process& p) = nullptr;
  // Scheduler: `p` has signals to handle. Any thread.
  void (*wake)(Process& p) = nullptr;
  // Scheduler: takes `p`'s receive timer out of its wheel, if there is one. The thread that runs p.
  void (*drop_timers)(Process& p) = nullptr;
};
extern ProcessHooks process_hooks;

// Called by exit_process, by the exiting process, while its heap still exists (ETS tables, ports ...).
void add_exit_hook(void (*hook)(Process& p));
void run_exit_hooks(Process& p);

}  // namespace joist
