// decode.hpp -- the chunks of a .beam file -> DecodedModule.
//
// Input is not trusted: every index into another table that a chunk holds is checked here or in verify.hpp,
// and a count costs no memory before the bytes for it are known to be there.
#pragma once
#include "loader/beam_file.hpp"
#include "loader/generic_op.hpp"
#include "vm/code/module.hpp"

namespace joist {

// Decodes everything. `instance` gets what outlives loading: module, literals (LitT and the bignums of the
// code), attributes, compile_info, md5, files; `out` the rest. On an error both are to be thrown away.
std::optional<LoadError> decode_module(const BeamFile& file, DecodedModule& out, Instance& instance);

// The module's name alone (atom 1), or none().
Term module_name_of(const BeamFile& file);

}  // namespace joist
