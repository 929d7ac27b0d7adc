#include "vm/etf/encode.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "vm/base/utf8.hpp"
#include "vm/etf/tags.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"

namespace joist {
namespace {

// Where the bytes go: a string, or only their number.
struct Counter {
  std::size_t n = 0;
  void u8(unsigned) { n += 1; }
  void u16(unsigned) { n += 2; }
  void u32(std::uint32_t) { n += 4; }
  void u64(std::uint64_t) { n += 8; }
  void bytes(const void*, std::size_t k) { n += k; }
  void little_endian(const Word*, std::size_t k) { n += k; }
  void bits(const Bits& b) { n += b.byte_size(); }
  std::size_t position() const { return n; }
  void patch_u32(std::size_t, std::uint32_t) {}
};

struct Writer {
  std::string& out;
  std::vector<EtfShared>* shared = nullptr;
  std::size_t shared_bytes = 0;
  void u8(unsigned v) { out.push_back(static_cast<char>(v)); }
  void u16(unsigned v) {
    const std::uint16_t b = __builtin_bswap16(static_cast<std::uint16_t>(v));
    bytes(&b, 2);
  }
  void u32(std::uint32_t v) {
    v = __builtin_bswap32(v);
    bytes(&v, 4);
  }
  void u64(std::uint64_t v) {
    v = __builtin_bswap64(v);
    bytes(&v, 8);
  }
  void bytes(const void* p, std::size_t k) { out.append(static_cast<const char*>(p), k); }
  void little_endian(const Word* limbs, std::size_t k) { bytes(limbs, k); }
  void bits(const Bits& b) {
    if (shared != nullptr && b.byte_aligned() && b.bit_size() / 8 > kMaxHeapBytes &&
        refc_binary_of(b.term()) != nullptr) {
      const std::size_t whole = b.bit_size() / 8;
      shared->push_back({out.size(), b.term(), whole});
      shared_bytes += whole;
      if (!b.whole_bytes()) u8(b.bytes()[whole] & (0xff00u >> b.bit_size() % 8));
      return;
    }
    if (b.byte_aligned() && b.whole_bytes()) return bytes(b.bytes(), b.byte_size());
    const std::size_t at = out.size();
    out.resize(at + b.byte_size());  // zeroes: unused bits of the last byte stay so
    copy_bits(reinterpret_cast<std::uint8_t*>(out.data() + at), 0, b.base(), b.start_bit(), b.bit_size());
  }
  std::size_t position() const { return out.size() + shared_bytes; }
  void patch_u32(std::size_t at, std::uint32_t v) {
    if (shared != nullptr) {
      std::size_t before = 0;
      for (const EtfShared& s : *shared)
        if (s.at + before < at) before += s.bytes;
      at -= before;
    }
    v = __builtin_bswap32(v);
    std::memcpy(out.data() + at, &v, 4);
  }
};

constexpr std::size_t kMaxString = 65535;

template <class Sink>
class Encoder {
 public:
  Encoder(Sink& sink, const EtfEncodeOptions& options) : out_(sink), options_(options) {}

  // False: it would be longer than options.most_bytes; what is written is not all.
  bool run(Term t) {
    for (;;) {
      write(t);
      if (too_long_ || out_.position() > options_.most_bytes) return false;
      for (;;) {  // the next term of the innermost open container
        if (open_.empty()) return true;
        Open& o = open_.back();
        if (o.kind == Open::Kind::terms) {
          if (o.left == 0) {
            open_.pop_back();
            continue;
          }
          t = *o.at++;
          --o.left;
        } else if (o.kind == Open::Kind::list) {
          t = o.rest.is_cons() ? o.rest.head() : o.rest;
          if (o.rest.is_cons())
            o.rest = o.rest.tail();
          else
            open_.pop_back();
        } else if (o.kind == Open::Kind::map) {
          Term key = Term::none();
          if (o.has_value) {
            t = o.rest;
            o.has_value = false;
          } else if (maps_.back().next(&key, &o.rest)) {
            t = key;
            o.has_value = true;
          } else {
            maps_.pop_back();
            open_.pop_back();
            continue;
          }
        } else if (o.kind == Open::Kind::sorted) {
          if (o.left == 0) {
            sorted_.resize(o.first);
            open_.pop_back();
            continue;
          }
          t = sorted_[sorted_.size() - o.left--];
        } else {  // the environment of a fun: then its size is known
          if (o.left == 0) {
            out_.patch_u32(o.first, static_cast<std::uint32_t>(out_.position() - o.first));
            open_.pop_back();
            continue;
          }
          t = *o.at++;
          --o.left;
        }
        break;
      }
    }
  }

