#include <catch2/catch.hpp>

#include <deque>
#include <random>

#include "scheduler/internal.hpp"

using namespace joist;

namespace {

struct TestTimer : Timer {
  std::uint64_t wanted = 0, fired_at = 0;
};
std::uint64_t note(Timer* t, Expired&, std::uint64_t now) {
  static_cast<TestTimer*>(t)->fired_at = now;
  return 0;
}

}  // namespace

TEST_CASE("wheel: each timer fires at its tick, near or far, and in time when polled late") {
  TimerWheel wheel;
  Expired expired;
  std::mt19937_64 random(3);
  std::deque<TestTimer> timers;
  TimerWheel::Lock lock(wheel.mutex());
  std::uint64_t now = 1000;
  wheel.advance(now, expired, lock);
  for (int i = 0; i < 3000; ++i) {
    TestTimer& t = timers.emplace_back();
    t.fire = note;
    t.wanted = now + 1 + random() % (std::uint64_t{1} << (random() % 26));
    wheel.insert(t, t.wanted, lock);
  }
  // As a scheduler does: sleeps until the next due tick, sometimes a little longer.
  std::uint64_t polled = now;
  while (wheel.next_due() != TimerWheel::kNever) {
    const std::uint64_t due = wheel.next_due();
    REQUIRE(due > polled);
    const std::uint64_t late = random() % 4 == 0 ? random() % 300 : 0;
    const std::uint64_t before = polled;
    polled = due + late;
    wheel.advance(polled, expired, lock);
    for (TestTimer& t : timers) {
      if (t.fired_at != polled || t.wanted == 0) continue;
      REQUIRE(t.wanted <= polled);
      REQUIRE(t.wanted > before);
      t.wanted = 0;
    }
  }
  for (const TestTimer& t : timers) REQUIRE(t.wanted == 0);
  CHECK(wheel.size() == 0);
}

TEST_CASE("wheel: a timer that was removed does not fire") {
  TimerWheel wheel;
  Expired expired;
  TimerWheel::Lock lock(wheel.mutex());
  TestTimer a, b;
  a.fire = b.fire = note;
  wheel.insert(a, 10, lock);
  wheel.insert(b, 10, lock);
  wheel.remove(a, lock);
  wheel.advance(20, expired, lock);
  CHECK(a.fired_at == 0);
  CHECK(b.fired_at == 20);
}
