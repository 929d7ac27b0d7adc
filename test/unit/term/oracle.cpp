// Hashes, order and text of terms, compared with what erl 25 said of them (make_oracle writes the table).
#include <catch2/catch.hpp>

#include "test/unit/term/read.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/print.hpp"

using namespace joist;
using joist::test::read_term;

namespace {

struct Row {
  const char* text;
  std::uint32_t phash2, phash;
  std::int64_t internal;
  int rank, key_rank;
  const char* display;
};
const Row rows[] = {
#include "test/unit/term/oracle.inc"
};

}  // namespace

TEST_CASE("hashes are those of erl", "[hash]") {
  BlockHeap h;
  for (const Row& row : rows) {
    INFO(row.text);
    const Term t = read_term(h, row.text);
    CHECK(phash2(t) == row.phash2);
    CHECK(phash(t) == row.phash);
    if (row.internal >= 0) CHECK(internal_hash(t) == row.internal);
  }
}

TEST_CASE("erlang:display/1 shows terms as in erl", "[print]") {
  BlockHeap h;
  for (const Row& row : rows) {
    INFO(row.text);
    if (std::string_view(row.display) == "-") continue;
    CHECK(to_text(read_term(h, row.text)) == row.display);
  }
}

TEST_CASE("terms are ordered as in erl", "[compare]") {
  BlockHeap h;
  std::vector<std::pair<const Row*, Term>> terms;
  for (const Row& row : rows) terms.push_back({&row, read_term(h, row.text)});
  const auto sign = [](int n) { return n < 0 ? -1 : n > 0; };
  for (const auto& [x, a] : terms)
    for (const auto& [y, b] : terms) {
      const int by_value = sign(x->rank - y->rank), by_key = sign(x->key_rank - y->key_rank);
      const bool right = sign(compare(a, b)) == by_value && sign(compare_exact(a, b)) == by_key &&
                         equal(a, b) == (by_value == 0) && equal_exact(a, b) == (by_key == 0);
      if (!right) {
        INFO(x->text << " and " << y->text);
        CHECK(sign(compare(a, b)) == by_value);
        CHECK(sign(compare_exact(a, b)) == by_key);
        CHECK(equal(a, b) == (by_value == 0));
        CHECK(equal_exact(a, b) == (by_key == 0));
      }
      if (by_key == 0) CHECK(internal_hash(a) == internal_hash(b));
    }
}

TEST_CASE("a term is equal to its copy", "[compare]") {
  BlockHeap h;
  for (const Row& row : rows) {
    INFO(row.text);
    const Term a = read_term(h, row.text), b = read_term(h, row.text);
    CHECK(equal_exact(a, b));
    CHECK(equal(a, b));
    CHECK(compare(a, b) == 0);
    CHECK(compare_exact(a, b) == 0);
  }
}

TEST_CASE("atoms beyond ASCII, identifiers of other nodes, and limits, as text", "[print]") {
  BlockHeap h;
  const auto text = [&](std::string_view t) { return to_text(read_term(h, t)); };
  CHECK(text("'åäö'") == "åäö");
  CHECK(text("'Å'") == "'Å'");
  CHECK(text("'€'") == "'€'");
  CHECK(text("'a\xc2\x85'") == "'a\\205'");
  CHECK(text("[160, 200, 255]") == "\"\xa0\xc8\xff\"");
  CHECK(text("[97, 9, 98]") == "\"a\tb\"");
  CHECK(text("[97, 13]") == "\"a\r\"");
  CHECK(text("pid(5, 1)") == "<0.5.1>");
  const std::string node = std::to_string(find_or_make_node(intern("print_test@b"), 1)->number);
  CHECK(node != "0");
  CHECK(text("pid(print_test@b, 1, 5, 1)") == "<" + node + ".5.1>");
  CHECK(text("pid(print_test@b, 2, 5, 1)") == "<" + node + ".5.1>");
  CHECK(text("port(print_test@b, 1, 5)") == "#Port<" + node + ".5>");
  CHECK(text("ref(print_test@b, 1, [1, 2, 3])") == "#Ref<" + node + ".3.2.1>");
  std::string out;
  print_term(out, read_term(h, "[1000000, 2000000, 3000000, 4000000]"), 12);
  CHECK(out == "[1000000,2000000...");
}

TEST_CASE("deep terms need no deep C++ stack", "[compare][hash][print]") {
  BlockHeap h;
  Term lists[2], tuples[2];
  for (int copy = 0; copy < 2; ++copy) {
    Term list = Term::nil(), tuple = Term::small(1);
    for (int i = 0; i < 1000000; ++i) {
      list = make_cons(h, list, Term::nil());
      tuple = make_tuple(h, am::ok, tuple);
    }
    lists[copy] = list;
    tuples[copy] = tuple;
  }
  CHECK(equal_exact(lists[0], lists[1]));
  CHECK(equal(tuples[0], tuples[1]));
  CHECK(compare(lists[0], lists[1]) == 0);
  CHECK(phash2(lists[0]) == phash2(lists[1]));
  CHECK(phash(tuples[0]) == phash(tuples[1]));
  CHECK(internal_hash(tuples[0]) == internal_hash(tuples[1]));
  CHECK(to_text(lists[0]).size() == 2000002);
}
