// terminal_mode.hpp -- the terminal that the VM was started on: its modes, size and control strings.
// What is set here is undone at the end of the VM, while it is stopped by ^Z, and set again afterwards.
// Owner: the VM. Threads: any.
#pragma once
#include <optional>

#include "vm/ports/terminal_line.hpp"

namespace joist {

// 1: on, -1: off, 0: as it is.
struct TerminalSettings {
  int canonical = 0, echo = 0, signals = 0;
};
// False and errno: there is no terminal.
bool set_terminal(const TerminalSettings& settings);
// As it was before set_terminal. Safe in signal handlers.
void reset_terminal();

// Between the two the terminal is as it was. Safe in signal handlers.
void pause_terminal();
void resume_terminal();
// From the next set_terminal on ^C is a key like others.
void disable_interrupt_key();

struct WindowSize {
  int columns = 80, rows = 24;
};
WindowSize window_size();

// Of the terminal that TERM names; nullopt if it is unknown or cannot move its cursor.
std::optional<TerminalStrings> terminal_strings();

// What happens to the terminal from outside: its window got another size; the VM goes on after a stop.
enum class TerminalSignal : char { resized, continued };
// A descriptor that can be read while there is such a signal; from the first call on they are noted.
int watch_terminal_signals();
std::optional<TerminalSignal> next_terminal_signal();

// Another description of the terminal open as `fd`, that does not block while `fd` stays as it is; -1 and
// errno.
int open_terminal_again(int fd, int direction);

}  // namespace joist
