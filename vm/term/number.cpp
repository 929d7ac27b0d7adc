#include "vm/term/number.hpp"

#include "vm/term/integer_parts.hpp"

namespace joist {

namespace {

bool both_integers(Term a, Term b) { return a.is_integer() && b.is_integer(); }

// Both operands as doubles, for arithmetic where at least one of them is a float.
struct Doubles {
  bool ok;
  double a, b;
  Doubles(Term x, Term y) {
    const auto first = to_double(x), second = to_double(y);
    ok = first && second;
    if (ok) a = *first, b = *second;
  }
};

Term add_magnitudes(Heap& h, const IntegerView& a, const IntegerView& b, bool negative) {
  const IntegerView& longer = a.n() >= b.n() ? a : b;
  const IntegerView& shorter = a.n() >= b.n() ? b : a;
  IntegerBuilder r(h, longer.n() + 1);
  if (shorter.is_zero()) {
    std::copy_n(longer.limbs(), longer.n(), r.limbs());
    return r.finish(longer.n(), negative);
  }
  const Word carry = mpn_add(gmp(r.limbs()), gmp(longer.limbs()), static_cast<mp_size_t>(longer.n()),
                             gmp(shorter.limbs()), static_cast<mp_size_t>(shorter.n()));
  r.limbs()[longer.n()] = carry;
  return r.finish(longer.n() + 1, negative);
}

// |a| - |b|, negative if |a| < |b|; the opposite sign if `flip`.
Term subtract_magnitudes(Heap& h, const IntegerView& a, const IntegerView& b, bool flip) {
  const int order = compare_magnitudes(a.limbs(), a.n(), b.limbs(), b.n());
  if (order == 0) return Term::small(0);
  const IntegerView& larger = order > 0 ? a : b;
  const IntegerView& smaller = order > 0 ? b : a;
  IntegerBuilder r(h, larger.n());
  if (smaller.is_zero()) {
    std::copy_n(larger.limbs(), larger.n(), r.limbs());
  } else {
    mpn_sub(gmp(r.limbs()), gmp(larger.limbs()), static_cast<mp_size_t>(larger.n()), gmp(smaller.limbs()),
            static_cast<mp_size_t>(smaller.n()));
  }
  return r.finish(larger.n(), (order < 0) != flip);
}

Term add_integers(Heap& h, Term a, Term b, bool subtract) {
  const IntegerView x(a), y(b);
  const bool y_negative = y.negative() != subtract;
  if (x.negative() == y_negative) return add_magnitudes(h, x, y, x.negative());
  return subtract_magnitudes(h, x, y, x.negative());
}

Term multiply_integers(Heap& h, Term a, Term b) {
  const IntegerView x(a), y(b);
  if (x.is_zero() || y.is_zero()) return Term::small(0);
  const IntegerView& longer = x.n() >= y.n() ? x : y;
  const IntegerView& shorter = x.n() >= y.n() ? y : x;
  const std::size_t n = longer.n() + shorter.n();
  if (n - 1 > kMaxIntegerLimbs) return too_big();
  IntegerBuilder r(h, n);
  const auto longer_n = static_cast<mp_size_t>(longer.n()), shorter_n = static_cast<mp_size_t>(shorter.n());
  if (a == b) {
    mpn_sqr(gmp(r.limbs()), gmp(longer.limbs()), longer_n);
  } else if (shorter_n == 1) {
    r.limbs()[longer.n()] = mpn_mul_1(gmp(r.limbs()), gmp(longer.limbs()), longer_n, shorter.limbs()[0]);
  } else {
    mpn_mul(gmp(r.limbs()), gmp(longer.limbs()), longer_n, gmp(shorter.limbs()), shorter_n);
  }
  return r.finish(n, x.negative() != y.negative());
}

enum class Part { quotient, remainder };

Term divide_integers(Heap& h, Term a, Term b, Part part) {
  const IntegerView x(a), y(b);
  if (compare_magnitudes(x.limbs(), x.n(), y.limbs(), y.n()) < 0)
    return part == Part::quotient ? Term::small(0) : a;
  const auto xn = static_cast<mp_size_t>(x.n()), yn = static_cast<mp_size_t>(y.n());
  if (yn == 1 && part == Part::remainder) {
    IntegerBuilder r(h, 1);
    r.limbs()[0] = mpn_mod_1(gmp(x.limbs()), xn, y.limbs()[0]);
    return r.finish(1, x.negative());
  }
  const std::size_t quotient_limbs = x.n() - y.n() + 1;
  if (part == Part::quotient) {
    IntegerBuilder r(h, quotient_limbs);
    if (yn == 1) {
      mpn_divrem_1(gmp(r.limbs()), 0, gmp(x.limbs()), xn, y.limbs()[0]);
    } else {
      ScratchLimbs remainder(y.n());
      mpn_tdiv_qr(gmp(r.limbs()), gmp(remainder.get()), 0, gmp(x.limbs()), xn, gmp(y.limbs()), yn);
    }
    return r.finish(quotient_limbs, x.negative() != y.negative());
  }
  IntegerBuilder r(h, y.n());
  ScratchLimbs quotient(quotient_limbs);
  mpn_tdiv_qr(gmp(quotient.get()), gmp(r.limbs()), 0, gmp(x.limbs()), xn, gmp(y.limbs()), yn);
  return r.finish(y.n(), x.negative());
}

}  // namespace

Term number_add(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) return make_int(h, a.small_value() + b.small_value());
  if (both_integers(a, b)) return add_integers(h, a, b, false);
  const Doubles d(a, b);
  return d.ok ? make_finite_float(h, d.a + d.b) : Term::none();
}

