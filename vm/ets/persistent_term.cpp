#include "vm/ets/persistent_term.hpp"

#include <atomic>
#include <bit>
#include <memory>
#include <unordered_map>

#include "gc/copy.hpp"
#include "gc/literal.hpp"
#include "vm/base/lock.hpp"
#include "vm/code/literal_release.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"

namespace joist::persistent_terms {

namespace {

// Open addressing. A slot holds a {Key, Value} tuple, kEmpty or kErased; it never becomes empty again.
// Readers may hold on to an outgrown table, so those are kept: together they are smaller than the present
// one.
constexpr Word kEmpty = 0, kErased = 8;

struct Table {
  explicit Table(std::size_t capacity) : mask(capacity - 1), slots(new std::atomic<Word>[capacity] {}) {}
  const std::size_t mask;
  const std::unique_ptr<std::atomic<Word>[]> slots;
  Table* outgrown = nullptr;
};

struct State {
  Mutex<LockLevel::persistent_term> mutex;
  std::atomic<Table*> table{new Table(64)};
  std::size_t used = 0;  // slots that are not empty
  std::atomic<std::size_t> count{0}, words{0};
  std::unordered_map<Word, std::unique_ptr<LiteralArea>> areas;  // of each entry
};
State& state() {
  static State* s = new State;  // never destroyed: other threads may read while the program ends
  return *s;
}

bool is_entry(Word w) { return w != kEmpty && w != kErased; }
Tuple entry_of(Word w) { return Tuple::of({w}); }

// The slot of `key`, or the empty one that ends the search for it.
std::atomic<Word>& find_slot(const Table& t, Term key) {
  for (std::size_t i = internal_hash(key);; ++i) {
    std::atomic<Word>& slot = t.slots[i & t.mask];
    const Word w = slot.load(std::memory_order_acquire);
    if (w == kEmpty || (is_entry(w) && equal_exact(entry_of(w)[0], key))) return slot;
  }
}

void grow(State& s, const Locked<LockLevel::persistent_term>&) {
  Table* old = s.table.load(std::memory_order_relaxed);
  auto* larger = new Table(std::bit_ceil(std::max<std::size_t>(64, s.count * 4)));
  s.used = 0;
  for (std::size_t i = 0; i <= old->mask; ++i) {
    const Word w = old->slots[i].load(std::memory_order_relaxed);
    if (!is_entry(w)) continue;
    find_slot(*larger, entry_of(w)[0]).store(w, std::memory_order_relaxed);
    ++s.used;
  }
  larger->outgrown = old;
  s.table.store(larger, std::memory_order_release);
}

}  // namespace

Term get(Term key) {
  const Word w =
      find_slot(*state().table.load(std::memory_order_acquire), key).load(std::memory_order_acquire);
  return is_entry(w) ? entry_of(w)[1] : Term::none();
}

namespace {

using Area = std::unique_ptr<LiteralArea>;

// Takes the memory of an entry out of the books.
Area drop(State& s, Word entry, const Locked<LockLevel::persistent_term>&) {
  const Tuple e = entry_of(entry);
  s.words -= 3 + flat_size_with_literals(e[0]) + flat_size_with_literals(e[1]);
  auto node = s.areas.extract(entry);
  return std::move(node.mapped());
}

// Returns what the old value lay in.
Area exchange(Term key, Term value) {
  State& s = state();
  Area gone;
  const Locked<LockLevel::persistent_term> locked(s.mutex);
  std::atomic<Word>* slot = &find_slot(*s.table.load(std::memory_order_relaxed), key);
  const Word before = slot->load(std::memory_order_relaxed);
  if (is_entry(before) && equal_exact(entry_of(before)[1], value)) return nullptr;
  const std::size_t words = 3 + flat_size_with_literals(key) + flat_size_with_literals(value);
  auto area = std::make_unique<LiteralArea>(words);
  const Term key_copy = copy_with_literals(*area, key);
  const Term entry = make_tuple(*area, key_copy, copy_with_literals(*area, value));
  s.areas.emplace(entry.bits, std::move(area));
  s.words += words;
  if (!is_entry(before)) {
    if ((s.used + 1) * 2 > s.table.load(std::memory_order_relaxed)->mask) {
      grow(s, locked);
      slot = &find_slot(*s.table.load(std::memory_order_relaxed), key);
    }
    ++s.used;
    ++s.count;
  } else {
    gone = drop(s, before, locked);
  }
  slot->store(entry.bits, std::memory_order_release);
  return gone;
}

}  // namespace

void put(Term key, Term value) { release_literals(exchange(key, value)); }

bool erase(Term key) {
  State& s = state();
  Area gone;
  {
    const Locked<LockLevel::persistent_term> locked(s.mutex);
    std::atomic<Word>& slot = find_slot(*s.table.load(std::memory_order_relaxed), key);
    const Word w = slot.load(std::memory_order_relaxed);
    if (!is_entry(w)) return false;
    gone = drop(s, w, locked);
    --s.count;
    slot.store(kErased, std::memory_order_release);
  }
  release_literals(std::move(gone));
  return true;
}

void erase_all() {
  for (const Term entry : all()) erase(Tuple::of(entry)[0]);
}

std::vector<Term> all() {
  std::vector<Term> entries;
  const Table& t = *state().table.load(std::memory_order_acquire);
  for (std::size_t i = 0; i <= t.mask; ++i)
    if (const Word w = t.slots[i].load(std::memory_order_acquire); is_entry(w)) entries.push_back({w});
  return entries;
}

std::size_t count() { return state().count; }
std::size_t memory_bytes() { return state().words * sizeof(Word); }

}  // namespace joist::persistent_terms
