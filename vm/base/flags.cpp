#include "vm/base/flags.hpp"

namespace joist {

Flags flags;

}  // namespace joist
