// ets: match and select in all their forms, which all are one walk over the objects that may match.
//
// If the key is given in every clause, only objects with these keys are looked at; in an ordered table a key
// given in part ({a, '_'}) still bounds a range. Otherwise the walk goes through the whole table, a bucket
// (or an object) at a time, and stops when its slice is used up: it fixes the table, and goes on as
// erts_internal:'$ets_walk'/2.
#include <algorithm>

#include "bifs/ets.hpp"
#include "bifs/work.hpp"
#include "gc/copy.hpp"
#include "vm/ets/match_spec.hpp"
#include "vm/ets/ordered_store.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/list.hpp"
#include "vm/term/work_stack.hpp"
#include "vm/trace/specification.hpp"

namespace joist {

using ets::MatchSpec;
using ets::Object;
using ets::Objects;
using ets::OrderedStore;
using ets::Store;
using ets::Table;

namespace {

enum class Op : std::uint8_t { collect, count, remove, replace };

// OTP: how the prefix of a key that is given in part stands to a key: parts up to the first wildcard are
// compared. *open becomes true when a wildcard was reached; then 0 means "in the range".
int compare_prefix(Term key, Term pattern, bool* open) {
  struct Pair {
    Term key, pattern;
  };
  WorkStack<Pair, 16> rest;
  rest.push({key, pattern});
  while (!rest.empty()) {
    const auto [k, p] = rest.pop();
    if (MatchSpec::is_wildcard(p)) {
      *open = true;
      return 0;
    }
    const auto kt = Tuple::from(k);
    const auto pt = Tuple::from(p);
    if (kt && pt) {
      if (kt->arity() != pt->arity()) return kt->arity() < pt->arity() ? -1 : 1;
      for (std::size_t i = pt->arity(); i-- > 0;) rest.push({(*kt)[i], (*pt)[i]});
    } else if (k.is_cons() && p.is_cons()) {
      rest.push({k.tail(), p.tail()});
      rest.push({k.head(), p.head()});
    } else if (p.is_map() && !MatchSpec::is_ground(p)) {
      // The order of maps says nothing about single elements.
      if (k.is_map()) {
        *open = true;
        return 0;
      }
      return compare(k, p);
    } else if (const int order = compare(k, p); order != 0) {
      return order;
    }
  }
  return 0;
}

// Which objects a specification can match at all.
struct Plan {
  bool by_keys = false;
  std::vector<Term> keys;
  Term range = Term::none();  // ordered tables, one clause: the key's pattern

  Plan(const Table& table, const MatchSpec& spec) {
    const std::size_t keypos = table.settings.keypos;
    const bool ordered = table.settings.type == ets::Type::ordered_set;
    by_keys = true;
    for (std::size_t i = 0; i < spec.clause_count(); ++i) {
      const Term pattern = spec.pattern(i);
      const auto t = Tuple::from(pattern);
      if (!t) {
        if (MatchSpec::is_wildcard(pattern)) by_keys = false;
        continue;  // matches no tuple at all
      }
      if (t->arity() < keypos) continue;
      const Term key = (*t)[keypos - 1];
      if (MatchSpec::is_ground(key)) {
        const auto same = [&](Term other) {
          return ordered ? compare(key, other) == 0 : equal_exact(key, other);
        };
        if (std::none_of(keys.begin(), keys.end(), same)) keys.push_back(key);
      } else {
        by_keys = false;
        if (spec.clause_count() == 1 && ordered) range = key;
      }
    }
    // An ordered table answers in order.
    if (by_keys && ordered)
      std::sort(keys.begin(), keys.end(), [](Term a, Term b) { return compare(a, b) < 0; });
  }
};

// What a walk has to know to go on later; as a term {Table, Spec, Position, Results, Numbers}.
struct State {
  Table* table = nullptr;
  Store* store = nullptr;
  const MatchSpec* spec = nullptr;
  Term id = Term::none();
  Term spec_ref = Term::none();  // none() as long as nobody needs one
  Term position = Term::nil();   // hash table: next slot; ordered: [] or [Key], the last one seen
  // Results of earlier slices: of an ordered table and by keys lists of them, newest first; of a hash table
  // one list.
  Term results = Term::nil();
  std::int64_t count = 0;  // results so far, or objects counted, deleted, replaced
  std::int64_t limit = 0;  // 0: none
  Op op = Op::collect;
  bool reverse = false;
  bool fixed = false;      // by this walk
  bool continued = false;  // by a continuation of select/3 and the like
};

class Walk {
 public:
  Walk(Call& c, State& s) : c_(c), s_(s), work_(c, 8), list_(c.heap()) {}

