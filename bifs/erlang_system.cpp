// erlang: halt, statistics, system_flag, and the rest that concerns the whole VM. system_info:
// system_info.cpp.
#include <sys/resource.h>

#include <mutex>
#include <vector>

#include "bifs/bifs.hpp"
#include "bifs/crash_dump.hpp"
#include "bifs/internal_state.hpp"
#include "bifs/process_options.hpp"
#include "gc/block.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/export.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/log.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/system.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"
#include "vm/trace/specification.hpp"

namespace joist {
namespace {

Term small(std::int64_t n) { return Term::small(n); }

// Counters whose statistics tell also what came since the last call.
std::int64_t since_last(std::atomic<std::int64_t>& last, std::int64_t now) {
  return now - last.exchange(now, std::memory_order_relaxed);
}
std::atomic<std::int64_t> last_reductions{0}, last_exact_reductions{0}, last_runtime{0}, last_wall_clock{0};

Term with_difference(Heap& h, std::atomic<std::int64_t>& last, std::int64_t now) {
  const Term difference = make_int(h, since_last(last, now));
  return make_tuple(h, make_int(h, now), difference);
}

std::int64_t cpu_milliseconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

// Lengths of the run queues, one number per scheduler; `dirty` zeros for the dirty ones follow; running
// processes count if `running`.
Term queue_lengths(Heap& h, int dirty, bool running) {
  ListBuilder list(h);
  for (int i = 1; i <= scheduler_count(); ++i)
    list.add(
        small(static_cast<std::int64_t>(run_queue_length(i)) + (running && i == current_scheduler_number())));
  for (int i = 0; i < dirty; ++i) list.add(small(0));
  return list.list();
}

enum class ThreadKind { scheduler, dirty_cpu, dirty_io };

// OTP: dirty threads are numbered behind the schedulers. visit(kind, number, nanoseconds not idle)
template <class Visit>
void for_each_thread(Visit visit) {
  int id = 0;
  for (int i = 1; i <= scheduler_count(); ++i) visit(ThreadKind::scheduler, ++id, scheduler_active_ns(i));
  for (int i = 0; i < dirty_thread_count(false); ++i)
    visit(ThreadKind::dirty_cpu, ++id, dirty_active_ns(false, i));
  for (int i = 0; i < dirty_thread_count(true); ++i)
    visit(ThreadKind::dirty_io, ++id, dirty_active_ns(true, i));
}

// statistics(microstate_accounting): how long each thread was busy and idle while accounting was on. What it
// did while busy all counts as `emulator`.
class Accounting {
 public:
  bool set(bool on) {
    std::lock_guard lock(mutex_);
    const bool was = on_;
    if (on && !was) begin();
    if (!on && was) count();
    on_ = on;
    return was;
  }
  bool reset() {
    std::lock_guard lock(mutex_);
    busy_.clear();
    time_ = 0;
    begin();
    return on_;
  }
  Term term(Heap& h) {
    std::lock_guard lock(mutex_);
    if (on_) {
      count();
      begin();
    }
    ListBuilder list(h);
    const auto add = [&](const char* kind, int id, std::uint64_t busy, std::uint64_t idle) {
      std::vector<Term> counters;
      for (const char* state : {"aux", "check_io", "emulator", "gc", "other", "port", "sleep"}) {
        const std::string_view name = state;
        const std::uint64_t ns = name == "emulator" ? busy : name == "sleep" ? idle : 0;
        counters.insert(counters.end(), {intern(name), make_uint(h, ns)});
      }
      const Term pairs[] = {intern("counters"), map_from_pairs(h, counters),
                            intern("id"),       small(id),
                            intern("type"),     intern(kind)};
      list.add(map_from_pairs(h, pairs));
    };
    static const char* const kKinds[] = {"scheduler", "dirty_cpu_scheduler", "dirty_io_scheduler"};
    std::size_t i = 0;
    for_each_thread([&](ThreadKind kind, int id, std::uint64_t) {
      const std::uint64_t busy = std::min(i < busy_.size() ? busy_[i] : 0, time_);
      ++i;
      add(kKinds[static_cast<int>(kind)], id, busy, time_ - busy);
    });
    for (int id = 1; id <= flags.async_threads; ++id) add("async", id, 0, time_);
    add("aux", 1, 0, time_);
    add("poll", 0, 0, time_);
    return list.list();
  }

