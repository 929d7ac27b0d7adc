// erts_debug: sizes and sharing of terms.
#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "gc/copy.hpp"

namespace joist {

JOIST_DEFINE_BIF(erts_debug_same_2, Term a, Term b) { return make_bool(a == b); }
JOIST_DEFINE_BIF(erts_debug_flat_size_1, Term t) {
  const std::size_t words = flat_size_with_literals(t);
  spend_for(c, words, 64);
  return make_uint(c.heap(), words);
}
JOIST_DEFINE_BIF(erts_debug_size_shared_1, Term t) {
  const std::size_t words = shared_size(t);
  spend_for(c, words, 32);
  return make_uint(c.heap(), words);
}
// copy_shared(Term, Options): a copy; sharing inside the term is not kept.
JOIST_DEFINE_BIF(erts_debug_copy_shared_2, Term t, List options) {
  spend_for(c, flat_size(t), 64);
  return copy_term(c.heap(), t);
}

}  // namespace joist
