// Calls BIFs as the real `erl` was called (cases.inc, from make_cases) and compares results, errors and
// error_info.
#include <catch2/catch.hpp>

#include <map>

#include "test/unit/whole_vm.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

const char* const case_lines[] = {
#include "test/unit/bifs/cases.inc"
};

// A process that BIFs are called on, without an engine.
struct Caller {
  Process process{make_local_pid(1, 0),
                  HeapLimits{flags.min_heap_words, flags.min_bin_vheap_words, flags.fullsweep_after}};
  Term x[kXRegisters];
  int traps = 0;

  Caller() {
    process.heap.init(4096);
    process.x = x;
  }
  // The result or none(); follows traps to other BIFs. *left_bifs: a trap to a function of Erlang's.
  Term call(Export* e, const std::vector<Term>& args, bool* left_bifs) {
    std::copy(args.begin(), args.end(), x);
    for (;;) {
      if (e->bif < 0) {
        *left_bifs = true;
        return Term::none();
      }
      process.current_bif = e;
      process.reductions_left = kReductionsPerSlice;
      Call c{process, x, e->arity};
      const Term result = bif_info(e->bif).run(c);
      if (result != trap_marker()) return result;
      e = process.trap_target;
      ++traps;
    }
  }
};

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

}  // namespace

TEST_CASE("BIFs answer as those of erl", "[bifs]") {
  set_up_whole_vm();
  std::map<std::string, int> missing;
  for (const char* line : case_lines) {
    Caller caller;
    const auto decoded = decode_etf(caller.process.heap, from_hex(line));
    REQUIRE(decoded);
    const Tuple t = Tuple::of(decoded.term);
    const std::string text = to_text(t[0]) + ":" + to_text(t[1]) + " " + to_text(t[2]);
    const auto args = *list_elements(t[2]);
    Export* e = find_export(t[0], t[1], static_cast<std::uint32_t>(args.size()));
    if (e == nullptr || e->bif < 0) {
      ++missing[to_text(t[0]) + ":" + to_text(t[1])];
      continue;
    }
    INFO(text);
    bool left_bifs = false;
    const Term result = caller.call(e, args, &left_bifs);
    if (left_bifs) continue;
    const Tuple expected = Tuple::of(t[3]);
    const Exception& raised = caller.process.exception;
    if (expected[0] == am::ok) {
      INFO("expected " << to_text(expected[1]));
      if (result.is_none()) {
        FAIL_CHECK("raised " << to_text(raised.reason));
      } else if (!equal_exact(result, expected[1])) {
        FAIL_CHECK("got " << to_text(result));
      }
    } else {
      INFO("expected " << to_text(expected.term()));
      if (!result.is_none()) {
        FAIL_CHECK("got " << to_text(result));
        continue;
      }
      if (class_atom(raised.error_class) != expected[0] || !equal_exact(raised.reason, expected[1]))
        FAIL_CHECK("raised " << to_text(raised.reason));
      const Term info = raised.error_info.is_none() ? Term::nil() : raised.error_info;
      if (expected[2].is_list() && !equal_exact(info, expected[2]))
        FAIL_CHECK("error_info " << to_text(info));
    }
  }
  for (const auto& [name, count] : missing) WARN(name << " is not a BIF: " << count << " cases");
}

TEST_CASE("identifiers are read back from their text", "[bifs]") {
  set_up_whole_vm();
  Caller caller;
  Heap& h = caller.process.heap;
  const auto call = [&](const char* function, Term t) {
    bool left_bifs = false;
    return caller.call(find_export(am::erlang, intern(function), 1), {t}, &left_bifs);
  };
  for (const Term pid : {make_local_pid(0, 0), make_local_pid(17, 3), make_local_pid(32767, 8191)})
    CHECK(call("list_to_pid", call("pid_to_list", pid)) == pid);
  CHECK(call("list_to_port", call("port_to_list", Term::port(5))) == Term::port(5));
  const Term ref = make_ref(h);
  CHECK(equal_exact(call("list_to_ref", call("ref_to_list", ref)), ref));
}

TEST_CASE("long BIFs stop when their slice is used up, and go on", "[bifs]") {
  set_up_whole_vm();
  Caller caller;
  Heap& h = caller.process.heap;
  constexpr std::int64_t n = 1'000'000;
  Term list = Term::nil();
  for (std::int64_t i = n; i > 0; --i) list = make_cons(h, Term::small(i & 255), list);
  const auto call = [&](const char* module, const char* function, const std::vector<Term>& args) {
    bool left_bifs = false;
    caller.traps = 0;
    const Term result =
        caller.call(find_export(intern(module), intern(function), static_cast<std::uint32_t>(args.size())),
                    args, &left_bifs);
    REQUIRE(!left_bifs);
    return result;
  };
  const Term x = intern("x");
  CHECK(call("lists", "member", {x, list}) == am::false_);
  CHECK(caller.traps > 2);
  const Term reversed = call("lists", "reverse", {list, x});
  CHECK(caller.traps > 2);
  CHECK(reversed.head() == Term::small(n & 255));
  CHECK(equal_exact(call("lists", "reverse", {call("lists", "reverse", {list, Term::nil()}), Term::nil()}),
                    list));
  const Term appended = call("erlang", "++", {list, make_cons(h, x, Term::nil())});
  CHECK(caller.traps > 2);
  CHECK(list_length(appended) == n + 1);
  CHECK(call("lists", "member", {x, appended}) == am::true_);
  CHECK(call("lists", "keyfind", {x, Term::small(1), list}) == am::false_);
  CHECK(caller.traps > 2);
  const Term binary = call("erlang", "list_to_binary", {list});
  CHECK(caller.traps == 1);
  CHECK(equal_exact(call("erlang", "binary_to_list", {binary}), list));
  CHECK(caller.traps > 2);
  CHECK(call("erlang", "--", {list, list}).is_nil());
  CHECK(call("erlang", "++", {make_cons(h, x, x), list}).is_none());
  CHECK(call("lists", "member", {x, reversed}).is_none());  // an improper list, found at its very end
}

}  // namespace joist
