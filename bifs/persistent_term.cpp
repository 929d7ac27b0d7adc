// persistent_term: see vm/ets/persistent_term.hpp.
#include "vm/ets/persistent_term.hpp"
#include "bifs/bifs.hpp"
#include "bifs/work.hpp"

namespace joist {

JOIST_DEFINE_BIF(persistent_term_get_1, Term key) {
  const Term value = persistent_terms::get(key);
  return value.is_none() ? badarg(c) : value;
}
JOIST_DEFINE_BIF(persistent_term_get_2, Term key, Term otherwise) {
  const Term value = persistent_terms::get(key);
  return value.is_none() ? otherwise : value;
}
// get() -> [{Key, Value}]
JOIST_DEFINE_BIF(persistent_term_get_0) {
  const std::vector<Term> all = persistent_terms::all();
  spend_for(c, all.size(), 16);
  return make_list_from(c.heap(), all);
}
JOIST_DEFINE_BIF(persistent_term_put_2, Term key, Term value) {
  persistent_terms::put(key, value);
  return am::ok;
}
JOIST_DEFINE_BIF(persistent_term_erase_1, Term key) { return make_bool(persistent_terms::erase(key)); }
JOIST_DEFINE_BIF(persistent_term_info_0) {
  const Term pairs[] = {am::count, make_uint(c.heap(), persistent_terms::count()), am::memory,
                        make_uint(c.heap(), persistent_terms::memory_bytes())};
  return map_from_pairs(c.heap(), pairs);
}
// erts_internal:erase_persistent_terms(): when the system restarts.
JOIST_DEFINE_BIF(erts_internal_erase_persistent_terms_0) {
  persistent_terms::erase_all();
  return am::true_;
}

}  // namespace joist
