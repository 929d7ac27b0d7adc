// bifs.hpp -- the table of built-in functions. Each Erlang module's BIFs stand in bifs/MODULE.cpp (or
// MODULE_topic.cpp): glue that checks arguments, calls an engine below, and builds the result.
//
//   JOIST_DEFINE_BIF(erlang_element_2, SmallInt n, Tuple t) {   // the name in bifs.def; `c` is the Call
//     if (n.value() < 1 || ...) return badarg(c);
//     return ...;
//   }
#pragma once
#include <string>
#include <vector>

#include "vm/code/export.hpp"
#include "vm/process/call.hpp"

namespace joist {

constexpr unsigned kBifGuard = 1, kBifDirtyCpu = 2, kBifDirtyIo = 4;

// Declares every implemented BIF: Term cpp_function(Call&).
#define JOIST_BIF(module, function, arity, cpp_function, bif_flags) Term cpp_function(Call& c);
#define JOIST_BIF_MISSING(module, function, arity)
#include "bifs/bifs.def"
#undef JOIST_BIF
#undef JOIST_BIF_MISSING

#define JOIST_BIF_BODY(cpp_function, body) \
  Term cpp_function(Call& c) { return BifEntry<body>::call(c); }

#define JOIST_DEFINE_BIF(cpp_function, ...)                            \
  static Term cpp_function##_body(Call& c __VA_OPT__(, ) __VA_ARGS__); \
  JOIST_BIF_BODY(cpp_function, cpp_function##_body)                    \
  static Term cpp_function##_body([[maybe_unused]] Call& c __VA_OPT__(, ) __VA_ARGS__)

// What a BIF returns to be called again, with the same arguments, in the next slice.
Term retry_later(Call& c);

// Fills vm/code's BIF table. Before any code is loaded.
void register_all_bifs();
// "module:function/arity" of every row that is not implemented.
std::vector<std::string> missing_bifs();

}  // namespace joist
