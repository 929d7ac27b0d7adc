// ets: making and deleting tables; inserting, finding and deleting objects; going from key to key.
#include "bifs/ets.hpp"

#include "bifs/work.hpp"
#include "gc/copy.hpp"

namespace joist {

using ets::Object;
using ets::Objects;
using ets::Settings;
using ets::Store;
using ets::Table;

ets::Table* table_named(Call& c, Term id) {
  bool is_id;
  Table* t = ets::Directory::find(id, &is_id);
  if (t == nullptr) badarg_because(c, is_id ? am::id : am::type, am::erl_stdlib_errors);
  return t;
}

TableAccess open_table(Call& c, Term id, Access access) {
  Table* t = table_named(c, id);
  if (t == nullptr) return {};
  const Term self = c.process.pid;
  if (!(access == Access::write ? t->writable(self) : t->readable(self))) {
    badarg_because(c, am::access, am::erl_stdlib_errors);
    return {};
  }
  Store* store = t->store();
  if (store == nullptr) {  // deleted just now
    badarg_because(c, am::id, am::erl_stdlib_errors);
    return {};
  }
  return {t, store};
}

Objects& scratch_objects() {
  static thread_local Objects objects;
  objects.clear();
  return objects;
}

Term copy_objects(Heap& h, const Objects& found) {
  Term list = Term::nil();
  for (const Object* o : found) list = make_cons(h, o->copy_to(h), list);
  return list;
}

std::optional<ets::Protection> protection_from(Term t) {
  if (t == am::public_) return ets::Protection::public_;
  if (t == am::protected_) return ets::Protection::protected_;
  if (t == am::private_) return ets::Protection::private_;
  return std::nullopt;
}

namespace {

// A term of the table's, copied.
Term copy_part(Heap& h, Term t) { return t.is_pointer() ? copy_term(h, t) : t; }

// ---- new ----

std::optional<ets::Type> type_from(Term t) {
  if (t == am::set) return ets::Type::set;
  if (t == am::ordered_set) return ets::Type::ordered_set;
  if (t == am::bag) return ets::Type::bag;
  if (t == am::duplicate_bag) return ets::Type::duplicate_bag;
  return std::nullopt;
}

struct NewOptions {
  Settings settings;
  std::optional<bool> decentralized;

  bool take_pair(Term name, Term value) {
    const auto flag = Boolean::from(value);
    if (name == am::keypos) {
      if (!value.is_small() || value.small_value() < 1 || value.small_value() > INT32_MAX) return false;
      settings.keypos = static_cast<std::uint32_t>(value.small_value());
      return true;
    }
    if (name == am::heir) {
      settings.heir = Term::none();
      return value == am::none;
    }
    if (name == am::write_concurrency && value == am::auto_) {
      settings.write_concurrency = ets::WriteConcurrency::automatic;
      return true;
    }
    // OTP's tests choose the number of locks; joist's tables have as many as they need.
    if (const auto t = Tuple::from(value); name == am::write_concurrency && t && t->arity() == 2) {
      settings.write_concurrency = ets::WriteConcurrency::automatic;
      return (*t)[0] == intern("debug_hash_fixed_number_of_locks") && (*t)[1].is_small();
    }
    if (!flag) return false;
    if (name == am::write_concurrency) {
      settings.write_concurrency = flag->value ? ets::WriteConcurrency::on : ets::WriteConcurrency::off;
    } else if (name == am::read_concurrency) {
      settings.read_concurrency = flag->value;
    } else if (name == am::decentralized_counters) {
      decentralized = flag->value;
    } else {
      return false;
    }
    return true;
  }

  bool take(Term option) {
    if (const auto type = type_from(option)) {
      settings.type = *type;
    } else if (const auto protection = protection_from(option)) {
      settings.protection = *protection;
    } else if (option == am::named_table) {
      settings.named = true;
    } else if (option == am::compressed) {
      settings.compressed = true;
    } else if (const auto t = Tuple::from(option)) {
      if (t->arity() == 2) return take_pair((*t)[0], (*t)[1]);
      if (t->arity() != 3 || (*t)[0] != am::heir || !(*t)[1].is_local_pid()) return false;
      settings.heir = (*t)[1];
      settings.heir_data = (*t)[2];
    } else {
      return false;
    }
    return true;
  }

