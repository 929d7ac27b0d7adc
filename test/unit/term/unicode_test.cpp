// unicode_test.cpp -- UTF-8 helpers.
#include "vm/term/unicode.hpp"

#include <catch2/catch.hpp>

using namespace joist;

TEST_CASE("utf8: every code point survives, everything else is refused") {
  for (std::uint32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (!is_code_point(c)) continue;
    std::uint8_t bytes[4];
    const std::size_t n = utf8_encode(c, bytes);
    std::uint32_t back = 0;
    if (utf8_decode(bytes, bytes + n, &back) != n || back != c) FAIL("code point " << c);
    if (n > 1 && utf8_decode(bytes, bytes + n - 1, &back) != 0) FAIL("cut short: " << c);
  }
  // All two-byte and three-byte sequences that decode are the encodings of what they decode to.
  for (std::uint32_t v = 0; v < 1u << 24; v += 7) {
    const std::uint8_t bytes[3] = {static_cast<std::uint8_t>(v >> 16), static_cast<std::uint8_t>(v >> 8),
                                   static_cast<std::uint8_t>(v)};
    std::uint32_t c;
    if (const std::size_t n = utf8_decode(bytes, bytes + 3, &c);
        n != 0 && (!is_code_point(c) || utf8_encoded_size(c) != n))
      FAIL("bytes " << v);
  }
}

TEST_CASE("utf8: scanning stops where text is wrong, incomplete or long enough") {
  const auto scan = [](std::string_view s, std::size_t max = SIZE_MAX) {
    const Utf8Scan r = utf8_scan(s, max);
    return std::to_string(r.bytes) + " " + std::to_string(r.code_points) +
           (r.incomplete ? " incomplete" : "");
  };
  CHECK(scan("") == "0 0");
  CHECK(scan(std::string(1000, 'a')) == "1000 1000");
  CHECK(scan(std::string(1000, 'a'), 77) == "77 77");
  CHECK(scan("a\xc3\xa4z") == "4 3");
  CHECK(scan("a\xc3\xa4z", 2) == "3 2");
  CHECK(scan("a\xc3") == "1 1 incomplete");
  CHECK(scan("a\xc3z") == "1 1");
  CHECK(scan("\xe2\x82") == "0 0 incomplete");
  CHECK(scan("\xe0\x9f") == "0 0");
  CHECK(scan("\xed\xa0") == "0 0");
  CHECK(scan("\xf0\x90\x80") == "0 0 incomplete");
  CHECK(scan("\xf0\x80") == "0 0");
  CHECK(scan("\xf4\x90") == "0 0");
  CHECK(scan("\xf5") == "0 0");
  CHECK(scan("\xe2\x82z") == "0 0");
  CHECK(scan(std::string(40, 'a') + "\xff") == "40 40");
  CHECK(utf8_count("a\xc3\xa4\xe2\x82\xac") == 3);
  for (std::size_t n = 0; n < 80; ++n) CHECK(ascii_prefix(std::string(n, 'x') + "\x80 tail") == n);
}

TEST_CASE("utf8 and latin1") {
  const std::string latin1 = "gr\xfc\xdf\xe9";
  CHECK(latin1_to_utf8(latin1) == "gr\xc3\xbc\xc3\x9f\xc3\xa9");
  std::string back;
  CHECK(utf8_to_latin1(latin1_to_utf8(latin1), &back));
  CHECK(back == latin1);
  CHECK_FALSE(utf8_to_latin1("\xe2\x82\xac", &back));
}
