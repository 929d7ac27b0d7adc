#include "gc/literal.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "vm/term/bits.hpp"

using namespace joist;

TEST_CASE("literals are known by their address") {
  init_literal_range();
  LiteralArea area;
  BlockHeap heap;
  const Term literal = make_tuple(area, Term::small(1));
  const Term other = make_tuple(heap, Term::small(1));
  int on_stack = 0;
  REQUIRE(is_literal(literal.box_words()));
  REQUIRE_FALSE(is_literal(other.box_words()));
  REQUIRE_FALSE(is_literal(reinterpret_cast<Word*>(&on_stack)));
  REQUIRE_FALSE(is_literal(nullptr));
  REQUIRE(area.contains(literal.box_words()));
  REQUIRE_FALSE(area.contains(other.box_words()));
  REQUIRE(area.words() == 2);
}

TEST_CASE("an area grows and keeps what it holds") {
  LiteralArea area(0);
  REQUIRE(area.words() == 0);
  Term list = Term::nil();
  for (int i = 0; i < 100000; ++i) list = make_cons(area, Term::small(i), list);
  std::uint8_t* bytes;
  make_binary(area, 5000, &bytes);
  REQUIRE(area.words() >= 200008);
  REQUIRE(area.words() < 200100);
  for (int i = 100000; i-- > 0; list = list.tail()) {
    REQUIRE(list.head() == Term::small(i));
    REQUIRE(area.contains(list.cons_words()));
  }
}

TEST_CASE("freed areas are used again") {
  std::mt19937 random(3);
  std::vector<std::unique_ptr<LiteralArea>> areas(50);
  std::vector<std::pair<const Word*, Word>> marks(50);
  const Word* highest = nullptr;
  for (int i = 0; i < 20000; ++i) {
    const std::size_t k = random() % areas.size();
    if (areas[k] != nullptr) REQUIRE(*marks[k].first == marks[k].second);
    const std::size_t n = 1 + random() % (random() % 50 == 0 ? 100000 : 300);
    areas[k] = std::make_unique<LiteralArea>(n);
    Word* w = areas[k]->alloc(n);
    w[0] = w[n - 1] = random();
    marks[k] = {w + n - 1, w[n - 1]};
    if (w > highest) highest = w;
  }
  // 50 areas of at most 800 KB: without reuse this would have run through gigabytes.
  REQUIRE(static_cast<std::size_t>(highest - literal_range_start) < 50 * 100000 * 2);
}
