// erlang: hashes of terms, identifiers to text and back, display.
#include <cstdio>
#include <string>

#include "bifs/bifs.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"
#include "vm/term/print.hpp"

namespace joist {

namespace {

// A range 1..2^32 for a hash; nullopt otherwise.
std::optional<std::uint64_t> hash_range(Term t) {
  if (!t.is_small()) return std::nullopt;
  const std::int64_t n = t.small_value();
  if (n < 1 || n > std::int64_t{1} << 32) return std::nullopt;
  return static_cast<std::uint64_t>(n);
}

// Reads the numbers of "<0.1.2>" and the like: prefix, numbers with dots between them, '>'.
// Nullopt if the text differs or a number takes more than 64 bits.
std::optional<std::vector<std::uint64_t>> numbers_between(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix) || !text.ends_with('>')) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::vector<std::uint64_t> numbers;
  std::uint64_t n = 0;
  bool digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char ch = text[i];
    if (ch >= '0' && ch <= '9') {
      if (__builtin_mul_overflow(n, std::uint64_t{10}, &n) ||
          __builtin_add_overflow(n, std::uint64_t(ch - '0'), &n))
        return std::nullopt;
      digit = true;
    } else if (digit && (ch == '.' || (ch == '>' && i + 1 == text.size()))) {
      numbers.push_back(n);
      n = 0;
      digit = false;
    } else {
      return std::nullopt;
    }
  }
  return numbers;
}

std::optional<std::vector<std::uint64_t>> numbers_of_list(Term list, std::string_view prefix) {
  const auto text = list_to_bytes(list);
  return text ? numbers_between(*text, prefix) : std::nullopt;
}

// OTP: what a local identifier may hold; text with larger numbers is badarg.
constexpr std::uint64_t kMaxPidSerial = (1 << 13) - 1;
constexpr std::uint64_t kMaxRefNumber0 = (1 << 18) - 1;

// OTP: the emulator ends lines of its own with "\r\n", terminal or not.
void print(std::FILE* to, const std::string& text) {
  for (const char c : text) {
    if (c == '\n') std::fputc('\r', to);
    std::fputc(c, to);
  }
  std::fflush(to);
}

}  // namespace

// phash(Term, Range) in 1..Range; phash2(Term) in 0..2^27-1; phash2(Term, Range) in 0..Range-1.
JOIST_DEFINE_BIF(erlang_phash_2, Term t, Term range_term) {
  const auto range = hash_range(range_term);
  if (!range) return badarg(c);
  return Term::small(static_cast<std::int64_t>(1 + phash(t) % *range));
}
JOIST_DEFINE_BIF(erlang_phash2_1, Term t) { return Term::small(phash2(t) & ((1u << 27) - 1)); }
JOIST_DEFINE_BIF(erlang_phash2_2, Term t, Term range_term) {
  const auto range = hash_range(range_term);
  if (!range) return badarg(c);
  return Term::small(static_cast<std::int64_t>(phash2(t) % *range));
}

// ---- identifiers ----
JOIST_DEFINE_BIF(erlang_pid_to_list_1, Term pid) {
  return pid.is_pid() ? make_byte_list(c.heap(), pid_text(pid)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_port_to_list_1, Term port) {
  return port.is_port() ? make_byte_list(c.heap(), port_text(port)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_ref_to_list_1, Term ref) {
  return ref.is_reference() ? make_byte_list(c.heap(), ref_text(ref)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_fun_to_list_1, Term fun) {
  return fun.is_fun() ? make_byte_list(c.heap(), fun_text(fun)) : badarg(c);
}
// The text must name this node (the first number is 0): others are known by name only.
JOIST_DEFINE_BIF(erlang_list_to_pid_1, List list) {
  const auto n = numbers_of_list(list.t, "<");
  if (!n || n->size() != 3 || (*n)[0] != 0 || (*n)[1] >> kPidNumberBits != 0 || (*n)[2] > kMaxPidSerial)
    return badarg(c);
  return make_local_pid((*n)[1], (*n)[2]);
}
JOIST_DEFINE_BIF(erlang_list_to_port_1, List list) {
  const auto n = numbers_of_list(list.t, "#Port<");
  if (!n || n->size() != 2 || (*n)[0] != 0 || (*n)[1] >> kPidNumberBits != 0) return badarg(c);
  return Term::port((*n)[1]);
}
JOIST_DEFINE_BIF(erlang_list_to_ref_1, List list) {
  const auto n = numbers_of_list(list.t, "#Ref<");
  if (!n || n->size() != 4 || (*n)[0] != 0) return badarg(c);
  RefNumbers ref{};
  ref.count = 3;
  for (std::size_t i = 0; i < 3; ++i) {  // printed last number first
    if ((*n)[3 - i] >> 32 != 0) return badarg(c);
    ref.n[i] = static_cast<std::uint32_t>((*n)[3 - i]);
  }
  return ref.n[0] <= kMaxRefNumber0 ? make_ref_from(c.heap(), ref) : badarg(c);
}

// ---- display, for debugging. OTP: terms go to standard output, strings to standard error ----
JOIST_DEFINE_BIF(erlang_display_1, Term t) {
  print(stdout, to_text(t) + "\n");
  return am::true_;
}
JOIST_DEFINE_BIF(erlang_display_nl_0) {
  print(stderr, "\n");
  return am::true_;
}
JOIST_DEFINE_BIF(erlang_display_string_1, List list) {
  const auto text = list_to_utf8(list.t);
  if (!text) return badarg(c);
  print(stderr, *text);
  return am::true_;
}
// display_string(stdout | stderr, String | Binary), of OTP 26 on.
JOIST_DEFINE_BIF(erlang_display_string_2, Term device, Term string) {
  std::string text, scratch;
  if (const auto b = Binary::from(string)) {
    text = aligned_bytes(*b, scratch);
  } else {
    auto utf8 = string.is_list() ? list_to_utf8(string) : std::nullopt;
    if (!utf8) return badarg(c);
    text = std::move(*utf8);
  }
  if (device != am::stdout_ && device != am::stderr_) return badarg(c);
  print(device == am::stdout_ ? stdout : stderr, text);
  return am::true_;
}
// erts_internal:term_to_string(Term, Limit | undefined): the text of display/1, of about Limit bytes at most.
JOIST_DEFINE_BIF(erts_internal_term_to_string_2, Term t, Term limit_term) {
  std::size_t limit = SIZE_MAX;
  if (limit_term.is_small() && limit_term.small_value() >= 0)
    limit = static_cast<std::size_t>(limit_term.small_value());
  else if (limit_term != am::undefined)
    return badarg(c);
  std::string text;
  print_term(text, t, limit);
  return make_string_list(c.heap(), text);
}
JOIST_DEFINE_BIF(erts_debug_display_1, Term t) {
  const std::string text = to_text(t) + "\n";
  print(stdout, text);
  return make_byte_list(c.heap(), text);
}

}  // namespace joist
