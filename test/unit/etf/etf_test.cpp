#include <catch2/catch.hpp>

#include "vm/code/module.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/print.hpp"

using namespace joist;

namespace {

std::string unhex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}
EtfResult decode(Heap& h, std::string_view bytes, const EtfOptions& options = {}) {
  return decode_etf(h, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, options);
}
// The text of the term that these bytes (after the version byte) are, or why they are refused.
std::string text_of(std::string_view hex) {
  BlockHeap h;
  const EtfResult r = decode(h, "\x83" + unhex(hex));
  return r ? to_text(r.term) : std::string("refused: ") + r.error;
}
std::string encode(Term t, const EtfEncodeOptions& o = {}) {
  std::string s;
  encode_etf(s, t, o);
  return s;
}

}  // namespace

// Each line of otp25_terms.inc is what term_to_binary/1 of OTP 25 made of some term.
TEST_CASE("etf: what OTP 25 writes comes back byte for byte") {
  static constexpr std::string_view kTerms[] = {
#include "test/unit/etf/otp25_terms.inc"
  };
  for (const std::string_view line : kTerms) {
    INFO(line.substr(0, 200));
    const std::string bytes = unhex(line);
    BlockHeap h;
    const EtfResult r = decode(h, bytes);
    REQUIRE(r);
    CHECK(r.used == bytes.size());
    CHECK(encode(r.term) == bytes);
    CHECK(etf_size(r.term) == bytes.size());
    const EtfResult packed = decode(h, encode(r.term, {.compression = 9}));
    REQUIRE(packed);
    CHECK(equal_exact(packed.term, r.term));
    const EtfResult sorted = decode(h, encode(r.term, {.minor_version = 2, .deterministic = true}));
    REQUIRE(sorted);
    CHECK(equal_exact(sorted.term, r.term));
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 40) {
      BlockHeap scratch;
      CHECK(!decode(scratch, std::string_view(bytes).substr(0, cut)));
    }
  }
}

TEST_CASE("etf: forms that only older nodes write") {
  BlockHeap h;
  CHECK(text_of("6400036d6f64") == "mod");
  CHECK(text_of("7301e5") == text_of("7702c3a5"));
  CHECK(text_of("63312e3530303030303030303030303030303030303030652b30300000000000") ==
        to_text(make_float(h, 1.5)));
  CHECK(text_of("6e0200ff00") == "255");  // a needless leading zero
  CHECK(text_of("6f00000001010a") == "-10");
  CHECK(text_of("6e0000") == "0");
  CHECK(text_of("6c000000006105") == "5");  // a list of nothing is its tail
  CHECK(text_of("6b0000") == "[]");
}

TEST_CASE("etf: what is refused") {
  CHECK(text_of("467ff8000000000000") == "refused: not a finite float");
  CHECK(text_of("74000000026101610261016103") == "refused: duplicate map keys");
  CHECK(text_of("4d0000000109ff") == "refused: bad bit count");
  CHECK(text_of("4d0000000100ff") == "refused: bad bit count");
  CHECK(text_of("52"
                "00") == "refused: no such atom in the cache");
  CHECK(text_of("7701ff") == "refused: bad atom text");
  CHECK(text_of("6c7fffffff61") == "refused: more elements than bytes");
  CHECK(text_of("69ffffffff") == "refused: more elements than bytes");
  CHECK(text_of("747fffffff") == "refused: more elements than bytes");
  CHECK(text_of("6dffffffff") == "refused: truncated");
  CHECK(text_of("7100") == "refused: not an atom");
  CHECK(text_of("7177016177016261ff").starts_with("fun "));
  CHECK(text_of("717701617701626200000100") == "refused: bad arity");
  BlockHeap h;
  CHECK(!decode(h, ""));
  CHECK(!decode(h,
                "\x82"
                "a\x01"));
  const std::string lie = unhex("8350ffffffff789c4b64040000c50063");
  CHECK(std::string(decode(h, lie).error) == "impossible uncompressed size");
}

TEST_CASE("etf: safe decoding makes no atoms") {
  BlockHeap h;
  const std::string unknown =
      "\x83w\x14"
      "an_atom_nobody_has__";
  CHECK(!decode(h, unknown, {.safe = true}));
  CHECK(find_atom("an_atom_nobody_has__").is_none());
  REQUIRE(decode(h, unknown));
  CHECK(decode(h, unknown, {.safe = true}));
}

TEST_CASE("etf: nesting of any depth") {
  constexpr std::size_t kDepth = 1'000'000;
  BlockHeap h;
  std::string lists = "\x83";
  for (std::size_t i = 0; i < kDepth; ++i) lists += std::string("l\0\0\0\1", 5);
  lists += 'j';
  for (std::size_t i = 0; i < kDepth; ++i) lists += 'j';
  const EtfResult r = decode(h, lists);
  REQUIRE(r);
  CHECK(encode(r.term) == lists);
  std::string empty = "\x83";  // lists of nothing, each the other's tail
  for (std::size_t i = 0; i < kDepth; ++i) empty += std::string("l\0\0\0\0", 5);
  CHECK(std::string(decode(h, empty).error) == "truncated");
  std::string tuples = "\x83";
  for (std::size_t i = 0; i < kDepth; ++i) tuples += "h\1";
  CHECK(decode(h, tuples + "j"));
  std::string maps = "\x83";
  for (std::size_t i = 0; i < 10'000; ++i) maps += std::string("t\0\0\0\1a\1", 7);
  CHECK(decode(h, maps + "j"));
}

TEST_CASE("etf: long lists of bytes are no strings") {
  BlockHeap h;
  ListBuilder list(h);
  for (int i = 0; i < 65535; ++i) list.add(Term::small(7));
  CHECK(encode(list.list())[1] == 'k');
  list.add(Term::small(7));
  CHECK(encode(list.list())[1] == 'l');
}

TEST_CASE("etf: local identifiers stay local") {
  BlockHeap h;
  const Term pid = make_local_pid(77, 3);
  CHECK(decode(h, encode(pid)).term == pid);
  const Term ref = make_ref(h);
  CHECK(equal_exact(decode(h, encode(ref)).term, ref));
  // Bits that a local pid does not have.
  CHECK(!decode(h, "\x83X" + encode(am::nonode_at_nohost).substr(1) +
                       std::string("\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 12)));
}

TEST_CASE("etf: compressed terms say how much was read") {
  BlockHeap h;
  const std::string packed = unhex("835000000002789c4b64040000c70062") + "rest";
  const std::string real = encode(make_byte_list(h, std::string(1000, 'a')), {.compression = 6});
  CHECK(real[1] == 'P');
  CHECK(decode(h, real + "rest").used == real.size());
}

TEST_CASE("etf: what is meant for this VM only") {
  BlockHeap h;
  const Term ref = make_ref(h), pid = make_local_pid(77, 3);
  const Term both = make_tuple(h, ref, pid, am::ok);
  std::string bytes = encode(both, {.local = true});
  CHECK(bytes[1] == 'y');
  CHECK(bytes.find("nonode@nohost") == std::string::npos);
  CHECK(equal_exact(decode(h, bytes).term, both));
  CHECK(decode(h, bytes).used == bytes.size());
  CHECK(decode(h, bytes + "rest").used == bytes.size());
  // Another VM has another mark.
  bytes[3] = static_cast<char>(bytes[3] ^ 1);
  CHECK(!decode(h, bytes));
}
