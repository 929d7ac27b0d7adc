// boot.hpp -- starts the installed OTP: its preloaded modules, the system processes it expects of its
// emulator, and the process init.
#pragma once
#include <string>
#include <vector>

#include "tools/joist/installation.hpp"

namespace joist {

// Runs the VM to its end with the arguments that follow the emulator's own; returns the exit status.
int boot_otp(const Installation& otp, const std::vector<std::string>& init_arguments);

// ^C (SIGINT) does what +B says: by default it stops everything and shows a menu.
void install_break_handler();

}  // namespace joist
