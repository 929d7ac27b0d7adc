// ets: what a table is, whose it is, and what keeps it as it is.
#include <cmath>

#include "bifs/ets.hpp"
#include "bifs/work.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/ets/ordered_store.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/number.hpp"

namespace joist {

using ets::Object;
using ets::Objects;
using ets::Table;

namespace {

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

Term type_atom(ets::Type t) {
  switch (t) {
    case ets::Type::set: return am::set;
    case ets::Type::ordered_set: return am::ordered_set;
    case ets::Type::bag: return am::bag;
    case ets::Type::duplicate_bag: return am::duplicate_bag;
  }
  fail("a table type that does not exist");
}
Term protection_atom(ets::Protection p) {
  switch (p) {
    case ets::Protection::private_: return am::private_;
    case ets::Protection::protected_: return am::protected_;
    case ets::Protection::public_: return am::public_;
  }
  fail("a table protection that does not exist");
}
Term write_concurrency_term(const Table& t) {
  switch (t.settings.write_concurrency) {
    case ets::WriteConcurrency::off: return am::false_;
    case ets::WriteConcurrency::on: return am::true_;
    case ets::WriteConcurrency::automatic: return am::auto_;
  }
  fail("a write concurrency that does not exist");
}

// {Seconds, pids}: when the table was fixed first, and by whom how often.
Term fixation_term(Heap& h, const Table& t, bool monotonic) {
  const Table::Fixation f = t.fixation();
  if (f.fixers.empty()) return am::false_;
  Term list = Term::nil();
  for (const auto& x : f.fixers) list = make_cons(h, make_tuple(h, x.pid, small(x.count)), list);
  if (monotonic) return make_tuple(h, make_int(h, f.monotonic_ns), list);
  const std::int64_t us = f.system_ns / 1000;
  return make_tuple(h,
                    make_tuple(h, Term::small(us / 1000000000000), Term::small(us / 1000000 % 1000000),
                               Term::small(us % 1000000)),
                    list);
}

// {Buckets, average, standard deviation, expected deviation, shortest, longest chain, ...} as erl's hash
// tables have it.
Term statistics(Call& c, Table& t, const ets::Store& store) {
  if (t.settings.type == ets::Type::ordered_set) return am::false_;
  const std::size_t kept = store.kept();
  Table::Pin pin(t);
  std::size_t slots = 0, objects = 0, shortest = SIZE_MAX, longest = 0;
  double squares = 0;
  Objects& found = scratch_objects();
  for (bool end; found.clear(), store.slot(slots, found, &end); ++slots) {
    const std::size_t n = found.size();
    objects += n;
    squares += static_cast<double>(n) * static_cast<double>(n);
    shortest = std::min(shortest, n);
    longest = std::max(longest, n);
  }
  spend_for(c, slots, 16);
  const double n = static_cast<double>(slots), average = static_cast<double>(objects) / n;
  Heap& h = c.heap();
  return make_tuple(h, small(slots), make_float(h, average),
                    make_float(h, std::sqrt(std::max(0.0, squares / n - average * average))),
                    make_float(h, std::sqrt(average * (1 - 1 / n))), small(shortest), small(longest),
                    small(kept), Term::small(1));
}

// {Address, Size, References} of each reference counted binary in the object.
Term add_binaries(Heap& h, const Object& o, Term list) {
  for (const Word* w = o.off_heap(); w != nullptr;) {
    if (header_kind(*w) == BoxKind::binary_ref) {
      const auto* b = reinterpret_cast<const RefcBinary*>(w[1]);
      list = make_cons(h,
                       make_tuple(h, make_uint(h, w[1]), small(b->size),
                                  Term::small(b->references.load(std::memory_order_relaxed))),
                       list);
    }
    w = reinterpret_cast<const Word*>(w[header_words(*w)]);
  }
  return list;
}
Term all_binaries(Call& c, Table& t, const ets::Store& store) {
  Term list = Term::nil();
  const auto add = [&](const Objects& found) {
    for (const Object* o : found) list = add_binaries(c.heap(), *o, list);
  };
  Table::Pin pin(t);
  Objects& found = scratch_objects();
  if (t.settings.type == ets::Type::ordered_set) {
    const auto& ordered = static_cast<const ets::OrderedStore&>(store);
    for (const Object* o = ordered.first(); o != nullptr; o = ordered.after(o)) found.push_back(o);
    add(found);
  } else {
    for (ets::Slot at = 0; found.clear(), store.scan(&at, found) != 0;) add(found);
  }
  return list;
}

// One item of info/2; none() if there is no such item.
Term info_item(Call& c, Table& t, const ets::Store& store, Term item) {
  Heap& h = c.heap();
  const ets::Settings& s = t.settings;
  if (item == am::id) return t.reference(h);
  if (item == am::decentralized_counters) return make_bool(s.decentralized_counters);
  if (item == am::read_concurrency) return make_bool(s.read_concurrency);
  if (item == am::write_concurrency) return write_concurrency_term(t);
  if (item == am::compressed) return make_bool(s.compressed);
  if (item == am::memory) return small(sizeof(Table) / sizeof(Word) + 128 + store.words());
  if (item == am::owner) return t.owner();
  if (item == am::heir) {
    const Term heir = t.heir();
    return heir.is_none() || find_process(heir) == nullptr ? am::none : heir;
  }
  if (item == am::name) return t.name();
  if (item == am::size) return small(store.count());
  if (item == am::node) return this_node()->name;
  if (item == am::named_table) return make_bool(s.named);
  if (item == am::type) return type_atom(s.type);
  if (item == am::keypos) return small(s.keypos);
  if (item == am::protection) return protection_atom(t.protection());
  if (item == am::fixed) return make_bool(!t.fixation().fixers.empty());
  if (item == am::safe_fixed) return fixation_term(h, t, false);
  if (item == am::safe_fixed_monotonic_time) return fixation_term(h, t, true);
  if (item == am::stats) return statistics(c, t, store);
  if (item == am::binary) return all_binaries(c, t, store);
  return Term::none();
}

// OTP: any process may ask about any table; a table that is gone is undefined.
TableAccess open_for_info(Call& c, Term id, bool* gone) {
  bool is_id;
  Table* t = ets::Directory::find(id, &is_id);
  ets::Store* store = t != nullptr ? t->store() : nullptr;
  *gone = is_id && store == nullptr;
  if (store != nullptr) return {t, store};
  if (!is_id) badarg_because(c, am::type, am::erl_stdlib_errors);
  return {};
}

// {heir, none} | {heir, Pid, Data}: nullopt if it is no such option.
struct Heir {
  Term pid = Term::none(), data = Term::nil();
};
std::optional<Heir> heir_from(Term option) {
  const auto t = Tuple::from(option);
  if (!t || t->arity() < 2 || (*t)[0] != am::heir) return std::nullopt;
  if (t->arity() == 2 && (*t)[1] == am::none) return Heir{};
  if (t->arity() == 3 && (*t)[1].is_local_pid()) return Heir{(*t)[1], (*t)[2]};
  return std::nullopt;
}

}  // namespace

JOIST_DEFINE_BIF(ets_info_1, Term id) {
  bool gone;
  const TableAccess t = open_for_info(c, id, &gone);
  if (!t) return gone ? am::undefined : Term::none();
  Heap& h = c.heap();
  const Term items[] = {am::id,
                        am::decentralized_counters,
                        am::read_concurrency,
                        am::write_concurrency,
                        am::compressed,
                        am::memory,
                        am::owner,
                        am::heir,
                        am::name,
                        am::size,
                        am::node,
                        am::named_table,
                        am::type,
                        am::keypos,
                        am::protection};
  std::vector<Term> pairs;
  for (const Term item : items) pairs.push_back(make_tuple(h, item, info_item(c, *t.table, *t.store, item)));
  return make_list_from(h, pairs);
}
JOIST_DEFINE_BIF(ets_info_2, Term id, Term item) {
  bool gone;
  const TableAccess t = open_for_info(c, id, &gone);
  if (!t) return gone ? am::undefined : Term::none();
  const Term value = info_item(c, *t.table, *t.store, item);
  return value.is_none() ? badarg(c) : value;
}

JOIST_DEFINE_BIF(ets_whereis_1, Atom name) {
  Table* t = ets::Directory::find_name(name.term());
  return t != nullptr ? t->reference(c.heap()) : am::undefined;
}

JOIST_DEFINE_BIF(ets_rename_2, Term id, Term name) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  if (!name.is_atom() || !ets::Directory::rename(*t.table, name)) return badarg(c);
  return t.table->id(c.heap());
}

