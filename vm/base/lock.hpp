// lock.hpp -- mutexes with a fixed order; holding one is proved by a parameter `const Locked<level>&`.
// The order is checked at run time in every build but release.
#pragma once
#include <mutex>

#include "vm/base/check.hpp"

namespace joist {

// Locks are taken in this order only (a thread holding one may take only later ones).
enum class LockLevel : int {
  code_load,      // one loader at a time commits code
  scheduler_set,  // schedulers online, stop-the-world
  ets_directory,
  ets_table,
  ets_bucket,
  process_table,
  registry,
  module_table,
  export_table,
  fun_table,
  persistent_term,
  open_files,
  released_literals,
  timer_wheel,
  dirty_queue,
  run_queue,
  literal_area,
  node_table,
  atom_table,
  binary_registry,
  trace_output,
  count_
};

namespace detail {
inline thread_local int held_level = -1;
}

template <LockLevel L>
class Locked;

template <LockLevel L>
class Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;

 private:
  friend class Locked<L>;
  std::mutex mutex_;
};

template <LockLevel L>
class [[nodiscard]] Locked {
 public:
  explicit Locked(Mutex<L>& m) : mutex_(m) {
    if constexpr (kChecked) {
      require(static_cast<int>(L) > detail::held_level, "locks taken out of order");
      outer_ = detail::held_level;
      detail::held_level = static_cast<int>(L);
    }
    mutex_.mutex_.lock();
  }
  ~Locked() {
    mutex_.mutex_.unlock();
    if constexpr (kChecked) detail::held_level = outer_;
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Mutex<L>& mutex_;
  int outer_ = -1;
};

}  // namespace joist
