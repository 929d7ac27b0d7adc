// Slots of the process table: slot = number of the pid modulo the table's size. Numbers only count up, so a
// pid is reused never; a slot whose process still lives is skipped.
#include "vm/process/table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <set>

#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/base/lock.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/identifier.hpp"

namespace joist {
namespace {

template <class T>
std::atomic<T>* zeroed_array(std::size_t n) {
  // Untouched pages cost nothing.
  void* p = mmap(nullptr, n * sizeof(std::atomic<T>), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(p != MAP_FAILED, "no memory for a table");
  return static_cast<std::atomic<T>*>(p);
}

std::atomic<Process*>* slots = nullptr;
std::size_t table_size = 0;
std::atomic<Word> next_number{0};
std::atomic<bool> went_back{false};  // numbers have been set by a test
// How many slots are taken, and, in the upper half, by how many processes that exit.
std::atomic<std::size_t> taken{0};
constexpr std::size_t kOneExits = std::size_t{1} << 32;
std::size_t slots_of(std::size_t n) { return n & (kOneExits - 1); }

constexpr std::uint32_t kGone = Process::kExiting | Process::kFree;

Mutex<LockLevel::registry> registry_mutex;
std::atomic<Word>* names = nullptr;  // by atom index; 0: not registered, else the bits of a pid or port
std::set<std::uint32_t> registered;  // under the lock: indices of the atoms in use

}  // namespace

void init_process_table(std::size_t limit) {
  require(limit != 0 && (limit & (limit - 1)) == 0, "the process limit is a power of two");
  if (slots != nullptr) munmap(slots, table_size * sizeof(*slots));
  slots = zeroed_array<Process*>(limit);
  table_size = limit;
  next_number = 0;
  taken = 0;
  if (names == nullptr) names = zeroed_array<Word>(flags.atom_limit);
}

std::size_t process_limit() { return table_size; }

Process* find_process(Term local_pid) {
  const Word number = local_pid.pid_data();
  Process* p = slots[number & (table_size - 1)].load(std::memory_order_acquire);
  if (p == nullptr || p->pid != local_pid || p->has_state(kGone)) return nullptr;
  return p;
}

Process* new_process(const HeapLimits& limits) {
  if (slots_of(taken.fetch_add(1, std::memory_order_relaxed)) >= table_size) {
    taken.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  // There is a free slot, but others may take the one that this thread finds: numbers are tried in order.
  for (;;) {
    const Word number = next_number.fetch_add(1, std::memory_order_relaxed);
    std::atomic<Process*>& slot = slots[number & (table_size - 1)];
    if (slot.load(std::memory_order_relaxed) != nullptr) continue;
    const Term pid = Term::pid(number);
    auto* p = new Process(pid, limits);
    p->state.store(Process::kStarting | Process::kRunning, std::memory_order_relaxed);
    Process* expected = nullptr;
    if (slot.compare_exchange_strong(expected, p, std::memory_order_acq_rel)) return p;
    delete p;
  }
}

void set_exiting(Process& p) {
  const std::uint32_t before = p.state.fetch_or(Process::kExiting, std::memory_order_acq_rel);
  if ((before & Process::kExiting) == 0) taken.fetch_add(kOneExits, std::memory_order_relaxed);
}

void remove_process(Process& p) {
  const std::uint32_t before = p.state.fetch_or(Process::kFree, std::memory_order_acq_rel);
  std::atomic<Process*>& slot = slots[p.pid.pid_data() & (table_size - 1)];
  check(slot.load(std::memory_order_relaxed) == &p, "a process leaves the table that was not in it");
  slot.store(nullptr, std::memory_order_release);
  taken.fetch_sub((before & Process::kExiting) != 0 ? 1 + kOneExits : 1, std::memory_order_relaxed);
}

std::size_t process_count() {
  const std::size_t n = taken.load(std::memory_order_relaxed);
  return slots_of(n) - n / kOneExits;
}

std::vector<Term> all_pids() {
  std::vector<Term> pids;
  pids.reserve(process_count() + 8);
  const Word next = next_number.load(std::memory_order_relaxed);
  const std::size_t used = went_back.load() ? table_size : std::min<std::size_t>(table_size, next);
  for (std::size_t i = 0; i < used; ++i) {
    Process* p = slots[i].load(std::memory_order_acquire);
    if (p != nullptr && !p->has_state(kGone)) pids.push_back(p->pid);
  }
  std::sort(pids.begin(), pids.end(), [](Term a, Term b) { return a.pid_data() < b.pid_data(); });
  return pids;
}

Word next_process_number() { return next_number.load(); }
Word set_next_process_number(Word n) {
  went_back = true;
  next_number = n;
  return n;
}

Registering register_name(Term name, Term pid) {
  Locked<LockLevel::registry> lock(registry_mutex);
  Process* p = find_process(pid);
  if (p == nullptr) return Registering::not_alive;
  if (!p->registered_name.is_none()) return Registering::has_name;
  if (names[name.atom_index()].load(std::memory_order_relaxed) != 0) return Registering::taken;
  p->registered_name = name;
  if (is_traced(*p, kTraceProcs)) trace_event(*p, kTraceProcs, am::register_, name);
  names[name.atom_index()].store(pid.bits, std::memory_order_release);
  registered.insert(name.atom_index());
  return Registering::ok;
}

bool register_port_name(Term name, Term port) {
  Locked<LockLevel::registry> lock(registry_mutex);
  if (names[name.atom_index()].load(std::memory_order_relaxed) != 0) return false;
  names[name.atom_index()].store(port.bits, std::memory_order_release);
  registered.insert(name.atom_index());
  return true;
}

bool unregister_name(Term name) {
  Locked<LockLevel::registry> lock(registry_mutex);
  const Term who{names[name.atom_index()].exchange(0, std::memory_order_acq_rel)};
  if (who.bits == 0) return false;
  registered.erase(name.atom_index());
  if (who.is_local_pid()) {
    // An exiting process takes its own name out; it is still in its slot then.
    Process* p = slots[who.pid_data() & (table_size - 1)].load(std::memory_order_acquire);
    if (p != nullptr && p->pid == who) {
      p->registered_name = Term::none();
      if (is_traced(*p, kTraceProcs)) trace_event(*p, kTraceProcs, am::unregister, name);
    }
  }
  if (who.is_local_port()) port_hooks.unnamed(who);
  return true;
}

void unregister_port_name(Term name, Term port) {
  Locked<LockLevel::registry> lock(registry_mutex);
  Word expected = port.bits;
  if (names[name.atom_index()].compare_exchange_strong(expected, 0)) registered.erase(name.atom_index());
}

Term registered_name_of(Process& p) {
  Locked<LockLevel::registry> lock(registry_mutex);
  return p.registered_name;
}

Term whereis_name(Term name) {
  const Term who{names[name.atom_index()].load(std::memory_order_acquire)};
  return who.bits == 0 ? Term::none() : who;
}

std::vector<Term> registered_names() {
  Locked<LockLevel::registry> lock(registry_mutex);
  std::vector<Term> all;
  for (std::uint32_t index : registered) all.push_back(Term::atom(index));
  return all;
}

}  // namespace joist
