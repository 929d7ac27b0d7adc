// starter.hpp -- starting programs by way of the starter process (starter_protocol.hpp).
// Owner: the VM. Threads: any. The starter itself is started with the first program.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace joist {

// ---- in main(), before anything else ----
bool is_starter(int argc, char** argv);
int run_starter();

// ---- in the VM ----
struct ProgramStart {
  std::uint64_t id = 0;  // of the reports
  std::string file;
  std::string directory;  // empty: the VM's
  std::vector<std::string> arguments, environment;
  int input = -1, output = -1;  // the program's ends of pipes; stay the caller's
  bool use_stdio = true, error_to_output = false, want_status = false;
};
// Asks for a program. Returns 0 or an errno value; what comes of it is reported later, on the polling thread:
//   started: the program's process id.   failed: an errno value.   exited: a status as waitpid gives it, if
//   wanted. If the starter itself is lost, all that were asked for count as killed.
struct StarterHooks {
  void (*started)(std::uint64_t id, std::int32_t pid) = nullptr;
  void (*failed)(std::uint64_t id, std::int32_t error) = nullptr;
  void (*exited)(std::uint64_t id, std::int32_t status) = nullptr;
};
extern StarterHooks starter_hooks;
int start_program(const ProgramStart& program);

}  // namespace joist
