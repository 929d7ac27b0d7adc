#include "vm/term/compare.hpp"

#include <gmp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/fun.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

template <class T>
constexpr int order(const T& a, const T& b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

int compare_atoms(Term a, Term b) {
  const std::uint32_t x = atom_order_key(a), y = atom_order_key(b);
  if (x != y) return x < y ? -1 : 1;
  return atom_text(a).compare(atom_text(b));
}

int compare_nodes(const Node* a, const Node* b) {
  if (a == b) return 0;
  if (a->name != b->name) return compare_atoms(a->name, b->name);
  return order(a->creation, b->creation);
}

// OTP: pids by serial and number first, then by node.
int compare_pids(Term a, Term b) {
  const auto position = [](Term t) {
    return t.is_local_pid() ? std::pair<Word, Word>(pid_serial(t), pid_number(t))
                            : std::pair<Word, Word>(t.box_words()[3], t.box_words()[2]);
  };
  const auto x = position(a), y = position(b);
  return x != y ? order(x, y) : compare_nodes(node_of(a), node_of(b));
}

// OTP: ports and references by node first.
int compare_ports(Term a, Term b) {
  const auto number = [](Term t) { return t.is_local_port() ? t.pid_data() : t.box_words()[2]; };
  const int nodes = compare_nodes(node_of(a), node_of(b));
  return nodes != 0 ? nodes : order(number(a), number(b));
}

int compare_refs(Term a, Term b) {
  if (const int nodes = compare_nodes(node_of(a), node_of(b)); nodes != 0) return nodes;
  const RefNumbers x = ref_numbers(a), y = ref_numbers(b);  // absent numbers are zero
  for (int i = 4; i >= 0; --i)
    if (x.n[i] != y.n[i]) return x.n[i] < y.n[i] ? -1 : 1;
  return 0;
}

int compare_bitstrings(Term a, Term b) {
  const Bits x = *Bits::from(a), y = *Bits::from(b);
  const std::size_t common = x.bit_size() < y.bit_size() ? x.bit_size() : y.bit_size();
  if (x.byte_aligned() && y.byte_aligned() && common % 8 == 0) {
    const int r = std::memcmp(x.bytes(), y.bytes(), common / 8);
    return r != 0 ? r : order(x.bit_size(), y.bit_size());
  }
  const int r = compare_bits(x.base(), x.start_bit(), y.base(), y.start_bit(), common);
  return r != 0 ? r : order(x.bit_size(), y.bit_size());
}

bool equal_bitstrings(Term a, Term b) {
  const Bits x = *Bits::from(a), y = *Bits::from(b);
  if (x.bit_size() != y.bit_size()) return false;
  if (x.byte_aligned() && y.byte_aligned() && x.whole_bytes())
    return std::memcmp(x.bytes(), y.bytes(), x.byte_size()) == 0;
  return compare_bits(x.base(), x.start_bit(), y.base(), y.start_bit(), x.bit_size()) == 0;
}

int compare_integers(Term a, Term b) {
  if (a.is_small() && b.is_small()) return order(a.small_value(), b.small_value());
  const auto x = Big::from(a), y = Big::from(b);
  if (!x) return y->negative() ? 1 : -1;  // a bignum lies outside the range of smalls
  if (!y) return x->negative() ? -1 : 1;
  if (x->negative() != y->negative()) return x->negative() ? -1 : 1;
  int r = order(x->limb_count(), y->limb_count());
  if (r == 0) r = mpn_cmp(x->limbs(), y->limbs(), static_cast<mp_size_t>(x->limb_count()));
  return x->negative() ? -r : r;
}

int compare_any_numbers(Term a, Term b, bool exact) {
  const auto x = Float::from(a), y = Float::from(b);
  if (!x && !y) return compare_integers(a, b);
  if (x && y) {
    const int by_value = order(x->value(), y->value());
    if (by_value != 0 || !exact || !dialect.signed_zeros) return by_value;
    return order(std::signbit(y->value()), std::signbit(x->value()));
  }
  return exact ? (x ? 1 : -1) : compare_numbers(a, b);
}

bool same_fun(const FunEntry* a, const FunEntry* b) {
  return a == b || (a->module == b->module && a->index == b->index && a->old_uniq == b->old_uniq);
}

// All of a closure but its environment.
int compare_fun_entries(const FunEntry* a, const FunEntry* b) {
  if (a == b) return 0;
  if (a->module != b->module) return compare_atoms(a->module, b->module);
  if (a->index != b->index) return order(a->index, b->index);
  return order(a->old_uniq, b->old_uniq);
}

int compare_exports(const Export* a, const Export* b) {
  if (a == b) return 0;
  if (a->module != b->module) return compare_atoms(a->module, b->module);
  if (a->function != b->function) return compare_atoms(a->function, b->function);
  return order(a->arity, b->arity);
}

// The kinds of terms in Erlang's order.
enum class Rank : std::uint8_t {
  number,
  atom,
  reference,
  fun,
  external_fun,
  port,
  pid,
  tuple,
  map,
  nil,
  list,
  bits
};

Rank boxed_rank(BoxKind kind) {
  switch (kind) {
    case BoxKind::tuple: return Rank::tuple;
    case BoxKind::flat_map:
    case BoxKind::hash_map: return Rank::map;
    case BoxKind::fun: return Rank::fun;
    case BoxKind::external_fun: return Rank::external_fun;
    case BoxKind::float_:
    case BoxKind::big_positive:
    case BoxKind::big_negative: return Rank::number;
    case BoxKind::heap_bits:
    case BoxKind::sub_bits:
    case BoxKind::match_context: return Rank::bits;
    case BoxKind::ref:
    case BoxKind::magic_ref:
    case BoxKind::external_ref: return Rank::reference;
    case BoxKind::external_pid: return Rank::pid;
    case BoxKind::external_port: return Rank::port;
    case BoxKind::hash_node:
    case BoxKind::binary_ref:
    case BoxKind::count_: break;
  }
  fail("comparing something that is not a term");
}

Rank rank_of(Term t) {
  if (t.is_boxed()) return boxed_rank(t.box_kind());
  if (t.is_cons()) return Rank::list;
  if (t.is_small()) return Rank::number;
  if (t.is_atom()) return Rank::atom;
  if (t.is_nil()) return Rank::nil;
  if (t.is_local_pid()) return Rank::pid;
  check(t.is_local_port(), "comparing something that is not a term");
  return Rank::port;
}

int compare_immediates(Term a, Term b) {
  const Rank rank = rank_of(a), other = rank_of(b);
  if (rank != other) return order(rank, other);
  switch (rank) {
    case Rank::number: return order(a.small_value(), b.small_value());
    case Rank::atom: return compare_atoms(a, b);
    case Rank::pid:
    case Rank::port: return order(a.pid_data(), b.pid_data());
    case Rank::nil:
    case Rank::reference:
    case Rank::fun:
    case Rank::external_fun:
    case Rank::tuple:
    case Rank::map:
    case Rank::list:
    case Rank::bits: return 0;
  }
  return 0;
}

// `n` terms still to compare with `n` others.
struct Span {
  const Term* a;
  const Term* b;
  std::uint32_t n;
  bool exact;
};
using SpanStack = WorkStack<Span, 16>;

const Term* terms_at(const Word* w) { return reinterpret_cast<const Term*>(w); }

// ---- maps above kMaxFlatMap --------------------------------------------------------------------------

// A key that is in one of two HAMTs only (the other leaf is null), or in both with values that may differ.
struct Difference {
  const Word* a;
  const Word* b;
  const Word* any() const { return a != nullptr ? a : b; }
  bool one_sided() const { return a == nullptr || b == nullptr; }
};

struct NodePair {
  Term a, b;  // leaf (cons), node, or none()
};

// A node's children by hash digit.
struct Children {
  std::uint32_t bitmap;
  const Term* terms;
  explicit Children(Term node) {
    const Word* w = node.box_words();
    bitmap = header_aux(w[0]);
    terms = terms_at(w + (header_kind(w[0]) == BoxKind::hash_map ? 2 : 1));
  }
};

void collect_leaves(Term node, std::vector<const Word*>& leaves) {
  if (node.is_cons()) return leaves.push_back(node.cons_words());
  WorkStack<Term, 64> nodes;
  for (nodes.push(node); !nodes.empty();) {
    const Children c{nodes.pop()};
    for (int i = 0, n = std::popcount(c.bitmap); i < n; ++i) {
      if (c.terms[i].is_cons())
        leaves.push_back(c.terms[i].cons_words());
      else
        nodes.push(c.terms[i]);
    }
  }
}

// Where a leaf of one tree meets a subtree of the other: there is no common structure to go by.
void differ_in_leaves(Term a, Term b, std::vector<Difference>& out) {
  std::vector<const Word*> in_a, in_b;
  if (!a.is_none()) collect_leaves(a, in_a);
  if (!b.is_none()) collect_leaves(b, in_b);
  for (const Word*& x : in_a)
    for (const Word*& y : in_b)
      if (x != nullptr && y != nullptr && equal_exact({x[0]}, {y[0]})) {
        if (x[1] != y[1]) out.push_back({x, y});
        x = y = nullptr;
      }
  for (const Word* x : in_a)
    if (x != nullptr) out.push_back({x, nullptr});
  for (const Word* y : in_b)
    if (y != nullptr) out.push_back({nullptr, y});
}

// Walks both trees at once and passes by what they share, so that versions of one map compare quickly.
// False if `keys_must_match` and a key is in one of the maps only.
bool find_differences(Term a, Term b, bool keys_must_match, std::vector<Difference>& out) {
  WorkStack<NodePair, 48> pairs;
  for (pairs.push({a, b}); !pairs.empty();) {
    const NodePair p = pairs.pop();
    if (p.a == p.b) continue;
    if (p.a.is_boxed() && p.b.is_boxed()) {
      const Children x{p.a}, y{p.b};
      const Term *in_x = x.terms, *in_y = y.terms;
      for (std::uint32_t left = x.bitmap | y.bitmap; left != 0; left &= left - 1) {
        const std::uint32_t bit = left & -left;
        pairs.push(
            {(x.bitmap & bit) != 0 ? *in_x++ : Term::none(), (y.bitmap & bit) != 0 ? *in_y++ : Term::none()});
      }
    } else {
      differ_in_leaves(p.a, p.b, out);
    }
    if (keys_must_match && !out.empty() && out.back().one_sided()) return false;
  }
  return true;
}

// OTP: of two maps of equal size, the one with the smallest key that the other lacks is the smaller one; if
// the keys are the same, the values decide in the order of keys. So the state is the smallest key that
// decides so far.
struct MapComparison {
  std::size_t floor;  // height of the span stack at which the comparison of two terms is done
  bool exact;
  std::vector<Difference> differences;
  bool by_keys = false;
  std::size_t next = 0;
  const Difference* best = nullptr;
  int best_result = 0;
  enum { none, keys, values } comparing = none;

  // Takes the result of the comparison asked for last and says what to compare next; false when done, with
  // the result in `best_result`.
  bool step(int result, Term* a, Term* b, bool* compare_exactly) {
    if (comparing == keys) {
      if (result < 0) {
        if (by_keys)
          choose(next - 1);
        else
          return ask_values(a, b, compare_exactly);
      }
    } else if (comparing == values && result != 0) {
      best = &differences[next - 1];
      best_result = result;
    }
    while (next < differences.size()) {
      const Difference& d = differences[next++];
      if (by_keys && !d.one_sided()) continue;
      if (best != nullptr) {
        comparing = keys;
        *a = {d.any()[0]};
        *b = {best->any()[0]};
        *compare_exactly = true;
        return true;
      }
      if (!by_keys) return ask_values(a, b, compare_exactly);
      choose(next - 1);
    }
    return false;
  }

 private:
  void choose(std::size_t i) {
    best = &differences[i];
    best_result = best->a != nullptr ? -1 : 1;
  }
  bool ask_values(Term* a, Term* b, bool* compare_exactly) {
    comparing = values;
    *a = {differences[next - 1].a[1]};
    *b = {differences[next - 1].b[1]};
    *compare_exactly = exact;
    return true;
  }
};

// ---- flat maps ---------------------------------------------------------------------------------------

struct PairsInOrder {
  const Term* keys;
  const Term* values;
};

// Where atoms lie in the order of their numbers: the pairs in the order of the keys as terms.
struct SortedPairs {
  std::array<Term, kMaxFlatMap> keys, values;

  PairsInOrder sort(FlatMap map) {
    const Term *begin = map.keys().elements(), *end = begin + map.size();
    const Term* const atoms = std::find_if(begin, end, [](Term t) { return t.is_atom(); });
    const Term* const others = std::find_if_not(atoms, end, [](Term t) { return t.is_atom(); });
    const auto before = [](Term a, Term b) { return compare_atoms(a, b) < 0; };
    if (std::is_sorted(atoms, others, before)) return {begin, map.values()};
    std::copy(begin, end, keys.begin());
    std::copy_n(map.values(), map.size(), values.begin());
    const auto first = keys.begin() + (atoms - begin), last = keys.begin() + (others - begin);
    std::sort(first, last, before);
    for (const Term* old = atoms; old != others; ++old)
      values[static_cast<std::size_t>(std::lower_bound(first, last, *old, before) - keys.begin())] =
          map.values()[old - begin];
    return {keys.data(), values.data()};
  }
};

// ---- all terms ---------------------------------------------------------------------------------------

// kEqualOnly: any result but zero means "different".
template <bool kEqualOnly>
int compare_terms(Term a, Term b, bool exact) {
  SpanStack spans;
  std::vector<std::unique_ptr<MapComparison>> maps;    // those being compared, the innermost last
  std::vector<std::unique_ptr<SortedPairs[]>> sorted;  // what `spans` refers to
  for (;;) {
    int r = 0;
    if (a == b) {
    } else if (a.is_small() && b.is_small()) {
      r = order(a.small_value(), b.small_value());
    } else if (a.is_atom() && b.is_atom()) {
      r = kEqualOnly ? 1 : compare_atoms(a, b);
    } else if (a.is_cons() && b.is_cons()) {
      spans.push({terms_at(a.cons_words() + 1), terms_at(b.cons_words() + 1), 1, exact});
      a = a.head();
      b = b.head();
      continue;
    } else if (const Rank rank = rank_of(a), other = rank_of(b); rank != other) {
      r = order(rank, other);
    } else {
      switch (rank) {
        case Rank::number: r = compare_any_numbers(a, b, exact); break;
        case Rank::reference: r = compare_refs(a, b); break;
        case Rank::port: r = compare_ports(a, b); break;
        case Rank::pid: r = compare_pids(a, b); break;
        case Rank::external_fun: r = compare_exports(external_fun_export(a), external_fun_export(b)); break;
        case Rank::bits: r = kEqualOnly ? !equal_bitstrings(a, b) : compare_bitstrings(a, b); break;
        case Rank::fun: {
          const Fun x = *Fun::from(a), y = *Fun::from(b);
          r = compare_fun_entries(x.entry(), y.entry());
          if (r == 0) r = order(x.environment_size(), y.environment_size());
          if (r == 0 && x.environment_size() > 0)
            spans.push(
                {x.environment(), y.environment(), static_cast<std::uint32_t>(x.environment_size()), exact});
          break;
        }
        case Rank::tuple: {
          const Tuple x = Tuple::of(a), y = Tuple::of(b);
          r = order(x.arity(), y.arity());
          if (r == 0 && x.arity() > 0)
            spans.push({x.elements(), y.elements(), static_cast<std::uint32_t>(x.arity()), exact});
          break;
        }
        case Rank::map: {
          r = order(map_size(a), map_size(b));
          if (r != 0) break;
          if (const auto x = FlatMap::from(a)) {
            const FlatMap y = FlatMap::of(b);
            if (x->size() == 0) break;
            const auto n = static_cast<std::uint32_t>(x->size());
            PairsInOrder p{x->keys().elements(), x->values()}, q{y.keys().elements(), y.values()};
            // OTP: where keys of maps are compared, those of the maps in them stay as they lie.
            if (!kEqualOnly && !exact && dialect.keys_by_number) {
              sorted.push_back(std::make_unique<SortedPairs[]>(2));
              p = sorted.back()[0].sort(*x);
              q = sorted.back()[1].sort(y);
            }
            spans.push({p.values, q.values, n, exact});
            if (x->keys().term() != y.keys().term()) spans.push({p.keys, q.keys, n, true});
            break;
          }
          auto m = std::make_unique<MapComparison>();
          m->floor = spans.size();
          m->exact = exact;
          if (!find_differences(a, b, kEqualOnly, m->differences)) {
            r = 1;
            break;
          }
          for (const Difference& d : m->differences) m->by_keys |= d.one_sided();
          maps.push_back(std::move(m));
          break;
        }
        case Rank::atom:
        case Rank::nil:
        case Rank::list: fail("comparing something that is not a term");
      }
    }
    // Next two terms. A result other than zero decides the innermost large map or, outside those, all.
    for (;;) {
      if (r == 0 && spans.size() > (maps.empty() ? 0 : maps.back()->floor)) {
        Span& s = spans.top();
        a = *s.a++;
        b = *s.b++;
        exact = s.exact;
        if (--s.n == 0) spans.shrink(spans.size() - 1);
        if (a == b) continue;
        break;
      }
      if (maps.empty()) return r;
      MapComparison& m = *maps.back();
      spans.shrink(m.floor);
      if (kEqualOnly && r != 0) return r;
      if (m.step(r, &a, &b, &exact)) break;
      r = m.best_result;
      maps.pop_back();
    }
  }
}

bool equal_refs(Term a, Term b) {
  const bool external = a.box_kind() == BoxKind::external_ref;
  if (external != (b.box_kind() == BoxKind::external_ref)) return false;
  return external ? compare_refs(a, b) == 0 : ref_key(a) == ref_key(b);
}

}  // namespace

