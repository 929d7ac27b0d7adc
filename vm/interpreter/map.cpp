#include "vm/interpreter/instructions/map.hpp"

#include <array>
#include <vector>

#include "vm/interpreter/add_instructions.hpp"
#include "vm/term/fun.hpp"

namespace joist {
namespace {

// The pairs of put_map_*: on the C++ stack where they are few.
struct Pairs {
  Pairs(const Machine& m, const Words_& words) {
    if (words.size() > kInline) many_.resize(words.size());
    Term* at = words.size() > kInline ? many_.data() : few_;
    for (std::size_t i = 0; i < words.size(); ++i) at[i] = words.get(m, i);
    span = {at, words.size()};
  }
  std::span<const Term> span;

 private:
  static constexpr std::size_t kInline = 32;
  Term few_[kInline];
  std::vector<Term> many_;
};

Flow finish(Machine& m, Word live, Term result, Slot dst) {
  if (!settle_heap(m, result, static_cast<std::uint32_t>(live))) return Flow::raise;
  dst.set(m, result);
  return Flow::next;
}

}  // namespace

Flow PutMapAssoc::slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ words) {
  const Term from = map.get(m);
  if (!from.is_map()) return fail != nullptr ? m.jump(fail) : raise_pair(m, am::badmap, from);
  const Pairs pairs(m, words);
  const Term result = pairs.span.size() == 2 ? map_put(m.p->heap, from, pairs.span[0], pairs.span[1])
                                             : map_put_all(m.p->heap, from, pairs.span);
  return finish(m, live, result, dst);
}

Flow PutMapExact::slow(Machine& m, const Word* fail, Word live, Slot map, Slot dst, Words_ words) {
  const Term from = map.get(m);
  if (!from.is_map()) return fail != nullptr ? m.jump(fail) : raise_pair(m, am::badmap, from);
  const Pairs pairs(m, words);
  Term missing = Term::none();
  const Term result = map_update_all(m.p->heap, from, pairs.span, &missing);
  if (result.is_none()) return fail != nullptr ? m.jump(fail) : raise_pair(m, am::badkey, missing);
  return finish(m, live, result, dst);
}

Flow NewFlatMap::slow(Machine& m, Word live, Slot keys, Slot dst, Words_ values) {
  std::array<Term, kMaxFlatMap> terms;
  for (std::size_t i = 0; i < values.size(); ++i) terms[i] = values.get(m, i);
  return finish(m, live, make_flat_map(m.p->heap, keys.get(m), {terms.data(), values.size()}), dst);
}

Flow HasMapFields::slow(Machine& m, const Word* fail, Slot map, Words_ keys) {
  const Term t = map.get(m);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (map_get(t, keys.get(m, i)).is_none()) return m.jump(fail);
  return Flow::next;
}

Flow GetMapElements::slow(Machine& m, const Word* fail, Slot map, Words_ gets) {
  const Term t = map.get(m);
  for (std::size_t i = 0; i + 1 < gets.size(); i += 2) {
    const Term value = map_get(t, gets.get(m, i));
    if (value.is_none()) return m.jump(fail);
    gets.slot(i + 1).set(m, value);
  }
  return Flow::next;
}

Flow MakeFunReserve::slow(Machine& m, Word entry, Slot dst, Words_ environment) {
  Heap& heap = m.p->heap;
  const std::size_t n = environment.size();
  Word* at = heap.alloc(fun_words(n));
  at[0] = make_header(BoxKind::fun, 2 + n);
  at[1] = entry;
  at[2] = m.p->pid.bits;
  for (std::size_t i = 0; i < n; ++i) at[3 + i] = environment.get(m, i).bits;
  Term result = Term::boxed(at);
  m.p->heap.leave_extension();
  dst.set(m, result);
  return Flow::next;
}

void add_map_instructions(InstructionSet& set) { add_instructions(set, MapInstructions{}); }

}  // namespace joist
