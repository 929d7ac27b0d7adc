// re: compile, run, inspect. What concerns lists of Unicode characters and `global` is done by the Erlang
// half of the module, in the functions ucompile/2, urun/3 and grun/3.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bifs/bifs.hpp"
#include "bifs/iolist.hpp"
#include "bifs/regex.hpp"
#include "bifs/work.hpp"

namespace joist {

namespace {

enum class Selection { all, all_but_first, all_names, first, none, listed };
enum class Form { index, list, binary };

struct Options {
  RegexOptions compile;
  MatchOptions match;
  bool only_compile = false;  // some option has no meaning for a compiled expression
  bool only_run = false;      // some option has no meaning for compile/2
  bool unicode = false, global = false, report_errors = false;
  bool has_capture = false, has_newline = false;
  Term selection = am::all, form = am::index;
};

struct Flag {
  Term name;
  std::uint32_t bits;
};
const Flag kCompileFlags[] = {
    {am::caseless, PCRE2_CASELESS},
    {am::dollar_endonly, PCRE2_DOLLAR_ENDONLY},
    {am::dotall, PCRE2_DOTALL},
    {am::extended, PCRE2_EXTENDED},
    {am::firstline, PCRE2_FIRSTLINE},
    {am::multiline, PCRE2_MULTILINE},
    {am::ucp, PCRE2_UCP},
    {am::no_auto_capture, PCRE2_NO_AUTO_CAPTURE},
    {am::dupnames, PCRE2_DUPNAMES},
    {am::no_start_optimize, PCRE2_NO_START_OPTIMIZE},
    {am::ungreedy, PCRE2_UNGREEDY},
    {am::never_utf, PCRE2_NEVER_UTF},
    {am::unicode, PCRE2_UTF},
};
const Flag kRunFlags[] = {
    {am::notbol, PCRE2_NOTBOL},
    {am::noteol, PCRE2_NOTEOL},
    {am::notempty, PCRE2_NOTEMPTY},
    {am::notempty_atstart, PCRE2_NOTEMPTY_ATSTART},
};

bool read_flag(Term option, Options* o) {
  for (const Flag& f : kCompileFlags)
    if (option == f.name) {
      o->compile.flags |= f.bits;
      o->only_compile = true;
      if (option == am::unicode) o->unicode = true;
      return true;
    }
  for (const Flag& f : kRunFlags)
    if (option == f.name) {
      o->match.flags |= f.bits;
      o->only_run = true;
      return true;
    }
  if (option == am::anchored) {
    o->compile.flags |= PCRE2_ANCHORED;
    o->match.flags |= PCRE2_ANCHORED;
  } else if (option == am::bsr_anycrlf) {
    o->compile.bsr_anycrlf = true;
  } else if (option == am::bsr_unicode) {
    o->compile.bsr_anycrlf = false;
  } else if (option == am::global) {
    o->global = o->only_run = true;
  } else if (option == am::report_errors) {
    o->report_errors = o->only_run = true;
  } else {
    return false;
  }
  return true;
}

bool read_newline(Term t, Newline* newline) {
  if (t == am::lf)
    *newline = Newline::lf;
  else if (t == am::cr)
    *newline = Newline::cr;
  else if (t == am::crlf)
    *newline = Newline::crlf;
  else if (t == am::any)
    *newline = Newline::any;
  else if (t == am::anycrlf)
    *newline = Newline::anycrlf;
  else
    return false;
  return true;
}

bool read_pair(Term name, Term value, Options* o) {
  if (name == am::newline) {
    o->has_newline = true;
    return read_newline(value, &o->compile.newline);
  }
  if (name == am::capture) {
    o->selection = value;
    o->form = am::index;
    o->has_capture = o->only_run = true;
    return true;
  }
  if (!value.is_small() || value.small_value() < 0) return false;
  const auto n = static_cast<std::uint64_t>(value.small_value());
  const auto limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, UINT32_MAX));
  o->only_run = true;
  if (name == am::offset)
    o->match.offset = n;
  else if (name == am::match_limit)
    o->match.limit = limit;
  else if (name == am::match_limit_recursion)
    o->match.depth_limit = limit;
  else
    return false;
  return true;
}

