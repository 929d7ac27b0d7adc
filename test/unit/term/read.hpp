// read.hpp -- terms from their Erlang text, for tests.
// Integers, floats, atoms, "strings", lists, tuples, maps, <<1,2,5:3>> and <<"bytes">>, and as function calls
// what has no syntax: pid(Number, Serial), pid(Node, Creation, Number, Serial), port(...), ref(Node,
// Creation, [Numbers]) in the same way, bits_at(Offset, Bitstring), fn(Module, Function, Arity) for an
// external fun and closure(Module, Index, Uniq, [Environment]).
#pragma once
#include <gmp.h>

#include <cctype>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"

namespace joist::test {

// Export entries and fun entries, unique and alive for ever as those of a VM.
inline Export* export_entry(Term module, Term function, std::uint32_t arity) {
  static std::map<std::tuple<Word, Word, std::uint32_t>, std::unique_ptr<Export>> all;
  auto& e = all[{module.bits, function.bits, arity}];
  if (!e) {
    e = std::make_unique<Export>();
    e->module = module;
    e->function = function;
    e->arity = arity;
  }
  return e.get();
}
inline FunEntry* fun_entry(Term module, std::uint32_t index, std::uint32_t uniq) {
  static std::map<std::tuple<Word, std::uint32_t, std::uint32_t>, std::unique_ptr<FunEntry>> all;
  auto& e = all[{module.bits, index, uniq}];
  if (!e) {
    e = std::make_unique<FunEntry>();
    e->module = module;
    e->index = e->old_index = index;
    e->old_uniq = uniq;
  }
  return e.get();
}

class Reader {
 public:
  Reader(Heap& h, std::string_view text) : heap_(h), in_(text) {}
  Term read() {
    skip();
    const char c = peek();
    if (c == '{') return ++at_, make_tuple_from(heap_, list_until('}'));
    if (c == '[') return ++at_, read_list();
    if (c == '"') return ++at_, make_byte_list(heap_, quoted('"'));
    if (c == '#') return at_ += 2, map_from_pairs(heap_, pairs());
    if (c == '<') return at_ += 2, read_bits();
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c))) return number();
    if (c == '\'') return ++at_, intern(quoted('\''));
    std::size_t end = at_;
    while (end < in_.size() &&
           (std::isalnum(static_cast<unsigned char>(in_[end])) || in_[end] == '_' || in_[end] == '@'))
      ++end;
    const std::string_view name = in_.substr(at_, end - at_);
    at_ = end;
    if (at_ < in_.size() && in_[at_] == '(') return ++at_, call(name, list_until(')'));
    return intern(name);
  }

 private:
  char peek() const { return at_ < in_.size() ? in_[at_] : '\0'; }
  void skip() {
    while (peek() == ' ' || peek() == '\n') ++at_;
  }
  bool take(char c) {
    skip();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  std::vector<Term> list_until(char end) {
    std::vector<Term> v;
    while (!take(end)) {
      v.push_back(read());
      take(',');
    }
    return v;
  }
  Term read_list() {
    std::vector<Term> v;
    Term tail = Term::nil();
    while (!take(']')) {
      v.push_back(read());
      if (take('|')) tail = read();
      take(',');
    }
    return make_list_from(heap_, v, tail);
  }
  std::vector<Term> pairs() {
    std::vector<Term> v;
    while (!take('}')) {
      v.push_back(read());
      skip();
      at_ += 2;  // =>
      v.push_back(read());
      take(',');
    }
    return v;
  }
  std::string quoted(char end) {
    std::string s;
    while (peek() != end) {
      if (peek() == '\\') {
        ++at_;
        const char c = peek();
        s.push_back(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'e' ? '\x1b' : c == 'd' ? '\x7f' : c);
        ++at_;
      } else {
        s.push_back(in_[at_++]);
      }
    }
    ++at_;
    return s;
  }
  Term read_bits() {
    std::string bytes;
    std::size_t bits = 0;
    while (!take('>')) {
      skip();
      if (take('"')) {
        bytes += quoted('"');
        bits = bytes.size() * 8;
      } else {
        const auto value = static_cast<std::uint8_t>(number().small_value());
        const int size = take(':') ? static_cast<int>(number().small_value()) : 8;
        bytes.push_back(static_cast<char>(value << (8 - size)));
        bits += static_cast<std::size_t>(size);
      }
      take(',');
    }
    ++at_;
    std::uint8_t* to;
    const Term t = make_bitstring(heap_, bits, &to);
    std::memcpy(to, bytes.data(), bytes.size());
    return t;
  }
  Term number() {
    std::size_t end = at_ + 1;
    bool is_float = false;
    for (; end < in_.size(); ++end) {
      const char c = in_[end];
      if (c == '.' || c == 'e')
        is_float = true;
      else if (!std::isdigit(static_cast<unsigned char>(c)) &&
               !((c == '-' || c == '+') && in_[end - 1] == 'e'))
        break;
    }
    const std::string text(in_.substr(at_, end - at_));
    at_ = end;
    if (is_float) return make_float(heap_, std::stod(text));
    mpz_t z;
    mpz_init_set_str(z, text.c_str(), 10);
    Term t;
    if (mpz_fits_slong_p(z)) {
      t = make_int(heap_, mpz_get_si(z));
    } else {
      const std::size_t limbs = mpz_size(z);
      Word* w = heap_.alloc(1 + limbs);
      w[0] = make_header(mpz_sgn(z) < 0 ? BoxKind::big_negative : BoxKind::big_positive, limbs);
      for (std::size_t i = 0; i < limbs; ++i) w[1 + i] = mpz_getlimbn(z, static_cast<mp_size_t>(i));
      t = Term::boxed(w);
    }
    mpz_clear(z);
    return t;
  }
  Term call(std::string_view name, const std::vector<Term>& a) {
    const auto n = [&](std::size_t i) { return static_cast<std::uint32_t>(a[i].small_value()); };
    const auto node = [&] { return find_or_make_node(a[0], n(1)); };
    if (name == "pid")
      return a.size() == 2 ? make_local_pid(n(0), n(1)) : make_external_pid(heap_, node(), n(2), n(3));
    if (name == "port")
      return make_external_port(heap_, node(), static_cast<std::uint64_t>(a[2].small_value()));
    if (name == "ref") {
      RefNumbers numbers{};
      for (Term t = a[2]; t.is_cons(); t = t.tail())
        numbers.n[numbers.count++] = static_cast<std::uint32_t>(t.head().small_value());
      return make_external_ref(heap_, node(), numbers);
    }
    if (name == "fn") return make_external_fun(heap_, export_entry(a[0], a[1], n(2)));
    if (name == "closure") {
      const auto environment = *list_elements(a[3]);
      Word* w = heap_.alloc(fun_words(environment.size()));
      w[0] = make_header(BoxKind::fun, 2 + environment.size());
      w[1] = reinterpret_cast<Word>(fun_entry(a[0], n(1), n(2)));
      w[2] = make_local_pid(0, 0).bits;
      for (std::size_t i = 0; i < environment.size(); ++i) w[3 + i] = environment[i].bits;
      return Term::boxed(w);
    }
    if (name == "bits_at") {  // the same bits, from an odd position of a larger bitstring
      const Bits b = *Bits::from(a[1]);
      std::uint8_t* to;
      const Term whole = make_bitstring(heap_, n(0) + b.bit_size(), &to);
      std::memset(to, 0xaa, bytes_for_bits(n(0) + b.bit_size()));
      copy_bits(to, n(0), b.base(), b.start_bit(), b.bit_size());
      return make_sub_bits(heap_, whole, n(0), b.bit_size());
    }
    fail("read.hpp: unknown function");
  }

  Heap& heap_;
  std::string_view in_;
  std::size_t at_ = 0;
};

inline Term read_term(Heap& h, std::string_view text) { return Reader(h, text).read(); }

}  // namespace joist::test
