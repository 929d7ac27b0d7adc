#include "tools/joist/emulator_flags.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "gc/block.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/console.hpp"
#include "vm/base/flags.hpp"
#include "vm/term/dialect.hpp"

namespace joist {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  write_console(why + "\n" + emulator_usage());
  std::exit(1);
}

// OTP reads most numbers as atoi does: what is no number is 0.
long number(const std::string& text) { return std::strtol(text.c_str(), nullptr, 10); }
std::optional<long> whole_number(const std::string& text) {
  char* end = nullptr;
  const long n = std::strtol(text.c_str(), &end, 10);
  return end != text.c_str() && *end == '\0' ? std::optional(n) : std::nullopt;
}
long in_range(const std::string& text, long low, long high, const std::string& what) {
  const auto n = whole_number(text);
  if (!n || *n < low || *n > high) refuse("bad " + what + " " + text);
  return *n;
}
bool is_one_of(const std::string& word, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* w) { return word == w; });
}
// "4:2" -> 4, 2. Negative where nothing is said.
struct Pair {
  std::optional<long> first, second;
  bool valid = true;
};
Pair pair(const std::string& text) {
  Pair p;
  const auto colon = text.find(':');
  const std::string a = text.substr(0, colon), b = colon == std::string::npos ? "" : text.substr(colon + 1);
  p.first = whole_number(a);
  p.second = whole_number(b);
  p.valid = (a.empty() || p.first) && (b.empty() || p.second) && !text.empty();
  return p;
}

const std::initializer_list<const char*> kBusyWaits = {"none",   "very_short", "short",
                                                       "medium", "long",       "very_long"};
const std::initializer_list<const char*> kThresholds = {"very_low", "low", "medium", "high", "very_high"};
const std::initializer_list<const char*> kLaziness = {"very_lazy", "lazy", "medium", "eager", "very_eager"};

class Parser {
 public:
  Parser(const std::vector<std::string>& words, const Installation& otp) : words_(words), otp_(otp) {}

  void parse() {
    for (; at_ < words_.size(); ++at_) flag(words_[at_]);
    settle_schedulers();
  }

 private:
  // The flag's value: what follows its letters, or the next word.
  std::string value(std::size_t letters) {
    const std::string& w = words_[at_];
    if (w.size() > letters + 1) return w.substr(letters + 1);
    if (at_ + 1 >= words_.size()) refuse(otp_.binaries + "/beam.smp: missing argument for " + w);
    return words_[++at_];
  }
  [[noreturn]] void unknown(const std::string& w) { refuse(otp_.binaries + "/beam.smp unknown flag " + w); }
  // Value of a flag that is `name` or begins with it.
  bool is(const char* name) const { return words_[at_].compare(1, std::string::npos, name) == 0; }
  bool begins(const char* name) const {
    return words_[at_].compare(1, std::char_traits<char>::length(name), name) == 0;
  }

