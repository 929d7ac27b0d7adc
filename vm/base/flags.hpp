// flags.hpp -- the VM's run-time settings: one table, filled from the command line before anything starts.
// Threads: written before the schedulers start, only read afterwards.
#pragma once
#include <cstdint>
#include <string>

#include "vm/base/check.hpp"

namespace joist {

struct Flags {
  int schedulers = 0;  // +S; 0 = one per usable core
  int dirty_cpu_schedulers = 0;
  int dirty_io_schedulers = 10;
  std::size_t process_limit = 262144;  // +P, a power of two
  std::size_t atom_limit = 1048576;    // +t
  std::size_t min_heap_words = 233;    // +hms
  std::size_t min_bin_vheap_words = 46422;
  std::size_t max_heap_words = 0;  // +hmax; 0 = no limit
  std::uint32_t fullsweep_after = 65535;
  bool off_heap_messages = false;  // +hmqd off_heap

  // Adversarial modes (compiled into every build but release; set by default in `adversarial`).
  bool collect_always = kAdversarial;  // collect at every reservation
  bool preempt_always = kAdversarial;  // preempt at every call
  bool verify_heap = kAdversarial;     // walk the heap after every collection
  bool delay_signals = kAdversarial;   // deliver signals late
  std::uint64_t seed = 0;              // printed when an adversarial mode is on

  std::string trace;  // --trace=gc,send,load:lists
};

extern Flags flags;

}  // namespace joist