  bool take_all(Term list) {
    for (; list.is_cons(); list = list.tail())
      if (!take(list.head())) return false;
    // OTP: a private table has no concurrency at all.
    if (settings.protection == ets::Protection::private_)
      settings.write_concurrency = ets::WriteConcurrency::off;
    // OTP: what an option gives unless it is set expressly.
    const bool automatic = settings.write_concurrency == ets::WriteConcurrency::automatic;
    const bool ordered_writers =
        settings.type == ets::Type::ordered_set && settings.write_concurrency == ets::WriteConcurrency::on;
    settings.decentralized_counters = decentralized.value_or(automatic || ordered_writers) &&
                                      settings.write_concurrency != ets::WriteConcurrency::off;
    return list.is_nil();
  }
};

// Elements `position` of the objects found, oldest first; none() if an object is too short.
Term elements_of(Heap& h, const Objects& found, std::size_t position) {
  Term list = Term::nil();
  for (const Object* o : found) {
    if (position > o->arity()) return Term::none();
    list = make_cons(h, o->copy_element(h, position), list);
  }
  return list;
}

// Insert one tuple or a list of them.
Term insert(Call& c, Term id, Term what, bool only_new) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  if (!what.is_list()) {
    if (!is_object(what, *t.table)) return badarg(c);
    Object* o = t.table->make_object(what);
    spend_for(c, o->size(), 64);
    if (!only_new) {
      t.store->insert(o);
      return am::true_;
    }
    return make_bool(t.store->insert_many({o}, true));
  }
  Term rest = what;
  for (; rest.is_cons(); rest = rest.tail())
    if (!is_object(rest.head(), *t.table)) return badarg(c);
  if (!rest.is_nil()) return badarg(c);
  if (what.is_nil()) return am::true_;
  std::vector<Object*> objects;
  std::size_t words = 0;
  for (rest = what; rest.is_cons(); rest = rest.tail()) {
    objects.push_back(t.table->make_object(rest.head()));
    words += objects.back()->size();
  }
  spend_for(c, words + objects.size() * 64, 64);
  return make_bool(t.store->insert_many(objects, only_new));
}

// first, last, next, prev and their *_lookup variants.
Term key_answer(Call& c, const Store& s, const Object* o, bool with_object) {
  if (o == nullptr) return am::dollar_end_of_table;
  Heap& h = c.heap();
  const Term key = copy_part(h, s.key_of(o));
  if (!with_object) return key;
  Objects& found = scratch_objects();
  s.find_all(s.key_of(o), found);
  return make_tuple(h, key, copy_objects(h, found));
}
Term end_key(Call& c, Term id, bool last, bool with_object) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  return key_answer(c, *t.store, last ? t.store->last() : t.store->first(), with_object);
}
Term neighbour(Call& c, Term id, Term key, bool back, bool with_object) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  if (key == am::dollar_end_of_table && t.table->settings.type == ets::Type::ordered_set) return badarg(c);
  bool known;
  const Object* o = back ? t.store->previous(key, &known) : t.store->next(key, &known);
  return known ? key_answer(c, *t.store, o, with_object) : badarg(c);
}

Term lookup_element(Call& c, Term id, Term key, Term position, Term otherwise) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  if (!position.is_small() || position.small_value() < 1) return badarg(c);
  const auto at = static_cast<std::size_t>(position.small_value());
  const auto missing = [&] {
    return otherwise.is_none() ? badarg_because(c, am::badkey, am::erl_stdlib_errors) : otherwise;
  };
  if (t.table->is_set()) {
    const Object* o = t.store->find(key);
    if (o == nullptr) return missing();
    return at <= o->arity() ? o->copy_element(c.heap(), at) : badarg(c);
  }
  Objects& found = scratch_objects();
  t.store->find_all(key, found);
  if (found.empty()) return missing();
  const Term list = elements_of(c.heap(), found, at);
  return list.is_none() ? badarg(c) : list;
}

}  // namespace

// new(Name, Options) -> Tid | Name
JOIST_DEFINE_BIF(ets_new_2, Atom name, List options) {
  NewOptions o;
  if (!o.take_all(options.t)) return badarg(c);
  Table* t = ets::Directory::add(name.term(), c.process.pid, o.settings);
  if (t == nullptr) return badarg_because(c, am::already_exists, am::erl_stdlib_errors);
  return t->id(c.heap());
}

JOIST_DEFINE_BIF(ets_delete_1, Term id) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  ets::Directory::remove(*t.table);
  return am::true_;
}

