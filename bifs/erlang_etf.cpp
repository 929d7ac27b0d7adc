// erlang: the external term format as functions.
#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"

namespace joist {
namespace {

constexpr std::size_t kBytesPerReduction = 64;
constexpr int kDefaultCompression = 6;

// OTP 26: atoms are UTF-8 unless somebody asks for minor version 1.
EtfEncodeOptions default_options() { return {.minor_version = flags.otp_release >= "26" ? 2 : 1}; }

// [compressed | {compressed, 0..9} | {minor_version, 0..2} | deterministic]; false if anything else is in it.
bool parse_encode_options(Term list, EtfEncodeOptions& o) {
  for (; list.is_cons(); list = list.tail()) {
    const Term option = list.head();
    if (option == am::compressed) {
      o.compression = kDefaultCompression;
    } else if (option == am::deterministic) {
      o.deterministic = true;
    } else if (option == am::local && flags.otp_release >= "26") {
      o.local = true;
    } else if (const auto t = Tuple::from(option); t && t->arity() == 2 && (*t)[1].is_small()) {
      const std::int64_t n = (*t)[1].small_value();
      // OTP: of a compression level the low 32 bits count.
      if (const auto level = static_cast<std::int32_t>(n);
          (*t)[0] == am::compressed && level >= 0 && level <= 9)
        o.compression = level;
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

// What takes more than this is done on a dirty thread, by a function of erts_internal.
constexpr std::size_t kOnDirtyThread = 128 * 1024;

// none(): it is longer than options.most_bytes.
Term encoded(Call& c, Term t, const EtfEncodeOptions& options) {
  std::string bytes;
  if (!encode_etf(bytes, t, options)) return Term::none();
  spend_for(c, bytes.size(), options.compression != 0 ? kBytesPerReduction / 8 : kBytesPerReduction);
  return make_binary_copy(c.heap(), bytes);
}

// OTP: what lies outside of the heaps is not copied, but comes as a piece of its own.
Term encoded_pieces(Call& c, Term t, const EtfEncodeOptions& options) {
  if (options.compression != 0) {
    const Term whole = encoded(c, t, options);
    return whole.is_none() ? whole : make_cons(c.heap(), whole, Term::nil());
  }
  std::string bytes;
  std::vector<EtfShared> shared;
  if (!encode_etf_sharing(bytes, shared, t, options)) return Term::none();
  spend_for(c, bytes.size(), kBytesPerReduction);
  ListBuilder list(c.heap());
  std::size_t at = 0;
  for (const EtfShared& s : shared) {
    if (s.at > at) list.add(make_binary_copy(c.heap(), std::string_view(bytes).substr(at, s.at - at)));
    list.add(make_sub_bits(c.heap(), s.binary, 0, s.bytes * 8));
    at = s.at;
  }
  if (at < bytes.size()) list.add(make_binary_copy(c.heap(), std::string_view(bytes).substr(at)));
  return list.list();
}

// On this thread if it is short; else by `go_on`, which takes the term and the options.
Term encode_here_or_there(Call& c, Term t, Term option_list, Term go_on,
                          Term (*encode)(Call&, Term, const EtfEncodeOptions&)) {
  EtfEncodeOptions options = default_options();
  if (!parse_encode_options(option_list, options)) return badarg(c);
  options.most_bytes = kOnDirtyThread;
  const Term result = encode(c, t, options);
  if (!result.is_none()) return result;
  return trap(c, find_or_make_export(am::erts_internal, go_on, 2), {t, option_list});
}
Term encode_there(Call& c, Term t, Term option_list, Term (*encode)(Call&, Term, const EtfEncodeOptions&)) {
  EtfEncodeOptions options = default_options();
  if (!parse_encode_options(option_list, options)) return badarg(c);
  return encode(c, t, options);
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

JOIST_DEFINE_BIF(erlang_term_to_binary_1, Term t) {
  return encode_here_or_there(c, t, Term::nil(), am::term_to_binary_trap_, encoded);
}
JOIST_DEFINE_BIF(erlang_term_to_binary_2, Term t, Term options) {
  return encode_here_or_there(c, t, options, am::term_to_binary_trap_, encoded);
}
JOIST_DEFINE_BIF(erts_internal_term_to_binary_trap_2, Term t, Term options) {
  return encode_there(c, t, options, encoded);
}

// term_to_iovec(T) -- the same bytes as a list of binaries.
JOIST_DEFINE_BIF(erlang_term_to_iovec_1, Term t) {
  return encode_here_or_there(c, t, Term::nil(), am::term_to_iovec_trap_, encoded_pieces);
}
JOIST_DEFINE_BIF(erlang_term_to_iovec_2, Term t, Term options) {
  return encode_here_or_there(c, t, options, am::term_to_iovec_trap_, encoded_pieces);
}
JOIST_DEFINE_BIF(erts_internal_term_to_iovec_trap_2, Term t, Term options) {
  return encode_there(c, t, options, encoded_pieces);
}

JOIST_DEFINE_BIF(erlang_external_size_1, Term t) {
  return make_uint(c.heap(), etf_size(t, default_options()));
}

// external_size(T, [{minor_version, 0 | 1 | 2}]), 2 since OTP 26
JOIST_DEFINE_BIF(erlang_external_size_2, Term t, Term option_list) {
  EtfEncodeOptions options = default_options();
  // OTP: the error shows what is left of the list.
  const auto wrong = [&] {
    c.args[1] = option_list;
    return badarg(c);
  };
  for (; option_list.is_cons(); option_list = option_list.tail()) {
    const auto option = Tuple::from(option_list.head());
    if (!option || option->arity() != 2 || (*option)[0] != am::minor_version) return wrong();
    const Term version = (*option)[1];
    const int newest = default_options().minor_version;
    if (!version.is_small() || version.small_value() < 0 || version.small_value() > newest) return wrong();
    // OTP 25: 1 does not take a 0 back.
    if (newest > 1 || version == Term::small(0))
      options.minor_version = static_cast<int>(version.small_value());
  }
  if (!option_list.is_nil()) return wrong();
  return make_uint(c.heap(), etf_size(t, options));
}

// Short enough to be decoded on this thread. Compressed bytes count as what they become.
static bool decodes_soon(const Bits& b) {
  std::string scratch;
  const std::string_view s = aligned_bytes(b, scratch);
  std::size_t size = s.size();
  if (size > 6 && static_cast<std::uint8_t>(s[1]) == 80) {
    std::uint32_t unpacked;
    std::memcpy(&unpacked, s.data() + 2, 4);
    size = std::max<std::size_t>(size, __builtin_bswap32(unpacked));
  }
  return size <= kOnDirtyThread;
}

JOIST_DEFINE_BIF(erlang_binary_to_term_1, Binary bytes) {
  if (decodes_soon(bytes)) return decoded(c, bytes, {}, false);
  return trap(c, find_or_make_export(am::erts_internal, am::binary_to_term_trap_, 1), {bytes.term()});
}
JOIST_DEFINE_BIF(erts_internal_binary_to_term_trap_1, Binary bytes) {
  stand_for(c, am::erlang, am::binary_to_term);
  return decoded(c, bytes, {}, false);
}

// binary_to_term(B, [safe | used]) -- with `used`: {Term, Bytes read}.
static Term binary_to_term(Call& c, Term bytes, Term option_list, bool here) {
  EtfOptions options;
  bool used = false;
  Term rest = option_list;
  for (; rest.is_cons(); rest = rest.tail()) {
    if (rest.head() == am::safe)
      options.safe = true;
    else if (rest.head() == am::used)
      used = true;
    else
      return badarg_because(c, am::badopt);
  }
  if (!rest.is_nil()) return badarg_because(c, am::badopt);
  const auto b = Binary::from(bytes);
  if (!b) return badarg(c);
  if (here || decodes_soon(*b)) return decoded(c, *b, options, used);
  return trap(c, find_or_make_export(am::erts_internal, am::binary_to_term_trap_, 2), {bytes, option_list});
}
JOIST_DEFINE_BIF(erlang_binary_to_term_2, Term bytes, Term options) {
  return binary_to_term(c, bytes, options, false);
}
JOIST_DEFINE_BIF(erts_internal_binary_to_term_trap_2, Term bytes, Term options) {
  stand_for(c, am::erlang, am::binary_to_term);
  return binary_to_term(c, bytes, options, true);
}

}  // namespace joist
