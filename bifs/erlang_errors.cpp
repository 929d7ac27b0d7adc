// erlang: raising exceptions. The stack trace starts at the caller, not at these functions: Exception.module
// stays none() and the engine puts its own place there.
#include "bifs/bifs.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

// Raises with the caller as first frame; `args` (a list) takes the place of its arity.
Term raise_in_caller(Call& c, ErrorClass error_class, Term reason, Term args = Term::none(),
                     Term error_info = Term::none()) {
  Exception& e = c.process.exception;
  e = {};
  e.error_class = error_class;
  e.reason = reason;
  e.args = args;
  e.error_info = error_info;
  return Term::none();
}

// OTP: anything but a list, proper or not, counts as none.
Term argument_list(Term args) { return args.is_list() ? args : Term::none(); }

// A stack trace as erlang:raise/3 takes it, [{M,F,ArityOrArgs[,Location]} | {Fun,Args[,Location]}], with
// every location filled in; none() if it is not one.
Term checked_stacktrace(Heap& h, Term list) {
  ListBuilder frames(h);
  for (; list.is_cons(); list = list.tail()) {
    const auto t = Tuple::from(list.head());
    if (!t) return Term::none();
    const bool is_fun = t->arity() > 0 && (*t)[0].is_fun();
    const std::size_t least = is_fun ? 2 : 3;
    if (t->arity() != least && t->arity() != least + 1) return Term::none();
    if (!is_fun && (!(*t)[0].is_atom() || !(*t)[1].is_atom())) return Term::none();
    if (is_fun && !(*t)[1].is_list() && !(*t)[1].is_small()) return Term::none();
    if (t->arity() == least + 1) {
      if (!(*t)[least].is_list()) return Term::none();
      frames.add(t->term());
    } else if (is_fun) {
      frames.add(make_tuple(h, (*t)[0], (*t)[1], Term::nil()));
    } else {
      frames.add(make_tuple(h, (*t)[0], (*t)[1], (*t)[2], Term::nil()));
    }
  }
  return list.is_nil() ? frames.list() : Term::none();
}

}  // namespace

JOIST_DEFINE_BIF(erlang_error_1, Term reason) { return raise_in_caller(c, ErrorClass::error, reason); }
JOIST_DEFINE_BIF(erlang_error_2, Term reason, Term args) {
  return raise_in_caller(c, ErrorClass::error, reason, argument_list(args));
}
// error(Reason, Args, [{error_info, Map}]) -- OTP: other options are ignored.
JOIST_DEFINE_BIF(erlang_error_3, Term reason, Term args, Term options) {
  Term info = Term::none();
  if (const auto items = list_elements(options)) {
    for (const Term option : *items) {
      const auto t = Tuple::from(option);
      if (!t || t->arity() != 2 || (*t)[0] != am::error_info || !(*t)[1].is_map()) continue;
      info = make_cons(c.heap(), option, Term::nil());
    }
  }
  return raise_in_caller(c, ErrorClass::error, reason, argument_list(args), info);
}
JOIST_DEFINE_BIF(erlang_exit_1, Term reason) { return raise_in_caller(c, ErrorClass::exit, reason); }
JOIST_DEFINE_BIF(erlang_throw_1, Term value) { return raise_in_caller(c, ErrorClass::throw_, value); }
// OTP: nif_error/1,2 itself is the first frame.
JOIST_DEFINE_BIF(erlang_nif_error_1, Term reason) { return raise_error(c, reason); }
JOIST_DEFINE_BIF(erlang_nif_error_2, Term reason, Term args) { return raise_error(c, reason); }

// raise(Class, Reason, Stacktrace) -- OTP: returns badarg, instead of raising it, for arguments that are not
// right.
JOIST_DEFINE_BIF(erlang_raise_3, Term class_term, Term reason, Term stacktrace) {
  ErrorClass error_class;
  if (class_term == am::error)
    error_class = ErrorClass::error;
  else if (class_term == am::exit)
    error_class = ErrorClass::exit;
  else if (class_term == am::throw_)
    error_class = ErrorClass::throw_;
  else
    return am::badarg;
  const Term trace = checked_stacktrace(c.heap(), stacktrace);
  if (trace.is_none()) return am::badarg;
  raise_in_caller(c, error_class, reason);
  c.process.exception.trace = trace;
  return Term::none();
}

}  // namespace joist
