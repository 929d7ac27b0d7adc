// copy.hpp -- copying terms between heaps: messages, spawn arguments, ETS objects, literals.
// Literals are shared, not copied; off-heap binaries are shared by count. Sharing inside the term is not kept
// (as OTP). No deep C++ recursion. A writable sub_bits arrives without its writable flag.
#pragma once
#include "gc/fragment.hpp"
#include "gc/literal.hpp"

namespace joist {

// Words that copy_term will take.
std::size_t flat_size(Term t);
Term copy_term(Heap& to, Term t);
// Copies literals, too: for what outlives the code that `t` may be a constant of (ETS, persistent_term).
// Takes flat_size_with_literals(t) words.
Term copy_with_literals(Heap& to, Term t);
// Copies only what lies in `area` or outside all areas: for terms whose literals are about to be freed.
Term copy_out_of_area(Heap& to, Term t, const LiteralArea& area);
// Words with literals counted, too, as if they were copied: erts_debug:flat_size/1.
std::size_t flat_size_with_literals(Term t);
// Words with sharing counted once, without literals: erts_debug:size_shared/1.
std::size_t shared_size(Term t);

struct CopiedTerm {
  Term term;
  HeapFragment* fragment;  // null if the term is immediate or a literal
};
CopiedTerm copy_to_fragment(Term t);
// For fragments that nobody looks through when literals are freed: those that wait outside of mailboxes.
CopiedTerm copy_to_fragment_with_literals(Term t);
// Whether copying `t` copies nothing.
bool is_shared_term(Term t);

}  // namespace joist
