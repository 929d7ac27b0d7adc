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
  // Scheduler: until it has handled its signals `p` has at least this priority. Any thread.
  void (*raise_priority)(Process& p, Priority at_least) = nullptr;
  // Scheduler: takes `p`'s receive timer out of its wheel, if there is one. The thread that runs p.
  void (*drop_timers)(Process& p) = nullptr;
  // Scheduler: the number of this thread's scheduler from 1, or 0.
  int (*scheduler_number)() = nullptr;
  // erlang:unique_integer([monotonic]).
  Term (*unique_monotonic)(Heap& h) = [](Heap&) { return Term::small(0); };
  // Call times stop while a process does not run. The thread that runs it.
  void (*call_times_stop)(Process& p) = nullptr;
  void (*call_times_go_on)(Process& p) = nullptr;
  // Before a collection: what has been built until now counts for call_memory.
  void (*call_memory_kept)(Process& p) = nullptr;
};
extern ProcessHooks process_hooks;

// Ports: what processes do to them. `port` is a local port, perhaps one that has closed.
enum class PortSend { done, busy };
struct PortHooks {
  // False: there is no such port.
  bool (*link)(Term port, Term pid) = [](Term, Term) { return false; };
  // False: there is no such port. Else the answer is send_unlink_ack.
  bool (*unlink)(Term port, Term pid, std::uint64_t id) = [](Term, Term, std::uint64_t) { return false; };
  bool (*monitor)(Term port, RefKey ref, const Watcher& watcher) = [](Term, RefKey, const Watcher&) {
    return false;
  };
  void (*demonitor)(Term port, RefKey ref) = [](Term, RefKey) {};
  // exit(port, Reason), or a link between `from` and the port has broken.
  void (*exit)(Term from, Term port, Term reason, bool broken_link) = [](Term, Term, Term, bool) {};
  // A process that the port monitors is gone.
  void (*process_down)(Term port, RefKey ref) = [](Term, RefKey) {};
  // port ! message. busy: the sender was suspended (unless nosuspend) and must send again.
  PortSend (*send)(Process& from, Term port, Term message, bool nosuspend) = [](Process&, Term, Term, bool) {
    return PortSend::done;
  };
  // The port's name has been taken away.
  void (*unnamed)(Term port) = [](Term) {};
};
extern PortHooks port_hooks;

// Called by exit_process, by the exiting process, while its heap still exists (ETS tables, ports ...).
void add_exit_hook(void (*hook)(Process& p));
void run_exit_hooks(Process& p);

}  // namespace joist
