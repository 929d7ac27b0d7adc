// copy.hpp -- copying terms between heaps: messages, spawn arguments, ETS objects, literals.
// Literals are shared, not copied; off-heap binaries are shared by count. Sharing inside the term is not kept
// (as OTP). No deep C++ recursion. A writable sub_bits arrives without its writable flag.
#pragma once
#include "gc/fragment.hpp"

namespace joist {

// Words that copy_term will take.
std::size_t flat_size(Term t);
Term copy_term(Heap& to, Term t);
// Words with literals counted, too, as if they were copied: erts_debug:flat_size/1.
std::size_t flat_size_with_literals(Term t);
// Words with sharing counted once, without literals: erts_debug:size_shared/1.
std::size_t shared_size(Term t);

struct CopiedTerm {
  Term term;
  HeapFragment* fragment;  // null if the term is immediate or a literal
};
CopiedTerm copy_to_fragment(Term t);
// Whether copying `t` copies nothing.
bool is_shared_term(Term t);

}  // namespace joist
