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

// Bits and parts of an iolist; nullopt if it is none. `whole_bytes`: bitstrings that are not binaries are
// refused. too_long: there are more parts than `limit`, and it has not looked at the others.
struct IolistSize {
  std::size_t bits = 0;
  std::size_t parts = 0;
  bool too_long = false;
};
std::optional<IolistSize> measure_iolist(Term t, bool whole_bytes, std::size_t limit = SIZE_MAX);

// The bytes of an iolist or binary, copied only if need be; nullopt if it is none. `scratch` keeps the copy.
std::optional<std::string_view> iodata_bytes(Term t, std::string& scratch);

}  // namespace joist
