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
  static constexpr int kMostPauses = 64;             // some microseconds

  // Who has to wait stays away for longer each time: the memory that the lock protects need not move from
  // core to core at each turn.
  [[gnu::noinline]] void lock_contended() {
    for (int pauses = 1; pauses <= kMostPauses; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) pause();
      if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
    }
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree)
      state_.wait(kAwaited, std::memory_order_relaxed);
  }

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace joist
