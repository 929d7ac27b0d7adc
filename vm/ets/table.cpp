#include "vm/ets/table.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/epoch.hpp"
#include "vm/ets/skip_list.hpp"

namespace joist::ets {

namespace {

RefKey new_ref_key() {
  Word words[kRefWords];
  FixedHeap heap(words, kRefWords);
  return ref_key(make_ref(heap));
}

Store* make_store(const Shape& shape) {
  return shape.type == Type::ordered_set ? make_ordered_store(shape) : make_hash_store(shape);
}

// Frees large stores one after the other.
class Reaper {
 public:
  void push(Store* store) {
    const std::lock_guard lock(mutex_);
    if (!running_) {
      running_ = true;
      std::thread([this] { run(); }).detach();
    }
    stores_.push_back(store);
    wake_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return !stores_.empty(); });
      std::vector<Store*> dead;
      dead.swap(stores_);
      lock.unlock();
      for (const Store* s : dead) delete s;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Store*> stores_;
  bool running_ = false;
};

Reaper& reaper() {
  static auto* r = new Reaper;  // never destroyed: its thread runs until the program ends
  return *r;
}

void free_store(void* p) {
  constexpr std::size_t kLarge = 10000;
  auto* store = static_cast<Store*>(p);
  if (store->count() > kLarge)
    reaper().push(store);
  else
    delete store;
}

}  // namespace

void dispose_store(Store* store) { retire(store, free_store); }

Table::Table(Term name, Term owner, const Settings& s)
    : settings(s),
      key(new_ref_key()),
      store_(nullptr),
      protection_(s.protection),
      name_(name.bits),
      owner_(owner.bits) {
  store_.store(make_store(shape()), std::memory_order_release);
  if (!s.heir.is_none()) set_heir(s.heir, s.heir_data);
}

Table::~Table() { delete store_.load(std::memory_order_relaxed); }

Shape Table::shape() const {
  return {.type = settings.type,
          .keypos = settings.keypos,
          .single = protection() == Protection::private_,
          .many_writers =
              settings.write_concurrency != WriteConcurrency::off && protection() == Protection::public_};
}

Object* Table::make_object(Term tuple) const {
  const unsigned height = settings.type == Type::ordered_set ? SkipList::random_height() : 1;
  return settings.compressed ? Object::make_compressed(tuple, settings.keypos, height)
                             : Object::make(tuple, height);
}

std::size_t Table::clear() {
  {
    // Nobody may begin a walk between the look and the exchange.
    const Locked<LockLevel::ets_table> locked(mutex_);
    Store* old = store();
    if (old == nullptr) return 0;
    if (!fixed()) {
      Store* fresh = make_store(shape());
      if (store_.compare_exchange_strong(old, fresh, std::memory_order_acq_rel)) {
        const std::size_t n = old->count();
        dispose_store(old);
        return n;
      }
      delete fresh;
      return 0;
    }
  }
  Store* s = store();
  return s == nullptr ? 0 : s->remove_all();
}

void Table::protect(Protection p) {
  if (Store* s = store(); s != nullptr && p != Protection::private_) s->share();
  protection_.store(p, std::memory_order_release);
}

void Table::set_heir(Term pid, Term data) {
  const CopiedTerm copy = copy_to_fragment_with_literals(data);
  heir_data_ = OwnedTerm(copy.term, copy.fragment);
  heir_.store(pid.bits, std::memory_order_relaxed);
}

void Table::change_pins(int by) {
  const Locked<LockLevel::ets_table> locked(mutex_);
  const int before = pins_.load(std::memory_order_relaxed);
  pins_.store(before + by, std::memory_order_relaxed);
  Store* s = store();
  if (s != nullptr && (before == 0 || before + by == 0)) s->set_fixed(before + by > 0);
}

bool Table::fix(Term pid) {
  bool first_of_process = false;
  {
    const Locked<LockLevel::ets_table> locked(mutex_);
    Fixation& f = fixation_;
    if (f.fixers.empty()) {
      f.monotonic_ns = monotonic_ns();
      f.system_ns = system_ns();
    }
    const auto it =
        std::find_if(f.fixers.begin(), f.fixers.end(), [&](const Fixer& x) { return x.pid == pid; });
    if (it != f.fixers.end()) {
      ++it->count;
      return false;
    }
    f.fixers.push_back({pid, 1});
    first_of_process = true;
  }
  change_pins(1);
  return first_of_process;
}

bool Table::unfix(Term pid, bool all) {
  {
    const Locked<LockLevel::ets_table> locked(mutex_);
    auto& fixers = fixation_.fixers;
    const auto it = std::find_if(fixers.begin(), fixers.end(), [&](const Fixer& x) { return x.pid == pid; });
    if (it == fixers.end() || (--it->count > 0 && !all)) return false;
    fixers.erase(it);
  }
  change_pins(-1);
  return true;
}

Table::Fixation Table::fixation() const {
  const Locked<LockLevel::ets_table> locked(mutex_);
  return fixation_;
}

}  // namespace joist::ets
