#include "vm/ets/match_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gc/copy.hpp"
#include "vm/ets/match_function.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/print.hpp"
#include "vm/term/work_stack.hpp"

namespace joist::ets {

// '$0' .. '$99999999...': OTP: no leading zero.
bool MatchSpec::is_variable(Term t, std::uint32_t* number) {
  if (!t.is_atom()) return false;
  const std::string_view text = atom_text(t);
  if (text.size() < 2 || text.size() > 10 || text[0] != '$' || (text[1] == '0' && text.size() > 2))
    return false;
  std::uint64_t n = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return false;
    n = n * 10 + static_cast<unsigned>(c - '0');
  }
  if (number != nullptr) *number = static_cast<std::uint32_t>(n);
  return true;
}

bool MatchSpec::is_ground(Term t) {
  WorkStack<Term, 32> rest;
  rest.push(t);
  while (!rest.empty()) {
    t = rest.pop();
    for (; t.is_cons(); t = t.tail()) rest.push(t.head());
    if (t.is_atom() && is_wildcard(t)) return false;
    if (const auto tuple = Tuple::from(t)) {
      for (std::size_t i = 0; i < tuple->arity(); ++i) rest.push((*tuple)[i]);
    } else if (t.is_map()) {
      MapIterator it(t);
      for (Term key, value; it.next(&key, &value);) {
        rest.push(key);
        rest.push(value);
      }
    }
  }
  return true;
}

namespace {

bool has_map(Term t) {
  WorkStack<Term, 32> rest;
  rest.push(t);
  while (!rest.empty()) {
    t = rest.pop();
    for (; t.is_cons(); t = t.tail()) rest.push(t.head());
    if (t.is_map()) return true;
    if (const auto tuple = Tuple::from(t))
      for (std::size_t i = 0; i < tuple->arity(); ++i) rest.push((*tuple)[i]);
  }
  return false;
}

// Matches what is equal to it, and nothing else. A map's pattern matches larger maps, too.
bool is_constant_pattern(Term t) { return MatchSpec::is_ground(t) && !has_map(t); }

}  // namespace

// Turns one specification into the program of a MatchSpec.
class MatchCompiler {
 public:
  // backwards: only the errors count, which are found last operand first.
  MatchCompiler(MatchSpec& spec, std::vector<std::string>* errors, MatchDialect dialect,
                bool backwards = false)
      : spec_(spec), errors_(errors), dialect_(dialect), backwards_(backwards) {}

  bool compile(Term specification) {
    const auto clauses = list_elements(specification);
    // OTP: no clauses at all are wrong only where errors are told.
    if (!clauses || (clauses->empty() && (errors_ != nullptr || dialect_ != MatchDialect::table)))
      return wrong(specification.is_cons() ? "Match programs are not in a proper list."
                                           : "Match programs are not in a list.");
    for (const Term clause : *clauses) {
      const auto t = Tuple::from(clause);
      if (!t || t->arity() != 3) return wrong("Match program part is not a tuple of arity 3.");
    }
    for (const Term clause : *clauses) {
      const Tuple t = Tuple::of(clause);
      compile_clause(t[0], t[1], t[2]);
      if (!ok_) return false;  // OTP: the first clause that is wrong is enough
    }
    return true;
  }

 private:
  using Code = MatchSpec::Code;
  using Instruction = MatchSpec::Instruction;

  bool wrong(std::string why) {
    // OTP: a text has room for so much.
    constexpr std::size_t kLongest = 99;
    if (why.size() > kLongest) why.resize(kLongest);
    if (errors_ != nullptr) errors_->push_back(std::move(why));
    return ok_ = false;
  }

  Term constant(Term t) { return t.is_pointer() ? copy_with_literals(spec_.constants_, t) : t; }

  static constexpr const char* kNoList = "Match expression is not a list.";
  static constexpr const char* kNoResult = "Body clause does not return anything.";

