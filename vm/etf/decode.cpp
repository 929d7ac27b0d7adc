#include "vm/etf/decode.hpp"

#include <zlib.h>

#include <cmath>
#include <string>
#include <vector>

#include "vm/base/byte_reader.hpp"
#include "vm/base/utf8.hpp"
#include "vm/code/export.hpp"
#include "vm/code/module.hpp"
#include "vm/etf/encode.hpp"
#include "vm/etf/tags.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

struct Refused {
  const char* why;
};

// A term whose elements are still being read. Elements of tuples and lists go straight to their place in the
// heap; those of maps and funs are collected in `values_` until all are there.
struct Frame {
  enum class Kind : std::uint8_t { tuple, list, map, fun } kind;
  std::size_t remaining;  // elements still to be read; a list's tail counts as one
  Word* slot;             // tuple, list: where the next element goes
  Term result;            // tuple, list: the finished term
  std::size_t
      base;  // map, fun: index of its first element in values_; fun: index in funs_ is in slot's place
};

struct FunHeader {
  std::uint8_t arity;
  const std::uint8_t* uniq;
  std::uint32_t index, free_count;
};

class Decoder {
 public:
  Decoder(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options)
      : heap_(heap), in_(bytes), options_(options) {}

  const ByteReader& reader() const { return in_; }

  Term run() {
    for (;;) {
      Term t = read();  // a leaf, or none() if a container was opened
      if (t.is_none()) continue;
      for (;;) {  // hands `t` to the innermost open container
        if (frames_.empty()) return t;
        Frame& f = frames_.back();
        if (f.kind == Frame::Kind::tuple) {
          *f.slot++ = t.bits;
          if (--f.remaining != 0) break;
          t = f.result;
        } else if (f.kind == Frame::Kind::list) {
          *f.slot = t.bits;
          // Heads are two words apart, the tail follows the last head.
          f.slot += --f.remaining > 1 ? 2 : 1;
          if (f.remaining != 0) break;
          t = f.result;
        } else {
          values_.push_back(t);
          if (--f.remaining != 0) break;
          t = f.kind == Frame::Kind::map ? finish_map(f) : finish_fun(f);
          values_.resize(f.base);
        }
        frames_.pop_back();
      }
    }
  }

 private:
  // An element takes at least one byte: a count that the input cannot hold is refused before it costs memory.
  std::size_t count(std::size_t n, std::size_t per = 1) {
    if (n > in_.left() / per) throw Refused{"more elements than bytes"};
    return n;
  }

  Term read() {
    switch (in_.u8()) {
      case etf::small_integer: return Term::small(in_.u8());
      case etf::integer: return Term::small(static_cast<std::int32_t>(in_.u32()));
      case etf::small_big: return big(in_.u8());
      case etf::large_big: return big(in_.u32());
      case etf::new_float: return real(std::bit_cast<double>(in_.u64()));
      case etf::old_float: {
        std::string_view text = in_.text(etf::kOldFloatBytes);
        text = text.substr(0, text.find('\0'));
        const auto d = float_parse(text);
        if (!d) throw Refused{"bad float text"};
        return real(*d);
      }
      case etf::atom:
      case etf::small_atom:
      case etf::atom_utf8:
      case etf::small_atom_utf8:
      case etf::atom_cache_ref: in_back(); return atom();
      case etf::nil: return Term::nil();
      case etf::string: return byte_list(in_.u16());
      case etf::list: return open_list(in_.u32());
      case etf::small_tuple: return open_tuple(in_.u8());
      case etf::large_tuple: return open_tuple(in_.u32());
      case etf::map: return open_map(in_.u32());
      case etf::binary: {
        const std::size_t n = in_.u32();
        const auto* p = in_.take(n);
        return make_binary_copy(heap_, p, n);
      }
      case etf::bit_binary: return bit_binary();
      case etf::new_pid: return pid(true);
      case etf::pid: return pid(false);
      case etf::new_port: return port(4, true);
      case etf::v4_port: return port(8, true);
      case etf::port: return port(4, false);
      case etf::newer_reference: return reference(in_.u16(), 4);
      case etf::new_reference: return reference(in_.u16(), 1);
      case etf::reference: return ancient_reference();
      case etf::export_fun: return export_fun();
      case etf::new_fun: return open_fun();
      default: throw Refused{"unknown tag"};
    }
  }

