// process.hpp -- one Erlang process.
//
// Owner: the process table until it has exited; freed after every thread passed a safe point (epoch.hpp).
// Threads: fields marked [shared] may be touched by anyone, all others only by the thread that runs the
// process (state kRunning), or by the exiting process itself.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gc/collect.hpp"
#include "vm/process/dictionary.hpp"
#include "vm/process/exception.hpp"
#include "vm/process/link.hpp"
#include "vm/process/mailbox.hpp"

namespace joist {

struct Export;

enum class Priority : std::uint8_t { max, high, normal, low };

constexpr std::int32_t kReductionsPerSlice = 4000;
constexpr std::size_t kXRegisters = 1024 + 8;  // some more than code may name, for traps and BIF arguments

// What erlang:trace may be told of: processes and ports (trace_session.hpp).
struct Traceable {
  std::atomic<std::uint32_t> trace_flags{0};  // [shared] TraceFlag, what any session wants
  // [shared] What each session wants, under a lock of trace_session.cpp; null: nothing.
  std::shared_ptr<const std::vector<struct SessionTrace>> traces;
};

class Process : public Traceable {
 public:
  Process(Term pid, const HeapLimits& limits);
  ~Process();
  Process(const Process&) = delete;

  const Term pid;

  // ---- [shared] scheduling state: one atomic word ----
  enum State : std::uint32_t {
    kRunning = 1,     // a scheduler (or dirty thread) runs it
    kQueued = 2,      // in some run queue
    kRunnable = 4,    // has something to do: code to run, or signals to handle
    kSignals = 8,     // incoming signals not yet taken
    kExiting = 16,    // no more code will run
    kFree = 32,       // gone from the table
    kSuspended = 64,  // erlang:suspend_process
    kDirtyCpu = 128,  // wants / runs on a dirty CPU thread
    kDirtyIo = 256,
    kSystem = 512,        // erts_internal:spawn_system_process
    kHibernating = 1024,  // waits, and only a message makes it run
    kStarting = 2048,     // being set up by its parent: not to be run yet
    kAway = 4096,         // on a dirty thread, in an Away section: others may handle its signals
    kAttended = 8192,     // a scheduler handles its signals for it
  };
  std::atomic<std::uint32_t> state{0};
  std::atomic<Priority> priority{Priority::normal};
  std::atomic<Priority> raised{Priority::low};  // at least this one until it has handled its signals
  std::atomic<std::uint16_t> home{0};           // scheduler it last ran on
  std::atomic<std::uint16_t> bound{0};          // the only scheduler, from 1, that may run it; 0: any
  Process* queue_next = nullptr;                // link of the run queue that holds it
  bool queued_bound = false;                    // as `bound` was when it was put there
  Mailbox mailbox;                              // [shared] only push

  // ---- engine ----
  ProcessHeap heap;
  const Word* ip = nullptr;          // where to go on
  std::int32_t reductions_left = 0;  // of this slice, while running
  std::uint64_t reductions = 0;      // used in earlier slices
  Term* x = nullptr;                 // the scheduler's x registers, while running
  std::uint32_t live = 0;            // saved x registers: roots; 0 while running
  std::unique_ptr<Term[]> saved_x;   // grown as needed
  std::uint32_t saved_x_capacity = 0;
  std::int32_t catches = 0;             // active catch/try frames: 0 means an exception ends the process
  Exception exception;                  // valid while one is being raised
  std::uint8_t run_result = 0;          // a RunResult: how the engine left (scheduler/scheduler.hpp)
  const Export* current_bif = nullptr;  // the BIF being run, for stack traces and process_info
  // Trap: a BIF that returned trap() has set this export to be called with x[0..arity).
  Export* trap_target = nullptr;

  // A dirty BIF: run(args = saved_x) on a dirty thread; its answer waits here for the engine.
  Term (*dirty_run)(struct Call&) = nullptr;
  bool dirty_done = false;
  Term dirty_result = Term::none();  // a root while dirty_done

  // Bit syntax of OTP 24 and before: where the next bs_put_* instruction writes.
  std::uint8_t* put_bytes = nullptr;
  std::size_t put_bit = 0;

  // Receive timer state: see scheduler/timer.hpp.
  void* receive_timer = nullptr;
  std::atomic<bool> timed_out{false};  // [shared] set when the timer fires
  bool timer_armed = false;

  // ---- identity and settings ----
  Term registered_name = Term::none();  // [shared] written under the registry's lock
  Term initial_module, initial_function;
  std::uint32_t initial_arity = 0;
  Term parent = Term::none();
  Term group_leader = Term::none();
  Term error_handler;  // module, default error_handler
  bool trap_exit = false;
  bool off_heap_messages = false;
  bool sensitive = false;
  bool async_dist = false;  // a sender is never held up by a slow connection: so it is for all here
  std::unique_ptr<class SavedCalls> saved_calls;  // saved_calls.hpp; null: it saves none
  Term sequential_token = Term::nil();            // sequential_trace.hpp
  std::uint64_t sequential_clock = 0, sequential_last = 0;
  std::unique_ptr<Links> links;
  std::unique_ptr<Dictionary> dictionary;
  Term exit_reason = Term::none();  // not none: the process must exit; nothing is caught any more
  bool in_bif = false;  // signals are handled in the middle of a BIF: its heap must not be collected
  std::uint32_t suspend_count = 0;               // outstanding erlang:suspend_process calls on this process
  bool trace_frames = false;                     // its stack may have frames of vm/trace
  std::shared_ptr<struct CallTimes> call_times;  // vm/trace
  bool holds_collections = false;                // those that others ask for wait
  std::vector<Signal*> put_off;                  // to be handled again when its Away section ends

  // Visits every term above that is not in the stack, the scheduler's x registers or a fragment.
  static void visit_roots(void* process, RootVisitor& v);

  // Saves x[0..n) so that another process can run.
  void save_x(const Term* from, std::uint32_t n);

  bool has_state(std::uint32_t bits) const { return (state.load(std::memory_order_acquire) & bits) != 0; }
  Links& links_made() {
    if (!links) links = std::make_unique<Links>();
    return *links;
  }
};

}  // namespace joist
