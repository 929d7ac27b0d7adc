// generic_text.hpp -- operations as the compiler wrote them, as text: for disasm and inspect.
#pragma once
#include <string>

#include "loader/generic_op.hpp"

namespace joist {

// "map/2", "lists:map/2", with quotes where atoms need them.
std::string function_text(Term function, std::uint32_t arity);
std::string function_text(Term module, Term function, std::uint32_t arity);
// "x0", "y1:t3" (type 3 of the Type chunk), "f12" (a label), terms, lists in brackets.
std::string operand_text(const DecodedModule& m, const Operand& o);
// "call_ext 2 lists:map/2": imports, lambdas and locations by what they mean.
std::string operation_text(const DecodedModule& m, const GenericOp& op);

}  // namespace joist
