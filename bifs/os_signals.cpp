// os:set_signal/2: signals of the operating system as messages {notify, Signal} to the process registered as
// erl_signal_server. The signal handler writes a byte to a pipe; a thread of its own reads it and sends the
// message.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "bifs/bifs.hpp"
#include "gc/fragment.hpp"
#include "vm/base/epoch.hpp"
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

void on_signal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const ssize_t written = write(wake_pipe[1], &byte, 1);
  errno = saved;
}

void notify(Term signal_name) {
  const EpochGuard guard;
  const Term server = whereis_name(am::erl_signal_server);
  if (!server.is_local_pid()) return;
  FragmentHeap heap(8);
  const Term message = make_tuple(heap, am::notify, signal_name);
  send_fragment(server, message, heap.finish());
}

void read_signals() {
  unsigned char number;
  for (;;) {
    if (read(wake_pipe[0], &number, 1) != 1) continue;
    for (const SignalName& s : kSignals)
      if (s.number == number) notify(s.name);
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

}  // namespace

// set_signal(Signal, handle | ignore | default) -> ok
JOIST_DEFINE_BIF(os_set_signal_2, Atom signal, Term action_term) {
  struct sigaction action{};
  if (action_term == am::handle)
    action.sa_handler = on_signal;
  else if (action_term == am::ignore)
    action.sa_handler = SIG_IGN;
  else if (action_term == am::default_)
    action.sa_handler = SIG_DFL;
  else
    return badarg_because(c, am::badopt, am::erl_kernel_errors);
  for (const SignalName& s : kSignals) {
    if (signal.term() != s.name) continue;
    if (action_term == am::handle) start_signal_thread();
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(s.number, &action, nullptr) == 0 ? am::ok : badarg(c);
  }
  return badarg(c);
}

}  // namespace joist
