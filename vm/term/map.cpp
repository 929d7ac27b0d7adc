#include "vm/term/map.hpp"

#include <bit>
#include <vector>

#include "vm/term/compare.hpp"
#include "vm/term/flat_map.hpp"
#include "vm/term/hamt.hpp"
#include "vm/term/hash.hpp"

namespace joist {

using namespace detail;

namespace {

constexpr std::size_t kNotFound = SIZE_MAX;

std::size_t find_word(const Term* keys, std::size_t n, Term key) {
  std::size_t i = 0;
  // In larger maps four at a time, without a branch for each.
  for (; n > 8 && i + 4 <= n; i += 4) {
    const unsigned found = unsigned{keys[i] == key} | unsigned{keys[i + 1] == key} << 1 |
                           unsigned{keys[i + 2] == key} << 2 | unsigned{keys[i + 3] == key} << 3;
    if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found));
  }
  for (; i < n; ++i)
    if (keys[i] == key) return i;
  return kNotFound;
}

// Most keys that are not immediates are short binaries; they differ in size or in their first bytes.
std::size_t find_heap_bits(const Term* keys, std::size_t n, Term key) {
  const Word* w = key.box_words();
  const std::size_t words = 1 + header_words(w[0]);
  for (std::size_t i = 0; i < n; ++i) {
    if (!keys[i].is_boxed()) continue;
    const Word* k = keys[i].box_words();
    if (k[0] == w[0]) {
      if (k[1] != w[1] || (words > 2 && k[2] != w[2])) continue;
      if (std::memcmp(k, w, words * sizeof(Word)) == 0) return i;
    } else if (header_kind(k[0]) == BoxKind::sub_bits && equal_exact(keys[i], key)) {
      return i;
    }
  }
  return kNotFound;
}

std::size_t find_key(const Term* keys, std::size_t n, Term key) {
  if (key.is_immediate()) return find_word(keys, n, key);
  if (key.is_boxed() && key.box_kind() == BoxKind::heap_bits) return find_heap_bits(keys, n, key);
  for (std::size_t i = 0; i < n; ++i)
    if (equal_exact(keys[i], key)) return i;
  return kNotFound;
}

Term flat_replace(Heap& h, FlatMap map, std::size_t at, Term value) {
  Term result;
  Word* values = start_flat(h, map.keys().term(), map.size(), &result);
  copy_terms(values, map.values(), map.size());
  values[at] = value.bits;
  return result;
}

Term flat_insert(Heap& h, FlatMap map, Term key, Term value) {
  const std::size_t n = map.size();
  const Term* old_keys = map.keys().elements();
  const std::size_t at = insertion_point(old_keys, n, key);
  Term key_tuple, result;
  Word* keys = start_keys(h, n + 1, &key_tuple);
  copy_terms(keys, old_keys, at);
  keys[at] = key.bits;
  copy_terms(keys + at + 1, old_keys + at, n - at);
  Word* values = start_flat(h, key_tuple, n + 1, &result);
  copy_terms(values, map.values(), at);
  values[at] = value.bits;
  copy_terms(values + at + 1, map.values() + at, n - at);
  return result;
}

Term flat_remove(Heap& h, FlatMap map, std::size_t at) {
  const std::size_t n = map.size();
  Term key_tuple, result;
  Word* keys = start_keys(h, n - 1, &key_tuple);
  copy_terms(keys, map.keys().elements(), at);
  copy_terms(keys + at, map.keys().elements() + at + 1, n - at - 1);
  Word* values = start_flat(h, key_tuple, n - 1, &result);
  copy_terms(values, map.values(), at);
  copy_terms(values + at, map.values() + at + 1, n - at - 1);
  return result;
}

Term flat_to_hash(Heap& h, const Term* keys, const Term* values, std::size_t n,
                  std::span<const Term> more = {}) {
  std::vector<Term> pairs;
  pairs.reserve(2 * n + more.size());
  for (std::size_t i = 0; i < n; ++i) pairs.insert(pairs.end(), {keys[i], values[i]});
  pairs.insert(pairs.end(), more.begin(), more.end());
  return hamt_from_pairs(h, pairs.data(), pairs.size() / 2);
}

