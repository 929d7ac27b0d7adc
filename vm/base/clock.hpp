// clock.hpp -- time as Erlang sees it, in nanoseconds.
// Monotonic time starts at a large negative number with the VM, as OTP's does, and never steps back; system
// time is monotonic time plus a fixed offset. Threads: any.
#pragma once
#include <cstdint>

namespace joist {

// OTP: erlang:system_info(start_time).
constexpr std::int64_t kMonotonicStart = -576460752000000000;

// Nanoseconds since the VM started: what timers count in.
std::uint64_t elapsed_ns();
inline std::int64_t monotonic_ns() { return kMonotonicStart + static_cast<std::int64_t>(elapsed_ns()); }
// erlang:time_offset/0: fixed when the VM starts (no_time_warp).
std::int64_t time_offset_ns();
inline std::int64_t system_ns() { return monotonic_ns() + time_offset_ns(); }
// System time in microseconds, each answer larger than all before it: erlang:now/0.
std::int64_t now_microseconds();
// The operating system's own clock (os:system_time).
std::int64_t os_system_ns();

}  // namespace joist
