#include "scheduler/timer.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "gc/copy.hpp"
#include "scheduler/internal.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/timer_list.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

constexpr std::uint64_t kNever = TimerWheel::kNever;
constexpr std::int64_t kStartMs = kMonotonicStart / 1'000'000;

// Ticks are milliseconds since the VM started. Something due in n ms from now is due at tick_up() + n.
std::uint64_t tick_up() { return (elapsed_ns() + 999'999) / 1'000'000; }

// The wheel that a new timer goes to: this scheduler's, or for other threads the first one.
Scheduler& wheel_owner() { return current_scheduler != nullptr ? *current_scheduler : *schedulers[0]; }

void insert(Timer& t, Scheduler& owner, std::uint64_t due) {
  {
    TimerWheel::Lock lock(owner.wheel.mutex());
    owner.wheel.insert(t, due, lock);
  }
  // It may sleep longer than this timer allows.
  if (&owner != current_scheduler || relieved()) unpark(owner);
}

// ---- receive timeouts ----
//
// Most receive timers are cancelled soon and armed again for a later time (a call with a timeout). So
// cancelling leaves the timer in the wheel and only says so in `due_tick`; a timer found in the wheel before
// its due tick is linked again. `linked_hint` and `due_tick` are sequentially consistent: either the firing
// thread sees the new due tick, or the arming one sees that the timer has left the wheel.
struct ReceiveTimer : Timer {
  Term pid;
  Scheduler* owner = nullptr;  // whose wheel; written by the process while not linked
  std::atomic<std::uint64_t> due_tick{kNever};
  std::atomic<std::uint64_t> generation{0};
  std::atomic<bool> linked_hint{false};
  std::atomic<std::uint64_t> linked_due{0};  // tick it is linked for
};

std::uint64_t fire_receive(Timer* t, Expired& fired, std::uint64_t now) {
  auto& r = *static_cast<ReceiveTimer*>(t);
  r.linked_hint.store(false, std::memory_order_seq_cst);
  const std::uint64_t due = r.due_tick.load(std::memory_order_seq_cst);
  if (due == kNever) return 0;
  if (due > now) {
    r.linked_due.store(due, std::memory_order_seq_cst);
    r.linked_hint.store(true, std::memory_order_seq_cst);
    return due;
  }
  fired.receives.push_back({r.pid, r.generation.load(std::memory_order_relaxed)});
  return 0;
}

void handle_timeout(Process* p, Signal* s) {
  if (p != nullptr && p->timer_armed && p->receive_timer != nullptr &&
      static_cast<ReceiveTimer*>(p->receive_timer)->generation.load(std::memory_order_relaxed) == s->extra[0])
    p->timed_out = true;
  Signal::free(s);
}

}  // namespace

void arm_receive_timer(Process& p, std::uint64_t milliseconds) {
  if (p.receive_timer == nullptr) {
    auto* fresh = new ReceiveTimer;
    fresh->pid = p.pid;
    fresh->fire = fire_receive;
    p.receive_timer = fresh;
  }
  auto& r = *static_cast<ReceiveTimer*>(p.receive_timer);
  p.timer_armed = true;
  p.timed_out = false;
  const std::uint64_t due = milliseconds == UINT64_MAX ? kNever : tick_up() + milliseconds;
  r.generation.fetch_add(1, std::memory_order_relaxed);
  r.due_tick.store(due, std::memory_order_seq_cst);
  if (due == kNever) return;
  if (r.linked_hint.load(std::memory_order_seq_cst) && r.linked_due.load(std::memory_order_seq_cst) <= due)
    return;
  if (r.owner != nullptr) {
    TimerWheel::Lock lock(r.owner->wheel.mutex());
    // Linked again meanwhile, perhaps, for a time that is right already or too late.
    r.owner->wheel.remove(r, lock);
  }
  r.owner = &wheel_owner();
  r.linked_due.store(due, std::memory_order_seq_cst);
  r.linked_hint.store(true, std::memory_order_seq_cst);
  insert(r, *r.owner, due);
}

void cancel_receive_timer(Process& p) {
  if (!p.timer_armed) return;
  p.timer_armed = false;
  p.timed_out = false;
  static_cast<ReceiveTimer*>(p.receive_timer)->due_tick.store(kNever, std::memory_order_seq_cst);
}

void drop_receive_timer(Process& p) {
  auto* r = static_cast<ReceiveTimer*>(std::exchange(p.receive_timer, nullptr));
  p.timer_armed = p.timed_out = false;
  if (r == nullptr) return;
  if (r->owner != nullptr) {
    TimerWheel::Lock lock(r->owner->wheel.mutex());
    r->owner->wheel.remove(*r, lock);
  }
  delete r;
}

// ---- timers by reference ----
namespace {

struct MessageTimer : Timer {
  RefKey key;
  Term to = Term::none();
  Term message = Term::none();
  HeapFragment* fragment = nullptr;
  Scheduler* owner = nullptr;
};

struct KeyHash {
  std::size_t operator()(const RefKey& k) const { return (k.a ^ (k.b << 17)) * 0x9e3779b97f4a7c15u >> 20; }
};

// Timers that have neither fired nor been cancelled. Whoever takes one out of the table may free it.
struct Shard {
  std::mutex mutex;
  std::unordered_map<RefKey, MessageTimer*, KeyHash> timers;
};
constexpr std::size_t kShards = 16;
Shard shards[kShards];
Shard& shard_of(RefKey k) { return shards[KeyHash{}(k) % kShards]; }

// Under the wheel's lock; then the shard's: never the other way round.
std::uint64_t fire_message(Timer* t, Expired& fired, std::uint64_t) {
  auto* m = static_cast<MessageTimer*>(t);
  Shard& shard = shard_of(m->key);
  {
    std::lock_guard lock(shard.mutex);
    if (shard.timers.erase(m->key) == 0) return 0;  // being cancelled: the canceller frees it
  }
  fired.messages.push_back({m->to, m->message, m->fragment});
  delete m;
  return 0;
}

std::int64_t milliseconds_left(const MessageTimer& m) {
  const std::uint64_t now = tick_up();
  return m.due > now ? static_cast<std::int64_t>(m.due - now) : 0;
}

bool destination_lives(Term to) { return !to.is_local_pid() || find_process(to) != nullptr; }

}  // namespace

std::int64_t monotonic_ms_up() { return kStartMs + static_cast<std::int64_t>(tick_up()); }

Term start_message_timer(Heap& h, std::int64_t due_ms, Term to, Term message, bool wrap) {
  const Term ref = make_ref(h);
  auto* m = new MessageTimer;
  m->fire = fire_message;
  m->key = ref_key(ref);
  m->to = to;
  if (wrap) {
    FragmentHeap f(4 + kRefWords + flat_size_with_literals(message));
    const Term own_ref = copy_term(f, ref);
    m->message = make_tuple(f, am::timeout, own_ref, copy_with_literals(f, message));
    m->fragment = f.finish();
  } else {
    const CopiedTerm copy = copy_to_fragment_with_literals(message);
    m->message = copy.term;
    m->fragment = copy.fragment;
  }
  m->owner = &wheel_owner();
  // The wheel may move a due time that has passed already; the table entry must exist before it can fire.
  const std::uint64_t due = due_ms > kStartMs ? static_cast<std::uint64_t>(due_ms - kStartMs) : 0;
  m->due = due;
  {
    Shard& shard = shard_of(m->key);
    std::lock_guard lock(shard.mutex);
    shard.timers.emplace(m->key, m);
  }
  insert(*m, *m->owner, due);
  return ref;
}

std::optional<std::int64_t> cancel_message_timer(RefKey key) {
  MessageTimer* m = nullptr;
  {
    Shard& shard = shard_of(key);
    std::lock_guard lock(shard.mutex);
    const auto it = shard.timers.find(key);
    if (it == shard.timers.end()) return std::nullopt;
    m = it->second;
    shard.timers.erase(it);
  }
  {
    TimerWheel::Lock lock(m->owner->wheel.mutex());
    m->owner->wheel.remove(*m, lock);
  }
  const bool counts = destination_lives(m->to);
  const std::int64_t left = milliseconds_left(*m);
  HeapFragment::free_chain(m->fragment);
  delete m;
  return counts ? std::optional(left) : std::nullopt;
}

std::optional<std::int64_t> read_message_timer(RefKey key) {
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  const auto it = shard.timers.find(key);
  if (it == shard.timers.end() || !destination_lives(it->second->to)) return std::nullopt;
  return milliseconds_left(*it->second);
}

void for_each_message_timer(const std::function<void(Term, Term, std::int64_t)>& visit) {
  for (Shard& shard : shards) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [key, m] : shard.timers) visit(m->to, m->message, milliseconds_left(*m));
  }
}

void Expired::deliver() {
  for (const Receive& r : receives) {
    Signal* s = Signal::make();
    s->kind = Signal::Kind::other;
    s->handle = handle_timeout;
    s->extra[0] = r.generation;
    signal_to(r.pid, s);
  }
  for (const Message& m : messages) {
    const Term to = m.to.is_atom() ? whereis_name(m.to) : m.to;
    if (to.is_local_pid())
      send_fragment(to, m.term, m.fragment);
    else
      HeapFragment::free_chain(m.fragment);
  }
}

}  // namespace joist
