// dialect.hpp -- in what the terms of OTP 26 and 27 differ from those of OTP 25.
// Owner: the VM. Threads: written once, before any program's term is made; only read afterwards, since maps
// that were built by another order of keys would not be equal to those that are built later.
#pragma once
#include <cstdint>

namespace joist {

struct Dialect {
  // Since OTP 26: the atoms among a flat map's keys lie in the order of their numbers, not of their texts.
  bool keys_by_number = false;
  // Since OTP 27: 0.0 =:= -0.0 is false, and -0.0 is the smaller one where keys are compared.
  bool signed_zeros = false;
  // Since OTP 27: the internal hash, by which large maps and tables are ordered, is another one
  // (hash_wide.cpp).
  bool wide_hash = false;
};

extern Dialect dialect;

// Takes on the terms of that OTP. Beforehand only those atoms exist that the VM made for itself.
void choose_dialect(int otp_release);

}  // namespace joist
