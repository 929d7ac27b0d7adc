// console.hpp -- the emulator's own words on standard error, before or beside any logger.
// Threads: any; one call is one write.
#pragma once
#include <string_view>

namespace joist {

// OTP: every line ends in a carriage return too, for terminals in raw mode.
void write_console(std::string_view text);

}  // namespace joist
