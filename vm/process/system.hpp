// system.hpp -- settings of the whole VM that programs change while it runs (erlang:system_flag).
// Owner: the VM. Threads: any; all fields are atomic, except online_before: of whoever blocks first.
#pragma once
#include <atomic>

#include "vm/term/atom.hpp"

namespace joist {

struct SystemSettings {
  // Where the VM's own log messages go: a pid, `logger` (the process of that name) or `undefined` (stderr).
  std::atomic<Word> logger{am::logger.bits};
  std::atomic<Word> bind_type{am::unbound.bits};  // what was asked for: joist binds no threads to cores
  std::atomic<bool> wall_time{false};             // statistics(scheduler_wall_time)
  std::atomic<int> dirty_cpu_online{0};           // 0: all
  std::atomic<int> blocks{0};                     // of multi_scheduling
  std::atomic<int> normal_blocks{0};              // those of them that leave dirty threads alone
  int online_before = 1;
  std::atomic<std::int64_t> trace_control_word{0};
  std::atomic<bool> time_offset_final{false};  // with single_time_warp: finalized
};
extern SystemSettings system_settings;

}  // namespace joist
