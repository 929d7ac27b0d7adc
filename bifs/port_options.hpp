// port_options.hpp -- what open_port/2 is told, as terms.
// Owner: the caller. Threads: any. GC: builds nothing.
#pragma once
#include "vm/ports/driver.hpp"

namespace joist {

// Characters, bytes or an atom as a name for the operating system; nullopt if it is none, or holds a zero.
std::optional<std::string> native_name(Term t);

// badopt or badarg; none() if `options` is filled.
Term parse_port_options(Term name, Term settings, PortOptions& options);

}  // namespace joist
