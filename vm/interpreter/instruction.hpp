// instruction.hpp -- the vocabulary in which instructions are written.
//
// An instruction is a struct that inherits Instruction<name, operands...> and has
//   static Flow run(Machine&, ...)   the fast path. It must need no stack frame: no calls.
//   static Flow slow(Machine&, ...)  optional: reached by a tail call when run() returns Flow::slow. Heap and
//                                    reductions are written back to the process, so it may call anything.
// Operand roles decide what run() gets: In a Term, Out a Term& (a register), Lab a code address, Num a
// Word, Rest the words at the end. slow() gets a Slot for In and Out: a collection may move the stack, so a
// register must be found again after it.
// A handler ends in a tail call to the next one (threaded code after Bell, 1973). The arguments are the
// machine's registers; the first four lie in registers that ordinary C++ calls preserve.
#pragma once
#include <tuple>
#include <utility>

#include "vm/code/instruction_set.hpp"
#include "vm/process/process.hpp"

namespace joist {

typedef void (*Handler)(Process* p, Term* x, const Word* ip, Word* e, Word* h, std::int64_t reds)
    __attribute__((preserve_none));

// What happens after run() or slow() returned.
enum class Flow {
  next,   // the following instruction
  go,     // m.ip has been set
  slow,   // run() cannot do it: slow() can
  raise,  // process.exception is set
  stop,   // leave the engine; process.ip and process.run_result are set
};

struct Machine {
  Process* p;
  Term* x;
  const Word* ip;     // the instruction being run
  Word* e;            // stack top
  Word* h;            // heap top
  std::int64_t reds;  // reductions left

  Term& y(std::size_t n) const { return reinterpret_cast<Term*>(e)[n]; }
  double* floats() const { return reinterpret_cast<double*>(x) - 1024; }

  [[gnu::always_inline]] Flow jump(const Word* to) {
    ip = to;
    return Flow::go;
  }
  // Free words between heap and stack, less the red zone.
  [[gnu::always_inline]] bool room(std::size_t words) const {
    if constexpr (kChecked)
      if (flags.collect_always) return false;
    return reinterpret_cast<Word>(e) - reinterpret_cast<Word>(h) >= (words + ProcessHeap::kRedZone) * 8;
  }

