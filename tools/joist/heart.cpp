// heart.cpp -- joist as the program heart, which watches over a VM: when that one dies or falls silent, it is
// killed for good, and a command is run that starts another. For VMs with the OTP inside, which have no
// program of OTP's.
//
// The VM talks to it through its standard input: packets of two bytes length and a byte that says what they
// are.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "tools/joist/commands.hpp"

namespace joist {
namespace {

enum Operation : char {
  kAck = 1,
  kBeat = 2,
  kShutDown = 3,
  kSetCommand = 4,
  kClearCommand = 5,
  kGetCommand = 6,
  kCommand = 7,
  kPreparingCrash = 8
};
enum class End { shut_down, closed, silent, crashing, error };

constexpr int kLookEverySeconds = 5;

std::time_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

void say(const std::string& what) {
  const std::time_t time = std::time(nullptr);
  char date[64];
  std::strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", std::localtime(&time));
  std::fprintf(stderr, "heart: %s: %s\n", date, what.c_str());
}

bool write_all(const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(STDOUT_FILENO, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return true;
}

class Heart {
 public:
  int run(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "-pid") {
        pid_ = std::atol(words[++i].c_str());
        std::fprintf(stderr, "heart_beat_kill_pid = %ld\n", pid_);
      } else if (words[i] == "-ht") {
        const long seconds = std::atol(words[++i].c_str());
        if (seconds <= 10 || seconds > 65535) continue;
        most_silence_ = seconds;
        std::fprintf(stderr, "heart_beat_timeout = %ld\n", seconds);
      }
    }
    signal(SIGPIPE, SIG_IGN);
    send(kAck);
    return end(watch());
  }

 private:
  bool send(Operation operation, std::string_view data = {}) {
    const std::size_t n = data.size() + 1;
    std::string packet{static_cast<char>(n >> 8), static_cast<char>(n), operation};
    packet += data;
    return write_all(packet);
  }

  // True: there is something to read, or an end; false: the time is over.
  static bool wait_for_input(int seconds) {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    int n;
    do n = poll(&in, 1, seconds * 1000);
    while (n < 0 && errno == EINTR);
    return n != 0;
  }

  // The next whole packet that has come.
  std::optional<std::string> next_packet() {
    if (input_.size() < 2) return std::nullopt;
    const std::size_t n = static_cast<std::uint8_t>(input_[0]) << 8 | static_cast<std::uint8_t>(input_[1]);
    if (input_.size() < 2 + n) return std::nullopt;
    std::string packet = input_.substr(2, n);
    input_.erase(0, 2 + n);
    return packet;
  }

  End watch() {
    std::time_t last = now();
    for (;;) {
      const bool any = wait_for_input(kLookEverySeconds);
      const std::time_t silent = now() - last;
      if (silent > most_silence_) {
        say("heart-beat time-out, no activity for " + std::to_string(silent) + " seconds");
        return End::silent;
      }
      if (!any) continue;
      char bytes[4096];
      const ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        say("Erlang has closed.");
        return End::closed;
      }
      input_.append(bytes, static_cast<std::size_t>(n));
      while (const auto packet = next_packet()) {
        if (packet->empty()) continue;
        const std::string data = packet->substr(1);
        switch (packet->front()) {
          case kBeat: last = now(); break;
          case kShutDown: return End::shut_down;
          case kSetCommand:
          case kClearCommand:
            command_ = packet->front() == kSetCommand ? std::optional(data) : std::nullopt;
            if (!send(kAck)) return End::error;
            break;
          case kGetCommand:
            if (!send(kCommand, command().value_or(""))) return End::error;
            break;
          case kPreparingCrash: return wait_for_dump();
          default: break;  // of a later release
        }
      }
    }
  }

  // OTP: without a limit of time there is no dump to be waited for.
  static End wait_for_dump() {
    say("Erlang is crashing .. (waiting for crash dump file)");
    const char* seconds = std::getenv("ERL_CRASH_DUMP_SECONDS");
    if (seconds == nullptr) return End::crashing;
    say(std::string("Waiting for dump - timeout set to ") + seconds + " seconds.");
    const std::time_t until = now() + std::atol(seconds);
    while (now() < until && wait_for_input(static_cast<int>(until - now()))) {
      char rest[4096];
      if (const ssize_t n = read(STDIN_FILENO, rest, sizeof rest); n == 0 || (n < 0 && errno != EINTR)) break;
    }
    return End::crashing;
  }

  std::optional<std::string> command() const {
    if (command_ && !command_->empty()) return command_;
    const char* preset = std::getenv("HEART_COMMAND");
    return preset != nullptr ? std::optional<std::string>(preset) : std::nullopt;
  }

  bool is_gone(int seconds) const {
    for (int tenths = 0; tenths < 10 * seconds; ++tenths) {
      if (kill(static_cast<pid_t>(pid_), 0) != 0 && errno == ESRCH) return true;
      usleep(100'000);
    }
    return false;
  }

  void kill_old(End why) const {
    const char* spare = std::getenv("HEART_NO_KILL");
    if (pid_ == 0 || (spare != nullptr && std::string_view(spare) == "TRUE")) return;
    if (why == End::closed) {
      say("Wait 5 seconds for Erlang to terminate nicely");
      if (is_gone(5)) return;
      say("Erlang still alive, kill it");
    }
    if (why == End::crashing && is_gone(1)) return;
    const char* wanted = std::getenv("HEART_KILL_SIGNAL");
    int number = SIGKILL;
    if (wanted != nullptr && std::string_view(wanted) == "SIGABRT") {
      say("kill signal SIGABRT requested");
      number = SIGABRT;
    }
    for (int i = 0; i < 5; ++i) {
      kill(static_cast<pid_t>(pid_), number);
      if (is_gone(1)) return;
      number = SIGKILL;
    }
    say("Unable to kill old process, kill failed (tried multiple times).");
  }

  int end(End why) const {
    if (why == End::shut_down) return 0;
    const auto what = command();
    if (!what) {
      say("Would reboot. Terminating.");
      return 0;
    }
    kill_old(why);
    const int status = what->empty() ? 0 : std::system(what->c_str());
    say("Executed \"" + *what + "\" -> " + std::to_string(status) + ". Terminating.");
    return 0;
  }

  long pid_ = 0;
  long most_silence_ = 60;
  std::optional<std::string> command_;
  std::string input_;
};

}  // namespace

int heart_program(const std::vector<std::string>& args) { return Heart().run(args); }

}  // namespace joist
