// hash.hpp -- the hash functions whose values programs can see, equal to OTP's bit for bit, and our own.
#pragma once
#include "vm/term/term.hpp"

namespace joist {

// The integers that are immediates in OTP's eyes.
constexpr std::int64_t kMaxOtpSmall = (std::int64_t{1} << 59) - 1, kMinOtpSmall = -(std::int64_t{1} << 59);

std::uint32_t phash(Term t);   // erlang:phash/2 before the range is applied
std::uint32_t phash2(Term t);  // erlang:phash2/1 before the range is applied (32 bits)
// Hash for HAMT maps and ETS: equal for terms that are =:=. OTP 25's internal hash is matched where its
// value does not depend on addresses or on the numbers of atoms that are not in otp_atoms.def, so that large
// maps list in the same order.
std::uint32_t internal_hash(Term t);
// In the dialect of OTP 27 it is the lower half of another hash, in which the order of atoms' numbers is OTP
// 27's. Another hash for each salt > 0: the levels of a HAMT below the eighth.
std::uint32_t internal_hash_salted(Term t, std::uint32_t salt);
// OTP 27's internal hash.
std::uint64_t internal_hash_wide(Term t, std::uint64_t salt = 0);

}  // namespace joist
