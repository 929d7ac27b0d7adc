#include "vm/term/print.hpp"

#include <fmt/format.h>

#include <iterator>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

template <class... Args>
void append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// ---- atoms ---------------------------------------------------------------------------------------------

// OTP: letters of Latin-1 count, those beyond it do not; nor does '@'.
bool is_lower(std::uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xdf && c <= 0xff && c != 0xf7); }
bool is_upper(std::uint32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7); }
bool is_atom_character(std::uint32_t c) {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '_';
}

// The character at the front, and its length, in valid UTF-8; characters beyond Latin-1 all as 0x100.
std::pair<std::uint32_t, std::size_t> first_character(std::string_view text) {
  const auto byte = static_cast<std::uint8_t>(text[0]);
  if (byte < 0x80) return {byte, 1};
  if (byte < 0xc4) return {(byte & 3u) << 6 | (static_cast<std::uint8_t>(text[1]) & 0x3fu), 2};
  return {0x100, byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4};
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || !is_lower(first_character(text).first)) return true;
  while (!text.empty()) {
    const auto [c, length] = first_character(text);
    if (!is_atom_character(c)) return true;
    text.remove_prefix(length);
  }
  return false;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '\'';
  while (!text.empty()) {
    const auto [c, length] = first_character(text);
    switch (c) {
      case '\'': out += "\\'"; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\f': out += "\\f"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '\b': out += "\\b"; break;
      case '\v': out += "\\v"; break;
      default:
        if (c < ' ' || (c >= 0x80 && c < 0xa0))
          append(out, "\\{:03o}", c);
        else
          out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '\'';
}

// ---- strings and bitstrings ----------------------------------------------------------------------------

// A flat, proper, not empty list of printable Latin-1 characters and white space.
bool is_string(Term t) {
  for (; t.is_cons(); t = t.tail()) {
    if (!t.head().is_small()) return false;
    const std::int64_t c = t.head().small_value();
    const bool printable =
        (c >= ' ' && c < 0x7f) || (c >= 0xa0 && c <= 0xff) || c == '\n' || c == '\t' || c == '\r';
    if (!printable) return false;
  }
  return t.is_nil();
}

void append_string(std::string& out, Term t) {
  out += '"';
  for (; t.is_cons(); t = t.tail()) {
    const auto c = static_cast<char>(t.head().small_value());
    if (c == '\n')
      out += "\\n";
    else if (c == '"')
      out += "\\\"";
    else
      out += c;
  }
  out += '"';
}

void append_bits(std::string& out, const Bits& bits) {
  std::string copy(bits.byte_size(), '\0');
  copy_bits(reinterpret_cast<std::uint8_t*>(copy.data()), 0, bits.base(), bits.start_bit(), bits.bit_size());
  out += "<<";
  bool printable = bits.whole_bytes() && !copy.empty();
  for (char c : copy) printable = printable && c >= ' ' && c < 0x7f;
  if (printable) {
    out += '"';
    for (char c : copy) {
      if (c == '"') out += '\\';
      out += c;
    }
    out += '"';
  } else {
    const std::size_t whole = bits.bit_size() / 8;
    for (std::size_t i = 0; i < copy.size(); ++i) {
      const auto byte = static_cast<std::uint8_t>(copy[i]);
      if (i > 0) out += ',';
      if (i < whole)
        append(out, "{}", byte);
      else
        append(out, "{}:{}", byte >> (8 - bits.bit_size() % 8), bits.bit_size() % 8);
    }
  }
  out += ">>";
}

// ---- all terms -----------------------------------------------------------------------------------------

class Printer {
 public:
  Printer(std::string& out, std::size_t limit) : out_(out), start_(out.size()), limit_(limit) {}

  void print(Term t) {
    for (start(t); !todo_.empty();) {
      if (out_.size() - start_ >= limit_) {
        out_ += "...";
        return;
      }
      next(todo_.pop());
    }
  }

 private:
  enum class Kind : std::uint8_t {
    text,
    term,      // at `a`
    elements,  // the `n` at `a`, of a tuple or a HAMT node
    pairs,     // the `n` keys at `a` with the values at `b`
    rest,      // of a list: the tail at `a`
  };
  struct Todo {
    Kind kind;
    bool first;  // nothing of it has been printed
    std::size_t n;
    const Term* a;
    const Term* b;
    const char* text;
  };

  void push_text(const char* text) { todo_.push({Kind::text, true, 0, nullptr, nullptr, text}); }
  void push_term(const Term* at) { todo_.push({Kind::term, true, 0, at, nullptr, nullptr}); }
  void push(Kind kind, std::size_t n, const Term* a, const Term* b = nullptr, bool first = true) {
    todo_.push({kind, first, n, a, b, nullptr});
  }

  // Prints a term up to its first part.
  void start(Term t) {
    if (t.is_small()) {
      append(out_, "{}", t.small_value());
    } else if (t.is_atom()) {
      print_atom(out_, t);
    } else if (t.is_nil()) {
      out_ += "[]";
    } else if (t.is_local_pid()) {
      out_ += pid_text(t);
    } else if (t.is_local_port()) {
      out_ += port_text(t);
    } else if (t.is_cons()) {
      if (is_string(t)) return append_string(out_, t);
      out_ += '[';
      const auto* cell = reinterpret_cast<const Term*>(t.cons_words());
      push(Kind::rest, 0, cell + 1);
      push_term(cell);
    } else if (t.is_boxed()) {
      start_boxed(t);
    } else {
      append(out_, "<unknown:{:#x}>", t.bits);
    }
  }

  void start_boxed(Term t) {
    const Word* w = t.box_words();
    const auto* terms = reinterpret_cast<const Term*>(w + 1);
    const std::size_t words = header_words(w[0]);
    switch (header_kind(w[0])) {
      case BoxKind::tuple:
        out_ += '{';
        push(Kind::elements, words, terms);
        break;
      case BoxKind::flat_map:
        out_ += "#{";
        push(Kind::pairs, words - 1, FlatMap::of(t).keys().elements(), terms + 1);
        break;
      case BoxKind::hash_map:
        // OTP shows the trie as it is: each node's bitmap in hexadecimal, then its children;
        // a leaf is the cons that it is.
        append(out_, "#<{:x}>{{", header_aux(w[0]));
        push(Kind::elements, words - 1, terms + 1);
        break;
      case BoxKind::hash_node:
        append(out_, "<{:x}>{{", header_aux(w[0]));
        push(Kind::elements, words, terms);
        break;
      case BoxKind::fun:
      case BoxKind::external_fun: out_ += fun_text(t); break;
      case BoxKind::float_: append(out_, "{:e}", Float::from(t)->value()); break;
      case BoxKind::big_positive:
      case BoxKind::big_negative: out_ += integer_to_string(t); break;
      case BoxKind::heap_bits:
      case BoxKind::sub_bits: append_bits(out_, *Bits::from(t)); break;
      case BoxKind::match_context: out_ += "#MatchState"; break;
      case BoxKind::ref:
      case BoxKind::magic_ref:
      case BoxKind::external_ref: out_ += ref_text(t); break;
      case BoxKind::external_pid: out_ += pid_text(t); break;
      case BoxKind::external_port: out_ += port_text(t); break;
      case BoxKind::binary_ref:
      case BoxKind::count_: append(out_, "<unknown:{:#x}>", w[0]); break;
    }
  }

  void next(const Todo& o) {
    switch (o.kind) {
      case Kind::text: out_ += o.text; break;
      case Kind::term: start(*o.a); break;
      case Kind::elements:
      case Kind::pairs:
        if (o.n == 0) {
          out_ += '}';
          break;
        }
        if (!o.first) out_ += ',';
        push(o.kind, o.n - 1, o.a + 1, o.b + (o.kind == Kind::pairs), false);
        if (o.kind == Kind::pairs) {
          push_term(o.b);
          push_text("=>");
          start(*o.a);
        } else {
          start(*o.a);
        }
        break;
      case Kind::rest:
        if (o.a->is_nil()) {
          out_ += ']';
        } else if (o.a->is_cons()) {
          const auto* cell = reinterpret_cast<const Term*>(o.a->cons_words());
          out_ += ',';
          push(Kind::rest, 0, cell + 1);
          start(*cell);
        } else {
          out_ += '|';
          push_text("]");
          start(*o.a);
        }
        break;
    }
  }

  std::string& out_;
  std::size_t start_, limit_;
  WorkStack<Todo, 16> todo_;
};

}  // namespace

