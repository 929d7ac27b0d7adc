// persistent_term.hpp -- terms that all processes read without copying.
// Owner: the VM. Threads: reading is lock free; changes take a lock. GC: keys and values are literals. A
// value that was replaced or erased is freed once no process refers to it any more (literal_release.hpp).
#pragma once
#include <vector>

#include "vm/term/heap.hpp"

namespace joist::persistent_terms {

// The value, or none().
Term get(Term key);
// Copies both, unless the key has this very value (=:=) already.
void put(Term key, Term value);
bool erase(Term key);
void erase_all();
// All {Key, Value} tuples (literals).
std::vector<Term> all();
std::size_t count();
std::size_t memory_bytes();

}  // namespace joist::persistent_terms
