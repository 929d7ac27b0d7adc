// run.cpp -- joist run: one program, the small boot (otp-subset/joist_boot.erl), modules loaded when they are
// called.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bifs/bifs.hpp"
#include "gc/copy.hpp"
#include "loader/code_path.hpp"
#include "loader/load.hpp"
#include "scheduler/scheduler.hpp"
#include "tools/joist/commands.hpp"
#include "tools/joist/embedded.hpp"
#include "tools/joist/installation.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/module.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

constexpr const char* kRunHelp = R"(joist run -- runs a compiled program

usage: joist run [OPTION...] FILE.beam|MODULE [FUN [ARG...]]
       joist run [OPTION...] FILE.beam|MODULE -- [ARG...]

Without FUN, main/1 is called with the arguments as a list of strings; else main/0 or start/0. With FUN, FUN/1 is
called with the arguments, or FUN/0. Modules that the program calls are found beside FILE.beam, in the -pa
folders, in the installed Erlang/OTP and in the installed Elixir.

  -pa DIR    look for modules in DIR first (any number of times)
  +S N       run N schedulers; default: one per usable core
  +P N  +t N the greatest number of processes, of atoms
  +hms N     least size of a process's heap, in words

Exit status: 0; 1 if the program failed (its crash report is printed); 2 if it could not be started.

examples:
  joist run hello.beam
  joist run hello.beam -- first second
  joist run -pa _build/default/lib/app/ebin app_main start
)";

CodePath code_path;

// Loads `image` unless another process was quicker. False, with a line on stderr, if it is not loadable.
bool load_image(std::string_view image, const std::string& where) {
  auto loaded = load_module({reinterpret_cast<const std::uint8_t*>(image.data()), image.size()});
  if (!loaded.instance) {
    std::fprintf(stderr, "joist: cannot load %s: %s\n", where.c_str(), loaded.error.what.c_str());
    return false;
  }
  const auto commit = [&] {
    const Module* m = find_module(loaded.instance->module);
    if (m == nullptr || (m->current == nullptr && m->on_load == nullptr))
      commit_instance(std::move(loaded.instance));
  };
  if (current_scheduler_number() > 0)
    stop_the_world(commit);
  else
    commit();
  return true;
}

// Called by the engine for undefined functions.
bool autoload(Process&, Term module) {
  const Module* m = find_module(module);
  if (m != nullptr && (m->current != nullptr || m->on_load != nullptr)) return true;
  const std::string name(atom_text(module));
  if (const auto embedded = embedded_module(name)) return load_image(*embedded, name);
  const auto path = code_path.find(name);
  if (!path) return false;
  const auto image = read_whole_file(*path);
  return image && load_image(*image, *path);
}

std::optional<long> number(const std::string& text) {
  char* end = nullptr;
  const long n = std::strtol(text.c_str(), &end, 10);
  return end != text.c_str() && *end == '\0' && n > 0 ? std::optional(n) : std::nullopt;
}

struct Options {
  std::string program, function;
  std::vector<std::string> arguments;
};

