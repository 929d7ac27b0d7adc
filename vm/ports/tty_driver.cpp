// The terminal driver of OTP up to 25, {spawn, "tty_sl -c -e"}: its shell edits lines by these operations.
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

#include "vm/ports/output_queue.hpp"
#include "vm/ports/poll.hpp"
#include "vm/ports/port.hpp"
#include "vm/ports/terminal_line.hpp"
#include "vm/ports/terminal_mode.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/unicode.hpp"

namespace joist {
namespace {

constexpr std::uint32_t kMagic = 0x018b0900;
constexpr std::uint32_t kGetWindowSize = kMagic + 100, kGetUnicode = kMagic + 101, kSetUnicode = kMagic + 102;
enum Operation : unsigned char { kPut, kMove, kInsert, kDelete, kBeep, kPutSync };
// OTP: the answer to a synchronous put waits while more than this is queued.
constexpr std::size_t kSyncLimit = 1024;

bool terminal_is_taken = false;  // there is one terminal; under terminal_mutex
std::mutex terminal_mutex;

class Terminal final : public Driver {
 public:
  Terminal(int in, int out, TerminalStrings strings, bool utf8)
      : in_(in), out_(out), line_(std::move(strings), utf8) {}

  void start(Port& port) { watch(port); }

  void output(Port& port, Term, std::span<const iovec> parts, std::size_t) override {
    std::string bytes;
    for (const iovec& p : parts) bytes.append(static_cast<const char*>(p.iov_base), p.iov_len);
    if (bytes.empty()) return;
    line_.set_columns(window_size().columns);
    const std::string_view rest = std::string_view(bytes).substr(1);
    std::string out;
    bool answer = false;
    switch (static_cast<unsigned char>(bytes[0])) {
      case kPutSync: answer = true; [[fallthrough]];
      case kPut: line_.put(out, rest); break;
      case kMove: line_.move(out, number(rest)); break;
      case kInsert: line_.insert(out, rest); break;
      case kDelete: line_.erase(out, number(rest)); break;
      case kBeep: out = "\a"; break;
      default: return;
    }
    if (!out.empty()) {
      const iovec part{out.data(), out.size()};
      if (const int error = queue_.write(out_, {&part, 1}); error != 0) return port.failure_errno(error);
      watch(port);
    }
    if (!answer) return;
    if (queue_.size() > kSyncLimit)
      unanswered_ = true;
    else
      port.send_to_owner(am::ok);
  }

  bool control(Port&, Term, std::uint32_t operation, std::string_view data, std::string& answer) override {
    switch (operation) {
      case kGetWindowSize: {
        const WindowSize size = window_size();
        const std::uint32_t numbers[] = {static_cast<std::uint32_t>(size.columns),
                                         static_cast<std::uint32_t>(size.rows)};
        answer.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
        return true;
      }
      case kGetUnicode: answer += static_cast<char>(line_.utf8()); return true;
      case kSetUnicode:
        if (data.empty()) return false;
        answer += static_cast<char>(line_.utf8());
        line_.set_utf8(data[0] != 0);
        return true;
      default: return false;
    }
  }

  void ready(Port& port, int fd, unsigned events) override {
    if ((events & poll::kWrite) != 0 && fd == out_) write_some(port);
    if ((events & poll::kRead) != 0 && fd == in_ && port.is_open()) read_some(port);
  }

  std::size_t queued_bytes() const override { return queue_.size(); }
  void flush(Port& port) override { watch(port); }
  void at_halt(Port&, bool flush) override {
    if (flush && out_ >= 0) queue_.drain_waiting(out_);
  }
  void stop(Port&) override {
    for (int* fd : {&in_, &out_}) {
      if (*fd < 0) continue;
      poll::forget(*fd);
      close(*fd);
      *fd = -1;
    }
    reset_terminal();
    const std::lock_guard lock(terminal_mutex);
    terminal_is_taken = false;
  }

 private:
  static int number(std::string_view bytes) {
    if (bytes.size() < 2) return 0;
    return static_cast<std::int16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                     static_cast<unsigned char>(bytes[1]));
  }

