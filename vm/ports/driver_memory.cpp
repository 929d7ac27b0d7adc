#include "vm/ports/driver_memory.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>

namespace joist {
namespace {

std::atomic<std::size_t> count{0}, total{0};

void* counted(void* at) {
  if (at == nullptr) return nullptr;
  count.fetch_add(1, std::memory_order_relaxed);
  total.fetch_add(malloc_usable_size(at), std::memory_order_relaxed);
  return at;
}
void discount(void* at) {
  if (at == nullptr) return;
  count.fetch_sub(1, std::memory_order_relaxed);
  total.fetch_sub(malloc_usable_size(at), std::memory_order_relaxed);
}

}  // namespace

void* driver_memory_alloc(std::size_t bytes) { return counted(std::malloc(bytes)); }

void* driver_memory_realloc(void* at, std::size_t bytes) {
  discount(at);
  void* moved = std::realloc(at, bytes);
  if (moved == nullptr && bytes != 0) counted(at);  // it is still there
  return counted(moved);
}

void driver_memory_free(void* at) {
  discount(at);
  std::free(at);
}

DriverMemoryTotals driver_memory_totals() {
  return {count.load(std::memory_order_relaxed), total.load(std::memory_order_relaxed)};
}

}  // namespace joist
