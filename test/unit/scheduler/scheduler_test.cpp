#include <catch2/catch.hpp>

#include <atomic>

#include "test/unit/scheduler/fake_engine.hpp"
#include "vm/base/clock.hpp"

using namespace joist;
using fake::receive;

TEST_CASE("a process runs, is given arguments, and halts the VM") {
  const int status = fake::run_vm(1, [](Process& p) {
    halt_vm(7, {});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 7);
}

TEST_CASE("messages between two processes keep their order, on two schedulers") {
  constexpr int kCount = 20000;
  static std::atomic<int> wrong;
  wrong = 0;
  const Term sink = fake::body("sink", [](Process& p) {
    for (;;) {
      const Term m = receive(p);
      if (m.is_none()) return RunResult::waiting;
      // {Producer, N}: N counts up per producer.
      const Tuple t = Tuple::of(m);
      if (!p.dictionary) p.dictionary = std::make_unique<Dictionary>();
      const Term last = p.dictionary->put(t[0], t[1]);
      if (t[1].small_value() != (last.is_none() ? 0 : last.small_value() + 1)) ++wrong;
      if (t[1].small_value() == kCount - 1 && ++p.sequential_clock == 4) {
        halt_vm(0, {});
        return fake::exit(p, am::normal);
      }
    }
  });
  const Term producer = fake::body("producer", [](Process& p) {
    Process* to = find_process(fake::arg(p, 0));
    for (int i = 0; i < 1000; ++i) {
      FragmentHeap h(8);
      const Term m = make_tuple(h, p.pid, Term::small(static_cast<std::int64_t>(p.sequential_clock++)));
      send_fragment(to->pid, m, h.finish());
    }
    return p.sequential_clock == kCount ? fake::exit(p, am::normal) : RunResult::yielded;
  });
  const int status = fake::run_vm(2, [=](Process& p) {
    const Term to = fake::spawn(p, sink, {});
    for (int i = 0; i < 4; ++i) fake::spawn(p, producer, {to});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 0);
  CHECK(wrong == 0);
}

TEST_CASE("a broken link, a monitor, and a link to nobody") {
  static std::atomic<int> seen;
  seen = 0;
  const Term dies = fake::body("dies", [](Process& p) { return fake::exit(p, am::badarg); });
  const int status = fake::run_vm(2, [=](Process& p) {
    if (p.sequential_clock++ == 0) {
      p.trap_exit = true;
      fake::spawn(p, dies, {}, true, true);
      link_to(p, make_local_pid(9999, 0));
      return RunResult::waiting;
    }
    for (Term m = receive(p); !m.is_none(); m = receive(p)) {
      const Tuple t = Tuple::of(m);
      if (t[0] == am::EXIT_ && t[2] == am::badarg) seen |= 1;
      if (t[0] == am::EXIT_ && t[2] == am::noproc) seen |= 2;
      if (t[0] == am::DOWN_ && t[2] == am::process && t[4] == am::badarg) seen |= 4;
    }
    if (seen != 7) return RunResult::waiting;
    halt_vm(0, {});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 0);
  CHECK(seen == 7);
}

TEST_CASE("timers do not fire early, cancelled ones not at all") {
  static std::atomic<std::int64_t> waited;
  const int status = fake::run_vm(2, [](Process& p) {
    switch (p.sequential_clock++) {
      case 0:
        waited = monotonic_ns();
        start_message_timer(p.heap, monotonic_ms_up() + 30, p.pid, am::timeout, false);
        CHECK(cancel_message_timer(
            ref_key(start_message_timer(p.heap, monotonic_ms_up() + 10, p.pid, am::error, true))));
        return RunResult::waiting;
      default: {
        const Term m = receive(p);
        if (m.is_none()) return RunResult::waiting;
        waited = monotonic_ns() - waited;
        CHECK(m == am::timeout);
        halt_vm(0, {});
        return fake::exit(p, am::normal);
      }
    }
  });
  CHECK(status == 0);
  CHECK(waited >= 30'000'000);
  CHECK(waited < 80'000'000);
}

TEST_CASE("a receive timeout fires while every scheduler is busy") {
  static std::atomic<std::int64_t> waited;
  static std::atomic<bool> stop;
  stop = false;
  const Term loop = fake::body("loop", [](Process& p) {
    const std::uint64_t until = elapsed_ns() + 100'000;
    while (elapsed_ns() < until) {
    }
    p.reductions_left = 0;
    return stop ? fake::exit(p, am::normal) : RunResult::yielded;
  });
  const int status = fake::run_vm(2, [=](Process& p) {
    if (p.sequential_clock++ == 0) {
      fake::spawn(p, loop, {});
      fake::spawn(p, loop, {});
      waited = monotonic_ns();
      arm_receive_timer(p, 20);
      return RunResult::waiting;
    }
    if (!p.timed_out) return RunResult::waiting;
    waited = monotonic_ns() - waited;
    stop = true;
    halt_vm(0, {});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 0);
  CHECK(waited >= 20'000'000);
  CHECK(waited < 70'000'000);
}

TEST_CASE("a ring of many processes") {
  constexpr int kRing = 5000;
  const Term node = fake::body("node", [](Process& p) {
    for (;;) {
      const Term m = receive(p);
      if (m.is_none()) return RunResult::waiting;
      if (Process* next = find_process(fake::arg(p, 0))) send_message(&p, *next, m);
      if (m == am::stop) return fake::exit(p, am::normal);
    }
  });
  const int status = fake::run_vm(2, [=](Process& p) {
    if (p.sequential_clock == 0) {
      Term next = p.pid;
      for (int i = 0; i < kRing; ++i) next = fake::spawn(p, node, {next});
      p.parent = next;
      send_message(&p, *find_process(next), am::ok);
    }
    for (;;) {
      ++p.sequential_clock;
      const Term m = receive(p);
      if (m.is_none()) return RunResult::waiting;
      if (m == am::stop) {
        halt_vm(0, {});
        return fake::exit(p, am::normal);
      }
      send_message(&p, *find_process(p.parent), p.sequential_clock > 10 ? am::stop : am::ok);
    }
  });
  CHECK(status == 0);
}

TEST_CASE("the world stops, whoever asks") {
  static std::atomic<int> inside, wrong, ended;
  inside = wrong = ended = 0;
  const Term stopper = fake::body("stopper", [](Process& p) {
    stop_the_world([] {
      if (++inside != 1) ++wrong;
      --inside;
    });
    if (++p.sequential_clock < 50) return RunResult::yielded;
    if (++ended == 4) halt_vm(0, {});
    return fake::exit(p, am::normal);
  });
  const int status = fake::run_vm(2, [=](Process& p) {
    for (int i = 0; i < 4; ++i) fake::spawn(p, stopper, {});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 0);
  CHECK(wrong == 0);
}

TEST_CASE("long slices hold no scheduler, and the world stops for them too") {
  static std::atomic<int> slow_slices, wrong;
  slow_slices = wrong = 0;
  const Term slow = fake::body("slow", [](Process& p) {
    const std::uint64_t until = elapsed_ns() + 60'000'000;
    volatile std::uint64_t shared = 0;
    while (elapsed_ns() < until) shared = shared + 1;
    stop_the_world([] { ++slow_slices; });
    if (++p.sequential_clock < 3) return RunResult::yielded;
    return fake::exit(p, am::normal);
  });
  const int status = fake::run_vm(1, [=](Process& p) {
    if (p.sequential_clock++ == 0) {
      for (int i = 0; i < 3; ++i) fake::spawn(p, slow, {});
      arm_receive_timer(p, 2);
      return RunResult::waiting;
    }
    if (!p.timed_out) return RunResult::waiting;
    const int before = slow_slices;
    stop_the_world([&] { wrong += slow_slices < before; });
    if (slow_slices == 9) {
      halt_vm(0, {});
      return fake::exit(p, am::normal);
    }
    arm_receive_timer(p, 2);
    return RunResult::waiting;
  });
  CHECK(status == 0);
  CHECK(wrong == 0);
}

TEST_CASE("others run while one process is in a slice without end") {
  static std::atomic<bool> go_on;
  static std::atomic<int> beside;
  go_on = true;
  beside = 0;
  const Term stuck = fake::body("stuck", [](Process& p) {
    volatile std::uint64_t shared = 0;
    while (go_on) shared = shared + 1;
    return fake::exit(p, am::normal);
  });
  const int status = fake::run_vm(1, [=](Process& p) {
    if (p.sequential_clock++ == 0) {
      for (int i = 0; i < 3; ++i) fake::spawn(p, stuck, {});
    } else if (p.timed_out && ++beside == 10) {
      go_on = false;
      halt_vm(0, {});
      return fake::exit(p, am::normal);
    }
    arm_receive_timer(p, 3);
    return RunResult::waiting;
  });
  CHECK(status == 0);
  CHECK(beside == 10);
}

TEST_CASE("a dirty BIF runs on another thread and the process goes on") {
  static std::atomic<int> scheduler_inside;
  scheduler_inside = -1;
  const int status = fake::run_vm(1, [](Process& p) {
    if (!p.dirty_done) {
      p.dirty_run = [](Call&) {
        scheduler_inside = current_scheduler_number();
        return am::ok;
      };
      p.state.fetch_or(Process::kDirtyIo);
      return RunResult::dirty;
    }
    halt_vm(p.dirty_result == am::ok ? 0 : 1, {});
    return fake::exit(p, am::normal);
  });
  CHECK(status == 0);
  CHECK(scheduler_inside == 0);
}

TEST_CASE("unlinking: a late exit signal has no effect, and linking anew counts") {
  static std::atomic<int> exits;
  exits = 0;
  const Term waits = fake::body("waits", [](Process& p) {
    const Term m = receive(p);
    return m.is_none() ? RunResult::waiting : fake::exit(p, m);
  });
  const int status = fake::run_vm(2, [=](Process& p) {
    switch (p.sequential_clock++) {
      case 0: {
        p.trap_exit = true;
        // One that dies as it is unlinked, many times over; none of its exit signals may arrive.
        for (int i = 0; i < 500; ++i) {
          const Term child = fake::spawn(p, waits, {}, true);
          send_message(&p, *find_process(child), am::badarg);
          unlink_from(p, child);
        }
        // Linked, unlinked and linked again: one exit signal.
        const Term child = fake::spawn(p, waits, {}, true);
        unlink_from(p, child);
        link_to(p, child);
        send_message(&p, *find_process(child), am::ok);
        arm_receive_timer(p, 100);
        return RunResult::waiting;
      }
      default:
        for (Term m = receive(p); !m.is_none(); m = receive(p)) exits += Tuple::of(m)[2] == am::ok ? 1 : 1000;
        if (!p.timed_out) return RunResult::waiting;
        halt_vm(0, {});
        return fake::exit(p, am::normal);
    }
  });
  CHECK(status == 0);
  CHECK(exits == 1);
}
