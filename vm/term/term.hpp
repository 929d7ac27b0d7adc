// term.hpp -- the value model: every Erlang value is one 64-bit word.
//
//   ...00  small integer, 62 bits (value << 2)
//   ...01  cons: pointer to two words, head and tail
//   ...10  boxed: pointer to a header word followed by the object
//   .0 011 immediate, told apart by bits 3-5: atom, local pid, local port, [], header, catch, none
//   ..111  return address (code address + 7); only on stacks
//
// A raw pointer that is 8-byte aligned looks like a small integer, so objects may hold such pointers
// without the collector minding.
// Owner: nobody, a Term is a value. GC: any Reserve (gc/reserve.hpp) may move what a Term points to.
#pragma once
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "vm/base/check.hpp"
#include "vm/base/types.hpp"

namespace joist {

// What a boxed object is; bits 6-10 of its header. The comment gives the words after the header.
enum class BoxKind : std::uint8_t {
  tuple,         // elements
  flat_map,      // keys tuple, values in key order           (up to 32 keys)
  hash_map,      // number of keys (small), children          aux = bitmap of 16; the root of a HAMT
  hash_node,     // children                                  aux = bitmap of 16; child: cons leaf or node
  fun,           // FunEntry*, creator pid, environment
  external_fun,  // Export*
  // From here on the words are raw: the collector does not look at them, except as noted.
  float_,         // IEEE double
  big_positive,   // limbs, least significant first, no leading zero limb; never fits a small
  big_negative,   // same, magnitude
  heap_bits,      // bit size, bytes                           (at most 64 bytes)
  binary_ref,     // RefcBinary*, next off-heap object         never a term of its own: see sub_bits
  sub_bits,       // Term of heap_bits or binary_ref (traced), base pointer, start bit, bit size
  match_context,  // same words as sub_bits: position is the start bit, the end is start + size
  ref,            // two words of number; a third one, if there, is the pid of an alias (a local pid Term)
  magic_ref,      // two words of number, MagicObject*, next off-heap object
  external_pid,   // Node*, number, serial
  external_port,  // Node*, number
  external_ref,   // Node*, length n <= 5, n numbers
  count_
};

constexpr bool box_is_terms(BoxKind k) { return k <= BoxKind::external_fun; }

class Term {
 public:
  Word bits;

  static constexpr Word kPrimaryMask = 3, kSmallTag = 0, kConsTag = 1, kBoxedTag = 2;
  static constexpr Word kImmediateMask = 0x3f;
  static constexpr Word kAtomTag = 0x03, kPidTag = 0x0b, kPortTag = 0x13, kNilTag = 0x1b, kHeaderTag = 0x23,
                        kCatchTag = 0x2b, kNoneTag = 0x33;
  static constexpr Word kReturnTag = 7;  // low three bits of a return address on a stack

  friend constexpr bool operator==(Term, Term) = default;  // same word: =:= for immediates only

  // ---- making ----
  static constexpr std::int64_t kMaxSmall = (std::int64_t{1} << 61) - 1;
  static constexpr std::int64_t kMinSmall = -(std::int64_t{1} << 61);
  static constexpr bool fits_small(std::int64_t n) { return n >= kMinSmall && n <= kMaxSmall; }
  static constexpr Term small(std::int64_t n) { return {static_cast<Word>(n) << 2}; }
  static constexpr Term atom(std::uint32_t index) { return {Word{index} << 6 | kAtomTag}; }
  static constexpr Term pid(Word data) { return {data << 6 | kPidTag}; }
  static constexpr Term port(Word data) { return {data << 6 | kPortTag}; }
  static constexpr Term nil() { return {kNilTag}; }
  static constexpr Term none() { return {kNoneTag}; }  // "no value": a BIF that raised, an empty slot
  static Term cons(const Word* at) { return {reinterpret_cast<Word>(at) | kConsTag}; }
  static Term boxed(const Word* at) { return {reinterpret_cast<Word>(at) | kBoxedTag}; }

