// load_error.hpp -- why a .beam file is refused: one sentence for people.
#pragma once
#include <string>

namespace joist {

struct LoadError {
  std::string what;
};

}  // namespace joist
