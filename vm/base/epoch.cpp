// Quiescent-state based reclamation. A global epoch counts up; a thread at a safe point copies it into its
// own record. An object retired in epoch e may be freed when every online record is above e: each of those
// threads then passed a safe point after the object had been unlinked. Objects get their epoch by the batch.
#include "vm/base/epoch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "vm/base/check.hpp"

namespace joist {
namespace {

constexpr std::uint64_t kOffline = UINT64_MAX;
constexpr std::size_t kBatch = 64;  // retired objects before a thread tries to free some

std::atomic<std::uint64_t> global_epoch{1};

struct Retired {
  void* object;
  void (*deleter)(void*);
};
// Objects that were all retired in this epoch or before.
struct Batch {
  std::uint64_t epoch;
  std::vector<Retired> objects;
};

// One per thread that ever was online; records are reused, never freed.
struct alignas(64) Record {
  std::atomic<std::uint64_t> seen{kOffline};
  std::atomic<std::size_t> pending{0};  // what the thread has retired and not freed
  std::atomic<bool> taken{true};
  Record* next = nullptr;
};
std::atomic<Record*> records{nullptr};

// What threads left behind that have ended or gone offline: whoever goes offline next tries to free it, so
// that nothing waits for a thread that sleeps.
std::mutex orphans_mutex;
std::vector<Batch> orphans;
std::atomic<bool> has_orphans{false};

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
  // Retired since the last collection, which will give them their epoch: a later one than theirs does no
  // harm, and retiring costs no more than noting it.
  std::vector<Retired> fresh;
  std::deque<Batch> batches;          // oldest first
  std::vector<Retired> spare;         // an emptied batch's memory
  std::size_t next_attempt = kBatch;  // when there are so many fresh ones

  Record& own_record() {
    if (record == nullptr) record = take_record();
    return *record;
  }
  void count_pending() const {
    std::size_t n = fresh.size();
    for (const Batch& b : batches) n += b.objects.size();
    record->pending.store(n, std::memory_order_relaxed);
  }
  // Puts what is fresh into a batch of the epoch that ends here.
  void close_batch() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const std::uint64_t epoch = global_epoch.fetch_add(1, std::memory_order_acq_rel);
    if (fresh.empty()) return;
    batches.push_back({epoch, std::move(fresh)});
    fresh = std::move(spare);
    fresh.clear();
    spare = {};
  }

  void leave_batches() {
    if (batches.empty()) return;
    std::lock_guard lock(orphans_mutex);
    for (Batch& b : batches) orphans.push_back(std::move(b));
    batches.clear();
    has_orphans.store(true, std::memory_order_seq_cst);
  }

  ~ThreadState() {
    close_batch();
    leave_batches();
    if (record != nullptr) {
      record->pending.store(0, std::memory_order_relaxed);
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

void free_batch(Batch& b) {
  for (const Retired& r : b.objects) r.deleter(r.object);
  b.objects.clear();
}

// A deleter may retire more: it then is fresh.
void collect_own() {
  if (self.collecting) return;
  self.collecting = true;
  self.own_record();
  self.close_batch();
  if (self.depth > 0)
    self.record->seen.store(global_epoch.load(std::memory_order_acquire), std::memory_order_release);
  const std::uint64_t oldest = oldest_seen();
  while (!self.batches.empty() && self.batches.front().epoch < oldest) {
    Batch b = std::move(self.batches.front());
    self.batches.pop_front();
    free_batch(b);
    self.spare = std::move(b.objects);
  }
  self.next_attempt = self.fresh.size() + kBatch;
  self.count_pending();
  self.collecting = false;
}

void collect_orphans() {
  std::vector<Batch> left;
  {
    std::lock_guard lock(orphans_mutex);
    left.swap(orphans);
    has_orphans.store(false, std::memory_order_seq_cst);
  }
  const std::uint64_t oldest = oldest_seen();
  const auto old =
      std::partition(left.begin(), left.end(), [&](const Batch& b) { return b.epoch >= oldest; });
  for (auto b = old; b != left.end(); ++b) free_batch(*b);
  left.erase(old, left.end());
  if (left.empty()) return;
  std::lock_guard lock(orphans_mutex);
  for (Batch& b : left) orphans.push_back(std::move(b));
  has_orphans.store(true, std::memory_order_seq_cst);
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
  // A deleter may come here, too: the collection that called it goes on with what it retired.
  if (self.collecting) return;
  while (!self.fresh.empty() || !self.batches.empty()) {
    collect_own();
    self.leave_batches();
    self.count_pending();
  }
  // A thread that was online when this one looked sees in turn what is left here, when it goes offline.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (has_orphans.load(std::memory_order_seq_cst)) collect_orphans();
}

void epoch_safe_point() {
  const std::uint64_t now = global_epoch.load(std::memory_order_acquire);
  if (self.record->seen.load(std::memory_order_relaxed) != now)
    self.record->seen.store(now, std::memory_order_release);
  if (self.fresh.size() >= self.next_attempt) [[unlikely]]
    collect_own();
}

void retire(void* object, void (*deleter)(void*)) {
  self.fresh.push_back({object, deleter});
  Record& r = self.own_record();
  r.pending.store(r.pending.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

std::size_t epoch_pending() {
  std::size_t n = 0;
  for (Record* r = records.load(std::memory_order_acquire); r != nullptr; r = r->next)
    n += r->pending.load(std::memory_order_relaxed);
  std::lock_guard lock(orphans_mutex);
  for (const Batch& b : orphans) n += b.objects.size();
  return n;
}

void epoch_collect() {
  collect_own();
  collect_orphans();
}

}  // namespace joist