// Fills `flags` and the code path; returns an exit status if the program is not to be run.
std::optional<int> parse(const std::vector<std::string>& args, Options& o) {
  std::size_t i = 0;
  for (; i < args.size(); ++i) {
    const std::string& a = args[i];
    if (a == "--help" || a == "-h") {
      std::fputs(kRunHelp, stdout);
      return 0;
    }
    if (a == "--bare") continue;
    if (a.size() > 1 && (a[0] == '-' || a[0] == '+')) {
      std::string option = a, value;
      if (a[0] == '+' && a.size() > 2 && a[1] == 'S') {
        option = "+S";
        value = a.substr(2);
      } else if (i + 1 < args.size()) {
        value = args[++i];
      } else {
        return usage_error("option " + a + " needs a value");
      }
      if (option == "-pa" || option == "-pz") {
        option == "-pa" ? code_path.add_first(value) : code_path.add_last(value);
        continue;
      }
      const auto n = number(option == "+S" ? value.substr(0, value.find(':')) : value);
      if (!n) return usage_error("option " + option + " needs a positive number, not '" + value + "'");
      if (option == "+S")
        flags.schedulers = static_cast<int>(std::min(*n, 1024L));
      else if (option == "+P")
        flags.process_limit = std::bit_ceil(static_cast<std::size_t>(std::max(*n, 1024L)));
      else if (option == "+t")
        flags.atom_limit = static_cast<std::size_t>(*n);
      else if (option == "+hms")
        flags.min_heap_words = static_cast<std::size_t>(*n);
      else
        return usage_error("unknown option " + option + "; try joist run --help");
      continue;
    }
    break;
  }
  if (i == args.size()) return usage_error("run needs a .beam file or a module; try joist run --help");
  o.program = args[i++];
  if (i < args.size() && args[i] == "--")
    ++i;
  else if (i < args.size())
    o.function = args[i++];
  if (i < args.size() && args[i] == "--") ++i;
  o.arguments.assign(args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
  return std::nullopt;
}

// Loads the program and names its module; none() after a message.
Term load_program(const std::string& program) {
  namespace fs = std::filesystem;
  const bool looks_like_file = program.ends_with(".beam") || program.find('/') != std::string::npos;
  std::string path = program;
  if (!looks_like_file) {
    const auto found = code_path.find(program);
    if (found)
      path = *found;
    else if (fs::exists(program + ".beam"))
      path = program + ".beam";
    else {
      usage_error("cannot find module " + program);
      return Term::none();
    }
  }
  if (!fs::exists(path) && fs::exists(path + ".beam")) path += ".beam";
  const auto image = read_whole_file(path);
  if (!image) {
    usage_error("cannot read " + path);
    return Term::none();
  }
  const fs::path folder = fs::path(path).parent_path();
  code_path.add_first(folder.empty() ? "." : folder.string());
  auto loaded = load_module({reinterpret_cast<const std::uint8_t*>(image->data()), image->size()});
  if (!loaded.instance) {
    usage_error("cannot load " + path + ": " + loaded.error.what);
    return Term::none();
  }
  const Term module = loaded.instance->module;
  commit_instance(std::move(loaded.instance));
  return module;
}

// Crashes of processes go to the process registered as logger, as text would in `erl`.
void report(Process& p, ErrorClass, Term reason) {
  const Term logger = whereis_name(am::logger);
  if (!logger.is_local_pid()) {
    std::fprintf(stderr, "(no logger present) error: Error in process %s with exit value:\n%s\n",
                 pid_text(p.pid).c_str(), to_text(reason).c_str());
    return;
  }
  BlockHeap scratch;
  const Term args = make_cons(scratch, p.pid, make_cons(scratch, reason, Term::nil()));
  const Term format = make_string_list(scratch, "Error in process ~p with exit value:\n~p\n");
  const Term meta_pairs[] = {am::pid, p.pid};
  const Term message =
      make_tuple(scratch, am::log, am::error, format, args, map_from_pairs(scratch, meta_pairs));
  const CopiedTerm copy = copy_to_fragment(message);
  send_fragment(logger, copy.term, copy.fragment);
}

}  // namespace

int run_command(const std::vector<std::string>& args) {
  Options o;
  if (const auto status = parse(args, o)) return *status;
  init_vm();
  code_path.add_installed();
  autoload_module = autoload;
  on_load_handler = find_or_make_export(intern("joist_on_load"), intern("call"), 3);
  report_crash = report;
  const Term module = load_program(o.program);
  if (module.is_none()) return 2;
  if (!load_image(*embedded_module("joist_boot"), "joist_boot") ||
      !load_image(*embedded_module("joist_io"), "joist_io"))
    return 2;

  BlockHeap scratch;
  ListBuilder arguments(scratch);
  for (const std::string& a : o.arguments) arguments.add(make_string_list(scratch, a));
  const Term function = o.function.empty() ? am::default_ : intern(o.function);
  const Term what =
      make_tuple(scratch, module, function, arguments.list(), make_string_list(scratch, own_folder()));
  if (flags.schedulers == 0) flags.schedulers = usable_cores();
  if (flags.dirty_cpu_schedulers == 0) flags.dirty_cpu_schedulers = flags.schedulers;
  const SchedulerStart how{flags.schedulers, flags.dirty_cpu_schedulers, flags.dirty_io_schedulers};
  start_schedulers(how);
  Process& first = spawn_first(am::joist_boot, am::start, make_cons(scratch, what, Term::nil()));
  (void)first;
  std::signal(SIGPIPE, SIG_IGN);
  run_schedulers(how);
  const int status = wait_for_halt();
  std::fflush(nullptr);
  _exit(status);  // other threads may still look at static data
}

}  // namespace joist
