// posix.hpp -- errors of the operating system under the names that Erlang programs see.
// Owner: nobody. Threads: any. GC: builds nothing.
#pragma once
#include "vm/term/atom.hpp"

namespace joist {

// The atom of an errno value: enoent, eacces ...; unknown.
Term posix_atom(int error);

}  // namespace joist
