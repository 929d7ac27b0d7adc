// erl.cpp -- joist as `erl`: command line, environment, the installed OTP.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tools/joist/boot.hpp"
#include "tools/joist/command_line.hpp"
#include "tools/joist/commands.hpp"
#include "tools/joist/emulator_flags.hpp"
#include "vm/base/flags.hpp"

namespace joist {
namespace {

// What programs that OTP starts look for. joist's own programs come before those of the installed OTP.
void set_environment(const Installation& otp, const std::string& program_name) {
  setenv("ROOTDIR", otp.root.c_str(), 1);
  setenv("BINDIR", otp.binaries.c_str(), 1);
  setenv("PROGNAME", program_name.c_str(), 1);
  setenv("EMU", "beam", 1);
  const char* old = std::getenv("PATH");
  const std::string path = old != nullptr ? old : "";
  const auto has = [&](const std::string& folder) {
    return (":" + path + ":").find(":" + folder + ":") != std::string::npos;
  };
  std::string added;
  for (const std::string& folder : {otp.own_binaries, otp.binaries, otp.root + "/bin"})
    if (!has(folder)) added += folder + ":";
  if (!added.empty()) setenv("PATH", (added + path).c_str(), 1);
}

// -detached: a process of its own session, without a terminal.
void detach() {
  if (fork() != 0) _exit(0);
  setsid();
  if (fork() != 0) _exit(0);
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  if (null > 2) close(null);
}

// The value of -root on the command line: joist finds OTP by it.
std::string root_argument(std::vector<std::string>& args) {
  for (std::size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] == "-extra" || args[i] == "--") break;
    if (args[i] != "-root") continue;
    const std::string root = args[i + 1];
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(i),
               args.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    return root;
  }
  return {};
}

// The daemon that knows the ports of this machine's nodes; it ends at once if there is one already.
void start_epmd(const Installation& otp, std::string command) {
  if (command.empty()) command = "\"" + otp.binaries + "/epmd\" -daemon";
  std::fflush(nullptr);
  if (std::system(command.c_str()) != -1) return;
  std::fprintf(stderr, "Error spawning %s (error %d)\n", command.c_str(), errno);
  std::exit(1);
}

}  // namespace

int erl_command(const std::vector<std::string>& args, const std::string& program_name) {
  std::vector<std::string> rest = args;
  const Installation otp = find_installation(root_argument(rest));
  if (!otp.found())
    return usage_error("there is no Erlang/OTP in '" + otp.root + "' (-root, JOIST_OTP_ROOT)");
  const CommandLine line = read_command_line(rest, otp, program_name);
  if (line.exit_status) return *line.exit_status;
  std::vector<std::string>& all = flags.emulator_arguments;
  all = {otp.binaries + "/beam.smp"};
  all.insert(all.end(), line.emulator_flags.begin(), line.emulator_flags.end());
  all.push_back("--");
  all.insert(all.end(), line.init_arguments.begin(), line.init_arguments.end());
  read_emulator_flags(line.emulator_flags, otp);
  set_environment(otp, program_name);
  if (line.starts_epmd) start_epmd(otp, line.epmd_command);
  if (line.detached) detach();
  return boot_otp(otp, line.init_arguments);
}

}  // namespace joist
