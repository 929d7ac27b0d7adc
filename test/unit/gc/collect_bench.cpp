// collect_bench.cpp -- speed of the collector: hidden tests, run with `joist_unit "[bench]"`.
// Each prints the whole time and the time spent in collections.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

#include "gc/collect.hpp"
#include "gc/copy.hpp"

using namespace joist;

namespace {

// Time of this thread only, so that other programs on the machine disturb less.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Clock, duration>;
  static time_point now() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
  }
};

struct Bench {
  ProcessHeap heap{
      {.min_heap_words = 233, .min_bin_vheap_words = 46422, .fullsweep_after = 65535}, nullptr, nullptr};
  Clock::duration collecting{};
  Clock::time_point start = Clock::now();
  int collections = 0;

  Bench() { heap.init(0); }
  void need(std::size_t n, std::span<Term> live) {
    if (static_cast<std::size_t>(heap.stack() - heap.top()) >= n + ProcessHeap::kRedZone) [[likely]]
      return;
    const auto t = Clock::now();
    collect(heap, n, live);
    collecting += Clock::now() - t;
    ++collections;
  }
  void report(const char* name) {
    const auto us = [](auto d) {
      return static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
    };
    std::printf("%-8s total %8ld us  gc %8ld us  %6d collections  heap %zu + %zu words\n", name,
                us(Clock::now() - start), us(collecting), collections, heap.heap_size(), heap.old_size());
  }
};

Term make_tree(Bench& b, int depth) {
  if (depth == 0) {
    b.need(3, {});
    return make_tuple(b.heap, Term::small(0), Term::small(1));
  }
  Term t[1] = {make_tree(b, depth - 1)};
  b.heap.push(t[0].bits);
  t[0] = make_tree(b, depth - 1);
  b.need(4, t);
  const Term left{b.heap.stack()[0]};
  b.heap.set_registers(b.heap.top(), b.heap.stack() + 1);
  return make_tuple(b.heap, left, t[0]);
}

// Replaces random leaves of a binary tree of tuples by copying the path to them.
void update_tree(const char* name, int depth, int updates) {
  Bench b;
  Term live[1] = {make_tree(b, depth)};
  std::uint32_t random = 12345;
  for (int n = updates; n > 0; --n) {
    random = (random * 1103515245u + 12345u) & 0x7fffffff;
    std::uint32_t key = random >> 8;
    b.need(3 * static_cast<std::size_t>(depth + 1), live);
    Term at = live[0];
    Word* to = b.heap.alloc(3 * static_cast<std::size_t>(depth + 1));
    live[0] = Term::boxed(to);
    for (int d = depth; d > 0; --d, key >>= 1, to += 3) {
      const Tuple t = Tuple::of(at);
      to[0] = tuple_header(2);
      to[1] = key & 1 ? t[0].bits : Term::boxed(to + 3).bits;
      to[2] = key & 1 ? Term::boxed(to + 3).bits : t[1].bits;
      at = t[key & 1];
    }
    to[0] = tuple_header(2);
    to[1] = Term::small(n).bits;
    to[2] = Term::small(n + 1).bits;
  }
  b.report(name);
}

}  // namespace

TEST_CASE("collector speed", "[.][bench]") {
  for (int round = 0; round < 3; ++round) {
    {
      Bench b;
      Term live[1] = {Term::nil()};
      for (int i = 10000000; i > 0; --i) {
        b.need(4, live);
        live[0] = make_tuple(b.heap, Term::small(i), Term::small(i), Term::small(i));
      }
      b.report("tuples");
    }
    {
      Bench b;
      Term live[1];
      for (int i = 0; i < 100000; ++i) {
        live[0] = Term::nil();
        for (int k = 0; k < 100; ++k) {
          b.need(2, live);
          live[0] = make_cons(b.heap, Term::small(k), live[0]);
        }
      }
      b.report("lists");
    }
    {
      Bench b;
      Term live[1] = {Term::nil()};
      for (int i = 0; i < 5000000; ++i) {
        b.need(2, live);
        live[0] = make_cons(b.heap, Term::small(i), live[0]);
      }
      b.report("grow");
    }
    {
      Bench b;
      Term live[1] = {Term::nil()};
      for (int i = 0; i < 1000000; ++i) {
        b.need(5, live);
        live[0] = make_cons(b.heap, make_tuple(b.heap, Term::small(i), Term::small(i)), live[0]);
      }
      b.report("growt");
    }
    update_tree("tree", 10, 500000);
    update_tree("bigtree", 17, 500000);
  }
}

TEST_CASE("copier speed", "[.][bench]") {
  BlockHeap source;
  Term list = Term::nil();
  for (int i = 0; i < 1000; ++i)
    list = make_cons(source, make_tuple(source, Term::small(i), Term::small(i)), list);
  const Term pair = make_tuple(source, Term::small(1), make_tuple(source, Term::small(1), Term::small(2)));
  for (const auto& [name, term, times] : {std::tuple{"pair", pair, 5000000}, {"list", list, 5000}}) {
    const auto start = Clock::now();
    for (int i = 0; i < times; ++i) HeapFragment::free(copy_to_fragment(term).fragment);
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    std::printf("%-8s copied and freed in %.1f ns (%zu words)\n", name, static_cast<double>(ns) / times,
                flat_size(term));
  }
}

TEST_CASE("heap making speed", "[.][bench]") {
  const int n = 1000000;
  std::vector<std::unique_ptr<ProcessHeap>> heaps(n);
  for (int round = 0; round < 2; ++round) {
    auto start = Clock::now();
    for (auto& h : heaps) {
      h = std::make_unique<ProcessHeap>(HeapLimits{.min_heap_words = 233}, nullptr, nullptr);
      h->init(10);
      make_tuple(*h, Term::nil());
    }
    auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    std::printf("a million heaps alive: %.1f ns each to make", static_cast<double>(ns) / n);
    start = Clock::now();
    for (auto& h : heaps) h.reset();
    ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
    std::printf(", %.1f ns to free\n", static_cast<double>(ns) / n);
  }
  auto start = Clock::now();
  for (int i = 0; i < n; ++i) {
    ProcessHeap h{HeapLimits{.min_heap_words = 233}, nullptr, nullptr};
    h.init(10);
    make_tuple(h, Term::nil());
  }
  auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
  std::printf("one heap after the other: %.1f ns each\n", static_cast<double>(ns) / n);
}
