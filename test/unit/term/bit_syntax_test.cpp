// bit_syntax_test.cpp -- fields of bitstrings at every offset, against a plain model of strings of 0 and 1
// and values that the real `erl` gives.
#include "vm/term/bit_syntax.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace joist;

namespace {

std::string bit_text(const Bits& b) {
  std::string s;
  for (std::size_t i = b.start_bit(); i < b.start_bit() + b.bit_size(); ++i)
    s += b.base()[i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
  return s;
}
std::string bit_text(Term t) { return bit_text(*Bits::from(t)); }

// The low n bits of an integer, most significant first.
std::string value_bits(Term t, std::size_t n) {
  std::vector<std::uint8_t> bytes(bytes_for_bits(n) + 1);
  integer_to_bytes(t, bytes.data(), bytes.size(), false);
  std::string s;
  for (std::size_t i = bytes.size() * 8 - n; i < bytes.size() * 8; ++i)
    s += bytes[i / 8] >> (7 - i % 8) & 1 ? '1' : '0';
  return s;
}
// Value order <-> bitstring order for little-endian fields.
std::string swap_to_little(const std::string& value) {
  std::string s;
  std::size_t end = value.size();
  for (; end >= 8; end -= 8) s += value.substr(end - 8, 8);
  return s + value.substr(0, end);
}

Term random_integer(Heap& h, std::mt19937_64& random) {
  std::uint8_t bytes[40];
  for (auto& b : bytes)
    b = random() % 4 == 0 ? (random() % 2 ? 0 : 255) : static_cast<std::uint8_t>(random());
  const std::size_t n = 1 + random() % (random() % 2 ? 8 : 40);
  if (random() % 5 == 0) std::fill_n(bytes + 1, n - 1, 0);
  return integer_from_bytes(h, bytes, n, false, true);
}

std::string bytes_text(Term t) {
  std::string s;
  for (const char c : Bits::from(t)->view()) s += std::to_string(static_cast<std::uint8_t>(c)) + ' ';
  return s;
}

}  // namespace

TEST_CASE("integer fields: write and read back at every offset, size, order and sign") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20000; ++round) {
    BlockHeap h;
    const std::size_t offset = random() % 70, n = random() % (random() % 2 ? 70 : 400), rest = random() % 20;
    const unsigned flags = (random() % 2 ? kSegmentLittle : 0) | (random() % 2 ? kSegmentSigned : 0);
    const Term value = random_integer(h, random);
    std::uint8_t* bytes;
    const Term t = make_bitstring(h, offset + n + rest, &bytes);
    BitWriter w(bytes);
    const Word before = random();
    w.put(before, static_cast<unsigned>(std::min<std::size_t>(offset, 64)));
    w.put(0, static_cast<unsigned>(offset - std::min<std::size_t>(offset, 64)));
    REQUIRE(w.position() == offset);
    const std::string head = bit_text(t).substr(0, offset);
    REQUIRE(w.put_integer(value, n, flags));
    REQUIRE(w.position() == offset + n);
    w.put(~Word{0}, static_cast<unsigned>(rest));

    std::string field = value_bits(value, n);
    const bool negative = n != 0 && field[0] == '1';
    if (flags & kSegmentLittle) field = swap_to_little(field);
    const std::string expected = head + field + std::string(rest, '1');
    if (bit_text(t) != expected) FAIL("offset " << offset << " size " << n << " flags " << flags);

    // Reading gives the value modulo 2^n.
    const Term read = read_integer(h, bytes, offset, n, flags);
    if (value_bits(read, n + 9) !=
        std::string(9, (flags & kSegmentSigned) && negative ? '1' : '0') + value_bits(value, n))
      FAIL("read: offset " << offset << " size " << n << " flags " << flags);
  }
}

TEST_CASE("integer fields: values of the real erl") {
  BlockHeap h;
  std::uint8_t* bytes;
  const Term t = make_bitstring(h, 100, &bytes);
  BitWriter(bytes).put_integer(integer_parse(h, "123456789abcdef0123456789", 16), 100, 0);
  struct Row {
    std::size_t n;
    const char *plain, *is_signed;
  };
  for (const Row& r : {Row{1, "1", "-1"}, Row{4, "9", "-7"}, Row{8, "145", "-111"}, Row{9, "401", "-111"},
                       Row{12, "2705", "-1391"}, Row{17, "107153", "-23919"}, Row{24, "11772561", "-5004655"},
                       Row{63, "4681464143477449361", "-4541907893377326447"},
                       Row{64, "9293150161904837265", "-9153593911804714351"},
                       Row{65, "27739894235614388881", "-9153593911804714351"},
                       Row{75, "26295903455198015890065", "-11483028407759145819503"}}) {
    CHECK(integer_to_string(read_integer(h, Bits::from(t)->base(), 3, r.n, kSegmentLittle)) == r.plain);
    CHECK(integer_to_string(read_integer(h, Bits::from(t)->base(), 3, r.n,
                                         kSegmentLittle | kSegmentSigned)) == r.is_signed);
  }
  BitWriter w(bytes);
  CHECK_FALSE(w.put_integer(Term::nil(), 8, 0));
  CHECK_FALSE(w.put_integer(make_float(h, 1.0), 8, kSegmentLittle));
}

