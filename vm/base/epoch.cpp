// Quiescent-state based reclamation. A global epoch counts up; a thread at a safe point copies it into its
// own record. An object retired in epoch e may be freed when every online record is above e: each of those
// threads then passed a safe point after the object had been unlinked.
#include "vm/base/epoch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "vm/base/check.hpp"

namespace joist {
namespace {

constexpr std::uint64_t kOffline = UINT64_MAX;
constexpr std::size_t kBatch = 64;  // retired objects before a thread tries to free some

std::atomic<std::uint64_t> global_epoch{1};
std::atomic<std::size_t> pending{0};

struct Retired {
  void* object;
  void (*deleter)(void*);
  std::uint64_t epoch;
};

// One per thread that ever was online; records are reused, never freed.
struct alignas(64) Record {
  std::atomic<std::uint64_t> seen{kOffline};
  std::atomic<bool> taken{true};
  Record* next = nullptr;
};
std::atomic<Record*> records{nullptr};

std::mutex orphans_mutex;  // what ended threads left behind
std::vector<Retired> orphans;

Record* take_record() {
  for (Record* r = records.load(std::memory_order_acquire); r != nullptr; r = r->next) {
    bool free_one = false;
    if (!r->taken.load(std::memory_order_relaxed) && r->taken.compare_exchange_strong(free_one, true))
      return r;
  }
  auto* r = new Record;
  r->next = records.load(std::memory_order_relaxed);
  while (!records.compare_exchange_weak(r->next, r, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return r;
}

struct ThreadState {
  Record* record = nullptr;
  int depth = 0;
  bool collecting = false;
  std::vector<Retired> retired;
  std::size_t next_attempt = kBatch;

  ~ThreadState() {
    if (!retired.empty()) {
      std::lock_guard lock(orphans_mutex);
      orphans.insert(orphans.end(), retired.begin(), retired.end());
    }
    if (record != nullptr) {
      record->seen.store(kOffline, std::memory_order_release);
      record->taken.store(false, std::memory_order_release);
    }
  }
};
thread_local ThreadState self;

// Everything retired before this epoch is unreachable.
std::uint64_t oldest_seen() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::uint64_t oldest = global_epoch.load(std::memory_order_acquire);
  for (Record* r = records.load(std::memory_order_acquire); r != nullptr; r = r->next)
    oldest = std::min(oldest, r->seen.load(std::memory_order_acquire));
  return oldest;
}

// Frees what is old enough in `list`. A deleter may retire more: it then lands in `self.retired`.
void free_old(std::vector<Retired>& list, std::uint64_t oldest) {
  std::vector<Retired> dead;
  std::size_t kept = 0;
  for (const Retired& r : list)
    if (r.epoch < oldest)
      dead.push_back(r);
    else
      list[kept++] = r;
  list.resize(kept);
  for (const Retired& r : dead) r.deleter(r.object);
  pending.fetch_sub(dead.size(), std::memory_order_relaxed);
}

void collect_own() {
  if (self.collecting) return;
  self.collecting = true;
  global_epoch.fetch_add(1, std::memory_order_acq_rel);
  if (self.depth > 0)
    self.record->seen.store(global_epoch.load(std::memory_order_acquire), std::memory_order_release);
  free_old(self.retired, oldest_seen());
  self.next_attempt = self.retired.size() + kBatch;
  self.collecting = false;
}

}  // namespace

void epoch_online() {
  if (self.depth++ > 0) return;
  if (self.record == nullptr) self.record = take_record();
  // Published before anything is read: a collector either sees this record, or unlinked its object before.
  self.record->seen.store(global_epoch.load(std::memory_order_acquire), std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void epoch_offline() {
  check(self.depth > 0, "epoch_offline without epoch_online");
  if (--self.depth > 0) return;
  self.record->seen.store(kOffline, std::memory_order_release);
  if (!self.retired.empty()) collect_own();
}

void epoch_safe_point() {
  const std::uint64_t now = global_epoch.load(std::memory_order_acquire);
  if (self.record->seen.load(std::memory_order_relaxed) != now)
    self.record->seen.store(now, std::memory_order_release);
  if (self.retired.size() >= self.next_attempt) [[unlikely]]
    collect_own();
}

void retire(void* object, void (*deleter)(void*)) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  pending.fetch_add(1, std::memory_order_relaxed);
  self.retired.push_back({object, deleter, global_epoch.load(std::memory_order_acquire)});
}

std::size_t epoch_pending() { return pending.load(std::memory_order_relaxed); }

void epoch_collect() {
  collect_own();
  std::vector<Retired> left;
  {
    std::lock_guard lock(orphans_mutex);
    left.swap(orphans);
  }
  free_old(left, oldest_seen());
  std::lock_guard lock(orphans_mutex);
  orphans.insert(orphans.end(), left.begin(), left.end());
}

}  // namespace joist
