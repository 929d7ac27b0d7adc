#include "loader/verify.hpp"

#include <catch2/catch.hpp>

#include "vm/term/atom.hpp"

using namespace joist;

namespace {

using Kind = Operand::Kind;

Operand make(Kind kind, std::uint64_t value) {
  Operand o{kind};
  o.value = value;
  return o;
}
Operand u(std::uint64_t n) { return make(Kind::number, n); }
Operand x(std::uint64_t n) { return make(Kind::x, n); }
Operand y(std::uint64_t n) { return make(Kind::y, n); }
Operand f(std::uint64_t n) { return make(Kind::label, n); }
Operand fr(std::uint64_t n) { return make(Kind::float_register, n); }
Operand atom(Term t) {
  Operand o{Kind::atom};
  o.term = t;
  return o;
}
Operand integer(std::int64_t n) {
  Operand o{Kind::integer};
  o.term = Term::small(n);
  return o;
}

// m:f/1 with labels 1 and 2, then the operations under test, then m:g/2 with labels 8 and 9.
struct Code {
  DecodedModule m;
  Code() {
    m.name = am::main;
    m.label_count = 10;
    m.function_count = 2;
    m.imports = {{am::lists, am::append, 2}, {am::erlang, am::error, 1}, {am::erlang, am::plus_, 2}};
    m.strings = "abcd";
    m.lambdas = {{am::main, 1, 9, 0, 1, 0}};
    add(op_label, {u(1)});
    add(op_func_info, {atom(am::main), atom(am::run), u(1)});
    add(op_label, {u(2)});
  }
  Code& add(Opcode opcode, std::initializer_list<Operand> operands) {
    m.ops.push_back(
        {opcode, static_cast<std::uint8_t>(operands.size()), static_cast<std::uint32_t>(m.operands.size())});
    m.operands.insert(m.operands.end(), operands);
    return *this;
  }
  Operand list(std::initializer_list<Operand> items) {
    Operand o{Kind::list};
    o.count = static_cast<std::uint32_t>(items.size());
    o.value = m.operands.size();
    m.operands.insert(m.operands.end(), items);
    return o;
  }
  std::string error() {
    add(op_label, {u(8)});
    add(op_func_info, {atom(am::main), atom(am::start), u(2)});
    add(op_label, {u(9)});
    add(op_return, {});
    add(op_int_code_end, {});
    const auto e = verify_module(m);
    return e ? e->what : "";
  }
};

}  // namespace

TEST_CASE("verify: good code") {
  Code c;
  c.add(op_allocate, {u(2), u(1)}).add(op_move, {x(0), y(1)}).add(op_call, {u(1), f(2)});
  c.add(op_is_nil, {f(3), y(1)}).add(op_trim, {u(1), u(1)}).add(op_call_last, {u(2), f(9), u(1)});
  c.add(op_label, {u(3)}).add(op_deallocate, {u(2)}).add(op_return, {});
  CHECK(c.error() == "");
}

TEST_CASE("verify: operand kinds and indexes") {
  CHECK(Code().add(op_move, {x(0), f(2)}).add(op_return, {}).error() ==
        "in run/1, move: operand 2 is no register");
  CHECK(Code().add(op_move, {x(0), integer(1)}).add(op_return, {}).error() ==
        "in run/1, move: operand 2 is no register");
  CHECK(Code().add(op_call_ext_only, {u(2), u(7)}).error() == "in run/1, call_ext_only: import 7 of 3");
  CHECK(Code().add(op_call_ext_only, {u(3), u(0)}).error() ==
        "in run/1, call_ext_only: lists:append takes 2 arguments, not 3");
  CHECK(Code().add(op_gc_bif2, {f(0), u(1), u(2), x(0), f(1), x(0)}).add(op_return, {}).error() ==
        "in run/1, gc_bif2: operand 5 is no register or constant");
  CHECK(Code().add(op_make_fun2, {u(1)}).add(op_return, {}).error() == "in run/1, make_fun2: lambda 1 of 1");
  CHECK(Code().add(op_fmove, {x(0), x(1)}).add(op_return, {}).error() ==
        "in run/1, fmove: no operand is a float register");
  CHECK(Code().add(op_fmove, {x(0), fr(1)}).add(op_return, {}).error() == "");
  CHECK(Code().add(op_test_heap, {u(1u << 30), u(0)}).add(op_return, {}).error() ==
        "in run/1, test_heap: operand 1 is 1073741824, but at most 16777216 is possible");
  CHECK(Code().add(op_bs_put_string, {u(3), u(2)}).add(op_return, {}).error() ==
        "in run/1, bs_put_string: bytes 2 to 5 of a string table of 4");
}

