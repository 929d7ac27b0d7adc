// ets: update_counter and update_element.
#include "bifs/ets.hpp"
#include "vm/term/number.hpp"

namespace joist {

using ets::Object;

namespace {

enum class Outcome { ok, missing, bad, keypos, position };

Term raise_outcome(Call& c, Outcome o) {
  switch (o) {
    case Outcome::ok: break;
    case Outcome::bad: return badarg(c);
    case Outcome::missing: return badarg_because(c, am::badkey, am::erl_stdlib_errors);
    case Outcome::keypos: return badarg_because(c, am::keypos, am::erl_stdlib_errors);
    case Outcome::position: return badarg_because(c, am::position, am::erl_stdlib_errors);
  }
  fail("an outcome that is no error");
}

// An object being changed: a tuple outside all heaps whose elements still lie where they were.
class Draft {
 public:
  explicit Draft(Term tuple) {
    const Tuple t = Tuple::of(tuple);
    if (t.arity() >= kFew) {
      many_.resize(t.arity() + 1);
      words_ = many_.data();
    }
    for (std::size_t i = 0; i <= t.arity(); ++i) words_[i] = tuple.box_words()[i];
  }
  Draft(const Draft&) = delete;
  std::size_t arity() const { return header_words(words_[0]); }
  Term get(std::size_t position) const { return {words_[position]}; }
  void set(std::size_t position, Term t) { words_[position] = t.bits; }
  Term tuple() const { return Term::boxed(words_); }

