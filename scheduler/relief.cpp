// Nothing holds a scheduler for long, whatever a process does: collect a large heap, compare long lists, copy
// a large message, multiply huge integers, search a binary of 100 MB.
//
// A Scheduler is a part that threads play. A watcher looks at all of them every kPeriod; one whose thread has
// been in the same slice twice in a row, and has really computed meanwhile, is given to a spare thread, which
// goes on with the queue and the timers. The thread that has lost the part ends its slice as a dirty thread
// ends its BIF, puts the process into a queue, and is a spare one then.
//
// What the slice touches of its scheduler (queue, wheel) has locks; what has none is touched between slices
// only, by the thread whose turn it is (Scheduler::turn). Such a thread still runs a process: whoever stops
// the world waits for it.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <system_error>

#include "scheduler/internal.hpp"
#include "vm/base/clock.hpp"

namespace joist {
namespace {

constexpr std::int64_t kPeriod = 1'500'000;  // ns: a slice holds its scheduler for twice that at most
// A thread that had the processor for less than this was kept from it by other programs.
constexpr std::int64_t kLeastComputed = 700'000;
constexpr std::size_t kMostSpare = 32;  // threads more than schedulers

std::mutex mutex;
std::condition_variable changed;
std::vector<std::thread> threads;
std::vector<Scheduler*> vacant;  // parts without a thread
std::size_t idle = 0, alive = 0;
bool stopping = false;

std::thread watcher;
enum : std::uint32_t { kAwake, kAsleep, kStop };
std::atomic<std::uint32_t> watch_word{kAwake};

void play(Scheduler* s) {
  for (;;) {
    if (s != nullptr) s->run();
    std::unique_lock lock(mutex);
    ++idle;
    changed.wait(lock, [] { return stopping || !vacant.empty(); });
    --idle;
    if (stopping) {
      --alive;
      lock.unlock();
      changed.notify_all();
      return;
    }
    s = vacant.back();
    vacant.pop_back();
  }
}

// With the lock held.
bool add_player(Scheduler* s) {
  try {
    threads.emplace_back([s] { play(s); });
  } catch (const std::system_error&) {
    return false;
  }
  ++alive;
  return true;
}

void relieve(Scheduler& s, std::uint32_t turn) {
  {
    std::lock_guard lock(mutex);
    const bool spare = idle > vacant.size();
    if (stopping || (!spare && (threads.size() >= schedulers.size() + kMostSpare || !add_player(nullptr))))
      return;
    if (!take_part_away(s, turn)) return;
    s.relieved_ns.store(elapsed_ns(), std::memory_order_relaxed);
    vacant.push_back(&s);
  }
  changed.notify_all();
}

std::int64_t computed_ns(clockid_t clock) {
  timespec t{};
  if (clock_gettime(clock, &t) != 0) return 0;
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// What the watcher saw of a scheduler the last time.
struct Seen {
  std::uint32_t turn = 0;
  std::uint64_t slice = UINT64_MAX;
  std::int64_t computed = 0;
};

void look_at(Scheduler& s, Seen& seen) {
  const std::uint32_t turn = s.turn.load(std::memory_order_seq_cst);
  const std::uint64_t slice = s.context_switches.load(std::memory_order_relaxed);
  if ((turn & 1) == 0) {
    seen.slice = UINT64_MAX;
    return;
  }
  const std::int64_t computed = computed_ns(s.cpu_clock.load(std::memory_order_relaxed));
  if (turn != seen.turn || slice != seen.slice)
    seen = {turn, slice, computed};
  else if (computed - seen.computed >= kLeastComputed)
    relieve(s, turn);
}

bool all_parked() {
  for (const Scheduler* s : schedulers)
    if (s->parked.load(std::memory_order_seq_cst) == 0) return false;
  return true;
}

void wait_while(std::uint32_t value, std::int64_t ns) {
  const timespec timeout{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  syscall(SYS_futex, &watch_word, FUTEX_WAIT_PRIVATE, value, ns < 0 ? nullptr : &timeout, nullptr, 0);
}
void wake_watcher() { syscall(SYS_futex, &watch_word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

void watch() {
  std::vector<Seen> seen(schedulers.size());
  while (watch_word.load(std::memory_order_seq_cst) != kStop) {
    wait_while(kAwake, kPeriod);
    for (std::size_t i = 0; i < seen.size(); ++i) look_at(*schedulers[i], seen[i]);
    if (!all_parked()) continue;
    std::uint32_t awake = kAwake;
    if (!watch_word.compare_exchange_strong(awake, kAsleep, std::memory_order_seq_cst)) continue;
    // A scheduler that wakes up sees that the watcher sleeps, or is seen here.
    while (all_parked() && watch_word.load(std::memory_order_seq_cst) == kAsleep) wait_while(kAsleep, -1);
    std::uint32_t asleep = kAsleep;
    watch_word.compare_exchange_strong(asleep, kAwake, std::memory_order_seq_cst);
  }
}

}  // namespace

void scheduler_unparked() {
  std::uint32_t asleep = kAsleep;
  if (watch_word.load(std::memory_order_seq_cst) == kAsleep &&
      watch_word.compare_exchange_strong(asleep, kAwake, std::memory_order_seq_cst))
    wake_watcher();
}

void start_players() {
  std::lock_guard lock(mutex);
  stopping = false;
  idle = alive = 0;
  vacant.clear();
  watch_word = kAwake;
  for (Scheduler* s : schedulers) require(add_player(s), "cannot start a thread for each scheduler");
  watcher = std::thread(watch);
}

void stop_players(std::chrono::steady_clock::time_point deadline) {
  watch_word.store(kStop, std::memory_order_seq_cst);
  wake_watcher();
  watcher.join();
  std::unique_lock lock(mutex);
  stopping = true;
  changed.notify_all();
  const bool all = changed.wait_until(lock, deadline, [] { return alive == 0; });
  std::vector<std::thread> players = std::move(threads);
  threads.clear();
  lock.unlock();
  for (std::thread& t : players) {
    if (all)
      t.join();
    else
      t.detach();
  }
}

}  // namespace joist
