#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "vm/base/epoch.hpp"

using namespace joist;

TEST_CASE("epoch: nothing is freed while another thread may read it") {
  static std::atomic<int> freed;
  freed = 0;
  std::atomic<int> stage{0};
  std::thread reader([&] {
    epoch_online();
    stage = 1;
    while (stage != 2) std::this_thread::yield();
    epoch_safe_point();
    stage = 3;
    while (stage != 4) std::this_thread::yield();
    epoch_offline();
  });
  while (stage != 1) std::this_thread::yield();
  retire(nullptr, [](void*) { ++freed; });
  epoch_collect();
  CHECK(freed == 0);
  stage = 2;
  while (stage != 3) std::this_thread::yield();
  epoch_collect();
  CHECK(freed == 1);
  stage = 4;
  reader.join();
}

TEST_CASE("epoch: what a sleeping thread left is freed by the next one that goes offline") {
  static std::atomic<int> freed;
  freed = 0;
  std::atomic<int> stage{0};
  std::thread reader([&] {
    epoch_online();
    stage = 1;
    while (stage != 2) std::this_thread::yield();
    epoch_offline();
    stage = 3;
  });
  while (stage != 1) std::this_thread::yield();
  epoch_online();
  retire(nullptr, [](void*) { ++freed; });
  epoch_offline();
  CHECK(freed == 0);
  stage = 2;
  while (stage != 3) std::this_thread::yield();
  CHECK(freed == 1);
  reader.join();
}
