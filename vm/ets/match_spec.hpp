// match_spec.hpp -- match specifications, compiled to a little program.
//
// A clause is three runs of instructions: the pattern works on a stack of terms still to be matched; guards
// and body are a stack machine. Nothing in it recurses, so patterns may be of any depth. Owner: a magic
// reference (ets:match_spec_compile/1) or the caller. Threads: immutable once made; running it uses the
// caller's stack only. GC: constants lie in a heap of the program's own and are copied into results.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "vm/ets/object.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"

namespace joist::ets {

enum class MatchFunction : std::uint8_t;

// What only specifications for tracing may do (vm/trace).
enum class MatchForm : std::uint8_t {
  message,
  silent,
  return_trace,
  exception_trace,
  trace,
  enable_trace,
  disable_trace,
  caller,
  caller_line,
  display,
  process_dump,
  set_seq_token,
  get_seq_token,
  is_seq_trace,
  get_tcw,
  set_tcw,
};
class MatchActions {
 public:
  // The value, on `h` or elsewhere where it outlives the run; none() where it fails.
  virtual Term perform(MatchForm form, Heap& h, const Term* args, std::size_t count) = 0;

 protected:
  ~MatchActions() = default;
};
// Where a specification is used: what it may do. The three of tracing are for calls, and for the events send
// and receive; their subject is a list of arguments.
enum class MatchDialect : std::uint8_t { table, trace_call, trace_send, trace_receive };

class MatchSpec final : public MagicObject {
 public:
  // Null if the specification is wrong; `errors` (may be null) gets the reasons as erlang:match_spec_test/3
  // gives them.
  static MatchSpec* compile(Term specification, std::vector<std::string>* errors = nullptr,
                            MatchDialect dialect = MatchDialect::table);
  // As [{Pattern, [], ['$$' or '$_']}].
  static MatchSpec* compile_pattern(Term pattern, Term result);

  struct Running {
    Heap& heap;                       // for results, and for what guards compute
    Term self;                        // pid of the process
    const Object* object = nullptr;   // the tuple lies here: what of it goes into results is copied
    MatchActions* actions = nullptr;  // of a specification for tracing
  };
  // The body's value, or none() if no clause matches. A value that `is_foreign` lies in the object.
  Term run(const Running& r, Term subject) const;
  // The same, on r.heap.
  Term run_copied(const Running& r, Term subject) const;
  static bool is_foreign(const Running& r, Term t) { return r.object != nullptr && r.object->contains(t); }

  // ---- for finding candidates without walking through a whole table ----
  std::size_t clause_count() const { return clauses_.size(); }
  // The pattern of a clause (a tuple, '_' or a variable).
  Term pattern(std::size_t clause) const { return clauses_[clause].head; }
  // Whether the clause's body is known to keep the key in its place (ets:select_replace/2).
  bool keeps_key(std::size_t keypos) const;

  static bool is_variable(Term t, std::uint32_t* number = nullptr);
  // '_' or a variable.
  static bool is_wildcard(Term t) { return t == am::underscore || is_variable(t); }
  // Whether no wildcard occurs in `t`.
  static bool is_ground(Term t);

 private:
  friend class MatchCompiler;
  enum class Code : std::uint8_t {
    // pattern: takes the next term
    any,
    bind,
    same,
    word,
    constant,
    tuple,
    cons,
    map,
    // guards and body
    push,
    push_variable,
    push_subject,
    push_variables,
    make_tuple,
    make_cons,
    make_map,
    call,
    form,
    and_then,
    or_else,
    check,
    drop,
    result,
  };
  struct Instruction {
    Code code;
    MatchFunction function{};
    MatchForm form{};
    std::uint32_t n = 0;       // arity, variable, target of a jump
    Term term = Term::none();  // constant; keys of a map pattern
  };
  struct Clause {
    std::vector<Instruction> pattern, guards, body;
    std::vector<std::uint32_t> variables;  // slots in order of their numbers: '$$'
    Term head, result;                     // the source: pattern and last body expression
  };

  bool match(const Clause& c, Term subject, Term* variables) const;
  Term evaluate(const std::vector<Instruction>& code, const Clause& c, const Running& r, Term subject,
                const Term* variables, bool in_guard) const;

  BlockHeap constants_;
  std::vector<Clause> clauses_;
  std::uint32_t most_variables_ = 0;
};

}  // namespace joist::ets
