// list.hpp -- walking and building lists from C++.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "vm/term/heap.hpp"

namespace joist {

// Length of a proper list, else nullopt.
inline std::optional<std::size_t> list_length(Term t) {
  std::size_t n = 0;
  for (; t.is_cons(); t = t.tail()) ++n;
  return t.is_nil() ? std::optional(n) : std::nullopt;
}
// A proper list's elements, else nullopt.
inline std::optional<std::vector<Term>> list_elements(Term t) {
  std::vector<Term> v;
  for (; t.is_cons(); t = t.tail()) v.push_back(t.head());
  return t.is_nil() ? std::optional(std::move(v)) : std::nullopt;
}
// Appends elements front to back; the list so far is always proper.
class ListBuilder {
 public:
  explicit ListBuilder(Heap& h) : heap_(h) {}
  void add(Term t) {
    Term cell = make_cons(heap_, t, Term::nil());
    if (last_)
      last_[1] = cell.bits;
    else
      first_ = cell;
    last_ = cell.cons_words();
  }
  Term list(Term tail = Term::nil()) {
    if (!last_) return tail;
    last_[1] = tail.bits;
    return first_;
  }

 private:
  Heap& heap_;
  Term first_ = Term::nil();
  Word* last_ = nullptr;
};
// UTF-8 text as a list of code points, bytes as a list of small integers.
Term make_string_list(Heap& h, std::string_view utf8, Term tail = Term::nil());
Term make_byte_list(Heap& h, std::string_view bytes, Term tail = Term::nil());
// A list of code points as UTF-8; nullopt if not a flat list of valid characters.
std::optional<std::string> list_to_utf8(Term list);
// A list of bytes (0..255).
std::optional<std::string> list_to_bytes(Term list);
// Appends the bytes of an iolist or binary; false if it is not one (badarg). No deep C++ recursion.
bool append_iolist(std::string& out, Term iolist);

}  // namespace joist
