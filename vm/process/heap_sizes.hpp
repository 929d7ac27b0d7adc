// heap_sizes.hpp -- the sizes of a process's heap, as process_info and traces of collections show them.
#pragma once
#include "vm/process/process.hpp"
#include "vm/term/list.hpp"

namespace joist {

// Adds {Item, Words} for each, built on `h`; `beside`: words beside the heap's blocks.
inline void add_heap_sizes(ListBuilder& list, Heap& h, const Process& p, std::size_t beside) {
  const ProcessHeap& m = p.heap;
  const std::pair<Term, std::size_t> items[] = {
      {am::old_heap_block_size, m.old_size()},
      {am::heap_block_size, m.heap_size()},
      {am::mbuf_size, beside},
      {am::recent_size, m.recent_words()},
      {am::stack_size, m.stack_size()},
      {am::old_heap_size, m.old_used()},
      {am::heap_size, m.used_words()},
      {am::bin_vheap_size, m.bin_vheap_words()},
      {am::bin_vheap_block_size, m.bin_vheap_limit()},
      {am::bin_old_vheap_size, m.bin_old_vheap_words()},
      {am::bin_old_vheap_block_size, m.bin_old_vheap_limit()},
  };
  for (const auto& [item, words] : items)
    list.add(make_tuple(h, item, Term::small(static_cast<std::int64_t>(words))));
}

}  // namespace joist
