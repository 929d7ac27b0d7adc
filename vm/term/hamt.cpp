#include "vm/term/hamt.hpp"

#include <bit>
#include <memory>
#include <utility>
#include <vector>

#include "vm/term/flat_map.hpp"
#include "vm/term/hash.hpp"

// Finding a child counts bits at every level. All x86-64 processors since 2008 have an instruction for it;
// without it, looking up a key in a map of 1000 takes twice as long.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("popcnt"))), apply_to = function)
#endif

namespace joist::detail {
namespace {

constexpr std::size_t kMaxLevels = 64;

inline std::uint32_t bit_of(std::uint32_t hash) { return 1u << (hash & 15); }
inline std::uint32_t child_index(std::uint32_t bitmap, std::uint32_t bit) {
  return static_cast<std::uint32_t>(std::popcount(bitmap & (bit - 1)));
}

// The bits of `key`'s hash that are left at a level.
std::uint32_t hash_at(Term key, std::size_t level) {
  const std::uint32_t hash =
      level < 8 ? internal_hash(key) : internal_hash_salted(key, static_cast<std::uint32_t>(level >> 3));
  return hash >> 4 * (level & 7);
}
// From the bits at level - 1 to those at `level`.
inline std::uint32_t next_hash(std::uint32_t hash, Term key, std::size_t level) {
  return (level & 7) != 0 ? hash >> 4 : internal_hash_salted(key, static_cast<std::uint32_t>(level >> 3));
}

Word* start_node(Heap& h, std::uint32_t bitmap, std::size_t n, Term* node) {
  Word* w = h.alloc(1 + n);
  w[0] = make_header(BoxKind::hash_node, n, static_cast<std::uint16_t>(bitmap));
  *node = Term::boxed(w);
  return w + 1;
}
Word* start_root(Heap& h, std::uint32_t bitmap, std::size_t n, std::size_t size, Term* map) {
  Word* w = h.alloc(2 + n);
  w[0] = make_header(BoxKind::hash_map, 1 + n, static_cast<std::uint16_t>(bitmap));
  w[1] = Term::small(static_cast<std::int64_t>(size)).bits;
  *map = Term::boxed(w);
  return w + 2;
}
// At level 0 a root, which gets its size later.
Word* start_at(Heap& h, std::size_t level, std::uint32_t bitmap, std::size_t n, Term* node) {
  return level == 0 ? start_root(h, bitmap, n, 0, node) : start_node(h, bitmap, n, node);
}

Term make_leaf(Heap& h, Term key, Term value) { return make_cons(h, key, value); }

void count_leaves(Term node, std::size_t* n) {
  if (node.is_cons()) {
    ++*n;
    return;
  }
  const TrieNode x(node);
  for (std::size_t i = 0; i < x.child_count(); ++i) count_leaves(x.children()[i], n);
}

// The node at `level` that holds two leaves of different keys.
Term join_leaves(Heap& h, std::size_t level, Term a, std::uint32_t hash_a, Term b, std::uint32_t hash_b) {
  std::uint32_t shared[kMaxLevels];  // bitmaps of the nodes above the one where the leaves part
  std::size_t n = 0;
  for (std::size_t at = level; (hash_a & 15) == (hash_b & 15);) {
    require(++at < kMaxLevels, "two map keys with all hashes equal");
    shared[n++] = bit_of(hash_a);
    hash_a = next_hash(hash_a, a.head(), at);
    hash_b = next_hash(hash_b, b.head(), at);
  }
  const bool a_first = (hash_a & 15) < (hash_b & 15);
  Term node;
  Word* children = start_at(h, n == 0 ? level : level + n, bit_of(hash_a) | bit_of(hash_b), 2, &node);
  children[0] = (a_first ? a : b).bits;
  children[1] = (a_first ? b : a).bits;
  while (n-- > 0) {
    Term parent;
    *start_at(h, level + n, shared[n], 1, &parent) = node.bits;
    node = parent;
  }
  return node;
}

// A copy of `node` with one child replaced.
Term with_child(Heap& h, TrieNode node, std::size_t at, Term child) {
  const std::size_t n = header_words(node.words[0]);
  Word* w = h.alloc(1 + n);
  std::memcpy(w, node.words, (1 + n) * sizeof(Word));
  w[1 + node.is_root() + at] = child.bits;
  return Term::boxed(w);
}
// A copy with a child more.
Term with_new_child(Heap& h, TrieNode node, std::uint32_t bit, Term child) {
  const std::size_t n = node.child_count(), at = child_index(node.bitmap(), bit);
  Term result;
  Word* children = start_at(h, node.is_root() ? 0 : 1, node.bitmap() | bit, n + 1, &result);
  copy_terms(children, node.children(), at);
  children[at] = child.bits;
  copy_terms(children + at + 1, node.children() + at, n - at);
  return result;
}
Term without_child(Heap& h, TrieNode node, std::size_t at, std::uint32_t bit) {
  const std::size_t n = node.child_count();
  Term result;
  Word* children = start_at(h, node.is_root() ? 0 : 1, node.bitmap() & ~bit, n - 1, &result);
  copy_terms(children, node.children(), at);
  copy_terms(children + at, node.children() + at + 1, n - at - 1);
  return result;
}

void set_size(Term root, std::size_t size) {
  root.box_words()[1] = Term::small(static_cast<std::int64_t>(size)).bits;
}

// Puts a leaf below `top` (a node at `level`). `leaf` is made from key and value if it is none().
Term put_below(Heap& h, Term top, std::size_t level, std::uint32_t hash, Term key, Term value, Term leaf,
               Put mode, Outcome* outcome) {
  struct Step {
    Term node;
    std::uint32_t index;
  } path[kMaxLevels];
  std::size_t depth = 0;
  Term node = top, result;
  const auto leaf_to_put = [&] { return leaf.is_none() ? make_leaf(h, key, value) : leaf; };
  for (;;) {
    const TrieNode x(node);
    const std::uint32_t bit = bit_of(hash);
    if ((x.bitmap() & bit) == 0) {
      if (mode == Put::only_existing) return *outcome = Outcome::missing, top;
      *outcome = Outcome::added;
      result = with_new_child(h, x, bit, leaf_to_put());
      break;
    }
    const std::uint32_t index = child_index(x.bitmap(), bit);
    const Term child = x.children()[index];
    path[depth++] = {node, index};
    ++level;
    hash = next_hash(hash, key, level);
    if (child.is_boxed()) {
      node = child;
      continue;
    }
    if (equal_exact(child.head(), key)) {
      if (mode == Put::only_new || child.tail() == value) return *outcome = Outcome::unchanged, top;
      *outcome = Outcome::replaced;
      result = leaf_to_put();
    } else {
      if (mode == Put::only_existing) return *outcome = Outcome::missing, top;
      *outcome = Outcome::added;
      result = join_leaves(h, level, child, hash_at(child.head(), level), leaf_to_put(), hash);
    }
    break;
  }
  while (depth-- > 0) result = with_child(h, TrieNode(path[depth].node), path[depth].index, result);
  return result;
}

// ---- building a HAMT from many leaves -----------------------------------------------------------------

// Sorted by `path`, the hash with its digits in the order of the levels, leaves lie as in the trie.
struct HashedLeaf {
  std::uint32_t path;
  std::uint32_t index;  // in the pairs
};

std::uint32_t path_of(std::uint32_t hash) {
  hash = __builtin_bswap32(hash);
  return (hash & 0x0f0f0f0f) << 4 | (hash >> 4 & 0x0f0f0f0f);
}

// Stable: equal paths keep the order of the pairs.
void sort_leaves(HashedLeaf* leaves, std::size_t n) {
  if (n < 256) {
    std::sort(leaves, leaves + n, [](HashedLeaf a, HashedLeaf b) {
      return a.path != b.path ? a.path < b.path : a.index < b.index;
    });
    return;
  }
  constexpr unsigned kDigitBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  const auto other = std::make_unique_for_overwrite<HashedLeaf[]>(n);
  HashedLeaf *from = leaves, *to = other.get();
  for (unsigned shift = 0; shift < 32; shift += kDigitBits) {
    std::array<std::uint32_t, kDigits> starts{};
    for (std::size_t i = 0; i < n; ++i) ++starts[from[i].path >> shift & (kDigits - 1)];
    std::uint32_t sum = 0;
    for (std::uint32_t& s : starts) sum += std::exchange(s, sum);
    for (std::size_t i = 0; i < n; ++i) to[starts[from[i].path >> shift & (kDigits - 1)]++] = from[i];
    std::swap(from, to);
  }
  if (from != leaves) std::memcpy(leaves, from, n * sizeof(HashedLeaf));
}

class TrieBuilder {
 public:
  TrieBuilder(Heap& h, const Term* pairs) : heap_(h), pairs_(pairs) {}

