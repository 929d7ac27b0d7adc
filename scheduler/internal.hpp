// internal.hpp -- the scheduler's own parts, for the files of this folder only.
#pragma once
#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

#include "scheduler/run_queue.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/wheel.hpp"

namespace joist {

// Timers that have fired, to be acted on without the wheel's lock.
class Expired {
 public:
  struct Receive {
    Term pid;
    std::uint64_t generation;
  };
  struct Message {
    Term to;
    Term term;
    HeapFragment* fragment;
  };
  std::vector<Receive> receives;
  std::vector<Message> messages;
  void deliver();
};

// x registers of a thread that runs processes, and in front of them the float registers.
class RegisterBlock {
 public:
  static constexpr std::size_t kFloats = 1024;
  RegisterBlock();
  ~RegisterBlock();
  RegisterBlock(const RegisterBlock&) = delete;
  Term* x() const { return x_; }

 private:
  void* memory_;
  Term* x_;
};

class alignas(64) Scheduler {
 public:
  explicit Scheduler(int number) : number(number) {}
  const int number;  // from 1
  RunQueue queue;
  TimerWheel wheel;

  // 1: waits on this word as a futex. Whoever changes it to 0 wakes the thread.
  std::atomic<std::uint32_t> parked{0};
  // True while the thread runs no process and will look at stop_requested before it does.
  std::atomic<bool> quiescent{true};

  std::atomic<std::uint64_t> reductions{0};
  std::atomic<std::uint64_t> context_switches{0};
  std::atomic<std::uint64_t> active_ns{0};     // not parked, until active_since
  std::atomic<std::uint64_t> active_since{0};  // 0: parked

  // Which thread has the part, counted up at each change, twice; + 1 while that thread is in a slice.
  // relief.cpp
  std::atomic<std::uint32_t> turn{0};
  std::atomic<clockid_t> cpu_clock{0};                // of the thread that has the part
  std::atomic<std::uint64_t> relieved_ns{0};          // when the part was last taken away from a thread
  std::atomic<std::uint64_t> relieved_reductions{0};  // of slices that went on without the part

  // Plays the part until the VM halts, or until it is taken away in the middle of a slice and that has ended.
  void run();

 private:
  Process* next_process();
  Process* steal();
  bool work_in_sight() const;
  void park();
  // False: the part was taken away meanwhile.
  bool run_process(Process& p);
  void poll_timers();
  void profile_activity(bool active);
  std::atomic<bool> told_active_{false};  // what system_profile has been told
  // The thread that has the part alone touches these.
  Term* x_ = nullptr;
  std::uint32_t slices_ = 0, last_poll_ = 0;
  std::int64_t reductions_since_poll_ = 0;
};

extern std::vector<Scheduler*> schedulers;         // fixed after start
extern thread_local Scheduler* current_scheduler;  // null on other threads
extern thread_local std::uint32_t current_turn;    // while this thread has the part: its turn
// This thread is in a slice of current_scheduler, but another one plays that part by now. What it puts into
// the scheduler's queue or wheel nobody may see before the other thread is woken.
inline bool relieved() {
  return current_scheduler->turn.load(std::memory_order_seq_cst) >> 1 != current_turn >> 1;
}
extern std::atomic<bool> halting;
extern std::atomic<int> idle_count;  // parked schedulers
extern std::atomic<int> online_count;

void unpark(Scheduler& s);
void enqueue(Process& p);  // it has state kQueued
// After its slice: to a run queue again, or to sleep if nothing has come meanwhile.
void requeue_after_slice(Process& p);

// stop_world.cpp: called by a scheduler thread between slices.
extern std::atomic<bool> stop_requested;
void pause_for_stop(Scheduler& s);

// For relief.cpp. False if the world stops, or `seen` is not its turn any more. The thread that goes on
// without the part calls relieved_slice_ended().
bool take_part_away(Scheduler& s, std::uint32_t seen);
void relieved_slice_ended();

// relief.cpp
void start_players();
// Wakes the watcher, which sleeps while all schedulers are parked.
void scheduler_unparked();
// The schedulers have stopped, or not before `deadline`: threads that are still in a slice are left behind.
void stop_players(std::chrono::steady_clock::time_point deadline);

// dirty.cpp
void start_dirty_pools(int cpu, int io);
void stop_dirty_pools();
void push_dirty(Process& p);

}  // namespace joist
