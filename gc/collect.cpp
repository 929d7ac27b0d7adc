#include "gc/collect.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "gc/block.hpp"
#include "gc/literal.hpp"
#include "vm/base/clock.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/magic.hpp"

namespace joist {

namespace {

// From this size on, a collection takes a target block large enough for the worst case at once and cuts off
// what turns out to be too much (pages never touched cost nothing). Smaller heaps first get a block that
// holds the survivors, and if that is too small for what is wanted next, the few survivors move once more.
constexpr std::size_t kLargeHeap = 8192;
// A full collection of less than this puts everything into one block, without an old generation.
constexpr std::size_t kOneBlock = 8192;
// A process that keeps much gets a larger young block than its garbage alone would ask for, so that its roots
// are not visited over and over; but no larger than a core's own cache holds well.
constexpr std::size_t kYoungBesideOld = 28690;

// From this size on, a young block of which much survives grows before it is full.
constexpr std::size_t kGrowEarly = 512;
// A block that is too small for what is built at once grows up to about this.
constexpr std::size_t kGrowSpilled = 2048;
// A young block shrinks when so many collections one after the other have left it mostly empty, unless it is
// larger than this: what a program keeps comes and goes, and a block that shrank too soon promotes what is
// about to die.
constexpr std::uint32_t kEmptyBeforeShrinking = 6;
constexpr std::size_t kShrinkAtOnce = 196650;

// One per thread, never freed: a thread that has ended still counts.
struct Totals {
  std::atomic<std::uint64_t> collections{0}, words_reclaimed{0};
  Totals* next = nullptr;
};
std::atomic<Totals*> all_totals{nullptr};
constinit thread_local Totals* own_totals = nullptr;

[[gnu::noinline]] Totals& make_totals() {
  auto* t = new Totals;
  t->next = all_totals.load(std::memory_order_relaxed);
  while (
      !all_totals.compare_exchange_weak(t->next, t, std::memory_order_release, std::memory_order_relaxed)) {
  }
  own_totals = t;
  return *t;
}

void count_collection(std::uint64_t reclaimed) {
  Totals& t = own_totals != nullptr ? *own_totals : make_totals();
  // Only this thread writes: no locked instruction is needed.
  t.collections.store(t.collections.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  t.words_reclaimed.store(t.words_reclaimed.load(std::memory_order_relaxed) + reclaimed,
                          std::memory_order_relaxed);
}

// The next limit of off-heap words: grows by the golden ratio until less than 3/4 of it is used, halves when
// less than 1/4 is (OTP).
std::size_t next_bin_vheap_limit(std::size_t used, std::size_t limit, std::size_t min) {
  if (used / 3 > limit / 4) {
    while (used / 3 > limit / 4) limit = limit / 1000 * 1618 + 1000;
  } else if (used < limit / 4) {
    limit /= 2;
  }
  return std::max(limit, min);
}

std::size_t off_heap_words(const Word* object) {
  if (header_kind(object[0]) != BoxKind::binary_ref) return 0;
  return words_for_bytes(reinterpret_cast<const RefcBinary*>(object[1])->capacity);
}

inline std::size_t offset(const Word* p, const Word* from) {
  return reinterpret_cast<std::size_t>(p) - reinterpret_cast<std::size_t>(from);
}

// While the adversarial mode is on, what was collected is made useless, so that a term that was missed is
// found: a boxed pointer that leads to no memory.
void poison(Word* from, Word* end) {
  if constexpr (kChecked)
    if (flags.collect_always) std::fill(from, end, Word{0xDEADBEEFDEADBEEE});
}

// Copies an object of a few words inline; a call of memcpy would cost more than the copying.
[[gnu::always_inline]] inline void copy_words(Word* to, const Word* from, std::size_t n) {
  if (n > 32) [[unlikely]] {
    std::memcpy(to, from, n * sizeof(Word));
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = from[i];
    asm("" : "+r"(i));  // keeps the compiler from making this loop a call of memcpy again
  }
}

}  // namespace

// One collection of one heap.
class Collector {
 public:
  Collector(ProcessHeap& heap, std::span<Term> live) : heap_(heap), live_(live) {}

  CollectResult collect(std::size_t need, CollectKind kind);
  void hibernate();
  // Everything into one block of just the next size.
  void merge();

