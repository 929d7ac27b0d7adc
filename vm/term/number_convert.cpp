// number_convert.cpp -- numbers <-> C++ integers, doubles, bytes and limbs.
#include <algorithm>

#include "vm/term/integer_parts.hpp"

namespace joist {

std::optional<std::int64_t> to_int64(Term t) {
  if (t.is_small()) return t.small_value();
  const auto big = Big::from(t);
  if (!big || big->limb_count() != 1) return std::nullopt;
  constexpr Word kSignBit = Word{1} << 63;
  const Word magnitude = big->limbs()[0];
  if (magnitude >= kSignBit + big->negative()) return std::nullopt;
  return static_cast<std::int64_t>(big->negative() ? 0 - magnitude : magnitude);
}

std::optional<std::uint64_t> to_uint64(Term t) {
  if (t.is_small())
    return t.small_value() < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(t.small_value()));
  const auto big = Big::from(t);
  if (!big || big->limb_count() != 1 || big->negative()) return std::nullopt;
  return big->limbs()[0];
}

// OTP: limb by limb from the top, rounding at each step; so not always the double that is nearest.
std::optional<double> to_double(Term t) {
  if (t.is_small()) return static_cast<double>(t.small_value());
  if (const auto f = Float::from(t)) return f->value();
  const auto big = Big::from(t);
  if (!big) return std::nullopt;
  double d = 0;
  for (std::size_t i = big->limb_count(); i-- > 0;) {
    d = d * 0x1p64 + static_cast<double>(big->limbs()[i]);
    if (!std::isfinite(d)) return std::nullopt;
  }
  return big->negative() ? -d : d;
}

Term integer_from_limbs(Heap& h, const Word* limbs, std::size_t n, bool negative) {
  n = significant_limbs(limbs, n);
  IntegerBuilder r(h, n);
  std::copy_n(limbs, n, r.limbs());
  return r.finish(n, negative, SIZE_MAX);
}

Term integer_from_bytes(Heap& h, const std::uint8_t* bytes, std::size_t n, bool little_endian,
                        bool is_signed) {
  if (n == 0) return Term::small(0);
  const bool negative = is_signed && bytes[little_endian ? n - 1 : 0] >= 0x80;
  const std::size_t limbs = words_for_bytes(n);
  IntegerBuilder r(h, limbs);
  // Whole limbs first, then the most significant bytes that are left, extended with the sign.
  const std::size_t whole = n / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    Word limb;
    std::memcpy(&limb, little_endian ? bytes + 8 * i : bytes + n - 8 * (i + 1), 8);
    r.limbs()[i] = little_endian ? limb : __builtin_bswap64(limb);
  }
  if (const std::size_t rest = n % 8; rest != 0) {
    Word limb = negative ? ~Word{0} : 0;
    for (std::size_t i = 0; i < rest; ++i) limb = limb << 8 | bytes[little_endian ? n - 1 - i : i];
    r.limbs()[whole] = limb;
  }
  if (negative) mpn_neg(gmp(r.limbs()), gmp(r.limbs()), static_cast<mp_size_t>(limbs));
  return r.finish(limbs, negative, SIZE_MAX);
}

void integer_to_bytes(Term t, std::uint8_t* bytes, std::size_t n, bool little_endian) {
  const IntegerView v(t);
  Word carry = v.negative();
  for (std::size_t i = 0; 8 * i < n; ++i) {
    Word limb = i < v.n() ? v.limbs()[i] : 0;
    if (v.negative()) {
      limb = ~limb + carry;
      carry = carry && limb == 0;
    }
    const std::size_t at = 8 * i, size = std::min<std::size_t>(8, n - at);
    if (!little_endian) {
      limb = __builtin_bswap64(limb);
      std::memcpy(bytes + n - at - size, reinterpret_cast<const std::uint8_t*>(&limb) + 8 - size, size);
    } else {
      std::memcpy(bytes + at, &limb, size);
    }
  }
}

Term integer_from_double(Heap& h, double d) {
  check(std::isfinite(d), "a float that is not finite");
  d = std::trunc(d);
  if (std::fabs(d) < 0x1p61) return Term::small(static_cast<std::int64_t>(d));
  int exponent;
  const auto mantissa = static_cast<Word>(std::ldexp(std::frexp(std::fabs(d), &exponent), 53));
  const auto shift = static_cast<std::size_t>(exponent - 53);  // d = mantissa * 2^shift
  Word limbs[17] = {};
  limbs[shift / 64] = mantissa << shift % 64;
  if (shift % 64 != 0) limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
  return integer_from_limbs(h, limbs, 17, d < 0);
}

namespace {
template <class Rounding>
Term to_integer(Heap& h, Term t, Rounding rounding) {
  if (t.is_integer()) return t;
  const auto f = Float::from(t);
  return f ? integer_from_double(h, rounding(f->value())) : Term::none();
}
}  // namespace

Term number_trunc(Heap& h, Term t) {
  return to_integer(h, t, [](double d) { return std::trunc(d); });
}
Term number_round(Heap& h, Term t) {
  return to_integer(h, t, [](double d) { return std::round(d); });
}
Term number_floor(Heap& h, Term t) {
  return to_integer(h, t, [](double d) { return std::floor(d); });
}
Term number_ceil(Heap& h, Term t) {
  return to_integer(h, t, [](double d) { return std::ceil(d); });
}

}  // namespace joist