TEST_CASE("verify: labels and functions") {
  CHECK(Code().add(op_jump, {f(5)}).error() == "in run/1, jump: label 5 is not defined");
  CHECK(Code().add(op_jump, {f(0)}).error() == "in run/1, jump: label 0 is not defined");
  CHECK(Code().add(op_jump, {f(9)}).error() == "in run/1, jump: label 9 belongs to another function");
  CHECK(Code().add(op_label, {u(2)}).add(op_return, {}).error() ==
        "in run/1, label: label 2 is defined twice");
  CHECK(Code().add(op_label, {u(10)}).add(op_return, {}).error() == "in run/1, label: label 10 of 9");
  CHECK(Code().add(op_call_only, {u(1), f(9)}).error() ==
        "in run/1, call_only: the function at label 9 takes 2 arguments, not 1");
  CHECK(Code().add(op_call_only, {u(1), f(1)}).error() ==
        "in run/1, call_only: label 1 is not the entry of a function");
  CHECK(Code().add(op_move, {x(0), x(1)}).error() ==
        "in run/1, move: the code goes on past the end of the function");
  Code c;
  c.m.exports = {{am::run, 2, 2}};
  CHECK(c.add(op_return, {}).error() == "export run/2: the function at label 2 takes 1 arguments, not 2");
  Code d;
  d.m.function_count = 3;
  CHECK(d.add(op_return, {}).error() == "2 functions, though 3 are announced");
}

TEST_CASE("verify: stack frames") {
  CHECK(Code().add(op_move, {y(0), x(0)}).add(op_return, {}).error() ==
        "in run/1, move: y0 lies outside of the stack frame");
  CHECK(Code().add(op_allocate, {u(1), u(1)}).add(op_move, {y(1), x(0)}).error() ==
        "in run/1, move: y1 lies outside of the stack frame");
  CHECK(Code().add(op_allocate, {u(1), u(1)}).add(op_return, {}).error() ==
        "in run/1, return: with a stack frame of 1 instead of no stack frame");
  CHECK(Code().add(op_deallocate, {u(0)}).error() ==
        "in run/1, deallocate: with no stack frame instead of a stack frame of 0");
  CHECK(Code().add(op_allocate, {u(2), u(1)}).add(op_deallocate, {u(1)}).error() ==
        "in run/1, deallocate: with a stack frame of 2 instead of a stack frame of 1");
  CHECK(Code().add(op_allocate, {u(2000), u(1)}).error() ==
        "in run/1, allocate: the stack frame is too large");
  // Code with and without a frame meets: nothing may be done with the frame there, but calls that raise may
  // stand.
  Code meet;
  meet.add(op_is_nil, {f(3), x(0)}).add(op_allocate, {u(1), u(1)}).add(op_is_nil, {f(3), x(0)});
  meet.add(op_deallocate, {u(1)}).add(op_return, {}).add(op_label, {u(3)});
  Code ok = meet, bad = meet, also_bad = meet;
  CHECK(ok.add(op_case_end, {x(0)}).error() == "");
  CHECK(bad.add(op_return, {}).error() ==
        "in run/1, return: with an unknown stack frame instead of no stack frame");
  CHECK(also_bad.add(op_move, {y(0), x(0)}).add(op_if_end, {}).error() ==
        "in run/1, move: y0 lies outside of the stack frame");
  // A loop that changes the frame is found when its head is visited again.
  Code loop;
  loop.add(op_allocate, {u(3), u(1)})
      .add(op_label, {u(3)})
      .add(op_move, {y(2), x(0)})
      .add(op_trim, {u(1), u(2)});
  CHECK(loop.add(op_jump, {f(3)}).error() == "in run/1, move: y2 lies outside of the stack frame");
}

TEST_CASE("verify: lists") {
  Code select;
  const Operand odd = select.list({integer(1)});
  CHECK(select.add(op_select_val, {x(0), f(1), odd}).error() ==
        "in run/1, select_val: a list of pairs has an odd length");
  Code nowhere;
  const Operand pairs = nowhere.list({integer(1), f(7)});
  CHECK(nowhere.add(op_select_val, {x(0), f(1), pairs}).error() ==
        "in run/1, select_val: label 7 is not defined");
  Code record;
  const Operand updates = record.list({u(4), x(0)});
  CHECK(
      record.add(op_update_record, {atom(am::copy), u(3), x(0), x(1), updates}).add(op_return, {}).error() ==
      "in run/1, update_record: an index lies outside of the tuple");
  Code fun;
  const Operand environment = fun.list({});
  CHECK(fun.add(op_make_fun3, {u(0), x(0), environment}).add(op_return, {}).error() ==
        "in run/1, make_fun3: an environment of 0 for a lambda that has 1");
  Code match;
  const Operand commands = match.list({atom(am::ensure_at_least), u(8)});
  CHECK(match.add(op_bs_match, {f(1), x(0), commands}).add(op_return, {}).error() ==
        "in run/1, bs_match: the last command lacks operands");
  Code binary;
  const Operand segments = binary.list({atom(am::string), u(1), u(8), atom(Term::nil()), u(2), integer(3)});
  CHECK(binary.add(op_bs_create_bin, {f(0), u(0), u(1), u(8), x(0), segments}).add(op_return, {}).error() ==
        "in run/1, bs_create_bin: bytes 2 to 5 of a string table of 4");
}