JOIST_DEFINE_BIF(ets_safe_fixtable_2, Term id, Term on) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  const auto flag = Boolean::from(on);
  if (!flag) return badarg(c);
  if (flag->value)
    ets::Directory::fix(*t.table, c.process.pid);
  else
    ets::Directory::unfix(*t.table, c.process.pid);
  return am::true_;
}

// give_away(Table, Pid, Data): the new owner gets {'ETS-TRANSFER', Table, From, Data}.
JOIST_DEFINE_BIF(ets_give_away_3, Term id, Term to, Term data) {
  const TableAccess access = open_table(c, id, Access::write);
  if (!access) return Term::none();
  if (!to.is_local_pid()) return badarg(c);
  Table* t = access.table;
  const Term self = c.process.pid;
  if (t->owner() != self) return badarg_because(c, am::not_owner, am::erl_stdlib_errors);
  if (to == self) return badarg_because(c, am::owner, am::erl_stdlib_errors);
  Process* receiver = find_process(to);
  Heap& h = c.heap();
  const Term message = make_tuple(h, am::ETS_TRANSFER_, t->id(h), self, data);
  if (receiver == nullptr || !ets::Directory::give(*t, to)) return badarg(c);
  send_message(&c.process, *receiver, message);
  return am::true_;
}

