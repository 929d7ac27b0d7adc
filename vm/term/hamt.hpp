// hamt.hpp -- maps above kMaxFlatMap; for map.cpp only, which decides between these and flat maps. The
// structure is told in map.hpp.
#pragma once
#include "vm/term/map.hpp"

namespace joist::detail {

// A node or the root, by its header word.
struct TrieNode {
  const Word* words;
  explicit TrieNode(Term t) : words(t.box_words()) {}
  bool is_root() const { return header_kind(words[0]) == BoxKind::hash_map; }
  std::uint32_t bitmap() const { return header_aux(words[0]); }
  const Term* children() const { return reinterpret_cast<const Term*>(words + (is_root() ? 2 : 1)); }
  std::size_t child_count() const { return header_words(words[0]) - is_root(); }
};

inline std::size_t root_size(Term root) {
  return static_cast<std::size_t>(Term{root.box_words()[1]}.small_value());
}

Term hamt_get(Term map, Term key, std::uint32_t hash);

enum class Put { always, only_existing, only_new };
enum class Outcome { unchanged, replaced, added, missing };
Term hamt_put(Heap& h, Term map, Term key, Term value, Put mode, Outcome* outcome);
// Flat if kMaxFlatMap keys remain. `*removed` is written if the key was there.
Term hamt_remove(Heap& h, Term map, Term key, Term* removed);
Term hamt_merge(Heap& h, Term a, Term b);
// From n pairs, of which later ones win; flat if there are few enough distinct keys.
Term hamt_from_pairs(Heap& h, const Term* pairs, std::size_t n);

}  // namespace joist::detail
