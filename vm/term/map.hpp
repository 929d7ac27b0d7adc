// map.hpp -- maps: flat with sorted keys up to kMaxFlatMap, above that a hash array mapped trie (HAMT).
// All functions are persistent: they never change an existing map. Flat maps that differ in values only share
// their tuple of keys.
//
// HAMT: a node has up to 16 children, told apart by four bits of the key's hash, the lowest bits at the root.
// A child is a leaf (cons of key and value) or a node. After 8 levels the hash is used up: levels 8-15 go by
// internal_hash_salted(key, 1), and so on. A node other than the root never has a single leaf below it, so
// equal maps have the same shape.
#pragma once
#include <span>

#include "vm/term/heap.hpp"

namespace joist {

constexpr std::size_t kMaxFlatMap = 32;

class FlatMap {  // header, keys tuple, values in key order
 public:
  static std::optional<FlatMap> from(Term t) {
    return t.is_box(BoxKind::flat_map) ? std::optional(FlatMap(t)) : std::nullopt;
  }
  static FlatMap of(Term t) { return FlatMap(t); }
  std::size_t size() const { return header_words(t_.header()) - 1; }
  Tuple keys() const { return Tuple::of({t_.box_words()[1]}); }
  Term* values() const { return reinterpret_cast<Term*>(t_.box_words() + 2); }
  Term term() const { return t_; }

 private:
  explicit FlatMap(Term t) : t_(t) {}
  Term t_;
};

std::size_t map_size(Term map);
// The value, or none().
Term map_get(Term map, Term key);
// With the key's internal_hash already known (literal keys: the loader computes it once).
Term map_get_hashed(Term map, Term key, std::uint32_t hash);
Term map_put(Heap& h, Term map, Term key, Term value);
// none() if the key is missing.
Term map_update(Heap& h, Term map, Term key, Term value);
// The map without `key` (the same term if absent); `*removed` = the value or none().
Term map_remove(Heap& h, Term map, Term key, Term* removed = nullptr);
Term map_merge(Heap& h, Term first, Term second);  // keys of `second` win
// From n key/value pairs (k0,v0,k1,v1,...), later duplicates win.
Term map_from_pairs(Heap& h, std::span<const Term> pairs);
Term make_empty_map(Heap& h);
// A flat map over an existing tuple of keys, sorted and distinct, with the values in the same order.
Term make_flat_map(Heap& h, Term keys, std::span<const Term> values);
// put_map_assoc / put_map_exact: several pairs at once. exact: none() and *missing_key if a key is absent.
Term map_put_all(Heap& h, Term map, std::span<const Term> pairs);
Term map_update_all(Heap& h, Term map, std::span<const Term> pairs, Term* missing_key);

// Walks a map without heap memory. OTP lists small maps in key order; large ones in one order for
// maps:to_list/1, keys/1, values/1 and term_to_binary/1 (`listing`), and in the opposite one for maps:next/1
// and printing.
enum class MapOrder : std::uint8_t { listing, next };

class MapIterator {
 public:
  explicit MapIterator(Term map, MapOrder order = MapOrder::listing);
  bool next(Term* key, Term* value);

 private:
  struct Level {
    const Word* children;
    std::uint32_t position, count;  // of `count` children, the first `position` have been walked
  };
  bool next_leaf(Term* key, Term* value);

  static constexpr std::size_t kMaxDepth = 64;
  Term map_;
  MapOrder order_;
  std::size_t index_ = 0;  // flat maps
  std::size_t depth_ = 0;  // HAMT
  Level path_[kMaxDepth];
};

}  // namespace joist
