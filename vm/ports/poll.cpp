#include "vm/ports/poll.hpp"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "scheduler/io_poll.hpp"
#include "vm/base/epoch.hpp"

namespace joist::poll {
namespace {

struct Watched {
  Target target;
  unsigned interest = 0;
  bool in_epoll = false;
  bool always_ready = false;  // a regular file: the system does not poll it
};

std::mutex mutex;
std::vector<Watched> table;  // by descriptor
int epoll_fd = -1, wake_fd = -1;
std::size_t always_ready_count = 0;  // with interest

struct PortTimer {
  void (*expired)(Word argument, TimerId timer);
  Word argument;
};
using Milliseconds = std::int64_t;
constexpr Milliseconds kNever = INT64_MAX;
std::map<std::pair<Milliseconds, TimerId>, PortTimer> timers;  // by due time
std::map<TimerId, Milliseconds> due_times;
TimerId last_timer = 0;
Milliseconds sleeping_until = kNever;  // when the polling thread looks at the timers next

Milliseconds now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void wake_thread() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd, &one, sizeof one);
}

constexpr int kEvents = 64;

std::uint32_t epoll_events(unsigned interest) {
  return ((interest & kRead) != 0 ? EPOLLIN : 0u) | ((interest & kWrite) != 0 ? EPOLLOUT : 0u);
}

// False: it is only for the polling thread, and this is another.
bool call(int fd, unsigned events, bool by_scheduler) {
  Target target;
  {
    const std::lock_guard lock(mutex);
    if (static_cast<std::size_t>(fd) >= table.size()) return true;
    const Watched& w = table[static_cast<std::size_t>(fd)];
    events &= w.interest;
    target = w.target;
  }
  if (events == 0 || target.ready == nullptr) return true;
  if (by_scheduler && !target.anywhere) return false;
  const EpochGuard guard;
  target.ready(target.argument, fd, events);
  return true;
}

// ---- schedulers that look themselves -----------------------------------------------------------------
//
// The thread's answer takes two wake-ups of other threads. So a scheduler that has nothing to run looks, too,
// if there was something lately. One that again and again finds something keeps the descriptors: the thread
// then sleeps, until that scheduler finds nothing, or has not looked for a while.

constexpr int kRecentLooks = 16, kFindsToKeep = 4;
constexpr std::chrono::milliseconds kPatience{2};
std::atomic<int> looks_left{0};    // until looking is given up
std::atomic<bool> looking{false};  // one scheduler at a time
std::atomic<int> keeper{0};        // number of the scheduler that keeps the descriptors
std::atomic<std::uint32_t> look_count{0};
std::mutex keeper_mutex;
std::condition_variable given_back;

// Acts on what epoll told; false: on nothing. `others`: some are for the polling thread only.
bool act_on(const epoll_event* events, int count, bool* others = nullptr) {
  bool any = false;
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].data.fd;
    if (fd == wake_fd) continue;
    const std::uint32_t e = events[i].events;
    unsigned what = 0;
    // Errors and hang-ups are told by reading or writing.
    if ((e & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) what |= kRead;
    if ((e & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) what |= kWrite;
    if (call(fd, what, others != nullptr))
      any = true;
    else
      *others = true;
  }
  return any;
}

void give_back(int scheduler) {
  if (keeper.load(std::memory_order_relaxed) != scheduler) return;
  {
    const std::lock_guard lock(keeper_mutex);
    keeper = 0;
  }
  given_back.notify_one();
}

bool look(int scheduler, bool idle) {
  thread_local int finds = 0;
  const bool keeps = keeper.load(std::memory_order_relaxed) == scheduler;
  if (!keeps && (!idle || looks_left.load(std::memory_order_relaxed) <= 0)) return false;
  bool found = false, others = false;
  if (!looking.exchange(true, std::memory_order_acquire)) {
    epoll_event events[kEvents];
    const int n = epoll_wait(epoll_fd, events, kEvents, 0);
    look_count.fetch_add(1, std::memory_order_relaxed);
    found = act_on(events, n, &others);
    looking.store(false, std::memory_order_release);
  }
  if (others) {
    finds = 0;
    if (keeps) give_back(scheduler);
  } else if (found) {
    looks_left.store(kRecentLooks, std::memory_order_relaxed);
    int nobody = 0;
    if (++finds >= kFindsToKeep && !keeps && keeper.compare_exchange_strong(nobody, scheduler)) wake_thread();
  } else if (idle) {
    finds = 0;
    looks_left.fetch_sub(1, std::memory_order_relaxed);
    if (keeps) give_back(scheduler);
  }
  return found;
}

// The thread's sleep while a scheduler keeps the descriptors.
void wait_for_keeper(int milliseconds) {
  const int kept_by = keeper.load();
  if (kept_by == 0) return;
  const std::uint32_t before = look_count.load();
  const auto patience =
      milliseconds < 0 ? kPatience : std::min(kPatience, std::chrono::milliseconds(milliseconds));
  std::unique_lock lock(keeper_mutex);
  given_back.wait_for(lock, patience, [] { return keeper.load() == 0; });
  if (look_count.load() == before && patience == kPatience) keeper = 0;
}

