#include "vm/base/clock.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>

namespace joist {
namespace {

std::int64_t read_clock(clockid_t which) {
  timespec t;
  clock_gettime(which, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

const std::int64_t os_monotonic_start = read_clock(CLOCK_MONOTONIC);
const std::int64_t system_start = read_clock(CLOCK_REALTIME);

}  // namespace

std::uint64_t elapsed_ns() {
  return static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC) - os_monotonic_start);
}
std::int64_t time_offset_ns() { return system_start - kMonotonicStart; }
std::int64_t os_system_ns() { return read_clock(CLOCK_REALTIME); }

std::int64_t now_microseconds() {
  static std::atomic<std::int64_t> last_now{0};
  std::int64_t last = last_now.load(std::memory_order_relaxed), now;
  do now = std::max(system_ns() / 1000, last + 1);
  while (!last_now.compare_exchange_weak(last, now, std::memory_order_relaxed));
  return now;
}

}  // namespace joist
