#include "gc/collect.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "gc/block.hpp"
#include "gc/copy.hpp"
#include "test/unit/gc/random_terms.hpp"

using namespace joist;
using namespace joist::test;

namespace {

HeapLimits small_limits() {
  return {.min_heap_words = 233, .min_bin_vheap_words = 46422, .fullsweep_after = 65535};
}

// For tests that reserve very often or look at sizes: no collection at each reservation.
struct Calm {
  const Flags before = flags;
  Calm() { flags.collect_always = flags.verify_heap = false; }
  ~Calm() { flags = before; }
};

// Terms that lie outside stack and registers.
struct Owner {
  std::vector<Term> roots;
  static void visit(void* self, RootVisitor& v) {
    auto& roots = static_cast<Owner*>(self)->roots;
    v.visit(roots.data(), roots.size());
  }
};

Term numbers(Heap& h, int n) {
  Term t = Term::nil();
  for (int i = n; i > 0; --i) t = make_cons(h, Term::small(i), t);
  return t;
}

void live_through(unsigned seed, HeapLimits limits, int steps) {
  const std::size_t binaries_before = RefcBinary::total_bytes();
  REQUIRE(CountedObject::alive == 0);
  {
    RandomTerms random(seed);
    const std::size_t binaries_of_literals = RefcBinary::total_bytes();
    Owner owner;
    ProcessHeap heap(limits, &owner, &Owner::visit);
    heap.init(10);
    std::vector<Term> live(8, Term::nil());
    owner.roots.assign(5, Term::nil());
    std::vector<std::uint64_t> expected;

    const auto all = [&] {
      std::vector<Term> terms = live;
      terms.insert(terms.end(), owner.roots.begin(), owner.roots.end());
      for (const Word* at = heap.stack(); at < heap.stack_end(); ++at)
        if (!Term{*at}.is_return_address()) terms.push_back({*at});
      return terms;
    };
    const auto remember = [&] {
      expected.clear();
      for (const Term t : all()) expected.push_back(digest(t));
    };
    const auto compare = [&] {
      std::vector<std::uint64_t> found;
      for (const Term t : all()) found.push_back(digest(t));
      REQUIRE(found == expected);
      verify_heap(heap, live);
    };
    const auto put = [&](Term t) {
      // Sharing multiplies sizes: what has become too large is dropped.
      if (flat_size_with_literals(t) > 3000) t = Term::nil();
      if (random.below(3) == 0)
        owner.roots[random.below(owner.roots.size())] = t;
      else
        live[random.below(live.size())] = t;
    };

    for (int i = 0; i < steps; ++i) {
      switch (random.below(12)) {
        case 0: {
          remember();
          collect(heap, random.below(random.below(10) == 0 ? 20000 : 300), live,
                  random.below(6) == 0 ? CollectKind::major : CollectKind::automatic);
          compare();
          break;
        }
        case 1: {  // call: return address and some variables on the stack
          remember();
          reserve(heap, 20, live);
          compare();
          if (heap.stack_size() > 200) {
            heap.set_registers(heap.top(), heap.stack_end());
          } else {
            for (std::size_t n = random.below(4); n-- > 0;) heap.push(live[random.below(live.size())].bits);
            heap.push(reinterpret_cast<Word>(&heap) / 8 * 8 + Term::kReturnTag);
          }
          break;
        }
        case 2: {  // message
          std::vector<Term> clean;
          for (const Term t : all()) clean.push_back(t.is_match_context() ? Term::nil() : t);
          const CopiedTerm message = copy_to_fragment(clean[random.below(clean.size())]);
          if (message.fragment != nullptr) heap.adopt(message.fragment);
          put(message.term);
          break;
        }
        case 3:
          if (random.below(20) == 0) {
            remember();
            // Registers are not live over hibernation.
            expected.erase(expected.begin(), expected.begin() + static_cast<long>(live.size()));
            std::fill(live.begin(), live.end(), Term::nil());
            expected.insert(expected.begin(), live.size(), digest(Term::nil()));
            collect_for_hibernate(heap);
            compare();
            REQUIRE(heap.old_size() == 0);
            REQUIRE(heap.heap_size() == heap.used_words() + heap.stack_size() + ProcessHeap::kRedZone);
          }
          break;
        case 4: live[random.below(live.size())] = Term::nil(); break;
        default: {
          std::vector<Term> parts;
          for (const Term t : all()) parts.push_back(t.is_match_context() ? Term::nil() : t);
          const Term t = random.make(heap, parts, false);
          put(t);
          if (random.below(10) == 0) live[random.below(live.size())] = random.make(heap, {Term::nil()}, true);
          if (random.below(5) == 0 && heap.extended()) heap.leave_extension();
        }
      }
    }
    std::fill(live.begin(), live.end(), Term::nil());
    std::fill(owner.roots.begin(), owner.roots.end(), Term::nil());
    heap.leave_extension();
    heap.set_registers(heap.top(), heap.stack_end());
    collect(heap, 0, live, CollectKind::major);
    REQUIRE(heap.used_words() == 0);
    REQUIRE(heap.total_heap_size() == limits.min_heap_words);
    REQUIRE(RefcBinary::total_bytes() == binaries_of_literals);
    REQUIRE(CountedObject::alive == 0);
    for (int i = 0; i < 20; ++i) live[0] = random.make(heap, live, false);
  }
  // What was still referred to when the heap was destroyed is gone, too.
  REQUIRE(CountedObject::alive == 0);
  REQUIRE(RefcBinary::total_bytes() == binaries_before);
}

}  // namespace

