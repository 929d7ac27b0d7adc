// erts_internal: what maps:next/1, maps:to_list/1 and the tests of maps see of a map's inside.
//
// An iterator of OTP's maps module is [Path | Map]; Path is an integer of ours: 0 at the start, else four
// bits for each level of the trie (position of the child to go on with), below a leading 1.
#include <bit>
#include <span>
#include <vector>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

constexpr std::size_t kMaxDepth = 64;

// A node of a large map: its children lie behind the header (and, in the root, the number of keys).
struct TrieView {
  const Word* children;
  std::uint32_t count;
  static std::optional<TrieView> from(Term t) {
    if (!t.is_boxed()) return std::nullopt;
    const Word* w = t.box_words();
    const auto count = static_cast<std::uint32_t>(std::popcount(header_aux(*w)));
    if (header_kind(*w) == BoxKind::hash_map) return TrieView{w + 2, count};
    if (header_kind(*w) == BoxKind::hash_node) return TrieView{w + 1, count};
    return std::nullopt;
  }
};

// Walks a large map in the order of maps:next/1 from a given place.
class PathWalker {
 public:
  // False if `path` names no place in `map`.
  bool start(Term map, Term path) {
    depth_ = 0;
    enter(*TrieView::from(map));
    if (path == Term::small(0)) return true;
    std::vector<std::uint8_t> nibbles;
    if (!read_path(path, &nibbles)) return false;
    for (std::size_t level = 0; level < nibbles.size(); ++level) {
      Level& l = levels_[depth_ - 1];
      if (nibbles[level] >= l.node.count) return false;
      l.position = nibbles[level];
      if (level + 1 == nibbles.size()) return true;
      const auto child = TrieView::from({l.node.children[l.position++]});
      if (!child || depth_ == kMaxDepth) return false;
      enter(*child);
    }
    return false;
  }
  bool next(Term* key, Term* value) {
    while (settle()) {
      Level& l = levels_[depth_ - 1];
      const Term child{l.node.children[l.position++]};
      if (child.is_cons()) {
        *key = child.head();
        *value = child.tail();
        return true;
      }
      enter(*TrieView::from(child));
    }
    return false;
  }
  // Where next() would go on; none() at the end.
  Term path(Heap& h) {
    if (!settle()) return Term::none();
    Word limbs[kMaxDepth / 16 + 1] = {};
    // The positions of all levels but the last already point behind the child that the walk is inside of.
    for (std::size_t level = 0; level < depth_; ++level) {
      const std::size_t place = depth_ - 1 - level;
      const Word at = levels_[level].position - (level + 1 < depth_ ? 1 : 0);
      limbs[place / 16] |= at << place % 16 * 4;
    }
    limbs[depth_ / 16] |= Word{1} << depth_ % 16 * 4;
    return integer_from_limbs(h, limbs, depth_ / 16 + 1, false);
  }

 private:
  // Leaves nodes that are done; false when all are.
  bool settle() {
    while (depth_ > 0 && levels_[depth_ - 1].position == levels_[depth_ - 1].node.count) --depth_;
    return depth_ > 0;
  }
  void enter(const TrieView& node) {
    check(depth_ < kMaxDepth, "a trie of a map is deeper than hashes are long");
    levels_[depth_++] = {node, 0};
  }
  static bool read_path(Term path, std::vector<std::uint8_t>* nibbles) {
    Word small;
    std::span<const Word> limbs;
    if (const auto big = Big::from(path)) {
      if (big->negative() || big->limb_count() > kMaxDepth / 16 + 1) return false;
      limbs = {big->limbs(), big->limb_count()};
    } else {
      if (path.small_value() < 0) return false;
      small = static_cast<Word>(path.small_value());
      limbs = {&small, 1};
    }
    for (std::size_t place = limbs.size() * 16; place-- > 0;)
      nibbles->push_back(static_cast<std::uint8_t>(limbs[place / 16] >> place % 16 * 4 & 15));
    std::size_t lead = 0;
    while (lead < nibbles->size() && (*nibbles)[lead] == 0) ++lead;
    if (lead == nibbles->size() || (*nibbles)[lead] != 1) return false;
    nibbles->erase(nibbles->begin(), nibbles->begin() + static_cast<std::ptrdiff_t>(lead) + 1);
    return true;
  }

  struct Level {
    TrieView node;
    std::uint32_t position;
  };
  std::size_t depth_ = 0;
  Level levels_[kMaxDepth];
};

constexpr std::int64_t kLeastBatch = 32;
constexpr std::int64_t kPairsPerReduction = 4;

// {K1,V1,{K2,V2, ... End}}
Term nest(Heap& h, std::span<const Term> pairs, Term end) {
  for (std::size_t i = pairs.size(); i > 0; i -= 2) end = make_tuple(h, pairs[i - 2], pairs[i - 1], end);
  return end;
}

// An iterator of OTP 26 and later may have the keys that are to come, in a list: maps:iterator(Map, Order).
Term next_of_keys(Call& c, Term keys, Term map) {
  Term pairs[2 * kLeastBatch];
  std::size_t n = 0;
  for (; n < 2 * kLeastBatch && keys.is_cons(); n += 2, keys = keys.tail()) {
    pairs[n] = keys.head();
    pairs[n + 1] = map_get(map, keys.head());
    if (pairs[n + 1].is_none()) return badarg(c);
  }
  if (!keys.is_list()) return badarg(c);
  Heap& h = c.heap();
  return nest(h, {pairs, n}, keys.is_nil() ? am::none : make_cons(h, keys, map));
}

}  // namespace

