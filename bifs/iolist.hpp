// iolist.hpp -- sizes and bytes of iolists.
// Owner: the caller. Threads: any. GC: builds nothing.
#pragma once
#include "vm/term/iolist.hpp"

namespace joist {

// Bits and parts of an iolist; nullopt if it is none. `whole_bytes`: bitstrings that are not binaries are
// refused. too_long: there are more parts than `limit`, and it has not looked at the others.
struct IolistSize {
  std::size_t bits = 0;
  std::size_t parts = 0;
  bool too_long = false;
};
std::optional<IolistSize> measure_iolist(Term t, bool whole_bytes, std::size_t limit = SIZE_MAX);

// The bytes of an iolist or binary, copied only if need be; nullopt if it is none. `scratch` keeps the copy.
std::optional<std::string_view> iodata_bytes(Term t, std::string& scratch);

}  // namespace joist