  // ---- leaves ----
  Term real(double d) {
    if (!std::isfinite(d)) throw Refused{"not a finite float"};
    return make_float(heap_, d);
  }
  Term big(std::size_t n) {
    const bool negative = in_.u8() != 0;
    const std::uint8_t* bytes = in_.take(n);
    while (n > 0 && bytes[n - 1] == 0) --n;
    if (n * 8 > kMaxIntegerBits) throw Refused{"integer too large"};
    if (n <= 8) {
      Word w = 0;
      std::memcpy(&w, bytes, n);
      return integer_from_limbs(heap_, &w, 1, negative);
    }
    limbs_.assign(words_for_bytes(n), 0);
    std::memcpy(limbs_.data(), bytes, n);
    return integer_from_limbs(heap_, limbs_.data(), limbs_.size(), negative);
  }
  Term byte_list(std::size_t n) {
    const std::uint8_t* bytes = in_.take(n);
    if (n == 0) return Term::nil();
    Word* w = heap_.alloc(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
      w[2 * i] = Term::small(bytes[i]).bits;
      w[2 * i + 1] = Term::cons(w + 2 * i + 2).bits;
    }
    w[2 * n - 1] = Term::nil().bits;
    return Term::cons(w);
  }
  Term bit_binary() {
    const std::size_t n = in_.u32();
    const unsigned last = in_.u8();
    if (last > 8 || (n == 0) != (last == 0)) throw Refused{"bad bit count"};
    const std::uint8_t* from = in_.take(n);
    std::uint8_t* to;
    const Term t = make_bitstring(heap_, n == 0 ? 0 : (n - 1) * 8 + last, &to);
    if (n != 0) {
      std::memcpy(to, from, n);
      to[n - 1] &= static_cast<std::uint8_t>(0xff00 >> last);
    }
    return t;
  }

  void in_back() { in_ = ByteReader({in_.position() - 1, in_.left() + 1}); }

  // An atom, with its tag.
  Term atom() {
    switch (in_.u8()) {
      case etf::atom: return latin1_atom(in_.text(in_.u16()));
      case etf::small_atom: return latin1_atom(in_.text(in_.u8()));
      case etf::atom_utf8: return utf8_atom(in_.text(in_.u16()));
      case etf::small_atom_utf8: return utf8_atom(in_.text(in_.u8()));
      case etf::atom_cache_ref: {
        const std::size_t i = in_.u8();
        if (i >= options_.atom_cache.size()) throw Refused{"no such atom in the cache"};
        return options_.atom_cache[i];
      }
      default: throw Refused{"not an atom"};
    }
  }
  Term latin1_atom(std::string_view text) {
    if (text.size() > kMaxAtomCharacters) throw Refused{"atom too long"};
    bool plain = true;
    for (const char c : text) plain &= static_cast<signed char>(c) >= 0;
    return named(plain ? std::string(text) : latin1_to_utf8(text));
  }
  Term utf8_atom(std::string_view text) {
    const auto length = utf8_length(text);
    if (!length || *length > kMaxAtomCharacters) throw Refused{"bad atom text"};
    return named(text);
  }
  Term named(std::string_view utf8) {
    if (!options_.safe) return intern(utf8);
    const Term t = find_atom(utf8);
    if (t.is_none()) throw Refused{"new atom"};
    return t;
  }

  // The name of an identifier's node; this node's has none in terms of this VM for itself.
  Term node_name() {
    if (!options_.local || in_.u8() != etf::nil) {
      if (options_.local) in_back();
      return atom();
    }
    return this_node()->name;
  }
  // The node of an identifier. Creation 0 means "whatever this node's is" if the name is this node's.
  Node* node(Term name, std::uint32_t creation) {
    Node* here = this_node();
    if (name == here->name && (creation == 0 || creation == here->creation)) return here;
    return find_or_make_node(name, creation);
  }
  std::uint32_t creation(bool wide) {
    if (wide) return in_.u32();
    const std::uint32_t old = in_.u8();
    if (old > 3) throw Refused{"an old creation of more than two bits"};
    return old;
  }

