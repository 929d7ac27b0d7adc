// The starter's side of starter_protocol.hpp. Nothing of the VM runs here.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "vm/ports/starter.hpp"
#include "vm/ports/starter_protocol.hpp"

namespace joist {
namespace {

std::map<pid_t, std::uint64_t> waited_for;  // programs whose status the VM wants

bool read_all(char* to, std::size_t n) {
  while (n != 0) {
    const ssize_t got = read(kStarterSocket, to, n);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    n -= static_cast<std::size_t>(got);
  }
  return true;
}

void report(std::uint64_t id, StarterReport::What what, std::int32_t value) {
  const StarterReport r{id, what, value};
  const char* from = reinterpret_cast<const char*>(&r);
  for (std::size_t done = 0; done < sizeof r;) {
    const ssize_t n = send(kStarterSocket, from + done, sizeof r - done, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) std::_Exit(0);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

struct Program {
  StartRequest request;
  int input = -1, output = -1, folder = -1;
  std::string file, directory;
  std::vector<char*> arguments, environment;
  std::vector<char> bytes;
};

// False: the VM is gone.
bool receive(Program& p) {
  iovec part{&p.request, sizeof p.request};
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n;
  do n = recvmsg(kStarterSocket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  while (n < 0 && errno == EINTR);
  if (n != static_cast<ssize_t>(sizeof p.request)) return false;
  int fds[3], count = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    count = static_cast<int>((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(fds, CMSG_DATA(c), static_cast<std::size_t>(count) * sizeof(int));
  }
  int next = 0;
  const std::uint32_t flags = p.request.flags;
  if ((flags & kHasInput) != 0 && next < count) p.input = fds[next++];
  if ((flags & kHasOutput) != 0 && next < count) p.output = fds[next++];
  if ((flags & kHasFolder) != 0 && next < count) p.folder = fds[next++];
  p.bytes.resize(p.request.bytes);
  if (!read_all(p.bytes.data(), p.bytes.size())) return false;
  char* at = p.bytes.data();
  const auto take = [&] {
    char* text = at;
    at += std::strlen(at) + 1;
    return text;
  };
  p.file = take();
  if ((flags & kHasDirectory) != 0) p.directory = take();
  for (std::uint32_t i = 0; i < p.request.arguments; ++i) p.arguments.push_back(take());
  for (std::uint32_t i = 0; i < p.request.environment; ++i) p.environment.push_back(take());
  p.arguments.push_back(nullptr);
  p.environment.push_back(nullptr);
  return true;
}

// In the child.
[[noreturn]] void execute(Program& p) {
  const std::uint32_t flags = p.request.flags;
  setpgid(0, 0);
  if (p.folder >= 0) (void)!fchdir(p.folder);
  if (!p.directory.empty() && chdir(p.directory.c_str()) != 0) {
    const int error = errno;
    std::fprintf(stderr, "spawn: Could not cd to %s\r\n", p.directory.c_str());
    _exit(error);
  }
  const bool stdio = (flags & kUseStdio) != 0;
  // Out of the way of the numbers that they get.
  const auto high = [](int fd) { return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 10); };
  const int input = high(p.input), output = high(p.output);
  if (output >= 0) dup2(output, stdio ? 1 : 4);
  if (input >= 0) dup2(input, stdio ? 0 : 3);
  if ((flags & kErrorToOutput) != 0 && output >= 0) dup2(output, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(p.file.c_str(), p.arguments.data(), p.environment.data());
  _exit(errno);
}

void start(Program& p) {
  const pid_t pid = fork();
  if (pid == 0) execute(p);
  const int error = errno;
  for (const int fd : {p.input, p.output, p.folder})
    if (fd >= 0) close(fd);
  if (pid < 0) return report(p.request.id, StarterReport::failed, error);
  if ((p.request.flags & kWantStatus) != 0) waited_for.emplace(pid, p.request.id);
  report(p.request.id, StarterReport::started, pid);
}

void reap() {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto it = waited_for.find(pid);
    if (it == waited_for.end()) continue;
    report(it->second, StarterReport::exited, status);
    waited_for.erase(it);
  }
}

}  // namespace

bool is_starter(int argc, char** argv) { return argc == 2 && std::strcmp(argv[1], kStarterArgument) == 0; }

int run_starter() {
  setsid();
  // OTP: programs are started with these two ignored, and all others as usual. By system calls: the C library
  // does not let go of two of them.
  const struct {
    void (*handler)(int) = SIG_DFL;
    unsigned long flags = 0;
    void (*restorer)() = nullptr;
    std::uint64_t mask = 0;
  } usual;
  for (int s = 1; s < NSIG; ++s) syscall(SYS_rt_sigaction, s, &usual, nullptr, sizeof usual.mask);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGFPE, SIG_IGN);
  fcntl(kStarterSocket, F_SETFD, FD_CLOEXEC);
  // Whatever else the VM was started with is not for its programs.
  close_range(kStarterSocket + 1, ~0u, 0);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_SETMASK, &child, nullptr);
  const int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  for (;;) {
    pollfd fds[] = {{kStarterSocket, POLLIN, 0}, {children, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) {
      signalfd_siginfo info;
      while (read(children, &info, sizeof info) > 0) {
      }
      reap();
    }
    if (fds[0].revents != 0) {
      Program p;
      if (!receive(p)) return 0;
      start(p);
    }
  }
}

}  // namespace joist