  Term build(std::size_t n_pairs) {
    std::vector<HashedLeaf> leaves(n_pairs);
    for (std::size_t i = 0; i < n_pairs; ++i)
      leaves[i] = {path_of(internal_hash(pairs_[2 * i])), static_cast<std::uint32_t>(i)};
    sort_leaves(leaves.data(), n_pairs);
    const std::size_t n = drop_duplicates(leaves);
    if (n <= kMaxFlatMap) {
      FlatBuilder flat;
      for (std::size_t i = 0; i < n; ++i) flat.add(key(leaves[i]), pairs_[2 * leaves[i].index + 1]);
      return flat.build(heap_);
    }
    next_cell_ = heap_.alloc(2 * n);
    const Term map = build_node(leaves.data(), n, 0);
    set_size(map, n);
    return map;
  }

 private:
  Term key(HashedLeaf l) const { return pairs_[2 * l.index]; }

  // Of pairs with equal keys the last one stays.
  std::size_t drop_duplicates(std::vector<HashedLeaf>& leaves) const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < leaves.size();) {
      const std::size_t first = n;
      const std::uint32_t path = leaves[i].path;
      for (; i < leaves.size() && leaves[i].path == path; ++i) {
        std::size_t same = first;
        while (same < n && !equal_exact(key(leaves[same]), key(leaves[i]))) ++same;
        leaves[same] = leaves[i];
        if (same == n) ++n;
      }
    }
    return n;
  }

