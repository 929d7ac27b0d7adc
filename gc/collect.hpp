// collect.hpp -- generational copying collection of one process's heap (after Cheney, 1970).
//
// Minor: what lies above the high-water mark is copied into a new block; what survived one collection
// already is moved to the old generation. Major (fullsweep): everything, into one new block.
// Terms in literal areas are left alone. Forwarding: a moved object's header becomes a boxed pointer to the
// new place; a moved cons cell's head becomes none() and its tail the new cons.
#pragma once
#include <atomic>
#include <span>

#include "gc/literal.hpp"
#include "gc/process_heap.hpp"
#include "vm/base/flags.hpp"

namespace joist {

enum class CollectKind { automatic, major };

struct CollectResult {
  bool heap_limit_exceeded = false;  // max_heap_size: the process must be killed (or just logged)
  std::size_t cost = 0;              // reductions to charge
};

// Afterwards at least `need` words are free between top and stack. Roots: the stack, `live` (x registers or a
// BIF's terms; updated), and whatever the owner's VisitRoots shows.
CollectResult collect(ProcessHeap& heap, std::size_t need, std::span<Term> live,
                      CollectKind kind = CollectKind::automatic);

// THE reservation: afterwards `need` words are free. This is the only function that may move terms.
inline bool flags_collect_always() {
  if constexpr (kChecked) return flags.collect_always;
  return false;
}
inline CollectResult reserve(ProcessHeap& heap, std::size_t need, std::span<Term> live) {
  if (!flags_collect_always() &&
      static_cast<std::size_t>(heap.stack() - heap.top()) >= need + ProcessHeap::kRedZone && !heap.extended())
      [[likely]]
    return {};
  return collect(heap, need, live);
}

// Called after each collection by collect(), if set, with what it took.
extern std::atomic<void (*)(ProcessHeap& heap, void* owner, std::uint64_t ns)> collect_observer;
// So long an observed collection takes at least; for tests of who observes.
extern std::atomic<unsigned> collect_delay_ms;

// Called, if set, at the start (with the words that are needed) and the end (with those that were won) of
// each collection but those that only rearrange. Must leave the heap alone.
enum class CollectStage { start, end };
extern std::atomic<void (*)(ProcessHeap& heap, void* owner, CollectStage stage, bool full, std::size_t words)>
    collect_tracer;

// Shrinks to the live data and little more: process hibernation.
void collect_for_hibernate(ProcessHeap& heap);

// Puts everything, the old generation and fragments too, into one young block.
void collect_into_one_block(ProcessHeap& heap, std::span<Term> live);

// Code purging and persistent_term: whether any term of the heap or its roots lies in `area`, and making it
// so that none does, by copying those that do (which may move everything).
bool refers_to_area(ProcessHeap& heap, std::span<const Term> live, const LiteralArea& area);
void copy_literals_of_area(ProcessHeap& heap, std::span<Term> live, const LiteralArea& area);

// Total number of collections and words reclaimed, for statistics(garbage_collection).
struct CollectTotals {
  std::uint64_t collections, words_reclaimed;
};
CollectTotals collect_totals();

// Walks the whole heap and fails if a term points nowhere sensible. Slow.
void verify_heap(ProcessHeap& heap, std::span<const Term> live);

}  // namespace joist