  void compile_clause(Term head, Term guards, Term body) {
    spec_.clauses_.emplace_back();
    clause_ = &spec_.clauses_.back();
    slots_.clear();
    clause_->head = constant(head);
    Term pattern = clause_->head;
    if (dialect_ != MatchDialect::table) {
      // OTP: a tuple is a list of arguments, too.
      if (const auto t = Tuple::from(pattern))
        pattern = make_list_from(spec_.constants_, {t->elements(), t->arity()});
      if (!MatchSpec::is_wildcard(pattern) && !list_length(pattern)) {
        wrong(pattern.is_list() ? "Match programs are not in a proper list."
                                : "Match head is invalid in this context.");
        return;
      }
    }
    if (!compile_pattern(pattern)) return;
    for (const auto& [number, slot] : slots_) clause_->variables.push_back(slot);
    spec_.most_variables_ = std::max(spec_.most_variables_, static_cast<std::uint32_t>(slots_.size()));
    if (const auto list = list_elements(guards)) {
      code_ = &clause_->guards;
      in_guard_ = true;
      for (const Term g : *list) {
        compile_expression(g);
        emit({.code = Code::check});
      }
    } else {
      wrong(kNoList);
    }
    in_guard_ = false;
    const auto list = list_elements(body);
    if (!list) {
      wrong(dialect_ == MatchDialect::table ? kNoResult : kNoList);
      return;
    }
    if (list->empty() && dialect_ == MatchDialect::table) {
      wrong(kNoResult);
      return;
    }
    code_ = &clause_->body;
    for (std::size_t i = 0; i < list->size(); ++i) {
      compile_expression((*list)[i]);
      emit({.code = i + 1 < list->size() ? Code::drop : Code::result});
    }
    clause_->result = list->size() == 1 ? constant(list->back()) : Term::none();
  }

  void emit(Instruction i) { code_->push_back(i); }

  bool compile_pattern(Term head) {
    code_ = &clause_->pattern;
    WorkStack<Term, 32> rest;
    rest.push(head);
    while (!rest.empty()) {
      const Term t = rest.pop();
      std::uint32_t number;
      if (t == am::underscore) {
        emit({.code = Code::any});
      } else if (MatchSpec::is_variable(t, &number)) {
        const auto slot = static_cast<std::uint32_t>(slots_.size());
        const auto [it, is_new] = slots_.emplace(number, slot);
        emit({.code = is_new ? Code::bind : Code::same, .n = it->second});
      } else if (t.is_immediate()) {
        emit({.code = Code::word, .term = t});
      } else if (is_constant_pattern(t)) {
        emit({.code = Code::constant, .term = t});
      } else if (t.is_cons()) {
        emit({.code = Code::cons});
        rest.push(t.tail());
        rest.push(t.head());
      } else if (const auto tuple = Tuple::from(t)) {
        emit({.code = Code::tuple, .n = static_cast<std::uint32_t>(tuple->arity())});
        for (std::size_t i = tuple->arity(); i-- > 0;) rest.push((*tuple)[i]);
      } else {
        if (!compile_map_pattern(t, rest)) return false;
      }
    }
    return true;
  }

  template <class Stack>
  bool compile_map_pattern(Term map, Stack& rest) {
    std::vector<Term> keys, values;
    MapIterator it(map);
    for (Term key, value; it.next(&key, &value);) {
      if (!MatchSpec::is_ground(key)) return wrong("Variable found in map key.");
      keys.push_back(key);
      values.push_back(value);
    }
    emit({.code = Code::map,
          .n = static_cast<std::uint32_t>(keys.size()),
          .term = make_tuple_from(spec_.constants_, keys)});
    for (std::size_t i = values.size(); i-- > 0;) rest.push(values[i]);
    return true;
  }

  // What is left to do: compile an expression, emit an instruction, or let a jump end here.
  struct Task {
    enum { expression, instruction, land } kind;
    Term term = Term::none();
    Instruction emit{};
    std::shared_ptr<std::vector<std::size_t>> jumps{};  // of one andalso or orelse
  };

  void compile_expression(Term whole) {
    std::vector<Task> tasks;
    tasks.push_back({Task::expression, whole});
    while (!tasks.empty()) {
      const Task task = std::move(tasks.back());
      tasks.pop_back();
      switch (task.kind) {
        case Task::expression: expand(task.term, tasks); break;
        case Task::instruction:
          if (task.jumps) task.jumps->push_back(code_->size());
          emit(task.emit);
          break;
        case Task::land:
          for (const std::size_t at : *task.jumps) (*code_)[at].n = static_cast<std::uint32_t>(code_->size());
          break;
      }
    }
  }

  // The operands are compiled first, in order, then comes `last`.
  void expand_operands(std::span<const Term> operands, Instruction last, std::vector<Task>& tasks) {
    tasks.push_back({Task::instruction, Term::none(), last});
    if (backwards_ && last.code != Code::make_cons) {
      for (const Term t : operands) tasks.push_back({Task::expression, t});
      return;
    }
    for (std::size_t i = operands.size(); i-- > 0;) tasks.push_back({Task::expression, operands[i]});
  }