TEST_CASE("integer fields: larger than the largest integer") {
  BlockHeap h;
  std::uint8_t* bytes;
  const std::size_t n = kMaxIntegerBits + 64;
  const Term t = make_binary(h, n / 8, &bytes);
  (void)t;
  std::memset(bytes, 255, n / 8);
  CHECK(read_integer(h, bytes, 0, n, 0).is_none());
  CHECK(read_integer(h, bytes, 0, n, kSegmentSigned) == Term::small(-1));
  CHECK(read_integer(h, bytes, 0, kMaxIntegerBits, 0).is_big());
  BitWriter(bytes).put_integer(Term::small(0), n, 0);
  CHECK(read_integer(h, bytes, 0, n, 0) == Term::small(0));
}

TEST_CASE("float fields") {
  BlockHeap h;
  const auto write = [&](Term t, std::size_t n, unsigned flags = 0) {
    std::uint8_t* bytes;
    const Term b = make_bitstring(h, n, &bytes);
    BitWriter w(bytes);
    return w.put_float(t, n, flags) ? bytes_text(b) : std::string("badarg");
  };
  const auto write_double = [&](double d, std::size_t n, unsigned flags = 0) {
    return write(make_float(h, d), n, flags);
  };
  CHECK(write_double(1e300, 32) == "127 128 0 0 ");
  CHECK(write_double(3.4028235677973366e38, 32) == "127 128 0 0 ");
  CHECK(write_double(3.4028235677973362e38, 32) == "127 127 255 255 ");
  CHECK(write_double(1e-300, 32) == "0 0 0 0 ");
  CHECK(write(Term::small(5), 32) == "64 160 0 0 ");
  CHECK(write(Term::small(5), 32, kSegmentLittle) == "0 0 160 64 ");
  CHECK(write(integer_parse(h, "1180591620717411303424"), 64) == "68 80 0 0 0 0 0 0 ");
  CHECK(write(integer_bsl(h, Term::small(1), Term::small(2000)), 64) == "badarg");
  CHECK(write(integer_bsl(h, Term::small(1), Term::small(200)), 32) == "127 128 0 0 ");
  CHECK(write(Term::nil(), 64) == "badarg");
  for (std::size_t n : {0, 8, 24, 128}) CHECK(write_double(1.0, n) == "badarg");
  struct Half {
    double d;
    const char* bytes;
  };
  for (const Half& c : {Half{65520.0, "124 0 "},
                        Half{65519.9, "123 255 "},
                        Half{65504.0, "123 255 "},
                        Half{65536.0, "124 0 "},
                        Half{1e300, "124 0 "},
                        Half{2049.0, "104 0 "},
                        Half{2051.0, "104 2 "},
                        Half{2050.0, "104 1 "},
                        Half{1.00048828125, "60 0 "},
                        Half{5.960464477539063e-8, "0 1 "},
                        Half{2.98e-8, "0 0 "},
                        Half{2.980232238769531e-8, "0 0 "},
                        Half{2.9802322387695317e-8, "0 1 "},
                        Half{6.0e-5, "3 239 "},
                        Half{6.103515625e-5, "4 0 "},
                        Half{-0.1, "174 102 "},
                        Half{6.1e-5, "3 255 "},
                        Half{0.333251953125, "53 85 "},
                        Half{1e-10, "0 0 "},
                        Half{-0.0, "128 0 "},
                        Half{0.0, "0 0 "}})
    CHECK(write_double(c.d, 16) == c.bytes);

  const auto read = [&](Word bits, unsigned n, unsigned offset, unsigned flags = 0) {
    std::uint8_t* bytes;
    make_bitstring(h, n + offset, &bytes);
    BitWriter w(bytes);
    w.put(0, offset);
    w.put(bits, n);
    double d;
    return read_float(bytes, offset, n, flags, &d) ? float_to_short_string(d) : std::string("no match");
  };
  for (unsigned offset : {0, 3, 61}) {
    CHECK(read(0x7ff8000000000000, 64, offset) == "no match");
    CHECK(read(0x7f800000, 32, offset) == "no match");
    CHECK(read(0x7c00, 16, offset) == "no match");
    CHECK(read(0x3ff8000000000000, 64, offset) == "1.5");
    CHECK(read(0x000000000000f83f, 64, offset, kSegmentNative) == "1.5");
    CHECK(read(0xc0a00000, 32, offset) == "-5.0");
    CHECK(read(1, 16, offset) == "5.960464477539063e-8");
    CHECK(read(0x3c00, 16, offset) == "1.0");
    CHECK(read(0x7bff, 16, offset) == "65504.0");
    CHECK(read(0x03ff, 16, offset) == "6.097555160522461e-5");
    CHECK(read(0x0400, 16, offset) == "6.103515625e-5");
    CHECK(read(0x8000, 16, offset) == "-0.0");
    CHECK(read(1, 8, offset) == "no match");
    CHECK(read(0, 0, offset) == "0.0");
  }
}

