// crash_dump.hpp -- erl_crash.dump: what there was in the VM when it ended with a slogan, in OTP's format.
// Threads: called while the world is stopped, or when nothing runs any more.
#pragma once
#include <string>
#include <string_view>

namespace joist {

class Process;

// Prints the slogan and writes the dump as ERL_CRASH_DUMP, ERL_CRASH_DUMP_SECONDS and ERL_CRASH_DUMP_BYTES
// say.
void end_with_crash_dump(std::string_view slogan);

// Parts of it, for the break handler.
void write_process_report(int fd, const Process& p);
void write_memory_report(int fd);
void write_module_report(int fd);
void write_table_report(int fd);

// "Erlang/OTP 25 [erts-13.1.5] [source] ..."
std::string system_version_text();

// Parts of it as text, for erlang:system_info.
enum class VmReport { processes, memory, modules, tables };
std::string report_text(VmReport what);

}  // namespace joist
