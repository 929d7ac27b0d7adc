#include <catch2/catch.hpp>

#include <map>
#include <random>

#include "vm/process/dictionary.hpp"

using namespace joist;

TEST_CASE("dictionary: the same as a map, whatever is put and erased") {
  Dictionary d;
  std::map<int, int> model;
  std::mt19937 random(7);
  const auto answer = [](Term t) { return t.is_none() ? -1 : static_cast<int>(t.small_value()); };
  for (int i = 0; i < 20000; ++i) {
    const int key = static_cast<int>(random() % 200), value = static_cast<int>(random() % 1000);
    const auto it = model.find(key);
    const int old = it == model.end() ? -1 : it->second;
    if (random() % 3 != 0) {
      REQUIRE(answer(d.put(Term::small(key), Term::small(value))) == old);
      model[key] = value;
    } else {
      REQUIRE(answer(d.erase(Term::small(key))) == old);
      model.erase(key);
    }
    REQUIRE(d.size() == model.size());
  }
  for (const auto& [key, value] : model) REQUIRE(answer(d.get(Term::small(key))) == value);
}

TEST_CASE("dictionary: keys that are equal terms in different places") {
  Dictionary d;
  BlockHeap h;
  d.put(make_tuple(h, Term::small(1), Term::small(2)), Term::small(3));
  CHECK(d.get(make_tuple(h, Term::small(1), Term::small(2))) == Term::small(3));
  CHECK(d.get(make_float(h, 1.0)).is_none());
}
