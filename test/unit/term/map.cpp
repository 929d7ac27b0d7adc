#include "vm/term/map.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <unordered_map>

#include "test/unit/term/read.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/print.hpp"

using namespace joist;
using joist::test::read_term;

namespace {

using Model = std::map<std::int64_t, std::int64_t>;

Term from_model(Heap& h, const Model& m, Term (*key)(Heap&, std::int64_t)) {
  std::vector<Term> pairs;
  for (auto [k, v] : m) pairs.insert(pairs.end(), {key(h, k), Term::small(v)});
  return map_from_pairs(h, pairs);
}

Term small_key(Heap&, std::int64_t n) { return Term::small(n); }
Term tuple_key(Heap& h, std::int64_t n) {
  return make_tuple(h, Term::small(n % 7), make_float(h, double(n)));
}
// Few different hashes of few digits would need a hash function of our own; these integers have equal hashes
// in pairs.
Term colliding_key(Heap&, std::int64_t n) {
  static constexpr std::int64_t pairs[] = {40660,  59671,  29879,  217607, 22575,
                                           119693, 121236, 167527, 216088, 376958};
  return Term::small(n % 12 < 10 ? pairs[n % 12] : n);
}

bool is_flat(Term map) { return map.is_box(BoxKind::flat_map); }
bool is_shaped_by_size(Term map) { return is_flat(map) == (map_size(map) <= kMaxFlatMap); }

std::string keys_in_order(Term map, MapOrder order) {
  std::string out;
  MapIterator i(map, order);
  for (Term k, v; i.next(&k, &v);) out += (out.empty() ? "" : ",") + to_text(k);
  return out;
}

void random_changes(Term (*key)(Heap&, std::int64_t), int range, unsigned seed) {
  std::mt19937 random(seed);
  BlockHeap h(1 << 16);
  Term map = make_empty_map(h);
  Model model;
  for (int step = 0; step < 3000; ++step) {
    const std::int64_t k = random() % range, v = random() % 50;
    const Term key_term = key(h, k);
    // Keys that are the same term must be one key of the model.
    std::int64_t model_key = k;
    for (auto [other, value] : model)
      if (equal_exact(key(h, other), key_term)) model_key = other;
    switch (random() % (step < 1500 ? 3 : 4)) {
      case 0:
      case 1:
        map = map_put(h, map, key_term, Term::small(v));
        model[model_key] = v;
        break;
      case 2: {
        const Term updated = map_update(h, map, key_term, Term::small(v));
        REQUIRE(updated.is_none() == !model.contains(model_key));
        if (!updated.is_none()) {
          map = updated;
          model[model_key] = v;
        }
        break;
      }
      case 3: {
        Term removed;
        map = map_remove(h, map, key_term, &removed);
        REQUIRE(removed == (model.contains(model_key) ? Term::small(model[model_key]) : Term::none()));
        model.erase(model_key);
        break;
      }
    }
    REQUIRE(map_size(map) == model.size());
    REQUIRE(is_shaped_by_size(map));
    if (step % 50 == 0 || step > 2900) {
      // The same keys and values give the same shape, whatever happened before.
      const Term other = from_model(h, model, key);
      REQUIRE(equal_exact(map, other));
      REQUIRE(compare(map, other) == 0);
      for (auto [mk, mv] : model) REQUIRE(map_get(map, key(h, mk)) == Term::small(mv));
      REQUIRE(map_get(map, am::ok).is_none());
      REQUIRE(keys_in_order(map, MapOrder::next) == keys_in_order(other, MapOrder::next));
    }
  }
}

}  // namespace

TEST_CASE("changes of a map agree with a model", "[map]") {
  random_changes(small_key, 60, 1);
  random_changes(small_key, 3000, 2);
  random_changes(tuple_key, 200, 3);
  random_changes(colliding_key, 120, 4);
}

TEST_CASE("merging agrees with a model", "[map]") {
  std::mt19937 random(5);
  for (Term (*key)(Heap&, std::int64_t) : {small_key, tuple_key})
    for (int round = 0; round < 300; ++round) {
      BlockHeap h(1 << 12);
      const int sizes[] = {3, 20, 32, 40, 300};
      Model a, b;
      const int range = 1 + static_cast<int>(random() % 400);
      for (int i = sizes[random() % 5]; i > 0; --i) a[random() % range] = 1;
      b = round % 3 == 0 ? a : Model();
      for (int i = sizes[random() % 5]; i > 0; --i) b[random() % range] = 2;
      const Term x = from_model(h, a, key), y = from_model(h, b, key);
      // Also with structure in common: b made from a.
      Term y_from_x = x;
      for (auto [k, v] : b) y_from_x = map_put(h, y_from_x, key(h, k), Term::small(v));
      Model both = b;
      both.insert(a.begin(), a.end());
      const Term expected = from_model(h, both, key);
      REQUIRE(equal_exact(map_merge(h, x, y), expected));
      REQUIRE(equal_exact(map_merge(h, x, y_from_x), expected));
      REQUIRE(equal_exact(map_merge(h, y_from_x, y), expected));
      REQUIRE(is_shaped_by_size(map_merge(h, x, y)));
      const int by_key = compare(x, y);
      REQUIRE((by_key == 0) == (a == b));
      REQUIRE(compare(y, x) == -by_key);
      if (a.size() != b.size()) REQUIRE(by_key == (a.size() < b.size() ? -1 : 1));
    }
}

