// udp_inet: datagrams of the internet or of this machine.
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "vm/ports/inet_socket.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"

namespace joist {

using namespace inet;

namespace {

// What came with a datagram, beside its bytes and its sender: option and value.
struct Ancillary {
  Term option;
  std::uint32_t value;
};

constexpr std::size_t kControlBytes = 4 * CMSG_SPACE(sizeof(int));

std::vector<Ancillary> ancillary_of(msghdr& message) {
  std::vector<Ancillary> found;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    Term option = Term::none();
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) option = am::tos;
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) option = am::ttl;
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) option = am::tclass;
    if (option.is_none()) continue;
    std::uint32_t value = 0;
    std::memcpy(&value, CMSG_DATA(c), std::min<std::size_t>(c->cmsg_len - CMSG_LEN(0), sizeof value));
    found.push_back({option, value});
  }
  return found;
}

// (Option:8, Value:32)* as control data. False: an option that cannot be sent.
bool add_control(std::string_view options, msghdr& message, char* control) {
  while (!options.empty()) {
    if (options.size() < 5) return false;
    const auto option = static_cast<Option>(take(options, 1));
    const auto value = static_cast<int>(take(options, 4));
    if (message.msg_controllen + CMSG_SPACE(sizeof value) > kControlBytes) return false;
    auto* c = reinterpret_cast<cmsghdr*>(control + message.msg_controllen);
    c->cmsg_level = option == kTclass ? IPPROTO_IPV6 : IPPROTO_IP;
    switch (option) {
      case kTos: c->cmsg_type = IP_TOS; break;
      case kTtl: c->cmsg_type = IP_TTL; break;
      case kTclass: c->cmsg_type = IPV6_TCLASS; break;
      default: return false;
    }
    c->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(c), &value, sizeof value);
    message.msg_control = control;
    message.msg_controllen += CMSG_SPACE(sizeof value);
  }
  return true;
}

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

// {A,B,C,D}, the eight numbers of IPv6, or {local, Path}.
Term host_term(Heap& h, const Address& a) {
  std::vector<Term> parts;
  if (a.any.sa_family == AF_INET) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&a.v4.sin_addr);
    for (int i = 0; i < 4; ++i) parts.push_back(small(bytes[i]));
  } else if (a.any.sa_family == AF_INET6) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&a.v6.sin6_addr);
    for (int i = 0; i < 16; i += 2) parts.push_back(small(std::size_t{bytes[i]} << 8 | bytes[i + 1]));
  } else {
    std::string encoded;
    add_address(encoded, a);  // family, length, path
    const std::string_view path = std::string_view(encoded).substr(std::min<std::size_t>(2, encoded.size()));
    parts = {am::local, make_binary_copy(h, path)};
  }
  return make_tuple_from(h, parts);
}

Term ancillary_list(Heap& h, const std::vector<Ancillary>& all) {
  ListBuilder list(h);
  for (const Ancillary& a : all) list.add(make_tuple(h, a.option, make_uint(h, a.value)));
  return list.list();
}

class UdpSocket final : public InetSocket {
 public:
  UdpSocket() : InetSocket(kDatagram) { buffer_ = 8192; }

