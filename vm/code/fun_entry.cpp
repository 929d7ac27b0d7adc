// fun_entry.cpp -- the table of lambdas: FunIdentity without the name -> FunEntry, never freed.
#include <array>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "vm/base/lock.hpp"
#include "vm/code/module.hpp"

namespace joist {

const Word* undefined_lambda_code = nullptr;

namespace {

struct Key {
  Term module;
  std::uint32_t index, old_index, old_uniq, arity, free_count;
  std::array<std::uint8_t, 16> uniq;
  friend bool operator==(const Key&, const Key&) = default;
};
struct KeyHash {
  std::size_t operator()(const Key& k) const {
    std::uint64_t digest;
    std::memcpy(&digest, k.uniq.data(), 8);
    return digest ^ k.module.bits * 0x9e3779b97f4a7c15 ^ Word { k.index } << 32;
  }
};

struct Table {
  Mutex<LockLevel::fun_table> mutex;
  std::deque<FunEntry> entries;  // never moved
  std::unordered_map<Key, FunEntry*, KeyHash> by_key;
};
Table& table() {
  static Table t;
  return t;
}

}  // namespace

FunEntry* find_or_make_fun_entry(const FunIdentity& id) {
  Key key{id.module, id.index, id.old_index, id.old_uniq, id.arity, id.free_count, {}};
  std::memcpy(key.uniq.data(), id.uniq, 16);
  Table& t = table();
  const Locked<LockLevel::fun_table> lock(t.mutex);
  FunEntry*& slot = t.by_key[key];
  if (slot != nullptr) return slot;
  FunEntry& e = t.entries.emplace_back();
  e.address.store(undefined_lambda_code, std::memory_order_relaxed);
  e.module = id.module;
  e.function = id.function;
  e.arity = id.arity;
  e.free_count = id.free_count;
  e.index = id.index;
  e.old_index = id.old_index;
  e.old_uniq = id.old_uniq;
  std::memcpy(e.uniq, id.uniq, 16);
  e.instance = nullptr;
  slot = &e;
  return slot;
}

}  // namespace joist
