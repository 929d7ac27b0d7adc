// saved_calls.hpp -- process_flag(save_calls, N): the last N calls of global functions, sends, receives and
// timeouts of a process.
//
// Owner: the process. Threads: added to by itself; the number of processes that save is [shared]. Calls are
// noticed by breakpoints in all exports (vm/trace), which are there while anybody saves. GC: holds no terms
// of the heap.
#pragma once
#include <atomic>
#include <vector>

#include "vm/term/heap.hpp"

namespace joist {

class SavedCalls {
 public:
  // A limit of 0 is not for saving: no SavedCalls at all.
  explicit SavedCalls(std::uint32_t limit) : limit_(limit) { savers.fetch_add(1, std::memory_order_relaxed); }
  ~SavedCalls() { savers.fetch_sub(1, std::memory_order_relaxed); }
  SavedCalls(const SavedCalls&) = delete;
  SavedCalls& operator=(const SavedCalls&) = delete;

  void call(Term module, Term function, std::uint32_t arity) { add({module, function, arity}); }
  // The atom send, 'receive' or timeout.
  void event(Term name) { add({Term::none(), name, 0}); }

  std::uint32_t limit() const { return limit_; }
  // [{Module, Function, Arity} | Event], the oldest first.
  Term to_list(Heap& h) const;

  // How many processes save, and requests to do so that are on their way.
  inline static std::atomic<std::int64_t> savers{0};

 private:
  struct Entry {
    Term module;  // none: an event
    Term name;
    std::uint32_t arity;
  };
  void add(Entry e) {
    if (entries_.size() < limit_)
      entries_.push_back(e);
    else
      entries_[next_] = e;
    if (++next_ == limit_) next_ = 0;
  }

  const std::uint32_t limit_;
  std::uint32_t next_ = 0;  // where the next entry goes; the oldest, once all places are taken
  std::vector<Entry> entries_;
};

}  // namespace joist
