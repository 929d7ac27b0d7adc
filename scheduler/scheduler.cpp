// The life of a process's state word (Process::State):
//
// - An urgent signal arrives (signals.hpp): sets kSignals; if neither kRunning nor kQueued, sets kQueued and
//   puts it in a run queue. make_runnable: the same with kRunnable.
// - A scheduler picks it: kQueued becomes kRunning. It handles signals if kSignals, and runs code unless
//   kSuspended.
// - It yields: kRunning becomes kQueued, and it goes to a run queue again.
// - It waits: kRunning and kRunnable go in one step; if kSignals is set, kQueued comes instead. A sender that
//   comes before that step is seen by it, one that comes after sees that the process is neither running nor
//   queued.
// - It wants a dirty thread: stays kRunning, so nobody queues it; after the BIF as if it had yielded.
// - Its dirty BIF waits: kAway. A signal puts it in a run queue as well, and the scheduler that picks it
//   handles the signals for it (kAttended); the dirty thread waits for the end of that. It may exit so; its
//   memory is left to the dirty thread (dirty.cpp).
// - It is suspended (by a signal) at the end of its slice: goes to sleep with kRunnable as it is. The signal
//   that resumes it makes it run like any signal.
// - Its slice takes long: another thread plays the scheduler's part; at the end of the slice as above
//   (relief.cpp).
// - It exits: kExiting, then kFree; kRunning stays set, so nobody queues it; the scheduler retires it.
#include "scheduler/scheduler.hpp"
#include "scheduler/io_poll.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>

#include "scheduler/internal.hpp"
#include "scheduler/timer.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/module.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/system_monitor.hpp"
#include "vm/process/table.hpp"
#include "vm/process/trace_session.hpp"