  Term take_leaf(HashedLeaf l) {
    Word* cell = next_cell_;
    next_cell_ += 2;
    cell[0] = pairs_[2 * l.index].bits;
    cell[1] = pairs_[2 * l.index + 1].bits;
    return Term::cons(cell);
  }

  Term build_node(HashedLeaf* leaves, std::size_t n, std::size_t level) {
    require(level < kMaxLevels, "map keys with all hashes equal");
    if (level > 0 && (level & 7) == 0) {
      for (std::size_t i = 0; i < n; ++i)
        leaves[i].path =
            path_of(internal_hash_salted(key(leaves[i]), static_cast<std::uint32_t>(level >> 3)));
      sort_leaves(leaves, n);
    }
    const unsigned shift = 28 - 4 * (level & 7);
    Term children[16];
    std::size_t count = 0;
    std::uint32_t bitmap = 0;
    for (std::size_t i = 0; i < n;) {
      const std::uint32_t digit = leaves[i].path >> shift & 15;
      std::size_t end = i + 1;
      while (end < n && (leaves[end].path >> shift & 15) == digit) ++end;
      bitmap |= 1u << digit;
      children[count++] = end == i + 1 ? take_leaf(leaves[i]) : build_node(leaves + i, end - i, level + 1);
      i = end;
    }
    Term node;
    copy_terms(start_at(heap_, level, bitmap, count, &node), children, count);
    return node;
  }

  Heap& heap_;
  const Term* pairs_;
  Word* next_cell_ = nullptr;
};

Term hash_to_flat(Heap& h, Term map, Term without) {
  FlatBuilder flat;
  MapIterator i(map);
  for (Term key, value; i.next(&key, &value);)
    if (!equal_exact(key, without)) flat.add(key, value);
  return flat.build(h);
}

// ---- merging ------------------------------------------------------------------------------------------

// Merges two HAMTs by their structure; what one of them alone has is shared, and a node that would come out
// the same as one of theirs is that node. To know the size of the result, what is only in the smaller map is
// counted.
class TrieMerge {
 public:
  TrieMerge(Heap& h, bool count_a) : heap_(h), count_a_(count_a) {}
  std::size_t counted() const { return counted_; }

  Term merge(Term a, Term b, std::size_t level) {
    if (a == b) return b;
    if (a.is_cons()) {
      if (b.is_cons()) return merge_leaves(a, b, level);
      return put(b, a, level, Put::only_new, !count_a_);
    }
    if (b.is_cons()) return put(a, b, level, Put::always, count_a_);
    const TrieNode x(a), y(b);
    const Term *in_x = x.children(), *in_y = y.children();
    Term children[16];
    std::size_t count = 0;
    bool all_a = true, all_b = true;
    for (std::uint32_t left = x.bitmap() | y.bitmap(); left != 0; left &= left - 1) {
      const std::uint32_t bit = left & -left;
      const bool is_x = (x.bitmap() & bit) != 0, is_y = (y.bitmap() & bit) != 0;
      Term child;
      if (is_x && is_y) {
        child = merge(*in_x, *in_y, level + 1);
      } else {
        child = is_x ? *in_x : *in_y;
        if (is_x == count_a_) count_leaves(child, &counted_);
      }
      all_a &= is_x && child == *in_x;
      all_b &= is_y && child == *in_y;
      in_x += is_x;
      in_y += is_y;
      children[count++] = child;
    }
    if (all_b) return b;
    if (all_a) return a;
    Term node;
    copy_terms(start_at(heap_, level, x.bitmap() | y.bitmap(), count, &node), children, count);
    return node;
  }

