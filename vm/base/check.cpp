#include "vm/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace joist {

void fail(const char* why, std::source_location at) {
  std::fprintf(stderr, "joist: internal error: %s (%s:%u)\n", why, at.file_name(), at.line());
  std::abort();
}

}  // namespace joist