TEST_CASE("random term graphs live through collections") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    HeapLimits limits = small_limits();
    if (seed % 5 == 0) limits.fullsweep_after = 0;
    if (seed % 7 == 0) limits.min_bin_vheap_words = 10;
    live_through(seed, limits, 1500);
  }
}

TEST_CASE("a growing list keeps all its cells and is promoted") {
  const Calm calm;
  Owner owner;
  ProcessHeap heap(small_limits(), &owner, &Owner::visit);
  heap.init(0);
  Term list[1] = {Term::nil()};
  for (int i = 0; i < 300000; ++i) {
    reserve(heap, 2, list);
    REQUIRE_FALSE(heap.extended());
    list[0] = make_cons(heap, Term::small(i), list[0]);
  }
  REQUIRE(heap.old_used() > 0);
  REQUIRE(heap.used_words() + heap.old_used() >= 600000);
  REQUIRE(heap.total_heap_size() < 2500000);
  Term t = list[0];
  for (int i = 300000; i-- > 0; t = t.tail()) REQUIRE(t.head() == Term::small(i));
  REQUIRE(t.is_nil());
  verify_heap(heap, list);
  // Nothing of it is needed any more: the heap becomes small again.
  list[0] = Term::nil();
  collect(heap, 0, list, CollectKind::major);
  REQUIRE(heap.total_heap_size() == 233);
}

TEST_CASE("garbage alone leaves the heap at its size") {
  const Calm calm;
  Owner owner;
  ProcessHeap heap(small_limits(), &owner, &Owner::visit);
  heap.init(0);
  REQUIRE(heap.heap_size() == 233);
  Term live[1] = {Term::nil()};
  const CollectTotals before = collect_totals();
  for (int i = 0; i < 100000; ++i) {
    reserve(heap, 4, live);
    live[0] = make_tuple(heap, Term::small(i), Term::small(i), Term::small(i));
  }
  REQUIRE(heap.heap_size() == 233);
  REQUIRE(heap.total_heap_size() <= 3 * 233);
  const CollectTotals after = collect_totals();
  REQUIRE(after.collections - before.collections > 1000);
  REQUIRE(after.words_reclaimed - before.words_reclaimed > 390000);
}

TEST_CASE("the first reservation in a heap without memory makes the block") {
  const Calm calm;
  ProcessHeap heap(small_limits(), nullptr, nullptr);
  reserve(heap, 500, {});
  REQUIRE(heap.heap_size() == 610);
  ProcessHeap small(small_limits(), nullptr, nullptr);
  small.init(233);
  REQUIRE(small.heap_size() == 233);
  ProcessHeap other(small_limits(), nullptr, nullptr);
  const Term t = make_tuple(other, Term::nil());
  REQUIRE_FALSE(other.extended());
  REQUIRE(other.contains(t.box_words()));
}

TEST_CASE("reservations larger than the heap, and stacks that grow") {
  const Calm calm;
  Owner owner;
  ProcessHeap heap(small_limits(), &owner, &Owner::visit);
  heap.init(0);
  Term live[2] = {numbers(heap, 20), Term::nil()};
  for (const std::size_t need : {300u, 5000u, 100000u, 20u, 2000000u}) {
    collect(heap, need, live);
    REQUIRE(static_cast<std::size_t>(heap.stack() - heap.top()) >= need + ProcessHeap::kRedZone);
    REQUIRE(digest(live[0]) == digest(numbers(heap, 20)));
    for (std::size_t i = 0; i < need / 2; ++i) heap.push(i % 2 ? live[0].bits : Term::kReturnTag + 64 * i);
    verify_heap(heap, live);
  }
  live[0] = Term{heap.stack()[0]};
  REQUIRE(digest(live[0]) == digest(numbers(heap, 20)));
  heap.leave_extension();
  heap.set_registers(heap.top(), heap.stack_end());
  for (int i = 0; i < 3; ++i) collect(heap, 0, live, CollectKind::automatic);
  REQUIRE(heap.total_heap_size() < 1000000);
  REQUIRE(digest(live[0]) == digest(numbers(heap, 20)));
}