  Term pid(bool wide) {
    const Term name = node_name();
    const std::uint32_t number = in_.u32(), serial = in_.u32();
    Node* n = node(name, creation(wide));
    if (n != this_node()) return make_external_pid(heap_, n, number, serial);
    if (number >> kPidNumberBits != 0 || serial >> (58 - kPidNumberBits) != 0)
      throw Refused{"no such local pid"};
    return make_local_pid(number, serial);
  }
  Term port(int bytes, bool wide) {
    const Term name = node_name();
    const std::uint64_t number = bytes == 8 ? in_.u64() : in_.u32();
    Node* n = node(name, creation(wide));
    if (n != this_node()) return make_external_port(heap_, n, number);
    if (number >> 58 != 0) throw Refused{"no such local port"};
    return Term::port(number);
  }
  Term reference(std::size_t n, int creation_bytes) {
    RefNumbers numbers{};
    if (n < 1 || n > 5) throw Refused{"bad reference length"};
    const Term name = node_name();
    Node* at = node(name, creation(creation_bytes == 4));
    numbers.count = static_cast<std::uint32_t>(n);
    for (std::size_t i = 0; i < n; ++i) numbers.n[i] = in_.u32();
    return make_reference(at, numbers);
  }
  Term ancient_reference() {
    const Term name = atom();
    RefNumbers numbers{};
    numbers.n[0] = in_.u32();
    numbers.count = 1;
    return make_reference(node(name, creation(false)), numbers);
  }
  Term make_reference(Node* at, const RefNumbers& numbers) {
    if (numbers.n[0] >= 1u << 18) throw Refused{"bad reference number"};
    if (at != this_node()) return make_external_ref(heap_, at, numbers);
    RefNumbers local = numbers;  // short ones are padded
    if (local.count < 3) local.count = 3;
    return make_ref_from(heap_, local);
  }
  Term export_fun() {
    const Term module = atom(), function = atom();
    const std::uint8_t tag = in_.u8();
    if (tag != etf::small_integer && tag != etf::integer) throw Refused{"bad arity"};
    const std::uint32_t n = tag == etf::small_integer ? in_.u8() : in_.u32();
    if (n > 255) throw Refused{"bad arity"};
    Export* e = options_.safe ? find_export(module, function, n) : find_or_make_export(module, function, n);
    if (e == nullptr) throw Refused{"new external fun"};
    return make_external_fun(heap_, e);
  }

  // ---- containers: opened here, filled by run() ----
  Term open_tuple(std::size_t n) {
    Word* w = heap_.alloc(count(n) + 1);
    w[0] = tuple_header(n);
    for (std::size_t i = 1; i <= n; ++i) w[i] = Term::nil().bits;
    const Term t = Term::boxed(w);
    if (n == 0) return t;
    frames_.push_back({Frame::Kind::tuple, n, w + 1, t, 0});
    return Term::none();
  }
  Term open_list(std::size_t n) {
    if (n == 0) return Term::none();  // only its tail is there: it is what run() reads next
    Word* w = heap_.alloc(2 * count(n));
    for (std::size_t i = 0; i < n; ++i) {
      w[2 * i] = Term::nil().bits;
      w[2 * i + 1] = Term::cons(w + 2 * i + 2).bits;
    }
    w[2 * n - 1] = Term::nil().bits;
    frames_.push_back({Frame::Kind::list, n + 1, w, Term::cons(w), 0});
    return Term::none();
  }
  Term open_map(std::size_t n) {
    if (n == 0) return make_empty_map(heap_);
    frames_.push_back({Frame::Kind::map, 2 * count(n, 2), nullptr, Term::none(), values_.size()});
    return Term::none();
  }
  Term finish_map(const Frame& f) {
    const std::span<const Term> pairs{values_.data() + f.base, values_.size() - f.base};
    const Term t = map_from_pairs(heap_, pairs);
    if (map_size(t) != pairs.size() / 2) throw Refused{"duplicate map keys"};
    return t;
  }
  // module, old index, old uniq, pid, then the environment.
  Term open_fun() {
    FunHeader h;
    in_.u32();  // size: also OTP leaves it unread
    h.arity = in_.u8();
    h.uniq = in_.take(16);
    h.index = in_.u32();
    h.free_count = in_.u32();
    funs_.push_back(h);
    frames_.push_back(
        {Frame::Kind::fun, count(std::size_t{h.free_count} + 4), nullptr, Term::none(), values_.size()});
    return Term::none();
  }
  Term finish_fun(const Frame& f) {
    const FunHeader h = funs_.back();
    funs_.pop_back();
    const std::span<const Term> v{values_.data() + f.base, values_.size() - f.base};
    if (!v[0].is_atom()) throw Refused{"a fun's module is not an atom"};
    const auto old_index = to_uint64(v[1]), old_uniq = to_uint64(v[2]);
    if (!old_index || !old_uniq || *old_index > UINT32_MAX || *old_uniq > UINT32_MAX)
      throw Refused{"bad fun identification"};
    if (!v[3].is_pid()) throw Refused{"a fun's creator is not a pid"};
    FunEntry* entry =
        find_or_make_fun_entry(FunIdentity{v[0], h.uniq, h.index, static_cast<std::uint32_t>(*old_index),
                                           static_cast<std::uint32_t>(*old_uniq), h.arity, h.free_count});
    Word* w = heap_.alloc(fun_words(h.free_count));
    w[0] = make_header(BoxKind::fun, fun_words(h.free_count) - 1);
    w[1] = reinterpret_cast<Word>(entry);
    w[2] = v[3].bits;
    for (std::size_t i = 0; i < h.free_count; ++i) w[3 + i] = v[4 + i].bits;
    return Term::boxed(w);
  }

