// compare.hpp -- equality and the order of all terms.
// No recursion on the C++ stack deeper than a fixed bound: lists and nested terms of any depth are fine.
#pragma once
#include "vm/term/term.hpp"

namespace joist {

// OTP: =:=  (1 =:= 1.0 is false; 0.0 =:= -0.0 is true up to OTP 26)
bool equal_exact_slow(Term a, Term b);
inline bool equal_exact(Term a, Term b) {
  if (a == b) return true;
  if (a.is_immediate() || b.is_immediate()) return false;
  return equal_exact_slow(a, b);
}
// OTP: number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring.
// Negative, zero, positive. compare(): integers and floats by value (==, <). compare_exact(): as ordering of
// map keys: all integers sort before all floats.
int compare_slow(Term a, Term b);
int compare_exact(Term a, Term b);
inline int compare(Term a, Term b) {
  if (a == b) return 0;
  if (a.is_small() && b.is_small()) return a.small_value() < b.small_value() ? -1 : 1;
  return compare_slow(a, b);
}
// The order of keys in flat maps: as compare_exact(), but that atoms may go by their numbers (dialect.hpp).
int compare_atom_keys(Term a, Term b);
inline int compare_keys(Term a, Term b) {
  return a.is_atom() && b.is_atom() ? compare_atom_keys(a, b) : compare_exact(a, b);
}
// OTP: ==
bool equal_slow(Term a, Term b);
inline bool equal(Term a, Term b) {
  if (a == b) return true;
  if (a.is_immediate() && b.is_immediate()) return false;
  return equal_slow(a, b);
}

}  // namespace joist
