#include "vm/base/pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

using namespace joist;

TEST_CASE("pooled objects of all sizes do not overlap") {
  std::mt19937 random(1);
  struct Object {
    unsigned char* p;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Object> objects;
  for (int i = 0; i < 200000; ++i) {
    if (objects.size() < 500 || random() % 2 == 0) {
      const std::size_t size = 16 + random() % (random() % 10 == 0 ? 3000 : 300);
      auto* p = static_cast<unsigned char*>(pool_alloc(size));
      const auto mark = static_cast<unsigned char>(random());
      std::memset(p, mark, size);
      objects.push_back({p, size, mark});
    }
    if (objects.size() > 1000 || random() % 2 == 0) {
      std::swap(objects[random() % objects.size()], objects.back());
      const Object o = objects.back();
      objects.pop_back();
      REQUIRE((o.p[0] == o.mark && o.p[o.size / 2] == o.mark && o.p[o.size - 1] == o.mark));
      pool_free(o.p, o.size);
    }
  }
  for (const Object& o : objects) pool_free(o.p, o.size);
}

TEST_CASE("pooled objects travel between threads") {
  struct Message {
    Message* next;
    std::uint64_t value, check;
  };
  std::atomic<Message*> box{nullptr};
  std::atomic<std::uint64_t> sum{0}, wrong{0};
  constexpr std::uint64_t kEach = 100000;
  std::vector<std::thread> threads;
  for (std::uint64_t k = 0; k < 3; ++k)
    threads.emplace_back([&, k] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        auto* m = static_cast<Message*>(pool_alloc(sizeof(Message)));
        m->value = i * 3 + k;
        m->check = ~m->value;
        m->next = box.load(std::memory_order_relaxed);
        while (!box.compare_exchange_weak(m->next, m, std::memory_order_release, std::memory_order_relaxed)) {
        }
      }
    });
  std::uint64_t received = 0;
  while (received < 3 * kEach) {
    Message* m = box.exchange(nullptr, std::memory_order_acquire);
    if (m == nullptr) std::this_thread::yield();
    while (m != nullptr) {
      Message* next = m->next;
      if (m->check != ~m->value) ++wrong;
      sum += m->value;
      pool_free(m, sizeof(Message));
      m = next;
      ++received;
    }
  }
  for (auto& t : threads) t.join();
  REQUIRE(wrong == 0);
  REQUIRE(sum == 3 * kEach * (3 * kEach - 1) / 2);
}

TEST_CASE("memory that is taken is counted") {
  constexpr std::size_t kEach = 1000, kObjects = 5000, kSlack = 512 * 1024;
  const std::size_t before = counted_bytes();
  std::vector<void*> objects;
  for (std::size_t i = 0; i < kObjects; ++i) objects.push_back(pool_alloc(kEach));
  const std::size_t taken = counted_bytes() - before;
  REQUIRE(taken + kSlack >= kEach * kObjects);
  REQUIRE(taken <= kEach * kObjects * 11 / 10 + kSlack);
  for (void* p : objects) pool_free(p, kEach);
  void* large = counted_malloc(std::size_t{1} << 20);
  REQUIRE(counted_bytes() + kSlack >= before + (std::size_t{1} << 20));
  large = counted_trim(large, 1000);
  counted_free(large);
  // What is free may be kept for the next who wants some.
  REQUIRE(counted_bytes() <= before + kEach * kObjects * 11 / 10 + kSlack);
}
