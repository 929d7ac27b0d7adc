// math: OTP: badarg if an argument is not a number, badarith if the result (or an argument) is not finite.
#include <cmath>

#include "bifs/bifs.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

Term unary(Call& c, Number n, double (*f)(double)) {
  const auto x = to_double(n.t);
  if (!x) return badarith(c);
  const double y = f(*x);
  return std::isfinite(y) ? make_float(c.heap(), y) : badarith(c);
}
// The first argument is judged before the second.
Term binary(Call& c, Term a, Term b, double (*f)(double, double)) {
  if (!a.is_number()) return badarg(c);
  const auto x = to_double(a);
  if (!x) return badarith(c);
  if (!b.is_number()) return badarg(c);
  const auto y = to_double(b);
  if (!y) return badarith(c);
  const double z = f(*x, *y);
  return std::isfinite(z) ? make_float(c.heap(), z) : badarith(c);
}

}  // namespace

#define JOIST_MATH_1(name) \
  JOIST_DEFINE_BIF(math_##name##_1, Number x) { return unary(c, x, ::name); }
#define JOIST_MATH_2(name) \
  JOIST_DEFINE_BIF(math_##name##_2, Term x, Term y) { return binary(c, x, y, ::name); }

JOIST_MATH_1(acos)
JOIST_MATH_1(acosh)
JOIST_MATH_1(asin)
JOIST_MATH_1(asinh)
JOIST_MATH_1(atan)
JOIST_MATH_1(atanh)
JOIST_MATH_1(ceil)
JOIST_MATH_1(cos)
JOIST_MATH_1(cosh)
JOIST_MATH_1(erf)
JOIST_MATH_1(erfc)
JOIST_MATH_1(exp)
JOIST_MATH_1(floor)
JOIST_MATH_1(log)
JOIST_MATH_1(log10)
JOIST_MATH_1(log2)
JOIST_MATH_1(sin)
JOIST_MATH_1(sinh)
JOIST_MATH_1(sqrt)
JOIST_MATH_1(tan)
JOIST_MATH_1(tanh)
JOIST_MATH_2(atan2)
JOIST_MATH_2(fmod)
JOIST_MATH_2(pow)

}  // namespace joist
