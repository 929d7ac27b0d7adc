// perf_map.hpp -- names for machine code, in the file that Linux's perf reads: /tmp/perf-PID.map.
// Written if JOIST_PERF_MAP is set in the environment.
#pragma once
#include <cstddef>
#include <cstdint>

#include "vm/term/term.hpp"

namespace joist {

bool perf_map_wanted();
void perf_map_add(const void* code, std::size_t bytes, Term module, Term function, std::uint32_t arity);

}  // namespace joist
