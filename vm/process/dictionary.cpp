#include "vm/process/dictionary.hpp"

#include <utility>

#include "gc/process_heap.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"

namespace joist {
namespace {

// Atoms and small integers are by far the most usual keys.
std::uint32_t hash_of(Term key) {
  if (key.is_immediate()) return static_cast<std::uint32_t>((key.bits * 0x9e3779b97f4a7c15u) >> 32);
  return internal_hash(key);
}

}  // namespace

std::size_t Dictionary::find(Term key, std::uint32_t hash) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t i = hash & mask;
  while (!entries_[i].key.is_none() && !(entries_[i].hash == hash && equal_exact(entries_[i].key, key)))
    i = (i + 1) & mask;
  return i;
}

void Dictionary::grow() {
  std::vector<Entry> old(entries_.empty() ? 8 : entries_.size() * 2);
  old.swap(entries_);
  for (const Entry& e : old)
    if (!e.key.is_none()) entries_[find(e.key, e.hash)] = e;
}

Term Dictionary::get(Term key) const {
  if (used_ == 0) return Term::none();
  return entries_[find(key, hash_of(key))].value;
}

Term Dictionary::put(Term key, Term value) {
  if ((used_ + 1) * 4 > entries_.size() * 3) grow();
  const std::uint32_t hash = hash_of(key);
  Entry& e = entries_[find(key, hash)];
  if (e.key.is_none()) {
    e.key = key;
    e.hash = hash;
    ++used_;
  }
  return std::exchange(e.value, value);
}

Term Dictionary::erase(Term key) {
  if (used_ == 0) return Term::none();
  const std::size_t mask = entries_.size() - 1;
  std::size_t hole = find(key, hash_of(key));
  if (entries_[hole].key.is_none()) return Term::none();
  const Term old = entries_[hole].value;
  // Closes the gap: moves back each follower that may stand nearer to its own place.
  for (std::size_t i = (hole + 1) & mask; !entries_[i].key.is_none(); i = (i + 1) & mask) {
    const std::size_t home = entries_[i].hash & mask;
    if (((i - home) & mask) >= ((i - hole) & mask)) {
      entries_[hole] = entries_[i];
      hole = i;
    }
  }
  entries_[hole] = Entry{};
  --used_;
  return old;
}

void Dictionary::clear() {
  entries_.clear();
  used_ = 0;
}

void Dictionary::visit_roots(RootVisitor& v) {
  for (Entry& e : entries_) {
    if (e.key.is_pointer()) v.visit(e.key);
    if (e.value.is_pointer()) v.visit(e.value);
  }
}

}  // namespace joist
