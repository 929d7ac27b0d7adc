// bifs.hpp -- the table of built-in functions. Each Erlang module's BIFs stand in bifs/MODULE.cpp (or
// MODULE_topic.cpp): glue that checks arguments, calls an engine below, and builds the result.
//
//   static Term element(Call& c, SmallInt n, Tuple t) { ... }
//   JOIST_BIF_BODY(erlang_element_2, element)          // the name in bifs.def
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

// Fills vm/code's BIF table. Before any code is loaded.
void register_all_bifs();
// "module:function/arity" of every row that is not implemented.
std::vector<std::string> missing_bifs();

}  // namespace joist
