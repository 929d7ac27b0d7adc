// Stream sockets: requests, connecting, accepting, timeouts, and the end.
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/ports/tcp_socket.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/identifier.hpp"

namespace joist {

using namespace inet;

namespace {

constexpr std::uint32_t kForever = UINT32_MAX;

Term bad_port() { return intern("exbadport"); }

}  // namespace

TcpSocket::~TcpSocket() {
  if (file_) close(file_->fd);
}

Term TcpSocket::act(Port& port, Term caller, std::uint32_t request, std::string_view data,
                    std::string& answer) {
  switch (request) {
    case kOpen: return open_socket(data);
    case kOpenDescriptor: {
      const Term error = adopt_socket(data);
      if (error.is_none() && is_connected() && active()) select(port, poll::kRead, true);
      return error;
    }
    case kClose:
      fail_pending(port, am::closed);
      close_connection(port);
      return Term::none();
    case kListen: return listen_on(data);
    case kConnect: return connect_to(port, caller, data, answer);
    case kAccept: return accept_one(port, caller, data, answer);
    case kReceive: return receive_request(port, caller, data, answer);
    case kUnreceive:
      if (!is_connected()) return posix(ENOTCONN);
      if (!data.empty()) in_.push_front(data);
      missing_ = 0;
      if (active()) deliver_buffered(port);
      return Term::none();
    case kShutdown: return shut_down(data);
    case kSendFile: return send_file(port, data);
    default: return InetSocket::act(port, caller, request, data, answer);
  }
}

// ---- options -----------------------------------------------------------------------------------------

std::optional<bool> TcpSocket::set_own(Option option, std::uint32_t value) {
  const auto not_negative = static_cast<std::int32_t>(value) < 0 ? 0 : value;
  switch (option) {
    case kHighWatermark:
      high_ = not_negative;
      low_ = std::min(low_, high_);
      return true;
    case kLowWatermark:
      low_ = not_negative;
      high_ = std::max(low_, high_);
      return true;
    case kSendTimeout: send_timeout_ = value; return true;
    case kSendTimeoutClose: send_timeout_close_ = value != 0; return true;
    case kDelaySend: delay_send_ = value != 0; return true;
    case kShowReset: show_reset_ = value != 0; return true;
    case kReadAhead: read_ahead_ = value != 0; return true;
    case kReadPackets: return true;
    default: return std::nullopt;
  }
}

std::optional<std::uint32_t> TcpSocket::own(Option option) const {
  switch (option) {
    case kHighWatermark: return high_;
    case kLowWatermark: return low_;
    case kSendTimeout: return send_timeout_;
    case kSendTimeoutClose: return send_timeout_close_;
    case kDelaySend: return delay_send_;
    case kShowReset: return show_reset_;
    case kReadAhead: return read_ahead_;
    default: return std::nullopt;
  }
}

void TcpSocket::options_changed(Port& port, ActiveMode was_active, PacketType was_packet) {
  const bool was = was_active != ActiveMode::passive;
  if (!was && packet_ == was_packet && (active_ == ActiveMode::once || active_ == ActiveMode::multi)) {
    // What has come in the meantime is read at once.
    if (receive(port, 0) != Outcome::ended && active()) select(port, poll::kRead, true);
    return;
  }
  if (active() != was) select(port, poll::kRead, active());
  if (!active()) return;
  if (was && packet_ == was_packet) return;
  if (packet_ != was_packet) missing_ = 0;
  deliver_buffered(port);
}

void TcpSocket::activated_while_closed(Port& port) {
  if (std::exchange(tell_reset_, false)) send_error(port, am::econnreset);
  send_closed(port);
  if (exit_on_close_) port.exit_unlinked(am::normal);
}

// ---- listening, connecting ---------------------------------------------------------------------------

// Backlog:16
Term TcpSocket::listen_on(std::string_view data) {
  if (!is_open()) return bad_port();
  if (data.size() != 2) return am::einval;
  if (listen(fd_, static_cast<int>(take(data, 2))) != 0) return posix(errno);
  state_ = kListening;
  return Term::none();
}

// Timeout:32, Address
Term TcpSocket::connect_to(Port& port, Term caller, std::string_view data, std::string& answer) {
  if (!is_open()) return bad_port();
  if (is_connected()) return posix(EISCONN);
  if (state_ == kConnecting || data.size() < 6) return am::einval;
  const std::uint32_t milliseconds = take(data, 4);
  Address a;
  if (!take_address(data, family_, a)) return am::einval;
  if (connect(fd_, &a.any, a.size) == 0) {
    state_ = kConnected;
    if (active()) select(port, poll::kRead, true);
    const Pending p = enqueue(caller, kConnect, answer);
    pending_.pop_back();
    send_async_ok(port, p);
    return Term::none();
  }
  if (errno != EINPROGRESS) return posix(errno);
  state_ = kConnecting;
  start_timer(port, enqueue(caller, kConnect, answer), milliseconds);
  select(port, poll::kWrite, true);
  return Term::none();
}

void TcpSocket::connection_made(Port& port) {
  // Readiness may be told too early.
  pollfd p{fd_, POLLOUT, 0};
  if (::poll(&p, 1, 0) <= 0) return;
  select(port, poll::kWrite, false);
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (pending_.empty()) return;
  const Pending connecting = pending_.front();
  pending_.pop_front();
  poll::stop_timer(connecting.timer);
  state_ = error == 0 ? kConnected : kOpened;
  if (error != 0) return send_async_error(port, connecting, posix_atom(error));
  if (active()) select(port, poll::kRead, true);
  send_async_ok(port, connecting);
}

void TcpSocket::start_timer(Port& port, Pending& p, std::uint32_t milliseconds) {
  if (milliseconds != kForever) p.timer = start_port_timer(port, milliseconds);
}

// How:8
Term TcpSocket::shut_down(std::string_view data) {
  if (!is_connected()) return posix(ENOTCONN);
  if (data.size() != 1 || data[0] < SHUT_RD || data[0] > SHUT_RDWR) return am::einval;
  if (data[0] != SHUT_RD && !queue_.empty()) {
    pending_shutdown_ = data[0] == SHUT_WR ? PendingShutdown::write : PendingShutdown::both;
    return Term::none();
  }
  if (shutdown(fd_, data[0]) != 0) return posix(errno);
  if (data[0] != SHUT_RD) write_shut_ = true;
  return Term::none();
}

// ---- accepting ---------------------------------------------------------------------------------------

// Timeout:32
Term TcpSocket::accept_one(Port& port, Term caller, std::string_view data, std::string& answer) {
  if ((state_ & kListening) != kListening || data.size() != 4) return am::einval;
  const std::uint32_t milliseconds = take(data, 4);
  if (pending_.empty()) {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      Term error = Term::none();
      const Term accepted_port = accepted(port, fd, caller, error);
      if (accepted_port.is_none()) return error;
      const Pending p = enqueue(caller, kAccept, answer);
      pending_.pop_back();
      send_async(port, p, [&](Heap& h) { return make_tuple(h, am::ok, accepted_port); });
      return Term::none();
    }
    if (errno != EAGAIN && errno != EINTR) return posix(errno);
  }
  // OTP: more than one that waits is a state of its own.
  state_ = pending_.empty() ? kAccepting : kManyAccepting;
  Pending& p = enqueue(caller, kAccept, answer);
  start_timer(port, p, milliseconds);
  BlockHeap scratch;
  p.monitor = ref_key(make_ref(scratch));
  port.monitors.insert_or_assign(p.monitor, caller);
  send_monitor(p.monitor, port.id, caller);
  select(port, poll::kRead, true);
  return Term::none();
}

