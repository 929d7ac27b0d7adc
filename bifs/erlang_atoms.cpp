// erlang: atoms to text and back.
#include "bifs/bifs.hpp"
#include "bifs/text_encoding.hpp"
#include "vm/term/unicode.hpp"

namespace joist {

namespace {

enum class Want { any, existing };

// OTP: a text of more than 255 characters is system_limit, or badarg when the atom has to exist.
Term atom_from_utf8(Call& c, std::string_view text, std::size_t characters, Want want) {
  if (characters > kMaxAtomCharacters) return want == Want::existing ? badarg(c) : system_limit(c);
  if (want == Want::any) return intern(text);
  const Term atom = find_atom(text);
  return atom.is_none() ? badarg(c) : atom;
}

Term atom_from_binary(Call& c, const Binary& b, Term encoding_term, Want want) {
  const auto encoding = encoding_from(encoding_term);
  if (!encoding) return badarg(c);
  std::string scratch;
  const std::string_view bytes = aligned_bytes(b, scratch);
  if (*encoding == Encoding::utf8) {
    const Utf8Scan scan = utf8_scan(bytes);
    // OTP: what comes after the 255th character is not looked at.
    if (scan.code_points > kMaxAtomCharacters) return atom_from_utf8(c, {}, scan.code_points, want);
    return scan.bytes == bytes.size() ? atom_from_utf8(c, bytes, scan.code_points, want) : badarg(c);
  }
  return atom_from_utf8(c, latin1_to_utf8(bytes), bytes.size(), want);
}

// OTP: characters beyond the 255th are not looked at.
Term atom_from_list(Call& c, Term list, Want want) {
  std::string utf8;
  std::size_t n = 0;
  for (; list.is_cons(); list = list.tail(), ++n) {
    if (!list.head().is_small() || !is_code_point(static_cast<std::uint64_t>(list.head().small_value())))
      return badarg(c);
    if (n == kMaxAtomCharacters) return want == Want::existing ? badarg(c) : system_limit(c);
    utf8_append(utf8, static_cast<std::uint32_t>(list.head().small_value()));
  }
  return list.is_nil() ? atom_from_utf8(c, utf8, n, want) : badarg(c);
}

}  // namespace

JOIST_DEFINE_BIF(erlang_atom_to_list_1, Atom a) { return make_string_list(c.heap(), atom_text(a.term())); }

// atom_to_binary(Atom, Encoding) -- badarg if a character does not fit Latin-1.
JOIST_DEFINE_BIF(erlang_atom_to_binary_2, Atom a, Term encoding_term) {
  const auto encoding = encoding_from(encoding_term);
  if (!encoding) return badarg(c);
  const std::string_view text = atom_text(a.term());
  if (*encoding == Encoding::utf8) return make_binary_copy(c.heap(), text);
  std::string latin1;
  return utf8_to_latin1(text, &latin1) ? make_binary_copy(c.heap(), latin1) : badarg(c);
}

JOIST_DEFINE_BIF(erlang_binary_to_atom_2, Binary b, Term encoding) {
  return atom_from_binary(c, b, encoding, Want::any);
}
JOIST_DEFINE_BIF(erlang_binary_to_existing_atom_2, Binary b, Term encoding) {
  return atom_from_binary(c, b, encoding, Want::existing);
}
JOIST_DEFINE_BIF(erlang_list_to_atom_1, List list) { return atom_from_list(c, list.t, Want::any); }
JOIST_DEFINE_BIF(erlang_list_to_existing_atom_1, List list) {
  return atom_from_list(c, list.t, Want::existing);
}

}  // namespace joist
