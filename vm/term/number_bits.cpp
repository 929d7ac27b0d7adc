// number_bits.cpp -- band bor bxor bnot bsl bsr on integers of any size, as if in infinite two's complement.
#include "vm/term/integer_parts.hpp"

namespace joist {

namespace {

// The limbs of an integer in two's complement, lowest first and without end (the sign goes on for ever).
class TwosComplement {
 public:
  explicit TwosComplement(const IntegerView& v) : v_(v), carry_(v.negative()) {}
  Word next() {
    const Word limb = i_ < v_.n() ? v_.limbs()[i_] : 0;
    ++i_;
    if (!v_.negative()) return limb;
    const Word negated = ~limb + carry_;
    carry_ = carry_ && negated == 0;
    return negated;
  }

 private:
  const IntegerView& v_;
  std::size_t i_ = 0;
  Word carry_;
};

// `op` also tells the sign of the result, since it works the same on the endless sign bits.
template <class Op>
Term combine_bits(Heap& h, Term a, Term b, Op op) {
  const IntegerView x(a), y(b);
  const bool negative = op(x.negative() ? ~Word{0} : 0, y.negative() ? ~Word{0} : 0) != 0;
  const std::size_t n = std::max(x.n(), y.n()) + 1;  // one limb more for -2^(64 k)
  IntegerBuilder r(h, n);
  TwosComplement from_x(x), from_y(y);
  for (std::size_t i = 0; i < n; ++i) r.limbs()[i] = op(from_x.next(), from_y.next());
  if (negative) mpn_neg(gmp(r.limbs()), gmp(r.limbs()), static_cast<mp_size_t>(n));
  return r.finish(n, negative);
}

Term shift_left(Heap& h, const IntegerView& v, std::size_t bits) {
  if (v.is_zero()) return Term::small(0);
  if (bits >= kMaxIntegerBits || v.bit_length() + bits > kMaxIntegerBits) return too_big();
  const std::size_t whole = bits / 64;
  const auto part = static_cast<unsigned>(bits % 64);
  IntegerBuilder r(h, v.n() + whole + 1);
  std::fill_n(r.limbs(), whole, 0);
  Word* to = r.limbs() + whole;
  if (part != 0) {
    to[v.n()] = mpn_lshift(gmp(to), gmp(v.limbs()), static_cast<mp_size_t>(v.n()), part);
  } else {
    std::copy_n(v.limbs(), v.n(), to);
    to[v.n()] = 0;
  }
  return r.finish(v.n() + whole + 1, v.negative());
}

// Rounds down: what is shifted out of a negative number makes it one less.
Term shift_right(Heap& h, const IntegerView& v, std::size_t bits) {
  const std::size_t whole = bits / 64;
  const auto part = static_cast<unsigned>(bits % 64);
  if (whole >= v.n()) return Term::small(v.negative() ? -1 : 0);
  const std::size_t n = v.n() - whole;
  IntegerBuilder r(h, n + 1);
  bool lost = false;
  if (v.negative())
    for (std::size_t i = 0; i < whole && !lost; ++i) lost = v.limbs()[i] != 0;
  if (part != 0) {
    const Word out = mpn_rshift(gmp(r.limbs()), gmp(v.limbs() + whole), static_cast<mp_size_t>(n), part);
    lost |= out != 0;
  } else {
    std::copy_n(v.limbs() + whole, n, r.limbs());
  }
  r.limbs()[n] = 0;
  if (v.negative() && lost) mpn_add_1(gmp(r.limbs()), gmp(r.limbs()), static_cast<mp_size_t>(n + 1), 1);
  return r.finish(n + 1, v.negative());
}

Term shift(Heap& h, Term a, Term b, bool left) {
  if (!a.is_integer() || !b.is_integer()) return Term::none();
  const IntegerView v(a);
  const IntegerView by(b);
  const bool really_left = left != by.negative();
  if (by.n() > 1) {
    if (really_left) return v.is_zero() ? Term::small(0) : too_big();
    return Term::small(v.negative() ? -1 : 0);
  }
  const std::size_t bits = by.is_zero() ? 0 : by.limbs()[0];
  if (a.is_small() && bits < 64) {
    const std::int64_t n = a.small_value();
    if (!really_left) return Term::small(n >> bits);
    const auto shifted = static_cast<std::int64_t>(static_cast<Word>(n) << bits);
    if (shifted >> bits == n) return make_int(h, shifted);
  }
  return really_left ? shift_left(h, v, bits) : shift_right(h, v, bits);
}

}  // namespace

Term integer_band(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) return {a.bits & b.bits};
  if (!a.is_integer() || !b.is_integer()) return Term::none();
  return combine_bits(h, a, b, [](Word x, Word y) { return x & y; });
}

Term integer_bor(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) return {a.bits | b.bits};
  if (!a.is_integer() || !b.is_integer()) return Term::none();
  return combine_bits(h, a, b, [](Word x, Word y) { return x | y; });
}

Term integer_bxor(Heap& h, Term a, Term b) {
  if (a.is_small() && b.is_small()) return {a.bits ^ b.bits};
  if (!a.is_integer() || !b.is_integer()) return Term::none();
  return combine_bits(h, a, b, [](Word x, Word y) { return x ^ y; });
}

Term integer_bnot(Heap& h, Term a) {
  if (a.is_small()) return Term::small(~a.small_value());
  return a.is_big() ? number_subtract(h, Term::small(-1), a) : Term::none();
}

Term integer_bsl(Heap& h, Term a, Term b) { return shift(h, a, b, true); }
Term integer_bsr(Heap& h, Term a, Term b) { return shift(h, a, b, false); }

}  // namespace joist