  // ---- slow paths only ----
  void write_back() {
    p->heap.set_registers(h, e);
    p->reductions_left = static_cast<std::int32_t>(reds);
  }
  void read_back() {
    // What a slow path built may lie in a fragment; handlers go on in the heap's own block.
    if (p->heap.extended()) p->heap.leave_extension();
    h = p->heap.top();
    e = p->heap.stack();
    reds = p->reductions_left;
  }
  // Makes room; x[0..live) are roots. False: the process must be killed (max_heap_size), go to Flow::raise.
  bool reserve(std::size_t words, std::size_t live);
};

// A register or constant that is looked up each time: what slow() gets.
struct Slot {
  Word encoded;
  Term get(const Machine& m) const {
    if (!any_is_register(encoded)) return {encoded};
    return *reinterpret_cast<Term*>(
        (any_is_y(encoded) ? reinterpret_cast<char*>(m.e) : reinterpret_cast<char*>(m.x)) +
        any_offset(encoded));
  }
  Term& ref(const Machine& m) const {
    return *reinterpret_cast<Term*>(
        (any_is_y(encoded) ? reinterpret_cast<char*>(m.e) : reinterpret_cast<char*>(m.x)) +
        any_offset(encoded));
  }
  void set(const Machine& m, Term t) const { ref(m) = t; }
};

// The variable part of an instruction.
struct Words_ {
  const Word* at;  // the count
  std::size_t size() const { return *at; }
  Word operator[](std::size_t i) const { return at[1 + i]; }
  const Word* begin() const { return at + 1; }
  const Word* end() const { return at + 1 + *at; }
  Slot slot(std::size_t i) const { return {at[1 + i]}; }
  Term get(const Machine& m, std::size_t i) const { return slot(i).get(m); }
};

template <std::size_t N>
struct Name {
  char text[N];
  constexpr Name(const char (&s)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = s[i];
  }
};

// ---- operand kinds: where an operand is ----------------------------------------------------------------
struct X {
  static constexpr OperandKind kind = OperandKind::x;
  [[gnu::always_inline]] static Term& ref(const Machine& m, Word w) {
    return *reinterpret_cast<Term*>(reinterpret_cast<char*>(m.x) + w);
  }
  [[gnu::always_inline]] static Term get(const Machine& m, Word w) { return ref(m, w); }
  static Slot slot(Word w) { return {w << 8 | 0x07}; }
};
struct Y {
  static constexpr OperandKind kind = OperandKind::y;
  [[gnu::always_inline]] static Term& ref(const Machine& m, Word w) {
    return *reinterpret_cast<Term*>(reinterpret_cast<char*>(m.e) + w);
  }
  [[gnu::always_inline]] static Term get(const Machine& m, Word w) { return ref(m, w); }
  static Slot slot(Word w) { return {w << 8 | 0x0f}; }
};
struct C {
  static constexpr OperandKind kind = OperandKind::constant;
  [[gnu::always_inline]] static Term get(const Machine&, Word w) { return {w}; }
  static Slot slot(Word w) { return {w}; }
};
struct Any {
  static constexpr OperandKind kind = OperandKind::any;
  [[gnu::always_inline]] static Term& ref(const Machine& m, Word w) { return Slot{w}.ref(m); }
  [[gnu::always_inline]] static Term get(const Machine& m, Word w) { return Slot{w}.get(m); }
  static Slot slot(Word w) { return {w}; }
};
struct LabelKind {
  static constexpr OperandKind kind = OperandKind::label;
};
struct WordKind {
  static constexpr OperandKind kind = OperandKind::word;
};
struct RestKind {
  static constexpr OperandKind kind = OperandKind::rest;
};

template <class... Ks>
struct Kinds {};

// ---- operand roles: what the instruction does with the operand
// ---------------------------------------------
template <Name N, class Allowed_, OperandRole R>
struct Role {
  static constexpr const char* name = N.text;
  static constexpr OperandRole role = R;
  using Allowed = Allowed_;
};
template <Name N>
struct In : Role<N, Kinds<X, Y, C>, OperandRole::input> {};  // specialised by kind
template <Name N>
struct InReg : Role<N, Kinds<X, Y>, OperandRole::input> {};  // a register; specialised
template <Name N>
struct InX : Role<N, Kinds<X>, OperandRole::input> {};
template <Name N>
struct InConst : Role<N, Kinds<C>, OperandRole::input> {};
template <Name N>
struct InXAny : Role<N, Kinds<X, Any>, OperandRole::input> {};  // x specialised, others not
template <Name N>
struct InAny : Role<N, Kinds<Any>, OperandRole::input> {};  // not specialised: rare
template <Name N>
struct Out : Role<N, Kinds<X, Y>, OperandRole::output> {};
template <Name N>
struct OutX : Role<N, Kinds<X>, OperandRole::output> {};
template <Name N>
struct OutY : Role<N, Kinds<Y>, OperandRole::output> {};
template <Name N>
struct OutAny : Role<N, Kinds<Any>, OperandRole::output> {};
template <Name N>
struct Lab : Role<N, Kinds<LabelKind>, OperandRole::label> {};
template <Name N>
struct Num : Role<N, Kinds<WordKind>, OperandRole::word> {};
template <Name N>
struct Rest : Role<N, Kinds<RestKind>, OperandRole::any_rest> {};  // any operands
template <Name N>
struct RestNum : Role<N, Kinds<RestKind>, OperandRole::word_rest> {};  // plain words
template <Name N>
struct RestSelect : Role<N, Kinds<RestKind>, OperandRole::select_rest> {};  // value, label pairs

template <Name N, class... Roles>
struct Instruction {
  static constexpr const char* name = N.text;
  using Operands = std::tuple<Roles...>;
  static constexpr std::size_t arity = sizeof...(Roles);
};

// With a constant that is known to be small, one test is left.
[[gnu::always_inline]] inline bool both_small(Term a, Term b) { return a.is_small() && b.is_small(); }
// What is special about constants that are small integers: machine code is made for them apart.
#define JOIST_SMALL_CONSTANTS static constexpr bool kSmallConstants = true;

// Copies a few words where a handler has no room for a call of memcpy.
[[gnu::always_inline]] inline void copy_few_words(Word* to, const Word* from, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = from[i];
    asm("" : "+r"(i));  // a loop, whatever the optimiser thinks
  }
}

// ---- fetching operands ----------------------------------------------------------------------------------
template <class R, class K>
[[gnu::always_inline]] inline decltype(auto) fetch(const Machine& m, const Word* at) {
  if constexpr (R::role == OperandRole::output)
    return K::ref(m, *at);
  else if constexpr (R::role == OperandRole::input)
    return K::get(m, *at);
  else if constexpr (R::role == OperandRole::label)
    return reinterpret_cast<const Word*>(*at);
  else if constexpr (R::role == OperandRole::word)
    return Word{*at};
  else
    return Words_{at};
}
template <class R, class K>
inline auto fetch_slot(const Word* at) {
  if constexpr (R::role == OperandRole::output || R::role == OperandRole::input)
    return K::slot(*at);
  else if constexpr (R::role == OperandRole::label)
    return reinterpret_cast<const Word*>(*at);
  else if constexpr (R::role == OperandRole::word)
    return Word{*at};
  else
    return Words_{at};
}

// Ends of a handler that are shared: engine.cpp.
[[clang::preserve_none]] void raise_handler(Process* p, Term* x, const Word* ip, Word* e, Word* h,
                                            std::int64_t reds);