 private:
  // What a pass does with the generations.
  enum class Pass {
    minor,  // old generation stays; what is below the high-water mark joins it
    major,  // both generations are copied, into new blocks
    single  // everything is copied into one new block
  };

  // Where things lie, kept in registers by the copying loops.
  struct Regions {
    const Word* block;  // what is collected of the block ...
    std::size_t block_bytes;
    std::size_t mature_bytes;  // ... and how much of it goes to the old generation
    const Word* old;           // the old generation before the pass
    std::size_t old_bytes;
    const Word* to_young;  // target blocks
    std::size_t to_young_bytes;
    const Word* to_old;
    std::size_t to_old_bytes;
    const Word* literals;
  };
  // Ends of what has been copied so far.
  struct Tops {
    Word* young;
    Word* old;
  };
  enum class Target { none, young, old };

  // One pass is compiled for each case, so that the usual one (minor, no fragments) tests one region only.
  template <Pass P, bool kFragments>
  struct Copier;

  void minor(std::size_t need);
  void major(std::size_t need, CollectKind kind);
  void single(std::size_t need, CollectKind kind);

  void resize_young(std::size_t words);
  void run_pass(Pass pass, Word* to_young, std::size_t young_words, Word* to_old, std::size_t old_words);
  template <Pass P, bool kFragments>
  void trace(const Regions& r, Tops& tops);
  void sweep(OffHeapList list, const Regions& r);
  void set_young_size(std::size_t words);
  bool over_limit() const;
  bool may_be_skipped(std::size_t need) const;

  std::size_t young_used() const { return static_cast<std::size_t>(heap_.top_ - heap_.start_); }
  std::size_t mature_words() const { return static_cast<std::size_t>(heap_.high_water_ - heap_.start_); }
  // The least size of the young block. A deep stack is copied and searched at every collection, so it must
  // not leave so little room that the next one is due soon.
  std::size_t least_young_size() const {
    const std::size_t stack = heap_.stack_size();
    return std::max(
        {heap_.limits_.min_heap_words, stack + stack / 2, std::min(heap_.old_used() / 16, kYoungBesideOld)});
  }
  // Words that must be free or taken in the young block for the process to go on.
  std::size_t wanted(std::size_t need) const {
    return young_used() + heap_.stack_size() + need + ProcessHeap::kRedZone;
  }

  ProcessHeap& heap_;
  std::span<Term> live_;
  std::size_t copied_ = 0;  // words
};

template <Collector::Pass P, bool kFragments>
struct Collector::Copier final : RootVisitor {
  Copier(const Regions& regions, Tops& tops) : regions_(regions), tops_(tops) {}

  // Into which generation the object at `p` must be copied, if it is to be at all.
  [[gnu::always_inline]] static Target target(const Regions& r, const Word* p) {
    const std::size_t at = offset(p, r.block);
    if (at < r.block_bytes) {
      if constexpr (P != Pass::single)
        if (at < r.mature_bytes) return Target::old;
      return Target::young;
    }
    if constexpr (P == Pass::major)
      if (offset(p, r.old) < r.old_bytes) return Target::old;
    if constexpr (P == Pass::single)
      if (offset(p, r.old) < r.old_bytes) return Target::young;
    if constexpr (kFragments) {
      // Not a literal and in no block: then it lies in one of the fragments.
      if (P == Pass::minor && offset(p, r.old) < r.old_bytes) return Target::none;
      if (P == Pass::major && offset(p, r.to_old) < r.to_old_bytes) return Target::none;
      if (offset(p, r.to_young) < r.to_young_bytes) return Target::none;
      if (offset(p, r.literals) < kLiteralRangeBytes) return Target::none;
      return Target::young;
    }
    return Target::none;
  }

