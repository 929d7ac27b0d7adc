#include "vm/term/list.hpp"

#include <catch2/catch.hpp>

#include "test/unit/term/read.hpp"
#include "vm/term/print.hpp"

using namespace joist;
using joist::test::read_term;

TEST_CASE("strings and lists of characters", "[list]") {
  BlockHeap h;
  CHECK(to_text(make_string_list(h, "aå€😀")) == "[97,229,8364,128512]");
  CHECK(make_string_list(h, "").is_nil());
  CHECK(to_text(make_string_list(h, "ab", am::ok)) == "[97,98|ok]");
  CHECK(to_text(make_byte_list(h, "\x01\xa5")) == "[1,165]");
  CHECK(list_to_utf8(make_string_list(h, "aå€😀")) == "aå€😀");
  CHECK(list_to_utf8(Term::nil()) == "");
  CHECK_FALSE(list_to_utf8(read_term(h, "[55296]")));
  CHECK_FALSE(list_to_utf8(read_term(h, "[1114112]")));
  CHECK_FALSE(list_to_utf8(read_term(h, "[97 | 98]")));
  CHECK(list_to_bytes(read_term(h, "[0, 255]")) == std::string("\0\xff", 2));
  CHECK_FALSE(list_to_bytes(read_term(h, "[256]")));
  CHECK_FALSE(list_to_bytes(read_term(h, "[-1]")));
  CHECK(list_length(read_term(h, "[1, 2, 3]")) == 3u);
  CHECK_FALSE(list_length(read_term(h, "[1, 2 | 3]")));
}

TEST_CASE("iolists", "[list]") {
  BlockHeap h;
  const auto bytes = [&](std::string_view text) -> std::string {
    std::string out = "+";
    return append_iolist(out, read_term(h, text)) ? out : "bad";
  };
  CHECK(bytes("[]") == "+");
  CHECK(bytes("<<\"abc\">>") == "+abc");
  CHECK(bytes("[\"ab\", [<<\"c\">>, [[], 100]] | <<\"e\">>]") == "+abcde");
  CHECK(bytes("[bits_at(3, <<\"odd\">>), 33]") == "+odd!");
  CHECK(bytes("[97 | 98]") == "bad");
  CHECK(bytes("[256]") == "bad");
  CHECK(bytes("[a]") == "bad");
  CHECK(bytes("<<1:1>>") == "bad");
  CHECK(bytes("97") == "bad");
  Term deep = Term::nil();
  for (int i = 0; i < 1000000; ++i) deep = make_cons(h, deep, make_cons(h, Term::small('x'), Term::nil()));
  std::string out;
  CHECK(append_iolist(out, deep));
  CHECK(out.size() == 1000000);
}

TEST_CASE("a list builder keeps its order", "[list]") {
  BlockHeap h;
  ListBuilder b(h);
  CHECK(b.list().is_nil());
  for (int i = 0; i < 5; ++i) b.add(Term::small(300 + i));
  CHECK(to_text(b.list()) == "[300,301,302,303,304]");
}
