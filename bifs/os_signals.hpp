// os_signals.hpp -- what the VM does with signals of the operating system from its start.
// Threads: called once, before the schedulers run.
#pragma once

namespace joist {

// OTP: SIGTERM and SIGUSR1 go to erl_signal_server; SIGQUIT ends the VM unless +B says otherwise; SIGPIPE is
// ignored. SIGINT is the break handler's.
void install_signal_handlers();

}  // namespace joist
