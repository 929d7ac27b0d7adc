// lists: the functions that the emulator has for speed, and erlang's ++ and --.
#include <vector>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/term/compare.hpp"

namespace joist {

namespace {

constexpr std::int64_t kStepsPerReduction = 16;  // each may miss the caches

// The export that is running now: long loops trap to themselves with what is left to do.
Export* self_export(Call& c) {
  return find_or_make_export(c.process.current_bif->module, c.process.current_bif->function, c.arity);
}

// Elements whose =:= and == are both "same word".
bool is_plain_key(Term t) { return t.is_immediate() && !t.is_small(); }

enum class KeyResult { tuple, boolean, value };

// First tuple of `list` whose element at `position` compares equal (==) to `key`.
Term find_key(Call& c, Term key, std::int64_t position, Term list, KeyResult result) {
  if (position < 1) return badarg(c);
  const auto index = static_cast<std::size_t>(position) - 1;
  const bool plain = is_plain_key(key);
  Work work(c, kStepsPerReduction);
  for (; list.is_cons(); list = list.tail()) {
    if (!work.step()) return trap(c, self_export(c), {key, Term::small(position), list});
    const auto t = Tuple::from(list.head());
    if (!t || t->arity() <= index) continue;
    const Term element = (*t)[index];
    if (element == key || (!plain && equal(element, key))) {
      switch (result) {
        case KeyResult::tuple: return t->term();
        case KeyResult::boolean: return am::true_;
        case KeyResult::value: return make_tuple(c.heap(), am::value, t->term());
      }
    }
  }
  return list.is_nil() ? am::false_ : badarg(c);
}

// reverse(List, Tail); true if all was done, else *list is what is left. *list becomes the improper tail, if
// any. Room is taken for several cells at once.
bool reverse_onto(Call& c, Work& work, Term* list, Term* tail) {
  constexpr std::size_t kBlock = 64;
  Term l = *list, t = *tail;
  bool done = true;
  while (l.is_cons()) {
    if (!work.steps(kBlock)) {
      done = false;
      break;
    }
    Word* w = c.heap().alloc(2 * kBlock);
    Word* const end = w + 2 * kBlock;
    for (; w != end && l.is_cons(); w += 2, l = l.tail()) {
      w[0] = l.head().bits;
      w[1] = t.bits;
      t = Term::cons(w);
    }
    c.heap().give_back(static_cast<std::size_t>(end - w));
  }
  *list = l;
  *tail = t;
  return done;
}

}  // namespace

JOIST_DEFINE_BIF(lists_member_2, Term element, Term list) {
  Work work(c, kStepsPerReduction);
  const bool immediate = element.is_immediate();
  for (; list.is_cons(); list = list.tail()) {
    if (list.head() == element || (!immediate && equal_exact(list.head(), element))) return am::true_;
    if (!work.step()) return trap(c, self_export(c), {element, list.tail()});
  }
  return list.is_nil() ? am::false_ : badarg(c);
}
// OTP: a position that is no small integer there is no position.
static bool is_position(SmallInt n) { return is_otp_small(n.value()); }

JOIST_DEFINE_BIF(lists_keyfind_3, Term key, SmallInt n, Term list) {
  return is_position(n) ? find_key(c, key, n.value(), list, KeyResult::tuple) : badarg(c);
}
JOIST_DEFINE_BIF(lists_keymember_3, Term key, SmallInt n, Term list) {
  return is_position(n) ? find_key(c, key, n.value(), list, KeyResult::boolean) : badarg(c);
}
JOIST_DEFINE_BIF(lists_keysearch_3, Term key, SmallInt n, Term list) {
  return is_position(n) ? find_key(c, key, n.value(), list, KeyResult::value) : badarg(c);
}

JOIST_DEFINE_BIF(lists_reverse_2, Term list, Term tail) {
  Work work(c, kStepsPerReduction);
  if (!reverse_onto(c, work, &list, &tail)) return trap(c, self_export(c), {list, tail});
  return list.is_nil() ? tail : badarg(c);
}

// ---- ++ ----

// A ++ B copies A. A very long A is reversed slice by slice, then reversed onto B.
static Term append_lists(Call& c, Term left, Term right) {
  if (left.is_nil()) return right;
  if (!left.is_cons()) return badarg(c);
  Work work(c, kStepsPerReduction);
  const Term whole = left;
  constexpr std::size_t kBlock = 64;
  Term first = Term::nil();
  Word* last = nullptr;  // the tail of the last cell so far
  while (left.is_cons()) {
    if (!work.steps(kBlock)) {
      *last = Term::nil().bits;
      Term reversed = Term::nil();
      for (Term l = first; l.is_cons(); l = l.tail()) reversed = make_cons(c.heap(), l.head(), reversed);
      return trap(c, find_or_make_export(am::erts_internal, am::append_trap_, 4),
                  {left, reversed, right, whole});
    }
    Word* w = c.heap().alloc(2 * kBlock);
    Word* const end = w + 2 * kBlock;
    for (; w != end && left.is_cons(); w += 2, left = left.tail()) {
      if (last != nullptr)
        *last = Term::cons(w).bits;
      else
        first = Term::cons(w);
      w[0] = left.head().bits;
      last = w + 1;
    }
    c.heap().give_back(static_cast<std::size_t>(end - w));
  }
  *last = right.bits;
  return left.is_nil() ? first : badarg(c);
}
JOIST_DEFINE_BIF(erlang_append_op_2, Term left, Term right) { return append_lists(c, left, right); }
JOIST_DEFINE_BIF(erlang_append_2, Term left, Term right) { return append_lists(c, left, right); }
// erts_internal:'$append'(RestOfLeft, ReversedSoFar, Right, Left)
JOIST_DEFINE_BIF(erts_internal_append_trap_4, Term left, Term reversed, Term right, Term whole) {
  Work work(c, kStepsPerReduction);
  if (!reverse_onto(c, work, &left, &reversed))
    return trap(c, self_export(c), {left, reversed, right, whole});
  if (!left.is_nil()) {
    c.process.current_bif = find_or_make_export(am::erlang, am::append_op_, 2);
    Term args[] = {whole, right};
    Call append{c.process, args, 2};
    return badarg(append);
  }
  return trap(c, find_or_make_export(am::lists, am::reverse, 2), {reversed, right});
}

// ---- -- ----

namespace {

// The elements to remove, sorted, so that each is found in logarithmic time.
class RemovalSet {
 public:
  explicit RemovalSet(std::vector<Term> elements) : elements_(std::move(elements)), left_(elements_.size()) {
    std::sort(elements_.begin(), elements_.end(), [](Term a, Term b) { return compare_exact(a, b) < 0; });
    for (const Term t : elements_) {
      if (counts_.empty() || !equal_exact(distinct_.back(), t)) {
        distinct_.push_back(t);
        counts_.push_back(0);
      }
      ++counts_.back();
    }
  }
  bool empty() const { return left_ == 0; }
  bool remove(Term t) {
    const auto at = std::lower_bound(distinct_.begin(), distinct_.end(), t,
                                     [](Term a, Term b) { return compare_exact(a, b) < 0; });
    if (at == distinct_.end() || !equal_exact(*at, t)) return false;
    std::size_t& count = counts_[static_cast<std::size_t>(at - distinct_.begin())];
    if (count == 0) return false;
    --count;
    --left_;
    return true;
  }

