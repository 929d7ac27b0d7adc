// load.hpp -- the image of a .beam file -> an Instance that is ready to be committed.
// Threads: any number may load at once. Nothing becomes visible before commit_instance().
#pragma once
#include <memory>

#include "loader/beam_file.hpp"
#include "loader/generic_op.hpp"
#include "vm/code/module.hpp"

namespace joist {

struct LoadResult {
  std::unique_ptr<Instance> instance;  // null: `error` says why
  LoadError error;
};

// Decodes, verifies and translates. A gzip-compressed image is unpacked first.
LoadResult load_module(ByteSpan image);

}  // namespace joist
