#include "vm/ports/byte_stream.hpp"

#include <errno.h>
#include <unistd.h>

#include <memory>

#include "vm/ports/port_poll.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

void close_fd(int& fd) {
  if (fd < 0) return;
  poll::forget(fd);
  close(fd);
  fd = -1;
}

}  // namespace

ByteStream::ByteStream(Port&, const PortOptions& o, int in, int out)
    : in_(in),
      out_(out),
      packet_bytes_(o.framing == PortOptions::Framing::packet ? o.packet_bytes : 0),
      busy_(o.busy),
      framing_(o) {}

ByteStream::~ByteStream() {
  close_fd(in_);
  close_fd(out_);
}

void ByteStream::start(Port& port) {
  reading_ = in_ >= 0;
  watch(port);
}

void ByteStream::watch(Port& port) {
  const unsigned read = reading_ ? poll::kRead : 0;
  const unsigned write = queue_.empty() ? 0 : poll::kWrite;
  int error = 0;
  if (in_ >= 0 && in_ == out_) {
    error = watch_for_port(port, in_, read | write);
  } else {
    if (in_ >= 0) error = watch_for_port(port, in_, read);
    if (out_ >= 0 && error == 0) error = watch_for_port(port, out_, write);
  }
  if (error != 0) port.failure_errno(error);
}

void ByteStream::stop_reading(Port& port) {
  if (!reading_) return;
  reading_ = false;
  watch(port);
}

void ByteStream::output(Port& port, Term, std::span<const iovec> parts, std::size_t size) {
  std::vector<iovec> framed;
  unsigned char header[4];
  if (packet_bytes_ != 0) {
    if (packet_bytes_ < 4 && size >> (8 * packet_bytes_) != 0) return port.failure(am::einval);
    for (std::size_t i = 0; i < packet_bytes_; ++i)
      header[i] = static_cast<unsigned char>(size >> (8 * (packet_bytes_ - 1 - i)));
    framed.push_back({header, packet_bytes_});
    framed.insert(framed.end(), parts.begin(), parts.end());
    parts = framed;
  }
  const bool was_empty = queue_.empty();
  if (const int error = queue_.write(out_, parts); error != 0) return port.failure_errno(error);
  if (queue_.empty()) return;
  if (was_empty) watch(port);
  if (!busy_.disabled && queue_.size() >= busy_.high) port.set_busy(true);
}

void ByteStream::ready(Port& port, int fd, unsigned events) {
  if ((events & poll::kWrite) != 0 && fd == out_ && !queue_.empty()) write_some(port);
  if ((events & poll::kRead) != 0 && fd == in_ && reading_ && port.is_open()) read_some(port);
}

void ByteStream::write_some(Port& port) {
  if (const int error = queue_.drain(out_); error != 0) {
    queue_.clear();
    watch(port);
    port.queue_drained();
    return port.failure_errno(error);
  }
  if (queue_.size() <= busy_.low) port.set_busy(false);
  if (!queue_.empty()) return;
  watch(port);
  port.queue_drained();
}

void ByteStream::read_some(Port& port) {
  // Not in the thread's static storage, which every thread would have to clear.
  thread_local const auto buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  ssize_t n;
  do n = read(in_, buffer.get(), kReadBytes);
  while (n < 0 && errno == EINTR);
  const InputFraming::Deliver deliver = [&](std::string_view piece, InputFraming::End end) {
    port.send_data(piece, end == InputFraming::End::none   ? Term::none()
                          : end == InputFraming::End::line ? am::eol
                                                           : am::noeol);
    return port.is_open();
  };
  if (n > 0) return framing_.feed({buffer.get(), static_cast<std::size_t>(n)}, deliver);
  if (n < 0 && errno == EAGAIN) return;
  const int error = n < 0 ? errno : 0;
  if (error == 0) framing_.finish(deliver);
  stop_reading(port);
  input_ended(port, error);
}

void ByteStream::input_ended(Port& port, int error) {
  if (error != 0)
    port.failure_errno(error);
  else
    port.end_of_input();
}

void ByteStream::flush(Port& port) {
  stop_reading(port);
  watch(port);
}

void ByteStream::at_halt(Port&, bool flush) {
  if (flush && out_ >= 0) queue_.drain_waiting(out_);
}

void ByteStream::stop(Port&) {
  close_fd(in_);
  if (out_ == in_) out_ = -1;
  close_fd(out_);
}

}  // namespace joist
