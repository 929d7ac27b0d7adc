#include "vm/base/md5.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace joist;

static std::string hex(std::string_view text, std::size_t step = SIZE_MAX) {
  Md5 md5;
  for (std::size_t i = 0; i < text.size(); i += step) {
    md5.update(text.substr(i, step));
    if (step == SIZE_MAX) break;
  }
  std::string out;
  for (const std::uint8_t b : md5.finish()) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

TEST_CASE("md5: the examples of RFC 1321") {
  CHECK(hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("md5: pieces of any size give the same digest") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  for (const std::size_t step : {1, 3, 63, 64, 65, 200}) CHECK(hex(text, step) == hex(text));
}
