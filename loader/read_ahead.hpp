// read_ahead.hpp -- modules that will be asked for soon, decoded and translated meanwhile by a thread of
// their own.
//
// Starting OTP loads some hundred modules, one after the other; a second core can have most of them ready
// before they are asked for. What is handed out is only ever code of the very bytes that were asked for.
// Threads: all functions by any thread, start_read_ahead() once.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "loader/beam_file.hpp"
#include "vm/code/module.hpp"

namespace joist {

struct ReadAheadFile {
  std::string module, path;
};
// Starts with the first. Does nothing where there is only one core.
void start_read_ahead(std::vector<ReadAheadFile> files);
// The code in `image`, if it has been read ahead; waits if just that is going on. Null: the caller loads it.
std::unique_ptr<Instance> take_read_ahead(std::string_view module, ByteSpan image);

}  // namespace joist
