// number_text.cpp -- numbers as text and back. Integers of any size in less than quadratic time.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "vm/term/integer_parts.hpp"

namespace joist {

namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// The value of each character as a digit; 255 if it is none.
constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> v{};
  v.fill(255);
  for (unsigned i = 0; i < 36; ++i) {
    v[static_cast<std::uint8_t>(kDigits[i])] = static_cast<std::uint8_t>(i);
    if (i >= 10) v[static_cast<std::uint8_t>(kDigits[i]) + 32u] = static_cast<std::uint8_t>(i);
  }
  return v;
}();

// Upper bound of the digits of a number of `bits` bits.
std::size_t digits_for_bits(std::size_t bits, int base) {
  return static_cast<std::size_t>(static_cast<double>(bits) / std::log2(base) * (1 + 1e-12)) + 3;
}

}  // namespace

// ---- integers -----------------------------------------------------------------------------------------

std::string integer_to_string(Term t, int base) {
  if (t.is_small()) {
    char text[72];
    char* end = std::to_chars(text, text + sizeof text, t.small_value(), base).ptr;
    if (base > 10)
      for (char* p = text; p != end; ++p)
        if (*p >= 'a') *p = static_cast<char>(*p - 32);
    return std::string(text, end);
  }
  const IntegerView v(t);
  ScratchLimbs limbs(v.n() + 1);  // mpn_get_str destroys its input
  std::copy_n(v.limbs(), v.n(), limbs.get());
  std::string text(digits_for_bits(v.bit_length(), base) + 1, '\0');
  const std::size_t sign = v.negative();
  if (sign != 0) text[0] = '-';
  auto* digits = reinterpret_cast<unsigned char*>(text.data()) + sign;
  std::size_t n = mpn_get_str(digits, base, gmp(limbs.get()), static_cast<mp_size_t>(v.n()));
  std::size_t zeros = 0;
  while (zeros + 1 < n && digits[zeros] == 0) ++zeros;
  n -= zeros;
  for (std::size_t i = 0; i < n; ++i) digits[i] = static_cast<unsigned char>(kDigits[digits[i + zeros]]);
  text.resize(sign + n);
  return text;
}

Term integer_parse(Heap& h, std::string_view text, int base) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return Term::none();
  for (const char c : text)
    if (kDigitValues[static_cast<std::uint8_t>(c)] >= base) return Term::none();
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  if (text.size() <= 11) {  // 36^11 < 2^61
    std::int64_t n = 0;
    for (const char c : text) n = n * base + kDigitValues[static_cast<std::uint8_t>(c)];
    return Term::small(negative ? -n : n);
  }
  const double bits = static_cast<double>(text.size()) * std::log2(base);
  if (bits > static_cast<double>(kMaxIntegerBits) + 64) return too_big();
  std::string digits(text);
  for (char& c : digits) c = static_cast<char>(kDigitValues[static_cast<std::uint8_t>(c)]);
  IntegerBuilder r(h, static_cast<std::size_t>(bits / 64) + 3);
  const mp_size_t n =
      mpn_set_str(gmp(r.limbs()), reinterpret_cast<const unsigned char*>(digits.data()), digits.size(), base);
  return r.finish(static_cast<std::size_t>(n), negative);
}

// ---- floats -------------------------------------------------------------------------------------------

// OTP: the shortest digits; decimal notation where it is not longer than scientific and |d| < 2^53.
std::string float_to_short_string(double d) {
  char raw[40];
  const char* end = std::to_chars(raw, raw + sizeof raw, std::fabs(d), std::chars_format::scientific).ptr;
  const char* e = std::find(static_cast<const char*>(raw), end, 'e');
  std::string digits(1, raw[0]);
  if (e - raw > 2) digits.append(raw + 2, static_cast<std::size_t>(e - raw - 2));
  int exponent = 0;
  for (const char* p = e + 2; p != end; ++p) exponent = exponent * 10 + (*p - '0');
  if (e[1] == '-') exponent = -exponent;

  std::string scientific = digits.substr(0, 1) + '.' + (digits.size() > 1 ? digits.substr(1) : "0") + 'e' +
                           std::to_string(exponent);
  const std::string sign(std::signbit(d) ? 1 : 0, '-');
  if (std::fabs(d) >= 0x1p53 || exponent < -8) return sign + scientific;
  std::string decimal;
  const auto point = static_cast<std::size_t>(exponent + 1);  // digits before the point, if exponent >= 0
  if (exponent < 0) {
    decimal = "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  } else if (digits.size() <= point) {
    decimal = digits + std::string(point - digits.size(), '0') + ".0";
  } else {
    decimal = digits.substr(0, point) + '.' + digits.substr(point);
  }
  return sign + (scientific.size() < decimal.size() ? scientific : decimal);
}