 private:
  struct Open {
    enum class Kind : std::uint8_t { terms, list, map, sorted, fun } kind;
    bool has_value = false;  // map: `rest` is the value of the key just written
    std::size_t left = 0;
    const Term* at = nullptr;
    Term rest = Term::none();  // list: what is still to be written
    std::size_t first = 0;     // sorted: start in sorted_; fun: position of its size
  };

  void write(Term t) {
    if (t.is_small()) return small(t.small_value());
    if (t.is_atom()) return atom(t);
    if (t.is_nil()) return out_.u8(etf::nil);
    if (t.is_cons()) return list(t);
    if (t.is_local_pid()) return pid(this_node(), pid_number(t), pid_serial(t));
    if (t.is_local_port()) return port(this_node(), t.pid_data());
    check(t.is_boxed(), "a term of no kind is to be encoded");
    const Word* w = t.box_words();
    switch (t.box_kind()) {
      case BoxKind::tuple: return tuple(t);
      case BoxKind::flat_map:
      case BoxKind::hash_map: return map(t);
      case BoxKind::hash_node: break;
      case BoxKind::fun: return fun(t);
      case BoxKind::external_fun: {
        const Export* e = external_fun_export(t);
        out_.u8(etf::export_fun);
        atom(e->module);
        atom(e->function);
        return small(e->arity);
      }
      case BoxKind::float_: return real(std::bit_cast<double>(w[1]));
      case BoxKind::big_positive: return big(w + 1, header_words(*w), false);
      case BoxKind::big_negative: return big(w + 1, header_words(*w), true);
      case BoxKind::heap_bits:
      case BoxKind::sub_bits:
      case BoxKind::match_context: return bits(*Bits::from(t));
      case BoxKind::binary_ref: break;
      case BoxKind::ref:
      case BoxKind::magic_ref:
      case BoxKind::external_ref: return reference(node_of(t), ref_numbers(t));
      case BoxKind::external_pid:
        return pid(reinterpret_cast<Node*>(w[1]), static_cast<std::uint32_t>(w[2]),
                   static_cast<std::uint32_t>(w[3]));
      case BoxKind::external_port: return port(reinterpret_cast<Node*>(w[1]), w[2]);
      case BoxKind::count_: break;
    }
    fail("an inner object is encoded as a term");
  }

  void small(std::int64_t n) {
    if (n >= 0 && n <= 255) {
      out_.u8(etf::small_integer);
      return out_.u8(static_cast<unsigned>(n));
    }
    if (n >= INT32_MIN && n <= INT32_MAX) {
      out_.u8(etf::integer);
      return out_.u32(static_cast<std::uint32_t>(n));
    }
    const Word magnitude = n < 0 ? 0 - static_cast<Word>(n) : static_cast<Word>(n);
    big(&magnitude, 1, n < 0);
  }
  void big(const Word* limbs, std::size_t count, bool negative) {
    const std::size_t n = count * 8 - static_cast<std::size_t>(std::countl_zero(limbs[count - 1])) / 8;
    if (n <= 255) {
      out_.u8(etf::small_big);
      out_.u8(static_cast<unsigned>(n));
    } else {
      out_.u8(etf::large_big);
      out_.u32(static_cast<std::uint32_t>(n));
    }
    out_.u8(negative);
    out_.little_endian(limbs, n);
  }
  void real(double d) {
    if (options_.minor_version > 0) {
      out_.u8(etf::new_float);
      return out_.u64(std::bit_cast<std::uint64_t>(d));
    }
    char text[64] = {};
    std::snprintf(text, sizeof text, "%.20e", d);
    out_.u8(etf::old_float);
    out_.bytes(text, etf::kOldFloatBytes);
  }