std::optional<Options> read_options(Term list) {
  Options o;
  for (; list.is_cons(); list = list.tail()) {
    const Term option = list.head();
    const auto t = Tuple::from(option);
    if (t && t->arity() == 2) {
      if (!read_pair((*t)[0], (*t)[1], &o)) return std::nullopt;
    } else if (t && t->arity() == 3 && (*t)[0] == am::capture) {
      o.selection = (*t)[1];
      o.form = (*t)[2];
      o.has_capture = o.only_run = true;
    } else if (!read_flag(option, &o)) {
      return std::nullopt;
    }
  }
  return list.is_nil() ? std::optional(o) : std::nullopt;
}

// ---- capture ----

// One element of {capture, [...]}: the groups it may mean, best first.
using Groups = std::vector<std::uint32_t>;

struct Capture {
  Selection selection = Selection::all;
  Form form = Form::index;
  std::vector<Groups> listed;
};

std::optional<Capture> read_capture(const Options& o, const Regex& regex) {
  Capture capture;
  if (o.form == am::index)
    capture.form = Form::index;
  else if (o.form == am::list)
    capture.form = Form::list;
  else if (o.form == am::binary)
    capture.form = Form::binary;
  else
    return std::nullopt;
  if (o.selection == am::all)
    capture.selection = Selection::all;
  else if (o.selection == am::all_but_first)
    capture.selection = Selection::all_but_first;
  else if (o.selection == am::all_names)
    capture.selection = Selection::all_names;
  else if (o.selection == am::first)
    capture.selection = Selection::first;
  else if (o.selection == am::none || o.selection.is_nil())
    capture.selection = Selection::none;
  else if (o.selection.is_cons())
    capture.selection = Selection::listed;
  else
    return std::nullopt;
  if (capture.selection == Selection::all_names) {
    for (const Regex::Name& n : regex.names()) capture.listed.push_back(n.groups);
    if (capture.listed.empty()) capture.selection = Selection::none;
  }
  if (capture.selection != Selection::listed) return capture;
  Term list = o.selection;
  for (; list.is_cons(); list = list.tail()) {
    const Term item = list.head();
    if (item.is_small()) {
      if (item.small_value() < 0) return std::nullopt;
      capture.listed.push_back(
          {static_cast<std::uint32_t>(std::min<std::int64_t>(item.small_value(), UINT32_MAX))});
      continue;
    }
    std::string name;
    if (item.is_atom())
      name = atom_text(item);
    else if (!item.is_list() && !item.is_binary())
      return std::nullopt;
    else if (!append_iolist(name, item))
      return std::nullopt;
    Groups groups;
    for (const Regex::Name& n : regex.names())
      if (n.text == name) groups = n.groups;
    capture.listed.push_back(groups);
  }
  return list.is_nil() ? std::optional(capture) : std::nullopt;
}

// Makes terms of groups.
class ResultBuilder {
 public:
  ResultBuilder(Heap& h, const MatchResult& m, Form form, Term subject_binary, std::string_view subject)
      : heap_(h), match_(m), form_(form), binary_(subject_binary), subject_(subject) {}

  bool took_part(std::uint32_t group) const {
    return group < match_.groups.size() && match_.groups[group].first != PCRE2_UNSET;
  }
  Term group(std::uint32_t group) {
    const bool set = took_part(group);
    const auto [start, end] = set ? match_.groups[group] : std::pair<std::size_t, std::size_t>{0, 0};
    // A lookbehind with \K can end before it starts.
    const std::size_t length = end > start ? end - start : 0;
    switch (form_) {
      case Form::index:
        return make_tuple(heap_, Term::small(set ? static_cast<std::int64_t>(start) : -1),
                          Term::small(static_cast<std::int64_t>(length)));
      case Form::list: return make_byte_list(heap_, subject_.substr(start, length));
      case Form::binary:
        return binary_.is_none() ? make_binary_copy(heap_, subject_.substr(start, length))
                                 : make_sub_bits(heap_, binary_, start * 8, length * 8);
    }
    fail("a form of capture that does not exist");
  }
  Term result(const Capture& capture) {
    const auto count = static_cast<std::uint32_t>(match_.groups.size());
    ListBuilder list(heap_);
    switch (capture.selection) {
      case Selection::none: return am::match;
      case Selection::first: list.add(group(0)); break;
      case Selection::all:
      case Selection::all_but_first:
        for (std::uint32_t i = capture.selection == Selection::all ? 0 : 1; i < count; ++i)
          list.add(group(i));
        break;
      case Selection::all_names:
      case Selection::listed:
        for (const Groups& groups : capture.listed) {
          std::uint32_t chosen = UINT32_MAX;  // none
          for (const std::uint32_t g : groups)
            if (chosen == UINT32_MAX && took_part(g)) chosen = g;
          list.add(group(chosen));
        }
        break;
    }
    return make_tuple(heap_, am::match, list.list());
  }

