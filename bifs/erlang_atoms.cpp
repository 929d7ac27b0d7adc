// erlang: atoms to text and back.
#include "bifs/bifs.hpp"

namespace joist {

namespace {

enum class Encoding { latin1, utf8 };
std::optional<Encoding> encoding_from(Term t) {
  if (t == am::latin1) return Encoding::latin1;
  if (t == am::utf8 || t == am::unicode) return Encoding::utf8;
  return std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

bool is_character(std::int64_t c) { return c >= 0 && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff); }

// Number of code points, or nullopt if `s` is not valid UTF-8.
std::optional<std::size_t> utf8_length(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < s.size(); ++n) {
    const auto b = static_cast<std::uint8_t>(s[i]);
    if (b < 0x80) {
      ++i;
      continue;
    }
    const std::size_t extra = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
    if (b < 0xc2 || b > 0xf4 || s.size() - i <= extra) return std::nullopt;
    std::uint32_t c = b & (0x3fu >> extra);
    for (std::size_t k = 1; k <= extra; ++k) {
      const auto d = static_cast<std::uint8_t>(s[i + k]);
      if ((d & 0xc0) != 0x80) return std::nullopt;
      c = c << 6 | (d & 0x3f);
    }
    if (!is_character(c) || (extra == 2 && c < 0x800) || (extra == 3 && c < 0x10000)) return std::nullopt;
    i += extra + 1;
  }
  return n;
}

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
    const auto n = utf8_length(bytes);
    return n ? atom_from_utf8(c, bytes, *n, want) : badarg(c);
  }
  std::string utf8;
  for (const char byte : bytes) append_utf8(utf8, static_cast<std::uint8_t>(byte));
  return atom_from_utf8(c, utf8, bytes.size(), want);
}

// OTP: characters beyond the 255th are not looked at.
Term atom_from_list(Call& c, Term list, Want want) {
  std::string utf8;
  std::size_t n = 0;
  for (; list.is_cons(); list = list.tail(), ++n) {
    if (!list.head().is_small() || !is_character(list.head().small_value())) return badarg(c);
    if (n == kMaxAtomCharacters) return want == Want::existing ? badarg(c) : system_limit(c);
    append_utf8(utf8, static_cast<std::uint32_t>(list.head().small_value()));
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
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto b = static_cast<std::uint8_t>(text[i]);
    if (b >= 0xc4) return badarg(c);
    latin1 += b < 0x80 ? text[i] : static_cast<char>((b & 3) << 6 | (text[++i] & 0x3f));
  }
  return make_binary_copy(c.heap(), latin1);
}

JOIST_DEFINE_BIF(erlang_binary_to_atom_2, Binary b, Term encoding) { return atom_from_binary(c, b, encoding, Want::any); }
JOIST_DEFINE_BIF(erlang_binary_to_existing_atom_2, Binary b, Term encoding) {
  return atom_from_binary(c, b, encoding, Want::existing);
}
JOIST_DEFINE_BIF(erlang_list_to_atom_1, List list) { return atom_from_list(c, list.t, Want::any); }
JOIST_DEFINE_BIF(erlang_list_to_existing_atom_1, List list) { return atom_from_list(c, list.t, Want::existing); }

}  // namespace joist