  // OTP 25: Latin-1 where the text allows it, unless minor_version 2 asks for UTF-8.
  void atom(Term t) {
    const std::string_view utf8 = atom_text(t);
    if (options_.minor_version < 2) {
      bool plain = true, latin1 = true;
      for (const char c : utf8) {
        plain &= static_cast<signed char>(c) >= 0;
        latin1 &= static_cast<std::uint8_t>(c) <= 0xc3;
      }
      if (latin1) {
        std::string bytes(utf8);
        if (!plain) {
          bytes.clear();
          for (std::size_t i = 0; i < utf8.size(); ++i) {
            const auto c = static_cast<std::uint8_t>(utf8[i]);
            bytes += c < 0x80
                         ? utf8[i]
                         : static_cast<char>((c & 3) << 6 | (static_cast<std::uint8_t>(utf8[++i]) & 0x3f));
          }
        }
        out_.u8(etf::atom);
        out_.u16(static_cast<unsigned>(bytes.size()));
        return out_.bytes(bytes.data(), bytes.size());
      }
    }
    if (utf8.size() > 255) {
      out_.u8(etf::atom_utf8);
      out_.u16(static_cast<unsigned>(utf8.size()));
    } else {
      out_.u8(etf::small_atom_utf8);
      out_.u8(static_cast<unsigned>(utf8.size()));
    }
    out_.bytes(utf8.data(), utf8.size());
  }

  bool unnamed(const Node* n) const { return options_.local && n == this_node(); }
  void node_name(const Node* n) { unnamed(n) ? out_.u8(etf::nil) : atom(n->name); }
  void creation(const Node* n) { out_.u32(unnamed(n) ? 0 : n->creation); }
  void pid(const Node* n, std::uint32_t number, std::uint32_t serial) {
    out_.u8(etf::new_pid);
    node_name(n);
    out_.u32(number);
    out_.u32(serial);
    creation(n);
  }
  void port(const Node* n, std::uint64_t number) {
    const bool large = number >= std::uint64_t{1} << 28;
    out_.u8(large ? etf::v4_port : etf::new_port);
    node_name(n);
    large ? out_.u64(number) : out_.u32(static_cast<std::uint32_t>(number));
    creation(n);
  }
  void reference(const Node* n, const RefNumbers& numbers) {
    out_.u8(etf::newer_reference);
    out_.u16(numbers.count);
    node_name(n);
    creation(n);
    for (std::uint32_t i = 0; i < numbers.count; ++i) out_.u32(numbers.n[i]);
  }

  void bits(const Bits& b) {
    if (b.byte_size() > options_.most_bytes) {
      too_long_ = true;
      return;
    }
    if (b.whole_bytes()) {
      out_.u8(etf::binary);
      out_.u32(static_cast<std::uint32_t>(b.byte_size()));
    } else {
      out_.u8(etf::bit_binary);
      out_.u32(static_cast<std::uint32_t>(b.byte_size()));
      out_.u8(b.bit_size() % 8);
    }
    out_.bits(b);
  }

