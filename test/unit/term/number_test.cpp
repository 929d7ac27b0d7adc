// number_test.cpp -- arithmetic, conversion and text of numbers against results of the real `erl`.
// number_cases.inc was written by number_cases.erl: lines of "operation operand operand result".
#include "vm/term/number.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <sstream>

using namespace joist;

namespace {

const char* const kCases =
#include "number_cases.inc"
    ;

Term parse_number(Heap& h, const std::string& s) {
  if (s.find('.') != std::string::npos) return make_float(h, *float_parse(s));
  return integer_parse(h, s);
}

std::string number_text(Term t) {
  if (t == too_big()) return "system_limit";
  if (t.is_none()) return "badarith";
  if (const auto f = Float::from(t)) return float_to_scientific(f->value(), 20);
  return integer_to_string(t);
}

bool is_normal(Term t) {  // a bignum without leading zeros that does not fit a small
  const auto big = Big::from(t);
  if (!big) return true;
  const Word top = big->limbs()[big->limb_count() - 1];
  return top != 0 && (big->limb_count() > 1 || top > static_cast<Word>(Term::kMaxSmall) + big->negative());
}

using Binary = Term (*)(Heap&, Term, Term);
using Unary = Term (*)(Heap&, Term);
const std::map<std::string, Binary> kBinary = {
    {"+", number_add},      {"-", number_subtract}, {"*", number_multiply}, {"/", number_divide},
    {"div", integer_div},   {"rem", integer_rem},   {"band", integer_band}, {"bor", integer_bor},
    {"bxor", integer_bxor}, {"bsl", integer_bsl},   {"bsr", integer_bsr}};
const std::map<std::string, Unary> kUnary = {{"neg", number_negate},
                                             {"abs", number_abs},
                                             {"bnot", integer_bnot},
                                             {"trunc", number_trunc},
                                             {"round", number_round},
                                             {"floor", number_floor},
                                             {"ceil", number_ceil},
                                             {"float", [](Heap& h, Term t) {
                                                const auto d = to_double(t);
                                                return d ? make_float(h, *d) : Term::none();
                                              }}};

std::string compact_decimals(double d, int decimals) {
  std::string text = float_to_decimals(d, decimals);
  drop_last_zeros(text, d, decimals);
  return text;
}

std::string evaluate(const std::string& op, const std::string& a, const std::string& b) {
  BlockHeap h;
  const Term x = parse_number(h, a), y = parse_number(h, b);
  if (const auto binary = kBinary.find(op); binary != kBinary.end()) {
    const Term r = binary->second(h, x, y);
    return is_failure(r) || is_normal(r) ? number_text(r) : "not normalised";
  }
  if (const auto unary = kUnary.find(op); unary != kUnary.end()) {
    const Term r = unary->second(h, x);
    return is_failure(r) || is_normal(r) ? number_text(r) : "not normalised";
  }
  if (op == "cmp") {
    const int order = compare_numbers(x, y), reverse = compare_numbers(y, x);
    if ((order < 0) != (reverse > 0) || (order == 0) != (reverse == 0)) return "not antisymmetric";
    return order < 0 ? "-1" : order > 0 ? "1" : "0";
  }
  if (op == "short") return float_to_short_string(Float::from(x)->value());
  const int n = static_cast<int>(y.small_value());
  if (op == "scientific") return float_to_scientific(Float::from(x)->value(), n);
  if (op == "decimals") return float_to_decimals(Float::from(x)->value(), n);
  if (op == "compact") return compact_decimals(Float::from(x)->value(), n);
  if (op == "text") {
    std::string text = integer_to_string(x, n);
    return compare_numbers(integer_parse(h, text, n), x) == 0 ? text : "does not read back";
  }
  return "unknown operation";
}

void check_cases(std::istream& cases) {
  std::string op, a, b, expected;
  std::size_t n = 0;
  while (cases >> op >> a >> b >> expected) {
    const std::string got = evaluate(op, a, b);
    if (got != expected) FAIL_CHECK(op << ' ' << a << ' ' << b << " -> " << got << ", not " << expected);
    ++n;
  }
  CHECK(n > 500);
}

}  // namespace