TEST_CASE("large maps list in the order of erl", "[map]") {
  // [K || {K, _} <- maps:to_list(maps:from_list([{I, I} || I <- lists:seq(1, 40)]))], and by maps:next/1
  BlockHeap h;
  Model m;
  for (int i = 1; i <= 40; ++i) m[i] = i;
  const Term map = from_model(h, m, small_key);
  CHECK(keys_in_order(map, MapOrder::listing) ==
        "33,12,23,29,30,39,26,31,11,37,9,32,34,25,28,6,38,13,40,20,15,14,2,7,1,8,3,17,22,21,4,36,24,10,35,27,"
        "19,5,18,16");
  CHECK(keys_in_order(map, MapOrder::next) ==
        "16,18,5,19,27,35,10,24,36,4,21,22,17,3,8,1,7,2,14,15,20,40,13,38,6,28,25,34,32,9,37,11,31,26,39,30,"
        "29,23,12,33");
}

TEST_CASE("flat maps share their keys", "[map]") {
  BlockHeap h;
  const Term map = read_term(h, "#{a => 1, b => 2, c => 3}");
  const Term keys = FlatMap::of(map).keys().term();
  const auto keys_of = [](Term t) { return FlatMap::of(t).keys().term(); };
  CHECK(keys_of(map_put(h, map, intern("b"), am::ok)) == keys);
  CHECK(keys_of(map_update(h, map, intern("c"), am::ok)) == keys);
  const Term pairs[] = {intern("a"), Term::small(8), intern("c"), Term::small(9)};
  CHECK(keys_of(map_put_all(h, map, pairs)) == keys);
  Term missing;
  CHECK(to_text(map_update_all(h, map, pairs, &missing)) == "#{a=>8,b=>2,c=>9}");
  CHECK(keys_of(map_merge(h, map, read_term(h, "#{b => 7}"))) == keys);
  CHECK(map_put(h, map, intern("b"), Term::small(2)) == map);
  CHECK(to_text(make_flat_map(h, keys, std::vector{am::ok, am::error, am::ok})) == "#{a=>ok,b=>error,c=>ok}");
}

TEST_CASE("several keys at once", "[map]") {
  BlockHeap h;
  const auto pairs = [&](std::string_view tuple) {
    const Tuple t = *Tuple::from(read_term(h, tuple));
    return std::span<const Term>(t.elements(), t.arity());
  };
  const Term empty = make_empty_map(h);
  CHECK(to_text(empty) == "#{}");
  const Term map = map_put_all(h, empty, pairs("{c, 1, a, 2, 1.0, 3, 1, 4, [], 5}"));
  CHECK(to_text(map) == "#{1=>4,1.000000e+00=>3,a=>2,c=>1,[]=>5}");
  Term missing;
  CHECK(map_update_all(h, map, pairs("{a, 1, d, 1, c, 1}"), &missing).is_none());
  CHECK(missing == intern("d"));
  CHECK(to_text(map_from_pairs(h, pairs("{b, 1, a, 1, b, 2, a, 3}"))) == "#{a=>3,b=>2}");
  // Past the limit of flat maps, and back.
  std::vector<Term> many;
  for (int i = 0; i < 40; ++i) many.insert(many.end(), {Term::small(i), am::ok});
  const Term large = map_put_all(h, map, many);
  CHECK(map_size(large) == 44);
  CHECK_FALSE(is_flat(large));
  CHECK(equal_exact(map_put_all(h, map_from_pairs(h, many), pairs("{c, 1, a, 2, 1.0, 3, 1, 4, [], 5}")),
                    map_put(h, large, Term::small(1), Term::small(4))));
  many.insert(many.end(), many.begin(), many.end());
  CHECK(map_size(map_from_pairs(h, many)) == 40);
  many.resize(60);
  many.insert(many.end(), many.begin(), many.begin() + 30);
  CHECK(is_flat(map_from_pairs(h, many)));
  CHECK(map_update_all(h, large, pairs("{a, 1, d, 1}"), &missing).is_none());
}

TEST_CASE("a map from very many pairs", "[map]") {
  BlockHeap h(1 << 16);
  std::vector<Term> pairs;
  for (int i = 0; i < 100000; ++i) pairs.insert(pairs.end(), {Term::small(i % 70000), Term::small(i)});
  const Term map = map_from_pairs(h, pairs);
  CHECK(map_size(map) == 70000);
  bool all = true;
  for (int i = 0; i < 70000; ++i)
    all &= map_get(map, Term::small(i)) == Term::small(i < 30000 ? i + 70000 : i);
  CHECK(all);
  Term by_put = make_empty_map(h);
  for (std::size_t i = 0; i < pairs.size(); i += 2) by_put = map_put(h, by_put, pairs[i], pairs[i + 1]);
  CHECK(equal_exact(map, by_put));
  CHECK(compare(map, map_put(h, by_put, Term::small(5), Term::small(0))) > 0);
  CHECK(internal_hash(map) == internal_hash(by_put));
}
