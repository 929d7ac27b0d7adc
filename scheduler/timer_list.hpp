// timer_list.hpp -- all timers of erlang:send_after and its kin, for crash dumps.
// Threads: called while the world is stopped, or when nothing runs any more.
#pragma once
#include <functional>

#include "vm/term/term.hpp"

namespace joist {

// visit(To, Message, MillisecondsLeft); To is a local pid or a registered name.
void for_each_message_timer(const std::function<void(Term to, Term message, std::int64_t left)>& visit);

}  // namespace joist