  // ---- asking ----
  constexpr bool is_small() const { return (bits & kPrimaryMask) == kSmallTag; }
  constexpr bool is_cons() const { return (bits & kPrimaryMask) == kConsTag; }
  constexpr bool is_boxed() const { return (bits & kPrimaryMask) == kBoxedTag; }
  constexpr bool is_pointer() const { return is_cons() || is_boxed(); }
  constexpr bool is_immediate() const { return !is_pointer(); }
  constexpr bool is_atom() const { return (bits & kImmediateMask) == kAtomTag; }
  constexpr bool is_local_pid() const { return (bits & kImmediateMask) == kPidTag; }
  constexpr bool is_local_port() const { return (bits & kImmediateMask) == kPortTag; }
  constexpr bool is_nil() const { return bits == kNilTag; }
  constexpr bool is_none() const { return bits == kNoneTag; }
  constexpr bool is_list() const { return is_cons() || is_nil(); }
  constexpr bool is_catch() const { return (bits & kImmediateMask) == kCatchTag; }
  constexpr bool is_header() const { return (bits & kImmediateMask) == kHeaderTag; }
  constexpr bool is_return_address() const { return (bits & 7) == kReturnTag; }

  // ---- immediates' contents (the tag must be right) ----
  constexpr std::int64_t small_value() const { return static_cast<std::int64_t>(bits) >> 2; }
  constexpr std::uint32_t atom_index() const { return static_cast<std::uint32_t>(bits >> 6); }
  constexpr Word pid_data() const { return bits >> 6; }  // also of ports
  // Catch tags hold the code address of the handler.
  static Term catch_handler(const Word* code) { return {reinterpret_cast<Word>(code) << 6 | kCatchTag}; }
  const Word* catch_address() const { return reinterpret_cast<const Word*>(bits >> 6); }

  // ---- pointers' contents (the tag must be right) ----
  Word* cons_words() const { return reinterpret_cast<Word*>(bits - kConsTag); }
  Word* box_words() const { return reinterpret_cast<Word*>(bits - kBoxedTag); }
  Word* pointer() const { return reinterpret_cast<Word*>(bits & ~Word{3}); }
  Term head() const { return {cons_words()[0]}; }
  Term tail() const { return {cons_words()[1]}; }
  Word header() const { return box_words()[0]; }
  inline BoxKind box_kind() const;
  inline bool is_box(BoxKind k) const;

  // ---- type tests as Erlang's guards ----
  bool is_tuple() const { return is_box(BoxKind::tuple); }
  bool is_float() const { return is_box(BoxKind::float_); }
  inline bool is_big() const;
  bool is_integer() const { return is_small() || is_big(); }
  bool is_number() const { return is_integer() || is_float(); }
  inline bool is_map() const;
  inline bool is_fun() const;
  inline bool is_bitstring() const;  // heap_bits or sub_bits
  inline bool is_binary() const;     // bitstring of whole bytes
  bool is_match_context() const { return is_box(BoxKind::match_context); }
  inline bool is_reference() const;
  bool is_pid() const { return is_local_pid() || is_box(BoxKind::external_pid); }
  bool is_port() const { return is_local_port() || is_box(BoxKind::external_port); }
};
static_assert(sizeof(Term) == 8);

// ---- header words ----------------------------------------------------------------------------------
// bits 0-5 kHeaderTag, 6-10 kind, 11-15 flags, 16-31 aux, 32-63 number of words that follow.
constexpr Word make_header(BoxKind kind, std::size_t words, std::uint16_t aux = 0, unsigned box_flags = 0) {
  return Word{words} << 32 | Word{aux} << 16 | Word{box_flags} << 11 |
         Word{static_cast<unsigned>(kind)} << 6 | Term::kHeaderTag;
}
constexpr BoxKind header_kind(Word h) { return static_cast<BoxKind>(h >> 6 & 31); }
constexpr std::size_t header_words(Word h) { return h >> 32; }
constexpr std::uint16_t header_aux(Word h) { return static_cast<std::uint16_t>(h >> 16); }
constexpr unsigned header_flags(Word h) { return h >> 11 & 31; }
constexpr Word tuple_header(std::size_t arity) { return make_header(BoxKind::tuple, arity); }
constexpr Word kHeaderKindMask = 0x7ff;  // tag and kind

// match_context / sub_bits flags
constexpr unsigned kBitsWritable = 1;  // sub_bits: appending may grow the underlying binary in place

inline BoxKind Term::box_kind() const { return header_kind(header()); }
inline bool Term::is_box(BoxKind k) const { return is_boxed() && box_kind() == k; }
inline bool Term::is_big() const {
  return is_boxed() && (box_kind() == BoxKind::big_positive || box_kind() == BoxKind::big_negative);
}
inline bool Term::is_map() const {
  return is_boxed() && (box_kind() == BoxKind::flat_map || box_kind() == BoxKind::hash_map);
}
inline bool Term::is_fun() const {
  return is_boxed() && (box_kind() == BoxKind::fun || box_kind() == BoxKind::external_fun);
}
inline bool Term::is_bitstring() const {
  return is_boxed() && (box_kind() == BoxKind::heap_bits || box_kind() == BoxKind::sub_bits);
}
inline bool Term::is_reference() const {
  if (!is_boxed()) return false;
  const BoxKind k = box_kind();
  return k == BoxKind::ref || k == BoxKind::magic_ref || k == BoxKind::external_ref;
}

// ---- views: exist only after their tag check ---------------------------------------------------------
// if (auto t = Tuple::from(term)) use(t->arity());

class SmallInt {
 public:
  static std::optional<SmallInt> from(Term t) {
    return t.is_small() ? std::optional(SmallInt(t)) : std::nullopt;
  }
  std::int64_t value() const { return t_.small_value(); }
  Term term() const { return t_; }