TEST_CASE("numbers: results as the real erl's") {
  std::istringstream cases(kCases);
  check_cases(cases);
}

TEST_CASE("numbers: zeros with a sign") {
  BlockHeap h;
  const Term zero = make_float(h, 0.0), minus = make_float(h, -0.0), one = Term::small(1);
  const auto negative = [](Term t) { return std::signbit(Float::from(t)->value()); };
  CHECK(negative(number_divide(h, minus, one)));
  CHECK(negative(number_multiply(h, minus, one)));
  CHECK_FALSE(negative(number_multiply(h, minus, Term::small(-1))));
  CHECK_FALSE(negative(number_subtract(h, Term::small(0), zero)));
  CHECK(negative(number_negate(h, zero)));
  CHECK_FALSE(negative(number_add(h, minus, zero)));
  CHECK(negative(number_abs(h, minus)));
  CHECK(compare_numbers(zero, minus) == 0);
  CHECK(float_to_short_string(-0.0) == "-0.0");
  CHECK(float_to_decimals(-0.0, 2) == "-0.00");
  CHECK(float_to_decimals(-0.0, 0) == "-0");
  CHECK(compact_decimals(-0.0, 30) == "-0.0");
  CHECK(compact_decimals(1e20, 0) == "1");
  CHECK(compact_decimals(100.0, 0) == "100");
}

TEST_CASE("numbers: what raises badarith or system_limit") {
  BlockHeap h;
  const Term one = Term::small(1), zero = Term::small(0), fzero = make_float(h, 0.0);
  CHECK(number_add(h, one, Term::nil()).is_none());
  CHECK(number_divide(h, one, zero).is_none());
  CHECK(number_divide(h, one, fzero).is_none());
  CHECK(number_divide(h, fzero, fzero).is_none());
  CHECK(integer_div(h, one, zero).is_none());
  CHECK(integer_rem(h, one, fzero).is_none());
  CHECK(integer_band(h, one, fzero).is_none());
  CHECK(integer_bsl(h, fzero, one).is_none());
  CHECK(integer_bnot(h, fzero).is_none());
  const Term huge = make_float(h, 1.7e308);
  CHECK(number_add(h, huge, huge).is_none());
  CHECK(number_multiply(h, huge, Term::small(-2)).is_none());
  const Term big = integer_bsl(h, one, Term::small(2000));
  CHECK(number_add(h, big, fzero).is_none());
  CHECK(number_divide(h, big, integer_bsl(h, one, Term::small(1999))).is_none());
  CHECK(compare_numbers(big, huge) > 0);
  CHECK(compare_numbers(huge, big) < 0);
  CHECK(compare_numbers(number_negate(h, big), huge) < 0);

  // The largest integer has kMaxIntegerBits bits.
  CHECK(integer_bsl(h, one, Term::small(kMaxIntegerBits)) == too_big());
  const Term half = integer_bsl(h, one, Term::small(kMaxIntegerBits - 1));
  REQUIRE(half.is_big());
  CHECK(number_add(h, half, half) == too_big());
  CHECK(number_multiply(h, half, Term::small(2)) == too_big());
  const Term largest = number_add(h, number_subtract(h, half, one), half);
  REQUIRE(largest.is_big());
  CHECK(Big::from(largest)->limb_count() == kMaxIntegerLimbs);
  CHECK(number_add(h, largest, one) == too_big());
  CHECK(integer_bnot(h, largest) == too_big());
  CHECK(number_multiply(h, largest, largest) == too_big());
  CHECK(compare_numbers(integer_rem(h, number_multiply(h, half, one), largest), half) == 0);
}

