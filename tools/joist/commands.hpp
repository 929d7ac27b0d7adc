// commands.hpp -- the subcommands of the joist program. Each returns the exit status.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace joist {

int run_command(const std::vector<std::string>& args);
int disasm_command(const std::vector<std::string>& args);
int inspect_command(const std::vector<std::string>& args);
// Everything that the program erl takes; `program_name` is what it was called by.
int erl_command(const std::vector<std::string>& args, const std::string& program_name);

// joist bundle: makes one program of the VM and an Erlang or Elixir program.
int bundle_command(const std::vector<std::string>& args);
// What such a program does when it is started; nothing if this is none.
std::optional<int> bundled_program(const std::vector<std::string>& args);
// The program of OTP that has this name (not erl); nothing if none has.
std::optional<int> otp_program(const std::string& name, const std::vector<std::string>& arguments);
// The program inet_gethost, which a VM with the OTP inside it starts as one of its own.
int name_lookup_program(const std::vector<std::string>& args);
// The program heart, likewise.
int heart_program(const std::vector<std::string>& args);
// Called by a name that has CALLED.escript beside it, runs that, as a copy of OTP's escript does.
std::optional<int> script_of_own_name(std::string called, const std::vector<std::string>& arguments);

// One clear line on stderr, "joist: ..."; returns 2.
int usage_error(const std::string& what);
// Sets up everything that loading code needs: atoms, literals, engine, BIF table.
void init_vm();

}  // namespace joist