// setopts(Table, {heir, ...} | {protection, ...} or a list of both)
JOIST_DEFINE_BIF(ets_setopts_2, Term id, Term options) {
  const TableAccess access = open_table(c, id, Access::write);
  if (!access) return Term::none();
  Table* t = access.table;
  if (t->owner() != c.process.pid) return badarg(c);
  std::optional<ets::Protection> protection;
  std::optional<Heir> heir;
  const auto take = [&](Term option) {
    if (const auto pair = Tuple::from(option); pair && pair->arity() == 2 && (*pair)[0] == am::protection)
      return !protection && (protection = protection_from((*pair)[1]));
    return !heir && (heir = heir_from(option));
  };
  if (options.is_list()) {
    for (; options.is_cons(); options = options.tail())
      if (!take(options.head())) return badarg(c);
    if (!options.is_nil()) return badarg(c);
  } else if (!take(options)) {
    return badarg(c);
  }
  if (protection) t->protect(*protection);
  if (heir) t->set_heir(heir->pid, heir->data);
  return am::true_;
}

// internal_request_all() -> Ref: as many messages {Ref, Tables} follow as there are schedulers. joist's
// tables belong to no scheduler, so all of them come with the first one.
JOIST_DEFINE_BIF(ets_internal_request_all_0) {
  Heap& h = c.heap();
  const Term ref = make_ref(h);
  const Term tables = ets::Directory::all(h);
  const int n = scheduler_count();
  for (int i = 0; i < n; ++i)
    send_message(&c.process, c.process, make_tuple(h, ref, i == 0 ? tables : Term::nil()));
  return ref;
}

// erts_internal:ets_super_user(Bool): joist's observers read any table through ets_raw_first/next; the flag
// is accepted.
JOIST_DEFINE_BIF(erts_internal_ets_super_user_1, Boolean on) { return am::true_; }

// erts_internal:ets_lookup_binary_info(Table, Key)
JOIST_DEFINE_BIF(erts_internal_ets_lookup_binary_info_2, Term id, Term key) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  Objects& found = scratch_objects();
  t.store->find_all(key, found);
  Term list = Term::nil();
  for (const Object* o : found) list = add_binaries(c.heap(), *o, list);
  return list;
}

}  // namespace joist
