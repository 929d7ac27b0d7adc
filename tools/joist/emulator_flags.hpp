// emulator_flags.hpp -- the emulator's own flags ("-S 2", "-hms 1000": erl's '+' flags) fill joist's Flags.
#pragma once
#include <string>
#include <vector>

#include "tools/joist/installation.hpp"

namespace joist {

std::string emulator_usage();

// Sets `flags`. What joist has no use for is checked and ignored. A wrong flag ends the program with the text
// and the status of OTP's emulator; -V prints the version and ends it.
void read_emulator_flags(const std::vector<std::string>& words, const Installation& otp);

}  // namespace joist
