// unicode.hpp -- UTF-8: checking, counting, decoding, encoding. Valid means what Erlang says: no overlong
// forms, no surrogates, nothing above 16#10FFFF; noncharacters such as 16#FFFE are valid.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace joist {

constexpr std::uint32_t kMaxCodePoint = 0x10ffff;
constexpr bool is_code_point(std::uint64_t c) { return c < 0xd800 || (c > 0xdfff && c <= kMaxCodePoint); }
constexpr std::size_t utf8_encoded_size(std::uint32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

// Length of the leading part that is all ASCII.
std::size_t ascii_prefix(std::string_view s);
inline bool is_ascii(std::string_view s) { return ascii_prefix(s) == s.size(); }

// Decodes the code point at `p` (p < end): its length in bytes, or 0 if there is no valid one.
std::size_t utf8_decode(const std::uint8_t* p, const std::uint8_t* end, std::uint32_t* code_point);
// Writes a valid code point, at most 4 bytes; returns how many.
std::size_t utf8_encode(std::uint32_t code_point, std::uint8_t* to);
void utf8_append(std::string& to, std::uint32_t code_point);

// How far text is valid UTF-8, at most `max_code_points`.
struct Utf8Scan {
  std::size_t bytes;        // length of the valid part
  std::size_t code_points;  // in the valid part
  bool incomplete;          // what follows could be completed by more bytes (there are at most 3 left)
};
Utf8Scan utf8_scan(std::string_view s, std::size_t max_code_points = SIZE_MAX);
inline bool is_utf8(std::string_view s) { return utf8_scan(s).bytes == s.size(); }
// Code points in text known to be valid.
std::size_t utf8_count(std::string_view valid);

std::string latin1_to_utf8(std::string_view latin1);
// False if a code point does not fit (then `*latin1` is undefined); the text must be valid.
bool utf8_to_latin1(std::string_view valid, std::string* latin1);

}  // namespace joist