Term TcpSocket::accepted(Port& port, int fd, Term owner, Term& error) {
  auto made = std::make_unique<TcpSocket>();
  TcpSocket& s = *made;
  s.fd_ = fd;
  s.family_ = family_;
  s.state_ = kConnected;
  s.binary_ = binary_;
  s.exit_on_close_ = exit_on_close_;
  s.deliver_terms_ = deliver_terms_;
  s.packet_ = packet_;
  s.packet_number_ = packet_number_;
  s.packet_size_ = packet_size_;
  s.header_ = header_;
  s.buffer_ = buffer_;
  s.line_delimiter_ = line_delimiter_;
  s.high_ = high_;
  s.low_ = low_;
  s.high_queue_ = high_queue_;
  s.low_queue_ = low_queue_;
  s.send_timeout_ = send_timeout_;
  s.send_timeout_close_ = send_timeout_close_;
  s.show_reset_ = show_reset_;
  s.linger_zero_ = linger_zero_;
  s.read_ahead_ = read_ahead_;
  std::unique_ptr<Driver> driver = std::move(made);
  const Port* opened = open_port_for(owner, *port.kind, port.name, driver);
  if (opened != nullptr) return opened->id;
  error = am::system_limit;
  return Term::none();
}

void TcpSocket::forget_pending(Port& port, const Pending& p) {
  poll::stop_timer(p.timer);
  if (p.request == kAccept && port.monitors.erase(p.monitor) != 0) send_demonitor(p.monitor, p.caller);
}

