// utf8.hpp -- checking and making UTF-8. Surrogates and what lies above 10FFFF are not characters.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace joist {

// Number of code points, or nullopt if the text is not valid UTF-8 (overlong forms are not).
inline std::optional<std::size_t> utf8_length(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < s.size(); ++n) {
    const auto c = static_cast<std::uint8_t>(s[i++]);
    if (c < 0x80) continue;
    const int more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
    if (more == 0 || s.size() - i < static_cast<std::size_t>(more)) return std::nullopt;
    std::uint32_t code = c & (0x3f >> more);
    for (int k = 0; k < more; ++k) {
      const auto d = static_cast<std::uint8_t>(s[i++]);
      if ((d & 0xc0) != 0x80) return std::nullopt;
      code = code << 6 | (d & 0x3f);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10ffff)))
      return std::nullopt;
  }
  return n;
}

inline std::string latin1_to_utf8(std::string_view latin1) {
  std::string out;
  out.reserve(latin1.size());
  for (const char c : latin1) {
    const auto b = static_cast<std::uint8_t>(c);
    if (b < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | b >> 6);
      out += static_cast<char>(0x80 | (b & 0x3f));
    }
  }
  return out;
}

}  // namespace joist
