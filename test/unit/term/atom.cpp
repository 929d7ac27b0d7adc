#include "vm/term/atom.hpp"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace joist;

TEST_CASE("known atoms have the numbers of the list", "[atom]") {
  CHECK(intern("ok") == am::ok);
  CHECK(intern("true") == am::true_);
  CHECK(find_atom("error") == am::error);
  CHECK(atom_text(am::badarg) == "badarg");
  CHECK(am::ok.atom_index() < detail::k_known_atom_count);
}

TEST_CASE("new atoms are made once", "[atom]") {
  CHECK(find_atom("atom_test: never made").is_none());
  const std::size_t before = atom_count();
  const Term a = intern("atom_test: made");
  CHECK(atom_count() == before + 1);
  CHECK(intern("atom_test: made") == a);
  CHECK(find_atom("atom_test: made") == a);
  CHECK(atom_count() == before + 1);
  CHECK(atom_text(a) == "atom_test: made");
  CHECK(atom_length(intern("å€x")) == 3);
  CHECK(atom_text(intern("")).empty());
}

TEST_CASE("the hash and order key of atoms", "[atom]") {
  // erlang:phash2(Atom) of erl 25
  CHECK(atom_hash(intern("a")) == 97);
  CHECK(atom_hash(intern("ok")) == 1883);
  CHECK(atom_hash(intern("å€x")) == 15969592);
  CHECK(atom_hash(intern("åäö")) == 62518);
  CHECK(atom_order_key(intern("ab")) == 0x61620000u);
  CHECK(atom_order_key(intern("abcde")) == 0x61626364u);
}

TEST_CASE("threads that make the same atoms agree, while the table grows", "[atom]") {
  constexpr int kThreads = 4, kAtoms = 30000;
  std::vector<std::vector<Term>> made(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAtoms; ++i) made[t].push_back(intern("atom_test_" + std::to_string(i)));
    });
  for (auto& t : threads) t.join();
  bool agree = true, text_right = true;
  for (int i = 0; i < kAtoms; ++i) {
    for (int t = 1; t < kThreads; ++t) agree &= made[t][i] == made[0][i];
    text_right &= atom_text(made[0][i]) == "atom_test_" + std::to_string(i);
  }
  CHECK(agree);
  CHECK(text_right);
}
