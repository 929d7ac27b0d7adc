// prim_file: file names between Erlang and the operating system.
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/native_names.hpp"
#include "vm/term/unicode.hpp"

namespace joist {

namespace {

// A flat list of characters in the native encoding; nullopt if it cannot be written so.
std::optional<std::string> native_from_list(Term list) {
  auto text = list_to_utf8(list);
  if (!text || native_names_are_utf8()) return text;
  std::string latin1;
  return utf8_to_latin1(*text, &latin1) ? std::optional(latin1) : std::nullopt;
}

}  // namespace

// internal_name2native(Name) -> the bytes for the operating system, with a zero byte at the end. badarg if
// there is a zero byte inside.
JOIST_DEFINE_BIF(prim_file_internal_name2native_1, Term name) {
  std::string bytes;
  if (const auto b = Bitstring::from(name)) {
    std::string scratch;
    bytes = aligned_bytes(*b, scratch).substr(0, b->bit_size() / 8);
  } else {
    auto native = native_from_list(name);
    if (!native) return badarg(c);
    bytes = std::move(*native);
  }
  if (bytes.find('\0') != std::string::npos) return badarg(c);
  return make_binary_copy(c.heap(), bytes.data(), bytes.size() + 1);
}
// internal_native2name(Bytes) -> Name | {error, warning} if the bytes are not valid in the native encoding.
JOIST_DEFINE_BIF(prim_file_internal_native2name_1, Term native) {
  const auto b = Binary::from(native);
  if (!b) return badarg(c);
  std::string scratch;
  const std::string_view bytes = aligned_bytes(*b, scratch);
  if (!native_names_are_utf8()) return make_byte_list(c.heap(), bytes);
  if (!is_utf8(bytes)) return make_tuple(c.heap(), am::error, am::warning);
  return make_string_list(c.heap(), bytes);
}
// is_translatable(Bytes): whether internal_native2name/1 could make a name of it.
JOIST_DEFINE_BIF(prim_file_is_translatable_1, Term native) {
  const auto b = Binary::from(native);
  if (!b) return badarg(c);
  std::string scratch;
  return make_bool(!native_names_are_utf8() || is_utf8(aligned_bytes(*b, scratch)));
}

}  // namespace joist