TEST_CASE("numbers: text that is and is not an integer") {
  BlockHeap h;
  for (const char* bad : {"", "+", "-", "--5", "1_000", "5 ", " 5", "a", "1.0"})
    CHECK(integer_parse(h, bad).is_none());
  CHECK(integer_parse(h, "2", 2).is_none());
  CHECK(integer_parse(h, "+5") == Term::small(5));
  CHECK(integer_parse(h, "-0") == Term::small(0));
  CHECK(integer_parse(h, "aF", 16) == Term::small(175));
  CHECK(integer_parse(h, "zZ", 36) == Term::small(1295));
  CHECK(integer_parse(h, std::string(60, '0') + "7") == Term::small(7));
  CHECK(integer_parse(h, std::string(11000000, '9')) == too_big());
  CHECK(integer_to_string(Term::small(-255), 16) == "-FF");
  // Larger than what is done digit by digit.
  const std::string long_text = "-1" + std::string(99999, '7');
  CHECK(integer_to_string(integer_parse(h, long_text)) == long_text);
}

TEST_CASE("numbers: text that is and is not a float") {
  for (const char* bad : {"",
                          "-",
                          ".1",
                          "1.",
                          "1.e1",
                          "1e5",
                          "1.0e",
                          "1.5e+",
                          "1.5e++1",
                          " 1.0",
                          "1.0 ",
                          "0x1.0",
                          "nan",
                          "1.0.",
                          "1.8e308",
                          "1.7976931348623159e308",
                          "1.0e5555555555555555555",
                          "1_0.0",
                          "-.5",
                          "1"})
    CHECK_FALSE(float_parse(bad));
  const auto text = [](const char* s) { return float_to_short_string(*float_parse(s)); };
  CHECK(text("+1.5") == "1.5");
  CHECK(text("1,5e3") == "1.5e3");
  CHECK(text("1.0E5") == "1.0e5");
  CHECK(text("1.0e-400") == "0.0");
  CHECK(text("-1.0e-400") == "-0.0");
  CHECK(text("4.9e-324") == "5.0e-324");
  CHECK(text("2.0e-324") == "0.0");
  CHECK(text("1.7976931348623157e308") == "1.7976931348623157e308");
  CHECK(text("1.0e0005") == "1.0e5");
  CHECK(float_to_scientific(1.0, -1) == "1.000000e+00");
}

TEST_CASE("numbers: bytes in both orders") {
  BlockHeap h;
  for (const char* s : {"0",
                        "1",
                        "-1",
                        "127",
                        "128",
                        "-128",
                        "-129",
                        "255",
                        "256",
                        "-32768",
                        "2305843009213693951",
                        "2305843009213693952",
                        "-2305843009213693952",
                        "-2305843009213693953",
                        "9223372036854775808",
                        "-9223372036854775808",
                        "18446744073709551615",
                        "18446744073709551616",
                        "-18446744073709551616",
                        "340282366920938463463374607431768211455",
                        "-340282366920938463463374607431768211456"}) {
    const Term t = integer_parse(h, s);
    for (const bool little : {false, true})
      for (std::size_t n : {17, 20, 24, 33}) {
        std::uint8_t bytes[40];
        integer_to_bytes(t, bytes, n, little);
        CHECK(integer_to_string(integer_from_bytes(h, bytes, n, little, true)) == s);
        if (s[0] != '-') CHECK(integer_to_string(integer_from_bytes(h, bytes, n, little, false)) == s);
      }
  }
  std::uint8_t bytes[3];
  integer_to_bytes(integer_parse(h, "18446744073709617408"), bytes, 3, false);  // 2^64 + 16#010100
  CHECK((bytes[0] == 1 && bytes[1] == 1 && bytes[2] == 0));
  CHECK(to_int64(integer_parse(h, "-9223372036854775808")) == INT64_MIN);
  CHECK_FALSE(to_int64(integer_parse(h, "9223372036854775808")));
  CHECK_FALSE(to_int64(integer_parse(h, "-9223372036854775809")));
  CHECK(to_uint64(integer_parse(h, "18446744073709551615")) == UINT64_MAX);
  CHECK_FALSE(to_uint64(Term::small(-1)));
}
