// Running a match specification's program.
#include "gc/copy.hpp"
#include "vm/ets/match_function.hpp"
#include "vm/ets/match_spec.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/work_stack.hpp"

namespace joist::ets {

bool MatchSpec::match(const Clause& c, Term subject, Term* variables) const {
  WorkStack<Term, 32> rest;
  Term t = subject;
  const Instruction* const end = c.pattern.data() + c.pattern.size();
  for (const Instruction* i = c.pattern.data();;) {
    switch (i->code) {
      case Code::any: break;
      case Code::bind: variables[i->n] = t; break;
      case Code::same:
        if (!equal_exact(variables[i->n], t)) return false;
        break;
      case Code::word:
        if (t != i->term) return false;
        break;
      case Code::constant:
        if (!equal_exact(i->term, t)) return false;
        break;
      case Code::tuple: {
        const auto tuple = Tuple::from(t);
        if (!tuple || tuple->arity() != i->n) return false;
        for (std::size_t k = i->n; k-- > 0;) rest.push((*tuple)[k]);
        break;
      }
      case Code::cons:
        if (!t.is_cons()) return false;
        rest.push(t.tail());
        rest.push(t.head());
        break;
      case Code::map: {
        if (!t.is_map()) return false;
        const Tuple keys = Tuple::of(i->term);
        for (std::size_t k = i->n; k-- > 0;) {
          const Term value = map_get(t, keys[k]);
          if (value.is_none()) return false;
          rest.push(value);
        }
        break;
      }
      default: fail("an instruction that is none of a pattern");
    }
    if (++i == end) return true;
    t = rest.pop();
  }
}

// none(): a guard is not true.
Term MatchSpec::evaluate(const std::vector<Instruction>& code, const Clause& c, const Running& r,
                         Term subject, const Term* variables, bool in_guard) const {
  WorkStack<Term, 32> stack;
  // What becomes part of a new term must lie on its heap. Constants are copied at once where results are
  // made, as parts of them may come back from functions.
  const auto own = [&](Term t) {
    const bool elsewhere = in_guard ? t.is_pointer() : is_foreign(r, t);
    return elsewhere ? copy_term(r.heap, t) : t;
  };
  const std::size_t size = code.size();
  for (std::size_t at = 0; at < size; ++at) {
    const Instruction& i = code[at];
    switch (i.code) {
      case Code::push:
        stack.push(in_guard || i.term.is_immediate() ? i.term : copy_with_literals(r.heap, i.term));
        break;
      case Code::push_variable: stack.push(variables[i.n]); break;
      case Code::push_subject: stack.push(subject); break;
      case Code::push_variables: {
        ListBuilder list(r.heap);
        for (const std::uint32_t slot : c.variables) list.add(own(variables[slot]));
        stack.push(list.list());
        break;
      }
      case Code::make_tuple:
      case Code::make_map: {
        const std::size_t first = stack.size() - i.n;
        std::vector<Term> elements(i.n);
        for (std::size_t k = i.n; k-- > 0;) elements[k] = own(stack.pop());
        check(stack.size() == first, "the stack of a match program is out of step");
        stack.push(i.code == Code::make_tuple ? make_tuple_from(r.heap, elements)
                                              : map_from_pairs(r.heap, elements));
        break;
      }
      case Code::make_cons: {
        const Term tail = own(stack.pop());
        const Term head = own(stack.pop());
        stack.push(make_cons(r.heap, head, tail));
        break;
      }
      case Code::call: {
        Term few[4];
        std::vector<Term> many;
        Term* args = few;
        if (i.n > 4) {
          many.resize(i.n);
          args = many.data();
        }
        for (std::size_t k = i.n; k-- > 0;) args[k] = stack.pop();
        if (refers_to_arguments(i.function)) args[0] = own(args[0]);
        const Term result = call_match_function(i.function, r.heap, r.self, args, i.n);
        if (result.is_none() && in_guard) return result;
        stack.push(result.is_none() ? am::EXIT_ : result);  // OTP: in a body, what has failed becomes 'EXIT'
        break;
      }
      case Code::form: {
        Term args[3];
        for (std::size_t k = i.n; k-- > 0;) args[k] = stack.pop();
        const Term result = r.actions->perform(i.form, r.heap, args, i.n);
        if (result.is_none() && in_guard) return result;
        stack.push(result.is_none() ? am::EXIT_ : result);
        break;
      }
      case Code::and_then:
      case Code::or_else: {
        const Term t = stack.top();
        const Term decides = make_bool(i.code == Code::or_else);
        if (t == decides) {
          at = i.n - 1;
        } else if (t == make_bool(i.code == Code::and_then)) {
          stack.pop();
        } else {
          if (in_guard) return Term::none();
          stack.top() = am::EXIT_;
          at = i.n - 1;
        }
        break;
      }
      case Code::check:
        if (stack.pop() != am::true_) return Term::none();
        break;
      case Code::drop: stack.pop(); break;
      case Code::result: return stack.pop();
      default: fail("an instruction that is none of an expression");
    }
  }
  return am::true_;
}

Term MatchSpec::run(const Running& r, Term subject) const {
  Term few[8];
  std::vector<Term> many;
  Term* variables = few;
  if (most_variables_ > 8) {
    many.resize(most_variables_);
    variables = many.data();
  }
  for (const Clause& c : clauses_) {
    if (!match(c, subject, variables)) continue;
    if (!c.guards.empty() && evaluate(c.guards, c, r, subject, variables, true).is_none()) continue;
    return evaluate(c.body, c, r, subject, variables, false);
  }
  return Term::none();
}

Term MatchSpec::run_copied(const Running& r, Term subject) const {
  const Term t = run(r, subject);
  if (t.is_none() || !is_foreign(r, t)) return t;
  return t == subject ? r.object->copy_to(r.heap) : copy_term(r.heap, t);
}

}  // namespace joist::ets
