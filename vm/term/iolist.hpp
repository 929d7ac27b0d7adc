// iolist.hpp -- walking iolists without recursion.
// Owner: the caller. Threads: any. GC: builds nothing.
#pragma once
#include "vm/term/bits.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {

// Calls byte(std::uint8_t) and piece(const Bits&) for the parts of `t` from left to right; each returns
// whether the walk goes on. False if one of them does not want to, or if `t` is not a list of bytes,
// bitstrings and such lists, or a bitstring.
template <class Byte, class Piece>
bool walk_iolist(Term t, Byte byte, Piece piece) {
  WorkStack<Term, 32> tails;  // what follows the lists that the walk is inside of
  for (;;) {
    while (t.is_cons()) {
      const Term head = t.head();
      t = t.tail();
      if (head.is_small()) {
        if (static_cast<std::uint64_t>(head.small_value()) > 255) return false;
        if (!byte(static_cast<std::uint8_t>(head.small_value()))) return false;
      } else if (head.is_cons()) {
        if (!t.is_nil()) tails.push(t);
        t = head;
      } else if (!head.is_nil()) {
        if (!head.is_bitstring() || !piece(*Bits::from(head))) return false;
      }
    }
    if (!t.is_nil() && (!t.is_bitstring() || !piece(*Bits::from(t)))) return false;
    if (tails.empty()) return true;
    t = tails.pop();
  }
}

}  // namespace joist