int compare_atom_keys(Term a, Term b) {
  if (a == b) return 0;
  return dialect.keys_by_number ? order(atom_number(a), atom_number(b)) : compare_atoms(a, b);
}

int compare_slow(Term a, Term b) {
  if (a.is_immediate() && b.is_immediate()) return compare_immediates(a, b);
  return compare_terms<false>(a, b, false);
}

int compare_exact(Term a, Term b) {
  if (a == b) return 0;
  if (a.is_small() && b.is_small()) return a.small_value() < b.small_value() ? -1 : 1;
  if (a.is_immediate() && b.is_immediate()) return compare_immediates(a, b);
  return compare_terms<false>(a, b, true);
}

bool equal_slow(Term a, Term b) { return compare_terms<true>(a, b, false) == 0; }

bool equal_exact_slow(Term a, Term b) {
  SpanStack spans;
  for (;;) {
    // `a` and `b` are different words.
    if (a.is_cons()) {
      if (!b.is_cons()) return false;
      spans.push({terms_at(a.cons_words()), terms_at(b.cons_words()), 2, true});
    } else if (!a.is_boxed() || !b.is_boxed()) {
      return false;
    } else {
      const Word *x = a.box_words(), *y = b.box_words();
      const auto compare_words = [&](std::size_t skip, std::size_t n) {
        if (n > 0) spans.push({terms_at(x + skip), terms_at(y + skip), static_cast<std::uint32_t>(n), true});
      };
      switch (header_kind(x[0])) {
        case BoxKind::tuple:
        case BoxKind::flat_map:
        case BoxKind::hash_map:
        case BoxKind::hash_node:
          if (x[0] != y[0]) return false;
          compare_words(1, header_words(x[0]));
          break;
        case BoxKind::fun: {
          if (header_kind(y[0]) != BoxKind::fun || header_words(x[0]) != header_words(y[0])) return false;
          const Fun f = *Fun::from(a), g = *Fun::from(b);
          if (!same_fun(f.entry(), g.entry())) return false;
          compare_words(3, f.environment_size());
          break;
        }
        case BoxKind::external_fun:
          if (x[0] != y[0] || x[1] != y[1]) return false;
          break;
        case BoxKind::float_:
          if (x[0] != y[0] || x[1] != y[1]) {
            if (x[0] != y[0] || dialect.signed_zeros) return false;
            if (std::bit_cast<double>(x[1]) != std::bit_cast<double>(y[1])) return false;
          }
          break;
        case BoxKind::big_positive:
        case BoxKind::big_negative:
          if (x[0] != y[0] || std::memcmp(x + 1, y + 1, header_words(x[0]) * sizeof(Word)) != 0) return false;
          break;
        case BoxKind::heap_bits:
        case BoxKind::sub_bits:
        case BoxKind::match_context:
          if (boxed_rank(header_kind(y[0])) != Rank::bits || !equal_bitstrings(a, b)) return false;
          break;
        case BoxKind::ref:
        case BoxKind::magic_ref:
        case BoxKind::external_ref:
          if (!b.is_reference() || !equal_refs(a, b)) return false;
          break;
        case BoxKind::external_pid:
          if (x[0] != y[0] || compare_pids(a, b) != 0) return false;
          break;
        case BoxKind::external_port:
          if (x[0] != y[0] || compare_ports(a, b) != 0) return false;
          break;
        case BoxKind::binary_ref:
        case BoxKind::count_: fail("comparing something that is not a term");
      }
    }
    do {
      if (spans.empty()) return true;
      Span& s = spans.top();
      for (; s.n > 0 && *s.a == *s.b; --s.n) ++s.a, ++s.b;
      if (s.n == 0) {
        spans.shrink(spans.size() - 1);
        a = b;
        continue;
      }
      a = *s.a++;
      b = *s.b++;
      if (a.is_immediate() || b.is_immediate()) return false;
      if (--s.n == 0) spans.shrink(spans.size() - 1);
    } while (a == b);
  }
}

}  // namespace joist