 private:
  std::vector<Term> elements_, distinct_;
  std::vector<std::size_t> counts_;
  std::size_t left_;
};

// The same for few elements, by looking at all.
class SmallRemovalSet {
 public:
  explicit SmallRemovalSet(std::vector<Term> elements) : elements_(std::move(elements)) {}
  bool empty() const { return elements_.empty(); }
  bool remove(Term t) {
    for (auto& e : elements_) {
      if (!equal_exact(e, t)) continue;
      e = elements_.back();
      elements_.pop_back();
      return true;
    }
    return false;
  }

 private:
  std::vector<Term> elements_;
};

template <class Set>
Term subtract(Call& c, Term left, Set set) {
  ListBuilder kept(c.heap());
  for (; left.is_cons() && !set.empty(); left = left.tail())
    if (!set.remove(left.head())) kept.add(left.head());
  return kept.list(left);  // once nothing is left to remove, the rest is shared
}

}  // namespace

// A -- B -- badarg unless both are proper lists. Long lists go to a dirty thread.
static Term subtract_lists(Call& c, Term left, Term right, std::size_t limit) {
  const auto length = list_length(left), removed_length = list_length(right);
  if (!length || !removed_length) return badarg(c);
  if (left.is_nil() || right.is_nil()) return left;
  if (std::min(*length, *removed_length) > limit)
    return trap(c, find_or_make_export(am::erts_internal, am::subtract_trap_, 2), {left, right});
  auto removed = list_elements(right);
  spend_for(c, *length + removed->size(), 4);
  if (removed->size() <= 8) return subtract(c, left, SmallRemovalSet(std::move(*removed)));
  return subtract(c, left, RemovalSet(std::move(*removed)));
}
constexpr std::size_t kLongSubtraction = 10000;
JOIST_DEFINE_BIF(erlang_subtract_op_2, Term left, Term right) {
  return subtract_lists(c, left, right, kLongSubtraction);
}
JOIST_DEFINE_BIF(erlang_subtract_2, Term left, Term right) {
  return subtract_lists(c, left, right, kLongSubtraction);
}
JOIST_DEFINE_BIF(erts_internal_subtract_trap_2, Term left, Term right) {
  return subtract_lists(c, left, right, SIZE_MAX);
}

}  // namespace joist
