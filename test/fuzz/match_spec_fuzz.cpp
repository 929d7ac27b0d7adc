// match_spec_fuzz.cpp -- {MatchSpecification, Subject} as external term: compiled, and run if that succeeds,
// as ets:select/2 would and as erlang:match_spec_test/3 would.
#include "gc/literal.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/ets/match_spec.hpp"

using namespace joist;

namespace {

// Keeps a specification for the time of one run.
struct Held {
  explicit Held(ets::MatchSpec* s) : spec(s) {
    if (spec != nullptr) spec->retain();
  }
  ~Held() {
    if (spec != nullptr) spec->release();
  }
  ets::MatchSpec* spec;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  flags.atom_limit = std::size_t{1} << 26;
  init_literal_range();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BlockHeap heap;
  const EtfResult r = decode_etf(heap, {data, size});
  if (!r) return 0;
  const auto pair = Tuple::from(r.term);
  if (!pair || pair->arity() != 2) return 0;
  const Term specification = (*pair)[0], subject = (*pair)[1];
  std::vector<std::string> errors;
  const Held held(ets::MatchSpec::compile(specification, &errors)),
      plain(ets::MatchSpec::compile(specification));
  const ets::MatchSpec* spec = held.spec;
  // OTP: no clauses at all are wrong only where errors are asked for.
  require(specification.is_nil() || (spec == nullptr) == (plain.spec == nullptr),
          "asking for errors changes what is accepted");
  if (spec == nullptr) return 0;
  const ets::MatchSpec::Running running{heap, make_local_pid(1, 0)};
  const Term first = spec->run_copied(running, subject), again = spec->run_copied(running, subject);
  require(first.is_none() == again.is_none(), "it matches only sometimes");
  return 0;
}
