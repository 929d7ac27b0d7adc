// unicode: characters_to_binary/2 and characters_to_list/2 for Latin-1 and UTF-8 input; the other encodings
// are done by the Erlang half of the module.
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/text_encoding.hpp"
#include "bifs/work.hpp"
#include "vm/term/unicode.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {

namespace {

// Bytes of the character that starts with `lead`; 0 if none does. OTP: 0xc0, 0xc1 and 0xf5-0xf7 are found
// wrong only when the other bytes are there.
std::size_t sequence_length(char lead_byte) {
  const auto lead = static_cast<std::uint8_t>(lead_byte);
  if (lead < 0x80) return 1;
  if (lead < 0xc0) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf8 ? 4 : 0;
}

// Units of work for char data, nullopt if it is none: a list of integers, binaries and char data, or a
// binary. OTP: what follows an integer of more than 60 bits is not looked at; it is an error in any case.
std::optional<std::size_t> measure_characters(Term t) {
  if (!t.is_list() && !t.is_binary()) return std::nullopt;
  std::size_t work = 0;
  WorkStack<Term, 32> tails;
  for (;;) {
    for (; t.is_cons(); ++work) {
      const Term head = t.head();
      t = t.tail();
      if (head.is_cons()) {
        tails.push(t);
        t = head;
      } else if (head.is_binary()) {
        work += Bits::from(head)->byte_size() / 4;
      } else if (head.is_integer()) {
        if (!head.is_small() || !is_otp_small(head.small_value())) return work;
      } else if (!head.is_nil()) {
        return std::nullopt;
      }
    }
    if (!t.is_nil()) {
      if (!t.is_binary()) return std::nullopt;
      work += Bits::from(t)->byte_size() / 4;
    }
    if (tails.empty()) return work;
    t = tails.pop();
  }
}

// Walks char data and gathers it as UTF-8, up to the first thing that is wrong.
class Converter {
 public:
  Converter(Heap& h, Encoding encoding, std::size_t size) : heap_(h), encoding_(encoding) {
    out_.reserve(size);
  }

  enum class Outcome { ok, error, incomplete };
  Outcome run(Term t) {
    for (;;) {
      while (t.is_cons()) {
        const Term head = t.head();
        if (head.is_cons()) {
          tails_.push(t.tail());
          t = head;
          continue;
        }
        if (head.is_integer() && !add_character(head)) return stop(t);
        if (head.is_boxed() && head.is_binary()) {
          const Term left = add_binary(*Bits::from(head));
          if (!left.is_none()) return stop(make_cons(heap_, left, t.tail()));
        }
        t = t.tail();
      }
      if (!t.is_nil()) {
        const Term left = add_binary(*Bits::from(t));
        if (!left.is_none()) return stop(left);
      }
      if (tails_.empty()) return finish();
      t = tails_.pop();
    }
  }
  const std::string& converted() const { return out_; }
  Term rest() const { return rest_; }

 private:
  bool add_character(Term t) {
    if (!begun_.empty() || !t.is_small()) return false;
    const std::int64_t c = t.small_value();
    if (c >= 0 && c < 128) {
      out_.push_back(static_cast<char>(c));
      return true;
    }
    if (encoding_ == Encoding::latin1 ? c < 0 || c > 255 : !is_code_point(static_cast<std::uint64_t>(c)))
      return false;
    utf8_append(out_, static_cast<std::uint32_t>(c));
    return true;
  }
  // none(), or what is left of the binary from a wrong byte on.
  Term add_binary(const Bits& b) {
    std::string scratch;
    std::string_view bytes = aligned_bytes(b, scratch);
    if (encoding_ == Encoding::latin1) {
      out_ += latin1_to_utf8(bytes);
      return Term::none();
    }
    if (bytes.empty()) return Term::none();
    std::size_t used = 0;
    if (!begun_.empty()) {  // a character that began in an earlier binary
      const std::size_t missing = sequence_length(begun_[0]) - begun_.size();
      const std::string whole = begun_ + std::string(bytes.substr(0, missing));
      if (bytes.size() < missing) {
        begun_ = whole;
        return Term::none();
      }
      if (!is_utf8(whole)) return b.term();
      out_ += whole;
      begun_.clear();
      used = missing;
      bytes.remove_prefix(missing);
    }
    const std::size_t valid = utf8_scan(bytes).bytes;
    out_.append(bytes.substr(0, valid));
    used += valid;
    bytes.remove_prefix(valid);
    if (bytes.empty()) return Term::none();
    if (bytes.size() < sequence_length(bytes[0])) {  // the next binary may complete it
      begun_ = bytes;
      return Term::none();
    }
    return used == 0 ? b.term() : make_sub_bits(heap_, b.term(), used * 8, b.bit_size() - used * 8);
  }
  // `left`: what the walk has not used of the innermost list; the rest of the outer lists follows.
  Outcome stop(Term left) {
    while (!tails_.empty()) left = make_cons(heap_, left, tails_.pop());
    if (!begun_.empty())
      left = make_cons(heap_, make_binary_copy(heap_, begun_),
                       left.is_list() && !left.is_cons() ? left : make_cons(heap_, left, Term::nil()));
    rest_ = left;
    return Outcome::error;
  }
  Outcome finish() {
    if (begun_.empty()) return Outcome::ok;
    rest_ = make_binary_copy(heap_, begun_);
    for (std::size_t i = 1; i < begun_.size(); ++i)
      if ((begun_[i] & 0xc0) != 0x80) return Outcome::error;
    return Outcome::incomplete;
  }

