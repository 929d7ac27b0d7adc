// search.hpp -- finding one or several byte strings in another: binary:match, matches, split, replace.
// Owner: the caller, or a magic reference (binary:compile_pattern/1). Threads: immutable once made.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/term/magic.hpp"

namespace joist {

class BytePatterns final : public MagicObject {
 public:
  // At least one pattern, none of them empty.
  explicit BytePatterns(std::span<const std::string_view> patterns);
  ~BytePatterns() override;
  bool single() const { return automaton_ == nullptr; }

  struct Match {
    std::size_t start, length;
  };
  // OTP: the match that begins first; of several that begin there, the longest. Searches text[from, end of
  // text); takes time linear in what it passes over. For the next match go on behind this one.
  std::optional<Match> find(std::string_view text, std::size_t from = 0) const;

 private:
  struct Automaton;
  std::string pattern_;  // if there is just one
  std::unique_ptr<const Automaton> automaton_;
};

}  // namespace joist
