// verify_lists.hpp -- the list operands of opcodes, and references to StrT. Private to the loader.
#pragma once
#include <string>

#include "loader/generic_op.hpp"

namespace joist::loading {

struct Wrong {
  std::string what;
};

// The kinds of `op`'s other operands have been checked. Throws Wrong.
void check_lists(const DecodedModule& m, const GenericOp& op);

}  // namespace joist::loading
