// atom.hpp -- the atom table and the atoms that C++ code knows by name (am::ok, ...).
// Owner: the VM, forever. Threads: reading is lock free, adding takes the table's lock. GC: atoms are never
// collected.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/term/term.hpp"

namespace joist {

namespace detail {
enum KnownAtom : std::uint32_t {
#define JOIST_ATOM(name, text) k_##name,
#include "vm/term/atoms.def"
#undef JOIST_ATOM
  k_known_atom_count
};
}  // namespace detail

// Atoms known at compile time: atoms.def is the list.
namespace am {
#define JOIST_ATOM(name, text) inline constexpr Term name = Term::atom(detail::k_##name);
#include "vm/term/atoms.def"
#undef JOIST_ATOM
}  // namespace am

constexpr std::size_t kMaxAtomCharacters = 255;

// The atom with UTF-8 text `utf8` (valid, at most 255 characters), made if new. The VM ends with a crash
// message when +t atoms are exceeded, as `erl` does.
Term intern(std::string_view utf8);
// The atom if it exists already, else none().
Term find_atom(std::string_view utf8);
// UTF-8 text; valid forever.
std::string_view atom_text(Term atom);
// Number of code points in the text.
std::size_t atom_length(Term atom);
// First bytes of the text as a big-endian number, so that most comparisons need no memory access; and the
// hash that erlang:phash2/1 and phash/2 are built on (OTP: hashpjw over the Latin-1 or UTF-8 bytes).
std::uint32_t atom_order_key(Term atom);
std::uint32_t atom_hash(Term atom);
std::size_t atom_count();
// The number that the atom has, or would have, in OTP's table: they are given in the order in which atoms are
// made. An atom that only joist knows beforehand gets its number when somebody first asks for it, here or by
// intern().
std::uint32_t atom_number(Term atom);
// How many atoms have a number.
std::size_t atoms_numbered();
// While one lives, what this thread interns gets no numbers; `atoms` lists, in the order of their being
// interned, those that have none. For modules that are read before they are asked for.
class UnnumberedAtoms {
 public:
  explicit UnnumberedAtoms(std::vector<Term>& atoms);
  ~UnnumberedAtoms();
  UnnumberedAtoms(const UnnumberedAtoms&) = delete;
  UnnumberedAtoms& operator=(const UnnumberedAtoms&) = delete;

 private:
  std::vector<Term>* outer_;
};
// Gives `first` the numbers from 0 on, and takes them from all others. Before any program's atom is made.
void number_atoms_anew(std::span<const std::string_view> first);
inline Term make_bool(bool b) { return b ? am::true_ : am::false_; }

}  // namespace joist
