// Stream sockets: what comes in, cut into packets and sent as messages.
#include <errno.h>
#include <sys/socket.h>

#include "vm/ports/tcp_socket.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"

namespace joist {

using namespace inet;

namespace {

constexpr std::size_t kMostRequested = 0x4000000;

bool is_http(PacketType t) { return t == PacketType::http || t == PacketType::http_bin; }

}  // namespace

// Timeout:32, Length:32
Term TcpSocket::receive_request(Port& port, Term caller, std::string_view data, std::string& answer) {
  if (!is_connected()) {
    if (!std::exchange(tell_receiver_closed_, false)) return posix(ENOTCONN);
    tell_sender_closed_ = false;
    return std::exchange(tell_reset_, false) ? am::econnreset : am::closed;
  }
  if (active() || data.size() != 8) return am::einval;
  const std::uint32_t milliseconds = take(data, 4);
  const std::size_t wanted = take(data, 4);
  if (packet_ != PacketType::raw && wanted != 0) return am::einval;
  if (wanted > kMostRequested) return posix(ENOMEM);
  if (!pending_.empty()) return posix(EALREADY);
  enqueue(caller, kReceive, answer);
  if (!ignoring_ && receive(port, wanted) != Outcome::waiting) return Term::none();
  if (milliseconds == 0) {
    const Pending p = pending_.front();
    pending_.pop_front();
    missing_ = 0;
    send_async_error(port, p, am::timeout);
    return Term::none();
  }
  start_timer(port, pending_.front(), milliseconds);
  select(port, poll::kRead, true);
  return Term::none();
}

// With `http` the lines after the first are header fields, up to the empty one.
PacketType TcpSocket::packet_type() const {
  if (!http_headers_) return packet_;
  return packet_ == PacketType::http       ? PacketType::httph
         : packet_ == PacketType::http_bin ? PacketType::httph_bin
                                           : packet_;
}

// Without reading ahead: bytes to read until a packet's size can be known.
std::size_t TcpSocket::header_wanted() const {
  if (read_ahead_ || packet_ == PacketType::raw) return 0;
  std::size_t header = 1;
  switch (packet_) {
    case PacketType::bytes2:
    case PacketType::asn1: header = 2; break;
    case PacketType::bytes4:
    case PacketType::sunrm:
    case PacketType::tpkt: header = 4; break;
    case PacketType::ssl_tls: header = 5; break;
    case PacketType::fcgi: header = 8; break;
    case PacketType::cdr: header = 12; break;
    case PacketType::raw:
    case PacketType::bytes1:
    case PacketType::line:
    case PacketType::http:
    case PacketType::httph:
    case PacketType::http_bin:
    case PacketType::httph_bin: break;
  }
  return header > in_.size() ? header - in_.size() : 1;
}

TcpSocket::Remaining TcpSocket::remaining() {
  const PacketOptions o{
      .max_size = packet_size_, .line_length = in_.limit(), .line_delimiter = line_delimiter_};
  const PacketExtent found = find_packet(packet_type(), in_.bytes(), o);
  if (found.status == PacketExtent::invalid) return {Remaining::invalid, 0};
  if (found.status == PacketExtent::complete) return {Remaining::complete, found.size};
  if (found.size != 0) {
    in_.ensure(found.size);
    return {Remaining::more, found.size - in_.size(), true};
  }
  in_.restart();
  if (const std::size_t n = header_wanted(); n != 0) {
    in_.ensure(in_.size() + n);
    return {Remaining::more, n};
  }
  if (in_.room() == 0) {
    if (packet_size_ <= in_.size()) return {Remaining::invalid, 0};
    in_.ensure(packet_size_);
  }
  return {Remaining::more, in_.room()};
}

// Reads, and delivers what is complete. `wanted`: of a request for that many bytes.
TcpSocket::Outcome TcpSocket::receive(Port& port, std::size_t wanted) {
  std::size_t n = missing_;
  read_full_ = false;
  if (!in_.begun()) {
    in_.begin(wanted != 0 ? wanted : buffer_);
    missing_ = wanted;
    n = wanted != 0 ? wanted : header_wanted();
    if (n == 0) n = in_.room();
    in_.ensure(n);
  } else if (wanted != 0) {
    if (in_.size() >= wanted) return deliver(port, wanted);
    in_.ensure(wanted);
    n = missing_ = wanted - in_.size();
  } else if (missing_ == 0) {
    const Remaining r = remaining();
    if (r.status == Remaining::invalid) return input_failed(port, EMSGSIZE);
    if (r.status == Remaining::complete) return deliver(port, r.size);
    n = r.size;
    if (r.exact) missing_ = n;
  }
  for (;;) {
    const ssize_t got = recv(fd_, in_.space(), n, 0);
    if (got < 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (in_.size() == 0 && missing_ == 0) in_.clear();
      if (error == EAGAIN) return Outcome::waiting;
      if (error != ECONNRESET || show_reset_) return input_failed(port, error);
    }
    if (got <= 0) {
      input_ended(port);
      return Outcome::ended;
    }
    const auto bytes = static_cast<std::size_t>(got);
    in_.filled(bytes);
    read_full_ = bytes == n;
    if (missing_ != 0) {
      missing_ -= bytes;
      return missing_ == 0 ? deliver(port, in_.size()) : Outcome::waiting;
    }
    const Remaining r = remaining();
    if (r.status == Remaining::invalid) return input_failed(port, EMSGSIZE);
    if (r.status == Remaining::complete) return deliver(port, r.size);
    n = r.size;
    if (r.exact) missing_ = n;
    if (!read_full_) return Outcome::waiting;
  }
}

// What has been read before: delivered if it is a packet.
TcpSocket::Outcome TcpSocket::deliver_buffered(Port& port) {
  if (!in_.begun() || missing_ != 0) return Outcome::waiting;
  const Remaining r = remaining();
  if (r.status == Remaining::invalid) return input_failed(port, EMSGSIZE);
  if (r.status == Remaining::complete) return deliver(port, r.size);
  if (r.exact) missing_ = r.size;
  return Outcome::waiting;
}

// Delivers the first `size` bytes as a packet, and in active mode all others that are complete.
TcpSocket::Outcome TcpSocket::deliver(Port& port, std::size_t size) {
  for (;;) {
    missing_ = 0;
    count_input(size);
    deliver_packet(port, size);
    in_.consume(size);
    if (!active()) {
      select(port, poll::kRead, false);
      return Outcome::delivered;
    }
    if (!in_.begun()) return Outcome::delivered;
    const Remaining r = remaining();
    if (r.status == Remaining::invalid) return input_failed(port, EMSGSIZE);
    if (r.status == Remaining::more) {
      if (r.exact) missing_ = r.size;
      return Outcome::delivered;
    }
    size = r.size;
  }
}

// The packet as programs get it: parsed, or its bytes.
Term TcpSocket::packet_term(Heap& h, Port& port, std::size_t size, bool& http) {
  const std::string_view bytes = in_.bytes().substr(0, size);
  const PacketType type = packet_type();
  if (type == PacketType::ssl_tls) {
    const Term record = parse_packet(h, type, bytes);
    record.box_words()[2] = port.id.bits;  // {ssl_tls, Port, Type, Version, Data}
    return record;
  }
  if (is_parsed(type)) {
    const Term parsed = parse_packet(h, type, bytes);
    const auto t = Tuple::from(parsed);
    http = true;
    if (is_http(type))
      http_headers_ = t && (*t)[0] != am::http_error;
    else if (parsed == am::http_eoh)
      http_headers_ = false;
    return parsed;
  }
  std::size_t from = 0, end = size;
  if (type != PacketType::raw && type != PacketType::line) {
    const PacketExtent extent = find_packet(type, bytes, {});
    from = extent.body;
    end = extent.end;
  }
  if (binary_ && header_ == 0 && end - from > 64 && in_.worth_sharing(end - from))
    return in_.share(h, from, end - from);
  return make_data(h, bytes.substr(from, end - from));
}

void TcpSocket::deliver_packet(Port& port, std::size_t size) {
  bool http = false;
  if (!active()) {
    if (pending_.empty()) return;
    const Pending p = pending_.front();
    pending_.pop_front();
    poll::stop_timer(p.timer);
    return send_async(port, p, [&](Heap& h) {
      const Term packet = packet_term(h, port, size, http);
      return make_tuple(h, am::ok, packet);
    });
  }
  GrowingFragmentHeap h;
  const Term packet = packet_term(h, port, size, http);
  const Term message = http                             ? make_tuple(h, am::http, port.id, packet)
                       : packet_ == PacketType::ssl_tls ? packet
                       : deliver_terms_                 ? make_tuple(h, am::tcp, port.id, packet)
                                        : make_tuple(h, port.id, make_tuple(h, am::data, packet));
  port.input_bytes += size;
  port.send_message_to_owner(message, h.finish());
  count_delivery(port);
}

// ---- the end of input --------------------------------------------------------------------------------

void TcpSocket::send_closed(Port& port) {
  if (std::exchange(closed_sent_, true)) return;
  FragmentHeap h(3);
  const Term message = make_tuple(h, am::tcp_closed, port.id);
  port.send_message_to_owner(message, h.finish());
}

void TcpSocket::send_error(Port& port, Term reason) {
  FragmentHeap h(4);
  const Term message = make_tuple(h, am::tcp_error, port.id, reason);
  port.send_message_to_owner(message, h.finish());
}

void TcpSocket::end_active(Port& port, Term reason) {
  send_closed(port);
  if (exit_on_close_)
    port.exit_unlinked(reason);
  else
    select(port, poll::kRead, false);
}

// The other side sends no more.
void TcpSocket::input_ended(Port& port) {
  bool sender_knows = false;
  if (busy_) {
    drop_output(port);
    not_busy(port);
    send_reply(port, caller_, am::closed);
    sender_knows = true;
  }
  if (file_) {
    file_failed(port, ENOTCONN);
    sender_knows = true;
  }
  // Otherwise the next command is told so, instead of enotconn.
  if (!sender_knows) tell_sender_closed_ = true;
  in_.clear();
  missing_ = 0;
  if (active()) return end_active(port, am::normal);
  end_passive(port, am::closed);
}

void TcpSocket::end_passive(Port& port, Term reason) {
  const std::deque<Pending> waiting = std::exchange(pending_, {});
  for (const Pending& p : waiting) poll::stop_timer(p.timer);
  if (exit_on_close_)
    close_connection(port);
  else
    select(port, poll::kRead, false);
  for (const Pending& p : waiting) send_async_error(port, p, reason);
}

TcpSocket::Outcome TcpSocket::input_failed(Port& port, int error) {
  if (busy_) {
    drop_output(port);
    not_busy(port);
    send_reply(port, caller_, am::closed);
  }
  if (file_) file_failed(port, error);
  in_.clear();
  missing_ = 0;
  const Term reason = posix_atom(error);
  if (active()) {
    send_error(port, reason);
    end_active(port, reason);
    return Outcome::ended;
  }
  end_passive(port, reason);
  return Outcome::ended;
}

}  // namespace joist
