// work.hpp -- counts what a long BIF does, so that it stops when its slice is used up.
//
//   Work work(c, 32);                        // 32 steps cost one reduction
//   while (...) { if (!work.step()) return trap(c, ..., what is left); ... }
//
// A call may always do some work, however little of the slice is left, so that every trap makes progress.
// Owner: the BIF's stack frame. Threads: one. GC: none.
#pragma once
#include <algorithm>

#include "vm/code/export.hpp"
#include "vm/process/call.hpp"

namespace joist {

class Work {
 public:
  Work(Call& c, std::int64_t steps_per_reduction)
      : call_(c),
        rate_(steps_per_reduction),
        allowed_(std::max<std::int64_t>(c.left(), kLeastReductions) * steps_per_reduction),
        left_(allowed_) {}
  ~Work() { call_.spend((allowed_ - left_) / rate_); }
  Work(const Work&) = delete;

  // False when no further step is allowed.
  bool step() { return --left_ >= 0; }
  bool steps(std::int64_t n) { return (left_ -= n) >= 0; }
  std::int64_t left() const { return left_; }

 private:
  static constexpr std::int64_t kLeastReductions = 100;
  Call& call_;
  const std::int64_t rate_, allowed_;
  std::int64_t left_;
};

// Charges `units` of work that is already done.
inline void spend_for(Call& c, std::size_t units, std::size_t units_per_reduction) {
  c.spend(static_cast<std::int64_t>(units / units_per_reduction));
}

// A function that goes on with another's work under a name of its own raises errors in that one's name.
inline void stand_for(Call& c, Term module, Term function) {
  c.process.current_bif = find_or_make_export(module, function, c.arity);
}

// What was made runnable before code changes runs first: `module`:`rest` changes it with the BIF's arguments,
// in another slice.
inline Term after_others(Call& c, Term module, std::string_view rest) {
  Process& p = c.process;
  p.reductions -= static_cast<std::uint64_t>(std::max(0, p.reductions_left));  // given up, not used
  p.reductions_left = 0;
  p.trap_target = find_or_make_export(module, find_atom(rest), c.arity);
  std::copy_n(c.args, c.arity, p.x);
  return trap_marker();
}

}  // namespace joist