  // A list of bytes is a string; any other gets its length in front.
  void list(Term t) {
    std::size_t n = 0;
    bool bytes = true;
    Term rest = t;
    for (; rest.is_cons() && n <= options_.most_bytes; rest = rest.tail(), ++n)
      bytes = bytes && rest.head().is_small() && static_cast<Word>(rest.head().small_value()) <= 255;
    if (rest.is_cons()) {
      too_long_ = true;
      return;
    }
    if (bytes && rest.is_nil() && n <= kMaxString) {
      out_.u8(etf::string);
      out_.u16(static_cast<unsigned>(n));
      for (; t.is_cons(); t = t.tail()) out_.u8(static_cast<unsigned>(t.head().small_value()));
      return;
    }
    out_.u8(etf::list);
    out_.u32(static_cast<std::uint32_t>(n));
    open_.push_back({.kind = Open::Kind::list, .rest = t});
  }
  void tuple(Term t) {
    const Tuple tuple = Tuple::of(t);
    const std::size_t n = tuple.arity();
    if (n <= 255) {
      out_.u8(etf::small_tuple);
      out_.u8(static_cast<unsigned>(n));
    } else {
      out_.u8(etf::large_tuple);
      out_.u32(static_cast<std::uint32_t>(n));
    }
    if (n != 0) open_.push_back({.kind = Open::Kind::terms, .left = n, .at = tuple.elements()});
  }
  void map(Term t) {
    const std::size_t n = map_size(t);
    out_.u8(etf::map);
    out_.u32(static_cast<std::uint32_t>(n));
    if (n == 0) return;
    if (!options_.deterministic) {
      maps_.emplace_back(t);
      open_.push_back({.kind = Open::Kind::map});
      return;
    }
    std::vector<std::pair<Term, Term>> pairs;
    Term key, value;
    for (MapIterator i(t); i.next(&key, &value);) pairs.emplace_back(key, value);
    std::sort(pairs.begin(), pairs.end(),
              [](const auto& a, const auto& b) { return compare_exact(a.first, b.first) < 0; });
    open_.push_back({.kind = Open::Kind::sorted, .left = 2 * n, .first = sorted_.size()});
    for (const auto& [k, v] : pairs) {
      sorted_.push_back(k);
      sorted_.push_back(v);
    }
  }
  void fun(Term t) {
    const Fun f = *Fun::from(t);
    const FunEntry& e = *f.entry();
    out_.u8(etf::new_fun);
    const std::size_t at = out_.position();
    out_.u32(0);
    out_.u8(e.arity);
    out_.bytes(e.uniq, 16);
    out_.u32(e.index);
    out_.u32(static_cast<std::uint32_t>(f.environment_size()));
    atom(e.module);
    small(e.old_index);
    small(e.old_uniq);
    const Term creator = f.creator();
    if (creator.is_local_pid())
      pid(this_node(), pid_number(creator), pid_serial(creator));
    else
      write(creator);  // an external pid
    open_.push_back(
        {.kind = Open::Kind::fun, .left = f.environment_size(), .at = f.environment(), .first = at});
  }

  Sink& out_;
  const EtfEncodeOptions& options_;
  bool too_long_ = false;
  std::vector<Open> open_;
  std::vector<MapIterator> maps_;
  std::vector<Term> sorted_;
};

}  // namespace

bool encode_etf_body(std::string& out, Term t, const EtfEncodeOptions& options) {
  Writer w{out};
  return Encoder<Writer>(w, options).run(t);
}

// What only this VM can know: the mark of terms for itself.
std::uint32_t etf_local_mark(std::span<const std::uint8_t> bytes) {
  static const std::uint32_t salt = std::random_device{}();
  return static_cast<std::uint32_t>(crc32(salt, bytes.data(), static_cast<uInt>(bytes.size())));
}

bool encode_etf(std::string& out, Term t, const EtfEncodeOptions& options) {
  if (options.local) {
    std::string body;
    if (!encode_etf_body(body, t, options)) return false;
    Writer w{out};
    w.u8(etf::version);
    w.u8(etf::local);
    w.u32(etf_local_mark({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()}));
    w.bytes(body.data(), body.size());
    return true;
  }
  if (options.compression == 0) {
    out.push_back(static_cast<char>(etf::version));
    return encode_etf_body(out, t, options);
  }
  std::string plain;
  if (!encode_etf_body(plain, t, options)) return false;
  out.push_back(static_cast<char>(etf::version));
  // OTP: compressed only if that makes it shorter, its header included.
  std::string packed(compressBound(plain.size()), '\0');
  uLongf size = packed.size();
  const int status =
      compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
                plain.size(), options.compression);
  if (status != Z_OK || size + 5 > plain.size()) {
    out += plain;
    return true;
  }
  Writer w{out};
  w.u8(etf::compressed);
  w.u32(static_cast<std::uint32_t>(plain.size()));
  w.bytes(packed.data(), size);
  return true;
}

bool encode_etf_sharing(std::string& out, std::vector<EtfShared>& shared, Term t,
                        const EtfEncodeOptions& options) {
  out.push_back(static_cast<char>(etf::version));
  Writer w{out, &shared};
  return Encoder<Writer>(w, options).run(t);
}

std::size_t etf_size(Term t, const EtfEncodeOptions& options) {
  Counter counter;
  Encoder<Counter>(counter, options).run(t);
  return counter.n + 1;
}

}  // namespace joist
