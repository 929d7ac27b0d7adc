// erlang: the external term format as functions.
#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"

namespace joist {
namespace {

constexpr std::size_t kBytesPerReduction = 64;
constexpr int kDefaultCompression = 6;

// [compressed | {compressed, 0..9} | {minor_version, 0..2} | deterministic]; false if anything else is in it.
bool parse_encode_options(Term list, EtfEncodeOptions& o) {
  for (; list.is_cons(); list = list.tail()) {
    const Term option = list.head();
    if (option == am::compressed) {
      o.compression = kDefaultCompression;
    } else if (option == am::deterministic) {
      o.deterministic = true;
    } else if (const auto t = Tuple::from(option); t && t->arity() == 2 && (*t)[1].is_small()) {
      const std::int64_t n = (*t)[1].small_value();
      if ((*t)[0] == am::compressed && n >= 0 && n <= 9)
        o.compression = static_cast<int>(n);
      else if ((*t)[0] == am::minor_version && n >= 0 && n <= 2)
        o.minor_version = static_cast<int>(n);
      else
        return false;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

Term encoded(Call& c, Term t, const EtfEncodeOptions& options) {
  if (options.compression != 0) {
    std::string bytes;
    encode_etf(bytes, t, options);
    spend_for(c, bytes.size(), kBytesPerReduction / 8);
    return make_binary_copy(c.heap(), bytes);
  }
  std::string bytes;
  encode_etf(bytes, t, options);
  spend_for(c, bytes.size(), kBytesPerReduction);
  return make_binary_copy(c.heap(), bytes);
}

Term decoded(Call& c, const Bits& bytes, const EtfOptions& options, bool want_used) {
  std::string scratch;
  const std::string_view s = aligned_bytes(bytes, scratch);
  const EtfResult r =
      decode_etf(c.heap(), {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}, options);
  spend_for(c, s.size(), kBytesPerReduction);
  if (!r) return badarg(c);
  return want_used ? make_tuple(c.heap(), r.term, make_uint(c.heap(), r.used)) : r.term;
}

}  // namespace

JOIST_DEFINE_BIF(erlang_term_to_binary_1, Term t) { return encoded(c, t, {}); }

JOIST_DEFINE_BIF(erlang_term_to_binary_2, Term t, Term option_list) {
  EtfEncodeOptions options;
  if (!parse_encode_options(option_list, options)) return badarg(c);
  return encoded(c, t, options);
}

// term_to_iovec(T) -- the same bytes as a list of binaries.
JOIST_DEFINE_BIF(erlang_term_to_iovec_1, Term t) {
  return make_cons(c.heap(), encoded(c, t, {}), Term::nil());
}

JOIST_DEFINE_BIF(erlang_term_to_iovec_2, Term t, Term option_list) {
  EtfEncodeOptions options;
  if (!parse_encode_options(option_list, options)) return badarg(c);
  return make_cons(c.heap(), encoded(c, t, options), Term::nil());
}

JOIST_DEFINE_BIF(erlang_external_size_1, Term t) { return make_uint(c.heap(), etf_size(t)); }

// external_size(T, [{minor_version, 0 | 1}])
JOIST_DEFINE_BIF(erlang_external_size_2, Term t, Term option_list) {
  EtfEncodeOptions options;
  for (; option_list.is_cons(); option_list = option_list.tail()) {
    const auto option = Tuple::from(option_list.head());
    if (!option || option->arity() != 2 || (*option)[0] != am::minor_version) return badarg(c);
    if ((*option)[1] != Term::small(0) && (*option)[1] != Term::small(1)) return badarg(c);
    options.minor_version = static_cast<int>((*option)[1].small_value());
  }
  if (!option_list.is_nil()) return badarg(c);
  return make_uint(c.heap(), etf_size(t, options));
}

JOIST_DEFINE_BIF(erlang_binary_to_term_1, Binary bytes) { return decoded(c, bytes, {}, false); }

// binary_to_term(B, [safe | used]) -- with `used`: {Term, Bytes read}.
JOIST_DEFINE_BIF(erlang_binary_to_term_2, Term bytes, Term option_list) {
  EtfOptions options;
  bool used = false;
  for (; option_list.is_cons(); option_list = option_list.tail()) {
    if (option_list.head() == am::safe)
      options.safe = true;
    else if (option_list.head() == am::used)
      used = true;
    else
      return badarg_because(c, am::badopt);
  }
  if (!option_list.is_nil()) return badarg_because(c, am::badopt);
  const auto b = Binary::from(bytes);
  if (!b) return badarg(c);
  return decoded(c, *b, options, used);
}

}  // namespace joist
