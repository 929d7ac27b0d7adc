// code: coverage, which is not built in.
#include "bifs/bifs.hpp"

namespace joist {

// Coverage without instrumentation needs native code that counts.
JOIST_DEFINE_BIF(code_coverage_support_0) { return am::false_; }
JOIST_DEFINE_BIF(code_get_coverage_mode_0) { return am::none; }
JOIST_DEFINE_BIF(code_get_coverage_mode_1, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_get_coverage_2, Term, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_reset_coverage_1, Term) { return badarg(c); }
JOIST_DEFINE_BIF(code_set_coverage_mode_1, Term) { return badarg(c); }

}  // namespace joist
