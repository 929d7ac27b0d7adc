// trace_file_drv: what dbg:trace_port(file, _) opens: each piece of data becomes a record in a file, a zero
// byte and four bytes of length in front of it. `w Size Count 0 Place n Name`: files of about Size bytes,
// numbered from 0 to Count and around; the number stands at Place in the name, and Count of them stay.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "vm/ports/port.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

constexpr std::size_t kBufferBytes = 8192;

class TraceFile final : public Driver {
 public:
  struct Wrap {
    unsigned size = 0, count = 0, place = 0;
    unsigned now = 0, oldest = 0, left = 0;
    std::size_t written = 0;
  };
  TraceFile(std::string name, std::optional<Wrap> wrap) : name_(std::move(name)), wrap_(wrap) {}

  bool open() {
    fd_ = ::open(file(wrap_ ? wrap_->now : 0).c_str(), O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0777);
    return fd_ >= 0;
  }
  void output(Port& port, Term, std::span<const iovec> parts, std::size_t size) override {
    buffer_ += '\0';
    for (int shift = 24; shift >= 0; shift -= 8) buffer_ += static_cast<char>(size >> shift);
    for (const iovec& p : parts) buffer_.append(static_cast<const char*>(p.iov_base), p.iov_len);
    if (buffer_.size() >= kBufferBytes && !write_out()) return port.failure_errno(errno);
    if (!wrap_) return;
    wrap_->written += size + 5;
    if (wrap_->written >= wrap_->size && !next_file()) port.failure_errno(errno);
  }
  bool control(Port& port, Term, std::uint32_t operation, std::string_view, std::string& answer) override {
    if (operation != 'f') return false;
    if (!write_out()) port.failure_errno(errno);
    answer += '\0';
    return true;
  }
  void at_halt(Port&, bool) override { write_out(); }
  void stop(Port&) override {
    if (fd_ < 0) return;
    write_out();
    close(std::exchange(fd_, -1));
  }

 private:
  std::string file(unsigned number) const {
    if (!wrap_) return name_;
    return name_.substr(0, wrap_->place) + std::to_string(number) + name_.substr(wrap_->place);
  }
  bool write_out() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
      const ssize_t n = write(fd_, buffer_.data() + done, buffer_.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      done += static_cast<std::size_t>(n);
    }
    buffer_.clear();
    return true;
  }
  bool next_file() {
    Wrap& w = *wrap_;
    if (!write_out()) return false;
    close(fd_);
    w.written = 0;
    const auto after = [&](unsigned n) { return n >= w.count ? 0 : n + 1; };
    if (w.left > 0) --w.left;
    if (w.left == 0) {
      unlink(file(w.oldest).c_str());
      w.oldest = after(w.oldest);
    }
    w.now = after(w.now);
    return open();
  }

  const std::string name_;
  std::optional<Wrap> wrap_;
  std::string buffer_;
  int fd_ = -1;
};

DriverStart start(Port&, const PortOptions& options) {
  const auto wrong = [] { return DriverStart{.error = am::badarg}; };
  int at = 0;
  TraceFile::Wrap w;
  unsigned time = 0;
  const int n = std::sscanf(options.command.c_str(), "trace_file_drv %n w %u %u %u %u %n", &at, &w.size,
                            &w.count, &time, &w.place, &at);
  // Wrapping by time is not among what this driver does.
  if ((n != 0 && n != 4) || time != 0) return wrong();
  const std::string rest =
      options.command.substr(std::min(options.command.size(), static_cast<std::size_t>(at)));
  if (!rest.starts_with("n ") || rest.size() < 3) return wrong();
  w.left = w.count;
  const std::string name = rest.substr(2);
  if (n == 4 && w.place >= name.size() + 1) return wrong();
  auto file = std::make_unique<TraceFile>(name, n == 4 ? std::optional(w) : std::nullopt);
  if (!file->open()) return {.error = posix_atom(errno)};
  return {.driver = std::move(file)};
}

}  // namespace

void register_trace_file_driver() {
  register_driver({.name = "trace_file_drv", .start = start, .has_control = true});
}

}  // namespace joist
