// stencil.hpp -- instructions as pieces of machine code with holes.
//
// A stencil is the fast path of one instruction variant, compiled from the same definition as the
// interpreter's handler, but with its operands left open: registers' offsets, constants, branch targets and
// the place of the instruction are undefined symbols, and the compiler leaves a relocation where each is
// used. The build extracts code and relocations from the object file (tools/stencils); compile.cpp copies
// stencils one after the other and fills the holes (copy-and-patch compilation, Xu and Kjolstad 2021). This
// header is compiled for the stencils only, with static addressing: symbols lie below 2 GiB.
#pragma once
#include "vm/interpreter/instruction.hpp"

// Holes. Weak, so that the compiler assumes nothing of their addresses: they are numbers, may be zero or
// equal.
extern "C" {
#define JOIST_HOLES(n)                                                                             \
  extern char joist_operand_##n[] __attribute__((weak));                                           \
  [[clang::preserve_none]] void joist_label_##n(joist::Process*, joist::Term*, const joist::Word*, \
                                                joist::Word*, joist::Word*, std::int64_t);
JOIST_HOLES(0)
JOIST_HOLES(1)
JOIST_HOLES(2)
JOIST_HOLES(3) JOIST_HOLES(4) JOIST_HOLES(5) JOIST_HOLES(6) JOIST_HOLES(7)
#undef JOIST_HOLES
    extern char joist_here[] __attribute__((weak));  // the threaded instruction's address
// Where code goes on: the next stencil; the instruction's slow path; the handling of an exception.
[[clang::preserve_none]] void joist_next(joist::Process*, joist::Term*, const joist::Word*, joist::Word*,
                                         joist::Word*, std::int64_t);
[[clang::preserve_none]] void joist_slow(joist::Process*, joist::Term*, const joist::Word*, joist::Word*,
                                         joist::Word*, std::int64_t);
[[clang::preserve_none]] void joist_raise(joist::Process*, joist::Term*, const joist::Word*, joist::Word*,
                                          joist::Word*, std::int64_t);
}

namespace joist {

// What is known of an instruction's constants and numbers when its stencil is chosen.
enum class Constants {
  narrow,  // all lie in [0, 2^31): they stand in instructions
  small,   // and the constants among them are small integers
  wide     // anything: each is loaded as 64 bits
};

template <std::size_t At>
inline Word narrow_hole() {
  if constexpr (At == 0) return reinterpret_cast<Word>(joist_operand_0);
  if constexpr (At == 1) return reinterpret_cast<Word>(joist_operand_1);
  if constexpr (At == 2) return reinterpret_cast<Word>(joist_operand_2);
  if constexpr (At == 3) return reinterpret_cast<Word>(joist_operand_3);
  if constexpr (At == 4) return reinterpret_cast<Word>(joist_operand_4);
  if constexpr (At == 5) return reinterpret_cast<Word>(joist_operand_5);
  if constexpr (At == 6) return reinterpret_cast<Word>(joist_operand_6);
  if constexpr (At == 7) return reinterpret_cast<Word>(joist_operand_7);
}
template <std::size_t At>
[[gnu::always_inline]] inline Word wide_hole() {
  Word w;
  if constexpr (At == 0) asm("movabsq $joist_operand_0, %0" : "=r"(w));
  if constexpr (At == 1) asm("movabsq $joist_operand_1, %0" : "=r"(w));
  if constexpr (At == 2) asm("movabsq $joist_operand_2, %0" : "=r"(w));
  if constexpr (At == 3) asm("movabsq $joist_operand_3, %0" : "=r"(w));
  if constexpr (At == 4) asm("movabsq $joist_operand_4, %0" : "=r"(w));
  if constexpr (At == 5) asm("movabsq $joist_operand_5, %0" : "=r"(w));
  if constexpr (At == 6) asm("movabsq $joist_operand_6, %0" : "=r"(w));
  if constexpr (At == 7) asm("movabsq $joist_operand_7, %0" : "=r"(w));
  return w;
}
template <std::size_t At>
constexpr Handler label_hole() {
  if constexpr (At == 0) return joist_label_0;
  if constexpr (At == 1) return joist_label_1;
  if constexpr (At == 2) return joist_label_2;
  if constexpr (At == 3) return joist_label_3;
  if constexpr (At == 4) return joist_label_4;
  if constexpr (At == 5) return joist_label_5;
  if constexpr (At == 6) return joist_label_6;
  if constexpr (At == 7) return joist_label_7;
}

template <class I, class Ks, Constants Cs>
struct Stencil;
template <class I, class... Ks, Constants Cs>
struct Stencil<I, Kinds<Ks...>, Cs> {
  template <std::size_t At>
  using RoleAt = std::tuple_element_t<At, typename I::Operands>;

