#include "vm/process/system_monitor.hpp"

#include <mutex>

#include "gc/collect.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"

namespace joist {

std::atomic<std::uint64_t> long_schedule_ns{0};
std::atomic<unsigned> profiled{0};

namespace {

std::mutex mutex;
SystemMonitor monitor;
SystemProfile profile;

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

void add(ListBuilder& list, Heap& h, Term key, Term value) { list.add(make_tuple(h, key, value)); }

void send(const SystemMonitor& m, GrowingFragmentHeap& h, Term pid, Term event, Term info) {
  const Term message = make_tuple(h, am::monitor, pid, event, info);
  send_fragment(m.receiver, message, h.finish());
}

void sizes(ListBuilder& list, Heap& h, ProcessHeap& heap) {
  add(list, h, am::old_heap_block_size, small(heap.old_size()));
  add(list, h, am::heap_block_size, small(heap.heap_size()));
  add(list, h, am::mbuf_size, small(heap.fragment_words()));
  add(list, h, am::stack_size, small(heap.stack_size()));
  add(list, h, am::old_heap_size, small(heap.old_used()));
  add(list, h, am::heap_size, small(heap.used_words()));
}

void after_collection(ProcessHeap& heap, void* owner, std::uint64_t ns) {
  const SystemMonitor m = system_monitor();
  const auto& p = *static_cast<Process*>(owner);
  if (m.receiver.is_none() || m.receiver == p.pid) return;
  const auto ms = static_cast<std::int64_t>(ns / 1'000'000);
  if (m.long_gc_ms >= 0 && ms >= m.long_gc_ms) {
    GrowingFragmentHeap h;
    ListBuilder list(h);
    add(list, h, am::timeout, Term::small(ms));
    sizes(list, h, heap);
    send(m, h, p.pid, am::long_gc, list.list());
  }
  if (m.large_heap_words >= 0 && static_cast<std::int64_t>(heap.total_heap_size()) >= m.large_heap_words) {
    GrowingFragmentHeap h;
    ListBuilder list(h);
    sizes(list, h, heap);
    send(m, h, p.pid, am::large_heap, list.list());
  }
}

void apply(const SystemMonitor& m) {
  const bool on = !m.receiver.is_none();
  const bool collections = on && (m.long_gc_ms >= 0 || m.large_heap_words >= 0);
  collect_observer.store(collections ? after_collection : nullptr);
  long_schedule_ns.store(on && m.long_schedule_ms >= 0
                             ? static_cast<std::uint64_t>(std::max<std::int64_t>(m.long_schedule_ms, 1)) *
                                   1'000'000
                             : 0);
}

void apply_profile() {
  profiled.store((profile.runnable_procs ? kProfileProcesses : 0u) |
                 (profile.scheduler ? kProfileSchedulers : 0u) |
                 (profile.runnable_ports ? kProfilePorts : 0u) |
                 (profile.runnable_procs && profile.exclusive ? kProfileExclusive : 0u));
}

// OTP: the setting ends with the process that receives.
void receiver_exits(Process& p) {
  const std::lock_guard lock(mutex);
  if (monitor.receiver == p.pid) apply(monitor = {});
  if (profile.receiver == p.pid) profile = {};
  apply_profile();
}

void hook_exits() {
  static const bool hooked = (add_exit_hook(receiver_exits), true);
  (void)hooked;
}

// {Mega, Seconds, Micro}, or monotonic time in nanoseconds, or that with a number that grows.
Term timestamp(Heap& h, const SystemProfile& s) {
  static std::atomic<std::int64_t> unique{0};
  if (s.timestamp == am::monotonic_timestamp) return make_int(h, monotonic_ns());
  if (s.timestamp == am::strict_monotonic_timestamp) {
    const Term now = make_int(h, monotonic_ns());
    return make_tuple(h, now, Term::small(unique.fetch_add(1)));
  }
  const std::int64_t us = system_ns() / 1000;
  return make_tuple(h, Term::small(us / 1'000'000'000'000), Term::small(us / 1'000'000 % 1'000'000),
                    Term::small(us % 1'000'000));
}

}  // namespace

SystemMonitor system_monitor() {
  const std::lock_guard lock(mutex);
  return monitor;
}

SystemMonitor set_system_monitor(const SystemMonitor& m) {
  hook_exits();
  const std::lock_guard lock(mutex);
  apply(m);
  return std::exchange(monitor, m);
}

void report_long_schedule(Process& p, std::uint64_t ns, Term in, Term out) {
  const SystemMonitor m = system_monitor();
  if (m.receiver.is_none() || m.receiver == p.pid) return;
  GrowingFragmentHeap h;
  ListBuilder list(h);
  add(list, h, am::timeout, small(ns / 1'000'000));
  const auto place = [&](Term t) {
    const auto mfa = Tuple::from(t);
    return mfa ? make_tuple(h, (*mfa)[0], (*mfa)[1], (*mfa)[2]) : t;
  };
  add(list, h, am::in_, place(in));
  add(list, h, am::out_, place(out));
  send(m, h, p.pid, am::long_schedule, list.list());
}

void report_busy_port(Process& p, Term port, bool distribution) {
  const SystemMonitor m = system_monitor();
  if (m.receiver.is_none() || !(distribution ? m.busy_dist_port : m.busy_port)) return;
  GrowingFragmentHeap h;
  send(m, h, p.pid, distribution ? am::busy_dist_port : am::busy_port, port);
}

SystemProfile system_profile() {
  const std::lock_guard lock(mutex);
  return profile;
}
SystemProfile set_system_profile(const SystemProfile& s) {
  hook_exits();
  const std::lock_guard lock(mutex);
  const SystemProfile before = std::exchange(profile, s);
  apply_profile();
  return before;
}

bool is_profile_receiver(const Process& p) { return system_profile().receiver == p.pid; }

void report_runnable(Process& p, bool active, Term place) {
  const SystemProfile s = system_profile();
  if (!s.runnable_procs || s.receiver == p.pid) return;
  GrowingFragmentHeap h;
  const auto mfa = Tuple::from(place);
  const Term where = mfa ? make_tuple(h, (*mfa)[0], (*mfa)[1], (*mfa)[2]) : Term::small(0);
  const Term message =
      make_tuple(h, am::profile, p.pid, active ? am::active : am::inactive, where, timestamp(h, s));
  send_fragment(s.receiver, message, h.finish());
}

void report_port(Term port, bool active) {
  const SystemProfile s = system_profile();
  if (!s.runnable_ports) return;
  GrowingFragmentHeap h;
  const Term message =
      make_tuple(h, am::profile, port, active ? am::active : am::inactive, Term::small(0), timestamp(h, s));
  send_fragment(s.receiver, message, h.finish());
}

void report_scheduler(int number, bool active, int active_now) {
  const SystemProfile s = system_profile();
  if (!s.scheduler) return;
  GrowingFragmentHeap h;
  const Term message =
      make_tuple(h, am::profile, am::scheduler, Term::small(number), active ? am::active : am::inactive,
                 Term::small(active_now), timestamp(h, s));
  send_fragment(s.receiver, message, h.finish());
}

}  // namespace joist
