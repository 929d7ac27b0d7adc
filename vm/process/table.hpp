// table.hpp -- all processes: pid -> Process, names -> pid.
// Threads: lookups are lock free; a Process* found stays valid until the thread's next safe point
// (vm/base/epoch.hpp).
#pragma once
#include <vector>

#include "vm/process/process.hpp"

namespace joist {

void init_process_table(std::size_t limit);  // a power of two
std::size_t process_limit();
// Null if no such process is alive (exiting ones are not found).
Process* find_process(Term local_pid);
// Null if the table is full (system_limit).
Process* new_process(const HeapLimits& limits);  // in state kStarting
void set_exiting(Process& p);                    // from now on it is not found
void remove_process(Process& p);
std::size_t process_count();  // OTP: without those that exit, as in all_pids()
std::vector<Term> all_pids();
// The number that the next process gets if its slot is free. Setting it, for tests, returns the new one.
Word next_process_number();
Word set_next_process_number(Word n);

// The registry: names of processes and ports. Lookups are lock free.
enum class Registering { ok, taken, has_name, not_alive };
Registering register_name(Term name, Term pid);
// A port's name; false if taken.
bool register_port_name(Term name, Term port);
// Takes the name away from a port that closes, if it still has it.
void unregister_port_name(Term name, Term port);
bool unregister_name(Term name);
Term whereis_name(Term name);  // pid, port or none()
std::vector<Term> registered_names();
Term registered_name_of(Process& p);  // none() if it has none

}  // namespace joist
