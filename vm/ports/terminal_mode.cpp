#include "vm/ports/terminal_mode.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

#include <fmt/format.h>

#include "vm/base/check.hpp"

namespace joist {
namespace {

termios before, during;
std::atomic<bool> terminal_set{false};
struct sigaction old_stop, old_continue;
bool interrupt_key = true;
int signal_pipe[2] = {-1, -1};

void note_signal(TerminalSignal what) {
  if (signal_pipe[1] >= 0) [[maybe_unused]]
    const ssize_t written = write(signal_pipe[1], &what, 1);
}

// ^Z: whoever gets the terminal meanwhile finds it as it was.
void on_stop(int signal_number) {
  const int saved = errno;
  if (terminal_set.load()) tcsetattr(0, TCSANOW, &before);
  struct sigaction ours;
  sigaction(signal_number, &old_stop, &ours);
  sigset_t unblock;
  sigemptyset(&unblock);
  sigaddset(&unblock, signal_number);
  sigset_t old;
  raise(signal_number);
  pthread_sigmask(SIG_UNBLOCK, &unblock, &old);
  // Goes on here after SIGCONT, or at once if nobody could continue it.
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (terminal_set.load()) tcsetattr(0, TCSANOW, &during);
  sigaction(signal_number, &ours, nullptr);
  errno = saved;
}

void on_continue(int) {
  const int saved = errno;
  if (terminal_set.load()) tcsetattr(0, TCSANOW, &during);
  note_signal(TerminalSignal::continued);
  errno = saved;
}

void on_resize(int) {
  const int saved = errno;
  note_signal(TerminalSignal::resized);
  errno = saved;
}

void install(int number, void (*handler)(int), struct sigaction* old) {
  struct sigaction action {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = handler;
  sigaction(number, &action, old);
}

void catch_signals() {
  install(SIGTSTP, on_stop, &old_stop);
  install(SIGCONT, on_continue, &old_continue);
}

void set_flags(termios& t, const TerminalSettings& s) {
  t.c_iflag &= ~static_cast<tcflag_t>(ISTRIP);
  if (s.canonical > 0) {
    t.c_iflag |= ICRNL;
    t.c_lflag |= ICANON;
    t.c_oflag |= OPOST;
  } else if (s.canonical < 0) {
    t.c_iflag &= ~static_cast<tcflag_t>(ICRNL);
    t.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    t.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
  }
  if (s.echo > 0) t.c_lflag |= ECHO;
  if (s.echo < 0) t.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (s.signals > 0) {
    t.c_iflag |= BRKINT | IGNPAR | ICRNL | IXON | IXANY;
    t.c_lflag |= ISIG | IEXTEN;
  } else if (s.signals < 0) {
    t.c_iflag &= ~static_cast<tcflag_t>(BRKINT | IGNPAR | ICRNL | IXON | IXANY);
    t.c_lflag &= ~static_cast<tcflag_t>(ISIG | IEXTEN);
  }
}

}  // namespace

bool set_terminal(const TerminalSettings& settings) {
  if (tcgetattr(0, &before) != 0) return false;
  during = before;
  set_flags(during, settings);
  if (!interrupt_key) during.c_cc[VINTR] = 0;
  if (tcsetattr(0, TCSANOW, &during) != 0) return false;
  if (!terminal_set.exchange(true)) catch_signals();
  return true;
}

void reset_terminal() {
  if (terminal_set.exchange(false)) tcsetattr(0, TCSANOW, &before);
}

void pause_terminal() {
  if (terminal_set.load()) tcsetattr(0, TCSANOW, &before);
}
void resume_terminal() {
  if (terminal_set.load()) tcsetattr(0, TCSANOW, &during);
}
void disable_interrupt_key() { interrupt_key = false; }

WindowSize window_size() {
  winsize size{};
  if (ioctl(0, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::optional<TerminalStrings> terminal_strings() {
  const char* name = std::getenv("TERM");
  int error = 0;
  if (name == nullptr || setupterm(name, 1, &error) != 0) return std::nullopt;
  const auto text = [](const char* capability) -> std::string {
    const char* s = tigetstr(capability);
    return s == nullptr || s == reinterpret_cast<const char*>(-1) ? "" : s;
  };
  TerminalStrings s{.up = text("cuu1"), .down = text("cud1"), .left = text("cub1"), .right = text("cuf1")};
  if (s.down.empty()) s.down = "\n";
  if (s.left.empty()) s.left = "\b";
  s.wraps_late = tigetflag("xenl") > 0;
  if (s.up.empty() || s.right.empty()) return std::nullopt;
  return s;
}

int watch_terminal_signals() {
  static const int fd = [] {
    int ends[2];
    require(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "no pipe for the terminal's signals can be made");
    signal_pipe[0] = ends[0];
    signal_pipe[1] = ends[1];
    install(SIGWINCH, on_resize, nullptr);
    return ends[0];
  }();
  return fd;
}

std::optional<TerminalSignal> next_terminal_signal() {
  TerminalSignal what;
  if (read(watch_terminal_signals(), &what, 1) != 1) return std::nullopt;
  return what;
}

int open_terminal_again(int fd, int direction) {
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  const int own = open(path.c_str(), direction | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (own >= 0) return own;
  return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

}  // namespace joist