  void flag(const std::string& w) {
    if (w.size() < 2 || w[0] != '-') unknown(w);
    switch (w[1]) {
      case 'a': {
        const std::string v = value(1);
        in_range(v, 16, 8192, "stack size for async threads");
        return;
      }
      case 'A': {
        const std::string v = value(1);
        const auto n = whole_number(v).value_or(0);
        if (n < 0 || n > 1024) refuse("bad number of async threads " + v);
        flags.async_threads = static_cast<int>(std::max(n, 1L));
        return;
      }
      case 'B':
        return break_mode(w.size() > 2 ? std::string(1, w[2])
                          : at_ + 1 < words_.size() && is_one_of(words_[at_ + 1], {"c", "d", "i"})
                              ? words_[++at_]
                              : std::string());
      case 'c': return time_correction(w);
      case 'C': {
        const std::string v = value(1);
        if (v == "no_time_warp")
          flags.time_warp = TimeWarp::none;
        else if (v == "single_time_warp")
          flags.time_warp = TimeWarp::single;
        else if (v == "multi_time_warp")
          flags.time_warp = TimeWarp::multi;
        else
          refuse("Invalid time warp mode: " + v);
        return;
      }
      case 'd':
        if (is("dcg")) {
          const std::string v = at_ + 1 < words_.size() ? words_[++at_] : "--";
          const auto n = whole_number(v);
          if (!n || *n < 0) refuse("bad decentralized counter groups limit: " + v);
        }
        return;
      case 'e': value(1); return;
      case 'f': return file_names(w);
      case 'h': return heap(w);
      case 'i': flags.boot_module = value(1); return;
      case 'I': return poll_threads(w);
      case 'J': return jit(w);
      case 'K': value(1); return;
      case 'L': return;
      case 'M': return allocator(w);
      case 'n': {
        const std::string v = value(1);
        if (!is_one_of(v, {"s", "a", "d"})) refuse("bad -n option " + v);
        return;
      }
      case 'p': {
        if (begins("pad") && flags.otp() >= 26) {
          const std::string v = value(3);
          if (!is_one_of(v, {"true", "false"})) refuse("bad async dist value " + v);
          flags.async_dist = v == "true";
          return;
        }
        if (!begins("pc")) unknown(w);
        const std::string v = value(2);
        if (v != "unicode" && v != "latin1") refuse("bad range of printable characters: " + v);
        flags.printable_unicode = v == "unicode";
        return;
      }
      case 'P': {
        const std::string v = value(1);
        if (v == "legacy") return;
        const long n = in_range(v, 1024, 134217727, "number of processes");
        flags.process_limit = std::bit_ceil(static_cast<std::size_t>(n));
        return;
      }
      case 'Q': {
        const std::string v = value(1);
        if (v == "legacy") return;
        flags.port_limit =
            std::bit_ceil(static_cast<std::size_t>(in_range(v, 1024, 134217727, "number of ports")));
        return;
      }
      case 'r':
        if (begins("rg")) {
          const std::string v = value(2);
          const auto n = whole_number(v);
          if (!n || *n < 0) refuse("bad reader groups limit: " + v);
        }
        return;
      case 'R': {
        const std::string v = value(1);
        const int here = std::atoi(otp_.release.c_str());
        flags.compatible_release =
            static_cast<int>(in_range(v, here - 2, here, "compatibility release number"));
        return;
      }
      case 's': return scheduling(w);
      case 'S': return schedulers(w);
      case 't': {
        const std::string v = value(1);
        flags.atom_limit = static_cast<std::size_t>(in_range(v, 8192, 2147483647, "atom table size"));
        return;
      }
      case 'T': {
        const std::string v = value(1);
        const long n = number(v);
        if (n < 0 || n > 9) refuse("bad modified timing level " + v);
        flags.timing_level = static_cast<int>(n);
        return;
      }
      case 'v': write_console("warning: -v (only in debug compiled code)\n"); return;
      case 'V':
        write_console("Erlang (SMP,ASYNC_THREADS) (BEAM) emulator version " + otp_.erts_version + "\n");
        std::exit(0);
      case 'W': {
        const std::string v = value(1);
        if (v[0] == 'e')
          flags.warning_map = WarningMap::error;
        else if (v[0] == 'w')
          flags.warning_map = WarningMap::warning;
        else if (v[0] == 'i')
          flags.warning_map = WarningMap::info;
        else
          refuse("unrecognized warning_map option " + v);
        return;
      }
      case 'z': return miscellaneous(w);
      default: unknown(w);
    }
  }

  void break_mode(const std::string& mode) {
    if (mode.empty() || mode == "d")
      flags.break_mode = BreakMode::end;
    else if (mode == "c")
      flags.break_mode = BreakMode::interrupt_shell;
    else if (mode == "i")
      flags.break_mode = BreakMode::ignore;
  }

  void time_correction(const std::string& w) {
    std::string v = w.substr(2);
    if (v.empty() && at_ + 1 < words_.size() && is_one_of(words_[at_ + 1], {"true", "false"}))
      v = words_[++at_];
    if (!v.empty() && v != "true" && v != "false") refuse("Invalid time correnction value: " + v);
    flags.time_correction = v == "true";
  }

  void file_names(const std::string& w) {
    if (!begins("fn")) unknown(w);
    const std::string v = value(2);
    if (v[0] == 'u')
      flags.file_names = FileNameEncoding::utf8;
    else if (v[0] == 'l')
      flags.file_names = FileNameEncoding::latin1;
    else if (v[0] == 'a')
      flags.file_names = FileNameEncoding::by_locale;
    else
      refuse("bad filename encoding " + v + ", can be (l,u or a, optionally followed by w, i or e)");
    if (v.size() > 1 && v[0] != 'l' && std::string("wie").find(v[1]) == std::string::npos)
      refuse("bad type of warnings for wrongly coded filename: " + v.substr(1));
  }

