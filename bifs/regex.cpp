#include "bifs/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <unordered_map>

#include "vm/base/check.hpp"

namespace joist {

namespace {

// ---- serialized form: magic, flags, newline, bsr, pattern ----
constexpr std::string_view kMagic = "joist-re1";
constexpr std::size_t kPatternAt = kMagic.size() + 4 + 2;

std::string make_key(std::string_view pattern, const RegexOptions& o) {
  std::string key(kMagic);
  for (int shift = 0; shift < 32; shift += 8) key += static_cast<char>(o.flags >> shift & 0xff);
  key += static_cast<char>(o.newline);
  key += static_cast<char>(o.bsr_anycrlf);
  return key.append(pattern);
}
bool is_key(std::string_view bytes) {
  return bytes.size() >= kPatternAt && bytes.starts_with(kMagic) &&
         static_cast<std::uint8_t>(bytes[kPatternAt - 2]) <= 4;
}
RegexOptions options_of(std::string_view key) {
  RegexOptions o;
  for (std::size_t i = 0; i < 4; ++i)
    o.flags |= std::uint32_t{static_cast<std::uint8_t>(key[kMagic.size() + i])} << i * 8;
  o.newline = static_cast<Newline>(key[kPatternAt - 2]);
  o.bsr_anycrlf = key[kPatternAt - 1] != 0;
  return o;
}

std::uint32_t pcre2_newline(Newline n) {
  switch (n) {
    case Newline::lf: return PCRE2_NEWLINE_LF;
    case Newline::cr: return PCRE2_NEWLINE_CR;
    case Newline::crlf: return PCRE2_NEWLINE_CRLF;
    case Newline::any: return PCRE2_NEWLINE_ANY;
    case Newline::anycrlf: return PCRE2_NEWLINE_ANYCRLF;
  }
  fail("a newline setting that does not exist");
}

// ---- errors in patterns ----

struct ErrorText {
  int code;          // of PCRE2
  const char* text;  // of PCRE 8
  int shift;         // from PCRE2's position to PCRE 8's
};
constexpr ErrorText kErrorTexts[] = {
    {107, "invalid escape sequence in character class", 0},
    {109, "nothing to repeat", 0},
    {114, "missing )", 0},
    {118, "missing ) after comment", 0},
    {119, "regular expression is too complicated", 0},
    {122, "unmatched parentheses", 0},
    {124, "malformed number or name after (?(", 0},
    {126, "a numbered reference must not be zero", 0},
    {127, "conditional group contains more than two branches", 0},
    {128, "assertion expected after (?( or (?(?C)", 1},
    {129, "digit expected after (?+", 1},
    {134, "character value in \\x{} or \\o{} is too large", 0},
    {136, "\\C not allowed in lookbehind assertion", 0},
    {137, "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u", -1},
    {138, "number after (?C is > 255", 0},
    {139, "closing ) for (?C expected", 0},
    {142, "syntax error in subpattern name (missing terminator)", 0},
    {143, "two named subpatterns have the same name", -1},
    {144, "group name must start with a non-digit", 0},
    {147, "unknown property name after \\P or \\p", -1},
    {148, "subpattern name is too long (maximum 32 characters)", 0},
    {150, "invalid range in character class", -1},
    {154, "DEFINE group contains more than one branch", 0},
    {157, "\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number", -1},
    {158, "(?R or (?[+-]digits must be followed by )", 0},
    {168, "\\c must be followed by an ASCII character", 0},
    {169, "\\k is not followed by a braced, angle-bracketed, or quoted name", -1},
    {171, "\\N is not supported in a class", -1},
    {181, "closing ) for (?C expected", 0},
    {182, "closing ) for (?C expected", 0},
    {195, "(*VERB) not recognized or malformed", 0},
};

// Index of the ')' that closes the group opened at `open`, or the pattern's size.
std::size_t closing_parenthesis(std::string_view p, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < p.size(); ++i) {
    if (p[i] == '\\')
      ++i;
    else if (p[i] == '(')
      ++depth;
    else if (p[i] == ')' && --depth == 0)
      return i;
  }
  return p.size();
}

std::size_t after_digits(std::string_view p, std::size_t at) {
  while (at < p.size() && std::isdigit(static_cast<unsigned char>(p[at]))) ++at;
  return at;
}

bool is_letter(char ch) {  // of Latin-1
  const auto c = static_cast<unsigned char>(ch);
  return c < 0x80 ? std::isalpha(c) : c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

bool is_word(char ch) { return std::isalnum(static_cast<unsigned char>(ch)) || ch == '_'; }

// PCRE 8 tells some errors apart that PCRE2 does not, and sees some of them at another place.
void refine_error(std::string_view p, int code, RegexError* e) {
  std::size_t& at = e->position;
  // What stands between the last "(?" and the place.
  const std::size_t open = p.substr(0, at).rfind("(?");
  const std::string_view inside = open == std::string_view::npos ? "" : p.substr(open + 2, at - open - 2);
  switch (code) {
    case 114: {
      if (open == std::string_view::npos) break;
      const auto is_flags = [](char ch) { return std::isalpha(static_cast<unsigned char>(ch)) || ch == '-'; };
      if (inside == "C")
        e->text = "closing ) for (?C expected";
      else if (inside == "P")
        e->text = "unrecognized character after (?P";
      else if (std::all_of(inside.begin(), inside.end(), is_flags))
        e->text = "unrecognized character after (? or (?-";
      else if (std::all_of(inside.begin(), inside.end(),
                           [](char ch) { return std::isdigit(ch) || ch == '+' || ch == '-'; }))
        e->text = "(?R or (?[+-]digits must be followed by )";
      break;
    }
    case 104:  // a number of times for \N
      if (at > 0 && at < p.size() && p[at - 1] == 'N' && p[at] == '{')
        at = std::min(p.find('}', at), p.size());
      break;
    case 139:
    case 181:
    case 182:
      if (const std::size_t callout = p.substr(0, at).rfind("(?C"); callout != std::string_view::npos)
        at = after_digits(p, callout + 3);
      break;
    case 146:
      if (const std::size_t escape = p.substr(0, at).find_last_of("pP", at < 2 ? 0 : at - 2);
          escape != std::string_view::npos && escape + 1 < p.size() && p[escape + 1] != '{') {
        e->text = "unknown property name after \\P or \\p";
        --at;
      }
      break;
    case 157:
      if (p.substr(at + 1).starts_with("{")) {
        e->text = "group name must start with a non-digit";
        at += 2;
      } else {
        e->text = "a numbered reference must not be zero";
      }
      break;
    case 115: {  // a group that does not exist: PCRE 8 has read its name to the end, or all of the pattern
                 // for a number
      if (at > 0 && at < p.size() && p[at - 1] == '\\' && std::isdigit(p[at])) {
        at = p.size();
        break;
      }
      if (const std::size_t g = p.substr(0, at + 1).rfind("\\g"); g != std::string_view::npos) {
        std::size_t number = g + 2;
        if (number < p.size() && p[number] == '{') ++number;
        const bool relative = number < p.size() && p[number] == '-';
        const std::size_t after = after_digits(p, number + relative);
        if (after > number + relative && after >= at) {
          const bool zero = p.substr(number, after - number).find_first_not_of('0') == std::string_view::npos;
          if (zero) e->text = "a numbered reference must not be zero";
          at = zero ? after - 1 : relative ? after : p.size();
          break;
        }
      }
      std::size_t end = at < p.size() && p[at] == '(' ? at + 1 : at;
      while (end < p.size() && is_word(p[end])) ++end;
      if (inside.starts_with("(") || (at < p.size() && p[at] == '(')) {
        end = p.find(')', end);
        at = end == std::string_view::npos ? p.size() : end + 1;
      } else {
        at = end < p.size() && p[end] == '}' && end == at ? end + 1 : end;
      }
      break;
    }
    case 125:
    case 136: at = closing_parenthesis(p, at); break;
    case 142:
      if (inside.starts_with("(")) e->text = "malformed number or name after (?(";
      break;
    case 155:
      if (at < p.size() && p[at] == ']') --at;
      break;
    case 154: at = closing_parenthesis(p, at >= 3 ? at - 3 : 0); break;
    case 160:  // PCRE 8: a name or ':' makes a verb of "(*"
      if (const std::size_t verb = p.substr(0, at).rfind("(*"); verb != std::string_view::npos) {
        const std::size_t first = verb + 2;
        if (first < p.size() && (p[first] == ':' || is_letter(p[first]))) break;
        e->text = "nothing to repeat";
        at = verb + 1;
      }
      break;
    case 162:
      if (inside == "P<")
        e->text = "syntax error in subpattern name (missing terminator)";
      else if (inside == "<")
        e->text = "unrecognized character after (?<";
      break;
    case 178:
      if (at < p.size() && p[at] == '}' && at > 1 && p[at - 1] == '{') {
        e->text = "digits missing in \\x{} or \\o{}";
        if (p[at - 2] == 'o') at -= 2;
        break;
      }
      e->text = at >= 2 && p[at - 2] == 'o' ? "non-octal character in \\o{} (closing brace missing?)"
                                            : "non-hex character in \\x{} (closing brace missing?)";
      break;
    default: break;
  }
}

// \1 or \g1: what does not exist is missed at the end.
bool is_back_reference(std::string_view p, std::size_t at) {
  while (at > 0 && at <= p.size() &&
         (at == p.size() || std::isdigit(static_cast<unsigned char>(p[at])) || p[at] == '{'))
    --at;
  return p.substr(0, at + 1).ends_with('\\') || p.substr(0, at + 1).ends_with("\\g");
}

RegexError describe_error(std::string_view pattern, int code, std::size_t position) {
  if (code < 0) return {"invalid UTF-8 string", position};
  RegexError e{"", position};
  for (const ErrorText& t : kErrorTexts)
    if (t.code == code) {
      e.text = t.text;
      e.position = static_cast<std::size_t>(
          std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(position) + t.shift));
    }
  if (e.text.empty()) {
    char buffer[256];
    pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(buffer), sizeof buffer);
    e.text = buffer;
  }
  refine_error(pattern, code, &e);
  return e;
}

