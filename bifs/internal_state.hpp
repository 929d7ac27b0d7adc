// internal_state.hpp -- what erts_debug:get_internal_state/1 asks of other files.
// Threads: a running process's. GC: may build terms in the heap given.
#pragma once
#include "bifs/bifs.hpp"
#include "vm/process/process.hpp"

namespace joist {

// The unique integer that thread `thread` makes of `value`.
Term make_unique_integer(Heap& h, std::uint64_t thread, std::uint64_t value);
Term least_unique_integer();
void init_unique_integers();  // for native functions
// The counter behind unique_integer([monotonic]): the last one given out, from 0.
std::uint64_t monotonic_unique_state();
void set_monotonic_unique_state(std::uint64_t last);

// Whether OTP counts it among the BIFs of the release that is run: not native functions of modules, not the
// second halves of joist's own, not what came later.
bool is_bif_of_release(const BifInfo& b);

Term multi_scheduling();   // enabled | blocked | blocked_normal
Term time_offset_state();  // preliminary | final | volatile

// The items that process_info/2 knows.
Term process_info_items(Heap& h);

}  // namespace joist
