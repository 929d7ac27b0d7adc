#include "vm/ports/inet_address.hpp"

#include <catch2/catch.hpp>

#include "vm/ports/inet_protocol.hpp"

using namespace joist::inet;

namespace {

std::string again(std::string_view bytes, int family) {
  Address a;
  std::string out;
  if (!take_address(bytes, family, a)) return "refused";
  add_address(out, a);
  return out;
}

}  // namespace

TEST_CASE("addresses come back as they were given", "[ports]") {
  const std::string v4("\1\x1f\x90\x7f\0\0\1", 7),
      v6 = std::string("\2\0\x50", 3) + std::string(15, '\0') + "\1";
  CHECK(again(v4, AF_INET) == v4);
  CHECK(again(v6 + std::string(8, '\0'), AF_INET6) == v6);
  CHECK(again(std::string_view("\4\0\7", 3), AF_INET) == std::string("\1\0\7\x7f\0\0\1", 7));
  CHECK(again(std::string_view("\3\0\7", 3), AF_INET) == std::string("\1\0\7\0\0\0\0", 7));
  CHECK(again(std::string_view("\5\4/tmp", 6), AF_UNIX) == "\5\4/tmp");
  CHECK(again(std::string_view("\5\3\0ab", 5), AF_UNIX) == std::string("\5\3\0ab", 5));
  CHECK(again(v4, AF_INET6) == "refused");
  CHECK(again(v4.substr(0, 5), AF_INET) == "refused");
  CHECK(again(std::string_view("\5\x9/tmp", 6), AF_UNIX) == "refused");
  CHECK(again("", AF_INET) == "refused");
}

TEST_CASE("what is left after an address", "[ports]") {
  const std::string bytes("\1\0\7\x7f\0\0\1rest", 11);
  std::string_view from = bytes;
  Address a;
  REQUIRE(take_address(from, AF_INET, a));
  CHECK(from == "rest");
  CHECK(a.port() == 7);
}