// OTP: characters 128-255 are classed as those of Latin-1, whatever the locale says. PCRE2's own tables, for
// the plain C locale, hold: lower case of each byte; other case of each byte; a bit map of 256 bits for each
// of the classes below; type bits of each byte.
const std::uint8_t* latin1_tables() {
  static const std::uint8_t* tables = [] {
    constexpr std::size_t kOtherCase = 256, kClasses = 512, kTypes = kClasses + 320;
    enum Class { space, xdigit, digit, upper, lower, word, graph, print, punct, cntrl };
    auto* t = const_cast<std::uint8_t*>(pcre2_maketables(nullptr));
    const auto add = [&](Class k, std::size_t ch) {
      t[kClasses + std::size_t{k} * 32 + ch / 8] |= static_cast<std::uint8_t>(1u << ch % 8);
    };
    for (std::size_t ch = 128; ch < 256; ++ch) {
      const bool is_upper = ch >= 0xc0 && ch <= 0xde && ch != 0xd7;
      const bool is_lower = (ch >= 0xdf && ch != 0xf7) || ch == 0xaa || ch == 0xb5 || ch == 0xba;
      if (is_upper) {
        t[ch] = t[kOtherCase + ch] = static_cast<std::uint8_t>(ch + 32);
        t[kOtherCase + ch + 32] = static_cast<std::uint8_t>(ch);
      }
      if (is_upper || is_lower) {
        add(is_upper ? upper : lower, ch);
        add(word, ch);
        t[kTypes + ch] = t[kTypes + (is_upper ? 'G' : 'g')];
      }
      if (ch < 160) {
        add(cntrl, ch);
        continue;
      }
      add(graph, ch);
      add(print, ch);
      if (!is_upper && !is_lower) add(punct, ch);
    }
    return t;
  }();
  return tables;
}

