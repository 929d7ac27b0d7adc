#include "tools/joist/boot.hpp"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "bifs/bifs.hpp"
#include "bifs/crash_dump.hpp"
#include "bifs/os_signals.hpp"
#include "bifs/process_info.hpp"
#include "loader/code_path.hpp"
#include "loader/load.hpp"
#include "loader/read_ahead.hpp"
#include "scheduler/scheduler.hpp"
#include "tools/joist/commands.hpp"
#include "tools/joist/load_order.hpp"
#include "vm/base/console.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/module.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/process/distribution.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/log.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/process/trace_session.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

// The modules that are there before any code runs. Their on_load functions are called by erl_init itself.
bool load_preloaded(const std::string& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name + ".beam";
    const std::string file = read_whole_file(path).value_or("");
    const ByteSpan image{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
    LoadResult loaded;
    loaded.instance = take_read_ahead(name, image);
    if (!loaded.instance) loaded = load_module(image);
    if (!loaded.instance) {
      usage_error("cannot load " + path + ": " + loaded.error.what);
      return false;
    }
    loaded.instance->preloaded = true;
    loaded.instance->on_load = nullptr;
    loaded.instance->lines.clear();  // OTP: stack traces show no source positions in these modules
    commit_instance(std::move(loaded.instance));
  }
  return true;
}

// Two threads load the preloaded modules, from both ends; then one goes on with what the boot script asks
// for.
void read_ahead(const Installation& otp, const std::vector<std::string>& preloaded,
                const std::vector<std::string>& init_arguments) {
  std::vector<ReadAheadFile> files;
  for (auto name = preloaded.rbegin(); name != preloaded.rend(); ++name)
    files.push_back({*name, otp.preloaded_ebin + "/" + *name + ".beam"});
  for (ReadAheadFile& file : files_of_start(otp, init_arguments)) files.push_back(std::move(file));
  start_read_ahead(std::move(files));
}

// OTP: uncaught errors and throws are logged, with the process's group leader and the node's name, if any.
void report_process_crash(Process& p, ErrorClass, Term reason) {
  BlockHeap scratch;
  if (node_is_alive()) {
    const Term values[] = {p.pid, this_node()->name, reason};
    log_event(LogLevel::error, "Error in process ~p on node ~p with exit value:~n~p~n",
              make_list_from(scratch, values), p.group_leader, p.pid);
    return;
  }
  const Term values[] = {p.pid, reason};
  log_event(LogLevel::error, "Error in process ~p with exit value:~n~p~n", make_list_from(scratch, values),
            p.group_leader, p.pid);
}

void report_heap_limit_reached(Process& p) {
  BlockHeap scratch;
  const HeapLimits& limits = p.heap.limits();
  const Term values[] = {p.pid,
                         Term::small(static_cast<std::int64_t>(limits.max_heap_words)),
                         process_info_value(scratch, p, am::total_heap_size, false),
                         make_bool(limits.max_heap_kill),
                         make_bool(limits.max_heap_error_logger),
                         process_info_value(scratch, p, am::message_queue_len, false),
                         process_info_value(scratch, p, am::garbage_collection_info, false)};
  log_event(LogLevel::error,
            "     Process:            ~p ~n"
            "     Context:            maximum heap size reached~n"
            "     Max Heap Size:      ~p~n"
            "     Total Heap Size:    ~p~n"
            "     Kill:               ~p~n"
            "     Error Logger:       ~p~n"
            "     Message Queue Len:  ~p~n"
            "     GC Info:            ~p~n",
            make_list_from(scratch, values), p.group_leader, p.pid);
}

// OTP: the VM cannot go on without its system processes.
void end_with_system_process(Process& p) {
  if (!p.has_state(Process::kSystem)) return;
  const std::string slogan = "System process " + pid_text(p.pid) + " terminated: " + to_text(p.exit_reason);
  stop_the_world([&] {
    end_with_crash_dump(slogan);
    halt_vm(1, {.flush = false});
  });
}

struct SystemProcess {
  Term module;
  Priority priority;
};

// In the order of their pids, which follow init's. Those of other releases are left out.
void start_system_processes(Process& init) {
  const SystemProcess all[] = {
      {am::erts_code_purger, Priority::high},
      {am::erts_literal_area_collector, Priority::high},
      {am::erts_dirty_process_signal_handler, Priority::normal},
      {am::erts_dirty_process_signal_handler, Priority::high},
      {am::erts_dirty_process_signal_handler, Priority::max},
      {am::erts_trace_cleaner, Priority::normal},
  };
  for (const SystemProcess& s : all) {
    if (find_module(s.module) == nullptr) continue;
    SpawnOptions options = default_spawn_options();
    options.priority = s.priority;
    options.off_heap_messages = true;
    options.system = true;
    const Term pid = spawn_process(init, s.module, am::start, Term::nil(), options).pid;
    if (s.module == am::erts_trace_cleaner) trace_cleaner.store(pid.bits);
  }
}

Process& start_init(const std::vector<std::string>& arguments) {
  BlockHeap scratch;
  ListBuilder words(scratch);
  for (const std::string& a : arguments) words.add(make_binary_copy(scratch, a.data(), a.size()));
  const Term module = intern(flags.boot_module);
  const Term args = make_cons(scratch, module, make_cons(scratch, words.list(), Term::nil()));
  Process& init = spawn_first(am::erl_init, am::start, args);
  init.state.fetch_or(Process::kSystem);
  init.error_handler = am::error_handler;
  return init;
}

}  // namespace

int boot_otp(const Installation& otp, const std::vector<std::string>& init_arguments) {
  // What OTP makes before init runs has its numbers already (dialect.hpp).
  std::vector<Term> others;
  std::optional<UnnumberedAtoms> unnumbered;
  if (dialect.keys_by_number) unnumbered.emplace(others);
  init_vm();
  report_crash = report_process_crash;
  report_heap_limit = report_heap_limit_reached;
  add_exit_hook(end_with_system_process);
  const std::vector<std::string> preloaded = beam_names(otp.preloaded_ebin);
  read_ahead(otp, preloaded, init_arguments);
  if (!load_preloaded(otp.preloaded_ebin, preloaded)) return 2;
  unnumbered.reset();
  install_signal_handlers();
  install_break_handler();
  const SchedulerStart how{flags.schedulers, flags.dirty_cpu_schedulers, flags.dirty_io_schedulers};
  start_schedulers(how);
  Process& init = start_init(init_arguments);
  start_system_processes(init);
  run_schedulers(how);
  if (flags.schedulers_online < flags.schedulers) set_schedulers_online(flags.schedulers_online);
  const int status = wait_for_halt();
  std::fflush(nullptr);
  _exit(status);  // other threads may still look at static data
}

}  // namespace joist
