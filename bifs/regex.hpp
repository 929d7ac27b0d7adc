// regex.hpp -- regular expressions: PCRE2 behind the options, results and error texts of Erlang's re module.
// Owner: shared. Threads: a Regex may match on several at once; the cache takes a lock.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace joist {

enum class Newline : std::uint8_t { lf, cr, crlf, any, anycrlf };

struct RegexOptions {
  std::uint32_t flags = 0;  // PCRE2_CASELESS and so on
  Newline newline = Newline::lf;
  bool bsr_anycrlf = false;
};

struct RegexError {
  std::string text;      // OTP: the texts are those of PCRE 8
  std::size_t position;  // bytes
};

struct MatchOptions {
  std::uint32_t flags = 0;  // PCRE2_NOTBOL and so on
  std::size_t offset = 0;
  std::optional<std::uint32_t> limit, depth_limit;
};
constexpr std::uint32_t kDefaultMatchLimit = 10'000'000;

enum class MatchStatus { match, no_match, limit, depth_limit, bad_subject };
struct MatchResult {
  MatchStatus status;
  // Start and end of group 0 and on, up to the last one that took part; {npos, npos} for those that did not.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
};

class Regex {
 public:
  // The compiled expression, perhaps an earlier one with the same text and options; null and *error.
  static std::shared_ptr<Regex> get(std::string_view pattern, const RegexOptions& options, RegexError* error);
  // serialized() and back; null if `bytes` is something else.
  static std::shared_ptr<Regex> from_serialized(std::string_view bytes);
  const std::string& serialized() const { return key_; }
  static std::string version();
  ~Regex();

  std::uint32_t capture_count() const { return captures_; }
  bool is_unicode() const { return unicode_; }  // asked for by option, not by the pattern itself
  bool newline_may_be_crlf() const { return crlf_; }
  // Names in alphabetical order, each once, with the groups that have it.
  struct Name {
    std::string text;
    std::vector<std::uint32_t> groups;
  };
  const std::vector<Name>& names() const { return names_; }

  // The same expression with other ends of lines; null: it has these already.
  std::shared_ptr<Regex> with_newline(Newline newline);
  MatchResult match(std::string_view subject, const MatchOptions& options);

 private:
  Regex(std::string key, pcre2_real_code_8* code, const RegexOptions& options);
  static std::shared_ptr<Regex> get_by_key(const std::string& key, RegexError* error);
  const pcre2_real_code_8* code_for_match();

  const std::string key_;  // options and pattern
  pcre2_real_code_8* const code_;
  std::atomic<pcre2_real_code_8*> fast_{nullptr};  // with machine code, after some uses
  std::atomic<int> uses_{0};
  std::mutex compiling_;
  bool unicode_, crlf_;
  std::uint32_t captures_;
  std::vector<Name> names_;
};

}  // namespace joist
