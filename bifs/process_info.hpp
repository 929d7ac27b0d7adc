// process_info.hpp -- what erlang:process_info tells of a process.
// Threads: run by the process itself (a request of another one is a signal). GC: builds only, never moves
// terms.
#pragma once
#include "vm/process/call.hpp"

namespace joist {

// Whether `key` is an item of process_info/2.
bool is_process_info_item(Term key);
// The value of the item, built in `h` (every part copied, so that `h` may be a fragment). `asker`: another
// process asks, so the process is told as it stands between its slices.
Term process_info_value(Heap& h, Process& p, Term item, bool asker);
// {Item, Value}; for process_info/2 of a single registered_name without a name: [].
Term process_info_pair(Heap& h, Process& p, Term item, bool asker);
// The items of process_info/1 in order.
Term process_info_default(Heap& h, Process& p, bool asker);

// OTP: what messages hold in their fragments counts as part of the heap, unless they are kept off it.
std::size_t message_words(const Process& p);

}  // namespace joist
