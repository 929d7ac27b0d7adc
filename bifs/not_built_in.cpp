// erts_internal: what looks into allocators and schedulers; code: coverage, which is not built in.
#include "bifs/bifs.hpp"

namespace joist {

// gather_alloc_histograms({Type, Scheduler, Width, Start, Ref}) -> number of answers that will come: joist's
// memory comes from the system's allocator, which tells nothing.
JOIST_DEFINE_BIF(erts_internal_gather_alloc_histograms_1, Tuple request) {
  return request.arity() == 5 ? Term::small(0) : badarg(c);
}
JOIST_DEFINE_BIF(erts_internal_gather_carrier_info_1, Tuple request) {
  return request.arity() == 5 ? Term::small(0) : badarg(c);
}

// Coverage without instrumentation needs native code that counts.
JOIST_DEFINE_BIF(code_coverage_support_0) { return am::false_; }
JOIST_DEFINE_BIF(code_get_coverage_mode_0) { return am::none; }
JOIST_DEFINE_BIF(code_get_coverage_mode_1, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_get_coverage_2, Term, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_reset_coverage_1, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_set_coverage_mode_1, Term) { return badarg(c); }

}  // namespace joist
