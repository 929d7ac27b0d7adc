// flags.hpp -- the VM's run-time settings: one table, filled from the command line before anything starts.
// Threads: written before the schedulers start, only read afterwards.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "vm/base/check.hpp"

namespace joist {

// What Ctrl-C does: +B.
enum class BreakMode : std::uint8_t { menu, interrupt_shell, end, ignore };
// What warnings are logged as: +W.
enum class WarningMap : std::uint8_t { error, warning, info };
// How file names are read: +fn.
enum class FileNameEncoding : std::uint8_t { by_locale, utf8, latin1 };
enum class TimeWarp : std::uint8_t { none, single, multi };

struct Flags {
  int schedulers = 0;         // +S; 0 = one per usable core
  int schedulers_online = 0;  // 0: all
  int dirty_cpu_schedulers = 0;
  int dirty_cpu_schedulers_online = 0;
  int dirty_io_schedulers = 10;
  std::size_t process_limit = 262144;  // +P, a power of two
  std::size_t atom_limit = 1048576;    // +t
  std::size_t min_heap_words = 233;    // +hms
  std::size_t min_bin_vheap_words = 46422;
  std::size_t max_heap_words = 0;  // +hmax; 0 = no limit
  std::uint32_t fullsweep_after = 65535;
  bool off_heap_messages = false;                  // +hmqd off_heap
  bool max_heap_kill = true, max_heap_log = true;  // +hmaxk, +hmaxel
  bool max_heap_shared = false;                    // +hmaxib
  bool async_dist = false;                         // +pad
  std::size_t port_limit = 65536;                  // +Q
  int async_threads = 1;                           // +A: reported only
  BreakMode break_mode = BreakMode::menu;
  WarningMap warning_map = WarningMap::warning;
  bool printable_unicode = false;  // +pc unicode
  FileNameEncoding file_names = FileNameEncoding::by_locale;
  TimeWarp time_warp = TimeWarp::none;     // +C
  bool time_correction = true;             // +c
  bool port_parallelism = false;           // +spp
  int compatible_release = 25;             // +R
  int timing_level = -1;                   // +T; -1: not given
  std::int64_t dist_busy_limit = 1048576;  // +zdbbl, in bytes
  std::int64_t node_table_gc_delay = 60;   // +zdntgc, in seconds; -1: infinity
  std::int64_t outstanding_requests = 0;   // +zosrl; 0: by the number of schedulers
  std::int64_t halt_flush_timeout = -1;    // +zhft, in milliseconds; -1: infinity
  std::string boot_module = "init";        // +i

  // What the OTP that is run calls itself.
  std::string otp_release = "25", erts_version = "13.1.5";
  int otp() const { return std::stoi(otp_release); }
  std::vector<std::string> emulator_arguments;  // beam.smp's argv: its own flags, "--", init's

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
