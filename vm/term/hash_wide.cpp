// The internal hash of OTP 27: 64 bits wide, MurmurHash3 with terms in the place of bytes. Immediates as OTP
// stores them, since the order of large maps and of tables depends on it.
#include <bit>
#include <string>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

enum class Part : std::uint64_t {
  immediate = 1,
  element,
  head,
  tail,
  string,
  tuple,
  flat_map,
  full_root,
  root,
  node,
  bits,
  fun,
  external_fun,
  negative,
  positive,
  ref,
  external_ref,
  external_pid,
  external_port,
  real
};

constexpr std::uint64_t kFirst = 0x87c37b91114253d5, kSecond = 0x4cf5ad432745937f;

constexpr std::uint64_t finish(std::uint64_t x) {
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

constexpr std::uint64_t join(std::uint64_t low, std::uint64_t high) { return low | high << 32; }

class Murmur {
 public:
  explicit Murmur(std::uint64_t salt) : alpha_(salt), beta_(salt) {}

  void alpha(std::uint64_t x) {
    rest_of_alpha(x);
    alpha_ = (std::rotl(alpha_, 27) + beta_) * 5 + 0x52dce729;
    ++ticks_;
  }
  void beta(std::uint64_t x) {
    rest_of_beta(x);
    beta_ = (std::rotl(beta_, 31) + alpha_) * 5 + 0x38495ab5;
    ++ticks_;
  }
  void alpha(Part part) { alpha(static_cast<std::uint64_t>(part)); }
  void beta(Part part) { beta(static_cast<std::uint64_t>(part)); }
  void alpha(Part part, std::uint64_t high) { alpha(join(static_cast<std::uint64_t>(part), high)); }

  void bytes(const std::uint8_t* p, std::size_t n) {
    for (; n >= 16; n -= 16, p += 16) {
      alpha(word(p, 8));
      beta(word(p + 8, 8));
    }
    if (n > 8) rest_of_beta(word(p + 8, n - 8));
    if (n > 0) rest_of_alpha(word(p, n < 8 ? n : 8));
  }

  std::uint64_t value() const {
    std::uint64_t a = alpha_ ^ ticks_, b = beta_ ^ ticks_;
    a += b;
    b += a;
    a = finish(a);
    b = finish(b);
    a += b;
    b += a;
    return a ^ b;
  }

 private:
  static std::uint64_t word(const std::uint8_t* p, std::size_t n) {
    std::uint64_t w = 0;
    std::memcpy(&w, p, n);
    return w;
  }
  void rest_of_alpha(std::uint64_t x) { alpha_ ^= std::rotl(x * kFirst, 31) * kSecond; }
  void rest_of_beta(std::uint64_t x) { beta_ ^= std::rotl(x * kSecond, 33) * kFirst; }

  std::uint64_t alpha_, beta_, ticks_ = 0;
};

// A small that OTP stores as a bignum is no immediate there.
bool is_otp_immediate(Term t) {
  if (!t.is_small()) return t.is_immediate();
  const std::int64_t n = t.small_value();
  return n <= kMaxOtpSmall && n >= kMinOtpSmall;
}

Word otp_word(Term t) {
  if (t.is_small()) return static_cast<Word>(t.small_value()) << 4 | 0xf;
  if (t.is_nil()) return 0x3b;
  if (t.is_local_pid()) return t.pid_data() << 4 | 3;
  if (t.is_local_port()) return t.pid_data() << 4 | 7;
  if (t.is_atom()) return Word{atom_number(t)} << 6 | 0xb;
  return t.bits;
}

constexpr Term kTailMarker{1 << 6 | Term::kHeaderTag};  // looks like no term

class TermHash {
 public:
  explicit TermHash(std::uint64_t salt) : hash_(salt) {}

  std::uint64_t of(Term t) {
    for (;;) {
      bool goes_on = false;  // with the new `t`
      if (t.is_cons())
        goes_on = list(t);
      else if (is_otp_immediate(t))
        immediate(t);
      else
        goes_on = t.is_small() ? small_as_big(t) : boxed(t);
      if (goes_on) continue;
      for (;;) {
        if (stack_.empty()) return hash_.value();
        t = stack_.pop();
        if (t != kTailMarker) break;
        hash_.beta(Part::tail);
      }
    }
  }

 private:
  void immediate(Term t) {
    hash_.alpha(Part::immediate);
    hash_.beta(otp_word(t));
  }
  void push(Term t) {
    if (is_otp_immediate(t)) return immediate(t);
    hash_.alpha(Part::element);
    stack_.push(t);
  }
  // All but the last, which becomes `t`.
  bool push_all(const Term* terms, std::size_t n, Term& t) {
    if (n == 0) return false;
    for (std::size_t i = 0; i + 1 < n; ++i) push(terms[i]);
    t = terms[n - 1];
    return true;
  }

  bool list(Term& t) {
    const auto is_byte = [](Term x) { return x.is_small() && x.bits <= Term::small(255).bits; };
    std::uint64_t value = 0, bytes = 0;
    const auto put_bytes = [&] {
      hash_.alpha(join(static_cast<std::uint64_t>(Part::string) | bytes << 8, value));
      value = bytes = 0;
    };
    for (; t.is_cons() && is_byte(t.head()); t = t.tail()) {
      value = value << 8 | static_cast<std::uint64_t>(t.head().small_value());
      if (++bytes == 4) put_bytes();
    }
    if (bytes > 0) put_bytes();
    if (!t.is_cons()) return true;
    const Term head = t.head(), tail = t.tail();
    if (is_otp_immediate(head)) {
      hash_.alpha(Part::immediate, static_cast<std::uint64_t>(Part::head));
      hash_.beta(otp_word(head));
      if (!tail.is_cons()) hash_.alpha(Part::tail);
      t = tail;
    } else {
      stack_.push(tail);
      if (!tail.is_cons()) stack_.push(kTailMarker);
      hash_.alpha(Part::head);
      t = head;
    }
    return true;
  }

  bool small_as_big(Term t) {
    const std::int64_t n = t.small_value();
    hash_.alpha(n < 0 ? Part::negative : Part::positive, 1);
    hash_.beta(n < 0 ? -static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n));
    return false;
  }

  bool children(const Word* children, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const Term child{children[i]};
      if (child.is_cons()) {
        push(child.tail());
        push(child.head());
      } else {
        stack_.push(child);
      }
    }
    return false;
  }

  bool bitstring(const Bits& bits) {
    hash_.alpha(Part::bits);
    hash_.beta(bits.bit_size());
    if (bits.bit_size() == 0) return false;
    std::string copy;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(aligned_bytes(bits, copy).data());
    const std::size_t whole = bits.bit_size() / 8;
    hash_.bytes(bytes, whole);
    if (const unsigned odd = bits.bit_size() % 8; odd != 0)
      hash_.alpha(std::uint64_t{bytes[whole]} >> (8 - odd));
    return false;
  }

  bool big(const Big& big) {
    const std::size_t n = big.limb_count();
    hash_.alpha(big.negative() ? Part::negative : Part::positive, n);
    std::size_t i = 0;
    for (; i + 2 <= n; i += 2) {
      hash_.alpha(big.limbs()[i]);
      hash_.beta(big.limbs()[i + 1]);
    }
    if (i < n) hash_.beta(big.limbs()[i]);
    return false;
  }

  bool boxed(Term& t) {
    const Word* w = t.box_words();
    switch (header_kind(w[0])) {
      case BoxKind::tuple: {
        const Tuple tuple = Tuple::of(t);
        hash_.alpha(Part::tuple);
        hash_.beta(tuple.arity());
        return push_all(tuple.elements(), tuple.arity(), t);
      }
      case BoxKind::flat_map: {
        const FlatMap map = FlatMap::of(t);
        const std::size_t n = map.size();
        hash_.alpha(Part::flat_map);
        hash_.beta(n);
        if (n == 0) return false;
        for (std::size_t i = 0; i + 1 < n; ++i) {
          push(map.values()[i]);
          push(map.keys()[i]);
        }
        push(map.values()[n - 1]);
        t = map.keys()[n - 1];
        return true;
      }
      case BoxKind::hash_map: {
        const std::size_t n = header_words(w[0]) - 1;
        hash_.alpha(n == 16 ? Part::full_root : Part::root);
        hash_.beta(map_size(t));
        return children(w + 2, n);
      }
      case BoxKind::hash_node: hash_.alpha(Part::node); return children(w + 1, header_words(w[0]));
      case BoxKind::fun: {
        const Fun fun = *Fun::from(t);
        const FunEntry* e = fun.entry();
        hash_.alpha(Part::fun, fun.environment_size());
        hash_.beta(join(e->index, e->old_uniq));
        immediate(e->module);
        return push_all(fun.environment(), fun.environment_size(), t);
      }
      case BoxKind::external_fun:
        hash_.alpha(Part::external_fun);
        hash_.beta(w[1]);
        return false;
      case BoxKind::float_:
        hash_.alpha(Part::real);
        hash_.beta(w[1]);
        return false;
      case BoxKind::big_positive:
      case BoxKind::big_negative: return big(*Big::from(t));
      case BoxKind::heap_bits:
      case BoxKind::sub_bits:
      case BoxKind::match_context: return bitstring(*Bits::from(t));
      case BoxKind::ref:
      case BoxKind::magic_ref:
        hash_.alpha(Part::ref, w[1] & 0xffffffff);
        hash_.beta(join(w[1] >> 32, w[2]));
        return false;
      case BoxKind::external_ref: {
        // Numbers that are absent count as zero: trailing zeros do not tell references apart.
        const RefNumbers numbers = ref_numbers(t);
        hash_.alpha(Part::external_ref, 0);
        hash_.beta(join(numbers.n[0], numbers.n[1]));
        hash_.beta(join(numbers.n[2], numbers.n[3]));
        hash_.beta(numbers.n[4]);
        hash_.alpha(w[1]);
        return false;
      }
      case BoxKind::external_pid:
        hash_.alpha(Part::external_pid);
        hash_.beta(w[1]);
        hash_.alpha(join(w[2], w[3]));
        return false;
      case BoxKind::external_port:
        hash_.alpha(Part::external_port);
        hash_.beta(w[1]);
        hash_.alpha(w[2]);
        return false;
      case BoxKind::binary_ref:
      case BoxKind::count_: break;
    }
    fail("a hash of something that is not a term");
  }

  Murmur hash_;
  WorkStack<Term, 48> stack_;
};

}  // namespace

std::uint64_t internal_hash_wide(Term t, std::uint64_t salt) {
  return is_otp_immediate(t) ? finish(otp_word(t) + salt) : TermHash(salt).of(t);
}

}  // namespace joist