// OTP: as many groups within groups as PCRE 8 has room to note.
constexpr std::uint32_t kMostOpenGroups = 798;

// A pattern in which backslashes are added or dropped, and which knows where the others stood.
class Rewritten {
 public:
  explicit Rewritten(std::string_view pattern) : text_(pattern) {}
  const std::string& text() const { return text_; }
  bool is(std::size_t at, char ch) const { return at < text_.size() && text_[at] == ch; }
  void add_backslash(std::size_t at) {
    text_.insert(at, 1, '\\');
    changes_.push_back({at, -1});
  }
  // One that PCRE 8 does not mind and PCRE2 does: before a letter in a class that is an assertion or the like
  // elsewhere ([\B] is "B"), and before an 8 or 9 that names no group (\8 is "8"). False if there is none.
  bool drop_needless_backslash(int error, std::size_t position) {
    if ((error != 107 && error != 115) || position == 0 || position > text_.size()) return false;
    std::size_t at = position - 1;
    if (error == 115)
      while (at > 0 && std::isdigit(static_cast<unsigned char>(text_[at]))) --at;
    if (!is(at, '\\') || (error == 115 && !is(at + 1, '8') && !is(at + 1, '9'))) return false;
    text_.erase(at, 1);
    changes_.push_back({at, 1});
    return true;
  }
  // PCRE 8 takes DEL for a control character's letter as well: \c DEL is "?".
  bool write_question_mark(std::size_t position) {
    const std::size_t at = text_.rfind("\\c\x7f", position);
    if (at == std::string::npos) return false;
    text_.replace(at, 3, "\\x3f");
    changes_.push_back({at + 2, -1});
    return true;
  }
  std::size_t original(std::size_t at) const {
    for (std::size_t i = changes_.size(); i-- > 0;)
      if (at > changes_[i].at || (changes_[i].by > 0 && at == changes_[i].at))
        at = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + changes_[i].by);
    return at;
  }

 private:
  struct Change {
    std::size_t at;
    std::ptrdiff_t by;
  };
  std::string text_;
  std::vector<Change> changes_;
};