Term flat_merge(Heap& h, FlatMap a, FlatMap b) {
  const std::size_t n = a.size(), m = b.size();
  if (m == 0) return a.term();
  if (n == 0 || a.keys().term() == b.keys().term()) return b.term();
  const Term *a_keys = a.keys().elements(), *b_keys = b.keys().elements();
  std::array<Term, 2 * kMaxFlatMap> keys, values;
  std::size_t i = 0, j = 0, count = 0;
  while (i < n || j < m) {
    const int order = i == n ? 1 : j == m ? -1 : compare_keys(a_keys[i], b_keys[j]);
    keys[count] = order < 0 ? a_keys[i] : b_keys[j];
    values[count++] = order < 0 ? a.values()[i] : b.values()[j];
    i += order <= 0;
    j += order >= 0;
  }
  if (count == m) return b.term();
  if (count > kMaxFlatMap) return flat_to_hash(h, keys.data(), values.data(), count);
  Term key_tuple = a.keys().term(), result;
  if (count != n) copy_terms(start_keys(h, count, &key_tuple), keys.data(), count);
  copy_terms(start_flat(h, key_tuple, count, &result), values.data(), count);
  return result;
}

}  // namespace

// ---- the interface ------------------------------------------------------------------------------------

std::size_t map_size(Term map) {
  const auto flat = FlatMap::from(map);
  return flat ? flat->size() : root_size(map);
}

Term map_get(Term map, Term key) {
  if (const auto flat = FlatMap::from(map)) {
    const std::size_t i = find_key(flat->keys().elements(), flat->size(), key);
    return i != kNotFound ? flat->values()[i] : Term::none();
  }
  return hamt_get(map, key, internal_hash(key));
}

Term map_get_hashed(Term map, Term key, std::uint32_t hash) {
  return map.box_kind() == BoxKind::flat_map ? map_get(map, key) : hamt_get(map, key, hash);
}

Term map_put(Heap& h, Term map, Term key, Term value) {
  if (const auto flat = FlatMap::from(map)) {
    const std::size_t n = flat->size();
    const std::size_t i = find_key(flat->keys().elements(), n, key);
    if (i != kNotFound) return flat->values()[i] == value ? map : flat_replace(h, *flat, i, value);
    if (n < kMaxFlatMap) return flat_insert(h, *flat, key, value);
    const Term more[] = {key, value};
    return flat_to_hash(h, flat->keys().elements(), flat->values(), n, more);
  }
  Outcome outcome;
  return hamt_put(h, map, key, value, Put::always, &outcome);
}

Term map_update(Heap& h, Term map, Term key, Term value) {
  if (const auto flat = FlatMap::from(map)) {
    const std::size_t i = find_key(flat->keys().elements(), flat->size(), key);
    if (i == kNotFound) return Term::none();
    return flat->values()[i] == value ? map : flat_replace(h, *flat, i, value);
  }
  Outcome outcome;
  const Term result = hamt_put(h, map, key, value, Put::only_existing, &outcome);
  return outcome == Outcome::missing ? Term::none() : result;
}

Term map_remove(Heap& h, Term map, Term key, Term* removed) {
  Term ignored;
  if (removed == nullptr) removed = &ignored;
  *removed = Term::none();
  if (const auto flat = FlatMap::from(map)) {
    const std::size_t i = find_key(flat->keys().elements(), flat->size(), key);
    if (i == kNotFound) return map;
    *removed = flat->values()[i];
    return flat_remove(h, *flat, i);
  }
  return hamt_remove(h, map, key, removed);
}

Term map_merge(Heap& h, Term first, Term second) {
  const auto a = FlatMap::from(first), b = FlatMap::from(second);
  if (a && b) return flat_merge(h, *a, *b);
  if (!a && !b) return hamt_merge(h, first, second);
  Term result = a ? second : first;
  const FlatMap small = a ? *a : *b;
  Outcome outcome;
  for (std::size_t i = 0; i < small.size(); ++i)
    result =
        hamt_put(h, result, small.keys()[i], small.values()[i], a ? Put::only_new : Put::always, &outcome);
  return result;
}

