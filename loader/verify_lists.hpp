// verify_lists.hpp -- the list operands of opcodes, and references to StrT. Private to the loader.
#pragma once
#include <string>

#include "loader/generic_op.hpp"

namespace joist::loading {

struct Wrong {
  std::string what;
};

// Does `op` refer to StrT outside of a list?
inline bool names_string(const GenericOp& op) {
  return op.opcode == op_bs_put_string || op.opcode == op_bs_match_string;
}
// For operations with a list, or that name a string. The kinds of the other operands have been checked.
// Throws Wrong.
void check_lists(const DecodedModule& m, const GenericOp& op);

}  // namespace joist::loading