TEST_CASE("building goes on in a fragment when the block is full") {
  const Calm calm;
  Owner owner;
  ProcessHeap heap(small_limits(), &owner, &Owner::visit);
  heap.init(0);
  const Term list = numbers(heap, 5000);
  REQUIRE(heap.extended());
  REQUIRE(heap.used_words() <= heap.heap_size());
  verify_heap(heap, {&list, 1});
  heap.leave_extension();
  REQUIRE_FALSE(heap.extended());
  REQUIRE(heap.wants_collection());
  REQUIRE(heap.fragment_words() + heap.used_words() >= 10000);
  Term live[1] = {list};
  // The block's own room was given up for the fragment; all comes together now.
  reserve(heap, 10000, live);
  REQUIRE(heap.fragment_words() == 0);
  REQUIRE(digest(live[0]) == digest(numbers(heap, 5000)));
}

TEST_CASE("a call that pushed into the red zone does not let builders write over the stack") {
  Owner owner;
  ProcessHeap heap(small_limits(), &owner, &Owner::visit);
  heap.init(0);
  while (heap.stack() - heap.top() > 2) heap.push(Term::kReturnTag);
  const Term t = make_tuple(heap, Term::nil(), Term::nil(), Term::nil());
  REQUIRE(heap.extended());
  REQUIRE(Tuple::of(t)[2].is_nil());
  for (const Word* at = heap.stack(); at < heap.stack_end(); ++at) REQUIRE(*at == Term::kReturnTag);
}

TEST_CASE("old binaries are released only when they are dead") {
  const Calm calm;
  Owner owner;
  const std::size_t before = RefcBinary::total_bytes();
  HeapLimits limits = small_limits();
  limits.min_bin_vheap_words = 1000;
  ProcessHeap heap(limits, &owner, &Owner::visit);
  heap.init(0);
  Term live[1];
  std::uint8_t* bytes;
  live[0] = make_binary(heap, 4000, &bytes);
  std::memset(bytes, 'k', 4000);
  for (int i = 0; i < 5; ++i) collect(heap, 0, live);
  REQUIRE(heap.old_used() == kBinaryRefWords + kSubBitsWords);
  REQUIRE(heap.bin_old_vheap_words() == 500);
  REQUIRE(heap.bin_vheap_words() == 0);
  int collections = 0;
  for (int i = 0; i < 1000; ++i) {
    if (heap.wants_collection()) {
      collect(heap, 10, live);
      ++collections;
    }
    reserve(heap, 10, live);
    make_binary(heap, 800, &bytes);
  }
  // Small on the heap but large behind it: the binaries made the collections due.
  REQUIRE(collections > 50);
  REQUIRE(RefcBinary::total_bytes() - before < 40000);
  REQUIRE(Bits::from(live[0])->view() == std::string(4000, 'k'));
  live[0] = Term::nil();
  collect(heap, 0, live, CollectKind::major);
  REQUIRE(RefcBinary::total_bytes() == before);
}

TEST_CASE("max_heap_size is noticed") {
  const Calm calm;
  Owner owner;
  HeapLimits limits = small_limits();
  limits.max_heap_words = 5000;
  ProcessHeap heap(limits, &owner, &Owner::visit);
  heap.init(0);
  Term list[1] = {Term::nil()};
  bool exceeded = false;
  int i = 0;
  for (; i < 10000 && !exceeded; ++i) {
    exceeded = reserve(heap, 2, list).heap_limit_exceeded;
    list[0] = make_cons(heap, Term::small(i), list[0]);
  }
  REQUIRE(exceeded);
  REQUIRE(i > 500);
  REQUIRE(i < 2600);
}

TEST_CASE("heap sizes are those of the table") {
  REQUIRE(next_heap_size(0) == 12);
  REQUIRE(next_heap_size(12) == 12);
  REQUIRE(next_heap_size(13) == 38);
  REQUIRE(next_heap_size(233) == 233);
  REQUIRE(next_heap_size(234) == 376);
  REQUIRE(next_heap_size(833026) == 833026);
  REQUIRE(next_heap_size(833027) == 999631);
  REQUIRE(next_heap_size(1000000) == 1199557);
}

