// text_encoding.hpp -- the argument that names how bytes stand for characters, of atoms and of unicode:*.
#pragma once
#include <optional>

#include "vm/term/atom.hpp"

namespace joist {

enum class Encoding { latin1, utf8 };

// nullopt: another one, or none at all.
inline std::optional<Encoding> encoding_from(Term t) {
  if (t == am::latin1) return Encoding::latin1;
  if (t == am::utf8 || t == am::unicode) return Encoding::utf8;
  return std::nullopt;
}

}  // namespace joist
