// commands.hpp -- the subcommands of the joist program. Each returns the exit status.
#pragma once
#include <string>
#include <vector>

namespace joist {

int run_command(const std::vector<std::string>& args);
int disasm_command(const std::vector<std::string>& args);
int inspect_command(const std::vector<std::string>& args);
// Everything that the program erl takes; `program_name` is what it was called by.
int erl_command(const std::vector<std::string>& args, const std::string& program_name);

// One clear line on stderr, "joist: ..."; returns 2.
int usage_error(const std::string& what);
// Sets up everything that loading code needs: atoms, literals, engine, BIF table.
void init_vm();

}  // namespace joist