Term number_subtract(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) return make_int(h, a.small_value() - b.small_value());
  if (both_integers(a, b)) return add_integers(h, a, b, true);
  const Doubles d(a, b);
  return d.ok ? make_finite_float(h, d.a - d.b) : Term::none();
}

Term number_multiply(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) {
    std::int64_t product;
    if (!__builtin_mul_overflow(a.small_value(), b.small_value(), &product)) return make_int(h, product);
    return multiply_integers(h, a, b);
  }
  if (both_integers(a, b)) return multiply_integers(h, a, b);
  const Doubles d(a, b);
  return d.ok ? make_finite_float(h, d.a * d.b) : Term::none();
}

Term number_divide(Heap& h, Term a, Term b) {
  const Doubles d(a, b);
  return d.ok ? make_finite_float(h, d.a / d.b) : Term::none();
}

Term number_negate(Heap& h, Term a) {
  if (a.is_small()) return make_int(h, -a.small_value());
  if (const auto f = Float::from(a)) return make_float(h, -f->value());
  return a.is_big() ? add_integers(h, Term::small(0), a, true) : Term::none();
}

// OTP: abs(-0.0) is -0.0.
Term number_abs(Heap& h, Term a) {
  if (a.is_small()) return a.small_value() < 0 ? make_int(h, -a.small_value()) : a;
  if (const auto f = Float::from(a)) return f->value() < 0 ? make_float(h, -f->value()) : a;
  if (const auto b = Big::from(a)) return b->negative() ? number_negate(h, a) : a;
  return Term::none();
}

Term integer_div(Heap& h, Term a, Term b) {
  if (b == Term::small(0)) return Term::none();
  if (a.is_small() && b.is_small()) return make_int(h, a.small_value() / b.small_value());
  return both_integers(a, b) ? divide_integers(h, a, b, Part::quotient) : Term::none();
}

Term integer_rem(Heap& h, Term a, Term b) {
  if (b == Term::small(0)) return Term::none();
  if (a.is_small() && b.is_small()) return Term::small(a.small_value() % b.small_value());
  return both_integers(a, b) ? divide_integers(h, a, b, Part::remainder) : Term::none();
}

// ---- comparison ---------------------------------------------------------------------------------------

bool big_equal(Term a, Term b) {
  const std::size_t n = header_words(a.header());
  return a.header() == b.header() && std::memcmp(a.box_words() + 1, b.box_words() + 1, n * sizeof(Word)) == 0;
}

namespace {

int sign_of(double d) { return d > 0 ? 1 : d < 0 ? -1 : 0; }

int compare_int64_double(std::int64_t a, double b) {
  if (b >= 0x1p63) return -1;
  if (b < -0x1p63) return 1;
  const auto whole = static_cast<std::int64_t>(b);  // towards zero
  if (a != whole) return a < whole ? -1 : 1;
  return -sign_of(b - static_cast<double>(whole));
}

// |a| against |b|, both large: a big integer has at least 62 bits, so a float near it has no fraction.
int compare_big_magnitude(Big a, double b) {
  int exponent;
  const double fraction =
      std::frexp(std::fabs(b), &exponent);  // |b| = fraction * 2^exponent, 0.5 <= fraction < 1
  const std::size_t bits =
      a.limb_count() * 64 - static_cast<std::size_t>(std::countl_zero(a.limbs()[a.limb_count() - 1]));
  if (static_cast<std::ptrdiff_t>(bits) != exponent)
    return static_cast<std::ptrdiff_t>(bits) < exponent ? -1 : 1;
  // Same number of bits: compare the top 64 of them, then what lies below against zeros.
  const auto top_of_b = static_cast<Word>(std::ldexp(fraction, 64));
  const std::size_t top = a.limb_count() - 1;
  const unsigned shift = static_cast<unsigned>(std::countl_zero(a.limbs()[top]));
  Word top_of_a = a.limbs()[top] << shift;
  Word below = 0;
  if (top != 0) {
    if (shift != 0) {
      top_of_a |= a.limbs()[top - 1] >> (64 - shift);
      below = a.limbs()[top - 1] << shift;
    } else {
      below = a.limbs()[top - 1];
    }
    for (std::size_t i = 0; below == 0 && i + 1 < top; ++i) below |= a.limbs()[i];
  }
  if (top_of_a != top_of_b) return top_of_a < top_of_b ? -1 : 1;
  return below != 0;
}

int compare_integer_double(Term a, double b) {
  if (a.is_small()) return compare_int64_double(a.small_value(), b);
  const Big big = *Big::from(a);
  const int sign = big.negative() ? -1 : 1;
  if (sign_of(b) != sign) return sign;
  return sign * compare_big_magnitude(big, b);
}

}  // namespace

int compare_numbers(Term a, Term b) {
  const auto fa = Float::from(a), fb = Float::from(b);
  if (fa && fb) return fa->value() < fb->value() ? -1 : fa->value() > fb->value();
  if (fa) return -compare_integer_double(b, fa->value());
  if (fb) return compare_integer_double(a, fb->value());
  if (a.is_small() && b.is_small()) return a.small_value() < b.small_value() ? -1 : a != b;
  const IntegerView x(a), y(b);
  if (x.negative() != y.negative()) return x.negative() ? -1 : 1;
  const int order = compare_magnitudes(x.limbs(), x.n(), y.limbs(), y.n());
  return x.negative() ? -order : order;
}

}  // namespace joist
