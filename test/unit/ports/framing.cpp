#include "vm/ports/framing.hpp"

#include <catch2/catch.hpp>

using namespace joist;

namespace {

struct Collected {
  std::vector<std::string> pieces;
  InputFraming::Deliver deliver() {
    return [this](std::string_view piece, InputFraming::End end) {
      pieces.push_back(std::string(piece) + (end == InputFraming::End::line   ? "$"
                                             : end == InputFraming::End::part ? "-"
                                                                              : ""));
      return true;
    };
  }
};

PortOptions packets(std::size_t bytes) {
  PortOptions o;
  o.framing = PortOptions::Framing::packet;
  o.packet_bytes = bytes;
  return o;
}
PortOptions lines(std::size_t longest) {
  PortOptions o;
  o.framing = PortOptions::Framing::line;
  o.max_line = longest;
  return o;
}

// However the bytes arrive, the pieces are the same.
std::vector<std::string> cut(const PortOptions& o, std::string_view bytes, std::size_t step) {
  InputFraming f(o);
  Collected c;
  for (std::size_t i = 0; i < bytes.size(); i += step) f.feed(bytes.substr(i, step), c.deliver());
  f.finish(c.deliver());
  return c.pieces;
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("packets are cut by their length", "[ports]") {
  using namespace std::string_view_literals;
  for (std::size_t step = 1; step < 20; ++step) {
    CHECK(cut(packets(1), "\3abc\0\1x"sv, step) == Pieces{"abc", "", "x"});
    CHECK(cut(packets(2), "\0\3abc\0\0\0\5unfinished"sv.substr(0, 11), step) == Pieces{"abc", ""});
    CHECK(cut(packets(4), "\0\0\0\1a\0\0\0\2bc"sv, step) == Pieces{"a", "bc"});
  }
}

TEST_CASE("lines are cut at newlines and at their greatest length", "[ports]") {
  for (std::size_t step = 1; step < 30; ++step) {
    CHECK(cut(lines(4), "abcdefghij\n\nabcd\nabcde\nab", step) ==
          Pieces{"abcd-", "efgh-", "ij$", "$", "abcd$", "abcd-", "e$", "ab-"});
    CHECK(cut(lines(100), "one\ntwo\n", step) == Pieces{"one$", "two$"});
  }
}

TEST_CASE("a stream is passed on as it comes", "[ports]") {
  CHECK(cut(PortOptions{}, "abcdef", 4) == Pieces{"abcd", "ef"});
}
