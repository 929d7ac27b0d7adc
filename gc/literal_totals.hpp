// literal_totals.hpp -- how much of the range of literals is in use. Threads: any.
#pragma once
#include <cstddef>

namespace joist {

struct LiteralTotals {
  std::size_t areas = 0, used_bytes = 0, committed_bytes = 0, reserved_bytes = 0;
};
LiteralTotals literal_totals();

}  // namespace joist