  Term run() {
    const Plan plan(*s_.table, *s_.spec);
    if (plan.by_keys)
      walk_keys(plan);
    else if (s_.table->settings.type == ets::Type::ordered_set)
      walk_ordered(plan);
    else
      walk_slots();
    return answer();
  }

 private:
  enum class End { done, limit, work, bad };

  // False: a replacement that is none.
  bool visit(const Object* o) {
    // What has to be unpacked, or may change meanwhile, is looked at on the process's own heap.
    const bool copied = o->compressed() || o->live();
    const Term subject = copied ? o->copy_to(c_.heap()) : o->tuple();
    const MatchSpec::Running r{c_.heap(), c_.process.pid, copied ? nullptr : o};
    if (o->compressed()) work_.steps(8);
    switch (s_.op) {
      case Op::collect: {
        const Term t = s_.spec->run_copied(r, subject);
        if (t.is_none()) return true;
        // OTP: what was found last in a hash table stands first.
        if (by_slots_)
          s_.results = make_cons(c_.heap(), t, s_.results);
        else
          list_.add(t);
        ++s_.count;
        work_.steps(2);
        return true;
      }
      case Op::count:
        if (s_.spec->run(r, subject) == am::true_) ++s_.count;
        return true;
      case Op::remove:
        if (s_.spec->run(r, subject) == am::true_ && s_.store->remove_object(o, subject)) {
          ++s_.count;
          work_.steps(2);
        }
        return true;
      case Op::replace: {
        const Term t = s_.spec->run(r, subject);
        if (t.is_none()) return true;
        if (!is_object(t, *s_.table) ||
            !equal_exact(Tuple::of(t)[s_.table->settings.keypos - 1], s_.store->key_of(o)))
          return false;
        if (s_.store->replace_object(o, subject, s_.table->make_object(t))) ++s_.count;
        work_.steps(2);
        return true;
      }
    }
    fail("a walk that does nothing");
  }
  bool full() const { return s_.limit > 0 && s_.count >= s_.limit; }

  void visit_all(const Objects& found) {
    for (std::size_t i = found.size(); i-- > 0;)
      if (!visit(found[i])) {
        end_ = End::bad;
        return;
      }
  }

  void walk_keys(const Plan& plan) {
    std::vector<Term> keys = plan.keys;
    if (s_.reverse) std::reverse(keys.begin(), keys.end());
    for (const Term key : keys) {
      Objects found;
      s_.store->find_all(key, found);
      visit_all(found);
      if (end_ == End::bad) return;
    }
  }

  void walk_slots() {
    by_slots_ = true;
    const Table::Pin pin(*s_.table);
    Objects found;
    ets::Slot slot = s_.position.is_small() ? static_cast<ets::Slot>(s_.position.small_value()) : 0;
    for (;;) {
      found.clear();
      const std::uint32_t buckets = s_.store->scan(&slot, found);
      if (buckets == 0) return;
      for (const Object* o : found)
        if (!visit(o)) {
          end_ = End::bad;
          return;
        }
      const bool go_on = work_.steps(buckets + static_cast<std::int64_t>(found.size()) * 4);
      if (full() || !go_on) {
        s_.position = Term::small(static_cast<std::int64_t>(slot));
        end_ = full() ? End::limit : End::work;
        return;
      }
    }
  }

  // Whether the key lies on the near side of the range, or in it.
  static bool before(Term key, Term range, bool reverse) {
    bool open = false;
    const int order = compare_prefix(key, range, &open);
    return reverse ? order > 0 : order < 0;
  }
  static bool beyond(Term key, Term range, bool reverse) { return before(key, range, !reverse); }

  const Object* start(const OrderedStore& store, Term range) const {
    if (s_.position.is_cons()) {
      const Term last = s_.position.head();
      bool known;
      return s_.reverse ? store.previous(last, &known) : store.next(last, &known);
    }
    if (range.is_none()) return s_.reverse ? store.last() : store.first();
    return s_.reverse ? store.last_where([&](Term k) { return !before(k, range, true); })
                      : store.lower_bound([&](Term k) { return before(k, range, false); });
  }