// Calls what is due; sets how long epoll_wait may wait.
void run_timers(int& wait) {
  for (;;) {
    PortTimer due{};
    TimerId id = 0;
    {
      const std::lock_guard lock(mutex);
      sleeping_until = timers.empty() ? kNever : timers.begin()->first.first;
      if (sleeping_until == kNever) return;
      const Milliseconds left = sleeping_until - now_ms();
      if (left > 0) {
        if (wait < 0 || left < wait) wait = static_cast<int>(std::min<Milliseconds>(left, INT32_MAX));
        return;
      }
      const auto first = timers.begin();
      id = first->first.second;
      due = first->second;
      timers.erase(first);
      due_times.erase(id);
    }
    const EpochGuard guard;
    due.expired(due.argument, id);
  }
}

void run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  epoll_event events[kEvents];
  std::vector<int> ready_files;
  for (;;) {
    ready_files.clear();
    {
      const std::lock_guard lock(mutex);
      if (always_ready_count != 0)
        for (std::size_t fd = 0; fd < table.size(); ++fd)
          if (table[fd].always_ready && table[fd].interest != 0) ready_files.push_back(static_cast<int>(fd));
    }
    int wait = ready_files.empty() ? -1 : 0;
    run_timers(wait);
    if (keeper.load() != 0 && ready_files.empty()) {
      wait_for_keeper(wait);
      if (keeper.load() != 0) continue;
      wait = 0;
    }
    const int n = epoll_wait(epoll_fd, events, kEvents, wait);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.fd != wake_fd) continue;
      std::uint64_t count;
      [[maybe_unused]] const ssize_t got = read(wake_fd, &count, sizeof count);
    }
    if (act_on(events, n)) looks_left.store(kRecentLooks, std::memory_order_relaxed);
    for (const int fd : ready_files) call(fd, kRead | kWrite, false);
  }
}

// Under the mutex.
void start() {
  if (epoll_fd >= 0) return;
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  require(epoll_fd >= 0 && wake_fd >= 0, "no descriptors for polling");
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.fd = wake_fd;
  require(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &e) == 0, "polling cannot be woken");
  std::thread(run).detach();
  look_at_descriptors.store(look, std::memory_order_release);
}

}  // namespace

int watch(int fd, unsigned interest, Target target) {
  if (fd < 0) return EBADF;
  bool wake = false;
  {
    const std::lock_guard lock(mutex);
    start();
    if (static_cast<std::size_t>(fd) >= table.size()) table.resize(static_cast<std::size_t>(fd) + 16);
    Watched& w = table[static_cast<std::size_t>(fd)];
    w.target = target;
    if (w.interest == interest && (w.in_epoll || w.always_ready)) return 0;
    if (w.always_ready) {
      always_ready_count += (interest != 0) - (w.interest != 0);
      wake = interest != 0;
    } else if (interest == 0 && !w.in_epoll) {
      // Nothing is wanted of a descriptor that was never polled.
    } else {
      // With no interest it leaves the set: hang-ups would be reported all the same.
      epoll_event e{};
      e.events = epoll_events(interest);
      e.data.fd = fd;
      const int operation = interest == 0 ? EPOLL_CTL_DEL : w.in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
      if (epoll_ctl(epoll_fd, operation, fd, &e) != 0) {
        const int error = errno;
        if (error != EPERM) return error;
        w.always_ready = true;
        ++always_ready_count;
        wake = true;
      } else {
        w.in_epoll = interest != 0;
      }
    }
    w.interest = interest;
  }
  if (wake) wake_thread();
  return 0;
}

TimerId start_timer(std::uint64_t milliseconds, void (*expired)(Word, TimerId), Word argument) {
  const std::lock_guard lock(mutex);
  start();
  // Never early: the clock's own millisecond has partly passed.
  const Milliseconds due = now_ms() + static_cast<Milliseconds>(milliseconds) + 1;
  const TimerId id = ++last_timer;
  timers.insert({{due, id}, {expired, argument}});
  due_times.insert({id, due});
  // A thread that wakes for a timer stopped since looks again, so most timers need no wake-up.
  if (due < sleeping_until) {
    sleeping_until = due;
    wake_thread();
  }
  return id;
}

void stop_timer(TimerId timer) {
  const std::lock_guard lock(mutex);
  const auto found = due_times.find(timer);
  if (found == due_times.end()) return;
  timers.erase({found->second, timer});
  due_times.erase(found);
}

void forget(int fd) {
  const std::lock_guard lock(mutex);
  if (fd < 0 || static_cast<std::size_t>(fd) >= table.size()) return;
  Watched& w = table[static_cast<std::size_t>(fd)];
  if (w.in_epoll) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, nullptr);
  if (w.always_ready && w.interest != 0) --always_ready_count;
  w = {};
}

std::size_t watched_count() {
  const std::lock_guard lock(mutex);
  std::size_t n = 0;
  for (const Watched& w : table) n += w.interest != 0;
  return n;
}

}  // namespace joist::poll