TEST_CASE("blocks may be freed by another thread than made them") {
  std::vector<Word*> blocks;
  for (int i = 0; i < 2000; ++i) blocks.push_back(block_alloc(233));
  std::thread([&] {
    for (Word* b : blocks) block_free(b);
    for (int i = 0; i < 100; ++i) block_free(block_alloc(376));
  }).join();
  for (int i = 0; i < 100; ++i) block_free(block_alloc(233));
}

TEST_CASE("running out of memory ends the VM with one line and status 1") {
  int fds[2];
  REQUIRE(pipe(fds) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(fds[1], 2);
    ProcessHeap heap(small_limits(), nullptr, nullptr);
    heap.init(0);
    collect(heap, std::size_t{1} << 61, {});
    _exit(0);
  }
  close(fds[1]);
  char text[200] = {};
  const auto n = read(fds[0], text, sizeof text - 1);
  close(fds[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 1);
  REQUIRE(n > 0);
  REQUIRE(std::string(text) == "joist: out of memory: cannot allocate 18446744073709551608 bytes (heap)\n");
}

TEST_CASE("a deep stack keeps room beside it") {
  const Calm calm;
  ProcessHeap heap(small_limits(), nullptr, nullptr);
  heap.init(0);
  const CollectTotals before = collect_totals();
  for (int i = 0; i < 1000000; ++i) {
    reserve(heap, 5, {});
    heap.push(make_tuple(heap, Term::small(i)).bits);
    heap.push(Term::kReturnTag);
  }
  REQUIRE(collect_totals().collections - before.collections < 200);
  for (int i = 1000000; i-- > 0;) {
    REQUIRE(Tuple::of({heap.stack()[1]})[0] == Term::small(i));
    heap.set_registers(heap.top(), heap.stack() + 2);
  }
  for (int i = 0; i < 10; ++i) collect(heap, 0, {});
  REQUIRE(heap.heap_size() < 50000);
}

TEST_CASE("literals are copied out of an area that will be freed") {
  for (unsigned seed = 100; seed < 110; ++seed) {
    CAPTURE(seed);
    RandomTerms random(seed);
    Owner owner;
    ProcessHeap heap(small_limits(), &owner, &Owner::visit);
    heap.init(0);
    const std::size_t binaries_before = RefcBinary::total_bytes();
    auto area = std::make_unique<LiteralArea>();
    std::vector<Term> literals{Term::nil()};
    for (int i = 0; i < 60; ++i) {
      const Term t = random.make(*area, literals);
      if (flat_size_with_literals(t) < 2000) literals.push_back(t);
    }
    std::vector<Term> live{Term::nil()};
    for (int i = 0; i < 60; ++i) {
      std::vector<Term> parts = literals;
      parts.insert(parts.end(), live.begin(), live.end());
      const Term t = random.make(heap, parts);
      live.push_back(flat_size_with_literals(t) < 2000 ? t : Term::nil());
      if (i % 20 == 10) collect(heap, 0, live);
    }
    // Parts of a literal binary, small and large.
    std::uint8_t* bytes;
    const Term large = make_binary(*area, 300, &bytes), small = make_binary(*area, 60, &bytes);
    live.push_back(make_sub_bits(heap, large, 5, 800));
    live.push_back(make_sub_bits(heap, small, 3, 400));
    owner.roots = {literals.back(), large};
    heap.push(literals[literals.size() / 2].bits);
    std::vector<std::uint64_t> expected;
    for (const Term t : live) expected.push_back(digest(t));
    for (const Term t : owner.roots) expected.push_back(digest(t));
    REQUIRE(refers_to_area(heap, live, *area));
    copy_literals_of_area(heap, live, *area);
    REQUIRE_FALSE(refers_to_area(heap, live, *area));
    REQUIRE(heap.old_size() == 0);
    REQUIRE(heap.fragment_words() == 0);
    area.reset();
    std::vector<std::uint64_t> found;
    for (const Term t : live) found.push_back(digest(t));
    for (const Term t : owner.roots) found.push_back(digest(t));
    REQUIRE(found == expected);
    verify_heap(heap, live);
    std::fill(live.begin(), live.end(), Term::nil());
    owner.roots.clear();
    heap.set_registers(heap.top(), heap.stack_end());
    collect(heap, 0, live, CollectKind::major);
    REQUIRE(RefcBinary::total_bytes() == binaries_before);
    REQUIRE(CountedObject::alive == 0);
  }
}
