// table.hpp -- all processes: pid -> Process, names -> pid.
// Threads: lookups are lock free; a Process* found stays valid until the thread's next safe point (vm/base/epoch.hpp).
#pragma once
#include <vector>

#include "vm/process/process.hpp"

namespace joist {

void init_process_table(std::size_t limit);  // a power of two
// Null if no such process is alive (exiting ones are not found).
Process* find_process(Term local_pid);
// Null if the table is full (system_limit).
Process* new_process(const HeapLimits& limits);
void remove_process(Process& p);
std::size_t process_count();
std::vector<Term> all_pids();

bool register_name(Term name, Term pid_or_port);  // false: taken, or the process is registered or dead
bool unregister_name(Term name);
Term whereis_name(Term name);                     // pid, port or none()
std::vector<Term> registered_names();

}  // namespace joist