  Heap& heap_;
  const Encoding encoding_;
  std::string out_;
  std::string begun_;  // first bytes of a character that the next binary must complete
  WorkStack<Term, 32> tails_;
  Term rest_ = Term::none();
};

enum class Target { binary, list };
constexpr std::size_t kLargeWork = 200000;

Term convert(Call& c, Term data, Term encoding_term, Target target, std::size_t limit) {
  const auto encoding = encoding_from(encoding_term);
  if (!encoding) {
    const Term other = target == Target::binary ? am::characters_to_binary_int : am::characters_to_list_int;
    return trap(c, find_or_make_export(am::unicode, other, 2), {data, encoding_term});
  }
  const auto work = measure_characters(data);
  if (!work) return badarg(c);
  if (*work > limit) {
    const Term far = target == Target::binary ? am::characters_to_binary_trap_ : am::characters_to_list_trap_;
    return trap(c, find_or_make_export(am::erts_internal, far, 2), {data, encoding_term});
  }
  spend_for(c, *work, 64);
  Converter converter(c.heap(), *encoding, *work + *work / 8);
  const Converter::Outcome outcome = converter.run(data);
  const std::string& text = converter.converted();
  const Term result =
      target == Target::binary ? make_binary_copy(c.heap(), text) : make_string_list(c.heap(), text);
  // OTP: a list of one binary counts as that binary when a binary is made.
  const bool one =
      target == Target::binary && data.is_cons() && data.tail().is_nil() && data.head().is_bitstring();
  const auto rest = [&] {
    return one && converter.rest().is_cons() ? converter.rest().head() : converter.rest();
  };
  switch (outcome) {
    case Converter::Outcome::ok: return result;
    case Converter::Outcome::error: return make_tuple(c.heap(), am::error, result, rest());
    case Converter::Outcome::incomplete: return make_tuple(c.heap(), am::incomplete, result, rest());
  }
  fail("no outcome");
}

}  // namespace

JOIST_DEFINE_BIF(unicode_characters_to_binary_2, Term data, Term encoding) {
  return convert(c, data, encoding, Target::binary, kLargeWork);
}
JOIST_DEFINE_BIF(unicode_characters_to_list_2, Term data, Term encoding) {
  return convert(c, data, encoding, Target::list, kLargeWork);
}
// Large data, on a dirty thread.
JOIST_DEFINE_BIF(erts_internal_characters_to_binary_trap_2, Term data, Term encoding) {
  return convert(c, data, encoding, Target::binary, SIZE_MAX);
}
JOIST_DEFINE_BIF(erts_internal_characters_to_list_trap_2, Term data, Term encoding) {
  return convert(c, data, encoding, Target::list, SIZE_MAX);
}

JOIST_DEFINE_BIF(unicode_bin_is_7bit_1, Term t) {
  const auto b = Binary::from(t);
  if (!b) return am::false_;
  std::string scratch;
  return make_bool(is_ascii(aligned_bytes(*b, scratch)));
}

}  // namespace joist