 private:
  void begin() {
    began_ = elapsed_ns();
    busy_then_.clear();
    for_each_thread([&](ThreadKind, int, std::uint64_t active) { busy_then_.push_back(active); });
  }
  void count() {
    time_ += elapsed_ns() - began_;
    busy_.resize(busy_then_.size());
    std::size_t i = 0;
    for_each_thread([&](ThreadKind, int, std::uint64_t active) {
      busy_[i] += active - std::min(active, busy_then_[i]);
      ++i;
    });
  }

  std::mutex mutex_;
  bool on_ = false;
  std::uint64_t began_ = 0, time_ = 0;
  std::vector<std::uint64_t> busy_then_, busy_;
};
Accounting accounting;

// OTP: the names of all ways to bind schedulers to cores.
bool is_bind_type(Term t) {
  if (!t.is_atom()) return false;
  for (const std::string_view name :
       {"unbound", "no_spread", "thread_spread", "processor_spread", "spread", "no_node_thread_spread",
        "no_node_processor_spread", "thread_no_node_processor_spread", "default_bind"})
    if (atom_text(t) == name) return true;
  return false;
}

}  // namespace

Term multi_scheduling() {
  const int all = system_settings.blocks.load();
  if (all == 0) return am::enabled;
  return all == system_settings.normal_blocks.load() ? am::blocked_normal : am::blocked;
}

// halt(Status :: 0.. | abort | Slogan, [{flush, boolean()} | {flush_timeout, Milliseconds | infinity}]).
// Never returns. OTP 27: the shorter one of this timeout and of +zhft counts.
JOIST_DEFINE_BIF(erlang_halt_2, Term status, Term options) {
  HaltFlush how{.timeout = flags.halt_flush_timeout};
  const auto take = [&](Term option) {
    const auto t = Tuple::from(option);
    if (!t || t->arity() != 2 || !(*t)[0].is_atom()) return false;
    const Term value = (*t)[1];
    if ((*t)[0] == am::flush) {
      const auto b = Boolean::from(value);
      if (b) how.flush = b->value;
      return b.has_value();
    }
    if (atom_text((*t)[0]) == "flush_timeout" && flags.otp() >= 27) {
      const auto n = SmallInt::from(value);
      if (!n) return value == am::infinity;
      if (n->value() < 0 || n->value() > INT32_MAX) return false;
      if (how.timeout < 0 || n->value() < how.timeout) how.timeout = n->value();
      return true;
    }
    return false;
  };
  for (; options.is_cons(); options = options.tail())
    if (!take(options.head())) return badarg_because(c, am::badopt);
  if (!options.is_nil()) return badarg_because(c, am::badopt);
  if (const auto n = to_uint64(status)) {
    halt_vm(static_cast<int>(*n & 0xff), how);
  } else if (status == am::abort) {
    std::abort();
  } else {
    const auto slogan = list_to_utf8(status);
    if (!slogan) return badarg(c);
    // OTP: the first 1023 characters. Nobody goes on between the dump and the end.
    stop_the_world([&] {
      end_with_crash_dump(std::string_view(*slogan).substr(0, 1023));
      halt_vm(1, {.flush = false});
    });
  }
  // The schedulers stop at the end of this slice; nothing of the program runs any more.
  c.process.run_result = static_cast<std::uint8_t>(RunResult::waiting);
  return retry_marker();
}

JOIST_DEFINE_BIF(erlang_statistics_1, Atom key) {
  Heap& h = c.heap();
  const Term k = key.term();
  const auto now_reductions = [&] {
    return static_cast<std::int64_t>(scheduler_totals().reductions) +
           std::max(0, kReductionsPerSlice - c.process.reductions_left);
  };
  if (k == am::reductions) return with_difference(h, last_reductions, now_reductions());
  if (k == am::exact_reductions) return with_difference(h, last_exact_reductions, now_reductions());
  if (k == am::runtime) return with_difference(h, last_runtime, cpu_milliseconds());
  if (k == am::wall_clock)
    return with_difference(h, last_wall_clock, static_cast<std::int64_t>(elapsed_ns() / 1'000'000));
  if (k == am::context_switches)
    return make_tuple(h, make_uint(h, scheduler_totals().context_switches), small(0));
  if (k == am::garbage_collection) {
    const CollectTotals t = collect_totals();
    return make_tuple(h, make_uint(h, t.collections), make_uint(h, t.words_reclaimed), small(0));
  }
  if (k == am::io) {
    const PortTotals totals = port_totals();
    const Term in = make_tuple(h, am::input, make_uint(h, totals.input));
    const Term out = make_tuple(h, am::output, make_uint(h, totals.output));
    return make_tuple(h, in, out);
  }
  if (k == am::run_queue || k == am::total_run_queue_lengths || k == am::total_run_queue_lengths_all)
    return small(static_cast<std::int64_t>(run_queue_length(0)));
  if (k == am::run_queue_lengths) return queue_lengths(h, 1, false);
  if (k == am::run_queue_lengths_all) return queue_lengths(h, 2, false);
  if (k == am::active_tasks) return queue_lengths(h, 1, true);
  if (k == am::active_tasks_all) return queue_lengths(h, 2, true);
  if (k == am::total_active_tasks || k == am::total_active_tasks_all)
    return small(static_cast<std::int64_t>(run_queue_length(0)) + 1);
  if (k == am::scheduler_wall_time || k == am::scheduler_wall_time_all) {
    if (!system_settings.wall_time.load()) return am::undefined;
    ListBuilder list(h);
    for_each_thread([&](ThreadKind kind, int id, std::uint64_t active) {
      if (kind != ThreadKind::dirty_io || k == am::scheduler_wall_time_all)
        list.add(make_tuple(h, small(id), make_uint(h, active), make_uint(h, elapsed_ns())));
    });
    return list.list();
  }
  if (k == am::microstate_accounting) return accounting.term(h);
  if (k == intern("run_queues")) {  // OTP: by priority; joist's queues tell their lengths only
    const Term none = Term::small(0);
    return make_tuple(h, none, none, small(static_cast<std::int64_t>(run_queue_length(0))), none);
  }
  return badarg(c);
}

// erts_internal:scheduler_wall_time(boolean()) -> the old setting
JOIST_DEFINE_BIF(erts_internal_scheduler_wall_time_1, Boolean on) {
  return make_bool(system_settings.wall_time.exchange(on.value));
}
// Threads that answer erlang:memory/0 and their kin, and one.
JOIST_DEFINE_BIF(erts_internal_no_aux_work_threads_0) { return small(2); }

// system_flag(Flag, Value) -> OldValue
JOIST_DEFINE_BIF(erlang_system_flag_2, Term flag, Term value) {
  const auto n = SmallInt::from(value);
  const bool natural = n && n->value() >= 0;
  // Settings that every process reads when it is made: changed while none is.
  const auto change = [&](auto& setting, auto fresh) {
    const auto old = setting;
    stop_the_world([&] { setting = fresh; });
    return small(static_cast<std::int64_t>(old));
  };
  if (flag == am::backtrace_depth) {
    if (!natural || n->value() > 1024) return badarg(c);
    return change(backtrace_depth, static_cast<std::size_t>(n->value()));
  }
  if (flag == am::system_logger) {
    if (!value.is_local_pid() && value != am::logger && value != am::undefined) return badarg(c);
    const Term old = system_logger();
    system_settings.logger.store(value.bits);
    return old;
  }
  if (flag == am::min_heap_size) {
    const auto size = heap_size_from(value);
    return size ? change(flags.min_heap_words, *size) : badarg(c);
  }
  if (flag == am::min_bin_vheap_size) {
    if (!natural) return badarg(c);
    return change(flags.min_bin_vheap_words, bin_vheap_size(n->value()));
  }
  if (flag == am::fullsweep_after)
    return natural ? change(flags.fullsweep_after, static_cast<std::uint32_t>(n->value())) : badarg(c);
  if (flag == am::max_heap_size) {
    HeapLimits limits = default_spawn_options().limits;
    const Term old = max_heap_size_map(c.heap(), limits);
    if (!parse_max_heap_size(value, &limits)) return badarg(c);
    stop_the_world([&] {
      flags.max_heap_words = limits.max_heap_words;
      flags.max_heap_kill = limits.max_heap_kill;
      flags.max_heap_log = limits.max_heap_error_logger;
    });
    return old;
  }
  if (flag.is_atom() && atom_text(flag) == "outstanding_system_requests_limit") {
    if (!n || n->value() < 1) return badarg(c);
    const std::int64_t old =
        flags.outstanding_requests > 0 ? flags.outstanding_requests : 2 * scheduler_count();
    stop_the_world([&] { flags.outstanding_requests = n->value(); });
    return small(old);
  }
  if (flag == am::schedulers_online) {
    if (!n || n->value() < 1 || n->value() > scheduler_count()) return badarg(c);
    const auto online = static_cast<int>(n->value());
    // While all but one are blocked: from then on when they are not.
    if (system_settings.blocks.load() > 0) return small(std::exchange(system_settings.online_before, online));
    return small(set_schedulers_online(online));
  }
  if (flag == am::dirty_cpu_schedulers_online) {
    const int online =
        system_settings.blocks.load() > 0 ? system_settings.online_before : schedulers_online();
    if (!n || n->value() < 1 || n->value() > online) return badarg(c);
    const int old = system_settings.dirty_cpu_online.exchange(static_cast<int>(n->value()));
    return small(old != 0 ? std::min(old, online) : online);
  }
  if (flag == am::multi_scheduling) {
    // OTP: nothing but the caller runs while it is blocked; so all but one scheduler go offline.
    if (value == am::block || value == am::block_normal) {
      if (value == am::block_normal) system_settings.normal_blocks.fetch_add(1);
      if (system_settings.blocks.fetch_add(1) == 0) system_settings.online_before = set_schedulers_online(1);
      return multi_scheduling();
    }
    if (value != am::unblock && value != am::unblock_normal) return badarg(c);
    int normal = system_settings.normal_blocks.load();
    while (value == am::unblock_normal && normal > 0 &&
           !system_settings.normal_blocks.compare_exchange_weak(normal, normal - 1)) {
    }
    if (value == am::unblock_normal && normal == 0) return multi_scheduling();
    int blocks = system_settings.blocks.load();
    while (blocks > 0 && !system_settings.blocks.compare_exchange_weak(blocks, blocks - 1)) {
    }
    if (blocks == 1) set_schedulers_online(system_settings.online_before);
    return multi_scheduling();
  }
  if (flag == am::scheduler_wall_time) {
    const auto b = Boolean::from(value);
    if (!b) return badarg(c);
    return make_bool(system_settings.wall_time.exchange(b->value));
  }
  if (flag == am::trace_control_word)
    return natural && n->value() <= UINT32_MAX
               ? small(system_settings.trace_control_word.exchange(n->value()))
               : badarg(c);
  if (flag == am::time_offset) {
    if (value != am::finalize) return badarg_because(c, am::badopt);
    const Term before = time_offset_state();
    system_settings.time_offset_final.store(true);
    return before;
  }
  if (flag == am::scheduler_bind_type)
    return is_bind_type(value) ? Term{system_settings.bind_type.exchange(value.bits)} : badarg(c);
  if (flag == am::cpu_topology)  // OTP: `undefined` takes back what was defined, and nothing is here
    return value == am::undefined ? trap(c, find_or_make_export(am::erlang, intern("system_info"), 1), {flag})
                                  : badarg(c);
  if (flag == am::sequential_tracer) {
    TracerRef tracer;
    if (value != am::false_ && (tracer = tracer_from(Term::none(), value)) == nullptr) return badarg(c);
    return tracer_term(c.heap(), set_sequential_tracer(std::move(tracer)), am::false_);
  }
  if (flag == am::reset_seq_trace) return am::true_;
  if (flag == am::microstate_accounting) {
    const auto b = Boolean::from(value);
    if (b) return make_bool(accounting.set(b->value));
    if (value != intern("reset")) return badarg(c);
    return make_bool(accounting.reset());
  }
  if (flag == am::erts_alloc) {
    const auto t = Tuple::from(value);
    return t && t->arity() == 3 ? am::notsup : badarg(c);
  }
  return badarg_because(c, am::badopt);
}

JOIST_DEFINE_BIF(erts_internal_get_creation_0) { return small(this_node()->creation); }

}  // namespace joist