pcre2_code* compile(std::string_view pattern, const RegexOptions& o, RegexError* error) {
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  pcre2_set_character_tables(context, latin1_tables());
  pcre2_set_newline(context, pcre2_newline(o.newline));
  pcre2_set_bsr(context, o.bsr_anycrlf ? PCRE2_BSR_ANYCRLF : PCRE2_BSR_UNICODE);
#ifdef PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK
  constexpr std::uint32_t kExtraOptions = PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK;
#else
  constexpr std::uint32_t kExtraOptions = 0;
#endif
  pcre2_set_compile_extra_options(context, kExtraOptions);
  pcre2_set_parens_nest_limit(context, kMostOpenGroups);
  bool bad_escapes = false;
  Rewritten text(pattern);
  pcre2_code* code = nullptr;
  // PCRE2 10.42 works out wrongly what a match of \w may start with, if that is one of the characters
  // 128-255.
  const bool no_start =
      (o.flags & PCRE2_UTF) && !(o.flags & PCRE2_UCP) && pattern.find("\\w") != std::string_view::npos;
  const std::uint32_t flags = o.flags | (no_start ? PCRE2_NO_START_OPTIMIZE : 0);
  for (;;) {
    int number = 0;
    PCRE2_SIZE position = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.text().data()), text.text().size(), flags, &number,
                         &position, context);
    if (code != nullptr) break;
    // PCRE 8 takes a letter that follows a backslash without reason for itself.
    if (number == 103 && !bad_escapes) {
      bad_escapes = true;
      pcre2_set_compile_extra_options(context, kExtraOptions | PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
      continue;
    }
    // PCRE 8 takes the '-' of [\w-.] for itself.
    if (number == 150 && text.is(position, '-')) {
      text.add_backslash(position);
      continue;
    }
    if (text.drop_needless_backslash(number, position)) continue;
    if (number == 168 && text.write_question_mark(position)) continue;
    if (error == nullptr) break;
    // PCRE 8 misses groups as it meets their names, before it sees a ')' too much.
    if (number == 122 && position > 0) {
      int earlier = 0;
      PCRE2_SIZE place = 0;
      pcre2_code* part = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.text().data()), position, flags,
                                       &earlier, &place, context);
      pcre2_code_free(part);
      if (part == nullptr && earlier == 115 && place < position && !is_back_reference(text.text(), place)) {
        number = earlier;
        position = place;
      }
    }
    *error = describe_error(pattern, number, text.original(position));
    break;
  }
  pcre2_compile_context_free(context);
  return code;
}

// ---- the cache ----
// By serialized form, since that is all that a re_pattern tuple holds.
constexpr std::size_t kMaxCached = 2000;
struct Cache {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Regex>> entries;
};
Cache& cache() {
  static Cache* c = new Cache;  // never destroyed: other threads may match while the program ends
  return *c;
}

// What a thread needs for matching.
struct Scratch {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* jit_stack = pcre2_jit_stack_create(32 * 1024, 1024 * 1024, nullptr);
  pcre2_match_data* data = nullptr;
  std::uint32_t pairs = 0;

  Scratch() { pcre2_jit_stack_assign(context, nullptr, jit_stack); }
  ~Scratch() {
    pcre2_match_data_free(data);
    pcre2_jit_stack_free(jit_stack);
    pcre2_match_context_free(context);
  }
  void need(std::uint32_t n) {
    if (n <= pairs) return;
    pcre2_match_data_free(data);
    pairs = std::max<std::uint32_t>(n, 16);
    data = pcre2_match_data_create(pairs, nullptr);
  }
};

constexpr int kUsesBeforeMachineCode = 3;

}  // namespace