  void expand(Term t, std::vector<Task>& tasks) {
    std::uint32_t number;
    if (t == am::dollar_object) {
      emit({.code = Code::push_subject});
    } else if (t == am::dollar_variables) {
      emit({.code = Code::push_variables});
    } else if (MatchSpec::is_variable(t, &number)) {
      const auto it = slots_.find(number);
      if (it == slots_.end())
        wrong(fmt::format("Variable ${} is unbound.", number));
      else
        emit({.code = Code::push_variable, .n = it->second});
    } else if (t.is_cons()) {
      const Term operands[] = {t.head(), t.tail()};
      expand_operands(operands, {.code = Code::make_cons}, tasks);
    } else if (t.is_map() && backwards_) {
      look_at_map(t, tasks);
    } else if (t.is_map()) {
      std::vector<Term> operands;
      MapIterator it(t);
      for (Term key, value; it.next(&key, &value);) operands.insert(operands.end(), {key, value});
      expand_operands(operands, {.code = Code::make_map, .n = static_cast<std::uint32_t>(operands.size())},
                      tasks);
    } else if (const auto tuple = Tuple::from(t)) {
      expand_tuple(*tuple, tasks);
    } else {
      emit({.code = Code::push, .term = constant(t)});
    }
  }

  // Has the same value whatever is matched.
  static bool is_constant_expression(Term t) {
    WorkStack<Term, 32> rest;
    rest.push(t);
    while (!rest.empty()) {
      t = rest.pop();
      for (; t.is_cons(); t = t.tail()) rest.push(t.head());
      if (t.is_map()) {
        MapIterator it(t);
        for (Term key, value; it.next(&key, &value);) {
          rest.push(key);
          rest.push(value);
        }
      } else if (const auto tuple = Tuple::from(t)) {
        if (tuple->arity() == 2 && (*tuple)[0] == am::const_) continue;
        const auto inner = tuple->arity() == 1 ? Tuple::from((*tuple)[0]) : std::nullopt;
        if (!inner) return false;
        for (std::size_t i = 0; i < inner->arity(); ++i) rest.push((*inner)[i]);
      } else if (t == am::dollar_object || t == am::dollar_variables || MatchSpec::is_variable(t, nullptr)) {
        return false;
      }
    }
    return true;
  }

  // OTP: in a small map, values are looked at before keys, and keys twice if they are why it is no constant;
  // in a large one, the first pair that is none is looked at before all pairs. Errors are told each time.
  void look_at_map(Term t, std::vector<Task>& tasks) {
    constexpr std::size_t kManyErrors = 1000;  // each map within keys could double them
    const bool once = errors_->size() > kManyErrors;
    std::vector<Term> keys, values, order;
    MapIterator it(t);
    for (Term key, value; it.next(&key, &value);) {
      keys.push_back(key);
      values.push_back(value);
    }
    if (t.is_box(BoxKind::flat_map)) {
      const bool again = !once && std::all_of(values.begin(), values.end(), is_constant_expression) &&
                         !std::all_of(keys.begin(), keys.end(), is_constant_expression);
      order.assign(values.rbegin(), values.rend());
      for (int i = 0; i < 1 + again; ++i) order.insert(order.end(), keys.rbegin(), keys.rend());
    } else {
      for (std::size_t i = 0; i < keys.size() && order.empty() && !once; ++i)
        if (!is_constant_expression(keys[i]) || !is_constant_expression(values[i]))
          order = {keys[i], values[i]};
      for (std::size_t i = 0; i < keys.size(); ++i) order.insert(order.end(), {keys[i], values[i]});
    }
    for (std::size_t i = order.size(); i-- > 0;) tasks.push_back({Task::expression, order[i]});
  }

