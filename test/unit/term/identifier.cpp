#include "vm/term/identifier.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

#include "vm/term/atom.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/print.hpp"

using namespace joist;

TEST_CASE("references are unique among threads and sort by age in one", "[identifier]") {
  constexpr int kThreads = 4, kRefs = 300000;  // more than the 18 bits of the lowest number
  std::vector<std::vector<RefKey>> keys(kThreads);
  std::vector<std::thread> threads;
  bool ordered = true;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      Term last = Term::none();
      BlockHeap h;
      for (int i = 0; i < kRefs; ++i) {
        const Term ref = make_ref(h);
        keys[t].push_back(ref_key(ref));
        if (t == 0 && i > 0) ordered = ordered && compare(last, ref) < 0;
        last = ref;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(ordered);
  std::vector<RefKey> all;
  for (const auto& k : keys) all.insert(all.end(), k.begin(), k.end());
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("numbers of references", "[identifier]") {
  BlockHeap h;
  const Term ref = make_ref(h);
  CHECK(ref_numbers(ref).count == 3);
  CHECK(ref_numbers(ref).n[0] < 1u << 18);
  CHECK(equal_exact(make_ref_from(h, ref_numbers(ref)), ref));
  CHECK(make_external_ref(h, this_node(), ref_numbers(ref)).is_box(BoxKind::ref));
  CHECK(alias_pid(ref).is_none());
  const Term alias = make_alias_ref(h, make_local_pid(7, 1));
  CHECK(alias_pid(alias) == make_local_pid(7, 1));
  CHECK(equal_exact(alias, make_ref_from(h, ref_numbers(alias))));
  CHECK_FALSE(equal_exact(alias, ref));
}

TEST_CASE("nodes", "[identifier]") {
  BlockHeap h;
  CHECK(this_node()->name == am::nonode_at_nohost);
  CHECK(find_or_make_node(am::nonode_at_nohost, 0) == this_node());
  Node* a = find_or_make_node(intern("identifier_a@b"), 1);
  CHECK(a != this_node());
  CHECK(find_or_make_node(intern("identifier_a@b"), 1) == a);
  Node* newer = find_or_make_node(intern("identifier_a@b"), 2);
  CHECK(newer != a);
  CHECK(newer->number == a->number);
  CHECK(find_node_by_number(a->number) == newer);
  CHECK(find_node_by_number(0) == this_node());
  CHECK(find_node_by_number(987654) == nullptr);
  CHECK(node_of(make_external_pid(h, a, 1, 2)) == a);
  CHECK(node_of(make_local_pid(1, 2)) == this_node());
  CHECK(make_external_pid(h, this_node(), 1, 2) == make_local_pid(1, 2));
  CHECK(make_external_port(h, this_node(), 5) == Term::port(5));
}

TEST_CASE("magic references own a count", "[identifier]") {
  static int alive = 0;
  struct Counted : MagicObject {
    Counted() { ++alive; }
    ~Counted() override { --alive; }
  };
  {
    BlockHeap h;
    auto* object = new Counted;
    const Term ref = make_magic_ref(h, object);
    CHECK(magic_cast<Counted>(ref) == object);
    CHECK(equal_exact(ref, make_magic_ref_again(h, object, ref_key(ref))));
    CHECK(ref.is_reference());
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