  void walk_ordered(const Plan& plan) {
    const auto& store = static_cast<const OrderedStore&>(*s_.store);
    for (const Object* o = start(store, plan.range); o != nullptr;) {
      const Term key = store.key_of(o);
      if (!plan.range.is_none() && beyond(key, plan.range, s_.reverse)) return;
      // A private table frees at once what is deleted or replaced, so the way on is looked up before.
      bool known;
      const Object* following = s_.reverse ? store.previous(key, &known) : store.after(o);
      const bool go_on = work_.steps(4) || following == nullptr;
      const Term position = go_on ? Term::none() : copy_position(key);
      const std::int64_t before_visit = s_.count;
      const Term key_copy =
          s_.limit > 0 && s_.count + 1 >= s_.limit && position.is_none() ? copy_position(key) : position;
      if (!visit(o)) {
        end_ = End::bad;
        return;
      }
      if (full() && s_.count > before_visit) {
        s_.position = key_copy;
        end_ = End::limit;
        return;
      }
      if (!go_on) {
        s_.position = position;
        end_ = End::work;
        return;
      }
      o = following;
    }
  }
  Term copy_position(Term key) {
    Heap& h = c_.heap();
    return make_cons(h, key.is_pointer() ? copy_term(h, key) : key, Term::nil());
  }

  Term spec_reference() {
    if (s_.spec_ref.is_none()) s_.spec_ref = make_magic_ref(c_.heap(), const_cast<MatchSpec*>(s_.spec));
    return s_.spec_ref;
  }

  // Ends the fixation that a yielding walk began.
  void release() {
    if (s_.fixed) ets::Directory::unfix(*s_.table, c_.process.pid);
  }

  Term answer() {
    Heap& h = c_.heap();
    if (end_ == End::bad) {
      release();
      return badarg(c_);
    }
    if (end_ == End::work) return go_on_later();
    release();
    if (s_.op != Op::collect) return make_int(h, s_.count);
    if (by_slots_) return s_.limit > 0 ? chunk_of_slots() : s_.results;
    const Term own = list_.list();
    if (s_.limit > 0 && s_.table->settings.type != ets::Type::ordered_set) {
      s_.results = own;
      return chunk_of_slots();
    }
    if (s_.limit > 0) return chunk(own);
    if (s_.results.is_nil()) return own;
    // lists:append/1 takes its time in slices, too.
    Term lists = make_cons(h, own, Term::nil());
    for (Term rest = s_.results; rest.is_cons(); rest = rest.tail()) lists = make_cons(h, rest.head(), lists);
    static Export* const append = find_or_make_export(intern("lists"), am::append, 1);
    return trap(c_, append, {lists});
  }

  Term go_on_later() {
    Heap& h = c_.heap();
    if (!s_.fixed && s_.table->settings.type != ets::Type::ordered_set) {
      ets::Directory::fix(*s_.table, c_.process.pid);
      s_.fixed = true;
    }
    const Term own = list_.list();
    const Term results = own.is_nil() ? s_.results : make_cons(h, own, s_.results);
    const Term numbers =
        make_tuple(h, make_int(h, s_.count), make_int(h, s_.limit), Term::small(static_cast<int>(s_.op)),
                   make_bool(s_.reverse), make_bool(s_.fixed), make_bool(s_.continued));
    static Export* const walk = find_or_make_export(am::erts_internal, am::ets_walk_trap_, 2);
    const Term spec = spec_reference();
    // The original arguments stay first, for the error that a deleted table causes.
    return trap(c_, walk, {s_.id, make_tuple(h, spec, s_.position, results, numbers)});
  }

  // {Results, Continuation} of a hash table. OTP: results are newest first; of too many the oldest are the
  // answer, and the others are turned round if this was not the first call.
  Term chunk_of_slots() {
    Heap& h = c_.heap();
    if (s_.results.is_nil() && end_ == End::done) return am::dollar_end_of_table;
    const auto limit = static_cast<std::size_t>(s_.limit);
    std::vector<Term> all = *list_elements(s_.results);
    const std::size_t over = all.size() > limit ? all.size() - limit : 0;
    const Term list = over == 0 ? s_.results : make_list_from(h, std::span(all).subspan(over));
    if (end_ == End::done && over == 0) return make_tuple(h, list, am::dollar_end_of_table);
    const Term position = end_ == End::done ? am::dollar_end_of_table : s_.position;
    if (s_.continued) std::reverse(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(over));
    const Term rest = make_list_from(h, std::span(all).first(over));
    return make_tuple(h, list,
                      make_tuple(h, s_.id, position, make_int(h, s_.limit), spec_reference(), rest,
                                 Term::small(static_cast<std::int64_t>(over))));
  }

