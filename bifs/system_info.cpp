// erlang:system_info/1. Keys without a meaning for joist answer what OTP 25 answers where that is harmless.
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include "bifs/allocator_info.hpp"
#include "bifs/bifs.hpp"
#include "bifs/crash_dump.hpp"
#include "bifs/internal_state.hpp"
#include "bifs/process_options.hpp"
#include "bifs/taints.hpp"
#include "gc/block.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/flags.hpp"
#include "vm/ets/directory.hpp"
#include "vm/jit/jit.hpp"
#include "vm/ports/poll.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/log.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/system.hpp"
#include "vm/process/table.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/identifier.hpp"
#include "vm/trace/specification.hpp"

namespace joist {
namespace {

// OTP's release and its emulator's version: what programs that look at them expect.
constexpr std::string_view kArchitecture = "x86_64-pc-linux-gnu";

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }
Term text(Heap& h, std::string_view s) { return make_string_list(h, s); }
Term pair(Heap& h, Term a, Term b) { return make_tuple(h, a, b); }

Term garbage_collection(Heap& h) {
  ListBuilder list(h);
  list.add(pair(h, am::max_heap_size, small(flags.max_heap_words)));
  list.add(pair(h, am::min_bin_vheap_size, small(flags.min_bin_vheap_words)));
  list.add(pair(h, am::min_heap_size, small(flags.min_heap_words)));
  list.add(pair(h, am::fullsweep_after, small(flags.fullsweep_after)));
  return list.list();
}

// OTP: bytes, whatever the encoding.
Term emulator_arguments(Heap& h) {
  ListBuilder list(h);
  for (const std::string& argument : flags.emulator_arguments) list.add(make_byte_list(h, argument));
  return list.list();
}

Term os_version(Heap& h) {
  utsname u;
  int v[3] = {};
  if (uname(&u) == 0) std::sscanf(u.release, "%d.%d.%d", &v[0], &v[1], &v[2]);
  return make_tuple(h, Term::small(v[0]), Term::small(v[1]), Term::small(v[2]));
}

// [{processor, [{core, {logical, 0}}, ...]}]
Term cpu_topology(Heap& h) {
  ListBuilder cores(h);
  for (int i = 0; i < usable_cores(); ++i) cores.add(pair(h, am::core, pair(h, am::logical, Term::small(i))));
  return make_cons(h, pair(h, am::processor, cores.list()), Term::nil());
}

// [{Core, Group}]: each core is a group of its own.
Term reader_groups(Heap& h) {
  ListBuilder list(h);
  for (int i = 0; i < usable_cores(); ++i) list.add(pair(h, Term::small(i), Term::small(i + 1)));
  return list.list();
}

// [[{Key, Value}]]: one thread waits for descriptors, with epoll.
Term check_io(Heap& h) {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  ListBuilder list(h);
  const auto add = [&](const char* key, Term value) { list.add(pair(h, intern(key), value)); };
  add("name", intern("erts_poll"));
  add("primary", intern("epoll"));
  add("kernel_poll", intern("epoll"));
  add("memory_size", Term::small(0));
  add("total_poll_set_size", small(poll::watched_count()));
  add("lazy_updates", am::false_);
  add("pending_updates", Term::small(0));
  add("batch_updates", am::false_);
  add("concurrent_updates", am::true_);
  add("fallback", am::false_);
  add("max_fds", small(descriptors.rlim_cur));
  add("active_fds", Term::small(0));
  add("poll_threads", Term::small(1));
  return make_cons(h, list.list(), Term::nil());
}

Term time_source(Heap& h, Term clock, std::int64_t now, bool monotonic) {
  ListBuilder list(h);
  list.add(pair(h, am::function, am::clock_gettime));
  list.add(pair(h, am::clock_id, clock));
  list.add(pair(h, am::resolution, Term::small(1'000'000'000)));
  if (monotonic) list.add(pair(h, intern("extended"), am::no));
  list.add(pair(h, intern("parallel"), am::yes));
  list.add(pair(h, am::time, make_int(h, now)));
  return list.list();
}

Term heap_sizes(Heap& h) {
  ListBuilder list(h);
  for (std::size_t n = next_heap_size(0); n < (std::size_t{1} << 59);) {
    list.add(small(n));
    const std::size_t next = next_heap_size(n + 1);
    n = next > n + 1 ? next : n + n / 5;  // beyond the table of sizes any size is possible
  }
  return list.list();
}

std::size_t dirty_cpu_count() {
  return static_cast<std::size_t>(flags.dirty_cpu_schedulers > 0 ? flags.dirty_cpu_schedulers
                                                                 : scheduler_count());
}

// [{ldflags, Text}, {cflags, Text}, {config_h, Text}], of the build of this program.
Term compile_info(Heap& h) {
  const Term all[] = {pair(h, intern("ldflags"), text(h, JOIST_LINK_FLAGS)),
                      pair(h, intern("cflags"), text(h, JOIST_COMPILE_FLAGS)),
                      pair(h, intern("config_h"), Term::nil())};
  return make_list_from(h, all);
}

// Parts of a crash dump as a binary.
Term dump_text(Call& c, std::initializer_list<VmReport> sections) {
  std::string text;
  stop_the_world([&] {
    for (const VmReport s : sections) text += report_text(s);
  });
  return make_binary_copy(c.heap(), text);
}

Term time_warp_mode() {
  switch (flags.time_warp) {
    case TimeWarp::none: return am::no_time_warp;
    case TimeWarp::single: return intern("single_time_warp");
    case TimeWarp::multi: return intern("multi_time_warp");
  }
  fail("a time warp mode that does not exist");
}

}  // namespace

Term time_offset_state() {
  switch (flags.time_warp) {
    case TimeWarp::none: return am::final;
    case TimeWarp::single:
      return system_settings.time_offset_final.load() ? am::final : intern("preliminary");
    case TimeWarp::multi: return intern("volatile");
  }
  fail("a time warp mode that does not exist");
}

namespace {

// [{Name, "ethread", []}]: that all atomic operations are those of the processor.
Term ethread_info(Heap& h) {
  ListBuilder list(h);
  for (const char* name : {"32-bit native atomics", "64-bit native atomics", "Double word native atomics"})
    list.add(make_tuple(h, text(h, name), text(h, "ethread"), Term::nil()));
  return list.list();
}

// [{Kind, All, Online, Active}]
Term schedulers_state(Heap& h) {
  const auto row = [&](Term kind, std::int64_t all, std::int64_t online, std::int64_t active) {
    return make_tuple(h, kind, Term::small(all), Term::small(online), Term::small(active));
  };
  const bool blocked = system_settings.blocks.load() > system_settings.normal_blocks.load();
  const bool one = system_settings.blocks.load() > 0;
  const int online = one ? system_settings.online_before : schedulers_online();
  const auto cpu = static_cast<std::int64_t>(dirty_cpu_count());
  const int set = system_settings.dirty_cpu_online.load();
  const std::int64_t cpu_online = std::min<std::int64_t>(set != 0 ? set : cpu, online);
  const Term rows[] = {
      row(am::normal, scheduler_count(), online, one ? 1 : online),
      row(am::dirty_cpu, cpu, cpu_online, blocked ? 0 : cpu_online),
      row(am::dirty_io, flags.dirty_io_schedulers, flags.dirty_io_schedulers,
          blocked ? 0 : flags.dirty_io_schedulers),
  };
  return make_list_from(h, rows);
}

}  // namespace

std::string system_version_text() {
  const int n = scheduler_count();
  const int dirty = flags.dirty_cpu_schedulers > 0 ? flags.dirty_cpu_schedulers : n;
  const int changed = system_settings.dirty_cpu_online.load();
  const int online = changed != 0 ? changed : std::max(flags.dirty_cpu_schedulers_online, 1);
  return fmt::format(
      "Erlang/OTP {} [erts-{}] [source] [64-bit] [smp:{}:{}] [ds:{}:{}:{}] [async-threads:{}]{}",
      flags.otp_release, flags.erts_version, n, schedulers_online(), dirty, online, flags.dirty_io_schedulers,
      flags.async_threads, machine_code_is_on() ? " [jit:ns]" : "");
}

bool is_bif_of_release(const BifInfo& b) {
  static constexpr std::string_view kNativeModules[] = {"erl_tracer",  "prim_buffer", "prim_file", "prim_net",
                                                        "prim_socket", "prim_tty",    "zlib",      "joist"};
  static constexpr std::string_view kSince26[] = {"display_string/2",
                                                  "max/2",
                                                  "min/2",
                                                  "binary_to_integer/2",
                                                  "list_to_integer/2",
                                                  "term_to_string/2",
                                                  "trace/4",
                                                  "trace_info/3",
                                                  "trace_pattern/4",
                                                  "trace_session_create/3",
                                                  "trace_session_destroy/1",
                                                  "first_lookup/1",
                                                  "last_lookup/1",
                                                  "lookup_element/4",
                                                  "next_lookup/2",
                                                  "prev_lookup/2",
                                                  "update_element/4"};
  const std::string_view module = atom_text(b.module), function = atom_text(b.function);
  if (function.starts_with('$') || (module == "erlang" && function == "yield")) return false;
  for (const std::string_view native : kNativeModules)
    if (module == native) return false;
  if (flags.otp_release >= "26") return true;
  if (module == "code" || module == "erts_trace_cleaner") return false;
  const bool is_old =
      module == "erlang" && (function == "binary_to_integer" || function == "list_to_integer");
  const std::string name = fmt::format("{}/{}", function, b.arity);
  return is_old || std::find(std::begin(kSince26), std::end(kSince26), name) == std::end(kSince26);
}

namespace {

struct Key {
  std::string_view name;
  Term (*value)(Call& c);
};

#define TERM_KEY(name, expression) \
  {                                \
    name, [](Call& c) -> Term {    \
      (void)c;                     \
      return expression;           \
    }                              \
  }
const Key keys[] = {
    TERM_KEY("otp_release", text(c.heap(), flags.otp_release)),
    TERM_KEY("version", text(c.heap(), flags.erts_version)),
    TERM_KEY("machine", text(c.heap(), "BEAM")),
    TERM_KEY("system_version", text(c.heap(), system_version_text() + "\n")),
    TERM_KEY("system_architecture", text(c.heap(), kArchitecture)),
    TERM_KEY("nif_version", text(c.heap(), flags.otp() >= 26 ? "2.17" : "2.16")),
    TERM_KEY("driver_version", text(c.heap(), "3.3")),
    TERM_KEY("emu_args", emulator_arguments(c.heap())),
    TERM_KEY("emu_type", am::opt),
    TERM_KEY("emu_flavor", machine_code_is_on() ? am::jit : am::emu),
    TERM_KEY("build_type", am::opt),
    TERM_KEY("wordsize", Term::small(8)),
    TERM_KEY("endian", am::little),
    TERM_KEY("compat_rel", Term::small(flags.compatible_release)),
    TERM_KEY("debug_compiled", make_bool(kChecked)),
    TERM_KEY("lock_checking", make_bool(kChecked)),
    TERM_KEY("lock_counting", am::false_),
    TERM_KEY("dynamic_trace", am::none),
    TERM_KEY("dynamic_trace_probes", am::false_),
    TERM_KEY("break_ignored", make_bool(flags.break_mode == BreakMode::ignore)),
    TERM_KEY("kernel_poll", am::true_),
    TERM_KEY("threads", am::true_),
    TERM_KEY("smp_support", am::true_),
    TERM_KEY("port_parallelism", make_bool(flags.port_parallelism)),
    TERM_KEY("eager_check_io", am::true_),
    TERM_KEY("tolerant_timeofday", flags.time_correction && time_offset_state() == am::final ? am::enabled : am::disabled),
    TERM_KEY("time_correction", make_bool(flags.time_correction)),
    TERM_KEY("time_warp_mode", time_warp_mode()),
    TERM_KEY("time_offset", time_offset_state()),
    TERM_KEY("start_time", make_int(c.heap(), kMonotonicStart)),
    TERM_KEY("end_time", make_int(c.heap(), 8646911283000000000)),
    TERM_KEY("os_monotonic_time_source",
             time_source(c.heap(), am::CLOCK_MONOTONIC_, static_cast<std::int64_t>(elapsed_ns()), true)),
    TERM_KEY("os_system_time_source", time_source(c.heap(), am::CLOCK_REALTIME_, os_system_ns(), false)),
    TERM_KEY("os_type", pair(c.heap(), am::unix_, am::linux_)),
    TERM_KEY("os_version", os_version(c.heap())),
    TERM_KEY("schedulers", Term::small(scheduler_count())),
    TERM_KEY("schedulers_online", Term::small(schedulers_online())),
    TERM_KEY("schedulers_active", Term::small(schedulers_online())),
    TERM_KEY("schedulers_total", Term::small(scheduler_count())),
    TERM_KEY("run_queues", Term::small(scheduler_count())),
    {"procs", [](Call& c) { return dump_text(c, {VmReport::processes}); }},
    {"loaded", [](Call& c) { return dump_text(c, {VmReport::modules}); }},
    {"info",
     [](Call& c) {
       return dump_text(c, {VmReport::memory, VmReport::processes, VmReport::tables, VmReport::modules});
     }},
    {"dist",
     [](Call& c) {
       const std::string text = fmt::format("=node:'{}'\n=no_distribution\n", atom_text(this_node()->name));
       return make_binary_copy(c.heap(), text);
     }},
    TERM_KEY("context_reductions", Term::small(kReductionsPerSlice)),
    TERM_KEY("scheduler_id", Term::small(current_scheduler_number())),
    TERM_KEY("dirty_cpu_schedulers", small(dirty_cpu_count())),
    TERM_KEY("dirty_cpu_schedulers_online", system_settings.dirty_cpu_online.load() == 0
                                                ? small(dirty_cpu_count())
                                                : Term::small(system_settings.dirty_cpu_online.load())),
    TERM_KEY("dirty_io_schedulers", Term::small(flags.dirty_io_schedulers)),
    TERM_KEY("thread_pool_size", Term::small(flags.async_threads)),
    TERM_KEY("multi_scheduling", multi_scheduling()),
    TERM_KEY("multi_scheduling_blockers", Term::nil()),
    TERM_KEY("normal_multi_scheduling_blockers", Term::nil()),
    TERM_KEY("logical_processors", Term::small(sysconf(_SC_NPROCESSORS_CONF))),
    TERM_KEY("logical_processors_online", Term::small(sysconf(_SC_NPROCESSORS_ONLN))),
    TERM_KEY("logical_processors_available", Term::small(usable_cores())),
    TERM_KEY("cpu_topology", cpu_topology(c.heap())),
    TERM_KEY("update_cpu_info", am::unchanged),
    TERM_KEY("scheduler_bind_type", Term{system_settings.bind_type.load()}),
    TERM_KEY("reader_groups_map", reader_groups(c.heap())),
    TERM_KEY("schedulers_state", make_tuple(c.heap(), Term::small(scheduler_count()), Term::small(schedulers_online()),
                                            Term::small(schedulers_online()))),
    TERM_KEY("constant_pool_support", am::true_),
    TERM_KEY("beam_jump_table", am::true_),
    TERM_KEY("ets_realloc_moves", am::false_),
    {"scheduler_bindings",
     [](Call& c) {
       const std::vector<Term> all(static_cast<std::size_t>(scheduler_count()), am::unbound);
       return make_tuple_from(c.heap(), all);
     }},
    {"async_dist", [](Call&) { return flags.otp() < 26 ? Term::none() : make_bool(flags.async_dist); }},
    {"halt_flush_timeout",
     [](Call& c) {
       if (flags.otp() < 27) return Term::none();
       return flags.halt_flush_timeout < 0 ? am::infinity : make_int(c.heap(), flags.halt_flush_timeout);
     }},
    TERM_KEY("process_limit", small(process_limit())),
    TERM_KEY("process_count", small(process_count())),
    TERM_KEY("port_limit", small(port_limit())),
    TERM_KEY("port_count", small(port_count())),
    TERM_KEY("atom_limit", small(flags.atom_limit)),
    TERM_KEY("atom_count", small(dialect.keys_by_number ? atoms_numbered() : atom_count())),
    TERM_KEY("ets_limit", Term::small(8192)),
    TERM_KEY("ets_always_compress", am::false_),
    TERM_KEY("ethread_info", ethread_info(c.heap())),
    TERM_KEY("all_schedulers_state", schedulers_state(c.heap())),
    TERM_KEY("allocator", allocator_settings(c.heap())),
    TERM_KEY("ets_count", small(list_length(ets::Directory::all(c.heap())).value_or(0))),
    TERM_KEY("creation", Term::small(this_node()->creation)),
    TERM_KEY("fullsweep_after", pair(c.heap(), am::fullsweep_after, small(flags.fullsweep_after))),
    TERM_KEY("min_heap_size", pair(c.heap(), am::min_heap_size, small(flags.min_heap_words))),
    TERM_KEY("min_bin_vheap_size", pair(c.heap(), am::min_bin_vheap_size, small(flags.min_bin_vheap_words))),
    TERM_KEY("max_heap_size", max_heap_size_map(c.heap(), default_spawn_options().limits)),
    TERM_KEY("hipe_architecture", am::undefined),
    TERM_KEY("garbage_collection", garbage_collection(c.heap())),
    TERM_KEY("message_queue_data", flags.off_heap_messages ? am::off_heap : am::on_heap),
    TERM_KEY("heap_type", am::private_),
    TERM_KEY("heap_sizes", heap_sizes(c.heap())),
    TERM_KEY("dist_buf_busy_limit", Term::small(flags.dist_busy_limit)),
    TERM_KEY("delayed_node_table_gc",
             flags.node_table_gc_delay < 0 ? am::infinity : Term::small(flags.node_table_gc_delay)),
    TERM_KEY("dist_ctrl", Term::nil()),
    TERM_KEY("modified_timing_level", flags.timing_level < 0 ? am::undefined : Term::small(flags.timing_level)),
    TERM_KEY("trace_control_word", Term::small(system_settings.trace_control_word.load())),
    TERM_KEY("sequential_tracer", pair(c.heap(), am::sequential_tracer, tracer_term(c.heap(), sequential_tracer(), am::false_))),
    TERM_KEY("outstanding_system_requests_limit",
             Term::small(flags.outstanding_requests > 0 ? flags.outstanding_requests : 2 * scheduler_count())),
    TERM_KEY("system_logger", system_logger()),
    TERM_KEY("taints", make_list_from(c.heap(), taints())),
    TERM_KEY("check_io", check_io(c.heap())),
    TERM_KEY("alloc_util_allocators", allocator_names(c.heap())),
    TERM_KEY("allocated_areas", allocated_areas(c.heap())),
    TERM_KEY("compile_info", compile_info(c.heap())),
    TERM_KEY("c_compiler_used", pair(c.heap(), intern("clang"), text(c.heap(), __clang_version__))),
    {"snifs",
     [](Call& c) {
       ListBuilder list(c.heap());
       for (std::size_t i = 0; i < bif_count(); ++i) {
         const BifInfo& b = bif_info(static_cast<std::int32_t>(i));
         if (!is_bif_of_release(b)) continue;
         list.add(make_tuple(c.heap(), b.module, b.function, Term::small(b.arity)));
       }
       return list.list();
     }},
};
#undef TERM_KEY

// {memory_internal, Ref, Allocators}: sends {Ref, Number, [{Allocator, 0, Properties}]}, from which
// erlang:memory/0 makes its sums.
Term send_memory(Call& c, Term ref) {
  GrowingFragmentHeap h;
  const Term own_ref = make_ref_with_key(h, ref_key(ref));
  const Term message = make_tuple(h, own_ref, Term::small(1), memory_by_allocator(h));
  send_fragment(c.process.pid, message, h.finish());
  return am::true_;
}

}  // namespace

JOIST_DEFINE_BIF(erlang_system_info_1, Term key) {
  if (key.is_atom()) {
    const std::string_view name = atom_text(key);
    for (const Key& k : keys)
      if (k.name == name) {
        const Term value = k.value(c);  // none(): this OTP does not know it
        return value.is_none() ? badarg(c) : value;
      }
    return badarg(c);
  }
  const auto t = Tuple::from(key);
  if (!t || t->arity() < 2) return badarg(c);
  if ((*t)[0] == am::wordsize && ((*t)[1] == am::internal || (*t)[1] == am::external)) return Term::small(8);
  if ((*t)[0] == am::memory_internal && t->arity() == 3 && (*t)[1].is_box(BoxKind::ref))
    return send_memory(c, (*t)[1]);
  if ((*t)[0] == am::cpu_topology && t->arity() == 2) {
    if ((*t)[1] == intern("defined")) return am::undefined;
    return (*t)[1] == intern("detected") || (*t)[1] == am::used ? cpu_topology(c.heap()) : badarg(c);
  }
  if (t->arity() == 2 && (*t)[0].is_atom()) {
    const bool sizes_only = atom_text((*t)[0]) == "allocator_sizes";
    if (sizes_only || atom_text((*t)[0]) == "allocator")
      if (const auto report = allocator_report(c.heap(), (*t)[1], sizes_only)) return *report;
  }
  return badarg(c);
}

}  // namespace joist
