// Signals of the operating system as messages {notify, Signal} to the process registered as erl_signal_server
// (os:set_signal/2). The signal handler writes a byte to a pipe; a thread of its own reads it and sends the
// message.
#include "bifs/os_signals.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "bifs/bifs.hpp"
#include "gc/fragment.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"

namespace joist {

namespace {

struct SignalName {
  Term name;
  int number;
};
const SignalName kSignals[] = {{am::sighup, SIGHUP},   {am::sigquit, SIGQUIT}, {am::sigabrt, SIGABRT},
                               {am::sigalrm, SIGALRM}, {am::sigterm, SIGTERM}, {am::sigusr1, SIGUSR1},
                               {am::sigusr2, SIGUSR2}, {am::sigchld, SIGCHLD}, {am::sigstop, SIGSTOP},
                               {am::sigtstp, SIGTSTP}};

int wake_pipe[2] = {-1, -1};
std::atomic<bool> quit_is_handled{false};  // by os:set_signal(sigquit, handle); else it ends the VM at once

void on_signal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const ssize_t written = write(wake_pipe[1], &byte, 1);
  errno = saved;
}

// False: there is nobody to tell yet.
bool notify(Term signal_name) {
  const EpochGuard guard;
  const Term server = whereis_name(am::erl_signal_server);
  if (!server.is_local_pid()) return false;
  FragmentHeap heap(8);
  const Term message = make_tuple(heap, am::notify, signal_name);
  send_fragment(server, message, heap.finish());
  return true;
}

void read_signals() {
  unsigned char number;
  for (;;) {
    if (read(wake_pipe[0], &number, 1) != 1) continue;
    if (number == SIGQUIT && !quit_is_handled.load()) halt_vm(0, {.flush = false});
    for (const SignalName& s : kSignals)
      if (s.number == number && !notify(s.name) && number == SIGTERM) halt_vm(0, {.flush = false});
  }
}

void start_signal_thread() {
  static const bool once = [] {
    require(pipe2(wake_pipe, O_CLOEXEC) == 0, "no pipe for signals can be made");
    std::thread(read_signals).detach();
    return true;
  }();
  (void)once;
}

void install(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  start_signal_thread();
  install(SIGTERM, on_signal);
  install(SIGUSR1, on_signal);
  install(SIGPIPE, SIG_IGN);
  if (flags.break_mode == BreakMode::menu || flags.break_mode == BreakMode::interrupt_shell)
    install(SIGQUIT, on_signal);
}

// set_signal(Signal, handle | ignore | default) -> ok
JOIST_DEFINE_BIF(os_set_signal_2, Atom signal, Term action) {
  void (*handler)(int) = nullptr;
  if (action == am::handle)
    handler = on_signal;
  else if (action == am::ignore)
    handler = SIG_IGN;
  else if (action == am::default_)
    handler = SIG_DFL;
  else
    return badarg_because(c, am::badopt, am::erl_kernel_errors);
  for (const SignalName& s : kSignals) {
    if (signal.term() != s.name) continue;
    if (action == am::handle) start_signal_thread();
    if (s.number == SIGQUIT) quit_is_handled.store(action == am::handle);
    struct sigaction wanted {};
    wanted.sa_handler = handler;
    wanted.sa_flags = SA_RESTART;
    sigemptyset(&wanted.sa_mask);
    return sigaction(s.number, &wanted, nullptr) == 0 ? am::ok : badarg(c);
  }
  return badarg(c);
}

}  // namespace joist