  Heap& heap_;
  ByteReader in_;
  const EtfOptions& options_;
  std::vector<Frame> frames_;
  std::vector<Term> values_;
  std::vector<FunHeader> funs_;
  std::vector<Word> limbs_;
};

EtfResult guarded(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options) {
  Decoder decoder(heap, bytes, options);
  try {
    const Term t = decoder.run();
    return {t, bytes.size() - decoder.reader().left(), nullptr};
  } catch (const Refused& r) {
    return {Term::none(), 0, r.why};
  } catch (const ShortInput&) {
    return {Term::none(), 0, "truncated"};
  }
}

}  // namespace

EtfResult decode_etf_body(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options) {
  return guarded(heap, bytes, options);
}

EtfResult decode_etf(Heap& heap, std::span<const std::uint8_t> bytes, const EtfOptions& options) {
  if (bytes.empty() || bytes[0] != etf::version) return {Term::none(), 0, "no version byte"};
  if (bytes.size() > 6 && bytes[1] == etf::local) {
    const auto body = bytes.subspan(6);
    EtfOptions local = options;
    local.local = true;
    EtfResult r = guarded(heap, body, local);
    ByteReader mark(bytes.subspan(2, 4));
    if (r && mark.u32() != etf_local_mark(body.subspan(0, r.used)))
      return {Term::none(), 0, "another VM's term"};
    if (r) r.used += 6;
    return r;
  }
  if (bytes.size() < 6 || bytes[1] != etf::compressed) {
    EtfResult r = guarded(heap, bytes.subspan(1), options);
    if (r) r.used += 1;
    return r;
  }
  std::uint32_t size;
  std::memcpy(&size, bytes.data() + 2, 4);
  size = __builtin_bswap32(size);
  const auto packed = bytes.subspan(6);
  // zlib reaches a ratio of 1032 at most: a larger claim is a lie and must not cost memory.
  if (size > packed.size() * 1032 + 64) return {Term::none(), 0, "impossible uncompressed size"};
  std::vector<std::uint8_t> plain(size);
  z_stream z{};
  if (inflateInit(&z) != Z_OK) return {Term::none(), 0, "zlib failed"};
  z.next_in = const_cast<std::uint8_t*>(packed.data());
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = plain.data();
  z.avail_out = size;
  const int status = inflate(&z, Z_FINISH);
  const std::size_t in_used = z.total_in, out = z.total_out;
  inflateEnd(&z);
  if (status != Z_STREAM_END || out != size) return {Term::none(), 0, "bad compressed data"};
  EtfResult r = guarded(heap, plain, options);
  if (r) r.used = 6 + in_used;
  return r;
}

}  // namespace joist
