// erlang: numbers to text and back. string:list_to_integer/1 and list_to_float/1 too.
#include <cctype>
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

std::optional<int> base_from(Term t) {
  if (!t.is_small() || t.small_value() < 2 || t.small_value() > 36) return std::nullopt;
  return static_cast<int>(t.small_value());
}

// Text conversion of big integers is more than linear.
void spend_for_digits(Call& c, std::size_t digits) { spend_for(c, digits * (1 + digits / 1024), 64); }

Term parse_integer(Call& c, std::string_view text, int base) {
  const Term n = integer_parse(c.heap(), text, base);
  spend_for_digits(c, text.size());
  if (n == too_big()) return system_limit(c);
  return n.is_none() ? badarg(c) : n;
}
Term integer_from_list(Call& c, Term list, int base) {
  const auto text = list_to_bytes(list);
  return text ? parse_integer(c, *text, base) : badarg(c);
}
Term integer_from_binary(Call& c, const Binary& b, int base) {
  std::string scratch;
  return parse_integer(c, aligned_bytes(b, scratch), base);
}
std::string integer_text(Call& c, Term n, int base) {
  std::string text = integer_to_string(n, base);
  spend_for_digits(c, text.size());
  return text;
}

// float_to_list(F, Options): the last of the options that name a format decides.
struct FloatFormat {
  enum { scientific, decimals, shortest } form = scientific;
  int digits = 20;
  bool compact = false;
  // OTP: only how many digits the last format has matters; of %e, less than none is its default.
  bool possible() const {
    if (form == decimals) return digits >= 0 && digits <= 253;
    return form == shortest || digits <= 249;
  }
};
// OTP: the text is made in a buffer of this many bytes, before compact drops zeros; more is badarg.
constexpr std::size_t kMaxFloatText = 255;

std::optional<FloatFormat> float_format(Term options) {
  FloatFormat f;
  for (; options.is_cons(); options = options.tail()) {
    const Term option = options.head();
    if (option == am::compact) {
      f.compact = true;
    } else if (option == am::short_) {
      f.form = FloatFormat::shortest;
    } else {
      const auto t = Tuple::from(option);
      if (!t || t->arity() != 2 || !(*t)[1].is_small()) return std::nullopt;
      const std::int64_t digits = (*t)[1].small_value();
      if (!is_otp_small(digits)) return std::nullopt;
      if ((*t)[0] == am::decimals)
        f.form = FloatFormat::decimals;
      else if ((*t)[0] == am::scientific)
        f.form = FloatFormat::scientific;
      else
        return std::nullopt;
      f.digits = static_cast<int>(digits);  // OTP: of larger numbers, the low 32 bits
    }
  }
  if (!options.is_nil() || !f.possible()) return std::nullopt;
  if (f.digits < 0) f.digits = 6;
  return f;
}

// nullopt: the text is too long.
std::optional<std::string> float_text(double d, const FloatFormat& f) {
  if (f.form == FloatFormat::shortest) return float_to_short_string(d);
  std::string text =
      f.form == FloatFormat::scientific ? float_to_scientific(d, f.digits) : float_to_decimals(d, f.digits);
  if (text.size() > kMaxFloatText) return std::nullopt;
  if (f.form == FloatFormat::decimals && f.compact) drop_last_zeros(text, d, f.digits);
  return text;
}

Term parse_float(Call& c, std::string_view text) {
  const auto d = float_parse(text);
  return d ? make_float(c.heap(), *d) : badarg(c);
}

}  // namespace

