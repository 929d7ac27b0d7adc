// The driver of {spawn, Command} and {spawn_executable, File}: programs, through pipes.
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>

#include "vm/base/epoch.hpp"
#include "vm/os/archive.hpp"
#include "vm/os/environment.hpp"
#include "vm/os/file.hpp"
#include "vm/ports/byte_stream.hpp"
#include "vm/ports/starter.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

class SpawnDriver final : public ByteStream {
 public:
  SpawnDriver(Port& port, const PortOptions& o, int in, int out)
      : ByteStream(port, o, in, out), status_wanted_(o.exit_status) {}

  void opened(Port& port) override { start(port); }

  // OTP: the status is told when both have come, the program's end and that of its output; so never by a port
  // without input.
  void child_exited(Port& port, int status) override {
    exited_ = true;
    status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (input_over_) finish(port);
  }

 protected:
  void input_ended(Port& port, int error) override {
    if (error != 0) return port.failure_errno(error);
    input_over_ = true;
    if (!status_wanted_ || exited_) finish(port);
  }

 private:
  void finish(Port& port) {
    if (exited_ && port.is_open()) port.send_exit_status(status_);
    port.end_of_input();
  }

  bool status_wanted_, input_over_ = false, exited_ = false;
  int status_ = 0;
};

// The VM's environment with the changes that the options name.
std::vector<std::string> environment_of(const PortOptions& o) {
  std::vector<std::string> all = all_environment();
  for (const auto& [name, value] : o.environment) {
    const std::string prefix = name + "=";
    std::erase_if(all, [&](const std::string& entry) { return entry.starts_with(prefix); });
    if (value && !name.empty()) all.push_back(prefix + *value);
  }
  return all;
}

void close_both(const int (&pipe)[2]) {
  for (const int fd : pipe)
    if (fd >= 0) close(fd);
}

// The programs of OTP's emulator that this program is itself, under that name, wherever OTP lies.
bool is_own_program(const std::string& file) {
  const std::string& own = own_program();
  if (own.empty() || !file.ends_with("/inet_gethost")) return false;
  const char* of_otp = std::getenv("BINDIR");
  const auto folder = std::string_view(file).substr(0, file.rfind('/'));
  return (of_otp != nullptr && folder == of_otp) || folder == std::string_view(own).substr(0, own.rfind('/'));
}

// The program heart, too, where OTP lies inside this one; the shell would not find it.
bool is_own_heart(const std::string& command) {
  const char* folder = std::getenv("BINDIR");
  return command.substr(0, command.find(' ')) == "heart" && folder != nullptr && in_own_archive(folder);
}

std::vector<std::string> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::istringstream text(command);
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

// Programs inside this one (vm/os/archive.hpp): its own, and those in an application's folder priv, which are
// put into memory when they are first wanted. 0 or an errno value.
int find_inside(const ArchivePath& path, std::string* file) {
  const Archive::Entry* entry;
  if (const int error = archive_file(path, &entry)) return error;
  if (!entry->executable) return EACCES;
  if (entry->size == 0) {
    *file = own_program();
    return 0;
  }
  static std::mutex mutex;
  static std::map<std::string, int> in_memory;  // for as long as the VM lives
  const std::lock_guard lock(mutex);
  const auto found = in_memory.find(path.name);
  int fd = found != in_memory.end() ? found->second : -1;
  if (fd < 0) {
    if (const int error = open_file((own_program() + '/' + path.name).c_str(), kFileRead, &fd)) return error;
    in_memory.emplace(path.name, fd);
  }
  *file = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);
  return 0;
}

DriverStart start(Port& port, const PortOptions& o) {
  ProgramStart program;
  if (o.kind == PortOptions::Kind::spawn_executable) {
    program.file = o.command;
    const auto inside = in_own_archive(o.command);
    int error = 0;
    if (inside)
      error = find_inside(*inside, &program.file);
    else if (is_own_program(o.command))
      program.file = own_program();
    else if (access(o.command.c_str(), X_OK) != 0)
      error = errno;
    if (error != 0) return {nullptr, posix_atom(error)};
    program.arguments.push_back(o.arg0.value_or(o.command));
    if (o.arguments)
      program.arguments.insert(program.arguments.end(), o.arguments->begin(), o.arguments->end());
  } else {
    program.file = "/bin/sh";
    program.arguments = {"sh", "-c", "exec " + o.command};
    // A shell knows nothing of programs inside this one.
    if (const auto inside = in_own_archive(o.command.substr(0, o.command.find(' ')))) {
      if (const int error = find_inside(*inside, &program.file)) return {nullptr, posix_atom(error)};
      program.arguments = words_of(o.command);
    } else if (is_own_heart(o.command)) {
      program.file = own_program();
      program.arguments = words_of(o.command);
    }
  }
  // from: the program writes, the VM reads; to: the other way.
  int from[2] = {-1, -1}, to[2] = {-1, -1};
  if ((o.read && pipe2(from, O_CLOEXEC) != 0) || (o.write && pipe2(to, O_CLOEXEC) != 0)) {
    const Term error = posix_atom(errno);
    close_both(from);
    return {nullptr, error};
  }
  if (o.read) fcntl(from[0], F_SETFL, O_NONBLOCK);
  if (o.write) fcntl(to[1], F_SETFL, O_NONBLOCK);
  program.id = port.id.bits;
  program.directory = o.directory.value_or("");
  program.environment = environment_of(o);
  program.output = from[1];
  program.input = to[0];
  program.use_stdio = o.use_stdio;
  program.error_to_output = o.stderr_to_stdout;
  program.want_status = o.exit_status;
  const int error = start_program(program);
  if (o.read) close(from[1]);
  if (o.write) close(to[0]);
  auto driver = std::make_unique<SpawnDriver>(port, o, from[0], to[1]);
  if (error != 0) return {nullptr, posix_atom(error)};
  return {.driver = std::move(driver), .later = true};
}

// ---- reports of the starter ----

template <class Act>
void with_port(std::uint64_t id, Act act) {
  const EpochGuard online;
  Port* port = find_port_in_any_state(Term{id});
  if (port == nullptr) return;
  const PortGuard guard(*port);
  act(*port);
}

void started(std::uint64_t id, std::int32_t pid) {
  with_port(id, [&](Port& port) {
    port.os_pid = pid;
    port.open_now();
  });
}
void failed(std::uint64_t id, std::int32_t error) {
  with_port(id, [&](Port& port) { port.open_failed(posix_atom(error)); });
}
void exited(std::uint64_t id, std::int32_t status) {
  with_port(id, [&](Port& port) {
    if (port.is_open()) port.driver->child_exited(port, status);
  });
}

}  // namespace

void register_spawn_driver() {
  starter_hooks = {started, failed, exited};
  register_driver({.name = "spawn", .start = start, .locks_ports = true, .needs_descriptors = true});
}

}  // namespace joist
