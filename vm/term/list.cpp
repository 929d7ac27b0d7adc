#include "vm/term/list.hpp"

#include "vm/term/bits.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

// Takes one code point off the front of valid UTF-8.
std::uint32_t next_code_point(std::string_view& utf8) {
  const auto first = static_cast<std::uint8_t>(utf8[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t c = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length && i < utf8.size(); ++i)
    c = c << 6 | (static_cast<std::uint8_t>(utf8[i]) & 0x3f);
  utf8.remove_prefix(length < utf8.size() ? length : utf8.size());
  return c;
}

void append_code_point(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto rest = [&](unsigned shift) { put(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6), rest(0);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12), rest(6), rest(0);
  } else {
    put(0xf0 | c >> 18), rest(12), rest(6), rest(0);
  }
}

bool is_byte(Term t) { return t.is_small() && t.bits <= Term::small(255).bits; }

bool append_binary(std::string& out, Term t) {
  if (!t.is_binary()) return false;
  const Bits bits = *Bits::from(t);
  if (bits.byte_aligned()) {
    out.append(bits.view());
    return true;
  }
  const std::size_t before = out.size();
  out.resize(before + bits.byte_size());
  copy_bits(reinterpret_cast<std::uint8_t*>(out.data() + before), 0, bits.base(), bits.start_bit(),
            bits.bit_size());
  return true;
}

}  // namespace

Term make_string_list(Heap& h, std::string_view utf8, Term tail) {
  std::size_t n = 0;
  for (char c : utf8) n += (c & 0xc0) != 0x80;
  if (n == 0) return tail;
  Word* cells = h.alloc(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    cells[2 * i] = Term::small(next_code_point(utf8)).bits;
    cells[2 * i + 1] = i + 1 < n ? Term::cons(cells + 2 * i + 2).bits : tail.bits;
  }
  return Term::cons(cells);
}

Term make_byte_list(Heap& h, std::string_view bytes, Term tail) {
  if (bytes.empty()) return tail;
  Word* cells = h.alloc(2 * bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    cells[2 * i] = Term::small(static_cast<std::uint8_t>(bytes[i])).bits;
    cells[2 * i + 1] = i + 1 < bytes.size() ? Term::cons(cells + 2 * i + 2).bits : tail.bits;
  }
  return Term::cons(cells);
}

std::optional<std::string> list_to_utf8(Term list) {
  std::string out;
  for (; list.is_cons(); list = list.tail()) {
    const Term head = list.head();
    if (!head.is_small()) return std::nullopt;
    const std::int64_t c = head.small_value();
    if (c < 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return std::nullopt;
    append_code_point(out, static_cast<std::uint32_t>(c));
  }
  return list.is_nil() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> list_to_bytes(Term list) {
  std::string out;
  for (; list.is_cons(); list = list.tail()) {
    if (!is_byte(list.head())) return std::nullopt;
    out.push_back(static_cast<char>(list.head().small_value()));
  }
  return list.is_nil() ? std::optional(std::move(out)) : std::nullopt;
}

bool append_iolist(std::string& out, Term iolist) {
  if (iolist.is_boxed()) return append_binary(out, iolist);
  WorkStack<Term, 32> tails;
  for (Term t = iolist;;) {
    // A tail may be a list or a binary, a head also a byte.
    while (t.is_cons()) {
      const Term head = t.head();
      t = t.tail();
      if (is_byte(head)) {
        out.push_back(static_cast<char>(head.small_value()));
      } else if (head.is_cons()) {
        tails.push(t);
        t = head;
      } else if (!head.is_nil() && !append_binary(out, head)) {
        return false;
      }
    }
    if (!t.is_nil() && !append_binary(out, t)) return false;
    if (tails.empty()) return true;
    t = tails.pop();
  }
}

}  // namespace joist