namespace joist {

EngineRun engine_run = nullptr;
std::vector<Scheduler*> schedulers;
thread_local Scheduler* current_scheduler = nullptr;
thread_local std::uint32_t current_turn = 0;
std::atomic<bool> halting{false};
std::atomic<int> idle_count{0};
std::atomic<int> online_count{0};

namespace {

// Polled after so many reductions or slices, whichever comes first: reading the clock is not free.
constexpr std::int64_t kReductionsBetweenPolls = kReductionsPerSlice;
constexpr std::uint32_t kSlicesBetweenPolls = 16;
// Wheels of other schedulers are looked at when something in them is overdue by this many ticks.
constexpr std::uint64_t kOverdueTicks = 5;
constexpr std::size_t kMaxStolen = 32;

std::mutex halt_mutex;
std::condition_variable halt_changed;
int halt_status = 0;
HaltFlush halt_flush;
std::vector<void (*)(bool)> halt_hooks;
int parts_played = 0;  // schedulers that have not stopped; under halt_mutex

std::atomic<void (*)()> work_between_slices{nullptr};

std::uint64_t tick_now() { return elapsed_ns() / 1'000'000; }

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t nanoseconds) {
  timespec timeout{static_cast<time_t>(nanoseconds / 1'000'000'000),
                   static_cast<long>(nanoseconds % 1'000'000'000)};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nanoseconds == UINT64_MAX ? nullptr : &timeout,
          nullptr, 0);
}

// Wakes a parked scheduler other than `but`, if there is one.
void wake_another(const Scheduler* but) {
  if (idle_count.load(std::memory_order_seq_cst) == 0) return;
  const int online = online_count.load(std::memory_order_relaxed);
  for (Scheduler* s : schedulers)
    if (s != but && s->number <= online && s->parked.load(std::memory_order_relaxed) != 0) {
      unpark(*s);
      return;
    }
}

void retire_process(Process& p) { retire_object(&p); }

}  // namespace

std::atomic<bool (*)(int scheduler, bool idle)> look_at_descriptors{nullptr};

RegisterBlock::RegisterBlock() {
  const std::size_t bytes = (kFloats * sizeof(double) + kXRegisters * sizeof(Term) + 63) / 64 * 64;
  memory_ = std::aligned_alloc(64, bytes);
  require(memory_ != nullptr, "no memory for registers");
  std::memset(memory_, 0, bytes);
  x_ = reinterpret_cast<Term*>(static_cast<double*>(memory_) + kFloats);
}
RegisterBlock::~RegisterBlock() { std::free(memory_); }

void unpark(Scheduler& s) {
  if (s.parked.exchange(0, std::memory_order_seq_cst) != 0)
    syscall(SYS_futex, &s.parked, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// ---- putting processes into run queues -------------------------------------------------------------
//
// A scheduler puts what it wakes into its own queue: a pair that talks back and forth stays together and
// nobody needs to be woken. Only when more than one process waits there is another scheduler called to steal.

void enqueue(Process& p) {
  Scheduler* target = current_scheduler;
  if (const std::uint16_t bound = p.bound.load(std::memory_order_relaxed); bound != 0)
    target = schedulers[static_cast<std::size_t>(bound - 1) %
                        static_cast<std::size_t>(online_count.load(std::memory_order_relaxed))];
  else if (target == nullptr || target->number > online_count.load(std::memory_order_relaxed)) {
    const std::size_t home = p.home.load(std::memory_order_relaxed);
    target = schedulers[home < schedulers.size() ? home : 0];
    if (target->number > online_count.load(std::memory_order_relaxed)) target = schedulers[0];
  }
  std::size_t length;
  {
    RunQueue::Lock lock(target->queue.mutex());
    length = target->queue.push(p, lock);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (target != current_scheduler || relieved()) {
    if (target->parked.load(std::memory_order_seq_cst) != 0)
      unpark(*target);
    else
      wake_another(target);
  } else if (length >= 2) {
    wake_another(target);
  }
}

namespace {

// It does not run, or runs in an Away section: then a scheduler handles its signals.
bool may_be_queued(std::uint32_t state) {
  return (state & Process::kRunning) == 0 ||
         (state & (Process::kAway | Process::kAttended)) == Process::kAway;
}

// Queues `p`, with `bits` set, unless it runs or is queued already.
void queue_with(Process& p, std::uint32_t bits) {
  std::uint32_t old = p.state.load(std::memory_order_relaxed);
  std::uint32_t fresh;
  bool push;
  do {
    if ((old & Process::kFree) != 0) return;
    push = (old & Process::kQueued) == 0 && may_be_queued(old);
    fresh = old | bits | (push ? Process::kQueued : 0u);
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (push) enqueue(p);
}

void wake(Process& p) { queue_with(p, 0); }

}  // namespace

// Where it stands: {M, F, A}, or undefined.
static Term place_of(Heap& h, const Process& p) {
  const Instance* i = instance_at(p.ip);
  const FunctionInfo* f = i != nullptr ? i->function_at(p.ip) : nullptr;
  if (f == nullptr) return am::undefined;
  return make_tuple(h, i->module, f->name, Term::small(f->arity));
}

// system_profile: it was asleep or has just been made, or goes to sleep. By the thread that runs it or makes
// it.
static void profile_process(Process& p, bool active) {
  BlockHeap h;
  Term place = place_of(h, p);
  if (place == am::undefined && p.initial_function.is_atom())
    place = make_tuple(h, p.initial_module, p.initial_function, Term::small(p.initial_arity));
  report_runnable(p, active, place);
}

// Tells the tracer that a slice begins or ends.
static void trace_schedule(Process& p, Term tag) {
  if (p.call_times) (tag == am::in_ ? process_hooks.call_times_go_on : process_hooks.call_times_stop)(p);
  drop_dead_traces(p, p.pid);
  if (!is_traced(p, kTraceRunning | kTraceRunningProcs)) return;
  BlockHeap h;
  Term place = place_of(h, p);
  const bool begins = p.ip == process_start_code;
  if (place == am::undefined && p.current_bif != nullptr)
    place = make_tuple(h, p.current_bif->module, p.current_bif->function, Term::small(p.current_bif->arity));
  else if (place == am::undefined && begins)
    place = make_tuple(h, p.initial_module, p.initial_function, Term::small(p.initial_arity));
  trace_event(p, kTraceRunning | kTraceRunningProcs, tag, place == am::undefined ? Term::small(0) : place);
}

void make_runnable(Process& p) { queue_with(p, Process::kRunnable); }

namespace {

void raise_priority(Process& p, Priority at_least) {
  Priority now = p.raised.load(std::memory_order_relaxed);
  while (at_least < now && !p.raised.compare_exchange_weak(now, at_least, std::memory_order_relaxed)) {
  }
  if (at_least >= now || !p.has_state(Process::kQueued)) return;
  for (Scheduler* s : schedulers) {
    RunQueue::Lock lock(s->queue.mutex());
    if (s->queue.requeue(p, lock)) return;
  }
}

}  // namespace

namespace {

// It goes on: back to a run queue. (It may be in one, since its signals were to be handled for it.)
void finish_yield(Process& p) {
  std::uint32_t old = p.state.load(std::memory_order_relaxed);
  std::uint32_t fresh;
  do
    fresh = (old & ~(Process::kRunning | Process::kDirtyCpu | Process::kDirtyIo)) | Process::kQueued |
            Process::kRunnable;
  while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_acq_rel, std::memory_order_relaxed));
  if ((old & Process::kQueued) == 0) enqueue(p);
}

// It sleeps, unless signals have come. `drop`: what else it loses.
void finish_wait(Process& p, std::uint32_t drop) {
  if ((profiled.load(std::memory_order_relaxed) & kProfileProcesses) != 0) profile_process(p, false);
  std::uint32_t old = p.state.load(std::memory_order_relaxed);
  std::uint32_t fresh;
  do {
    fresh = old & ~Process::kRunning;
    if ((old & Process::kSignals) != 0) fresh |= Process::kQueued;
    fresh &= ~drop;
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_acq_rel, std::memory_order_relaxed));
  if ((fresh & Process::kQueued) != 0) enqueue(p);
}

}  // namespace

void requeue_after_slice(Process& p) { finish_yield(p); }

// ---- one scheduler ---------------------------------------------------------------------------------

// A slice while system_monitor wants to hear of those that hold a scheduler for long.
static RunResult run_watched(Process& p) {
  BlockHeap in, out;
  const Term from = place_of(in, p);
  const std::uint64_t limit = long_schedule_ns.load(std::memory_order_relaxed), start = elapsed_ns();
  const RunResult result = engine_run(p);
  std::uint64_t end = elapsed_ns();
  if (relieved()) {
    const std::uint64_t at = current_scheduler->relieved_ns.load(std::memory_order_relaxed);
    if (at > start) end = std::min(at, end);
  }
  if (limit != 0 && end - start >= limit)
    report_long_schedule(p, end - start, from,
                         result == RunResult::exited ? am::undefined : place_of(out, p));
  return result;
}

// `p` is on a dirty thread: handles its signals, if it still is in an Away section. Its state is kAttended.
static void attend(Process& p) {
  if (!handle_signals(p)) exit_process(p, p.exit_reason);
  if (p.heap.extended()) p.heap.leave_extension();
  const std::uint32_t old = p.state.fetch_and(~std::uint32_t{Process::kAttended}, std::memory_order_acq_rel);
  if ((old & (Process::kSignals | Process::kFree)) == Process::kSignals) wake(p);
}

bool Scheduler::run_process(Process& p) {
  // kQueued becomes kRunning; other bits may change at the same time.
  std::uint32_t state = p.state.load(std::memory_order_relaxed), fresh;
  do {
    fresh = (state & ~Process::kQueued) | Process::kRunning;
    if ((state & Process::kRunning) != 0 && may_be_queued(state)) fresh |= Process::kAttended;
  } while (
      !p.state.compare_exchange_weak(state, fresh, std::memory_order_acq_rel, std::memory_order_relaxed));
  if ((state & Process::kRunning) != 0) {
    if (may_be_queued(state)) {
      p.raised.store(Priority::low, std::memory_order_relaxed);
      attend(p);
    }
    return true;
  }
  p.home.store(static_cast<std::uint16_t>(number - 1), std::memory_order_relaxed);
  p.x = x_;
  // From here on another thread may get the part, and with it the members that only its thread touches.
  turn.store(current_turn | 1, std::memory_order_release);
  if (const unsigned profiling = profiled.load(std::memory_order_relaxed); profiling != 0) [[unlikely]] {
    if ((profiling & kProfileProcesses) != 0 && ((state & Process::kRunnable) == 0 || p.reductions == 0))
      profile_process(p, true);
    if (!is_profile_receiver(p)) profile_activity(true);
  }
  const std::int32_t slice = flags.preempt_always ? 1 : kReductionsPerSlice;
  p.reductions_left = slice;
  RunResult result = RunResult::waiting;
  std::uint32_t drop = Process::kRunnable;  // when it waits
  // Adversarial: the signals of a process that would run anyway wait for its next slice or receive. A toss
  // decides: counting slices could fall into step with the processes that take turns here.
  static thread_local std::minstd_rand late_toss(static_cast<unsigned>(flags.seed) +
                                                 static_cast<unsigned>(number));
  const bool late =
      kChecked && flags.delay_signals &&
      (state & (Process::kRunnable | Process::kSuspended | Process::kHibernating)) == Process::kRunnable &&
      (late_toss() >> 8 & 1) != 0;
  // What raised its priority is among the signals.
  if (!late) p.raised.store(Priority::low, std::memory_order_relaxed);
  if (p.trace_flags.load(std::memory_order_relaxed) != 0) [[unlikely]]
    trace_schedule(p, am::in_);
  if ((state & Process::kSignals) != 0 && !late && !handle_signals(p)) {
    exit_process(p, p.exit_reason);
    result = RunResult::exited;
  } else if (p.has_state(Process::kSuspended)) {
    drop = 0;  // what the signals brought is looked at when it is resumed
  } else if ((state & Process::kHibernating) != 0 && p.mailbox.first() == nullptr) {
    // only a message ends hibernation
  } else {
    if ((state & Process::kHibernating) != 0)
      p.state.fetch_and(~std::uint32_t{Process::kHibernating}, std::memory_order_relaxed);
    // While the signals were handled kRunnable told whether it waits (process_info status).
    if ((state & Process::kRunnable) == 0) p.state.fetch_or(Process::kRunnable, std::memory_order_relaxed);
    result = long_schedule_ns.load(std::memory_order_relaxed) == 0 ? engine_run(p) : run_watched(p);
  }
  if (p.trace_flags.load(std::memory_order_relaxed) != 0) [[unlikely]]
    trace_schedule(p, am::out_);
  std::uint32_t mine = current_turn | 1;
  const bool kept = turn.compare_exchange_strong(mine, current_turn, std::memory_order_acq_rel);
  // In the adversarial modes a slice may end early without its reductions being real.
  const std::int64_t used = slice - p.reductions_left;
  if (used > 0) p.reductions += static_cast<std::uint64_t>(used);
  if (kept) [[likely]] {
    if (used > 0) {
      reductions.store(reductions.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(used),
                       std::memory_order_relaxed);
      reductions_since_poll_ += used;
    }
    context_switches.store(context_switches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  } else {
    if (used > 0) relieved_reductions.fetch_add(static_cast<std::uint64_t>(used), std::memory_order_relaxed);
    current_scheduler = nullptr;
  }
  switch (result) {
    case RunResult::yielded: finish_yield(p); break;
    case RunResult::waiting: finish_wait(p, drop); break;
    case RunResult::dirty: push_dirty(p); break;
    case RunResult::exited: retire_process(p); break;
  }
  if (!kept) relieved_slice_ended();
  return kept;
}

void Scheduler::poll_timers() {
  const std::uint64_t now = tick_now();
  Expired fired;
  const auto take_due = [&](Scheduler& owner, std::uint64_t until) {
    if (owner.wheel.next_due() > until) return;
    TimerWheel::Lock lock(owner.wheel.mutex());
    owner.wheel.advance(now, fired, lock);
  };
  take_due(*this, now);
  if (now > kOverdueTicks)
    for (Scheduler* s : schedulers)
      if (s != this) take_due(*s, now - kOverdueTicks);
  fired.deliver();
}

Process* Scheduler::next_process() {
  if (queue.length() != 0) {
    RunQueue::Lock lock(queue.mutex());
    if (Process* p = queue.pop(lock)) return p;
  }
  return steal();
}

// Half of what waits with the first scheduler that has anything.
Process* Scheduler::steal() {
  const std::size_t n = schedulers.size();
  for (std::size_t i = 0; i + 1 < n; ++i) {
    Scheduler& victim = *schedulers[(static_cast<std::size_t>(number) + i) % n];
    const bool all = victim.number > online_count.load(std::memory_order_relaxed);
    const std::size_t length = all ? victim.queue.length() : victim.queue.unbound();
    if (length == 0) continue;
    Process* stolen[kMaxStolen];
    std::size_t count = 0;
    {
      RunQueue::Lock lock(victim.queue.mutex());
      const std::size_t want = std::min((victim.queue.length() + 1) / 2, kMaxStolen);
      while (count < want) {
        Process* p = all ? victim.queue.pop(lock) : victim.queue.pop_unbound(lock);
        if (p == nullptr) break;
        stolen[count++] = p;
      }
    }
    if (count == 0) continue;
    if (count > 1) {
      std::size_t length_now = 0;
      {
        RunQueue::Lock lock(queue.mutex());
        for (std::size_t k = 1; k < count; ++k) length_now = queue.push(*stolen[k], lock);
      }
      if (length_now >= 2) wake_another(this);
    }
    return stolen[0];
  }
  return nullptr;
}

bool Scheduler::work_in_sight() const {
  if (halting.load(std::memory_order_seq_cst) || stop_requested.load(std::memory_order_seq_cst)) return true;
  if (number > online_count.load(std::memory_order_relaxed)) return queue.length() != 0;
  for (const Scheduler* s : schedulers) {
    const bool all = s == this || s->number > online_count.load(std::memory_order_relaxed);
    if ((all ? s->queue.length() : s->queue.unbound()) != 0) return true;
  }
  return false;
}

// OTP: tells of each change. What runs the receiver of these messages is no change here, or there would be no
// end.
void Scheduler::profile_activity(bool active) {
  if (told_active_.exchange(active, std::memory_order_relaxed) == active) return;
  int now = 0;
  for (const Scheduler* s : schedulers) now += s->told_active_.load(std::memory_order_relaxed);
  report_scheduler(number, active, now);
}

void Scheduler::park() {
  if ((profiled.load(std::memory_order_relaxed) & kProfileSchedulers) != 0) profile_activity(false);
  parked.store(1, std::memory_order_seq_cst);
  idle_count.fetch_add(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  epoch_offline();
  quiescent.store(true, std::memory_order_seq_cst);
  if (!work_in_sight()) {
    // Own timers to the millisecond; those of a scheduler that is busy with something long, too.
    std::uint64_t due = wheel.next_due();
    for (const Scheduler* s : schedulers)
      if (const std::uint64_t d = s->wheel.next_due(); s != this && d != TimerWheel::kNever)
        due = std::min(due, d + kOverdueTicks + 1);
    std::uint64_t wait = UINT64_MAX;
    if (due != TimerWheel::kNever) {
      const std::uint64_t now = elapsed_ns();
      const std::uint64_t then = due * 1'000'000;
      wait = then > now ? then - now : 0;
    }
    if (wait != 0) futex_wait(parked, 1, wait);
  }
  parked.store(0, std::memory_order_seq_cst);
  idle_count.fetch_sub(1, std::memory_order_seq_cst);
  // From here on this thread counts as running; it looks at stop_requested before it does anything.
  quiescent.store(false, std::memory_order_seq_cst);
  scheduler_unparked();
  epoch_online();
}

void Scheduler::run() {
  RegisterBlock registers;
  current_scheduler = this;
  current_turn = turn.load(std::memory_order_relaxed);
  x_ = registers.x();
  clockid_t clock;
  pthread_getcpuclockid(pthread_self(), &clock);
  cpu_clock.store(clock, std::memory_order_relaxed);
  epoch_online();
  quiescent.store(false, std::memory_order_seq_cst);
  if (active_since.load(std::memory_order_relaxed) == 0) active_since = elapsed_ns();
  while (!halting.load(std::memory_order_relaxed)) {
    if (stop_requested.load(std::memory_order_seq_cst)) [[unlikely]] {
      epoch_offline();
      pause_for_stop(*this);
      epoch_online();
      continue;
    }
    if (work_between_slices.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      if (const auto work = work_between_slices.exchange(nullptr)) work();
    if (++slices_ - last_poll_ >= kSlicesBetweenPolls || reductions_since_poll_ >= kReductionsBetweenPolls) {
      last_poll_ = slices_;
      reductions_since_poll_ = 0;
      poll_timers();
      if (const auto look = look_at_descriptors.load(std::memory_order_relaxed)) look(number, false);
    }
    const bool online = number <= online_count.load(std::memory_order_relaxed);
    Process* p = online ? next_process() : nullptr;
    if (p != nullptr) {
      if (!run_process(*p)) [[unlikely]] {
        epoch_offline();
        return;
      }
      epoch_safe_point();
      continue;
    }
    poll_timers();
    if (queue.length() != 0) {
      if (online) continue;
      // What came here while going offline is for the others.
      wake_another(this);
    }
    const auto look = online ? look_at_descriptors.load(std::memory_order_relaxed) : nullptr;
    if (look != nullptr && look(number, true)) {
      epoch_safe_point();
      continue;
    }
    active_ns.fetch_add(elapsed_ns() - active_since.exchange(0), std::memory_order_relaxed);
    park();
    active_since = elapsed_ns();
    slices_ = last_poll_;
    reductions_since_poll_ = kReductionsBetweenPolls;
  }
  quiescent.store(true, std::memory_order_seq_cst);
  epoch_offline();
  current_scheduler = nullptr;
  std::lock_guard lock(halt_mutex);
  --parts_played;
  halt_changed.notify_all();
}

// ---- all of them -----------------------------------------------------------------------------------

void start_schedulers(const SchedulerStart& how) {
  require(schedulers.empty(), "the schedulers run already");
  require(engine_run != nullptr, "no engine");
  halting = false;
  idle_count = 0;
  online_count = how.schedulers;
  process_hooks.make_runnable = make_runnable;
  process_hooks.wake = wake;
  process_hooks.raise_priority = raise_priority;
  process_hooks.drop_timers = drop_receive_timer;
  process_hooks.scheduler_number = current_scheduler_number;
  for (int i = 1; i <= how.schedulers; ++i) schedulers.push_back(new Scheduler(i));
  parts_played = how.schedulers;
}

// Threads start separately, so that the first processes can be made before anything runs.
void run_schedulers(const SchedulerStart& how) {
  start_dirty_pools(how.dirty_cpu, how.dirty_io);
  start_players();
}

int wait_for_halt() {
  std::unique_lock lock(halt_mutex);
  halt_changed.wait(lock, [] { return halting.load(); });
  // Schedulers stop at the end of their slices; one that is stuck in a long BIF is left behind.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  halt_changed.wait_until(lock, deadline, [] { return parts_played == 0; });
  lock.unlock();
  stop_players(deadline);
  stop_dirty_pools();
  if (halt_flush.flush && halt_flush.timeout >= 0)
    std::thread([timeout = std::chrono::milliseconds(halt_flush.timeout)] {
      std::this_thread::sleep_for(timeout);
      _exit(255);
    }).detach();
  for (const auto hook : halt_hooks) hook(halt_flush.flush);
  return halt_status;
}

void add_halt_hook(void (*hook)(bool flush)) { halt_hooks.push_back(hook); }

void forget_schedulers() {
  for (Scheduler* s : schedulers) delete s;
  schedulers.clear();
}

void halt_vm(int status, HaltFlush how) {
  {
    std::lock_guard lock(halt_mutex);
    if (halting.load()) return;
    halt_status = status;
    halt_flush = how;
    halting.store(true, std::memory_order_seq_cst);
    halt_changed.notify_all();
  }
  for (Scheduler* s : schedulers) unpark(*s);
}

void run_between_slices(void (*work)()) {
  void (*const before)() = work_between_slices.exchange(work);
  require(before == nullptr || before == work, "two kinds of work between time slices");
}

int scheduler_count() { return static_cast<int>(schedulers.size()); }
int schedulers_online() { return online_count.load(std::memory_order_relaxed); }
int set_schedulers_online(int n) {
  const int old = online_count.exchange(n, std::memory_order_seq_cst);
  for (Scheduler* s : schedulers) unpark(*s);
  return old;
}
int current_scheduler_number() { return current_scheduler != nullptr ? current_scheduler->number : 0; }

std::size_t run_queue_length(int scheduler) {
  if (scheduler > 0) return schedulers[static_cast<std::size_t>(scheduler) - 1]->queue.length();
  std::size_t n = 0;
  for (const Scheduler* s : schedulers) n += s->queue.length();
  return n;
}

std::uint64_t scheduler_active_ns(int scheduler) {
  const Scheduler& s = *schedulers[static_cast<std::size_t>(scheduler) - 1];
  const std::uint64_t since = s.active_since.load(std::memory_order_relaxed), now = elapsed_ns();
  return s.active_ns.load(std::memory_order_relaxed) + (since != 0 && now > since ? now - since : 0);
}

SchedulerTotals scheduler_totals() {
  SchedulerTotals t;
  for (const Scheduler* s : schedulers) {
    t.reductions += s->reductions.load(std::memory_order_relaxed) +
                    s->relieved_reductions.load(std::memory_order_relaxed);
    t.context_switches += s->context_switches.load(std::memory_order_relaxed);
  }
  return t;
}

}  // namespace joist