JOIST_DEFINE_BIF(ets_insert_2, Term id, Term what) { return insert(c, id, what, false); }
JOIST_DEFINE_BIF(ets_insert_new_2, Term id, Term what) { return insert(c, id, what, true); }

JOIST_DEFINE_BIF(ets_lookup_2, Term id, Term key) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  Heap& h = c.heap();
  if (t.table->is_set()) {
    const Object* o = t.store->find(key);
    return o == nullptr ? Term::nil() : make_cons(h, o->copy_to(h), Term::nil());
  }
  Objects& found = scratch_objects();
  t.store->find_all(key, found);
  spend_for(c, found.size(), 16);
  return copy_objects(h, found);
}
JOIST_DEFINE_BIF(ets_lookup_element_3, Term id, Term key, Term position) {
  return lookup_element(c, id, key, position, Term::none());
}
JOIST_DEFINE_BIF(ets_lookup_element_4, Term id, Term key, Term position, Term otherwise) {
  return lookup_element(c, id, key, position, otherwise);
}
JOIST_DEFINE_BIF(ets_member_2, Term id, Term key) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  if (t.table->is_set()) return make_bool(t.store->find(key) != nullptr);
  Objects& found = scratch_objects();
  t.store->find_all(key, found);
  return make_bool(!found.empty());
}

// take(Table, Key) -> the objects, which are removed. They are copied while they are still in the table: a
// private table frees at once, and for any other the epoch keeps what was removed.
JOIST_DEFINE_BIF(ets_take_2, Term id, Term key) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  Objects& found = scratch_objects();
  if (t.store->shape.single) {
    t.store->find_all(key, found);
    const Term list = copy_objects(c.heap(), found);
    t.store->remove(key, nullptr);
    return list;
  }
  t.store->remove(key, &found);
  return copy_objects(c.heap(), found);
}
JOIST_DEFINE_BIF(ets_delete_2, Term id, Term key) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  t.store->remove(key, nullptr);
  return am::true_;
}
JOIST_DEFINE_BIF(ets_delete_object_2, Term id, Term object) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  if (!is_object(object, *t.table)) return badarg(c);
  t.store->remove_equal(object);
  return am::true_;
}
// internal_delete_all(Table, undefined) -> how many objects there were
JOIST_DEFINE_BIF(ets_internal_delete_all_2, Term id, Term undefined) {
  const TableAccess t = open_table(c, id, Access::write);
  if (!t) return Term::none();
  return Term::small(static_cast<std::int64_t>(t.table->clear()));
}

JOIST_DEFINE_BIF(ets_first_1, Term id) { return end_key(c, id, false, false); }
JOIST_DEFINE_BIF(ets_last_1, Term id) { return end_key(c, id, true, false); }
JOIST_DEFINE_BIF(ets_first_lookup_1, Term id) { return end_key(c, id, false, true); }
JOIST_DEFINE_BIF(ets_last_lookup_1, Term id) { return end_key(c, id, true, true); }
JOIST_DEFINE_BIF(ets_next_2, Term id, Term key) { return neighbour(c, id, key, false, false); }
JOIST_DEFINE_BIF(ets_prev_2, Term id, Term key) { return neighbour(c, id, key, true, false); }
JOIST_DEFINE_BIF(ets_next_lookup_2, Term id, Term key) { return neighbour(c, id, key, false, true); }
JOIST_DEFINE_BIF(ets_prev_lookup_2, Term id, Term key) { return neighbour(c, id, key, true, true); }

// slot(Table, N) -> objects | '$end_of_table'
JOIST_DEFINE_BIF(ets_slot_2, Term id, Term n) {
  const TableAccess t = open_table(c, id, Access::read);
  if (!t) return Term::none();
  if (!n.is_small() || n.small_value() < 0) return badarg(c);
  Objects& found = scratch_objects();
  bool at_end;
  if (t.store->slot(static_cast<std::uint64_t>(n.small_value()), found, &at_end))
    return copy_objects(c.heap(), found);
  return at_end ? am::dollar_end_of_table : badarg(c);
}

// erts_internal, for crash dumps and observers: walking any table.
JOIST_DEFINE_BIF(erts_internal_ets_raw_first_1, Term id) { return end_key(c, id, false, false); }
JOIST_DEFINE_BIF(erts_internal_ets_raw_next_2, Term id, Term key) {
  return neighbour(c, id, key, false, false);
}

}  // namespace joist
