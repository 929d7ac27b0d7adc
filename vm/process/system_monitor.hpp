// system_monitor.hpp -- erlang:system_monitor and system_profile: one process hears of what takes long or is
// large. Owner: the VM. Threads: settings change under a lock; events are reported by whoever sees them. GC:
// messages are built in fragments.
#pragma once
#include <atomic>

#include "vm/process/process.hpp"

namespace joist {

struct SystemMonitor {
  Term receiver = Term::none();                                                // none(): off
  std::int64_t long_gc_ms = -1, long_schedule_ms = -1, large_heap_words = -1;  // -1: not wanted
  bool busy_port = false, busy_dist_port = false;
};
SystemMonitor system_monitor();
// Returns what was set before.
SystemMonitor set_system_monitor(const SystemMonitor& m);

// A slice that took longer is to be reported; 0: none is. Read by schedulers at each slice.
extern std::atomic<std::uint64_t> long_schedule_ns;
// `in`, `out`: where it began and ended, {M, F, A} or undefined.
void report_long_schedule(Process& p, std::uint64_t ns, Term in, Term out);
// A process was suspended by a busy port.
void report_busy_port(Process& p, Term port, bool distribution);

// What system_profile is set to.
struct SystemProfile {
  Term receiver = Term::none();
  bool exclusive = false, runnable_ports = false, runnable_procs = false, scheduler = false;
  Term timestamp = Term::none();  // timestamp, monotonic_timestamp, strict_monotonic_timestamp
};
SystemProfile system_profile();
SystemProfile set_system_profile(const SystemProfile& s);

// What is to be reported, read wherever it may happen.
constexpr unsigned kProfileProcesses = 1, kProfileSchedulers = 2, kProfilePorts = 4, kProfileExclusive = 8;
extern std::atomic<unsigned> profiled;
// {profile, Pid, active | inactive, Place, Timestamp}. Not for the receiver itself.
void report_runnable(Process& p, bool active, Term place);
// {profile, Port, active | inactive, 0, Timestamp}
void report_port(Term port, bool active);
// {profile, scheduler, Number, active | inactive, SchedulersActive, Timestamp}
void report_scheduler(int number, bool active, int active_now);
bool is_profile_receiver(const Process& p);

}  // namespace joist
