#include "vm/code/export.hpp"

#include <deque>
#include <memory>

#include "vm/base/lock.hpp"

namespace joist {

StubHandlers stub_handlers;
std::atomic<bool> bifs_are_traced{false};
std::atomic<bool> setelement_is_called{false};

namespace {

// Open addressing; entries are only ever added, so a reader needs no lock. When it is full, a larger index
// takes its place and the old one stays for those who still read it (all old ones together are smaller than
// the new).
struct Index {
  explicit Index(std::size_t capacity) : mask(capacity - 1), slots(new std::atomic<Export*>[capacity]()) {}
  std::size_t mask;
  std::unique_ptr<std::atomic<Export*>[]> slots;
};

std::size_t hash_of(Term module, Term function, std::uint32_t arity) {
  const std::uint64_t h =
      (Word{module.atom_index()} * 0x9e3779b97f4a7c15 ^ Word{function.atom_index()}) * 0xbf58476d1ce4e5b9 +
      arity;
  return static_cast<std::size_t>(h ^ h >> 29);
}

struct Table {
  Mutex<LockLevel::export_table> mutex;
  std::deque<Export> exports;  // never moved
  std::deque<std::unique_ptr<Index>> indexes;
  std::atomic<Index*> current;
  std::deque<BifInfo> bifs;
  Table() {
    indexes.push_back(std::make_unique<Index>(1 << 14));
    current = indexes.back().get();
  }
};
Table& table() {
  static Table t;
  return t;
}

Export* lookup(const Index& index, Term module, Term function, std::uint32_t arity) {
  for (std::size_t i = hash_of(module, function, arity);; ++i) {
    Export* e = index.slots[i & index.mask].load(std::memory_order_acquire);
    if (e == nullptr || (e->module == module && e->function == function && e->arity == arity)) return e;
  }
}

void insert(Index& index, Export* e) {
  for (std::size_t i = hash_of(e->module, e->function, e->arity);; ++i) {
    auto& slot = index.slots[i & index.mask];
    if (slot.load(std::memory_order_relaxed) != nullptr) continue;
    slot.store(e, std::memory_order_release);
    return;
  }
}

}  // namespace

Export* find_export(Term module, Term function, std::uint32_t arity) {
  return lookup(*table().current.load(std::memory_order_acquire), module, function, arity);
}

Export* find_or_make_export(Term module, Term function, std::uint32_t arity) {
  if (Export* e = find_export(module, function, arity)) return e;
  Table& t = table();
  const Locked<LockLevel::export_table> lock(t.mutex);
  Index* index = t.current.load(std::memory_order_relaxed);
  if (Export* e = lookup(*index, module, function, arity)) return e;
  Export& e = t.exports.emplace_back();
  e.module = module;
  e.function = function;
  e.arity = arity;
  e.bif = -1;
  reset_to_stub(e);
  if (t.exports.size() * 2 > index->mask) {
    auto larger = std::make_unique<Index>((index->mask + 1) * 2);
    for (Export& old : t.exports) insert(*larger, &old);
    t.current.store(larger.get(), std::memory_order_release);
    t.indexes.push_back(std::move(larger));
  } else {
    insert(*index, &e);
  }
  return &e;
}

void reset_to_stub(Export& e) {
  const BifInfo* bif = e.bif >= 0 ? &bif_info(e.bif) : nullptr;
  e.stub[0] = bif == nullptr                  ? stub_handlers.call_error_handler
              : bif->dirty == DirtyKind::none ? stub_handlers.call_bif
                                              : stub_handlers.call_dirty_bif;
  e.stub[1] = reinterpret_cast<Word>(&e);
  e.stub[2] = bif == nullptr ? 0 : reinterpret_cast<Word>(bif->run);
  e.address.store(e.stub, std::memory_order_release);
}

bool is_callable(const Export& e) {
  return e.bif >= 0 || e.address.load(std::memory_order_acquire) != e.stub;
}

std::vector<Export*> all_exports() {
  Table& t = table();
  const Locked<LockLevel::export_table> lock(t.mutex);
  std::vector<Export*> all;
  all.reserve(t.exports.size());
  for (Export& e : t.exports) all.push_back(&e);
  return all;
}

std::vector<Export*> exports_of(Term module) {
  Table& t = table();
  const Locked<LockLevel::export_table> lock(t.mutex);
  std::vector<Export*> found;
  for (Export& e : t.exports)
    if (e.module == module && is_callable(e)) found.push_back(&e);
  return found;
}

void register_bif(const BifInfo& info) {
  Export* e = find_or_make_export(info.module, info.function, info.arity);
  Table& t = table();
  e->bif = static_cast<std::int32_t>(t.bifs.size());
  t.bifs.push_back(info);
  t.bifs.back().exported = e;
  reset_to_stub(*e);
}

const BifInfo& bif_info(std::int32_t index) { return table().bifs[static_cast<std::size_t>(index)]; }
std::size_t bif_count() { return table().bifs.size(); }

}  // namespace joist
