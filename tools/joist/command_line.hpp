// command_line.hpp -- what stands on erl's command line and in ERL_AFLAGS, ERL_FLAGS, ERL_ZFLAGS becomes the
// emulator's own arguments. OTP: the program erlexec.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tools/joist/installation.hpp"

namespace joist {

struct CommandLine {
  std::vector<std::string> emulator_flags;  // "-S" "2": '+' has become '-'
  // After the first "--": -root R -bindir B -progname P -- -home H -- and the user's.
  std::vector<std::string> init_arguments;
  bool detached = false;     // -detached
  bool starts_epmd = false;  // -name or -sname, and nothing forbids it
  std::string epmd_command;
  std::optional<int> exit_status;  // a flag like -emu_args_exit has done all there is to do
};

// Sets environment variables as `-env` says, prints what -emu_args and its kin ask for. Errors end the
// program with the text and the status of erlexec.
CommandLine read_command_line(const std::vector<std::string>& arguments, const Installation& otp,
                              const std::string& program_name);

}  // namespace joist