  void output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) override {
    std::vector<iovec> scratch;
    Caller from;
    if (!take_caller(caller, parts, scratch, size, from)) return port.failure(am::einval);
    const int error = send(parts, size);
    send_reply(port, from, error == 0 ? Term::none() : posix_atom(error));
  }

  void ready(Port& port, int fd, unsigned events) override {
    if (fd == fd_ && (events & watched_ & poll::kRead) != 0) receive(port);
  }

  void timeout(Port& port, std::uint64_t timer) override {
    if (pending_.empty() || pending_.front().timer != timer) return;
    const Pending p = pending_.front();
    pending_.pop_front();
    select(port, poll::kRead, false);
    send_async_error(port, p, am::timeout);
  }

  void stop(Port& port) override {
    for (const Pending& p : pending_) poll::stop_timer(p.timer);
    InetSocket::stop(port);
  }

 protected:
  Term act(Port& port, Term caller, std::uint32_t request, std::string_view data,
           std::string& answer) override {
    switch (request) {
      case kOpen:
      case kOpenDescriptor: {
        const Term error = request == kOpen ? open_socket(data) : adopt_socket(data);
        if (error.is_none() && active()) select(port, poll::kRead, true);
        return error;
      }
      case kClose: close_socket(); return Term::none();
      case kConnect: return connect_to(port, caller, data, answer);
      case kReceivePacket: return receive_request(port, caller, data, answer);
      default: return InetSocket::act(port, caller, request, data, answer);
    }
  }
  std::optional<bool> set_own(Option option, std::uint32_t value) override {
    switch (option) {
      case kReadPackets:
        if (static_cast<std::int32_t>(value) <= 0) return false;
        read_packets_ = value;
        return true;
      case kHighWatermark:
      case kLowWatermark:
      case kSendTimeout:
      case kSendTimeoutClose:
      case kDelaySend:
      case kShowReset:
      case kReadAhead: return true;
      default: return std::nullopt;
    }
  }
  std::optional<std::uint32_t> own(Option option) const override {
    return option == kReadPackets ? std::optional(read_packets_) : std::nullopt;
  }
  void options_changed(Port& port, ActiveMode was_active, PacketType) override {
    if (active() != (was_active != ActiveMode::passive)) select(port, poll::kRead, active());
  }

 private:
  // Address, AncillaryLength:32, Ancillary, Data. Returns 0 or an errno value.
  int send(std::span<const iovec> parts, std::size_t size) {
    std::string all;
    all.reserve(size);
    for (const iovec& p : parts) all.append(static_cast<const char*>(p.iov_base), p.iov_len);
    if (!is_open()) return EINVAL;
    std::string_view data(all);
    const bool connected = (state_ & kActiveFlag) != 0;
    Address to;
    if (connected && data.size() >= 3 && data[0] == kAny)
      data.remove_prefix(3);
    else if (!take_address(data, family_, to))
      return EINVAL;
    if (data.size() < 4) return EINVAL;
    const std::size_t ancillary = take(data, 4);
    if (data.size() < ancillary) return EINVAL;
    alignas(cmsghdr) char control[kControlBytes];
    msghdr message{};
    if (!add_control(take_bytes(data, ancillary), message, control)) return EINVAL;
    iovec body{const_cast<char*>(data.data()), data.size()};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    if (!connected) {
      message.msg_name = &to.any;
      message.msg_namelen = to.size;
    }
    count_output(data.size());
    ssize_t n;
    do n = sendmsg(fd_, &message, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
  }

  // Timeout:32, Address: whom to send to, and to hear of only. Without an address: everybody again.
  Term connect_to(Port& port, Term caller, std::string_view data, std::string& answer) {
    if (!is_open()) return intern("exbadport");
    if (data.size() < 4) return am::einval;
    take(data, 4);
    Address a;
    if (data.size() < 2) {
      a.any.sa_family = AF_UNSPEC;
      a.size = sizeof a.any.sa_family;
    } else if (!take_address(data, family_, a)) {
      return am::einval;
    }
    // Linux: the address that it got by connecting before may not do for this one.
    if ((state_ & kActiveFlag) != 0 && a.any.sa_family != AF_UNSPEC) {
      sockaddr nobody{};
      connect(fd_, &nobody, sizeof nobody);
    }
    if (connect(fd_, &a.any, a.size) != 0) {
      state_ &= ~kActiveFlag;
      return posix(errno);
    }
    state_ = a.any.sa_family == AF_UNSPEC ? state_ & ~kActiveFlag : state_ | kActiveFlag;
    const Pending p = enqueue(caller, kConnect, answer);
    pending_.pop_back();
    send_async_ok(port, p);
    return Term::none();
  }

  // Timeout:32, Length:32
  Term receive_request(Port& port, Term caller, std::string_view data, std::string& answer) {
    if (!is_open()) return intern("exbadport");
    if (active() || data.size() != 8) return am::einval;
    const std::uint32_t milliseconds = take(data, 4);
    if (!pending_.empty()) return posix(EALREADY);
    enqueue(caller, kReceivePacket, answer);
    if (receive(port)) return Term::none();
    if (milliseconds == 0) {
      const Pending p = pending_.front();
      pending_.pop_front();
      send_async_error(port, p, am::timeout);
      return Term::none();
    }
    if (milliseconds != UINT32_MAX) pending_.front().timer = start_port_timer(port, milliseconds);
    select(port, poll::kRead, true);
    return Term::none();
  }

  // False: nothing has come.
  bool receive(Port& port) {
    std::string bytes(buffer_, '\0');
    bool any = false;
    for (std::uint32_t i = 0; i < read_packets_ && (active() || !pending_.empty()); ++i) {
      Address from;
      alignas(cmsghdr) char control[kControlBytes];
      iovec body{bytes.data(), bytes.size()};
      msghdr message{};
      message.msg_name = &from.any;
      message.msg_namelen = Address::kRoom;
      message.msg_iov = &body;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      const ssize_t n = recvmsg(fd_, &message, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      any = true;
      if (n < 0) {
        receive_failed(port, errno);
        continue;
      }
      from.size = message.msg_namelen;
      count_input(static_cast<std::size_t>(n));
      deliver(port, from, std::string_view(bytes).substr(0, static_cast<std::size_t>(n)), message);
      if (!active()) select(port, poll::kRead, false);
    }
    return any;
  }

  void receive_failed(Port& port, int error) {
    if (active()) {
      FragmentHeap h(4);
      const Term message = make_tuple(h, am::udp_error, port.id, posix_atom(error));
      return send_fragment(port.connected, message, h.finish());
    }
    const Pending p = pending_.front();
    pending_.pop_front();
    poll::stop_timer(p.timer);
    select(port, poll::kRead, false);
    send_async_error(port, p, posix_atom(error));
  }

  void deliver(Port& port, const Address& from, std::string_view bytes, msghdr& message) {
    const std::vector<Ancillary> ancillary =
        cmsg_flags_ != 0 ? ancillary_of(message) : std::vector<Ancillary>{};
    std::string encoded;
    add_address(encoded, from);
    if (!active()) {
      const Pending p = pending_.front();
      pending_.pop_front();
      poll::stop_timer(p.timer);
      return send_async(port, p, [&](Heap& h) {
        const Term data = make_byte_list(h, encoded, make_data(h, bytes));
        if (cmsg_flags_ == 0) return make_tuple(h, am::ok, data);
        const Term list = ancillary_list(h, ancillary);
        return make_tuple(h, am::ok, make_tuple(h, data, list));
      });
    }
    GrowingFragmentHeap h;
    const Term data = make_data(h, bytes);
    Term term;
    if (!deliver_terms_) {
      term = make_tuple(h, port.id, make_tuple(h, am::data, make_byte_list(h, encoded, data)));
    } else {
      const Term host = host_term(h, from);
      term = cmsg_flags_ == 0 ? make_tuple(h, am::udp, port.id, host, small(from.port()), data)
                              : make_tuple(h, am::udp, port.id, host, small(from.port()),
                                           ancillary_list(h, ancillary), data);
    }
    port.input_bytes += bytes.size();
    send_fragment(port.connected, term, h.finish());
    count_delivery(port);
  }

  std::uint32_t read_packets_ = 5;
};

DriverStart start(Port&, const PortOptions&) { return {.driver = std::make_unique<UdpSocket>()}; }

}  // namespace

void register_udp_driver() {
  register_driver({.name = "udp_inet", .start = start, .has_control = true, .locks_ports = true});
}

}  // namespace joist