  void heap(const std::string& w) {
    const auto words = [&](std::size_t letters, const char* what, long low) {
      const std::string v = value(letters);
      const auto n = whole_number(v);
      if (!n || *n < low) refuse(std::string("bad ") + what + " " + v);
      return static_cast<std::size_t>(*n);
    };
    const auto boolean = [&](std::size_t letters, const char* what) {
      const std::string v = value(letters);
      if (v != "true" && v != "false") refuse(std::string("bad ") + what + " " + v);
      return v == "true";
    };
    if (is("hms"))
      flags.min_heap_words = next_heap_size(words(3, "heap size", 1));
    else if (is("hmbs"))
      flags.min_bin_vheap_words = next_heap_size(std::max<std::size_t>(words(4, "heap size", 1), 32768));
    else if (is("hpds"))
      words(4, "initial process dictionary size", 1);
    else if (is("hmaxel"))
      flags.max_heap_log = boolean(6, "max heap error logger");
    else if (is("hmaxib") && flags.otp() >= 27)
      flags.max_heap_shared = boolean(6, "max heap include bins");
    else if (is("hmaxk"))
      flags.max_heap_kill = boolean(5, "max heap kill");
    else if (is("hmax"))
      flags.max_heap_words = static_cast<std::size_t>(std::max(number(value(4)), 0L));
    else if (is("hmqd")) {
      const std::string v = value(4);
      if (v != "on_heap" && v != "off_heap") refuse("Invalid message_queue_data flag: " + v);
      flags.off_heap_messages = v == "off_heap";
    } else if (is("h")) {
      flags.min_heap_words = next_heap_size(words(1, "heap size", 1));
    } else {
      refuse("bad heap size " + w.substr(2));
    }
  }

  void poll_threads(const std::string& w) {
    const auto check = [&](const char* what, long high) {
      const std::string v = value(w.size() - 1);
      const auto n = whole_number(v);
      if (!n || *n < 1 || *n > high) refuse(std::string("bad I/O poll ") + what + " number: " + v);
    };
    if (is("IOt")) return check("threads", 1024);
    if (is("IOp")) return check("sets", 1024);
    if (is("IOPt")) return check("thread percentage", 100);
    if (is("IOPp")) return check("set percentage", 100);
    if (is("IOs")) {
      value(3);
      return;
    }
    unknown(w);
  }

  void jit(const std::string& w) {
    if (begins("JPperf")) {
      const std::string v = value(6);
      if (!is_one_of(v, {"true", "false", "dump", "map", "fp", "no_fp"}))
        refuse("bad +JPperf support flag " + v);
    } else if (begins("JDdump")) {
      const std::string v = value(6);
      if (!is_one_of(v, {"true", "false"})) refuse("bad +JDdump flag " + v);
    } else if (begins("JPcover") && flags.otp() >= 27) {
      const std::string v = value(7);
      if (!is_one_of(v, {"true", "false", "line", "line_counters", "function", "function_counters"}))
        refuse("bad +JPcover flag " + v);
      if (v != "false") refuse("+JPcover: joist has no native coverage");
    } else if (begins("JMsingle")) {
      const std::string v = value(8);
      if (flags.otp() >= 27 && !is_one_of(v, {"true", "false"})) refuse("bad +JMsingle support flag " + v);
    } else {
      refuse("invalid JIT option " + w);
    }
  }

  // -M<allocator><switch> value: joist's memory has no such settings; only the spelling is checked.
  void allocator(const std::string& w) {
    static constexpr const char* kAllocators = "BDEFHILMRSTXYuAldt";
    if (w.size() < 3 || std::string(kAllocators).find(w[2]) == std::string::npos)
      refuse("bad \"M\" parameter");
    const std::string v = value(w.size() - 1);
    if (is("Mea") && !is_one_of(v, {"min", "max", "config"})) refuse("bad \"Mea\" parameter");
  }