void TcpSocket::accept_done(Port& port) {
  if (!pending_.empty()) return;
  select(port, poll::kRead, false);
  state_ = kListening;
}

void TcpSocket::accept_ready(Port& port) {
  while (!pending_.empty()) {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const int failed = fd < 0 ? errno : 0;
    if (failed == EAGAIN || failed == EINTR) return;
    const Pending p = pending_.front();
    pending_.pop_front();
    forget_pending(port, p);
    accept_done(port);
    Term error = failed != 0 ? posix_atom(failed) : Term::none();
    const Term accepted_port = failed == 0 ? accepted(port, fd, p.caller, error) : Term::none();
    if (accepted_port.is_none()) return send_async_error(port, p, error);
    send_async(port, p, [&](Heap& h) { return make_tuple(h, am::ok, accepted_port); });
  }
}

void TcpSocket::process_down(Port& port, RefKey monitor) {
  for (auto p = pending_.begin(); p != pending_.end(); ++p) {
    if (p->request != kAccept || p->monitor != monitor) continue;
    poll::stop_timer(p->timer);
    pending_.erase(p);
    return accept_done(port);
  }
}

// ---- events ------------------------------------------------------------------------------------------

void TcpSocket::ready(Port& port, int fd, unsigned events) {
  if (fd != fd_) return;
  if (state_ == kConnecting) return connection_made(port);
  if ((state_ & kListening) == kListening) return accept_ready(port);
  if (!is_connected()) return select(port, poll::kRead | poll::kWrite, false);
  if ((events & watched_ & poll::kWrite) != 0) write_queue(port);
  // A reader that is as fast as the network shall not keep all others waiting.
  for (int i = 0; i < 8 && port.is_open() && (events & watched_ & poll::kRead) != 0 && is_connected(); ++i)
    if (receive(port, 0) != Outcome::delivered || !read_full_) break;
}

void TcpSocket::timeout(Port& port, std::uint64_t timer) {
  if (timer == send_timer_ && timer != 0) {
    send_timer_ = 0;
    busy_ = false;
    port.set_busy(false);
    send_reply(port, caller_, am::timeout);
    if (send_timeout_close_) close_connection(port);
    return;
  }
  for (auto p = pending_.begin(); p != pending_.end(); ++p) {
    if (p->timer != timer) continue;
    const Pending late = *p;
    pending_.erase(p);
    if (late.request == kAccept) {
      forget_pending(port, late);
      accept_done(port);
    } else if (late.request == kConnect) {
      close_connection(port);  // it cannot be used again
    } else {
      select(port, poll::kRead, false);
      missing_ = 0;
    }
    return send_async_error(port, late, am::timeout);
  }
}

void TcpSocket::fail_pending(Port& port, Term reason) {
  const bool accepting = (state_ & kListening) == kListening;
  for (const Pending& p : std::exchange(pending_, {})) {
    forget_pending(port, p);
    send_async_error(port, p, reason);
  }
  if (accepting) accept_done(port);
}

void TcpSocket::close_connection(Port& port) {
  in_.clear();
  missing_ = 0;
  drop_output(port);
  if (file_) close(file_->fd);
  file_.reset();
  close_socket();
}

// ---- the end -----------------------------------------------------------------------------------------

void TcpSocket::flush(Port& port) {
  if (linger_zero_ || file_ || (watched_ & poll::kWrite) == 0) {
    drop_output(port);
    return port.queue_drained();
  }
  select(port, poll::kRead, false);
}

void TcpSocket::at_halt(Port&, bool flush) {
  if (flush && is_connected() && !linger_zero_ && !file_) queue_.drain_waiting(fd_);
}

void TcpSocket::stop(Port& port) {
  poll::stop_timer(std::exchange(send_timer_, 0));
  fail_pending(port, am::closed);
  in_.clear();
  InetSocket::stop(port);
}

namespace {

DriverStart start(Port&, const PortOptions&) { return {.driver = std::make_unique<TcpSocket>()}; }

}  // namespace

void register_tcp_driver() {
  register_driver(
      {.name = "tcp_inet", .start = start, .soft_busy = true, .has_control = true, .locks_ports = true});
}

}  // namespace joist
