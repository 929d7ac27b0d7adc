// number.hpp -- integer and float arithmetic on terms; big integers are GMP mpn limbs in the heap.
// Arithmetic returns none() where Erlang raises badarith, and kTooBig (see below) for system_limit.
#pragma once
#include <string>
#include <string_view>

#include "vm/term/heap.hpp"

namespace joist {

// OTP: integers may have at most this many bits (64 MiB); a larger result raises system_limit.
constexpr std::size_t kMaxIntegerBits = std::size_t{1} << 29;
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
// From two's complement or unsigned bytes, as the bit syntax and external formats have them.
Term integer_from_bytes(Heap& h, const std::uint8_t* bytes, std::size_t n, bool little_endian, bool is_signed);
// From a magnitude of limbs (leading zero limbs allowed): small if it fits.
Term integer_from_limbs(Heap& h, const Word* limbs, std::size_t n, bool negative);
// The low `n` bytes of an integer in two's complement, either byte order.
void integer_to_bytes(Term t, std::uint8_t* bytes, std::size_t n, bool little_endian);
// The integer nearest to zero (trunc), or rounded (round, half away from zero), floor, ceil.
Term integer_from_double(Heap& h, double d);
Term number_trunc(Heap& h, Term t);
Term number_round(Heap& h, Term t);
Term number_floor(Heap& h, Term t);
Term number_ceil(Heap& h, Term t);

// Text. Bases 2..36, upper-case digits. Parsing accepts what erlang:list_to_integer/2 does, else none().
std::string integer_to_string(Term t, int base = 10);
Term integer_parse(Heap& h, std::string_view text, int base = 10);
// Shortest text that reads back as the same double, in the notation of float_to_list(F, [short]).
std::string float_to_short_string(double d);
// OTP: float_to_list/1 form, "%.20e".
std::string float_to_scientific(double d, int decimals);
std::string float_to_decimals(double d, int decimals, bool compact);
std::optional<double> float_parse(std::string_view text);  // erlang:list_to_float/1 syntax

}  // namespace joist
