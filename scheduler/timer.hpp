// timer.hpp -- timers in milliseconds: receive timeouts, and erlang:send_after, start_timer and their kin.
//
// Each scheduler has a hierarchical wheel (wheel.hpp). It polls it between slices, and now and then also
// takes what is due in the wheels of others. A timer never fires early: its due time is rounded up to a whole
// tick. Owner: a receive timer: its process; others: the table of timers by reference. Threads: any.
#pragma once
#include <optional>

#include "vm/process/process.hpp"
#include "vm/term/identifier.hpp"

namespace joist {

// Receive timeouts, run by the process itself: arm_receive_timer and cancel_receive_timer in scheduler.hpp.
// The process exits.
void drop_receive_timer(Process& p);

// ---- timers by reference ----
// Sends `message` (or, for start_timer, {timeout, TimerRef, message}) to `to`, a local pid or registered
// name, at Erlang monotonic time `due_ms`. Returns the timer's reference, made in `h`.
Term start_message_timer(Heap& h, std::int64_t due_ms, Term to, Term message, bool wrap);
// Milliseconds left, or nullopt if there is no such timer (any more).
std::optional<std::int64_t> cancel_message_timer(RefKey timer);
std::optional<std::int64_t> read_message_timer(RefKey timer);
// Now, in the same unit as due_ms, rounded up: a timer of n ms is due at monotonic_ms_up() + n.
std::int64_t monotonic_ms_up();

}  // namespace joist
