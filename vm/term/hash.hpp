// hash.hpp -- the hash functions whose values programs can see, equal to OTP's bit for bit, and our own.
#pragma once
#include "vm/term/term.hpp"

namespace joist {

std::uint32_t phash(Term t);   // erlang:phash/2 before the range is applied
std::uint32_t phash2(Term t);  // erlang:phash2/1 before the range is applied (32 bits)
// Hash for HAMT maps and ETS: equal for terms that are =:=. OTP 25's internal hash is matched where its
// value does not depend on addresses or on the numbers of atoms that are not in otp_atoms.def, so that large
// maps list in the same order.
std::uint32_t internal_hash(Term t);
// Another hash for each salt > 0: the levels of a HAMT below the eighth.
std::uint32_t internal_hash_salted(Term t, std::uint32_t salt);

}  // namespace joist
