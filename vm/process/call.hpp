// call.hpp -- how a built-in function (BIF) is called, and how it answers.
//
// A BIF is `Term f(Call& c, ...typed arguments...)`. It returns the result, or none() after
// raising (badarg(c), raise(c, ...)), or trap(c, ...) to have another function called in its place.
// Building a result in c.heap() never moves terms, so arguments stay valid all the while.
#pragma once
#include <span>
#include <tuple>
#include <utility>

#include "vm/process/process.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"

namespace joist {

struct Call {
  Process& process;
  Term* args;  // args[0..arity): roots while the BIF runs
  std::uint32_t arity;

  Heap& heap() { return process.heap; }
  Term arg(std::size_t i) const { return args[i]; }
  // Charges work done, in reductions.
  void spend(std::int64_t reductions) {
    process.reductions_left = reductions >= process.reductions_left
                                  ? 0
                                  : process.reductions_left - static_cast<std::int32_t>(reductions);
  }
  // Work still allowed in this slice. A long BIF stops at 0 and traps to its own continuation.
  std::int32_t left() const { return process.reductions_left; }
};

// A BIF: returns a term, none() (raised), or trap_marker().
using BifFunction = Term (*)(Call&);

inline Term trap_marker() { return {Word{2} << 6 | Term::kNoneTag}; }
// "Call me again with the same arguments": the process leaves the engine as process.run_result says
// (yielded; waiting: when it gets a signal).
inline Term retry_marker() { return {Word{3} << 6 | Term::kNoneTag}; }
// erlang:hibernate/3 answers so; the engine drops the stack and goes on with args M, F, A when a message
// comes.
inline Term hibernate_marker() { return {Word{4} << 6 | Term::kNoneTag}; }

// ---- raising. All return none(). ----
Term raise(Call& c, ErrorClass error_class, Term reason);
inline Term raise_error(Call& c, Term reason) { return raise(c, ErrorClass::error, reason); }
inline Term badarg(Call& c) { return raise_error(c, am::badarg); }
inline Term badarith(Call& c) { return raise_error(c, am::badarith); }
inline Term system_limit(Call& c) { return raise_error(c, am::system_limit); }
// With error_info's cause, which erl_erts_errors (or `formatter`) turns into text.
Term badarg_because(Call& c, Term cause, Term formatter = am::erl_erts_errors);

// ---- trapping ----
// Calls `target` with `args` instead of returning; its result is the BIF's result.
Term trap(Call& c, Export* target, std::initializer_list<Term> args);

// ---- typed arguments: the C++ signature is the check, a mismatch is badarg ----
template <class T>
struct Arg {
  static std::optional<T> from(Term t) { return T::from(t); }
};
// Where OTP takes only its own small integers, of 60 bits, what is larger is badarg.
inline bool is_otp_small(std::int64_t n) {
  return n >= -(std::int64_t{1} << 59) && n < std::int64_t{1} << 59;
}
template <>
struct Arg<Term> {
  static std::optional<Term> from(Term t) { return t; }
};
struct List {  // [] or a cons; proper or not
  Term t;
  static std::optional<List> from(Term t) { return t.is_list() ? std::optional(List{t}) : std::nullopt; }
};
struct Map {
  Term t;
  static std::optional<Map> from(Term t) { return t.is_map() ? std::optional(Map{t}) : std::nullopt; }
};
struct Integer {
  Term t;
  static std::optional<Integer> from(Term t) {
    return t.is_integer() ? std::optional(Integer{t}) : std::nullopt;
  }
};
struct Number {
  Term t;
  static std::optional<Number> from(Term t) {
    return t.is_number() ? std::optional(Number{t}) : std::nullopt;
  }
};
struct Binary : Bits {  // whole bytes
  static std::optional<Binary> from(Term t) {
    const auto b = t.is_bitstring() ? Bits::from(t) : std::nullopt;
    return b && b->whole_bytes() ? std::optional(Binary{*b}) : std::nullopt;
  }
};
struct Bitstring : Bits {
  static std::optional<Bitstring> from(Term t) {
    const auto b = t.is_bitstring() ? Bits::from(t) : std::nullopt;
    return b ? std::optional(Bitstring{*b}) : std::nullopt;
  }
};
struct LocalPid {
  Term t;
  static std::optional<LocalPid> from(Term t) {
    return t.is_local_pid() ? std::optional(LocalPid{t}) : std::nullopt;
  }
};
struct Boolean {
  bool value;
  static std::optional<Boolean> from(Term t) {
    if (t == am::true_) return Boolean{true};
    if (t == am::false_) return Boolean{false};
    return std::nullopt;
  }
};

template <auto Body>
struct BifEntry;
template <class... As, Term (*Body)(Call&, As...)>
struct BifEntry<Body> {
  static constexpr std::uint32_t arity = sizeof...(As);
  static Term call(Call& c) { return call(c, std::index_sequence_for<As...>{}); }

 private:
  template <std::size_t... I>
  static Term call(Call& c, std::index_sequence<I...>) {
    auto args = std::tuple{Arg<As>::from(c.args[I])...};
    if (!(std::get<I>(args) && ...)) [[unlikely]]
      return badarg(c);
    return Body(c, *std::get<I>(args)...);
  }
};

}  // namespace joist
