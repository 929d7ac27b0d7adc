// Threads for BIFs that may take long or block: one pool for computing, one for waiting on the outside.
#include <condition_variable>
#include <mutex>

#include "scheduler/internal.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/epoch.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/signals.hpp"

namespace joist {

EngineRunDirty engine_run_dirty = nullptr;

namespace {

struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  RunQueue queue;
  int idle = 0;  // threads that wait or have just been started; the queue's length says how many are taken
  int limit = 0;
  bool stopping = false;
  std::vector<std::thread> threads;  // started when there is work for them

  // For statistics: each BIF that runs uses the first free place.
  struct Place {
    std::atomic<std::uint64_t> active_ns{0};  // until `since`
    std::atomic<std::uint64_t> since{0};      // 0: free
  };
  std::vector<Place> places;

  Place* take_place() {
    for (Place& p : places)
      if (std::uint64_t free = 0; p.since.compare_exchange_strong(free, elapsed_ns())) return &p;
    return nullptr;
  }
  static void leave_place(Place* p) {
    if (p != nullptr) p->active_ns.fetch_add(elapsed_ns() - p->since.load()), p->since.store(0);
  }

  Process* take() {
    const RunQueue::Lock queue_lock(queue.mutex());
    return queue.pop(queue_lock);
  }
};
// Indexed by "waits on the outside". An array, not two objects: of two, the compiler may read fields of both
// and then choose, which is no harm but which ThreadSanitizer sees as a race.
Pool pools[2];
thread_local DirtyThread this_thread = DirtyThread::none;

void run_dirty(Process& p) {
  thread_local RegisterBlock registers;
  p.x = registers.x();
  p.reductions_left = kReductionsPerSlice;
  EpochGuard online;
  engine_run_dirty(p);
  if (!p.has_state(Process::kFree)) return requeue_after_slice(p);
  // It has exited meanwhile.
  while (p.has_state(Process::kQueued)) std::this_thread::yield();
  free_memory_of(p);
  retire_object(&p);
}

void work(Pool& pool) {
  this_thread = &pool == &pools[0] ? DirtyThread::cpu : DirtyThread::io;
  std::unique_lock lock(pool.mutex);
  for (;;) {
    pool.changed.wait(lock, [&] { return pool.stopping || pool.queue.length() != 0; });
    if (pool.stopping) return;
    --pool.idle;
    Process* p = pool.take();
    lock.unlock();
    Pool::Place* place = pool.take_place();
    run_dirty(*p);
    Pool::leave_place(place);
    lock.lock();
    ++pool.idle;
  }
}

}  // namespace

Away::Away(Process& p) : process_(p) {
  p.in_bif = true;
  const std::uint32_t old = p.state.fetch_or(Process::kAway, std::memory_order_acq_rel);
  if ((old & Process::kSignals) != 0) process_hooks.wake(p);
}

Away::~Away() {
  std::uint32_t old = process_.state.load(std::memory_order_relaxed);
  for (;;) {
    if ((old & Process::kAttended) != 0) {
      std::this_thread::yield();
      old = process_.state.load(std::memory_order_relaxed);
    } else if (process_.state.compare_exchange_weak(old, old & ~std::uint32_t{Process::kAway})) {
      break;
    }
  }
  process_.in_bif = false;
  if (!exited()) take_up_again(process_);
}

void start_dirty_pools(int cpu, int io) {
  for (Pool& pool : pools) {
    std::lock_guard lock(pool.mutex);
    pool.limit = std::max(1, &pool == pools ? cpu : io);
    pool.stopping = false;
    pool.places = std::vector<Pool::Place>(static_cast<std::size_t>(pool.limit));
    while (pool.take() != nullptr) {
    }
    pool.idle = 0;
  }
}

std::uint64_t dirty_active_ns(bool io, int thread) {
  const Pool::Place& p = pools[io ? 1 : 0].places[static_cast<std::size_t>(thread)];
  const std::uint64_t since = p.since.load(), now = elapsed_ns();
  return p.active_ns.load() + (since != 0 && now > since ? now - since : 0);
}

void push_dirty(Process& p) {
  Pool& pool = pools[p.has_state(Process::kDirtyIo) ? 1 : 0];
  {
    std::lock_guard lock(pool.mutex);
    {
      const RunQueue::Lock queue_lock(pool.queue.mutex());
      pool.queue.push(p, queue_lock);
    }
    if (pool.queue.length() > static_cast<std::size_t>(pool.idle) &&
        static_cast<int>(pool.threads.size()) < pool.limit) {
      ++pool.idle;
      pool.threads.emplace_back([&pool] { work(pool); });
    }
  }
  pool.changed.notify_one();
}

DirtyThread dirty_thread_kind() { return this_thread; }
int dirty_thread_count(bool io) { return pools[io ? 1 : 0].limit; }

void stop_dirty_pools() {
  // A thread that blocks in a system call is not waited for.
  for (Pool& pool : pools) {
    std::vector<std::thread> threads;
    bool all_idle;
    {
      std::lock_guard lock(pool.mutex);
      pool.stopping = true;
      threads.swap(pool.threads);
      all_idle = pool.idle == static_cast<int>(threads.size());
    }
    pool.changed.notify_all();
    for (std::thread& t : threads) {
      if (all_idle)
        t.join();
      else
        t.detach();
    }
  }
}

}  // namespace joist
