// translate_binary.hpp -- the part of translate.hpp that deals with bit syntax.
#pragma once
#include "loader/translate.hpp"

namespace joist {

// Translates `op` if it is one of the binary operations (bs_...); else returns false.
bool translate_binary_op(Translator& t, const GenericOp& op);
// The half of it that builds bitstrings.
bool translate_build_op(Translator& t, const GenericOp& op);

}  // namespace joist