  void watch(Port& port) {
    static constexpr auto on_ready = [](Word port_bits, int fd, unsigned events) {
      Port* p = find_port_in_any_state(Term{port_bits});
      if (p == nullptr) return;
      const PortGuard guard(*p);
      if (p->driver) p->driver->ready(*p, fd, events);
    };
    const poll::Target target{on_ready, port.id.bits};
    poll::watch(in_, port.is_closing() ? 0 : poll::kRead, target);
    poll::watch(out_, queue_.empty() ? 0 : poll::kWrite, target);
  }

  void write_some(Port& port) {
    if (queue_.empty()) return;
    if (const int error = queue_.drain(out_); error != 0) {
      queue_.clear();
      watch(port);
      port.queue_drained();
      return port.failure_errno(error);
    }
    if (unanswered_ && queue_.size() <= kSyncLimit) {
      unanswered_ = false;
      port.send_to_owner(am::ok);
    }
    if (!queue_.empty()) return;
    watch(port);
    port.queue_drained();
  }

  void read_some(Port& port) {
    char buffer[1024];
    ssize_t n;
    do n = read(in_, buffer, sizeof buffer);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      poll::watch(in_, 0, {});
      if (n < 0 && errno != EIO) return port.failure_errno(errno);
      return port.end_of_input();
    }
    const std::string_view bytes(buffer, static_cast<std::size_t>(n));
    if (!line_.utf8()) return port.send_data(latin1_to_utf8(bytes));
    // A character that has not arrived whole waits for its rest.
    pending_.append(bytes);
    std::size_t whole = 0;
    while (whole < pending_.size()) {
      const Utf8Scan scan = utf8_scan(std::string_view(pending_).substr(whole));
      whole += scan.bytes;
      if (whole == pending_.size() || scan.incomplete) break;
      ++whole;
    }
    if (whole == 0) return;
    port.send_data(std::string_view(pending_).substr(0, whole));
    pending_.erase(0, whole);
  }

  int in_, out_;
  TerminalLine line_;
  OutputQueue queue_;
  std::string pending_;
  bool unanswered_ = false;
};

// +c -c, +e -e, +s -s: canonical input, echo, signals from keys on or off; as they are without a word.
TerminalSettings settings_of(std::string_view command) {
  TerminalSettings s;
  for (std::size_t at = command.find(' '); at != std::string_view::npos; at = command.find(' ', at + 1)) {
    const std::string_view word = command.substr(at + 1, 2);
    if (word.size() < 2 || (word[0] != '+' && word[0] != '-')) continue;
    const int value = word[0] == '+' ? 1 : -1;
    if (word[1] == 'c') s.canonical = value;
    if (word[1] == 'e') s.echo = value;
    if (word[1] == 's') s.signals = value;
  }
  return s;
}

DriverStart start(Port& port, const PortOptions& o) {
  {
    const std::lock_guard lock(terminal_mutex);
    if (terminal_is_taken || isatty(0) == 0 || isatty(1) == 0) return {nullptr, am::einval};
    terminal_is_taken = true;
  }
  const auto give_up = [](int error) -> DriverStart {
    const std::lock_guard lock(terminal_mutex);
    terminal_is_taken = false;
    return {nullptr, posix_atom(error)};
  };
  setlocale(LC_CTYPE, "");
  const bool utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  const auto strings = terminal_strings();
  if (!strings) return give_up(EINVAL);
  const int in = open_terminal_again(0, O_RDONLY), out = open_terminal_again(1, O_WRONLY);
  if (in < 0 || out < 0 || !set_terminal(settings_of(o.command))) {
    const int error = errno;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return give_up(error);
  }
  auto driver = std::make_unique<Terminal>(in, out, *strings, utf8);
  driver->start(port);
  return {.driver = std::move(driver)};
}

}  // namespace

void register_tty_driver() { register_driver({.name = "tty_sl", .start = start, .has_control = true}); }

}  // namespace joist