  void expand_tuple(Tuple t, std::vector<Task>& tasks) {
    const std::size_t n = t.arity();
    const std::span<const Term> elements(t.elements(), n);
    if (n == 1 && t[0].is_tuple()) {
      const Tuple inner = Tuple::of(t[0]);
      expand_operands({inner.elements(), inner.arity()},
                      {.code = Code::make_tuple, .n = static_cast<std::uint32_t>(inner.arity())}, tasks);
      return;
    }
    if (n == 0 || !t[0].is_atom()) {
      wrong(to_text(t.term()) + " is neither a function call, nor a tuple (tuples are written {{ ... }}).");
      return;
    }
    const Term name = t[0];
    const std::span<const Term> args = elements.subspan(1);
    if (name == am::const_) {
      if (args.size() == 1)
        emit({.code = Code::push, .term = constant(args[0])});
      else
        wrong("Special form 'const' called with more than one argument in " + to_text(t.term()) + ".");
      return;
    }
    if (name == am::self && !args.empty()) {
      wrong("Special form 'self' called with arguments in " + to_text(t.term()) + ".");
      return;
    }
    const bool shortcut = name == am::andalso || name == am::orelse;
    if (args.empty() && (shortcut || name == am::and_ || name == am::or_)) {
      wrong(fmt::format("Special form '{}' called without arguments in {}.", atom_text(name),
                        to_text(t.term())));
      return;
    }
    if (shortcut) {
      const auto jumps = std::make_shared<std::vector<std::size_t>>();
      const Code code = name == am::andalso ? Code::and_then : Code::or_else;
      tasks.push_back({Task::land, Term::none(), {}, jumps});
      tasks.push_back({Task::expression, args.back()});
      for (std::size_t i = args.size() - 1; i-- > 0;) {
        tasks.push_back({Task::instruction, Term::none(), {.code = code}, jumps});
        tasks.push_back({Task::expression, args[i]});
      }
      return;
    }
    const auto function = find_match_function(name, args.size());
    if (!function) {
      expand_form(t, name, args, tasks);
      return;
    }
    expand_operands(args,
                    {.code = Code::call, .function = *function, .n = static_cast<std::uint32_t>(args.size())},
                    tasks);
  }

  // What makes a form of tracing right: which arities, in which dialects, and whether in guards.
  struct FormRule {
    Term name;
    MatchForm form;
    std::size_t least, most;  // arguments
    bool needs_call, needs_actions, in_guard;
  };
  void expand_form(Tuple t, Term name, std::span<const Term> args, std::vector<Task>& tasks) {
    static const FormRule rules[] = {
        {am::message, MatchForm::message, 1, 1, false, false, false},
        {am::silent, MatchForm::silent, 1, 1, false, true, false},
        {am::return_trace, MatchForm::return_trace, 0, 0, false, false, false},
        {am::exception_trace, MatchForm::exception_trace, 0, 0, false, false, false},
        {am::trace, MatchForm::trace, 2, 3, false, true, false},
        {am::enable_trace, MatchForm::enable_trace, 1, 2, false, true, false},
        {am::disable_trace, MatchForm::disable_trace, 1, 2, false, true, false},
        {am::caller, MatchForm::caller, 0, 0, true, true, false},
        {am::caller_line, MatchForm::caller_line, 0, 0, true, true, false},
        {am::display, MatchForm::display, 1, 1, false, false, false},
        {am::process_dump, MatchForm::process_dump, 0, 0, false, true, false},
        {am::set_seq_token, MatchForm::set_seq_token, 2, 2, false, true, false},
        {am::get_seq_token, MatchForm::get_seq_token, 0, 0, false, true, false},
        {am::is_seq_trace, MatchForm::is_seq_trace, 0, 0, false, true, true},
    };
    const auto n = static_cast<std::uint32_t>(args.size());
    const bool tracing = dialect_ != MatchDialect::table;
    if ((name == am::set_tcw && n == 1) || (name == am::get_tcw && n == 0)) {
      if (!tracing || (in_guard_ && name == am::set_tcw)) {
        wrong(fmt::format("Function {}/{} cannot be called in this context.", atom_text(name), n));
        return;
      }
      const MatchForm form = name == am::set_tcw ? MatchForm::set_tcw : MatchForm::get_tcw;
      return expand_operands(args, {.code = Code::form, .form = form, .n = n}, tasks);
    }
    for (const FormRule& r : rules) {
      if (r.name != name) continue;
      // OTP: the text of this one has another name than the function.
      const std::string_view shown = name == am::set_seq_token ? "set_seq_trace" : atom_text(name);
      if (!tracing) {
        wrong(fmt::format("Special form '{}' used in wrong dialect.", shown));
      } else if ((r.needs_call && dialect_ != MatchDialect::trace_call) ||
                 (r.needs_actions && dialect_ == MatchDialect::trace_receive)) {
        wrong(fmt::format("Special form '{}' not allow for this trace event.", shown));
      } else if (in_guard_ && !r.in_guard) {
        wrong(fmt::format("Special form '{}' called in guard context.", shown));
      } else if (n < r.least || n > r.most) {
        wrong(fmt::format("Special form '{}' called with {} in {}.", atom_text(name),
                          r.most == 0 ? "arguments" : "wrong number of arguments", to_text(t.term())));
      } else {
        return expand_operands(args, {.code = Code::form, .form = r.form, .n = n}, tasks);
      }
      return;
    }
    wrong(fmt::format("Function {}/{} does_not_exist.", to_text(name), n));
  }

