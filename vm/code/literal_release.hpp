// literal_release.hpp -- freeing literals that processes may still refer to: those of purged code and of
// persistent terms that are gone. OTP's process erts_literal_area_collector takes one area after the other,
// asks every process to copy what it has of it, and then lets it be freed. Owner: the VM. Threads: any,
// except as noted. GC: copies literals into processes' heaps.
#pragma once
#include <memory>

#include "gc/literal.hpp"

namespace joist {

// Frees `area` once nothing refers to it. It must not be reachable but from processes and messages.
void release_literals(std::unique_ptr<LiteralArea> area);
// Frees the area that was taken before, and takes the next one: leaving_area. False if there is none. The
// world is stopped.
bool switch_leaving_area();
std::size_t released_areas();  // those that wait, and the one that is leaving

}  // namespace joist
