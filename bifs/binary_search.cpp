// binary: compile_pattern, match, matches, split. The search itself is vm/term/search.hpp.
#include <memory>
#include <string>
#include <vector>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/search.hpp"

namespace joist {

namespace {

// A pattern argument: a binary, a list of binaries, or what compile_pattern/1 made of one.
class Pattern {
 public:
  static std::optional<Pattern> from(Term t) {
    if (const auto tuple = Tuple::from(t)) {
      if (tuple->arity() != 2) return std::nullopt;
      auto* compiled = magic_cast<BytePatterns>((*tuple)[1]);
      if (compiled == nullptr || (*tuple)[0] != kind_of(*compiled)) return std::nullopt;
      return Pattern(compiled, nullptr);
    }
    auto made = make(t);
    if (!made) return std::nullopt;
    const BytePatterns* patterns = made.get();
    return Pattern(patterns, std::move(made));
  }
  static std::unique_ptr<BytePatterns> make(Term t) {
    std::vector<Term> terms;
    if (t.is_binary()) {
      terms.push_back(t);
    } else {
      auto items = list_elements(t);
      if (!items || items->empty()) return nullptr;
      terms = std::move(*items);
    }
    std::vector<std::string> scratches(terms.size());
    std::vector<std::string_view> patterns;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (!terms[i].is_binary()) return nullptr;
      patterns.push_back(aligned_bytes(*Bits::from(terms[i]), scratches[i]));
      if (patterns.back().empty()) return nullptr;
    }
    return std::make_unique<BytePatterns>(patterns);
  }
  // OTP: {bm, Ref} is one pattern, {ac, Ref} several.
  static Term kind_of(const BytePatterns& p) { return p.single() ? am::bm : am::ac; }
  const BytePatterns& operator*() const { return *patterns_; }

 private:
  Pattern(const BytePatterns* patterns, std::unique_ptr<BytePatterns> made)
      : patterns_(patterns), made_(std::move(made)) {}
  const BytePatterns* patterns_;
  std::unique_ptr<BytePatterns> made_;
};

struct Options {
  std::size_t start = 0, end = 0;  // the scope
  bool global = false, trim = false, trim_all = false;
};

// [{scope,{Start,Length}}], for split also global, trim, trim_all. OTP: split ignores how its options end.
std::optional<Options> read_options(Term list, std::size_t size, bool for_split) {
  Options o;
  o.end = size;
  if (!list.is_list()) return std::nullopt;
  for (; list.is_cons(); list = list.tail()) {
    const Term option = list.head();
    if (const auto t = Tuple::from(option)) {
      if (t->arity() != 2 || (*t)[0] != am::scope) return std::nullopt;
      const auto part = Tuple::from((*t)[1]);
      if (!part || part->arity() != 2 || !(*part)[0].is_small() || !(*part)[1].is_small())
        return std::nullopt;
      std::int64_t start = (*part)[0].small_value(), length = (*part)[1].small_value();
      const auto n = static_cast<std::int64_t>(size);
      if (start < 0 || start > n || length < -n || length > n) return std::nullopt;
      if (length < 0) {
        start += length;
        length = -length;
      }
      if (start < 0 || start + length > n) return std::nullopt;
      o.start = static_cast<std::size_t>(start);
      o.end = static_cast<std::size_t>(start + length);
    } else if (for_split && option == am::global) {
      o.global = true;
    } else if (for_split && option == am::trim) {
      o.trim = true;
    } else if (for_split && option == am::trim_all) {
      o.trim = o.trim_all = true;
    } else {
      return std::nullopt;
    }
  }
  return list.is_nil() || for_split ? std::optional(o) : std::nullopt;
}

Term make_part(Heap& h, std::size_t start, std::size_t length) {
  return make_tuple(h, Term::small(static_cast<std::int64_t>(start)),
                    Term::small(static_cast<std::int64_t>(length)));
}

constexpr std::size_t kLarge = std::size_t{1} << 19;  // bytes; searching more goes to a dirty thread

// What the three functions have in common.
struct Search {
  Bits subject;
  std::string scratch;
  std::string_view text;           // up to the end of the scope
  std::optional<Pattern> pattern;  // OTP: nobody looks at it when the scope ends at 0
  Options options;

