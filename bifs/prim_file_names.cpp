// prim_file: file names between Erlang and the operating system.
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/native_names.hpp"
#include "vm/term/unicode.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {

namespace {

// A deep list of characters in the native encoding; nullopt if it cannot be written so.
std::optional<std::string> native_from_list(Term t) {
  if (!t.is_list()) return std::nullopt;
  std::string text;
  WorkStack<Term, 32> tails;
  for (;;) {
    while (t.is_cons()) {
      const Term head = t.head();
      t = t.tail();
      if (head.is_list()) {
        if (!t.is_nil()) tails.push(t);
        t = head;
        continue;
      }
      const auto c = head.is_small() ? static_cast<std::uint64_t>(head.small_value()) : ~std::uint64_t{0};
      if (!is_code_point(c) || (!native_names_are_utf8() && c > 255)) return std::nullopt;
      if (native_names_are_utf8())
        utf8_append(text, static_cast<std::uint32_t>(c));
      else
        text += static_cast<char>(c);
    }
    if (!t.is_nil()) return std::nullopt;
    if (tails.empty()) return text;
    t = tails.pop();
  }
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

// internal_normalize_utf8(Utf8) -> composed characters. Names of other systems need it.
JOIST_DEFINE_BIF(prim_file_internal_normalize_utf8_1, Binary name) {
  std::string scratch;
  if (!is_utf8(aligned_bytes(name, scratch))) return badarg(c);
  return trap(c, find_or_make_export(am::unicode, am::characters_to_nfc_list, 1), {name.term()});
}

}  // namespace joist
