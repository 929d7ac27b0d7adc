// driver_binary.hpp -- ErlDrvBinary: to drivers a reference-counted binary begins with its size; the count
// before it is not theirs. So it is the very memory of a RefcBinary, from its capacity on. Owner: counted.
// Threads: any.
#pragma once
#include <erl_driver.h>

#include <cstddef>

#include "vm/term/bits.hpp"

namespace joist {

static_assert(sizeof(RefcBinary::capacity) == sizeof(ErlDrvBinary::orig_size));
static_assert(offsetof(RefcBinary, bytes) - offsetof(RefcBinary, capacity) ==
              offsetof(ErlDrvBinary, orig_bytes));

inline ErlDrvBinary* to_driver(RefcBinary* b) {
  return reinterpret_cast<ErlDrvBinary*>(reinterpret_cast<char*>(b) + offsetof(RefcBinary, capacity));
}
inline RefcBinary* from_driver(ErlDrvBinary* b) {
  return reinterpret_cast<RefcBinary*>(reinterpret_cast<char*>(b) - offsetof(RefcBinary, capacity));
}

// A part of it as a term; its bytes are shared unless they are few.
Term driver_binary_term(Heap& h, ErlDrvBinary* b, std::size_t offset, std::size_t size);

}  // namespace joist
