// scheduler.hpp -- running processes on every usable core.
//
// One thread per scheduler, each with run queues by priority; an idle one steals, then parks on a futex until
// work or its next timer is due. Dirty pools run blocking BIFs; a slice that takes long is ended by a thread
// that is none of the schedulers' any more (relief.cpp). See stop_world.hpp, timer.hpp, epoch.hpp.
#pragma once
#include <functional>

#include "vm/process/process.hpp"

namespace joist {

// How the engine came back from running a process.
enum class RunResult { yielded, waiting, exited, dirty };
// Installed by the engine: runs `p` on this thread until it yields, waits, exits or needs a dirty thread. The
// scheduler has handled the signals that came before the slice.
using EngineRun = RunResult (*)(Process& p);
extern EngineRun engine_run;

struct SchedulerStart {
  int schedulers, dirty_cpu, dirty_io;
};
// Usable cores: affinity mask and cgroup quota.
int usable_cores();
// Sets up the run queues and wheels: from now on processes can be made (spawn_first). Nothing runs yet.
void start_schedulers(const SchedulerStart& how);
// Starts the threads.
void run_schedulers(const SchedulerStart& how);
// Blocks the calling (main) thread until halt(); returns the exit status.
int wait_for_halt();
// Called by wait_for_halt, when no process runs any more and before it returns (flush: what is still to be
// written is to be written).
void add_halt_hook(void (*hook)(bool flush));
// For tests, after wait_for_halt: start_schedulers may be called again.
void forget_schedulers();
struct HaltFlush {
  bool flush = true;
  std::int64_t timeout =
      -1;  // milliseconds that the flushing may take; then the program ends with status 255
};
// Ends the VM: stops all schedulers at a safe point, flushes, and lets wait_for_halt() return.
void halt_vm(int status, HaltFlush how);

// Installed by the engine: runs p.dirty_run with p.saved_x as arguments on a dirty thread, sets dirty_result
// and dirty_done. Afterwards the scheduler makes `p` runnable on a normal scheduler. A process that leaves
// the engine with RunResult::dirty has state kDirtyCpu or kDirtyIo set.
using EngineRunDirty = void (*)(Process& p);
extern EngineRunDirty engine_run_dirty;

// A section of a dirty BIF that waits or computes without touching its process and what it can reach: all the
// while a scheduler handles the process's signals. It may exit; what it has stays until the BIF returns.
class [[nodiscard]] Away {
 public:
  explicit Away(Process& p);
  ~Away();
  Away(const Away&) = delete;
  bool exited() const { return process_.has_state(Process::kExiting | Process::kFree); }

 private:
  Process& process_;
};

// The timer of `receive ... after`: when it fires, p.timed_out is set and the process made runnable.
void arm_receive_timer(Process& p, std::uint64_t milliseconds);  // UINT64_MAX: it never fires
void cancel_receive_timer(Process& p);

int scheduler_count();
int schedulers_online();
int set_schedulers_online(int n);  // returns the old number
// This thread's scheduler number from 1, or 0 on other threads.
int current_scheduler_number();
enum class DirtyThread { none, cpu, io };
DirtyThread dirty_thread_kind();  // of this thread

// `work` will be called once, soon, by a scheduler thread that runs no process. Called by a scheduler thread.
void run_between_slices(void (*work)());

// Makes `p` runnable (it got code to run or a signal). Any thread.
void make_runnable(Process& p);
std::size_t run_queue_length(int scheduler);  // 0: all

struct SchedulerTotals {
  std::uint64_t reductions = 0, context_switches = 0;
};
SchedulerTotals scheduler_totals();
// Nanoseconds that the scheduler was not parked.
std::uint64_t scheduler_active_ns(int scheduler);
// Threads that a dirty pool may have, and nanoseconds that one of them (from 0) has worked.
int dirty_thread_count(bool io);
std::uint64_t dirty_active_ns(bool io, int thread);

// Runs `action` while no scheduler runs any process. Calls from a scheduler thread only, between instructions
// (a BIF); other callers wait their turn.
void stop_the_world(const std::function<void()>& action);

}  // namespace joist