 private:
  Term merge_leaves(Term a, Term b, std::size_t level) {
    if (equal_exact(a.head(), b.head())) return b;
    ++counted_;
    return join_leaves(heap_, level, a, hash_at(a.head(), level), b, hash_at(b.head(), level));
  }
  Term put(Term node, Term leaf, std::size_t level, Put mode, bool count_node) {
    Outcome outcome;
    const Term result = put_below(heap_, node, level, hash_at(leaf.head(), level), leaf.head(), leaf.tail(),
                                  leaf, mode, &outcome);
    if (count_node) {
      count_leaves(node, &counted_);
      if (outcome != Outcome::added) --counted_;
    } else if (outcome == Outcome::added) {
      ++counted_;
    }
    return result;
  }

  Heap& heap_;
  bool count_a_;
  std::size_t counted_ = 0;
};

}  // namespace

// ---- the interface ------------------------------------------------------------------------------------

Term hamt_get(Term map, Term key, std::uint32_t hash) {
  const Word* w = map.box_words();
  const Term* children = reinterpret_cast<const Term*>(w + 2);
  for (std::size_t level = 0;;) {
    const std::uint32_t bitmap = header_aux(w[0]), bit = bit_of(hash);
    if ((bitmap & bit) == 0) return Term::none();
    const Term child = children[child_index(bitmap, bit)];
    if (child.is_cons()) return equal_exact(child.head(), key) ? child.tail() : Term::none();
    w = child.box_words();
    children = reinterpret_cast<const Term*>(w + 1);
    hash = next_hash(hash, key, ++level);
  }
}

Term hamt_put(Heap& h, Term map, Term key, Term value, Put mode, Outcome* outcome) {
  const std::size_t size = root_size(map);
  const Term result = put_below(h, map, 0, internal_hash(key), key, value, Term::none(), mode, outcome);
  if (*outcome == Outcome::added) set_size(result, size + 1);
  return result;
}

Term hamt_remove(Heap& h, Term map, Term key, Term* removed) {
  struct Step {
    Term node;
    std::uint32_t index, bit;
  } path[kMaxLevels];
  std::size_t depth = 0;
  std::uint32_t hash = internal_hash(key);
  for (Term node = map;;) {
    const TrieNode x(node);
    const std::uint32_t bit = bit_of(hash);
    if ((x.bitmap() & bit) == 0) return map;
    const std::uint32_t index = child_index(x.bitmap(), bit);
    const Term child = x.children()[index];
    path[depth++] = {node, index, bit};
    if (child.is_cons()) {
      if (!equal_exact(child.head(), key)) return map;
      *removed = child.tail();
      break;
    }
    node = child;
    hash = next_hash(hash, key, depth);
  }
  const std::size_t size = root_size(map);
  if (size - 1 <= kMaxFlatMap) return hash_to_flat(h, map, key);
  // What stands in the place of the child on the path: none, a leaf or a node.
  Term rest = Term::none();
  while (depth-- > 0) {
    const Step& s = path[depth];
    const TrieNode x(s.node);
    if (depth > 0) {
      // A node with nothing but a leaf gives way to the leaf.
      if (rest.is_none() && x.child_count() == 2 && x.children()[1 - s.index].is_cons()) {
        rest = x.children()[1 - s.index];
        continue;
      }
      if (!rest.is_none() && rest.is_cons() && x.child_count() == 1) continue;
    }
    rest = rest.is_none() ? without_child(h, x, s.index, s.bit) : with_child(h, x, s.index, rest);
  }
  set_size(rest, size - 1);
  return rest;
}

Term hamt_merge(Heap& h, Term a, Term b) {
  const bool count_a = root_size(a) < root_size(b);
  TrieMerge m(h, count_a);
  const Term result = m.merge(a, b, 0);
  if (result != a && result != b) set_size(result, root_size(count_a ? b : a) + m.counted());
  return result;
}

Term hamt_from_pairs(Heap& h, const Term* pairs, std::size_t n) { return TrieBuilder(h, pairs).build(n); }

}  // namespace joist::detail

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
