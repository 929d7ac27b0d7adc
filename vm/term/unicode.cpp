#include "vm/term/unicode.hpp"

#include <bit>
#include <cstring>

namespace joist {

namespace {
constexpr std::uint64_t kHighBits = 0x8080808080808080;

bool is_continuation(std::uint8_t b) { return (b & 0xc0) == 0x80; }
}  // namespace

std::size_t ascii_prefix(std::string_view s) {
  const char* p = s.data();
  const char* const end = p + s.size();
  for (; end - p >= 32; p += 32) {
    std::uint64_t w[4];
    std::memcpy(w, p, 32);
    if (((w[0] | w[1] | w[2] | w[3]) & kHighBits) != 0) break;
  }
  for (; end - p >= 8; p += 8) {
    std::uint64_t w;
    std::memcpy(&w, p, 8);
    if (const std::uint64_t high = w & kHighBits; high != 0)
      return static_cast<std::size_t>(p - s.data()) + static_cast<std::size_t>(std::countr_zero(high)) / 8;
  }
  while (p != end && static_cast<std::uint8_t>(*p) < 0x80) ++p;
  return static_cast<std::size_t>(p - s.data());
}

std::size_t utf8_decode(const std::uint8_t* p, const std::uint8_t* end, std::uint32_t* code_point) {
  const std::uint32_t first = p[0];
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  const std::ptrdiff_t left = end - p;
  if (first < 0xe0) {
    if (first < 0xc2 || left < 2 || !is_continuation(p[1])) return 0;
    *code_point = (first & 0x1f) << 6 | (p[1] & 0x3fu);
    return 2;
  }
  if (first < 0xf0) {
    if (left < 3 || !is_continuation(p[1]) || !is_continuation(p[2])) return 0;
    const std::uint32_t c = (first & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    if (c < 0x800 || !is_code_point(c)) return 0;
    *code_point = c;
    return 3;
  }
  if (first > 0xf4 || left < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3]))
    return 0;
  const std::uint32_t c = (first & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
  if (c < 0x10000 || c > kMaxCodePoint) return 0;
  *code_point = c;
  return 4;
}

std::size_t utf8_encode(std::uint32_t c, std::uint8_t* to) {
  const std::size_t n = utf8_encoded_size(c);
  if (n == 1) {
    to[0] = static_cast<std::uint8_t>(c);
    return 1;
  }
  for (std::size_t i = n - 1; i > 0; --i, c >>= 6) to[i] = static_cast<std::uint8_t>(0x80 | (c & 0x3f));
  to[0] = static_cast<std::uint8_t>(0xf00 >> n | c);  // n ones and a zero, then what is left
  return n;
}

void utf8_append(std::string& to, std::uint32_t code_point) {
  std::uint8_t bytes[4];
  to.append(reinterpret_cast<const char*>(bytes), utf8_encode(code_point, bytes));
}

namespace {
// Whether 1 to 3 bytes at the end could be the beginning of a code point.
bool could_be_completed(const std::uint8_t* p, const std::uint8_t* end) {
  const std::uint8_t first = p[0];
  if (first < 0xc2 || first > 0xf4) return false;
  const std::ptrdiff_t need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (end - p >= need) return false;
  if (end - p >= 2) {
    const std::uint8_t second = p[1];
    if (!is_continuation(second)) return false;
    if (first == 0xe0 && second < 0xa0) return false;  // overlong
    if (first == 0xed && second > 0x9f) return false;  // surrogate
    if (first == 0xf0 && second < 0x90) return false;  // overlong
    if (first == 0xf4 && second > 0x8f) return false;  // too large
  }
  return end - p < 3 || is_continuation(p[2]);
}
}  // namespace

Utf8Scan utf8_scan(std::string_view s, std::size_t max_code_points) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(s.data());
  const auto* const end = begin + s.size();
  const std::uint8_t* p = begin;
  std::size_t count = 0;
  while (p != end && count < max_code_points) {
    if (*p < 0x80) {
      const auto left = static_cast<std::size_t>(end - p);
      const std::size_t room = max_code_points - count;
      const std::size_t n = ascii_prefix({reinterpret_cast<const char*>(p), left < room ? left : room});
      p += n;
      count += n;
      continue;
    }
    std::uint32_t c;
    const std::size_t n = utf8_decode(p, end, &c);
    if (n == 0) return {static_cast<std::size_t>(p - begin), count, could_be_completed(p, end)};
    p += n;
    ++count;
  }
  return {static_cast<std::size_t>(p - begin), count, false};
}

std::size_t utf8_count(std::string_view valid) {
  std::size_t n = 0;
  for (const char c : valid) n += static_cast<signed char>(c) >= -64;  // all but continuation bytes
  return n;
}

std::string latin1_to_utf8(std::string_view latin1) {
  std::string out;
  out.reserve(latin1.size() + 8);
  for (const char c : latin1) utf8_append(out, static_cast<std::uint8_t>(c));
  return out;
}

bool utf8_to_latin1(std::string_view valid, std::string* latin1) {
  latin1->clear();
  latin1->reserve(valid.size());
  const auto* p = reinterpret_cast<const std::uint8_t*>(valid.data());
  const auto* const end = p + valid.size();
  while (p != end) {
    std::uint32_t c;
    const std::size_t n = utf8_decode(p, end, &c);
    if (n == 0 || c > 0xff) return false;
    latin1->push_back(static_cast<char>(c));
    p += n;
  }
  return true;
}

}  // namespace joist