// ---- integers ----
JOIST_DEFINE_BIF(erlang_integer_to_list_1, Integer n) {
  return make_byte_list(c.heap(), integer_text(c, n.t, 10));
}
JOIST_DEFINE_BIF(erlang_integer_to_list_2, Integer n, Term base_term) {
  const auto base = base_from(base_term);
  return base ? make_byte_list(c.heap(), integer_text(c, n.t, *base)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_integer_to_binary_1, Integer n) {
  return make_binary_copy(c.heap(), integer_text(c, n.t, 10));
}
JOIST_DEFINE_BIF(erlang_integer_to_binary_2, Integer n, Term base_term) {
  const auto base = base_from(base_term);
  return base ? make_binary_copy(c.heap(), integer_text(c, n.t, *base)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_list_to_integer_1, List list) { return integer_from_list(c, list.t, 10); }
JOIST_DEFINE_BIF(erlang_list_to_integer_2, List list, Term base_term) {
  const auto base = base_from(base_term);
  return base ? integer_from_list(c, list.t, *base) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_binary_to_integer_1, Binary b) { return integer_from_binary(c, b, 10); }
JOIST_DEFINE_BIF(erlang_binary_to_integer_2, Binary b, Term base_term) {
  const auto base = base_from(base_term);
  return base ? integer_from_binary(c, b, *base) : badarg(c);
}

// The value of a digit in any base, 99 if it is none.
static int digit_value(char ch) {
  if (ch >= '0' && ch <= '9') return ch - '0';
  if (ch >= 'a' && ch <= 'z') return ch - 'a' + 10;
  if (ch >= 'A' && ch <= 'Z') return ch - 'A' + 10;
  return 99;
}

// {Integer, Rest} for the integer that a list starts with, or the atom not_a_list, no_integer or big.
static Term leading_integer(Call& c, Term list, int base) {
  if (!list.is_list()) return am::not_a_list;
  std::string text;
  Term rest = list;
  const auto take_if = [&](auto accept) {
    if (!rest.is_cons() || !rest.head().is_small()) return false;
    const std::int64_t ch = rest.head().small_value();
    if (ch < 0 || ch > 127 || !accept(static_cast<char>(ch))) return false;
    text += static_cast<char>(ch);
    rest = rest.tail();
    return true;
  };
  const auto is_digit = [base](char ch) { return digit_value(ch) < base; };
  take_if([](char ch) { return ch == '+' || ch == '-'; });
  bool any = false;
  while (take_if(is_digit)) any = true;
  if (!any) return am::no_integer;
  spend_for_digits(c, text.size());
  const Term n = integer_parse(c.heap(), text, base);
  if (is_failure(n)) return n == too_big() ? am::big : am::no_integer;
  return make_tuple(c.heap(), n, rest);
}
// string:list_to_integer(String) -> {Integer, Rest} | {error, not_a_list | no_integer}
JOIST_DEFINE_BIF(string_list_to_integer_1, Term list) {
  const Term result = leading_integer(c, list, 10);
  if (result == am::big) return system_limit(c);
  return result.is_atom() ? make_tuple(c.heap(), am::error, result) : result;
}

// What OTP 26 and 27 build list_to_integer and binary_to_integer on: errors are atoms.
JOIST_DEFINE_BIF(erts_internal_list_to_integer_2, Term list, Term base_term) {
  const auto base = base_from(base_term);
  return base ? leading_integer(c, list, *base) : am::badarg;
}
JOIST_DEFINE_BIF(erts_internal_binary_to_integer_2, Term t, Term base_term) {
  const auto base = base_from(base_term);
  const auto b = Binary::from(t);
  if (!base || !b) return am::badarg;
  std::string scratch;
  const std::string_view text = aligned_bytes(*b, scratch);
  spend_for_digits(c, text.size());
  const Term n = integer_parse(c.heap(), text, *base);
  if (n == too_big()) return am::big;
  return n.is_none() ? am::badarg : n;
}

// ---- floats ----
JOIST_DEFINE_BIF(erlang_float_to_list_1, Float f) {
  return make_byte_list(c.heap(), float_to_scientific(f.value(), 20));
}
JOIST_DEFINE_BIF(erlang_float_to_binary_1, Float f) {
  return make_binary_copy(c.heap(), float_to_scientific(f.value(), 20));
}
JOIST_DEFINE_BIF(erlang_float_to_list_2, Float f, Term options) {
  const auto format = float_format(options);
  const auto text = format ? float_text(f.value(), *format) : std::nullopt;
  return text ? make_byte_list(c.heap(), *text) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_float_to_binary_2, Float f, Term options) {
  const auto format = float_format(options);
  const auto text = format ? float_text(f.value(), *format) : std::nullopt;
  return text ? make_binary_copy(c.heap(), *text) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_list_to_float_1, List list) {
  const auto text = list_to_bytes(list.t);
  return text ? parse_float(c, *text) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_binary_to_float_1, Binary b) {
  std::string scratch;
  return parse_float(c, aligned_bytes(b, scratch));
}

// string:list_to_float(String) -> {Float, Rest} | {error, not_a_list | no_float}. The longest prefix of the
// form
// [+-]digits.digits[e[+-]digits] is taken.
JOIST_DEFINE_BIF(string_list_to_float_1, Term list) {
  if (!list.is_list()) return make_tuple(c.heap(), am::error, am::not_a_list);
  const Term no_float = make_tuple(c.heap(), am::error, am::no_float);
  std::string text;
  Term rest = list;
  const auto peek = [](Term l) -> int {
    if (!l.is_cons() || !l.head().is_small()) return -1;
    const std::int64_t ch = l.head().small_value();
    return ch >= 0 && ch < 128 ? static_cast<int>(ch) : -1;
  };
  const auto take = [&] {
    text += static_cast<char>(peek(rest));
    rest = rest.tail();
  };
  const auto digits = [&] {
    bool any = false;
    for (; peek(rest) >= '0' && peek(rest) <= '9'; any = true) take();
    return any;
  };
  if (peek(rest) == '+' || peek(rest) == '-') take();
  if (!digits() || (peek(rest) != '.' && peek(rest) != ',')) return no_float;  // OTP: "1,5" is one too
  text += '.';
  rest = rest.tail();
  if (!digits()) return no_float;
  if (peek(rest) == 'e' || peek(rest) == 'E') {
    const std::string mantissa = text;
    const Term before_exponent = rest;
    take();
    if (peek(rest) == '+' || peek(rest) == '-') take();
    if (!digits()) {
      text = mantissa;
      rest = before_exponent;
    }
  }
  const auto d = float_parse(text);
  return d ? make_tuple(c.heap(), make_float(c.heap(), *d), rest) : no_float;
}

}  // namespace joist
