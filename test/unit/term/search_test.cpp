// search_test.cpp -- byte patterns against a search by hand.
#include "vm/term/search.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace joist;

namespace {

std::string all_matches(const std::vector<std::string_view>& patterns, std::string_view text) {
  const BytePatterns p(patterns);
  std::string out;
  for (std::size_t at = 0; const auto m = p.find(text, at); at = m->start + m->length)
    out += std::to_string(m->start) + "," + std::to_string(m->length) + " ";
  return out;
}

std::string all_matches_by_hand(const std::vector<std::string_view>& patterns, std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t longest = 0;
    for (const auto p : patterns)
      if (text.substr(at).starts_with(p)) longest = std::max(longest, p.size());
    if (longest != 0) out += std::to_string(at) + "," + std::to_string(longest) + " ";
    at += longest == 0 ? 1 : longest;
  }
  return out;
}

}  // namespace

TEST_CASE("search: first and longest, as binary:matches/2") {
  CHECK(all_matches({"bcde", "cd"}, "abcde") == "1,4 ");
  CHECK(all_matches({"ab", "abcd"}, "abcde abcd ab") == "0,4 6,4 11,2 ");
  CHECK(all_matches({"abcdX", "bc"}, "abcde") == "1,2 ");
  CHECK(all_matches({"\r\n", "\n"}, "a\r\nb\nc\r") == "1,2 4,1 ");
  CHECK(all_matches({"aa"}, "aaaaa") == "0,2 2,2 ");
  CHECK(all_matches({"x"}, "") == "");
  CHECK(all_matches({"x"}, "axbx") == "1,1 3,1 ");
  CHECK(all_matches({"abc"}, "ab") == "");
  CHECK(all_matches({std::string_view("\0\xff", 2)}, std::string_view("a\0\xff", 3)) == "1,2 ");
}

TEST_CASE("search: random patterns over a small alphabet") {
  std::mt19937 random(7);
  const auto random_string = [&](std::size_t max) {
    std::string s(1 + random() % max, 'a');
    for (char& c : s) c = static_cast<char>('a' + random() % 3);
    return s;
  };
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> strings(1 + random() % 5);
    for (auto& s : strings) s = random_string(6);
    const std::vector<std::string_view> patterns(strings.begin(), strings.end());
    const std::string text = random_string(round % 8 == 0 ? 3000 : 60);
    if (all_matches(patterns, text) != all_matches_by_hand(patterns, text)) FAIL(text << " " << strings[0]);
  }
}