 private:
  Heap& heap_;
  const MatchResult& match_;
  const Form form_;
  const Term binary_;
  const std::string_view subject_;
};

// ---- compiled expressions as terms ----
// {re_pattern, CaptureCount, Unicode, MayBeCrlf, Serialized}

Term pattern_term(Heap& h, const Regex& regex) {
  return make_tuple(h, am::re_pattern, Term::small(regex.capture_count()), Term::small(regex.is_unicode()),
                    Term::small(regex.newline_may_be_crlf()), make_binary_copy(h, regex.serialized()));
}
struct PatternTuple {
  bool unicode;
  Term serialized;
  static std::optional<PatternTuple> from(Term t) {
    const auto tuple = Tuple::from(t);
    if (!tuple || tuple->arity() != 5 || (*tuple)[0] != am::re_pattern || !(*tuple)[1].is_small() ||
        !(*tuple)[2].is_small() || !(*tuple)[3].is_small() || !(*tuple)[4].is_binary())
      return std::nullopt;
    return PatternTuple{(*tuple)[2] != Term::small(0), (*tuple)[4]};
  }
  std::shared_ptr<Regex> regex() const {
    std::string scratch;
    return Regex::from_serialized(aligned_bytes(*Bits::from(serialized), scratch));
  }
};

Term error_pair(Heap& h, const RegexError& e) {
  return make_tuple(h, make_byte_list(h, e.text), Term::small(static_cast<std::int64_t>(e.position)));
}
Term bad_option(Call& c) { return badarg_because(c, am::badopt, am::erl_stdlib_errors); }

Term compile(Call& c, Term pattern, Term option_list) {
  const auto options = read_options(option_list);
  if (!options || options->only_run) return bad_option(c);
  if (!pattern.is_list() && !pattern.is_binary()) return badarg(c);
  if (options->unicode && !pattern.is_binary())
    return trap(c, find_or_make_export(am::re, am::ucompile, 2), {pattern, option_list});
  std::string scratch;
  auto text = iodata_bytes(pattern, scratch);
  if (!text) return badarg(c);
  text = text->substr(0, text->find('\0'));  // OTP: a pattern ends at a zero
  spend_for(c, text->size(), 8);
  RegexError error;
  const auto regex = Regex::get(*text, options->compile, &error);
  if (!regex) return make_tuple(c.heap(), am::error, error_pair(c.heap(), error));
  return make_tuple(c.heap(), am::ok, pattern_term(c.heap(), *regex));
}

// ---- run ----

// A match that takes more steps than this, or is over a longer subject, goes to a dirty thread.
constexpr std::uint32_t kStepsHere = 100'000;
constexpr std::size_t kLongSubject = std::size_t{1} << 20;

enum class Place { here, dirty };

