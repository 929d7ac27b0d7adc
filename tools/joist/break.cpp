// The break handler: ^C stops everything and asks what to do. It runs on the polling thread.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>

#include "bifs/crash_dump.hpp"
#include "scheduler/scheduler.hpp"
#include "tools/joist/boot.hpp"
#include "vm/base/flags.hpp"
#include "vm/ports/poll.hpp"
#include "vm/ports/terminal_mode.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/identifier.hpp"

namespace joist {
namespace {

constexpr const char* kMenu =
    "BREAK: (a)bort (A)bort with dump (c)ontinue (p)roc info (i)nfo\n"
    "       (l)oaded (v)ersion (k)ill (D)b-tables (d)istribution\n";

int wake_fd = -1;
std::atomic<bool> in_menu{false};

// OTP: on standard output, each line's end with a carriage return.
void say(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t n = write(1, out.data() + done, out.size() - done);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

// A line that was typed: its first character, '\n' if it is empty; EOF.
int read_key() {
  int key = '\n';
  for (bool first = true;; first = false) {
    char c;
    ssize_t n;
    while ((n = read(0, &c, 1)) < 0 && (errno == EINTR || errno == EAGAIN)) {
      pollfd p{0, POLLIN, 0};
      ::poll(&p, 1, -1);
    }
    if (n <= 0) return first ? EOF : key;
    if (first) key = c;
    if (c == '\n') return key;
  }
}

[[noreturn]] void end_vm() {
  pause_terminal();
  std::_Exit(0);
}

// One after the other, each may be killed.
void kill_some() {
  say("\n\nProcess Information\n\n--------------------------------------------------\n");
  for (const Term pid : all_pids()) {
    const Process* p = find_process(pid);
    if (p == nullptr) continue;
    write_process_report(1, *p);
    say("(k)ill (n)ext (r)eturn:\n");
    for (int key = read_key(); key != 'n'; key = read_key()) {
      if (key == EOF) end_vm();
      if (key == 'r') return;
      if (key != 'k') continue;
      send_exit(pid, pid, am::kill);
      break;
    }
  }
}

void menu() {
  say("\n");
  say(kMenu);
  for (;;) {
    const int key = read_key();
    switch (key) {
      case EOF:
      case 'q':
      case 'a': end_vm();
      case 'A':
        pause_terminal();
        end_with_crash_dump("Crash dump requested by user");
        std::abort();
      case 'c': return;
      case 'p':
        say("\n\nProcess Information\n\n--------------------------------------------------\n");
        for (const Term pid : all_pids())
          if (const Process* p = find_process(pid)) write_process_report(1, *p);
        return;
      case 'i': write_memory_report(1); return;
      case 'l': write_module_report(1); return;
      case 'v': say(fmt::format("Erlang (BEAM) emulator version {}\n", flags.erts_version)); return;
      case 'k': kill_some(); return;
      case 'D': write_table_report(1); return;
      case 'd': say(fmt::format("=node:'{}'\n=no_distribution\n", atom_text(this_node()->name))); return;
      case '\n': break;
      default:
        say(fmt::format("Invalid option '{}'. Please enter one of the following:\n{}", static_cast<char>(key),
                        kMenu));
    }
  }
}

void on_interrupt(int) {
  if (in_menu.load()) {
    // OTP: once more ends it.
    pause_terminal();
    std::_Exit(0);
  }
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd, &one, sizeof one);
  errno = saved;
}

void interrupted(Word, int fd, unsigned) {
  std::uint64_t count;
  if (read(fd, &count, sizeof count) != sizeof count) return;
  stop_the_world([] {
    pause_terminal();
    in_menu = true;
    menu();
    in_menu = false;
    resume_terminal();
  });
}

void on_end(int number) {
  pause_terminal();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

}  // namespace

void install_break_handler() {
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  switch (flags.break_mode) {
    case BreakMode::ignore: action.sa_handler = SIG_IGN; break;
    case BreakMode::end: action.sa_handler = on_end; break;
    case BreakMode::interrupt_shell: disable_interrupt_key(); [[fallthrough]];
    case BreakMode::menu:
      wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
      if (wake_fd < 0 || poll::watch(wake_fd, poll::kRead, {interrupted, 0}) != 0) return;
      action.sa_handler = on_interrupt;
      break;
  }
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace joist
