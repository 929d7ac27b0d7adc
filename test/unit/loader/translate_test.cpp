// Whatever verification lets through finds a variant of its instruction: every operation, with operands of
// every kind in every place.
#include "loader/translate.hpp"

#include <catch2/catch.hpp>

#include <random>

#include "loader/opcodes.hpp"
#include "loader/verify.hpp"
#include "test/unit/whole_vm.hpp"
#include "vm/term/atom.hpp"

using namespace joist;

namespace {

using Kind = Operand::Kind;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  // m:f/1: allocate 4, the operation and a few that it may be fused with, deallocate 4, return.
  DecodedModule module_with(Opcode opcode, bool frame) {
    DecodedModule m;
    m.name = am::main;
    m.label_count = 6;
    m.function_count = 1;
    m.atoms = {Term::nil(), am::main};
    m.lines = {{0, 0}, {0, 7}};
    m.files = {"m.erl"};
    m.strings = "abcdefgh";
    m.types.resize(3);
    m.imports = {{am::lists, am::append, 2},  {am::erlang, am::plus_, 2},      {am::erlang, am::self, 0},
                 {am::erlang, am::hd, 1},     {am::erlang, am::error, 1},      {am::erlang, am::element, 2},
                 {am::erlang, am::minus_, 1}, {am::erlang, am::binary_part, 3}};
    m.lambdas = {{am::main, 0, 2, 0, 1, 0}};
    add(m, op_label, {number(1)});
    add(m, op_func_info, {atom(am::main), atom(am::run), number(1)});
    add(m, op_label, {number(2)});
    if (frame) add(m, op_allocate, {number(4), number(1)});
    add_random(m, opcode);
    if (random_() % 2 == 0) add_random(m, opcode);
    if (random_() % 4 == 0) add(m, op_line, {number(1)});
    if (random_() % 4 == 0) add(m, op_label, {number(3)});
    if (frame && random_() % 4 == 0) {
      add(m, op_call_last, {number(1), make(Kind::label, 2), number(4)});
    } else {
      if (frame) add(m, op_deallocate, {number(4)});
      if (random_() % 2 == 0)
        add(m, op_return, {});
      else
        add(m, op_call_only, {number(1), make(Kind::label, 2)});
    }
    add(m, op_label, {number(4)});
    add(m, op_if_end, {});
    if (m.ops[m.ops.size() - 3].opcode != op_label) {
      add(m, op_label, {number(5)});
      add(m, op_if_end, {});
    }
    add(m, op_int_code_end, {});
    return m;
  }

 private:
  static Operand make(Kind kind, std::uint64_t value) {
    Operand o{kind};
    o.value = value;
    return o;
  }
  static Operand number(std::uint64_t n) { return make(Kind::number, n); }
  static Operand atom(Term t) {
    Operand o{Kind::atom};
    o.term = t;
    return o;
  }
  static void add(DecodedModule& m, Opcode opcode, const std::vector<Operand>& operands) {
    m.ops.push_back(
        {opcode, static_cast<std::uint8_t>(operands.size()), static_cast<std::uint32_t>(m.operands.size())});
    m.operands.insert(m.operands.end(), operands.begin(), operands.end());
  }

  Operand source() {
    Operand o{Kind::integer};
    switch (random_() % 6) {
      case 0: return make(Kind::x, 0);
      case 1: return make(Kind::x, random_() % 3);
      case 2: return make(Kind::y, random_() % 4);
      case 3: return atom(random_() % 2 ? am::ok : Term::nil());
      case 4:
        o.kind = Kind::literal;
        o.term = literal_;
        return o;
      default: o.term = Term::small(static_cast<std::int64_t>(random_() % 70) - 2); return o;
    }
  }
  Operand target() { return make(random_() % 2 ? Kind::x : Kind::y, random_() % 3); }
  Operand float_register() { return make(Kind::float_register, random_() % 3); }
  Operand any() {
    switch (random_() % 4) {
      case 0: return number(random_() % 9);
      case 1: return make(Kind::label, random_() % 5);
      case 2: return float_register();
      default: return source();
    }
  }
  // What verification may allow under a letter of the operation's signature.
  Operand operand(char letter) {
    switch (letter) {
      case 'u':
      case 'n':
      case 'v':
      case 'h':
      case 'i':
      case 'm': return number(random_() % 8);
      case 's': return source();
      case 'd': return target();
      case 'y': return make(Kind::y, random_() % 4);
      case 'w': return random_() % 2 ? number(random_() % 9) : source();
      case 'f': return make(Kind::label, random_() % 2 ? 4 : 0);
      case 'L': return make(Kind::label, 4);
      case 'C': return make(Kind::label, 2);
      case 'k': return random_() % 2 ? make(Kind::label, 4) : atom(am::no_fail);
      case 't': return random_() % 2 ? number(0) : atom(am::unsafe);
      case 'a': return atom(am::ok);
      case 'F': return float_register();
      case 'e': return random_() % 2 ? float_register() : source();
      case 'g': return random_() % 2 ? float_register() : target();
      default: return any();
    }
  }

  void add_random(DecodedModule& m, Opcode opcode) {
    std::vector<Operand> operands, items;
    const std::string_view signature = operand_signature(opcode);
    for (const char letter : signature) operands.push_back(operand(letter));
    const std::size_t list_at = signature.find('l');
    if (list_at != signature.npos) {
      if (opcode == op_bs_create_bin) {
        static const Term types[] = {am::integer, am::binary, am::float_, am::utf8, am::append, am::string};
        for (std::size_t i = random_() % 4; i-- > 0;)
          for (const Operand& o : {atom(types[random_() % 6]), number(0), number(random_() % 9),
                                   atom(Term::nil()), source(), source()})
            items.push_back(o);
      } else {
        for (std::size_t i = random_() % 7; i-- > 0;) items.push_back(any());
      }
      Operand list{Kind::list};
      list.count = static_cast<std::uint32_t>(items.size());
      list.value = m.operands.size() + signature.size();
      operands[list_at] = list;
    }
    add(m, opcode, operands);
    m.operands.insert(m.operands.end(), items.begin(), items.end());
  }

  std::minstd_rand random_;
  BlockHeap heap_;
  Term literal_ = make_cons(heap_, am::ok, Term::nil());
};

}  // namespace

TEST_CASE("translate: what is verified has a variant") {
  set_up_whole_vm();
  int translated = 0;
  std::string never;
  for (unsigned opcode = 1; opcode <= kMaxOpcode; ++opcode) {
    const OpcodeInfo* info = opcode_info(opcode);
    if (info == nullptr || info->obsolete || opcode == op_func_info || opcode == op_int_code_end) continue;
    Maker maker(opcode);
    int good = 0;
    for (int attempt = 0; attempt < 3000 && good < 100; ++attempt) {
      const DecodedModule m = maker.module_with(static_cast<Opcode>(opcode), attempt % 2 == 0);
      if (verify_module(m)) continue;
      Instance instance{};
      instance.funs.push_back(
          find_or_make_fun_entry(FunIdentity{m.name, instance.md5, 0, 0, 0, 0, 1, am::main}));
      const auto wrong = translate(m, instance);
      INFO(info->name);
      REQUIRE((wrong ? wrong->what : "") == "");
      ++good;
    }
    translated += good;
    if (good == 0) never += std::string(" ") + info->name;
  }
  INFO("never verified:" << never);
  CHECK(translated > 10000);
  CHECK(never == " allocate allocate_heap allocate_zero allocate_heap_zero deallocate");
}