TEST_CASE("code points in UTF-8, UTF-16 and UTF-32") {
  BlockHeap h;
  const auto with_bytes = [&](const std::string& data, unsigned offset, auto read) {
    std::uint8_t* bytes;
    make_bitstring(h, data.size() * 8 + offset, &bytes);
    BitWriter w(bytes);
    w.put(0, offset);
    w.put_bytes(data.data(), data.size());
    const CodePointRead r = read(bytes, offset, data.size() * 8);
    return r.bits == 0 ? -1L : static_cast<long>(r.code_point);
  };
  const auto utf8 = [&](const std::string& s, unsigned offset) {
    return with_bytes(s, offset, [](auto... a) { return read_utf8(a...); });
  };
  for (unsigned offset : {0, 5}) {
    CHECK(utf8(std::string(1, '\0'), offset) == 0);
    CHECK(utf8("\x7fz", offset) == 127);
    CHECK(utf8("\xc2\x80", offset) == 128);
    CHECK(utf8("\xe0\xa0\x80", offset) == 2048);
    CHECK(utf8("\xed\x9f\xbf", offset) == 0xd7ff);
    CHECK(utf8("\xee\x80\x80", offset) == 0xe000);
    CHECK(utf8("\xef\xbf\xbf", offset) == 0xffff);
    CHECK(utf8("\xf0\x90\x80\x80", offset) == 0x10000);
    CHECK(utf8("\xf4\x8f\xbf\xbf", offset) == 0x10ffff);
    for (const char* bad :
         {"", "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2", "\xe0\xa0", "\xf0\x90\x80", "\xc2\x41"})
      CHECK(utf8(bad, offset) == -1);
    const auto utf16 = [&](std::string s) {
      const long big = with_bytes(s, offset, [](auto... a) { return read_utf16(a..., 0); });
      for (std::size_t i = 0; i + 1 < s.size(); i += 2) std::swap(s[i], s[i + 1]);
      const long little = with_bytes(s, offset, [](auto... a) { return read_utf16(a..., kSegmentLittle); });
      CHECK((big == little || s.size() % 2 != 0));
      return big;
    };
    CHECK(utf16("\xd7\xff") == 0xd7ff);
    CHECK(utf16(std::string("\xd8\0\xdc\0", 4)) == 0x10000);
    CHECK(utf16("\xdb\xff\xdf\xff") == 0x10ffff);
    CHECK(utf16("\xff\xff") == 0xffff);
    for (const std::string& bad :
         {std::string("\xd8\0", 2), std::string("\xdc\0\xd8\0", 4), std::string("\xd8\0\xd8\0", 4),
          std::string("\1"), std::string("\xd8\0\xdc", 3)})
      CHECK(utf16(bad) == -1);
    const auto utf32 = [&](const std::string& s) {
      return with_bytes(s, offset, [](auto... a) { return read_utf32(a..., 0); });
    };
    CHECK(utf32(std::string("\0\x10\xff\xff", 4)) == 0x10ffff);
    CHECK(utf32(std::string("\0\0\xd8\0", 4)) == -1);
    CHECK(utf32(std::string("\0\x11\0\0", 4)) == -1);
    CHECK(utf32(std::string("\0\0\1", 3)) == -1);
  }
  // Writing, then reading back.
  for (long c : {0, 127, 128, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffe, 0xffff, 0x10000, 0x10ffff})
    for (unsigned offset : {0, 3})
      for (unsigned flags : {0u, kSegmentLittle}) {
        std::uint8_t* bytes;
        make_bitstring(h, 200, &bytes);
        BitWriter w(bytes);
        w.put(0, offset);
        REQUIRE(w.put_utf8(Term::small(c)));
        CHECK(w.position() == offset + 8 * utf8_size(Term::small(c)));
        const std::size_t second = w.position();
        REQUIRE(w.put_utf16(Term::small(c), flags));
        CHECK(w.position() == second + 8 * utf16_size(Term::small(c)));
        const std::size_t third = w.position();
        REQUIRE(w.put_utf32(Term::small(c), flags));
        CHECK(read_utf8(bytes, offset, 200 - offset).code_point == c);
        CHECK(read_utf16(bytes, second, 200 - second, flags).code_point == c);
        CHECK(read_utf32(bytes, third, 200 - third, flags).code_point == c);
      }
  std::uint8_t* bytes;
  make_bitstring(h, 200, &bytes);
  BitWriter w(bytes);
  for (const Term bad : {Term::small(0xd800), Term::small(0xdfff), Term::small(0x110000), Term::small(-1),
                         Term::nil(), integer_bsl(h, Term::small(1), Term::small(70))}) {
    CHECK_FALSE(w.put_utf8(bad));
    CHECK_FALSE(w.put_utf16(bad, 0));
    CHECK_FALSE(w.put_utf32(bad, 0));
    CHECK(utf8_size(bad) == 0);
    CHECK(utf16_size(bad) == 0);
  }
  CHECK(w.position() == 0);
}

