// The VM's side of starter_protocol.hpp.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

#include "vm/ports/poll.hpp"
#include "vm/ports/starter.hpp"
#include "vm/ports/starter_protocol.hpp"

namespace joist {

StarterHooks starter_hooks;

namespace {

std::mutex mutex;
int starter_socket = -1;
std::map<std::uint64_t, bool> awaited;  // reports will come for these; whether the status is one

void starter_lost() {
  std::map<std::uint64_t, bool> lost;
  {
    const std::lock_guard lock(mutex);
    poll::forget(starter_socket);
    close(starter_socket);
    starter_socket = -1;
    lost.swap(awaited);
  }
  for (const auto& [id, status] : lost) {
    starter_hooks.failed(id, EPIPE);
    starter_hooks.exited(id, SIGKILL);
  }
}

void act_on(const StarterReport& r) {
  switch (r.what) {
    case StarterReport::started: starter_hooks.started(r.id, r.value); break;
    case StarterReport::failed: starter_hooks.failed(r.id, r.value); break;
    case StarterReport::exited: starter_hooks.exited(r.id, r.value); break;
  }
  const std::lock_guard lock(mutex);
  const auto it = awaited.find(r.id);
  if (it != awaited.end() && (r.what != StarterReport::started || !it->second)) awaited.erase(it);
}

// Reports are smaller than what a socket delivers at once, but nothing says that they arrive whole.
void read_reports(Word, int fd, unsigned) {
  static StarterReport report;  // of the polling thread
  static std::size_t have = 0;
  for (;;) {
    const ssize_t n = recv(fd, reinterpret_cast<char*>(&report) + have, sizeof report - have, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      have = 0;
      return starter_lost();
    }
    have += static_cast<std::size_t>(n);
    if (have < sizeof report) continue;
    have = 0;
    act_on(report);
  }
}

// Under the mutex. Returns 0 or an errno value.
int start_starter() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pair[1], kStarterSocket);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  char* const argv[] = {const_cast<char*>(kStarterName), const_cast<char*>(kStarterArgument), nullptr};
  pid_t pid;
  int error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, environ);
  if (error == ENOENT)  // no /proc
    if (const auto* own = reinterpret_cast<const char*>(getauxval(AT_EXECFN)); own != nullptr)
      error = posix_spawn(&pid, own, &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(pair[1]);
  if (error == 0) error = poll::watch(pair[0], poll::kRead, {read_reports, 0});
  if (error != 0) {
    close(pair[0]);
    return error;
  }
  starter_socket = pair[0];
  return 0;
}

bool send_all(const char* from, std::size_t n) {
  while (n != 0) {
    const ssize_t sent = send(starter_socket, from, n, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    from += sent;
    n -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

int start_program(const ProgramStart& p) {
  std::string bytes;
  const auto add = [&](const std::string& text) { bytes.append(text.c_str(), text.size() + 1); };
  add(p.file);
  if (!p.directory.empty()) add(p.directory);
  for (const std::string& a : p.arguments) add(a);
  for (const std::string& e : p.environment) add(e);
  StartRequest request{};
  request.id = p.id;
  request.bytes = static_cast<std::uint32_t>(bytes.size());
  request.arguments = static_cast<std::uint32_t>(p.arguments.size());
  request.environment = static_cast<std::uint32_t>(p.environment.size());
  int fds[3], count = 0;
  if (p.input >= 0) {
    request.flags |= kHasInput;
    fds[count++] = p.input;
  }
  if (p.output >= 0) {
    request.flags |= kHasOutput;
    fds[count++] = p.output;
  }
  const int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    request.flags |= kHasFolder;
    fds[count++] = folder;
  }
  if (!p.directory.empty()) request.flags |= kHasDirectory;
  if (p.use_stdio) request.flags |= kUseStdio;
  if (p.error_to_output) request.flags |= kErrorToOutput;
  if (p.want_status) request.flags |= kWantStatus;

  iovec part{&request, sizeof request};
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count != 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(static_cast<std::size_t>(count) * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(static_cast<std::size_t>(count) * sizeof(int));
    std::memcpy(CMSG_DATA(c), fds, static_cast<std::size_t>(count) * sizeof(int));
  }
  int error = 0;
  {
    const std::lock_guard lock(mutex);
    if (starter_socket < 0) error = start_starter();
    if (error == 0) {
      ssize_t sent;
      do sent = sendmsg(starter_socket, &message, MSG_NOSIGNAL);
      while (sent < 0 && errno == EINTR);
      if (sent != static_cast<ssize_t>(sizeof request) || !send_all(bytes.data(), bytes.size()))
        error = EAGAIN;
    }
    if (error == 0) awaited.insert_or_assign(p.id, p.want_status);
  }
  if (folder >= 0) close(folder);
  return error;
}

}  // namespace joist
