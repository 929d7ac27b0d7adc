// number.hpp -- integer and float arithmetic on terms; big integers are GMP mpn limbs in the heap.
// Arithmetic returns none() where Erlang raises badarith, and too_big() for system_limit.
// number.cpp: arithmetic and comparison; number_bits.cpp: band, bsl, ...; number_convert.cpp;
// number_text.cpp.
#pragma once
#include <cmath>
#include <string>
#include <string_view>

#include "vm/term/heap.hpp"

namespace joist {

// OTP: a result with more bits than this (4 MiB) raises system_limit.
constexpr std::size_t kMaxIntegerLimbs = (std::size_t{1} << 19) - 1;
constexpr std::size_t kMaxIntegerBits = kMaxIntegerLimbs * 64;
inline Term too_big() { return {Word{1} << 6 | Term::kNoneTag}; }  // result marker for system_limit
inline bool is_failure(Term t) { return (t.bits & Term::kImmediateMask) == Term::kNoneTag; }

// + - * /: integers and floats mixed as in Erlang. div rem band bor bxor bsl bsr: integers only.
Term number_add(Heap& h, Term a, Term b);
Term number_subtract(Heap& h, Term a, Term b);
Term number_multiply(Heap& h, Term a, Term b);
Term number_divide(Heap& h, Term a, Term b);
Term number_negate(Heap& h, Term a);
Term number_abs(Heap& h, Term a);
Term integer_div(Heap& h, Term a, Term b);
Term integer_rem(Heap& h, Term a, Term b);
Term integer_band(Heap& h, Term a, Term b);
Term integer_bor(Heap& h, Term a, Term b);
Term integer_bxor(Heap& h, Term a, Term b);
Term integer_bnot(Heap& h, Term a);
Term integer_bsl(Heap& h, Term a, Term b);
Term integer_bsr(Heap& h, Term a, Term b);

// Numbers compared by value, integers against floats exactly as OTP (no rounding for large ones).
int compare_numbers(Term a, Term b);
bool big_equal(Term a, Term b);

// Any integer term <-> C++.
std::optional<std::int64_t> to_int64(Term t);
std::optional<std::uint64_t> to_uint64(Term t);
// A number's value as double; nullopt if not a number or too large (badarith).
std::optional<double> to_double(Term t);
// A float term, or none() if `d` is not finite.
inline Term make_finite_float(Heap& h, double d) {
  return std::isfinite(d) ? make_float(h, d) : Term::none();
}
// From two's complement or unsigned bytes, as the bit syntax and external formats have them. Not limited
// to kMaxIntegerBits (OTP: binary:decode_unsigned/1 isn't either).
Term integer_from_bytes(Heap& h, const std::uint8_t* bytes, std::size_t n, bool little_endian,
                        bool is_signed);
// From a magnitude of limbs (leading zero limbs allowed): small if it fits.
Term integer_from_limbs(Heap& h, const Word* limbs, std::size_t n, bool negative);
// The low `n` bytes of an integer in two's complement, either byte order.
void integer_to_bytes(Term t, std::uint8_t* bytes, std::size_t n, bool little_endian);
// Truncates (`d` must be finite).
Term integer_from_double(Heap& h, double d);
// To an integer: towards zero, to the nearest (half away from zero), down, up. none() if not a number.
Term number_trunc(Heap& h, Term t);
Term number_round(Heap& h, Term t);
Term number_floor(Heap& h, Term t);
Term number_ceil(Heap& h, Term t);

// Text. Bases 2..36, upper-case digits. Parsing accepts what erlang:list_to_integer/2 does, else none().
std::string integer_to_string(Term t, int base = 10);
// OTP: too_big() for text of an integer beyond the limit.
Term integer_parse(Heap& h, std::string_view text, int base = 10);
// Shortest text that reads back as the same double, in the notation of float_to_list(F, [short]).
std::string float_to_short_string(double d);
// OTP: [{scientific, N}] and float_to_list/1 (N = 20), as "%.Ne".
std::string float_to_scientific(double d, int decimals);
// OTP: [{decimals, N}], with its way of rounding. (OTP fails with badarg where the text would have 256 bytes
// or more; here that is the caller's.)
std::string float_to_decimals(double d, int decimals);
// OTP: what `compact` makes of that text: one decimal stays.
void drop_last_zeros(std::string& text, double d, int decimals);
// erlang:list_to_float/1 syntax; nullopt also if it is too large for a double.
std::optional<double> float_parse(std::string_view text);

}  // namespace joist
