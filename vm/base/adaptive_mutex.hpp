// adaptive_mutex.hpp -- a mutex of one word for sections of some dozen instructions: who finds it taken first
// spins for as long as such a section lasts, and sleeps only then. Owner: whoever holds it as a member.
// Threads: any.
#pragma once
#include <atomic>
#include <cstdint>

namespace joist {

class AdaptiveMutex {
 public:
  AdaptiveMutex() = default;
  AdaptiveMutex(const AdaptiveMutex&) = delete;

  void lock() {
    if (!try_lock()) [[unlikely]]
      lock_contended();
  }
  bool try_lock() {
    std::uint32_t free = kFree;
    return state_.compare_exchange_strong(free, kTaken, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) [[unlikely]]
      state_.notify_one();
  }

 private:
  enum : std::uint32_t { kFree, kTaken, kAwaited };  // awaited: taken, and somebody may sleep
  static constexpr int kSpins = 200;                 // some microseconds

  [[gnu::noinline]] void lock_contended() {
    for (int i = 0; i < kSpins; ++i) {
      std::uint32_t seen = state_.load(std::memory_order_relaxed);
      if (seen == kFree &&
          state_.compare_exchange_weak(seen, kTaken, std::memory_order_acquire, std::memory_order_relaxed))
        return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree)
      state_.wait(kAwaited, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace joist
