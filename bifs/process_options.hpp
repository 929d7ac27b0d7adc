// process_options.hpp -- option lists of spawn_opt, spawn_request, monitor/3 and process_flag.
// Owner: nobody. Threads: any. GC: holds no terms but those of the caller's arguments.
#pragma once
#include "vm/process/call.hpp"
#include "vm/process/spawn.hpp"

namespace joist {

// False: some option is not known or wrong (badopt), or the list is improper.
bool parse_spawn_options(Term list, SpawnOptions* options);
// [{alias, Mode} | {tag, Term}] of monitor/3 and of spawn's {monitor, Options}.
bool parse_monitor_options(Term list, AliasMode* alias, Term* tag);

std::optional<Priority> priority_from(Term t);
Term priority_atom(Priority p);
// A heap size in words >= 0, rounded up as the collector does.
std::optional<std::size_t> heap_size_from(Term t);
std::size_t bin_vheap_size(std::int64_t words);  // min_bin_vheap_size, rounded up likewise
// max_heap_size: Words | #{size, kill, error_logger, include_shared_binaries}. Keeps what a map leaves out.
bool parse_max_heap_size(Term t, HeapLimits* limits);
Term max_heap_size_map(Heap& h, const HeapLimits& limits);

}  // namespace joist