  template <class R, class K, std::size_t At>
  [[gnu::always_inline]] static decltype(auto) fetch_hole(const Machine& m) {
    constexpr bool is_register = K::kind == OperandKind::x || K::kind == OperandKind::y;
    if constexpr (R::role == OperandRole::output && is_register) {
      return K::ref(m, narrow_hole<At>());
    } else if constexpr (R::role == OperandRole::input && is_register) {
      return K::get(m, narrow_hole<At>());
    } else if constexpr (K::kind == OperandKind::constant || R::role == OperandRole::word) {
      Word w;
      if constexpr (Cs == Constants::wide)
        w = wide_hole<At>();
      else
        w = narrow_hole<At>();
      if constexpr (Cs == Constants::small && K::kind == OperandKind::constant)
        __builtin_assume((w & 3) == 0);
      if constexpr (R::role == OperandRole::word)
        return Word{w};
      else
        return Term{w};
    } else if constexpr (R::role == OperandRole::label) {
      return reinterpret_cast<const Word*>(label_hole<At>());
    } else {  // of any kind, or a list: as the interpreter does, from the threaded code
      return fetch<R, K>(m, reinterpret_cast<const Word*>(joist_here) + 1 + At);
    }
  }

  template <std::size_t... At>
  [[gnu::always_inline]] static Flow call_run(Machine& m, std::index_sequence<At...>) {
    [[clang::always_inline]] return I::run(m, fetch_hole<RoleAt<At>, Ks, At>(m)...);
  }

#define JOIST_GO_ON(to) [[clang::musttail]] return to(m.p, m.x, ip, m.e, m.h, m.reds)
#define JOIST_GO_LABEL(n)                                                          \
  if constexpr (n < sizeof...(Ks))                                                 \
    if constexpr (RoleAt<(n < sizeof...(Ks) ? n : 0)>::role == OperandRole::label) \
      if (m.ip == reinterpret_cast<const Word*>(joist_label_##n)) JOIST_GO_ON(joist_label_##n);
  [[clang::preserve_none]] static void code(Process* p, Term* x, const Word* ip, Word* e, Word* h,
                                            std::int64_t reds) {
    Machine m{p, x, reinterpret_cast<const Word*>(joist_here), e, h, reds};
    switch (call_run(m, std::index_sequence_for<Ks...>{})) {
      case Flow::next: JOIST_GO_ON(joist_next);
      case Flow::go:
        JOIST_GO_LABEL(0)
        JOIST_GO_LABEL(1)
        JOIST_GO_LABEL(2)
        JOIST_GO_LABEL(3)
        JOIST_GO_LABEL(4)
        JOIST_GO_LABEL(5)
        JOIST_DISPATCH(m, m.ip);
      case Flow::raise: JOIST_GO_ON(joist_raise);
      case Flow::slow:
        if constexpr (requires { &I::slow; }) JOIST_GO_ON(joist_slow);
        break;
      case Flow::stop: break;  // only slow paths leave the engine
    }
    __builtin_unreachable();
  }
#undef JOIST_GO_LABEL
#undef JOIST_GO_ON
};

// ---- all stencils of a list of instructions ------------------------------------------------------------
template <class I, class Ks>
constexpr bool has_constants = false;
template <class I, class... Ks>
constexpr bool has_constants<I, Kinds<Ks...>> = ((Ks::kind == OperandKind::constant) || ...);
template <class I, class Ks>
constexpr bool has_numbers = false;
template <class I, class... Ks>
constexpr bool has_numbers<I, Kinds<Ks...>> = ((Ks::kind == OperandKind::word) || ...);

template <class I, class Done, class Todo>
struct EmitVariants;
template <class I, class... Done>
struct EmitVariants<I, Kinds<Done...>, std::tuple<>> {
  using Ks = Kinds<Done...>;
  static void emit() {
    if constexpr (requires { &I::run; }) {
      keep<Constants::narrow>();
      if constexpr (has_constants<I, Ks> || has_numbers<I, Ks>) keep<Constants::wide>();
      if constexpr (has_constants<I, Ks> && requires { I::kSmallConstants; }) keep<Constants::small>();
    }
  }
  template <Constants Cs>
  static void keep() {
    asm volatile("" ::"r"(&Stencil<I, Ks, Cs>::code));
  }
};
template <class I, class... Done, class R, class... More>
struct EmitVariants<I, Kinds<Done...>, std::tuple<R, More...>> {
  template <class... Ks>
  static void over(Kinds<Ks...>) {
    (EmitVariants<I, Kinds<Done..., Ks>, std::tuple<More...>>::emit(), ...);
  }
  static void emit() { over(typename R::Allowed{}); }
};
template <class... Is>
void emit_stencils(InstructionList<Is...>) {
  (EmitVariants<Is, Kinds<>, typename Is::Operands>::emit(), ...);
}

}  // namespace joist