  void scheduling(const std::string& w) {
    const auto among = [&](std::size_t letters, std::initializer_list<const char*> list,
                           const std::string& what, const std::string& after = "") {
      const std::string v = value(letters);
      if (std::none_of(list.begin(), list.end(), [&](const char* x) { return v == x; }))
        refuse(what + v + after);
      return v;
    };
    const auto stack = [&](std::size_t letters, const char* what) {
      const std::string v = value(letters);
      const auto n = whole_number(v);
      if (!n || *n < 20 || *n > 8192) refuse(std::string("bad stack size for ") + what + " threads " + v);
    };
    if (is("sbwt"))
      among(4, kBusyWaits, "bad scheduler busy wait threshold: ");
    else if (is("sbwtdcpu"))
      among(8, kBusyWaits, "bad dirty CPU scheduler busy wait threshold: ");
    else if (is("sbwtdio"))
      among(7, kBusyWaits, "bad dirty IO scheduler busy wait threshold: ");
    else if (begins("sbt"))
      among(3, {"u", "ns", "ts", "ps", "s", "nnts", "nnps", "tnnps", "db"}, "setting scheduler bind type '",
            "' failed: invalid type");
    else if (is("scl"))
      among(3, {"true", "false"}, "bad scheduler compact load value '", "'");
    else if (is("sct")) {
      const std::string v = value(3);
      if (v.empty() || std::string("LtTcCpPnN").find(v[0]) == std::string::npos)
        refuse("bad cpu topology '" + v + "': invalid identifier type");
    } else if (is("secio"))
      value(5);
    else if (is("sfwi"))
      value(4);
    else if (is("ssrct"))
      return;
    else if (is("spp")) {
      flags.port_parallelism = among(3, {"true", "false"}, "bad port parallelism scheduling hint ") == "true";
    } else if (is("sss"))
      stack(3, "scheduler");
    else if (is("sssdcpu"))
      stack(7, "dirty CPU scheduler");
    else if (is("sssdio"))
      stack(6, "dirty IO scheduler");
    else if (is("stbt"))
      value(4);
    else if (is("sub"))
      among(3, {"true", "false"}, "bad scheduler utilization balancing  value '", "'");
    else if (is("swct"))
      among(4, kLaziness, "scheduler wake cleanup threshold: ");
    else if (is("sws"))
      among(3, {"default", "legacy"}, "scheduler wakeup strategy: ");
    else if (is("swt") || is("swtdcpu") || is("swtdio"))
      among(w.size() - 1, kThresholds, "scheduler wakeup threshold: ");
    else
      refuse("bad scheduling option " + w);
  }

  void schedulers(const std::string& w) {
    if (is("SP")) {
      const std::string v = value(2);
      const Pair p = pair(v);
      if (!p.valid) refuse("bad amount of schedulers percentage " + v);
      if (p.first && (*p.first < 0 || *p.first > 10000)) refuse("bad schedulers percentage " + v);
      share_ = p;
      return;
    }
    if (is("SDcpu")) {
      const std::string v = value(5);
      const Pair p = pair(v);
      if (!p.valid) refuse("bad amount of dirty CPU schedulers " + v);
      const long total = p.first.value_or(0), online = p.second.value_or(0);
      if (total < 0 || total > 1024) refuse("bad number of dirty CPU schedulers " + std::to_string(total));
      if (total > 0 && online > total)
        refuse("bad amount of dirty CPU schedulers online " + std::to_string(online) +
               " (total amount of dirty CPU schedulers " + std::to_string(total) + ")");
      if (total > 0) flags.dirty_cpu_schedulers = static_cast<int>(total);
      if (online > 0) flags.dirty_cpu_schedulers_online = static_cast<int>(online);
      return;
    }
    if (is("SDPcpu")) {
      value(6);
      return;
    }
    if (is("SDio")) {
      const std::string v = value(4);
      flags.dirty_io_schedulers = static_cast<int>(in_range(v, 1, 1024, "number of dirty I/O schedulers"));
      return;
    }
    const std::string v = value(1);
    const Pair p = pair(v);
    if (!p.valid) refuse("bad amount of schedulers " + v);
    // OTP: zero and less count from the number that there would be.
    const auto absolute = [](std::optional<long> n, long usual) {
      return !n ? usual : *n > 0 ? *n : std::max(1L, usual + *n);
    };
    const long usual = usable_cores();
    const long total = absolute(p.first, usual);
    if (total > 1024) refuse("bad amount of schedulers " + std::to_string(total));
    const long online = absolute(p.second, p.first ? total : usual);
    if (online > total)
      refuse("bad amount of schedulers online " + std::to_string(online) + " (total amount of schedulers " +
             std::to_string(total) + ")");
    flags.schedulers = static_cast<int>(total);
    flags.schedulers_online = static_cast<int>(online);
  }

