// Stream sockets: what is sent, by commands and from files.
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/ports/tcp_socket.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/atom.hpp"

namespace joist {

using namespace inet;

void TcpSocket::output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) {
  std::vector<iovec> scratch;
  Caller from;
  if (!take_caller(caller, parts, scratch, size, from)) return port.failure(am::einval);
  caller_ = std::move(from);
  if (!is_connected()) {
    if (!std::exchange(tell_sender_closed_, false)) return send_reply(port, caller_, posix_atom(ENOTCONN));
    return send_reply(port, caller_, tell_reset_ ? am::econnreset : am::closed);
  }
  if (pending_shutdown_ != PendingShutdown::none) return shutdown_failed(port, EPIPE);
  send_parts(port, parts, size);
}

void TcpSocket::send_parts(Port& port, std::span<const iovec> parts, std::size_t size) {
  const std::size_t header_bytes = packet_ == PacketType::bytes1   ? 1
                                   : packet_ == PacketType::bytes2 ? 2
                                   : packet_ == PacketType::bytes4 ? 4
                                                                   : 0;
  unsigned char header[4];
  std::vector<iovec> framed;
  if (header_bytes != 0) {
    for (std::size_t i = 0; i < header_bytes; ++i)
      header[i] = static_cast<unsigned char>(size >> (8 * (header_bytes - 1 - i)));
    framed.reserve(parts.size() + 1);
    framed.push_back({header, header_bytes});
    framed.insert(framed.end(), parts.begin(), parts.end());
    parts = framed;
  }
  const std::size_t total = size + header_bytes;
  count_output(total);
  if (file_ || !queue_.empty()) {
    queue_.append(parts);
    if (queue_.size() >= high_) return now_busy(port);
  } else if (total != 0) {
    if (ignoring_ || delay_send_) {
      queue_.append(parts);
    } else if (const int error = queue_.write(fd_, parts); error != 0) {
      return output_failed(port, error);
    }
    if (!queue_.empty()) select(port, poll::kWrite, true);
  }
  send_reply(port, caller_, Term::none());
}

// The sender waits for its answer, all others before they may send.
void TcpSocket::now_busy(Port& port) {
  if (send_timeout_ == 0) return send_reply(port, caller_, am::timeout);
  busy_ = true;
  port.set_busy(true);
  if (send_timeout_ != UINT32_MAX && send_timer_ == 0) send_timer_ = start_port_timer(port, send_timeout_);
}

void TcpSocket::not_busy(Port& port) {
  poll::stop_timer(std::exchange(send_timer_, 0));
  busy_ = false;
  port.set_busy(false);
}

void TcpSocket::drop_output(Port& port) {
  queue_.clear();
  queue_is_empty(port);
}

void TcpSocket::write_queue(Port& port) {
  if (file_) return send_file_part(port);
  if (const int error = queue_.drain(fd_); error != 0) return output_failed(port, error);
  output_drained(port);
}

// Some of the queue, or all of it, is on its way.
void TcpSocket::output_drained(Port& port) {
  if (queue_.size() <= low_ && busy_) {
    not_busy(port);
    send_reply(port, caller_, Term::none());
  }
  if (!queue_.empty()) return;
  select(port, poll::kWrite, false);
  queue_is_empty(port);
  port.queue_drained();
  if (!port.is_open() || pending_shutdown_ == PendingShutdown::none) return;
  if (shutdown(fd_, pending_shutdown_ == PendingShutdown::write ? SHUT_WR : SHUT_RDWR) != 0)
    shutdown_failed(port, errno);
  else
    write_shut_ = true;
}

void TcpSocket::output_failed(Port& port, int error) {
  // A pipe that broke, though this side has not shut it, is a connection that the other side has reset.
  shutdown_failed(port, error == EPIPE && !write_shut_ ? ECONNRESET : error);
}

void TcpSocket::shutdown_failed(Port& port, int error) {
  if (!port.is_open()) {  // it only writes what is left
    drop_output(port);
    return port.queue_drained();
  }
  const bool show = error == ECONNRESET && show_reset_;
  if (busy_) not_busy(port);
  if (active()) {
    if (show) send_error(port, am::econnreset);
    send_closed(port);
    if (!file_) send_reply(port, caller_, show ? am::econnreset : am::closed);
    if (exit_on_close_) {
      drop_output(port);
      return port.exit_unlinked(am::normal);
    }
    return close_connection(port);
  }
  fail_pending(port, am::closed);
  if (!caller_.pid.is_local_pid())
    tell_sender_closed_ = true;
  else if (!file_)
    send_reply(port, caller_, show ? am::econnreset : am::closed);
  close_connection(port);
  tell_receiver_closed_ = true;
  tell_reset_ = tell_reset_ || show;
}

// ---- files -------------------------------------------------------------------------------------------

// Descriptor (a C int), Offset:64, Length:64
Term TcpSocket::send_file(Port& port, std::string_view data) {
  int fd = -1;
  if (data.size() != sizeof fd + 16) return am::einval;
  if (!is_connected()) return posix(ENOTCONN);
  if (file_) return am::einval;
  std::memcpy(&fd, data.data(), sizeof fd);
  data.remove_prefix(sizeof fd);
  SendFile file;
  file.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (file.fd < 0) return posix(errno);
  file.offset = take64(data);
  file.left = take64(data);
  file.before = queue_.size();
  file_ = file;
  send_file_part(port);
  if (file_) select(port, poll::kWrite, true);
  return Term::none();
}

void TcpSocket::send_file_part(Port& port) {
  if (file_->before != 0) {
    if (const int error = queue_.drain(fd_, &file_->before); error != 0) {
      file_failed(port, error);
      return output_failed(port, error);
    }
    if (file_->before != 0) return;
  }
  constexpr std::uint64_t kMostAtOnce = (1u << 30) - 1;
  while (file_->left != 0) {
    off_t offset = static_cast<off_t>(file_->offset);
    const ssize_t n = sendfile(fd_, file_->fd, &offset, std::min(kMostAtOnce, file_->left));
    if (n > 0) {
      file_->sent += static_cast<std::uint64_t>(n);
      file_->offset += static_cast<std::uint64_t>(n);
      file_->left -= static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      file_->left = 0;
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      const int error = errno;
      file_failed(port, error);
      return output_failed(port, error);
    }
  }
  file_sent(port);
}

void TcpSocket::file_sent(Port& port) {
  const std::uint64_t sent = file_->sent;
  close(file_->fd);
  file_.reset();
  output_drained(port);
  GrowingFragmentHeap h;
  const Term low = make_uint(h, sent & UINT32_MAX), high = make_uint(h, sent >> 32);
  const Term result = make_tuple(h, am::ok, low, high);
  const Term message = make_tuple(h, am::sendfile, port.id, result);
  port.send_message_to_owner(message, h.finish());
}

// Told at once; the file is let go of when the connection is.
void TcpSocket::file_failed(Port& port, int error) {
  const bool gone = error == ECONNRESET || error == ENOTCONN || error == EPIPE;
  GrowingFragmentHeap h;
  const Term result = make_tuple(h, am::error, gone ? am::closed : posix_atom(error));
  const Term message = make_tuple(h, am::sendfile, port.id, result);
  port.send_message_to_owner(message, h.finish());
}

}  // namespace joist
