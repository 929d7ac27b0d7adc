// bits_test.cpp -- bitstrings: making, slicing, copying and comparing at every alignment.
#include "vm/term/bits.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace joist;

namespace {

bool bit(const std::uint8_t* p, std::size_t i) { return p[i / 8] >> (7 - i % 8) & 1; }

std::string bit_text(const std::uint8_t* p, std::size_t start, std::size_t n) {
  std::string s;
  for (std::size_t i = 0; i < n; ++i) s += bit(p, start + i) ? '1' : '0';
  return s;
}
std::string bit_text(Term t) {
  const Bits b = *Bits::from(t);
  return bit_text(b.base(), b.start_bit(), b.bit_size());
}

}  // namespace

TEST_CASE("copy_bits copies at every pair of offsets and leaves the other bits alone") {
  std::mt19937 random(1);
  std::vector<std::uint8_t> source(64), before(64);
  for (auto& b : source) b = static_cast<std::uint8_t>(random());
  for (auto& b : before) b = static_cast<std::uint8_t>(random());
  for (std::size_t from = 0; from < 17; ++from)
    for (std::size_t to = 0; to < 17; ++to)
      for (std::size_t n = 0; n < 220; n += n < 80 ? 1 : 13) {
        auto target = before;
        copy_bits(target.data(), to, source.data(), from, n);
        const std::string expected = bit_text(before.data(), 0, to) + bit_text(source.data(), from, n) +
                                     bit_text(before.data(), to + n, 512 - to - n);
        if (bit_text(target.data(), 0, 512) != expected) FAIL("from " << from << " to " << to << " n " << n);
      }
}

TEST_CASE("copy_bits and compare_bits touch no byte outside the bits") {
  // Exactly sized allocations: the address sanitizer sees any byte too far.
  for (std::size_t from = 0; from < 8; ++from)
    for (std::size_t to = 0; to < 8; ++to)
      for (std::size_t n : {0, 1, 7, 8, 9, 57, 63, 64, 65, 71, 72, 127, 128, 200}) {
        std::vector<std::uint8_t> source(bytes_for_bits(from + n), 0xa5), target(bytes_for_bits(to + n), 0);
        source.shrink_to_fit();
        target.shrink_to_fit();
        copy_bits(target.data(), to, source.data(), from, n);
        CHECK(compare_bits(target.data(), to, source.data(), from, n) == 0);
      }
}

TEST_CASE("compare_bits orders as strings of bits") {
  std::mt19937 random(2);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::uint8_t> a(32), b(32);
    for (auto& x : a) x = static_cast<std::uint8_t>(random());
    const std::size_t a_bit = random() % 16, b_bit = random() % 16, n = random() % 200;
    copy_bits(b.data(), b_bit, a.data(), a_bit, n);
    if (n != 0 && round % 2) {
      const std::size_t flip = b_bit + random() % n;
      b[flip / 8] ^= static_cast<std::uint8_t>(0x80 >> flip % 8);
    }
    const int expected = bit_text(a.data(), a_bit, n).compare(bit_text(b.data(), b_bit, n));
    const int got = compare_bits(a.data(), a_bit, b.data(), b_bit, n);
    if ((expected < 0) != (got < 0) || (expected > 0) != (got > 0)) FAIL("round " << round);
  }
}

TEST_CASE("binaries up to 64 bytes lie on the heap, larger ones are reference counted") {
  const std::size_t before = RefcBinary::total_bytes();
  {
    BlockHeap h;
    for (std::size_t size : {0, 1, 7, 8, 9, 63, 64, 65, 1000}) {
      const std::string data(size, 'x');
      const Term t = make_binary_copy(h, data);
      REQUIRE(t.is_binary());
      const Bits b = *Bits::from(t);
      CHECK(b.bit_size() == 8 * size);
      CHECK(b.view() == data);
      CHECK(t.is_box(size <= 64 ? BoxKind::heap_bits : BoxKind::sub_bits));
      CHECK((refc_binary_of(t) != nullptr) == (size > 64));
    }
    CHECK(RefcBinary::total_bytes() >= before + 1065);
  }
  CHECK(RefcBinary::total_bytes() == before);
}

TEST_CASE("unused low bits of a new bitstring are zero") {
  BlockHeap h;
  std::uint8_t* bytes;
  Term t = make_bitstring(h, 13, &bytes);
  CHECK_FALSE(t.is_binary());
  CHECK(t.is_bitstring());
  CHECK(bytes[1] == 0);
  t = make_bitstring(h, 1001, &bytes);
  CHECK(bytes[125] == 0);
}

TEST_CASE("parts share large binaries and copy small ones") {
  std::mt19937 random(3);
  BlockHeap h;
  for (std::size_t size : {10, 60, 200}) {
    std::uint8_t* bytes;
    const Term whole = make_binary(h, size, &bytes);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(random());
    const std::string all = bit_text(whole);
    for (int round = 0; round < 200; ++round) {
      const std::size_t start = random() % (8 * size + 1), n = random() % (8 * size - start + 1);
      const Term part = make_sub_bits(h, whole, start, n);
      REQUIRE(bit_text(part) == all.substr(start, n));
      CHECK(part.is_box(n <= 24 * 8 && n != 8 * size  ? BoxKind::heap_bits
                        : n == 8 * size && size <= 64 ? BoxKind::heap_bits
                                                      : BoxKind::sub_bits));
      const std::size_t start2 = random() % (n + 1), n2 = random() % (n - start2 + 1);
      REQUIRE(bit_text(make_sub_bits(h, part, start2, n2)) == all.substr(start + start2, n2));
    }
    CHECK(make_sub_bits(h, whole, 0, 8 * size) == whole);
  }
}
