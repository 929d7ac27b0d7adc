#include "vm/ports/poll.hpp"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

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

std::uint32_t epoll_events(unsigned interest) {
  return ((interest & kRead) != 0 ? EPOLLIN : 0u) | ((interest & kWrite) != 0 ? EPOLLOUT : 0u);
}

void call(int fd, unsigned events) {
  Target target;
  {
    const std::lock_guard lock(mutex);
    if (static_cast<std::size_t>(fd) >= table.size()) return;
    const Watched& w = table[static_cast<std::size_t>(fd)];
    events &= w.interest;
    target = w.target;
  }
  if (events == 0 || target.ready == nullptr) return;
  const EpochGuard guard;
  target.ready(target.argument, fd, events);
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
  constexpr int kEvents = 64;
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
    const int n = epoll_wait(epoll_fd, events, kEvents, wait);
    for (int i = 0; i < n; ++i) {
      const int fd = events[i].data.fd;
      if (fd == wake_fd) {
        std::uint64_t count;
        [[maybe_unused]] const ssize_t got = read(wake_fd, &count, sizeof count);
        continue;
      }
      const std::uint32_t e = events[i].events;
      unsigned what = 0;
      // Errors and hang-ups are told by reading or writing.
      if ((e & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) what |= kRead;
      if ((e & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) what |= kWrite;
      call(fd, what);
    }
    for (const int fd : ready_files) call(fd, kRead | kWrite);
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