  MatchSpec& spec_;
  std::vector<std::string>* errors_;
  const MatchDialect dialect_;
  const bool backwards_;
  bool in_guard_ = false;
  bool ok_ = true;
  MatchSpec::Clause* clause_ = nullptr;
  std::vector<Instruction>* code_ = nullptr;
  std::map<std::uint32_t, std::uint32_t> slots_;  // variable number -> slot
};

MatchSpec* MatchSpec::compile(Term specification, std::vector<std::string>* errors, MatchDialect dialect) {
  if (errors != nullptr) {  // OTP: tells of the last operand's errors first
    MatchSpec rehearsal;
    if (!MatchCompiler(rehearsal, errors, dialect, true).compile(specification)) return nullptr;
  }
  auto spec = std::make_unique<MatchSpec>();
  return MatchCompiler(*spec, errors, dialect).compile(specification) ? spec.release() : nullptr;
}

MatchSpec* MatchSpec::compile_pattern(Term pattern, Term result) {
  BlockHeap heap;
  const Term clause = make_tuple(heap, pattern, Term::nil(), make_cons(heap, result, Term::nil()));
  return compile(make_cons(heap, clause, Term::nil()));
}

// OTP: the new object must be '$_', or be seen to take over the key: as the same variable, the same constant,
// or element(KeyPos, '$_').
bool MatchSpec::keeps_key(std::size_t keypos) const {
  for (const Clause& c : clauses_) {
    if (c.result.is_none()) return false;
    if (c.result == am::dollar_object) continue;
    if (is_variable(c.head) && c.result == c.head) continue;
    auto made = Tuple::from(c.result);
    if (!made) return false;
    bool is_constant = false;
    if (made->arity() == 1 && (*made)[0].is_tuple()) {
      made = Tuple::from((*made)[0]);
    } else if (made->arity() == 2 && (*made)[0] == am::const_ && (*made)[1].is_tuple()) {
      made = Tuple::from((*made)[1]);
      is_constant = true;
    } else {
      return false;
    }
    if (made->arity() < keypos) return false;
    const auto head = Tuple::from(c.head);
    const Term head_key = head && head->arity() >= keypos ? (*head)[keypos - 1] : am::underscore;
    const Term made_key = (*made)[keypos - 1];
    if (is_constant) {
      const bool named = made_key == am::dollar_object || made_key == am::dollar_variables;
      if (is_ground(head_key) && !named && !has_map(made_key) && equal_exact(head_key, made_key)) continue;
      return false;
    }
    struct Pair {
      Term from, to;
    };
    WorkStack<Pair, 8> rest;
    rest.push({head_key, made_key});
    bool top = true;
    while (!rest.empty()) {
      const auto [from, to] = rest.pop();
      const auto call = Tuple::from(to);
      if (top && call && call->arity() == 3 && (*call)[0] == am::element &&
          (*call)[1] == Term::small(static_cast<std::int64_t>(keypos)) && (*call)[2] == am::dollar_object)
        break;
      top = false;
      if (from == am::underscore) return false;
      if (call && call->arity() == 2 && (*call)[0] == am::const_) {
        if (!is_ground(from) || !equal_exact(from, (*call)[1])) return false;
      } else if (const auto tuple = Tuple::from(from)) {
        if (!call || call->arity() != 1) return false;
        const auto inner = Tuple::from((*call)[0]);
        if (!inner || inner->arity() != tuple->arity()) return false;
        for (std::size_t i = 0; i < tuple->arity(); ++i) rest.push({(*tuple)[i], (*inner)[i]});
      } else if (from.is_cons()) {
        if (!to.is_cons()) return false;
        rest.push({from.tail(), to.tail()});
        rest.push({from.head(), to.head()});
      } else if (from == am::dollar_object || from == am::dollar_variables || from.is_map() ||
                 !equal_exact(from, to)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace joist::ets
