// binary_totals.hpp -- how many reference-counted binaries there are, and their bytes. Threads: any.
#pragma once
#include <cstddef>

namespace joist {

struct BinaryTotals {
  std::size_t count, bytes;  // the count is modulo 8 million
};
BinaryTotals binary_totals();

}  // namespace joist