 private:
  static constexpr std::size_t kFew = 16;
  Word few_[kFew];
  std::vector<Word> many_;
  Word* words_ = few_;
};

// The position named by `t`, checked against the object.
Outcome check_position(const ets::Table& table, const Draft& d, Term t, std::size_t* position) {
  if (!t.is_integer()) return Outcome::bad;
  if (!t.is_small() || t.small_value() < 1 || static_cast<std::size_t>(t.small_value()) > d.arity())
    return Outcome::position;
  *position = static_cast<std::size_t>(t.small_value());
  return *position == table.settings.keypos ? Outcome::keypos : Outcome::ok;
}

// One operation: Incr | {Pos, Incr} | {Pos, Incr, Threshold, SetValue}; changes the draft, and *value is its
// result.
Outcome count_up(Heap& h, const ets::Table& table, Draft& d, Term op, Term* value) {
  const auto t = Tuple::from(op);
  if (!t || (t->arity() != 2 && t->arity() != 4)) return Outcome::bad;
  const Term increment = (*t)[1];
  if (!increment.is_integer()) return Outcome::bad;
  std::size_t position;
  if (const Outcome o = check_position(table, d, (*t)[0], &position); o != Outcome::ok) return o;
  if (!d.get(position).is_integer()) return Outcome::bad;
  Term result = number_add(h, d.get(position), increment);
  if (is_failure(result)) return Outcome::bad;
  if (t->arity() == 4) {
    const Term threshold = (*t)[2], reset = (*t)[3];
    if (!threshold.is_integer() || !reset.is_integer()) return Outcome::bad;
    const bool down = compare_numbers(increment, Term::small(0)) < 0;
    const int side = compare_numbers(result, threshold);
    if (down ? side < 0 : side > 0) result = reset;
  }
  d.set(position, result);
  *value = result;
  return Outcome::ok;
}

// If that takes no more than one element of a live object. Readers would see more of them one after the
// other.
bool change_in_place(ets::Object* old, const Draft& draft) {
  if (!old->live()) return false;
  const Word* before = old->tuple().box_words();
  std::size_t changed = 0;
  for (std::size_t i = 1; i <= draft.arity(); ++i)
    if (before[i] != draft.get(i).bits) {
      if (changed != 0) return false;
      changed = i;
    }
  if (changed == 0) return true;
  if (!draft.get(changed).is_immediate()) return false;
  old->set_element(changed, draft.get(changed));
  return true;
}

// Changes the object with the key, or puts a changed `otherwise` in where there is none (none(): that is an
// error), by `edit(Draft&)`. Where that does not give ok, nothing changes.
template <class Edit>
Outcome change_object(const TableAccess& t, Term key, Term otherwise, Edit edit) {
  Outcome outcome = Outcome::ok;
  t.store->update(key, [&](Object* old) -> Object* {
    if (old == nullptr && otherwise.is_none()) {
      outcome = Outcome::missing;
      return nullptr;
    }
    std::optional<ets::Plain> plain;
    if (old != nullptr) plain.emplace(old);
    Draft draft(old != nullptr ? plain->tuple() : otherwise);
    if (old == nullptr) draft.set(t.table->settings.keypos, key);
    outcome = edit(draft);
    if (outcome != Outcome::ok || (old != nullptr && change_in_place(old, draft))) return nullptr;
    // What is changed in this way once, mostly is so again.
    ets::Object* changed = t.table->make_object(draft.tuple());
    changed->make_live();
    return changed;
  });
  return outcome;
}

// Does `each(Operation)` to one operation or a list of them.
template <class Each>
Outcome for_operations(Term ops, Each each) {
  if (ops.is_tuple()) return each(ops);
  Outcome outcome = Outcome::ok;
  for (; ops.is_cons() && outcome == Outcome::ok; ops = ops.tail()) outcome = each(ops.head());
  return outcome == Outcome::ok && !ops.is_nil() ? Outcome::bad : outcome;
}

Term update_counter(Call& c, Term id, Term key, Term ops, Term otherwise) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  const ets::Table& table = *t.table;
  if (!table.is_set()) return badarg_because(c, am::table_type, am::erl_stdlib_errors);
  if (!otherwise.is_none() && !is_object(otherwise, table)) return badarg(c);
  Heap& h = c.heap();
  // An increment alone counts the element behind the key.
  if (ops.is_integer()) ops = make_tuple(h, Term::small(table.settings.keypos + 1), ops);
  Term result = Term::none();  // of the last operation
  std::vector<Term> results;   // of each, where there is a list of them
  const Outcome outcome = change_object(t, key, otherwise, [&](Draft& draft) {
    return for_operations(ops, [&](Term op) {
      const Outcome o = count_up(h, table, draft, op, &result);
      if (!ops.is_tuple()) results.push_back(result);
      return o;
    });
  });
  if (outcome != Outcome::ok) return raise_outcome(c, outcome);
  return ops.is_tuple() ? result : make_list_from(h, results);
}

Outcome set_element(const ets::Table& table, Draft& d, Term spec) {
  const auto t = Tuple::from(spec);
  if (!t || t->arity() != 2) return Outcome::bad;
  std::size_t position;
  const Outcome o = check_position(table, d, (*t)[0], &position);
  if (o == Outcome::ok) d.set(position, (*t)[1]);
  return o == Outcome::position ? Outcome::bad : o;
}

Term update_element(Call& c, Term id, Term key, Term specs, Term otherwise) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  const ets::Table& table = *t.table;
  if (!table.is_set()) return badarg(c);
  if (!otherwise.is_none() && !is_object(otherwise, table)) return badarg(c);
  const Outcome outcome = change_object(t, key, otherwise, [&](Draft& draft) {
    return for_operations(specs, [&](Term spec) { return set_element(table, draft, spec); });
  });
  if (outcome == Outcome::missing) return am::false_;
  return outcome == Outcome::ok ? am::true_ : raise_outcome(c, outcome);
}

}  // namespace

JOIST_DEFINE_BIF(ets_update_counter_3, Term id, Term key, Term ops) {
  return update_counter(c, id, key, ops, Term::none());
}
JOIST_DEFINE_BIF(ets_update_counter_4, Term id, Term key, Term ops, Term otherwise) {
  return update_counter(c, id, key, ops, otherwise);
}
JOIST_DEFINE_BIF(ets_update_element_3, Term id, Term key, Term specs) {
  return update_element(c, id, key, specs, Term::none());
}
JOIST_DEFINE_BIF(ets_update_element_4, Term id, Term key, Term specs, Term otherwise) {
  return update_element(c, id, key, specs, otherwise);
}

}  // namespace joist
