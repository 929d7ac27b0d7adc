// verify.hpp -- what must hold of a decoded module so that neither translating nor running it can go astray.
//
// Checked: the kinds of all operands, that indexes into tables exist, register and label numbers, the shape
// of functions, and that y registers lie within the frame of the code that names them. Not checked, as in
// `erl`: the types of what registers hold, and that a register was set before it is read.
#pragma once
#include <optional>
#include <string_view>

#include "loader/generic_op.hpp"
#include "loader/load_error.hpp"

namespace joist {

std::optional<LoadError> verify_module(const DecodedModule& m);

// What each operand of an opcode may be, a letter each: the key is in verify.cpp. "?" if it is not known.
std::string_view operand_signature(unsigned opcode);

}  // namespace joist