// Atomically: the word changes when a module's machine code becomes ready.
#define JOIST_DISPATCH(m, to)                                                                         \
  do {                                                                                                \
    const Word* target_ = (to);                                                                       \
    [[clang::musttail]] return reinterpret_cast<Handler>(__atomic_load_n(target_, __ATOMIC_RELAXED))( \
        (m).p, (m).x, target_, (m).e, (m).h, (m).reds);                                               \
  } while (false)

template <class I>
constexpr bool has_rest() {
  if constexpr (I::arity == 0)
    return false;
  else
    return std::tuple_element_t<I::arity - 1, typename I::Operands>::role >= OperandRole::any_rest;
}
// Words that the instruction at `ip` takes.
template <class I>
[[gnu::always_inline]] inline std::size_t size_at(const Word* ip) {
  if constexpr (has_rest<I>())
    return 1 + I::arity + ip[I::arity];
  else
    return 1 + I::arity;
}

// One instruction with one combination of operand kinds.
template <class I, class Ks>
struct Variant;
template <class I, class... Ks>
struct Variant<I, Kinds<Ks...>> {
  template <std::size_t At>
  using RoleAt = std::tuple_element_t<At, typename I::Operands>;

  template <std::size_t... At>
  [[gnu::always_inline]] static Flow call_run(Machine& m, std::index_sequence<At...>) {
    // Whatever its size: a call would need a frame, and the machine's registers in memory.
    [[clang::always_inline]] return I::run(m, fetch<RoleAt<At>, Ks>(m, m.ip + 1 + At)...);
  }
  template <std::size_t... At>
  [[gnu::always_inline]] static Flow call_slow(Machine& m, std::index_sequence<At...>) {
    return I::slow(m, fetch_slot<RoleAt<At>, Ks>(m.ip + 1 + At)...);
  }

  [[clang::preserve_none]] static void handler(Process* p, Term* x, const Word* ip, Word* e, Word* h,
                                               std::int64_t reds) {
    Machine m{p, x, ip, e, h, reds};
    if constexpr (requires { &I::run; }) {
      switch (call_run(m, std::index_sequence_for<Ks...>{})) {
        case Flow::next: JOIST_DISPATCH(m, ip + size_at<I>(ip));
        case Flow::go: JOIST_DISPATCH(m, m.ip);
        case Flow::slow:
          if constexpr (requires { &I::slow; }) [[clang::musttail]]
            return slow_handler(m.p, m.x, ip, m.e, m.h, m.reds);
        case Flow::raise: [[clang::musttail]] return raise_handler(m.p, m.x, m.ip, m.e, m.h, m.reds);
        case Flow::stop: return;
      }
    } else {
      [[clang::musttail]] return slow_handler(m.p, m.x, ip, m.e, m.h, m.reds);
    }
  }

  [[clang::preserve_none, gnu::noinline]] static void slow_handler(Process* p, Term* x, const Word* ip,
                                                                   Word* e, Word* h, std::int64_t reds) {
    if constexpr (requires { &I::slow; }) {
      Machine m{p, x, ip, e, h, reds};
      m.write_back();
      const Flow flow = call_slow(m, std::index_sequence_for<Ks...>{});
      m.read_back();
      switch (flow) {
        case Flow::next: JOIST_DISPATCH(m, ip + size_at<I>(ip));
        case Flow::go: JOIST_DISPATCH(m, m.ip);
        case Flow::slow:
        case Flow::raise: [[clang::musttail]] return raise_handler(m.p, m.x, m.ip, m.e, m.h, m.reds);
        case Flow::stop: return;
      }
    }
  }

  static VariantInfo info() {
    VariantInfo v{};
    v.name = I::name;
    v.operand_count = I::arity;
    v.handler = reinterpret_cast<Word>(&handler);
    fill(v, std::index_sequence_for<Ks...>{});
    return v;
  }
  template <std::size_t... At>
  static void fill(VariantInfo& v, std::index_sequence<At...>) {
    ((v.kinds[At] = Ks::kind, v.roles[At] = RoleAt<At>::role, v.operand_names[At] = RoleAt<At>::name), ...);
  }
};

// ---- all variants of a list of instructions
// -------------------------------------------------------------------
template <class I, class Done, class Todo>
struct Expand;
template <class I, class... Done>
struct Expand<I, Kinds<Done...>, std::tuple<>> {
  static void add(InstructionSet& set) { set.add(Variant<I, Kinds<Done...>>::info()); }
};
template <class I, class... Done, class R, class... More>
struct Expand<I, Kinds<Done...>, std::tuple<R, More...>> {
  template <class... Ks>
  static void over(InstructionSet& set, Kinds<Ks...>) {
    (Expand<I, Kinds<Done..., Ks>, std::tuple<More...>>::add(set), ...);
  }
  static void add(InstructionSet& set) { over(set, typename R::Allowed{}); }
};

template <class... Is>
struct InstructionList {};
template <class... Is>
void add_instructions(InstructionSet& set, InstructionList<Is...>) {
  (Expand<Is, Kinds<>, typename Is::Operands>::add(set), ...);
}

}  // namespace joist