// `first`: the subject has not been checked to be UTF-8 yet.
Term run(Call& c, Term subject_term, Term pattern, Term option_list, bool first, Place place) {
  auto options = read_options(option_list);
  if (!options) return bad_option(c);
  const bool list_capture = options->has_capture && options->form == am::list && !options->global;
  const auto unicode_run = [&] {
    return trap(c, find_or_make_export(am::re, am::urun, 3), {subject_term, pattern, option_list});
  };
  std::shared_ptr<Regex> regex;
  Heap& h = c.heap();
  if (pattern.is_boxed() && pattern.is_tuple()) {
    const auto tuple = PatternTuple::from(pattern);
    if (!tuple || options->only_compile) return badarg(c);
    if (tuple->unicode && (!subject_term.is_binary() || list_capture)) return unicode_run();
    if (options->global)
      return trap(c, find_or_make_export(am::re, am::grun, 3),
                  {subject_term, pattern, make_tuple(h, option_list, am::false_)});
    regex = tuple->regex();
    if (!regex) return badarg(c);
    if (options->has_newline)
      if (auto other = regex->with_newline(options->compile.newline)) regex = std::move(other);
  } else {
    if (!pattern.is_list() && !pattern.is_binary()) return badarg(c);
    if (options->unicode && (!pattern.is_binary() || !subject_term.is_binary() || list_capture))
      return unicode_run();
    std::string scratch;
    auto text = iodata_bytes(pattern, scratch);
    if (!text) return badarg(c);
    text = text->substr(0, text->find('\0'));
    RegexError error;
    regex = Regex::get(*text, options->compile, &error);
    if (!regex) {
      if (!options->report_errors) return badarg(c);
      return make_tuple(h, am::error, make_tuple(h, am::compile, error_pair(h, error)));
    }
    if (options->global) {
      const Term how = make_tuple(h, option_list, am::true_, pattern);
      return trap(c, find_or_make_export(am::re, am::grun, 3), {subject_term, pattern_term(h, *regex), how});
    }
  }
  const auto capture = read_capture(*options, *regex);
  std::string scratch;
  const auto subject = iodata_bytes(subject_term, scratch);
  if (!capture || !subject || options->match.offset > subject->size()) return badarg(c);
  if (!first) options->match.flags |= PCRE2_NO_UTF_CHECK;

  // The first try is allowed a few steps only, so that it cannot hold up the scheduler.
  MatchOptions match_options = options->match;
  const bool short_try =
      place == Place::here && match_options.limit.value_or(kDefaultMatchLimit) > kStepsHere;
  if (short_try) match_options.limit = kStepsHere;
  MatchResult m{MatchStatus::limit, {}};
  if (!(short_try && subject->size() > kLongSubject)) m = regex->match(*subject, match_options);
  if (short_try && m.status == MatchStatus::limit)
    return trap(c, find_or_make_export(am::erts_internal, am::re_run_trap_, 4),
                {subject_term, pattern, option_list, make_bool(first)});
  spend_for(c, subject->size() + 256, 256);
  switch (m.status) {
    case MatchStatus::no_match: return am::nomatch;
    case MatchStatus::limit:
      return options->report_errors ? make_tuple(h, am::error, am::match_limit) : am::nomatch;
    case MatchStatus::depth_limit:
      return options->report_errors ? make_tuple(h, am::error, am::match_limit_recursion) : am::nomatch;
    case MatchStatus::bad_subject: return badarg(c);
    case MatchStatus::match: break;
  }
  const Term binary = subject_term.is_binary() ? subject_term : Term::none();
  return ResultBuilder(h, m, capture->form, binary, *subject).result(*capture);
}

}  // namespace

JOIST_DEFINE_BIF(re_version_0) { return make_binary_copy(c.heap(), Regex::version()); }
JOIST_DEFINE_BIF(re_compile_1, Term pattern) { return compile(c, pattern, Term::nil()); }
JOIST_DEFINE_BIF(re_compile_2, Term pattern, Term options) { return compile(c, pattern, options); }
JOIST_DEFINE_BIF(re_run_2, Term subject, Term pattern) {
  return run(c, subject, pattern, Term::nil(), true, Place::here);
}
JOIST_DEFINE_BIF(re_run_3, Term subject, Term pattern, Term options) {
  return run(c, subject, pattern, options, true, Place::here);
}
JOIST_DEFINE_BIF(re_internal_run_4, Term subject, Term pattern, Term options, Boolean first) {
  return run(c, subject, pattern, options, first.value, Place::here);
}
JOIST_DEFINE_BIF(erts_internal_re_run_trap_4, Term subject, Term pattern, Term options, Boolean first) {
  return run(c, subject, pattern, options, first.value, Place::dirty);
}
// inspect(Compiled, namelist) -> {namelist, [Name]}
JOIST_DEFINE_BIF(re_inspect_2, Term pattern, Term item) {
  const auto tuple = PatternTuple::from(pattern);
  const auto regex = tuple ? tuple->regex() : nullptr;
  if (!regex || item != am::namelist) return badarg(c);
  ListBuilder names(c.heap());
  for (const Regex::Name& n : regex->names()) names.add(make_binary_copy(c.heap(), n.text));
  return make_tuple(c.heap(), am::namelist, names.list());
}

}  // namespace joist
