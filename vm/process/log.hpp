// log.hpp -- events that the VM itself reports: messages to the system logger, as OTP's emulator sends them.
// Threads: any thread that is online (vm/base/epoch.hpp).
#pragma once
#include <string_view>

#include "vm/process/process.hpp"
#include "vm/term/heap.hpp"

namespace joist {

enum class LogLevel { error, warning, info };

// A pid, `logger` or `undefined`, as erlang:system_flag(system_logger, _) has it. OTP: `logger` again when
// that process is gone.
Term system_logger();
// Sends {log, Level, Format, Arguments, Metadata} to the process that erlang:system_flag(system_logger, _)
// names. `leader` and `pid` may be none(). Without a logger: text on standard error.
void log_event(LogLevel level, std::string_view format, Term arguments, Term leader, Term pid);

}  // namespace joist
