// Threads for BIFs that may take long or block: one pool for computing, one for waiting on the outside.
#include <condition_variable>
#include <mutex>

#include "scheduler/internal.hpp"
#include "vm/base/epoch.hpp"

namespace joist {

EngineRunDirty engine_run_dirty = nullptr;

namespace {

struct Pool {
  std::mutex mutex;
  std::condition_variable changed;
  Process* first = nullptr;
  Process* last = nullptr;
  int idle = 0;
  int limit = 0;
  bool stopping = false;
  std::vector<std::thread> threads;  // started when there is work for them
};
// Indexed by "waits on the outside". An array, not two objects: of two, the compiler may read fields of both
// and then choose, which is no harm but which ThreadSanitizer sees as a race.
Pool pools[2];

void run_dirty(Process& p) {
  thread_local RegisterBlock registers;
  p.x = registers.x();
  p.reductions_left = kReductionsPerSlice;
  EpochGuard online;
  engine_run_dirty(p);
  requeue_after_slice(p);
}

void work(Pool& pool) {
  std::unique_lock lock(pool.mutex);
  for (;;) {
    ++pool.idle;
    pool.changed.wait(lock, [&] { return pool.stopping || pool.first != nullptr; });
    --pool.idle;
    if (pool.stopping) return;
    Process* p = pool.first;
    pool.first = p->queue_next;
    if (pool.first == nullptr) pool.last = nullptr;
    p->queue_next = nullptr;
    lock.unlock();
    run_dirty(*p);
    lock.lock();
  }
}

}  // namespace

void start_dirty_pools(int cpu, int io) {
  for (Pool& pool : pools) {
    std::lock_guard lock(pool.mutex);
    pool.limit = std::max(1, &pool == pools ? cpu : io);
    pool.stopping = false;
    pool.first = pool.last = nullptr;
    pool.idle = 0;
  }
}

void push_dirty(Process& p) {
  Pool& pool = pools[p.has_state(Process::kDirtyIo) ? 1 : 0];
  {
    std::lock_guard lock(pool.mutex);
    p.queue_next = nullptr;
    if (pool.last != nullptr)
      pool.last->queue_next = &p;
    else
      pool.first = &p;
    pool.last = &p;
    if (pool.idle == 0 && static_cast<int>(pool.threads.size()) < pool.limit)
      pool.threads.emplace_back([&pool] { work(pool); });
  }
  pool.changed.notify_one();
}

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