std::string float_to_scientific(double d, int decimals) {
  if (decimals < 0) decimals = 6;  // as printf does
  std::string text(static_cast<std::size_t>(decimals) + 16, '\0');
  const auto r =
      std::to_chars(text.data(), text.data() + text.size(), d, std::chars_format::scientific, decimals);
  text.resize(static_cast<std::size_t>(r.ptr - text.data()));
  return text;
}

// OTP: numbers up to here are computed in double arithmetic, with its rounding errors.
constexpr double kMaxFastFloat = 0x1p53;

std::string float_to_decimals(double d, int decimals) {
  constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  constexpr int kMaxFastDecimals = 18;
  const double magnitude = std::fabs(d);
  std::string text(std::signbit(d) ? 1 : 0, '-');
  if (magnitude > kMaxFastFloat || decimals > kMaxFastDecimals) {
    text.resize(static_cast<std::size_t>(decimals) + 320);
    const auto r =
        std::to_chars(text.data(), text.data() + text.size(), d, std::chars_format::fixed, decimals);
    text.resize(static_cast<std::size_t>(r.ptr - text.data()));
  } else if (decimals == 0) {
    text += std::to_string(std::llround(magnitude));
  } else {
    const double whole = std::floor(magnitude);
    const double fraction = std::round((magnitude - whole) * kPowers[decimals]);
    const bool carry = fraction >= kPowers[decimals];
    const std::string digits = std::to_string(carry ? 0 : static_cast<std::uint64_t>(fraction));
    text += std::to_string(static_cast<std::uint64_t>(whole) + carry) + '.' +
            std::string(static_cast<std::size_t>(decimals) - digits.size(), '0') + digits;
  }
  return text;
}

// OTP: removes zeros even where there is no point ("1" for 1.0e20 without decimals), but not from the numbers
// computed in double arithmetic.
void drop_last_zeros(std::string& text, double d, int decimals) {
  if (decimals == 0 && std::fabs(d) <= kMaxFastFloat) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text += '0';
}

// OTP: sign? digits [.,] digits ([eE] sign? digits)?
std::optional<double> float_parse(std::string_view text) {
  std::string copy(text);
  std::size_t at = 0;
  const auto skip_digits = [&] {
    const std::size_t from = at;
    while (at < copy.size() && copy[at] >= '0' && copy[at] <= '9') ++at;
    return at != from;
  };
  const auto skip_sign = [&] { at += at < copy.size() && (copy[at] == '-' || copy[at] == '+'); };
  skip_sign();
  if (!skip_digits()) return std::nullopt;
  if (at == copy.size() || (copy[at] != '.' && copy[at] != ',')) return std::nullopt;
  copy[at++] = '.';
  if (!skip_digits()) return std::nullopt;
  if (at < copy.size()) {
    if (copy[at] != 'e' && copy[at] != 'E') return std::nullopt;
    ++at;
    skip_sign();
    if (!skip_digits()) return std::nullopt;
  }
  if (at != copy.size()) return std::nullopt;
  const char* begin = copy.data() + (copy[0] == '+');
  double d;
  const auto r = std::from_chars(begin, copy.data() + copy.size(), d);
  if (r.ec == std::errc::result_out_of_range) d = std::strtod(begin, nullptr);  // tells tiny from huge
  if (!std::isfinite(d)) return std::nullopt;
  return d;
}

}  // namespace joist