 private:
  explicit SmallInt(Term t) : t_(t) {}
  Term t_;
};

class Atom {
 public:
  static std::optional<Atom> from(Term t) { return t.is_atom() ? std::optional(Atom(t)) : std::nullopt; }
  std::uint32_t index() const { return t_.atom_index(); }
  Term term() const { return t_; }
  friend bool operator==(Atom a, Term t) { return a.t_ == t; }

 private:
  explicit Atom(Term t) : t_(t) {}
  Term t_;
};

class Cons {
 public:
  static std::optional<Cons> from(Term t) { return t.is_cons() ? std::optional(Cons(t)) : std::nullopt; }
  Term head() const { return t_.head(); }
  Term tail() const { return t_.tail(); }
  Term term() const { return t_; }

 private:
  explicit Cons(Term t) : t_(t) {}
  Term t_;
};

class Tuple {
 public:
  static std::optional<Tuple> from(Term t) { return t.is_tuple() ? std::optional(Tuple(t)) : std::nullopt; }
  static Tuple of(Term t) { return Tuple(t); }  // the caller has checked
  std::size_t arity() const { return header_words(t_.header()); }
  Term operator[](std::size_t zero_based) const { return {t_.box_words()[1 + zero_based]}; }
  Term* elements() const { return reinterpret_cast<Term*>(t_.box_words() + 1); }
  Term term() const { return t_; }

 private:
  explicit Tuple(Term t) : t_(t) {}
  Term t_;
};

class Float {
 public:
  static std::optional<Float> from(Term t) { return t.is_float() ? std::optional(Float(t)) : std::nullopt; }
  double value() const { return std::bit_cast<double>(t_.box_words()[1]); }
  Term term() const { return t_; }

 private:
  explicit Float(Term t) : t_(t) {}
  Term t_;
};

// A bignum's sign and magnitude (limbs least significant first).
class Big {
 public:
  static std::optional<Big> from(Term t) { return t.is_big() ? std::optional(Big(t)) : std::nullopt; }
  bool negative() const { return t_.box_kind() == BoxKind::big_negative; }
  std::size_t limb_count() const { return header_words(t_.header()); }
  const Word* limbs() const { return t_.box_words() + 1; }
  Term term() const { return t_; }

 private:
  explicit Big(Term t) : t_(t) {}
  Term t_;
};

}  // namespace joist
