// erlang: arithmetic operators and number functions, as functions. All may stand in guards.
#include <cmath>

#include "bifs/bifs.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

// none(): badarith; too_big(): system_limit (vm/term/number.hpp).
Term checked(Call& c, Term result) {
  if (!is_failure(result)) [[likely]]
    return result;
  return result == too_big() ? system_limit(c) : badarith(c);
}

}  // namespace

JOIST_DEFINE_BIF(erlang_plus_2, Term a, Term b) { return checked(c, number_add(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_minus_2, Term a, Term b) { return checked(c, number_subtract(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_times_2, Term a, Term b) { return checked(c, number_multiply(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_divide_2, Term a, Term b) { return checked(c, number_divide(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_div_2, Term a, Term b) { return checked(c, integer_div(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_rem_2, Term a, Term b) { return checked(c, integer_rem(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_band_2, Term a, Term b) { return checked(c, integer_band(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_bor_2, Term a, Term b) { return checked(c, integer_bor(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_bxor_2, Term a, Term b) { return checked(c, integer_bxor(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_bsl_2, Term a, Term b) { return checked(c, integer_bsl(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_bsr_2, Term a, Term b) { return checked(c, integer_bsr(c.heap(), a, b)); }
JOIST_DEFINE_BIF(erlang_bnot_1, Term a) { return checked(c, integer_bnot(c.heap(), a)); }
JOIST_DEFINE_BIF(erlang_minus_1, Term a) { return checked(c, number_negate(c.heap(), a)); }
JOIST_DEFINE_BIF(erlang_plus_1, Term a) { return a.is_number() ? a : badarith(c); }

// OTP: these functions raise badarg, not badarith, for what is not a number.
JOIST_DEFINE_BIF(erlang_abs_1, Number n) { return checked(c, number_abs(c.heap(), n.t)); }
JOIST_DEFINE_BIF(erlang_round_1, Number n) { return checked(c, number_round(c.heap(), n.t)); }
JOIST_DEFINE_BIF(erlang_trunc_1, Number n) { return checked(c, number_trunc(c.heap(), n.t)); }
JOIST_DEFINE_BIF(erlang_floor_1, Number n) { return checked(c, number_floor(c.heap(), n.t)); }
JOIST_DEFINE_BIF(erlang_ceil_1, Number n) { return checked(c, number_ceil(c.heap(), n.t)); }
JOIST_DEFINE_BIF(erlang_float_1, Number n) {
  if (n.t.is_float()) return n.t;
  const auto d = to_double(n.t);
  return d ? make_float(c.heap(), *d) : badarg(c);
}

}  // namespace joist
