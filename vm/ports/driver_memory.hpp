// driver_memory.hpp -- memory of loadable drivers (driver_alloc), counted.
// Owner: the driver that took it. Threads: any.
#pragma once
#include <cstddef>

namespace joist {

void* driver_memory_alloc(std::size_t bytes);
void* driver_memory_realloc(void* at, std::size_t bytes);
void driver_memory_free(void* at);

struct DriverMemoryTotals {
  std::size_t count, bytes;
};
DriverMemoryTotals driver_memory_totals();

}  // namespace joist