  // Copies a cons cell and the cells that follow it, so that a list lies in one piece afterwards.
  template <Target T>
  [[gnu::always_inline]] static Word move_cons(const Regions& r, Word cell, Word*& top) {
    Word* from = reinterpret_cast<Word*>(cell - Term::kConsTag);
    Word head = from[0];
    if (head == Term::kNoneTag) return from[1];
    Word* to = top;
    const Word result = reinterpret_cast<Word>(to) | Term::kConsTag;
    for (;;) {
      const Word tail = from[1];
      to[0] = head;
      from[0] = Term::kNoneTag;
      from[1] = reinterpret_cast<Word>(to) | Term::kConsTag;
      if ((tail & Term::kPrimaryMask) != Term::kConsTag) {
        to[1] = tail;
        break;
      }
      from = reinterpret_cast<Word*>(tail - Term::kConsTag);
      if (target(r, from) != T) {
        to[1] = tail;
        break;
      }
      head = from[0];
      if (head == Term::kNoneTag) {
        to[1] = from[1];
        break;
      }
      to[1] = reinterpret_cast<Word>(to + 2) | Term::kConsTag;
      to += 2;
    }
    top = to + 2;
    return result;
  }

  [[gnu::always_inline]] static Word move_box(Word box, Word*& top) {
    Word* from = reinterpret_cast<Word*>(box - Term::kBoxedTag);
    const Word header = from[0];
    if ((header & Term::kPrimaryMask) == Term::kBoxedTag) return header;
    Word* to = top;
    const std::size_t n = header_words(header) + 1;
    copy_words(to, from, n);
    const Word result = reinterpret_cast<Word>(to) | Term::kBoxedTag;
    from[0] = result;
    top = to + n;
    return result;
  }

  // Calls `young`, `old` or neither, as target() says. (Branches, where clang would make a number of it
  // first.)
  template <class Young, class Old>
  [[gnu::always_inline]] static void dispatch(const Regions& r, const Word* p, Young young, Old old) {
    const std::size_t at = offset(p, r.block);
    if (at < r.block_bytes) {
      if constexpr (P != Pass::single)
        if (at < r.mature_bytes) return old();
      return young();
    }
    if constexpr (P == Pass::minor && !kFragments) return;
    const Target t = target(r, p);
    if (t == Target::young)
      young();
    else if (t == Target::old)
      old();
  }
  // `*slot` holds a cons or boxed pointer.
  [[gnu::always_inline]] static void evacuate_cons(const Regions& r, Word* slot, Tops& tops) {
    const Word w = *slot;
    dispatch(
        r, reinterpret_cast<Word*>(w - Term::kConsTag),
        [&] { *slot = move_cons<Target::young>(r, w, tops.young); },
        [&] { *slot = move_cons<Target::old>(r, w, tops.old); });
  }
  [[gnu::always_inline]] static void evacuate_box(const Regions& r, Word* slot, Tops& tops) {
    const Word w = *slot;
    dispatch(
        r, reinterpret_cast<Word*>(w - Term::kBoxedTag), [&] { *slot = move_box(w, tops.young); },
        [&] { *slot = move_box(w, tops.old); });
  }
  [[gnu::always_inline]] static void evacuate(const Regions& r, Word* slot, Tops& tops) {
    if ((*slot & Term::kConsTag) != 0)
      evacuate_cons(r, slot, tops);
    else
      evacuate_box(r, slot, tops);
  }
  // Primary tags 1 and 2: one test for both.
  static bool is_pointer(Word w) { return ((w + 1) & 2) != 0; }

  // Roots. Return addresses and catches have the primary tag of immediates.
  static void visit_words(const Regions& regions, Tops& tops, Word* at, Word* end) {
    const Regions r = regions;
    Tops local = tops;
    for (; at < end; ++at)
      if (is_pointer(*at)) evacuate(r, at, local);
    tops = local;
  }
  void visit(Term* first, std::size_t n) override {
    Word* at = reinterpret_cast<Word*>(first);
    visit_words(regions_, tops_, at, at + n);
  }

  // Objects whose words are not all terms: returns the place behind the object at `at`.
  [[gnu::always_inline]] static Word* scan_raw(const Regions& r, Word* at, Word header, Tops& tops) {
    const BoxKind kind = header_kind(header);
    if (kind == BoxKind::sub_bits || kind == BoxKind::match_context) {
      evacuate_box(r, at + 1, tops);
      // Bytes on the heap have moved with their object; reference counted ones never move.
      Word* under = reinterpret_cast<Word*>(at[1] - Term::kBoxedTag);
      if (header_kind(*under) == BoxKind::heap_bits) at[2] = reinterpret_cast<Word>(under + 2);
    }
    return at + 1 + header_words(header);
  }