Regex::Regex(std::string key, pcre2_code* code, const RegexOptions& options)
    : key_(std::move(key)), code_(code) {
  unicode_ = (options.flags & PCRE2_UTF) != 0;
  std::uint32_t newline = 0, name_count = 0, entry_size = 0;
  PCRE2_SPTR table = nullptr;
  pcre2_pattern_info(code_, PCRE2_INFO_CAPTURECOUNT, &captures_);
  pcre2_pattern_info(code_, PCRE2_INFO_NEWLINE, &newline);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMECOUNT, &name_count);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMETABLE, &table);
  crlf_ = newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANY || newline == PCRE2_NEWLINE_ANYCRLF;
  for (std::uint32_t i = 0; i < name_count; ++i, table += entry_size) {
    const std::string text = reinterpret_cast<const char*>(table + 2);
    if (names_.empty() || names_.back().text != text) names_.push_back({text, {}});
    names_.back().groups.push_back(std::uint32_t{table[0]} << 8 | table[1]);
  }
  for (Name& n : names_) std::sort(n.groups.begin(), n.groups.end());
}

Regex::~Regex() {
  pcre2_code_free(code_);
  pcre2_code_free(fast_.load());
}

// Patterns are those of PCRE 8. It is not the version that OTP 25 has: what Elixir compiled there and keeps
// in its .beam files is of no use here, and it compiles anew when it sees another version.
std::string Regex::version() { return "8.45 2021-06-15"; }

std::shared_ptr<Regex> Regex::get_by_key(const std::string& key, RegexError* error) {
  Cache& c = cache();
  {
    const std::lock_guard lock(c.mutex);
    if (const auto it = c.entries.find(key); it != c.entries.end()) return it->second;
  }
  const RegexOptions options = options_of(key);
  pcre2_code* code = compile(std::string_view(key).substr(kPatternAt), options, error);
  if (code == nullptr) return nullptr;
  std::shared_ptr<Regex> made(new Regex(key, code, options));
  const std::lock_guard lock(c.mutex);
  if (c.entries.size() >= kMaxCached) c.entries.clear();
  return c.entries.try_emplace(key, std::move(made)).first->second;
}
std::shared_ptr<Regex> Regex::get(std::string_view pattern, const RegexOptions& options, RegexError* error) {
  return get_by_key(make_key(pattern, options), error);
}
std::shared_ptr<Regex> Regex::from_serialized(std::string_view bytes) {
  return is_key(bytes) ? get_by_key(std::string(bytes), nullptr) : nullptr;
}

std::shared_ptr<Regex> Regex::with_newline(Newline newline) {
  RegexOptions options = options_of(key_);
  if (options.newline == newline) return nullptr;
  options.newline = newline;
  return get_by_key(make_key(std::string_view(key_).substr(kPatternAt), options), nullptr);
}

const pcre2_code* Regex::code_for_match() {
  if (const pcre2_code* fast = fast_.load(std::memory_order_acquire)) return fast;
  if (uses_.fetch_add(1, std::memory_order_relaxed) < kUsesBeforeMachineCode) return code_;
  const std::lock_guard lock(compiling_);
  if (fast_.load(std::memory_order_relaxed) == nullptr) {
    // A copy, since other threads may be matching with the first one. Without machine code it will do, too.
    pcre2_code* copy = pcre2_code_copy(code_);
    pcre2_jit_compile(copy, PCRE2_JIT_COMPLETE);
    fast_.store(copy, std::memory_order_release);
  }
  return fast_.load(std::memory_order_relaxed);
}

MatchResult Regex::match(std::string_view subject, const MatchOptions& options) {
  thread_local Scratch scratch;
  scratch.need(captures_ + 1);
  pcre2_set_match_limit(scratch.context, options.limit.value_or(kDefaultMatchLimit));
  pcre2_set_depth_limit(scratch.context, options.depth_limit.value_or(kDefaultMatchLimit));
  const auto run = [&](std::uint32_t more_flags) {
    return pcre2_match(code_for_match(), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(),
                       options.offset, options.flags | more_flags, scratch.data, scratch.context);
  };
  // Machine code does not count how deep it is, and steps in another way.
  int n = run(options.depth_limit ? PCRE2_NO_JIT : 0);
  if (n == PCRE2_ERROR_JIT_STACKLIMIT) n = run(PCRE2_NO_JIT);
  if (n == PCRE2_ERROR_NOMATCH) return {MatchStatus::no_match, {}};
  if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_HEAPLIMIT) return {MatchStatus::limit, {}};
  if (n == PCRE2_ERROR_DEPTHLIMIT) return {MatchStatus::depth_limit, {}};
  if (n < 0) return {MatchStatus::bad_subject, {}};
  MatchResult result{MatchStatus::match, {}};
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(scratch.data);
  for (int i = 0; i < n; ++i) result.groups.emplace_back(ends[2 * i], ends[2 * i + 1]);
  return result;
}

}  // namespace joist
