// purge.cpp -- making a process independent of literals that are about to be freed.
#include <algorithm>
#include <unordered_map>

#include "gc/collect.hpp"
#include "gc/copy.hpp"
#include "gc/walk.hpp"
#include "vm/term/bits.hpp"

namespace joist {

bool refers_to_area(ProcessHeap& heap, std::span<const Term> live, const LiteralArea& area) {
  bool found = false;
  HeapWalker(heap).terms({const_cast<Term*>(live.data()), live.size()}, [&](Term& t) {
    if (t.is_pointer() && is_literal(t.pointer()) && area.contains(t.pointer())) found = true;
  });
  return found;
}

// Each literal that is referred to is copied once into fragments. Old objects may then refer to fragments,
// which no minor collection would see: so everything is collected into one block at once.
void copy_literals_of_area(ProcessHeap& heap, std::span<Term> live, const LiteralArea& area) {
  if (!refers_to_area(heap, live, area)) return;
  heap.leave_extension();
  GrowingFragmentHeap copies;
  std::unordered_map<Word, Term> copied;
  // Only the bytes' owner of a bitstring: the collector keeps a binary_ref or heap_bits apart from the
  // sub_bits.
  const auto copy_owner = [&](const Word* from) {
    const std::size_t words = 1 + header_words(*from);
    Word* to = copies.alloc(words);
    std::copy(from, from + words, to);
    if (header_kind(*from) == BoxKind::binary_ref) {
      auto* binary = reinterpret_cast<RefcBinary*>(from[1]);
      binary->retain();
      copies.link_off_heap(to, words_for_bytes(binary->capacity));
    }
    return Term::boxed(to);
  };
  HeapWalker(heap).terms(live, [&](Term& t) {
    if (!t.is_pointer() || !is_literal(t.pointer()) || !area.contains(t.pointer())) return;
    auto [it, is_new] = copied.try_emplace(t.bits);
    if (is_new) {
      const bool owner = t.is_boxed() && header_kind(t.header()) == BoxKind::binary_ref;
      it->second = owner ? copy_owner(t.box_words()) : copy_out_of_area(copies, t, area);
    }
    t = it->second;
  });
  heap.adopt(copies.finish());
  collect_into_one_block(heap, live);
}

}  // namespace joist