  // Scans what was copied into one generation until nothing more is added to it.
  template <Target T>
  static Word* scan(const Regions& regions, Tops& tops, Word* at) {
    const Regions r = regions;
    Tops local = tops;
    while (at < (T == Target::young ? local.young : local.old)) {
      const Word w = *at;
      if (is_pointer(w)) {
        evacuate(r, at, local);
        ++at;
      } else if ((w & Term::kImmediateMask) == Term::kHeaderTag && !box_is_terms(header_kind(w))) {
        at = scan_raw(r, at, w, local);
      } else {
        ++at;
      }
    }
    tops = local;
    return at;
  }

  const Regions& regions_;
  Tops& tops_;
};

template <Collector::Pass P, bool kFragments>
void Collector::trace(const Regions& r, Tops& tops) {
  using C = Copier<P, kFragments>;
  Word* young_scan = tops.young;
  Word* old_scan = tops.old;
  C::visit_words(r, tops, heap_.stack_, heap_.end_);
  Word* live = reinterpret_cast<Word*>(live_.data());
  C::visit_words(r, tops, live, live + live_.size());
  if (heap_.visit_roots_ != nullptr) {
    C visitor(r, tops);
    heap_.visit_roots_(heap_.owner_, visitor);
  }
  // The old generation's objects refer to older ones only, but nothing here depends on it.
  do {
    young_scan = C::template scan<Target::young>(r, tops, young_scan);
    if constexpr (P != Pass::single) old_scan = C::template scan<Target::old>(r, tops, old_scan);
  } while (young_scan != tops.young);
}

// Copies all that lives and puts the new blocks in place. `to_old` is null where the old generation stays
// (minor) or is given up (single).
void Collector::run_pass(Pass pass, Word* to_young, std::size_t young_words, Word* to_old,
                         std::size_t old_words) {
  ProcessHeap& h = heap_;
  Regions r{};
  r.block = h.start_;
  r.block_bytes = offset(h.top_, h.start_);
  r.mature_bytes = pass == Pass::single ? 0 : offset(h.high_water_, h.start_);
  r.old = h.old_start_;
  // In a minor pass the whole old block counts: what is promoted during the pass must stay, too.
  r.old_bytes = offset(pass == Pass::minor ? h.old_end_ : h.old_top_, h.old_start_);
  r.to_young = to_young;
  r.to_young_bytes = young_words * sizeof(Word);
  r.to_old = to_old;
  r.to_old_bytes = old_words * sizeof(Word);
  r.literals = literal_range_start;

  Tops tops{to_young, pass == Pass::minor ? h.old_top_ : to_old};
  const Word* const old_before = tops.old;
  const bool fragments = h.fragments_ != nullptr;
  switch (pass) {
    case Pass::minor:
      fragments ? trace<Pass::minor, true>(r, tops) : trace<Pass::minor, false>(r, tops);
      break;
    case Pass::major:
      fragments ? trace<Pass::major, true>(r, tops) : trace<Pass::major, false>(r, tops);
      break;
    case Pass::single:
      fragments ? trace<Pass::single, true>(r, tops) : trace<Pass::single, false>(r, tops);
      break;
  }
  copied_ +=
      static_cast<std::size_t>(tops.young - to_young) + static_cast<std::size_t>(tops.old - old_before);
  check(tops.young + h.stack_size() <= to_young + young_words, "survivors do not fit into the new block");

  if (pass != Pass::minor) {
    // The second list's objects may survive in either generation, so both lists are made anew.
    OffHeapList young = h.off_heap_, old = h.old_off_heap_;
    h.off_heap_ = h.old_off_heap_ = {};
    r.old = to_old;
    r.old_bytes = r.to_old_bytes;
    sweep(young, r);
    sweep(old, r);
  } else {
    sweep(std::exchange(h.off_heap_, {}), r);
  }
  HeapFragment::free_chain(std::exchange(h.fragments_, nullptr));
  h.fragment_words_ = 0;

  const std::size_t stack_words = h.stack_size();
  Word* const to_end = to_young + young_words;
  std::memcpy(to_end - stack_words, h.stack_, stack_words * sizeof(Word));
  poison(h.start_, h.end_);
  block_free(h.start_);
  h.start_ = to_young;
  h.end_ = to_end;
  h.high_water_ = tops.young;
  h.set_registers(tops.young, to_end - stack_words);
  if (pass == Pass::minor) {
    h.old_top_ = tops.old;
  } else {
    poison(h.old_start_, h.old_end_);
    block_free(h.old_start_);
    h.old_start_ = to_old;
    h.old_top_ = tops.old;
    h.old_end_ = to_old + old_words;
  }
}

// Puts each object of `list` that was copied on the list of the generation where it is now, and releases the
// others. `r.old` is the old generation after the pass.
void Collector::sweep(OffHeapList list, const Regions& r) {
  for (Word* object = list.first; object != nullptr;) {
    if ((*object & Term::kPrimaryMask) != Term::kBoxedTag) {
      Word* next = reinterpret_cast<Word*>(object[header_words(*object)]);
      release_off_heap_object(object);
      object = next;
      continue;
    }
    Word* moved = reinterpret_cast<Word*>(*object - Term::kBoxedTag);
    Word* link = moved + header_words(*moved);
    object = reinterpret_cast<Word*>(*link);
    OffHeapList& target = offset(moved, r.old) < r.old_bytes ? heap_.old_off_heap_ : heap_.off_heap_;
    *link = reinterpret_cast<Word>(target.first);
    target.first = moved;
    target.virtual_words += off_heap_words(moved);
  }
}

// Moves the young block's contents into a block of `words`; everything else stays.
void Collector::resize_young(std::size_t words) {
  heap_.high_water_ = heap_.start_;  // nothing is promoted
  run_pass(Pass::minor, block_alloc(words), words, nullptr, 0);
}

// Makes the young block end after `words`, by moving the stack.
void Collector::set_young_size(std::size_t words) {
  ProcessHeap& h = heap_;
  if (words == h.heap_size()) return;
  const std::size_t stack_words = h.stack_size();
  Word* const end = h.start_ + words;
  Word* const stack = end - stack_words;
  std::memmove(stack, h.stack_, stack_words * sizeof(Word));
  h.end_ = end;
  h.set_registers(h.top_, stack);
  block_trim(h.start_, words);
}

void Collector::minor(std::size_t need) {
  ProcessHeap& h = heap_;
  const std::size_t size = h.heap_size();
  // No more than this can survive in the young generation, and must fit together with the stack.
  const std::size_t most =
      young_used() - mature_words() + h.fragment_words_ + h.stack_size() + ProcessHeap::kRedZone;
  // Where much of the block survived the last collection, or is stack, a larger one: each word kept is then
  // visited less often than words are made, whatever the program keeps.
  const std::size_t kept = mature_words() + h.stack_size();
  const bool crowded = kept * (size >= kGrowEarly ? 4 : 3) > size;
  // So it is where much of what was built lately went to fragments.
  const bool spilled = size < kGrowSpilled && h.fragment_words_ * 2 > size;
  const std::size_t roomier = crowded || spilled ? size + 1 : size;
  const std::size_t usual = next_heap_size(std::max(roomier, least_young_size()));
  std::size_t to = std::max(usual, next_heap_size(most));
  if (most + need > to && most + need >= kLargeHeap) to = next_heap_size(most + need);

  if (h.old_start_ == nullptr && mature_words() != 0) {
    const std::size_t words = next_heap_size(std::max(young_used(), mature_words()) + 1);
    h.old_start_ = h.old_top_ = block_alloc(words);
    h.old_end_ = h.old_start_ + words;
  }
  run_pass(Pass::minor, block_alloc(to), to, nullptr, 0);
  ++h.minor_collections_;

  const std::size_t after = wanted(need);
  if (after > to) {
    resize_young(next_heap_size(std::max(after, least_young_size())));
  } else if (to > usual && after <= usual / 4 * 3) {
    if (to >= kLargeHeap)
      set_young_size(usual);
    else
      resize_young(usual);
  } else if (to > 8000 && after * 4 < to) {
    if (++h.mostly_empty_ < kEmptyBeforeShrinking && to <= kShrinkAtOnce) return;
    // Not far below an old generation that will be filled from here.
    const std::size_t shrunk = next_heap_size(std::max(after * 3, least_young_size()));
    if (shrunk < to) set_young_size(shrunk);
  }
  h.mostly_empty_ = 0;
}

void Collector::major(std::size_t need, CollectKind kind) {
  ProcessHeap& h = heap_;
  const std::size_t size = h.heap_size(), min = h.limits_.min_heap_words;
  const std::size_t most =
      young_used() - mature_words() + h.fragment_words_ + h.stack_size() + ProcessHeap::kRedZone;
  const std::size_t to = next_heap_size(std::max({most + need, min, kind == CollectKind::major ? 0 : size}));
  // The old generation gets room to take in as much again before the next full collection: each word that is
  // kept is then copied about once more, however large the heap becomes.
  const std::size_t most_old = h.old_used() + mature_words();
  Word* const old_block = block_alloc(next_heap_size(2 * most_old + size), most_old);
  const std::size_t to_old = block_capacity(old_block);
  run_pass(Pass::major, block_alloc(to), to, old_block, to_old);

  const std::size_t old = h.old_used();
  if (old == 0) {
    block_free(h.old_start_);
    h.old_start_ = h.old_top_ = h.old_end_ = nullptr;
  } else {
    const std::size_t room = kind == CollectKind::major ? old / 8 : old + size;
    const std::size_t shrunk = next_heap_size(old + room);
    if (shrunk < to_old) {
      block_trim(h.old_start_, shrunk);
      h.old_end_ = h.old_start_ + shrunk;
    }
  }
  const std::size_t after = wanted(need);
  std::size_t shrunk = to;
  if (kind == CollectKind::major || after * 4 < to)
    shrunk = next_heap_size(std::max(after * 3, least_young_size()));
  if (shrunk < to) set_young_size(shrunk);
}

void Collector::single(std::size_t need, CollectKind kind) {
  ProcessHeap& h = heap_;
  const std::size_t min = h.limits_.min_heap_words;
  const std::size_t most =
      young_used() + h.old_used() + h.fragment_words_ + h.stack_size() + ProcessHeap::kRedZone;
  const std::size_t to = next_heap_size(std::max(most, min));
  run_pass(Pass::single, block_alloc(to), to, nullptr, 0);
  const std::size_t after = wanted(need);
  if (after > to) {
    resize_young(next_heap_size(after));
  } else if (after * 4 < to && to > min) {
    const std::size_t shrunk = next_heap_size(std::max(after * (kind == CollectKind::major ? 2 : 3), min));
    if (shrunk < to) resize_young(shrunk);
  }
}

// The adversarial mode asks for a collection at every reservation. Of a large heap only some are made, so
// that the time of a reservation does not grow with the heap.
bool Collector::may_be_skipped(std::size_t need) const {
  constexpr std::size_t kWordsEach = 1000;
  thread_local std::size_t skipped = 0;
  if (heap_.extended() || static_cast<std::size_t>(heap_.stack_ - heap_.top_) < need + ProcessHeap::kRedZone)
    return false;
  const std::size_t words = young_used() + heap_.old_used() + heap_.fragment_words_ + heap_.stack_size();
  if (++skipped <= words / kWordsEach) return true;
  skipped = 0;
  return false;
}

CollectResult Collector::collect(std::size_t need, CollectKind kind) {
  ProcessHeap& h = heap_;
  // So large that sums of sizes could overflow.
  if (need > PTRDIFF_MAX / (4 * sizeof(Word)))
    out_of_memory(std::min(need, SIZE_MAX / sizeof(Word)) * sizeof(Word), "heap");
  if (h.start_ == nullptr) h.init(need + ProcessHeap::kRedZone);
  if constexpr (kChecked)
    if (flags.collect_always && kind == CollectKind::automatic && may_be_skipped(need)) return {};
  h.leave_extension();
  // A bad term shows best before it is moved; what this collection leaves is looked at by the next one.
  if constexpr (kChecked)
    if (flags.verify_heap) verify_heap(h, live_);
  const std::size_t before = young_used() + h.old_used() + h.fragment_words_;

  const std::size_t old_room = h.old_start_ == nullptr ? SIZE_MAX : h.old_size() - h.old_used();
  const bool full = kind == CollectKind::major || h.minor_collections_ >= h.limits_.fullsweep_after ||
                    mature_words() > old_room || h.old_off_heap_.virtual_words > h.old_bin_vheap_limit_;
  // The adversarial mode moves the old generation often, too.
  bool forced = false;
  if constexpr (kChecked) forced = flags.collect_always && h.minor_collections_ >= 7;
  const auto tracer = collect_tracer.load(std::memory_order_relaxed);
  if (tracer != nullptr) tracer(h, h.owner_, CollectStage::start, full, need);
  if (!full && !forced) {
    minor(need);
  } else {
    if (before + h.stack_size() + need < kOneBlock)
      single(need, kind);
    else
      major(need, kind);
    h.minor_collections_ = 0;
    h.old_bin_vheap_limit_ = next_bin_vheap_limit(h.old_off_heap_.virtual_words, h.old_bin_vheap_limit_,
                                                  h.limits_.min_bin_vheap_words);
  }
  h.bin_vheap_limit_ =
      next_bin_vheap_limit(h.off_heap_.virtual_words, h.bin_vheap_limit_, h.limits_.min_bin_vheap_words);

  const std::size_t after = young_used() + h.old_used();
  count_collection(before > after ? before - after : 0);
  CollectResult result;
  result.cost = 1 + copied_ / 10;
  result.heap_limit_exceeded = over_limit();
  if (tracer != nullptr && !result.heap_limit_exceeded)
    tracer(h, h.owner_, CollectStage::end, full, before > after ? before - after : 0);
  check(static_cast<std::size_t>(h.stack_ - h.top_) >= need + ProcessHeap::kRedZone,
        "a collection left too little room");
  return result;
}

void Collector::merge() {
  ProcessHeap& h = heap_;
  const std::size_t words = next_heap_size(young_used() + h.old_used() + h.fragment_words_ + h.stack_size() +
                                           ProcessHeap::kRedZone + h.limits_.min_heap_words);
  run_pass(Pass::single, block_alloc(words), words, nullptr, 0);
  h.minor_collections_ = 0;
}

// Twice: first into a block that certainly holds everything, then into one that just holds what was left.
void Collector::hibernate() {
  ProcessHeap& h = heap_;
  if (h.start_ == nullptr) return;
  h.leave_extension();
  const std::size_t before = young_used() + h.old_used() + h.fragment_words_;
  const std::size_t most = before + h.stack_size() + ProcessHeap::kRedZone;
  run_pass(Pass::single, block_alloc(most), most, nullptr, 0);
  resize_young(wanted(0));
  h.minor_collections_ = 0;
  h.bin_vheap_limit_ = h.old_bin_vheap_limit_ = h.limits_.min_bin_vheap_words;
  count_collection(before - young_used());
  if constexpr (kChecked)
    if (flags.verify_heap) verify_heap(h, live_);
}

bool Collector::over_limit() const {
  const HeapLimits& l = heap_.limits_;
  if (l.max_heap_words == 0) return false;
  std::size_t words = heap_.total_heap_size();
  if (l.max_heap_include_shared) words += heap_.off_heap_.virtual_words + heap_.old_off_heap_.virtual_words;
  return words > l.max_heap_words;
}

std::atomic<void (*)(ProcessHeap&, void*, std::uint64_t)> collect_observer{nullptr};
std::atomic<unsigned> collect_delay_ms{0};

std::atomic<void (*)(ProcessHeap&, void*, CollectStage, bool, std::size_t)> collect_tracer{nullptr};

CollectResult collect(ProcessHeap& heap, std::size_t need, std::span<Term> live, CollectKind kind) {
  const auto observer = collect_observer.load(std::memory_order_relaxed);
  if (observer == nullptr) [[likely]]
    return Collector(heap, live).collect(need, kind);
  const std::uint64_t start = elapsed_ns();
  const CollectResult result = Collector(heap, live).collect(need, kind);
  if (const unsigned ms = collect_delay_ms.load(std::memory_order_relaxed); ms > 0) [[unlikely]]
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  observer(heap, heap.owner(), elapsed_ns() - start);
  return result;
}

void collect_for_hibernate(ProcessHeap& heap) { Collector(heap, {}).hibernate(); }

void collect_into_one_block(ProcessHeap& heap, std::span<Term> live) { Collector(heap, live).merge(); }

CollectTotals collect_totals() {
  CollectTotals sum{};
  for (const Totals* t = all_totals.load(std::memory_order_acquire); t != nullptr; t = t->next) {
    sum.collections += t->collections.load(std::memory_order_relaxed);
    sum.words_reclaimed += t->words_reclaimed.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace joist
