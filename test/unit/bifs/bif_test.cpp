// Calls BIFs as the real `erl` was called (cases.inc, from make_cases) and compares results, errors and error_info.
#include <catch2/catch.hpp>

#include <map>

#include "bifs/bifs.hpp"
#include "gc/literal.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

const char* const case_lines[] = {
#include "test/unit/bifs/cases.inc"
};

// A process that BIFs are called on, without an engine.
struct Caller {
  Process process{make_local_pid(1, 0), HeapLimits{flags.min_heap_words, flags.min_bin_vheap_words, flags.fullsweep_after}};
  Term x[kXRegisters];

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
    }
  }
};

void set_up() {
  static const bool once = [] {
    init_literal_range();
    register_all_bifs();
    return true;
  }();
  (void)once;
}

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

}  // namespace

TEST_CASE("BIFs answer as those of erl", "[bifs]") {
  set_up();
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
      if (expected[2].is_cons() && !equal_exact(info, expected[2])) FAIL_CHECK("error_info " << to_text(info));
    }
  }
  for (const auto& [name, count] : missing) WARN(name << " is not a BIF: " << count << " cases");
}

}  // namespace joist