TEST_CASE("appending gives the same bits as building anew, and extends in place") {
  std::mt19937_64 random(6);
  for (int round = 0; round < 50; ++round) {
    BlockHeap h;
    std::string expected;
    Term t = round % 2 ? make_writable_binary(h, 10) : make_binary_copy(h, "");
    std::vector<std::pair<Term, std::size_t>> old;
    const bool whole_bytes = round % 4 < 2;
    for (int i = 0; i < 200; ++i) {
      const auto n = static_cast<unsigned>(whole_bytes ? random() % 9 * 8 : random() % 65);
      const Word v = random();
      BitWriter w;
      old.emplace_back(t, expected.size());
      t = begin_append(h, t, n, &w);
      w.put(v, n);
      for (unsigned b = n; b-- > 0;) expected += v >> b & 1 ? '1' : '0';
      REQUIRE(w.position() == expected.size());
    }
    CHECK(bit_text(t) == expected);
    for (const auto& [o, size] : old) {
      if (bit_text(o) != expected.substr(0, size)) FAIL("an older part has changed");
    }
    // Two continuations of the same old bitstring are independent.
    const auto& [fork, size] = old[random() % old.size()];
    BitWriter w1, w2;
    const Term a = begin_append(h, fork, 8, &w1);
    w1.put(0xaa, 8);
    const Term b = begin_append(h, fork, 8, &w2);
    w2.put(0x55, 8);
    CHECK(bit_text(a) == expected.substr(0, size) + "10101010");
    CHECK(bit_text(b) == expected.substr(0, size) + "01010101");
    CHECK(bit_text(t) == expected);
  }
}

TEST_CASE("appending copies each byte a bounded number of times") {
  BlockHeap h;
  Term t = make_binary_copy(h, "");
  std::size_t moves = 0;
  for (int i = 0; i < 100000; ++i) {
    BitWriter w;
    const std::uint8_t* base = Bits::from(t)->base();
    t = begin_append(h, t, 8, &w);
    w.put(static_cast<Word>(i), 8);
    moves += Bits::from(t)->base() != base;
  }
  CHECK(moves < 64 + 20);
  CHECK(Bits::from(t)->byte_size() == 100000);
}

TEST_CASE("a last byte that is not full is not appended to while others hold the binary") {
  BlockHeap h;
  BitWriter w;
  Term t = begin_append(h, make_binary_copy(h, std::string(64, 'x')), 8 + 3, &w);
  w.put(0xffff, 11);
  RefcBinary* binary = refc_binary_of(t);
  REQUIRE(binary != nullptr);
  binary->retain();  // as a message to another process would
  Term next = begin_append(h, t, 5, &w);
  w.put(0, 5);
  CHECK(refc_binary_of(next) != binary);
  CHECK(bit_text(next).substr(64 * 8) == "1111111111100000");
  binary->release();
  // Whole bytes are appended in place all the same, since nobody reads behind the end.
  binary = refc_binary_of(next);
  binary->retain();
  next = begin_append(h, next, 8, &w);
  w.put(1, 8);
  CHECK(refc_binary_of(next) == binary);
  binary->release();
}

TEST_CASE("a match context moves over its bitstring") {
  BlockHeap h;
  const Term t = make_binary_copy(h, "abcdefgh" + std::string(100, 'x'));
  const Term context = make_match_context(h, make_sub_bits(h, t, 8, 800));
  MatchContext m(context);
  CHECK(m.remaining() == 800);
  const std::size_t start = m.position();
  CHECK(read_bits(m.base(), m.position(), 8) == 'b');
  m.advance(16);
  CHECK(read_bits(m.base(), m.position(), 8) == 'd');
  CHECK(Bits::from(make_sub_bits(h, context, 0, m.remaining()))->byte_size() == 98);
  m.set_position(start);
  CHECK(m.remaining() == 800);
  CHECK(m.has(800));
  CHECK_FALSE(m.has(801));
}
