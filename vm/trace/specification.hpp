// specification.hpp -- match specifications of erlang:trace_pattern/3, and running them.
// Owner: shared by the breakpoints that have it. Threads: immutable. GC: the source lies in a fragment of its
// own; results lie on the heap given, or are parts of the arguments.
#pragma once
#include "vm/ets/match_spec.hpp"
#include "vm/process/link.hpp"
#include "vm/process/trace_session.hpp"

namespace joist {

class TraceSpecification {
 public:
  ~TraceSpecification();
  Term source() const { return source_.term; }
  // Null if it is wrong.
  static std::shared_ptr<const TraceSpecification> make(Term source, ets::MatchDialect dialect);

  struct Result {
    Term value = am::false_;  // what {message, V} said; true: nothing; false: no clause matched, or that
    bool return_trace = false, exception_trace = false;
  };
  // `args` of a call that `p` is about to make (its return address lies on top of the stack), or of an event,
  // for the session that has the specification.
  Result run(const TraceSessionRef& s, Process& p, std::span<const Term> args, Heap& h) const;
  // testing (erlang:match_spec_test): the token, the trace control word and `silent` stay as they are.
  static Result run_program(const ets::MatchSpec& spec, const TraceSessionRef& s, Process& p, Term args,
                            Heap& h, bool testing);

 private:
  ets::MatchSpec* program_ = nullptr;
  OwnedTerm source_;
};

// Text of process_dump; installed by the layer above.
extern std::string (*describe_process)(Process& p);
// [{tracer, T}, Flag...]: as erlang:trace/3 takes it. False: something else is in it. `tracer` may stay as it
// is.
bool parse_trace_flags(Term list, std::uint32_t* flags, TracerRef* tracer, bool* cpu_timestamp);
// Pid | Port | {Prefix, Pid | Port} | {Prefix, Module, State}, or with Prefix none() {Module, State}; null if
// it is none, or the module has no native functions that make it a tracer.
TracerRef tracer_from(Term prefix, Term t);

}  // namespace joist
