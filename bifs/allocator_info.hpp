// allocator_info.hpp -- what memory is taken for, described as OTP describes its allocators: for observer,
// recon and instrument. joist takes memory from the C library, so each of OTP's kinds is one instance with
// one carrier; what the C library keeps free belongs to std_alloc's. Largest values are the largest that
// anybody has seen. Threads: a running process's; the world is stopped to count process heaps.
#pragma once
#include <optional>

#include "vm/process/call.hpp"

namespace joist {

// erlang:system_info(alloc_util_allocators).
Term allocator_names(Heap& h);
// erlang:system_info(allocator): {glibc, Version, Features, Settings}.
Term allocator_settings(Heap& h);
// erlang:system_info({allocator | allocator_sizes, Which}): [{instance, 0, Properties}], or a list of pairs
// if Which is a list; `false` for an allocator that is never there. nullopt: there is no such one.
std::optional<Term> allocator_report(Heap& h, Term which, bool sizes_only, bool world_is_stopped = false);
// erlang:system_info(allocated_areas).
Term allocated_areas(Heap& h);
// What erlang:memory/0 makes its sums of: [{Allocator, 0, Properties}].
Term memory_by_allocator(Heap& h);

}  // namespace joist
