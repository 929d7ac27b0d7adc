#include "vm/ports/input_buffer.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "gc/fragment.hpp"

using namespace joist;

namespace {

void put(InputBuffer& b, std::string_view bytes) {
  REQUIRE(b.room() >= bytes.size());
  std::memcpy(b.space(), bytes.data(), bytes.size());
  b.filled(bytes.size());
}
std::string text(Term t) { return std::string(Bits::from(t)->view()); }

}  // namespace

TEST_CASE("bytes received are consumed, moved to the front, and pushed back", "[ports]") {
  InputBuffer b;
  CHECK(!b.begun());
  b.begin(8);
  put(b, "abcdefgh");
  CHECK(b.room() == 0);
  b.consume(6);
  CHECK(b.bytes() == "gh");
  b.restart();
  CHECK(b.room() == 6);
  b.ensure(20);
  CHECK(b.room() >= 18);
  b.push_front("ef");
  CHECK(b.bytes() == "efgh");
  b.push_front("a piece that is longer than what was there: ");
  CHECK(b.bytes() == "a piece that is longer than what was there: efgh");
  b.consume(b.size());
  CHECK(!b.begun());
  b.push_front("x");
  CHECK(b.begun());
  CHECK(b.bytes() == "x");
}

TEST_CASE("binaries keep the bytes that they share with the buffer", "[ports]") {
  GrowingFragmentHeap h;
  InputBuffer b;
  const std::string first(100, 'a'), second(100, 'b'), third(100, 'c');
  b.begin(260);
  put(b, first + second);
  CHECK(b.worth_sharing(200));
  CHECK(!b.worth_sharing(100));
  const Term t = b.share(h, 10, 90);
  b.consume(100);
  put(b, "tail");
  b.restart();  // what is shared stays where it is
  CHECK(b.bytes() == second + "tail");
  CHECK(text(t) == first.substr(10));
  const Term u = b.share(h, 0, 100);
  b.consume(b.size());
  b.begin(260);
  put(b, third);
  CHECK(text(t) == first.substr(10));
  CHECK(text(u) == second);
  HeapFragment::free_chain(h.finish());
}