Term map_from_pairs(Heap& h, std::span<const Term> pairs) {
  const std::size_t n = pairs.size() / 2;
  if (n > kMaxFlatMap) return hamt_from_pairs(h, pairs.data(), n);
  FlatBuilder flat;
  for (std::size_t i = 0; i < n; ++i) flat.add(pairs[2 * i], pairs[2 * i + 1]);
  return flat.build(h);
}

Term make_empty_map(Heap& h) { return FlatBuilder().build(h); }

Term make_flat_map(Heap& h, Term keys, std::span<const Term> values) {
  Term map;
  copy_terms(start_flat(h, keys, values.size(), &map), values.data(), values.size());
  return map;
}

Term map_put_all(Heap& h, Term map, std::span<const Term> pairs) {
  const auto flat = FlatMap::from(map);
  if (!flat) {
    for (std::size_t i = 0; i < pairs.size(); i += 2) map = map_put(h, map, pairs[i], pairs[i + 1]);
    return map;
  }
  const std::size_t n = flat->size();
  const Term* keys = flat->keys().elements();
  std::array<Term, kMaxFlatMap> values;
  std::copy(flat->values(), flat->values() + n, values.begin());
  std::size_t added = 0;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const std::size_t at = find_key(keys, n, pairs[i]);
    if (at != kNotFound)
      values[at] = pairs[i + 1];
    else
      ++added;
  }
  if (added == 0) return make_flat_map(h, flat->keys().term(), {values.data(), n});
  if (n + added > kMaxFlatMap) {  // of keys that are given twice, the last one stays: all pairs as they are
    return flat_to_hash(h, keys, values.data(), n, pairs);
  }
  FlatBuilder result;
  for (std::size_t i = 0; i < n; ++i) result.add(keys[i], values[i]);
  for (std::size_t i = 0; i < pairs.size(); i += 2) result.add(pairs[i], pairs[i + 1]);
  return result.build(h);
}

namespace {

// OTP: the loader sorts the keys of an update, so of several missing ones the first in key order is reported.
Term first_missing_key(Term map, std::span<const Term> pairs) {
  Term first = Term::none();
  for (std::size_t i = 0; i < pairs.size(); i += 2)
    if (map_get(map, pairs[i]).is_none() && (first.is_none() || compare_keys(pairs[i], first) < 0))
      first = pairs[i];
  return first;
}

}  // namespace

Term map_update_all(Heap& h, Term map, std::span<const Term> pairs, Term* missing_key) {
  if (const auto flat = FlatMap::from(map)) {
    const std::size_t n = flat->size();
    std::array<Term, kMaxFlatMap> values;
    std::copy(flat->values(), flat->values() + n, values.begin());
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      const std::size_t at = find_key(flat->keys().elements(), n, pairs[i]);
      if (at == kNotFound) return *missing_key = first_missing_key(map, pairs), Term::none();
      values[at] = pairs[i + 1];
    }
    return make_flat_map(h, flat->keys().term(), {values.data(), n});
  }
  Term updated = map;
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    updated = map_update(h, updated, pairs[i], pairs[i + 1]);
    if (updated.is_none()) return *missing_key = first_missing_key(map, pairs), Term::none();
  }
  return updated;
}

MapIterator::MapIterator(Term map, MapOrder order) : map_(map), order_(order) {
  if (map.is_box(BoxKind::flat_map)) return;
  const TrieNode root(map);
  path_[depth_++] = {root.words + 2, 0, static_cast<std::uint32_t>(root.child_count())};
}

bool MapIterator::next(Term* key, Term* value) {
  if (const auto flat = FlatMap::from(map_)) {
    if (index_ == flat->size()) return false;
    *key = flat->keys()[index_];
    *value = flat->values()[index_++];
    return true;
  }
  return next_leaf(key, value);
}

bool MapIterator::next_leaf(Term* key, Term* value) {
  while (depth_ > 0) {
    Level& l = path_[depth_ - 1];
    if (l.position == l.count) {
      --depth_;
      continue;
    }
    const std::uint32_t at = l.position++;
    const Term child{l.children[order_ == MapOrder::listing ? l.count - 1 - at : at]};
    if (child.is_cons()) {
      *key = child.head();
      *value = child.tail();
      return true;
    }
    const TrieNode node(child);
    path_[depth_++] = {node.words + 1, 0, static_cast<std::uint32_t>(node.child_count())};
  }
  return false;
}

}  // namespace joist