  // The same of an ordered one, for the first `limit` results; what is over goes into the continuation.
  Term chunk(Term own) {
    Heap& h = c_.heap();
    std::vector<Term> all;
    const auto add = [&](Term list) {
      for (; list.is_cons(); list = list.tail()) all.push_back(list.head());
    };
    if (!s_.results.is_nil()) {
      std::vector<Term> lists = *list_elements(s_.results);
      for (std::size_t i = lists.size(); i-- > 0;) add(lists[i]);
    }
    add(own);
    if (all.empty() && end_ == End::done) return am::dollar_end_of_table;
    const auto limit = static_cast<std::size_t>(s_.limit);
    const std::size_t n = std::min(all.size(), limit);
    const Term list = make_list_from(h, std::span(all).first(n));
    const Term over = make_list_from(h, std::span(all).subspan(n));
    if (end_ == End::done && over.is_nil()) return make_tuple(h, list, am::dollar_end_of_table);
    const Term position = end_ == End::done ? am::dollar_end_of_table : s_.position;
    const Term spec = spec_reference();
    const Term left = Term::small(static_cast<std::int64_t>(all.size() - n));
    Term continuation;
    if (s_.table->settings.type == ets::Type::ordered_set)
      continuation = make_tuple(h, s_.id, position, Term::nil(), make_int(h, s_.limit), spec, over,
                                Term::small(s_.reverse ? 1 : 0), left);
    else
      continuation = make_tuple(h, s_.id, position, make_int(h, s_.limit), spec, over, left);
    return make_tuple(h, list, continuation);
  }

  Call& c_;
  State& s_;
  Work work_;
  bool by_slots_ = false;
  ListBuilder list_;
  End end_ = End::done;
};

// Keeps a specification that was compiled for one call alive until its end; magic references hold counts of
// their own.
class Held {
 public:
  explicit Held(MatchSpec* spec) : spec_(spec) {
    if (spec_ != nullptr) spec_->retain();
  }
  ~Held() {
    if (spec_ != nullptr) spec_->release();
  }
  Held(const Held&) = delete;