void print_term(std::string& out, Term t, std::size_t limit) { Printer(out, limit).print(t); }

std::string to_text(Term t) {
  std::string out;
  print_term(out, t);
  return out;
}

void print_atom(std::string& out, Term atom) {
  const std::string_view text = atom_text(atom);
  if (needs_quotes(text))
    append_quoted(out, text);
  else
    out += text;
}

std::string pid_text(Term t) {
  const Word number = t.is_local_pid() ? pid_number(t) : t.box_words()[2];
  const Word serial = t.is_local_pid() ? pid_serial(t) : t.box_words()[3];
  return fmt::format("<{}.{}.{}>", node_of(t)->number, number, serial);
}

std::string port_text(Term t) {
  return fmt::format("#Port<{}.{}>", node_of(t)->number, t.is_local_port() ? t.pid_data() : t.box_words()[2]);
}

std::string ref_text(Term t) {
  const RefNumbers numbers = ref_numbers(t);
  std::string out = fmt::format("#Ref<{}", node_of(t)->number);
  for (std::uint32_t i = numbers.count; i-- > 0;) append(out, ".{}", numbers.n[i]);
  return out += '>';
}

std::string fun_text(Term t) {
  std::string out;
  if (const auto fun = Fun::from(t)) {
    out = "#Fun<";
    print_atom(out, fun->entry()->module);
    append(out, ".{}.{}>", fun->entry()->index, fun->entry()->old_uniq);
  } else {
    const Export* e = external_fun_export(t);
    out = "fun ";
    print_atom(out, e->module);
    out += ':';
    print_atom(out, e->function);
    append(out, "/{}", e->arity);
  }
  return out;
}

}  // namespace joist
