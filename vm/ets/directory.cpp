#include "vm/ets/directory.hpp"

#include <map>
#include <set>
#include <unordered_map>

#include "vm/base/epoch.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/list.hpp"

namespace joist::ets {

namespace {

struct NameEntry {
  Term name;
  Table* table;
  std::atomic<NameEntry*> next{nullptr};
};
constexpr std::size_t kNameBuckets = 4096;

// What a process has to do with tables.
struct Holdings {
  std::set<Table*> owned;
  std::set<Table*> fixed;  // each retained
};
struct Holders {
  Mutex<LockLevel::ets_directory> mutex;
  std::unordered_map<Word, Holdings> by_pid;
};
constexpr std::size_t kHolderParts = 64;

struct State {
  std::atomic<NameEntry*> names[kNameBuckets] = {};
  Mutex<LockLevel::ets_directory> mutex;  // guards writing of names, and by_key
  std::map<RefKey, Table*> by_key;        // each retained
  Holders holders[kHolderParts];          // a lock each, never two at once, nor with `mutex`
};
State& state() {
  static auto* s = new State;  // never destroyed: other threads may use it while the program ends
  return *s;
}
Holders& holders_of(Term pid) { return state().holders[pid_number(pid) % kHolderParts]; }
std::atomic<NameEntry*>& name_bucket(Term name) { return state().names[name.atom_index() % kNameBuckets]; }

void add_name(Term name, Table* t) {
  auto& bucket = name_bucket(name);
  auto* entry = new NameEntry{name, t};
  entry->next.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
  bucket.store(entry, std::memory_order_release);
}

void remove_name(Term name) {
  auto* link = &name_bucket(name);
  for (NameEntry* e; (e = link->load(std::memory_order_relaxed)) != nullptr; link = &e->next)
    if (e->name == name) {
      link->store(e->next.load(std::memory_order_relaxed), std::memory_order_release);
      retire_object(e);
      return;
    }
}

template <class F>
void with_holdings(Term pid, F f) {
  Holders& h = holders_of(pid);
  const Locked<LockLevel::ets_directory> locked(h.mutex);
  const auto it = h.by_pid.find(pid.bits);
  if (it == h.by_pid.end()) return;
  f(it->second);
  if (it->second.owned.empty() && it->second.fixed.empty()) h.by_pid.erase(it);
}

// Sends {'ETS-TRANSFER', Table, FromPid, Data} and makes the heir the owner; false if there is no heir alive.
bool pass_to_heir(Process& from, Table& t) {
  const Term heir = t.heir();
  if (heir.is_none() || heir == from.pid) return false;
  Process* to = find_process(heir);
  if (to == nullptr || !Directory::give(t, heir)) return false;
  Heap& h = from.heap;
  send_message(&from, *to, make_tuple(h, am::ETS_TRANSFER_, t.id(h), from.pid, t.heir_data()));
  return true;
}

}  // namespace

Table* Directory::find_name(Term name) {
  const NameEntry* e = name_bucket(name).load(std::memory_order_acquire);
  while (e != nullptr && e->name != name) e = e->next.load(std::memory_order_acquire);
  return e != nullptr ? e->table : nullptr;
}

Table* Directory::find(Term id, bool* is_id) {
  *is_id = true;
  if (id.is_atom()) return find_name(id);
  if (id.is_box(BoxKind::magic_ref)) {
    if (auto* t = dynamic_cast<Table*>(magic_object(id))) return t->store() != nullptr ? t : nullptr;
  } else if (id.is_box(BoxKind::ref)) {
    // A reference that has been written as text or bytes and read again.
    State& s = state();
    const Locked<LockLevel::ets_directory> locked(s.mutex);
    if (const auto it = s.by_key.find(ref_key(id)); it != s.by_key.end()) return it->second;
  }
  *is_id = false;
  return nullptr;
}

Table* Directory::add(Term name, Term owner, const Settings& settings) {
  auto* t = new Table(name, owner, settings);
  State& s = state();
  {
    const Locked<LockLevel::ets_directory> locked(s.mutex);
    if (settings.named && find_name(name) != nullptr) {
      delete t;
      return nullptr;
    }
    t->retain();
    s.by_key.emplace(t->key, t);
    if (settings.named) add_name(name, t);
  }
  Holders& h = holders_of(owner);
  const Locked<LockLevel::ets_directory> locked(h.mutex);
  h.by_pid[owner.bits].owned.insert(t);
  return t;
}

bool Directory::remove(Table& t) {
  State& s = state();
  Store* store;
  {
    const Locked<LockLevel::ets_directory> locked(s.mutex);
    store = t.store_.exchange(nullptr, std::memory_order_acq_rel);
    if (store == nullptr) return false;
    if (t.settings.named) remove_name(t.name());
    s.by_key.erase(t.key);
  }
  with_holdings(t.owner(), [&](Holdings& h) { h.owned.erase(&t); });
  dispose_store(store);
  // Whoever has just found the table may still look at it.
  retire(&t, [](void* p) { static_cast<Table*>(p)->release(); });
  return true;
}

bool Directory::rename(Table& t, Term name) {
  State& s = state();
  const Locked<LockLevel::ets_directory> locked(s.mutex);
  if (t.settings.named) {
    if (find_name(name) != nullptr) return false;
    if (t.store() == nullptr) return true;
    remove_name(t.name());
    add_name(name, &t);
  }
  t.name_.store(name.bits, std::memory_order_relaxed);
  return true;
}

bool Directory::give(Table& t, Term to) {
  const Term from = t.owner();
  {
    Holders& h = holders_of(to);
    const Locked<LockLevel::ets_directory> locked(h.mutex);
    // A process that dies from now on finds the table among its own.
    if (find_process(to) == nullptr) return false;
    h.by_pid[to.bits].owned.insert(&t);
  }
  t.owner_.store(to.bits, std::memory_order_release);
  with_holdings(from, [&](Holdings& h) { h.owned.erase(&t); });
  return true;
}

void Directory::fix(Table& t, Term pid) {
  if (!t.fix(pid)) return;
  t.retain();
  Holders& h = holders_of(pid);
  const Locked<LockLevel::ets_directory> locked(h.mutex);
  h.by_pid[pid.bits].fixed.insert(&t);
}

void Directory::unfix(Table& t, Term pid) {
  if (!t.unfix(pid)) return;
  with_holdings(pid, [&](Holdings& h) { h.fixed.erase(&t); });
  t.release();
}

Term Directory::all(Heap& h) {
  State& s = state();
  const Locked<LockLevel::ets_directory> locked(s.mutex);
  ListBuilder list(h);
  for (const auto& [key, t] : s.by_key) list.add(t->id(h));
  return list.list();
}

Directory::Totals Directory::totals() {
  State& s = state();
  const Locked<LockLevel::ets_directory> locked(s.mutex);
  Totals all;
  for (const auto& [key, t] : s.by_key) {
    all.words += sizeof(Table) / sizeof(Word);
    ++all.objects;
    const Store* store = t->store();
    if (store == nullptr) continue;
    all.words += store->words();
    all.objects += store->count();
  }
  return all;
}

void Directory::process_exits(Process& p) {
  Holdings held;
  {
    Holders& h = holders_of(p.pid);
    const Locked<LockLevel::ets_directory> locked(h.mutex);
    const auto it = h.by_pid.find(p.pid.bits);
    if (it == h.by_pid.end()) return;
    held = std::move(it->second);
    h.by_pid.erase(it);
  }
  for (Table* t : held.fixed) {
    t->unfix(p.pid, true);
    t->release();
  }
  for (Table* t : held.owned)
    if (!pass_to_heir(p, *t)) remove(*t);
}

void init_tables() { add_exit_hook(Directory::process_exits); }

}  // namespace joist::ets