 private:
  MatchSpec* spec_;
};

// Goes once through the table with the specification.
Term begin(Call& c, Term id, Access access, MatchSpec* spec, Op op, Term limit, bool reverse,
           bool sets_only = false) {
  const Held held(spec);
  State s;
  const TableAccess t = open_table(c, id, access);
  if (!t) return Term::none();
  if (sets_only && t.table->settings.type == ets::Type::bag)
    return badarg_because(c, am::table_type, am::erl_stdlib_errors);
  if (spec == nullptr) return badarg(c);
  if (!limit.is_none()) {
    if (!limit.is_integer() || compare(limit, Term::small(0)) <= 0) return badarg(c);
    s.limit = limit.is_small() ? limit.small_value() : Term::kMaxSmall;
  }
  if (op == Op::replace && !spec->keeps_key(t.table->settings.keypos)) return badarg(c);
  s.table = t.table;
  s.store = t.store;
  s.spec = spec;
  // OTP: a hash table stays the same one whatever its name will be.
  const bool ordered = t.table->settings.type == ets::Type::ordered_set;
  s.id = t.table->settings.named && !ordered ? t.table->reference(c.heap()) : id;
  s.op = op;
  s.reverse = reverse && t.table->settings.type == ets::Type::ordered_set;
  return Walk(c, s).run();
}

// Goes on where a continuation of select/3 and the like says.
Term go_on(Call& c, Term continuation) {
  if (continuation == am::dollar_end_of_table) return continuation;
  const auto t = Tuple::from(continuation);
  if (!t || (t->arity() != 6 && t->arity() != 8)) return badarg(c);
  const bool ordered = t->arity() == 8;
  State s;
  s.id = (*t)[0];
  s.position = (*t)[1];
  const Term limit = (*t)[ordered ? 3 : 2], spec = (*t)[ordered ? 4 : 3], over = (*t)[ordered ? 5 : 4];
  s.spec = magic_cast<MatchSpec>(spec);
  if (s.spec == nullptr || !limit.is_small() || limit.small_value() < 1 || !list_length(over))
    return badarg(c);
  if (ordered ? !s.position.is_cons() && s.position != am::dollar_end_of_table
              : !(s.position.is_small() && s.position.small_value() >= 0) &&
                    s.position != am::dollar_end_of_table)
    return badarg(c);
  const TableAccess table = open_table(c, s.id, Access::read);
  if (!table) return Term::none();
  if ((table.table->settings.type == ets::Type::ordered_set) != ordered) return badarg(c);
  s.table = table.table;
  s.store = table.store;
  s.spec_ref = spec;
  s.limit = limit.small_value();
  s.reverse = ordered && (*t)[6] == Term::small(1);
  s.count = static_cast<std::int64_t>(*list_length(over));
  Heap& h = c.heap();
  s.continued = true;
  if (s.count < s.limit && s.position != am::dollar_end_of_table) {
    if (!over.is_nil()) s.results = ordered ? make_cons(h, over, Term::nil()) : over;
    return Walk(c, s).run();
  }
  // Enough is left over from before, or nothing more comes.
  std::vector<Term> left = *list_elements(over);
  if (left.empty()) return am::dollar_end_of_table;
  const std::size_t n = std::min(left.size(), static_cast<std::size_t>(s.limit));
  if (!ordered) {  // as chunk_of_slots() does
    std::rotate(left.begin(), left.end() - static_cast<std::ptrdiff_t>(n), left.end());
    std::reverse(left.begin() + static_cast<std::ptrdiff_t>(n), left.end());
  }
  const Term list = make_list_from(h, std::span(left).first(n));
  const Term rest = make_list_from(h, std::span(left).subspan(n));
  if (rest.is_nil() && s.position == am::dollar_end_of_table) return make_tuple(h, list, s.position);
  const Term count = Term::small(static_cast<std::int64_t>(left.size() - n));
  const Term next = ordered ? make_tuple(h, s.id, s.position, (*t)[2], limit, spec, rest, (*t)[6], count)
                            : make_tuple(h, s.id, s.position, limit, spec, rest, count);
  return make_tuple(h, list, next);
}

Term select(Call& c, Term id, Term specification, Op op, Term limit = Term::none(), bool reverse = false) {
  const bool writes = op == Op::remove || op == Op::replace;
  return begin(c, id, writes ? Access::write : Access::read, MatchSpec::compile(specification), op, limit,
               reverse, op == Op::replace);
}
Term match(Call& c, Term id, Term pattern, Term result, Term limit = Term::none()) {
  return begin(c, id, Access::read, MatchSpec::compile_pattern(pattern, result), Op::collect, limit, false);
}

}  // namespace

JOIST_DEFINE_BIF(ets_match_1, Term continuation) { return go_on(c, continuation); }
JOIST_DEFINE_BIF(ets_match_2, Term id, Term pattern) { return match(c, id, pattern, am::dollar_variables); }
JOIST_DEFINE_BIF(ets_match_3, Term id, Term pattern, Term limit) {
  return match(c, id, pattern, am::dollar_variables, limit);
}
JOIST_DEFINE_BIF(ets_match_object_1, Term continuation) { return go_on(c, continuation); }
JOIST_DEFINE_BIF(ets_match_object_2, Term id, Term pattern) {
  return match(c, id, pattern, am::dollar_object);
}
JOIST_DEFINE_BIF(ets_match_object_3, Term id, Term pattern, Term limit) {
  return match(c, id, pattern, am::dollar_object, limit);
}
JOIST_DEFINE_BIF(ets_select_1, Term continuation) { return go_on(c, continuation); }
JOIST_DEFINE_BIF(ets_select_2, Term id, Term spec) { return select(c, id, spec, Op::collect); }
JOIST_DEFINE_BIF(ets_select_3, Term id, Term spec, Term limit) {
  return select(c, id, spec, Op::collect, limit);
}
JOIST_DEFINE_BIF(ets_select_reverse_1, Term continuation) { return go_on(c, continuation); }
JOIST_DEFINE_BIF(ets_select_reverse_2, Term id, Term spec) {
  return select(c, id, spec, Op::collect, Term::none(), true);
}
JOIST_DEFINE_BIF(ets_select_reverse_3, Term id, Term spec, Term limit) {
  return select(c, id, spec, Op::collect, limit, true);
}
JOIST_DEFINE_BIF(ets_select_count_2, Term id, Term spec) { return select(c, id, spec, Op::count); }
JOIST_DEFINE_BIF(ets_internal_select_delete_2, Term id, Term spec) { return select(c, id, spec, Op::remove); }
JOIST_DEFINE_BIF(ets_select_replace_2, Term id, Term spec) { return select(c, id, spec, Op::replace); }

// erts_internal:'$ets_walk'(Table, {Spec, Position, Results, {Count, Limit, Op, Reverse, Fixed, Continued}}):
// a walk goes on.
JOIST_DEFINE_BIF(erts_internal_ets_walk_trap_2, Term id, Tuple saved) {
  const Tuple numbers = Tuple::of(saved[3]);
  State s;
  s.op = static_cast<Op>(numbers[2].small_value());
  const bool writes = s.op == Op::remove || s.op == Op::replace;
  const TableAccess t = open_table(c, id, writes ? Access::write : Access::read);
  if (!t) return Term::none();
  s.table = t.table;
  s.store = t.store;
  s.id = id;
  s.spec_ref = saved[0];
  s.spec = magic_cast<MatchSpec>(s.spec_ref);
  s.position = saved[1];
  s.results = saved[2];
  s.count = numbers[0].small_value();
  s.limit = numbers[1].small_value();
  s.reverse = numbers[3] == am::true_;
  s.fixed = numbers[4] == am::true_;
  s.continued = numbers[5] == am::true_;
  return Walk(c, s).run();
}

// ---- match specifications by themselves ----

JOIST_DEFINE_BIF(ets_match_spec_compile_1, Term specification) {
  // OTP: a specification without clauses is none here, though ets:select/2 takes it.
  MatchSpec* spec = specification.is_nil() ? nullptr : MatchSpec::compile(specification);
  return spec != nullptr ? make_magic_ref(c.heap(), spec) : badarg(c);
}
JOIST_DEFINE_BIF(ets_is_compiled_ms_1, Term t) { return make_bool(magic_cast<MatchSpec>(t) != nullptr); }

// match_spec_run_r(List, Compiled, Results): the results in reverse, in front of Results. Traps to itself.
JOIST_DEFINE_BIF(ets_match_spec_run_r_3, Term list, Term compiled, Term results) {
  const auto* spec = magic_cast<MatchSpec>(compiled);
  if (spec == nullptr || !list.is_list()) return badarg(c);
  const MatchSpec::Running r{c.heap(), c.process.pid};
  Work work(c, 8);
  for (; list.is_cons(); list = list.tail()) {
    if (!work.steps(4)) {
      static Export* const self = find_or_make_export(am::ets, intern("match_spec_run_r"), 3);
      return trap(c, self, {list, compiled, results});
    }
    const Term t = spec->run(r, list.head());
    if (!t.is_none()) results = make_cons(c.heap(), t, results);
  }
  return list.is_nil() ? results : badarg(c);
}

// erlang:match_spec_test(Tuple or list, MatchSpec, table | trace)
//   -> {ok, Result, Flags, Warnings} | {error, [{error, Text}]}
JOIST_DEFINE_BIF(erlang_match_spec_test_3, Term subject, Term specification, Atom dialect) {
  const bool table = dialect == am::table;
  if ((!table && dialect != am::trace) || (!table && !list_length(subject))) return badarg(c);
  Heap& h = c.heap();
  std::vector<std::string> errors;
  MatchSpec* spec = MatchSpec::compile(specification, &errors,
                                       table ? ets::MatchDialect::table : ets::MatchDialect::trace_call);
  const Held held(spec);
  if (spec == nullptr) {
    ListBuilder list(h);
    // OTP: the bytes of the names' UTF-8.
    for (const std::string& e : errors) list.add(make_tuple(h, am::error, make_byte_list(h, e)));
    return make_tuple(h, am::error, list.list());
  }
  if (!table) {
    const auto result =
        TraceSpecification::run_program(*spec, default_session(), c.process, subject, h, true);
    Term flags = Term::nil();
    if (result.exception_trace) flags = make_cons(h, am::exception_trace, flags);
    if (result.return_trace) flags = make_cons(h, am::return_trace, flags);
    return make_tuple(h, am::ok, result.value, flags, Term::nil());
  }
  const Term result = spec->run({h, c.process.pid}, subject);
  return make_tuple(h, am::ok, result.is_none() ? am::false_ : result, Term::nil(), Term::nil());
}

}  // namespace joist
