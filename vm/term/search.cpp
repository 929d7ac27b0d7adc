#include "vm/term/search.hpp"

#include <cstring>

namespace joist {

// Aho-Corasick as a complete automaton: a state is the longest beginning of a pattern that the text read so
// far ends with. Bytes that occur in no pattern share one column of the table.
struct BytePatterns::Automaton {
  using State = std::uint32_t;

  explicit Automaton(std::span<const std::string_view> patterns) {
    for (const std::string_view p : patterns)
      for (const char c : p) {
        std::uint16_t& column = columns[static_cast<std::uint8_t>(c)];
        if (column == 0) column = ++last_column;
      }
    add_state(0);
    for (const std::string_view p : patterns) add_pattern(p);
    for (int b = 0; b < 256; ++b) starts[b] = table[columns[b]] != 0;
    complete();
  }

  std::optional<Match> find(std::string_view text, std::size_t from) const {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto* const end = begin + text.size();
    const auto* p = begin + from;
    std::optional<Match> best;
    State state = 0;
    while (p != end) {
      if (state == 0) {
        if (best) return best;
        while (end - p >= 4 && !(starts[p[0]] | starts[p[1]] | starts[p[2]] | starts[p[3]])) p += 4;
        while (p != end && !starts[*p]) ++p;
        if (p == end) break;
      }
      state = table[state * width() + columns[*p++]];
      const auto at = static_cast<std::size_t>(p - begin);
      // What begins behind the best match so far is of no interest any more.
      if (best && at - depth[state] > best->start) return best;
      if (const std::uint32_t n = longest_match[state]; n != 0) {
        const std::size_t start = at - n;
        if (!best || start <= best->start) best = Match{start, n};
      }
    }
    return best;
  }

 private:
  std::size_t width() const { return last_column + 1u; }

  State add_state(std::uint32_t its_depth) {
    table.resize(table.size() + width(), 0);
    depth.push_back(its_depth);
    longest_match.push_back(0);
    return static_cast<State>(depth.size() - 1);
  }

  void add_pattern(std::string_view p) {
    State state = 0;
    for (const char c : p) {
      const std::size_t at = state * width() + columns[static_cast<std::uint8_t>(c)];
      if (table[at] == 0) {
        const State next = add_state(depth[state] + 1);  // may move the table
        table[at] = next;
      }
      state = table[at];
    }
    longest_match[state] = depth[state];
  }

  // Breadth first: where no pattern goes on, a state goes where the longest proper ending of it does.
  void complete() {
    std::vector<State> queue, fallback(depth.size(), 0);
    for (std::size_t c = 0; c < width(); ++c)
      if (table[c] != 0) queue.push_back(table[c]);
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const State state = queue[i], back = fallback[state];
      if (longest_match[state] == 0) longest_match[state] = longest_match[back];
      for (std::size_t c = 0; c < width(); ++c) {
        State& next = table[state * width() + c];
        const State other = table[back * width() + c];
        if (next != 0) {
          fallback[next] = other;
          queue.push_back(next);
        } else {
          next = other;
        }
      }
    }
  }

  std::uint16_t columns[256] = {};  // 0: in no pattern
  std::uint16_t last_column = 0;
  bool starts[256] = {};     // whether a pattern begins with this byte
  std::vector<State> table;  // [state][column]; state 0 is "nothing yet"
  std::vector<std::uint32_t> depth;
  std::vector<std::uint32_t> longest_match;  // length of the longest pattern that ends here, 0 if none
};

BytePatterns::BytePatterns(std::span<const std::string_view> patterns) {
  check(!patterns.empty(), "no pattern to search for");
  if (patterns.size() == 1) {
    pattern_ = patterns[0];
  } else {
    automaton_ = std::make_unique<const Automaton>(patterns);
  }
}

BytePatterns::~BytePatterns() = default;

namespace {

// memchr for the first byte is many times faster than memmem, unless that byte is frequent.
const char* find_string(const char* p, const char* end, std::string_view pattern) {
  const auto last = static_cast<std::size_t>(end - p) - pattern.size();  // of the starts that are possible
  const char* const last_start = p + last;
  constexpr std::ptrdiff_t kBytesPerMiss = 64;
  for (std::ptrdiff_t credit = 8 * kBytesPerMiss; p <= last_start; ++p) {
    const char* const from = p;
    p = static_cast<const char*>(
        std::memchr(p, static_cast<std::uint8_t>(pattern[0]), static_cast<std::size_t>(last_start - p) + 1));
    if (p == nullptr) return nullptr;
    if (std::memcmp(p, pattern.data(), pattern.size()) == 0) return p;
    credit += p - from - kBytesPerMiss;
    if (credit < 0)
      return static_cast<const char*>(
          memmem(p + 1, static_cast<std::size_t>(end - p - 1), pattern.data(), pattern.size()));
  }
  return nullptr;
}

}  // namespace

std::optional<BytePatterns::Match> BytePatterns::find(std::string_view text, std::size_t from) const {
  if (automaton_) return automaton_->find(text, from);
  if (text.size() - from < pattern_.size()) return std::nullopt;
  const char* found = find_string(text.data() + from, text.data() + text.size(), pattern_);
  if (found == nullptr) return std::nullopt;
  return Match{static_cast<std::size_t>(found - text.data()), pattern_.size()};
}

}  // namespace joist