// map_next(Path, Map, iterator) -> none | {K,V,Next}, several elements at once, the last Next being
// [Path|Map]. map_next(Path, Map, Acc) -> [{K,V}|Acc] | [Path, Map, {K,V} ... | Acc], to be called again.
JOIST_DEFINE_BIF(erts_internal_map_next_3, Term path, Map map, Term acc) {
  const bool iterator = acc == am::iterator;
  if (iterator && path.is_list()) return next_of_keys(c, path, map.t);
  if (!path.is_integer() || (!iterator && !acc.is_list())) return badarg(c);
  Heap& h = c.heap();
  if (map.t.is_box(BoxKind::flat_map)) {
    if (!path.is_small() || path.small_value() < 0) return badarg(c);
    const FlatMap flat = FlatMap::of(map.t);
    Term result = iterator ? am::none : acc;
    for (std::size_t i = flat.size(); i-- > 0;) {
      const Term key = flat.keys()[i], value = flat.values()[i];
      result = iterator ? make_tuple(h, key, value, result) : make_cons(h, make_tuple(h, key, value), result);
    }
    return result;
  }
  PathWalker walker;
  if (!walker.start(map.t, path)) return badarg(c);
  const std::int64_t batch = std::max<std::int64_t>(kLeastBatch, c.left() * kPairsPerReduction);
  Term key, value;
  std::int64_t n = 0;
  if (iterator) {
    Term pairs[2 * kLeastBatch];
    for (; n < kLeastBatch && walker.next(&key, &value); ++n) {
      pairs[2 * n] = key;
      pairs[2 * n + 1] = value;
    }
    c.spend(n / kPairsPerReduction);
    const Term next = walker.path(h);
    return nest(h, {pairs, 2 * static_cast<std::size_t>(n)},
                next.is_none() ? am::none : make_cons(h, next, map.t));
  }
  for (; n < batch && walker.next(&key, &value); ++n) acc = make_cons(h, make_tuple(h, key, value), acc);
  c.spend(n / kPairsPerReduction);
  const Term next = walker.path(h);
  return next.is_none() ? acc : make_cons(h, next, make_cons(h, map.t, acc));
}

// map_to_tuple_keys(Map): the keys of a small map. badarg for a large one.
JOIST_DEFINE_BIF(erts_internal_map_to_tuple_keys_1, Term map) {
  if (const auto flat = FlatMap::from(map)) return flat->keys().term();
  return map.is_map() ? badarg(c) : raise_error(c, make_tuple(c.heap(), am::badmap, map));
}
// map_hashmap_children(Map): the children of a large map's root, in the order of maps:to_list/1.
JOIST_DEFINE_BIF(erts_internal_map_hashmap_children_1, Term map) {
  if (!map.is_map()) return raise_error(c, make_tuple(c.heap(), am::badmap, map));
  const auto node = TrieView::from(map);
  if (!node) return badarg(c);
  Term list = Term::nil();
  for (std::uint32_t i = 0; i < node->count; ++i) list = make_cons(c.heap(), {node->children[i]}, list);
  return list;
}

// erts_internal:cmp_term(A, B) -> -1 | 0 | 1: the order in which 1 comes before 1.0.
JOIST_DEFINE_BIF(erts_internal_cmp_term_2, Term a, Term b) {
  const int order = compare_exact(a, b);
  return Term::small(order < 0 ? -1 : order > 0 ? 1 : 0);
}

// erts_internal:term_type(T): how the term is stored.
JOIST_DEFINE_BIF(erts_internal_term_type_1, Term t) {
  if (t.is_cons()) return am::list;
  if (t.is_small()) {
    const std::int64_t n = t.small_value();
    return n >= kMinOtpSmall && n <= kMaxOtpSmall ? am::fixnum : am::bignum;
  }
  if (t.is_atom()) return am::atom;
  if (t.is_nil()) return am::nil;
  if (t.is_local_pid()) return am::pid;
  if (t.is_local_port()) return am::port;
  switch (t.box_kind()) {
    case BoxKind::tuple: return am::tuple;
    case BoxKind::flat_map: return am::flatmap;
    case BoxKind::hash_map: return am::hashmap;
    case BoxKind::hash_node: return am::hashmap_node;
    case BoxKind::fun: return am::fun_;
    case BoxKind::external_fun: return am::export_;
    case BoxKind::float_: return am::hfloat;
    case BoxKind::big_positive:
    case BoxKind::big_negative: return am::bignum;
    case BoxKind::heap_bits: return am::heap_binary;
    case BoxKind::binary_ref: return am::refc_binary;
    case BoxKind::sub_bits: {
      const Bits b = *Bits::from(t);
      const Term under{t.box_words()[1]};
      const auto* binary = reinterpret_cast<const RefcBinary*>(under.box_words()[1]);
      const bool whole =
          under.is_box(BoxKind::binary_ref) && b.start_bit() == 0 && b.bit_size() == binary->size * 8;
      return whole ? am::refc_binary : am::sub_binary;
    }
    case BoxKind::match_context: return am::matchstate;
    case BoxKind::ref:
    case BoxKind::magic_ref: return am::reference;
    case BoxKind::external_pid: return am::external_pid;
    case BoxKind::external_port: return am::external_port;
    case BoxKind::external_ref: return am::external_reference;
    case BoxKind::count_: break;
  }
  fail("a term of no kind");
}

}  // namespace joist