  void miscellaneous(const std::string& w) {
    if (is("zdbbl")) {
      const long n = number(value(5));
      if (n < 1 || n > 2097151) refuse("Invalid dbbl limit: " + std::to_string(n));
      flags.dist_busy_limit = std::int64_t{n} * 1024;
    } else if (is("zdntgc")) {
      const std::string v = value(6);
      const auto n = whole_number(v);
      if (v == "infinity")
        flags.node_table_gc_delay = -1;
      else if (n && *n >= 0 && *n <= 100000000)
        flags.node_table_gc_delay = *n;
      else
        refuse("Invalid delayed node table gc: " + v);
    } else if (is("zosrl")) {
      const std::string v = value(5);
      const auto n = whole_number(v);
      if (!n || *n < 1 || *n > 134217727) refuse("Invalid outstanding requests limit " + v);
      flags.outstanding_requests = *n;
    } else if (is("zhft") && flags.otp() >= 27) {
      const std::string v = value(4);
      const long n = v == "infinity" ? 0 : number(v);
      if (n < 0 || n > 2147483647) refuse("Invalid halt flush timeout " + v);
      flags.halt_flush_timeout = v == "infinity" ? -1 : n;
    } else if (is("zebwt")) {
      const std::string v = value(5);
      if (!is_one_of(v, {"none", "short", "medium", "long", "very_long", "extremely_long", "very_short"}))
        refuse("Invalid ets busy wait threshold: " + v);
    } else {
      refuse("bad -z option " + w);
    }
  }

  void settle_schedulers() {
    const int usual = usable_cores();
    if (share_.first || share_.second) {
      const long base = flags.schedulers > 0 ? flags.schedulers : usual;
      const long online_base = flags.schedulers_online > 0 ? flags.schedulers_online : usual;
      const auto part = [](std::optional<long> percent, long n) {
        return percent && *percent > 0 ? std::max(1L, n * *percent / 100) : n;
      };
      const long total = part(share_.first, base), online = part(share_.second, online_base);
      if (share_.second && online > total)
        refuse("bad schedulers online percentage " + std::to_string(*share_.second) +
               " (total amount of schedulers " + std::to_string(total) + ", online " +
               std::to_string(online) + ")");
      flags.schedulers = static_cast<int>(std::min(total, 1024L));
      flags.schedulers_online = static_cast<int>(std::min(online, total));
    }
    if (flags.schedulers == 0) flags.schedulers = usual;
    if (flags.schedulers_online == 0) flags.schedulers_online = flags.schedulers;
    // OTP: as many as there are cores, however many normal schedulers are asked for.
    if (flags.dirty_cpu_schedulers == 0) flags.dirty_cpu_schedulers = usual;
    // OTP: never more than there are normal schedulers.
    flags.dirty_cpu_schedulers = std::min(flags.dirty_cpu_schedulers, flags.schedulers);
    if (flags.dirty_cpu_schedulers_online == 0)
      flags.dirty_cpu_schedulers_online = std::min(flags.schedulers_online, usual);
    flags.dirty_cpu_schedulers_online =
        std::min(flags.dirty_cpu_schedulers_online, flags.dirty_cpu_schedulers);
  }

  const std::vector<std::string>& words_;
  const Installation& otp_;
  std::size_t at_ = 0;
  Pair share_;
};

}  // namespace

void read_emulator_flags(const std::vector<std::string>& words, const Installation& otp) {
  flags.otp_release = otp.release;
  flags.compatible_release = flags.otp();
  if (flags.otp() >= 27) {
    flags.process_limit = 1048576;
    flags.time_warp = TimeWarp::multi;
  }
  flags.erts_version = otp.erts_version;
  Parser(words, otp).parse();
  choose_dialect(flags.otp());
}

}  // namespace joist
