#include "vm/process/call.hpp"

#include <array>

#include "gc/literal.hpp"
#include "vm/term/fun.hpp"

namespace joist {
namespace {

// The module whose format_error/2 explains errors of a BIF of `module`; none() if nobody does.
Term formatter_of(Term module) {
  // OTP: the BIFs of erts itself, of kernel, of stdlib.
  for (const Term m : {am::erlang, am::erts_internal, am::atomics, am::counters, am::persistent_term,
                       am::erts_debug, am::init})
    if (module == m) return am::erl_erts_errors;
  for (const Term m : {am::os, am::file, am::error_logger})
    if (module == m) return am::erl_kernel_errors;
  for (const Term m : {am::binary, am::ets, am::lists, am::maps, am::math, am::re, am::unicode})
    if (module == m) return am::erl_stdlib_errors;
  return Term::none();
}

Term make_error_info(Heap& h, std::span<const Term> pairs) {
  return make_cons(h, make_tuple(h, am::error_info, map_from_pairs(h, pairs)), Term::nil());
}

// Without a cause there are few of them: literals, made once.
Term common_error_info(Term formatter) {
  static const Term formatters[] = {am::erl_erts_errors, am::erl_stdlib_errors, am::erl_kernel_errors};
  static const std::array<Term, 3> infos = [] {
    static auto* area = new LiteralArea(64);  // for ever
    std::array<Term, 3> made;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const Term pairs[] = {am::module, formatters[i]};
      made[i] = make_error_info(*area, pairs);
    }
    return made;
  }();
  for (std::size_t i = 0; i < infos.size(); ++i)
    if (formatters[i] == formatter) return infos[i];
  return Term::none();
}

Term error_info(Heap& h, Term formatter, Term cause) {
  if (cause.is_none()) {
    if (const Term common = common_error_info(formatter); !common.is_none()) return common;
    const Term pairs[] = {am::module, formatter};
    return make_error_info(h, pairs);
  }
  const Term pairs[] = {am::cause, cause, am::module, formatter};
  return make_error_info(h, pairs);
}

// erlang:error/1 and its kin raise in the name of their caller.
bool raises_for_caller(const Export& e) {
  if (e.module != am::erlang) return false;
  return e.function == am::error || (e.arity == 1 && (e.function == am::exit || e.function == am::throw_));
}

Term raise_with(Call& c, ErrorClass error_class, Term reason, Term formatter, Term cause) {
  Exception& e = c.process.exception;
  e = {};
  e.error_class = error_class;
  e.reason = reason;
  const Export* bif = c.process.current_bif;
  if (error_class == ErrorClass::error && bif != nullptr && !raises_for_caller(*bif)) {
    Heap& h = c.heap();
    e.module = bif->module;
    e.function = bif->function;
    e.args = make_list_from(h, {c.args, c.arity});
    if (formatter.is_none()) formatter = formatter_of(bif->module);
    e.error_info = formatter.is_none() ? Term::nil() : error_info(h, formatter, cause);
  }
  return Term::none();
}

}  // namespace

Term class_atom(ErrorClass c) {
  switch (c) {
    case ErrorClass::error: return am::error;
    case ErrorClass::exit: return am::exit;
    case ErrorClass::throw_: return am::throw_;
  }
  fail("an error class that does not exist");
}

Term raise(Call& c, ErrorClass error_class, Term reason) {
  return raise_with(c, error_class, reason, Term::none(), Term::none());
}

Term badarg_because(Call& c, Term cause, Term formatter) {
  return raise_with(c, ErrorClass::error, am::badarg, formatter, cause);
}

Term trap(Call& c, Export* target, std::initializer_list<Term> args) {
  Process& p = c.process;
  p.trap_target = target;
  // The arguments may come from x registers themselves.
  Term copies[16];
  std::size_t n = 0;
  for (Term t : args) copies[n++] = t;
  for (std::size_t i = 0; i < n; ++i) p.x[i] = copies[i];
  return trap_marker();
}

}  // namespace joist