  static std::optional<Search> from(Term subject, Term pattern_term, Term options_term, bool for_split) {
    const auto b = Binary::from(subject);
    if (!b) return std::nullopt;
    const auto options = read_options(options_term, b->byte_size(), for_split);
    if (!options) return std::nullopt;
    Search s{*b, {}, {}, {}, *options};
    if (options->end == 0) return s;
    s.pattern = Pattern::from(pattern_term);
    return s.pattern ? std::optional(std::move(s)) : std::nullopt;
  }
  void begin() { text = aligned_bytes(subject, scratch).substr(0, options.end); }
  std::optional<BytePatterns::Match> find(std::size_t from) const {
    return pattern ? (**pattern).find(text, from) : std::nullopt;
  }
};

enum class Place { here, dirty };

// True if the work has to be done by erts_internal:Function(Subject, Pattern, Options).
bool goes_elsewhere(const Search& s, Place place) {
  return place == Place::here && s.options.end - s.options.start > kLarge;
}
Term elsewhere(Call& c, Term function, Term subject, Term pattern, Term options) {
  return trap(c, find_or_make_export(am::erts_internal, function, 3), {subject, pattern, options});
}

Term match(Call& c, Term subject, Term pattern, Term options, Place place) {
  auto s = Search::from(subject, pattern, options, false);
  if (!s) return badarg(c);
  if (goes_elsewhere(*s, place)) return elsewhere(c, am::binary_match_trap_, subject, pattern, options);
  s->begin();
  const auto m = s->find(s->options.start);
  spend_for(c, (m ? m->start : s->options.end) - s->options.start, 512);
  return m ? make_part(c.heap(), m->start, m->length) : am::nomatch;
}

Term matches(Call& c, Term subject, Term pattern, Term options, Place place) {
  auto s = Search::from(subject, pattern, options, false);
  if (!s) return badarg(c);
  if (goes_elsewhere(*s, place)) return elsewhere(c, am::binary_matches_trap_, subject, pattern, options);
  s->begin();
  ListBuilder parts(c.heap());
  for (std::size_t at = s->options.start; const auto m = s->find(at); at = m->start + m->length)
    parts.add(make_part(c.heap(), m->start, m->length));
  spend_for(c, s->options.end - s->options.start, 256);
  return parts.list();
}

Term split(Call& c, Term subject, Term pattern, Term options, Place place) {
  auto s = Search::from(subject, pattern, options, true);
  if (!s) return badarg(c);
  if (goes_elsewhere(*s, place)) return elsewhere(c, am::binary_split_trap_, subject, pattern, options);
  s->begin();
  const Options& o = s->options;
  struct Part {
    std::size_t start, end;
  };
  std::vector<Part> parts;
  std::size_t begun = 0, searched = o.start;
  while (const auto m = s->find(searched)) {
    parts.push_back({begun, m->start});
    begun = searched = m->start + m->length;
    if (!o.global) break;
  }
  spend_for(c, searched - o.start + parts.size() * 64, 256);
  const std::size_t size = s->subject.byte_size();
  if (parts.empty() && !(o.trim && size == 0)) return make_cons(c.heap(), subject, Term::nil());
  parts.push_back({begun, size});
  if (o.trim)
    while (!parts.empty() && parts.back().start == parts.back().end) parts.pop_back();
  ListBuilder list(c.heap());
  for (const Part& p : parts)
    if (!o.trim_all || p.start != p.end)
      list.add(make_sub_bits(c.heap(), subject, p.start * 8, (p.end - p.start) * 8));
  return list.list();
}

}  // namespace

JOIST_DEFINE_BIF(binary_compile_pattern_1, Term t) {
  auto patterns = Pattern::make(t);
  if (!patterns) return badarg(c);
  const Term kind = Pattern::kind_of(*patterns);
  return make_tuple(c.heap(), kind, make_magic_ref(c.heap(), patterns.release()));
}
JOIST_DEFINE_BIF(binary_match_2, Term subject, Term pattern) {
  return match(c, subject, pattern, Term::nil(), Place::here);
}
JOIST_DEFINE_BIF(binary_match_3, Term subject, Term pattern, Term options) {
  return match(c, subject, pattern, options, Place::here);
}
JOIST_DEFINE_BIF(binary_matches_2, Term subject, Term pattern) {
  return matches(c, subject, pattern, Term::nil(), Place::here);
}
JOIST_DEFINE_BIF(binary_matches_3, Term subject, Term pattern, Term options) {
  return matches(c, subject, pattern, options, Place::here);
}
JOIST_DEFINE_BIF(binary_split_2, Term subject, Term pattern) {
  return split(c, subject, pattern, Term::nil(), Place::here);
}
JOIST_DEFINE_BIF(binary_split_3, Term subject, Term pattern, Term options) {
  return split(c, subject, pattern, options, Place::here);
}
JOIST_DEFINE_BIF(erts_internal_binary_match_trap_3, Term subject, Term pattern, Term options) {
  return match(c, subject, pattern, options, Place::dirty);
}
JOIST_DEFINE_BIF(erts_internal_binary_matches_trap_3, Term subject, Term pattern, Term options) {
  return matches(c, subject, pattern, options, Place::dirty);
}
JOIST_DEFINE_BIF(erts_internal_binary_split_trap_3, Term subject, Term pattern, Term options) {
  return split(c, subject, pattern, options, Place::dirty);
}

}  // namespace joist
