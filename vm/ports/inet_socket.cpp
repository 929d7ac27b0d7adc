#include "vm/ports/inet_socket.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "gc/copy.hpp"
#include "vm/base/flags.hpp"
#include "vm/etf/decode.hpp"
#include "vm/ports/inet_interfaces.hpp"
#include "vm/ports/inet_options.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"

namespace joist {

using namespace inet;

namespace {

// By prim_inet's number.
constexpr PacketType kPacketTypes[] = {
    PacketType::raw,   PacketType::bytes1, PacketType::bytes2,  PacketType::bytes4,   PacketType::asn1,
    PacketType::sunrm, PacketType::cdr,    PacketType::fcgi,    PacketType::line,     PacketType::tpkt,
    PacketType::http,  PacketType::httph,  PacketType::ssl_tls, PacketType::http_bin, PacketType::httph_bin};

Term bad_port() { return intern("exbadport"); }

int system_family(std::uint8_t family) {
  switch (family) {
    case kIpv4: return AF_INET;
    case kIpv6: return AF_INET6;
    case kLocal: return AF_UNIX;
    default: return -1;
  }
}

// A socket in another network namespace, which the calling thread visits for that.
int socket_in(const std::string& name_space, int family, int type) {
  if (name_space.empty()) return socket(family, type, 0);
  const int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (here < 0) return -1;
  const int there = open(name_space.c_str(), O_RDONLY | O_CLOEXEC);
  int fd = -1, error = errno;
  if (there >= 0 && setns(there, CLONE_NEWNET) == 0) {
    fd = socket(family, type, 0);
    error = errno;
    require(setns(here, CLONE_NEWNET) == 0, "a thread cannot leave a network namespace");
  } else if (there >= 0) {
    error = errno;
  }
  if (there >= 0) close(there);
  close(here);
  errno = error;
  return fd;
}

}  // namespace

InetSocket::~InetSocket() { close_socket(); }

bool InetSocket::control(Port& port, Term caller, std::uint32_t request, std::string_view data,
                         std::string& answer) {
  if ((request & ~0xffu) != kMark) return false;
  answer.assign(1, '\1');
  const Term error = act(port, caller, request - kMark, data, answer);
  if (!error.is_none()) answer = std::string(1, '\0') += atom_text(error);
  return true;
}

void InetSocket::stop(Port& port) {
  for (const Pending& p : std::exchange(pending_, {})) send_async_error(port, p, am::closed);
  empty_queue_subscribers_.clear();
  close_socket();
}

Term InetSocket::act(Port& port, Term caller, std::uint32_t request, std::string_view data,
                     std::string& answer) {
  switch (request) {
    case kBind: return bind_to(data, answer);
    case kPeer: return peer_name(answer);
    case kName: return own_name(answer);
    case kSetName:
    case kSetPeer: {
      auto& pretended = request == kSetName ? pretended_name_ : pretended_peer_;
      pretended.reset();
      if (data.empty()) return Term::none();
      Address a;
      if (!take_address(data, family_, a)) return am::einval;
      pretended = a;
      return Term::none();
    }
    case kSetOptions: return set_options(port, data);
    case kGetOptions: return get_options(data, answer);
    case kGetStatistics: statistics(data, answer); return Term::none();
    case kSubscribe: return subscribe(caller, data, answer);
    case kGetHostName: {
      if (!data.empty()) return am::einval;
      char host[256];
      if (gethostname(host, sizeof host) != 0) return posix(errno);
      host[sizeof host - 1] = '\0';
      answer += host;
      return Term::none();
    }
    case kGetType:
      if (family_ == AF_UNSPEC) return am::einval;
      add(answer, family_ == AF_INET6 ? kIpv6 : family_ == AF_UNIX ? kLocal : kIpv4, 4);
      add(answer, type_, 4);
      return Term::none();
    case kGetStatus: add(answer, state_ | (busy_ ? kBusyFlag : 0), 4); return Term::none();
    case kGetDescriptor:
      if (!is_open()) return am::einval;
      add(answer, static_cast<std::uint32_t>(fd_), 4);
      return Term::none();
    case kServiceByName:
    case kServiceByPort: return services(request, data, answer);
    case kInterfaceNames: return is_open() ? posix(interface_names(fd_, answer)) : bad_port();
    case kInterfaceGet: return is_open() ? posix(interface_get(fd_, data, answer)) : bad_port();
    case kInterfaceSet: return is_open() ? posix(interface_set(fd_, data)) : bad_port();
    case kInterfaceAddresses: return is_open() ? posix(interface_addresses(answer)) : bad_port();
    case kIgnoreDescriptor: return data.empty() ? am::einval : ignore_descriptor(port, data[0] == 1);
    case kLocalAddresses:
    case kPeerAddresses: {
      if (data.size() != 4) return am::einval;
      if (!is_open()) return bad_port();
      Address a;
      a.size = Address::kRoom;
      if ((request == kLocalAddresses ? getsockname : getpeername)(fd_, &a.any, &a.size) != 0)
        return posix(errno);
      add_address(answer, a);
      return Term::none();
    }
    default: return bad_port();
  }
}

// ---- the descriptor ----------------------------------------------------------------------------------

// Family, Type
Term InetSocket::open_socket(std::string_view data) {
  if (data.size() != 2) return am::einval;
  const int family = system_family(static_cast<std::uint8_t>(data[0]));
  if (family < 0) return intern("eafnosupport");
  if (data[1] != type_) return am::einval;
  if (state_ != kClosed) return intern("exbadseq");
  const int type = (type_ == kStream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  fd_ = socket_in(network_namespace_, family, type);
  if (fd_ < 0) return posix(errno);
  family_ = family;
  state_ = kOpened;
  return Term::none();
}

// Family, Type, Descriptor [, Bound]: a socket that somebody else has made, and closes.
Term InetSocket::adopt_socket(std::string_view data) {
  if (data.size() != 6 && data.size() != 10) return am::einval;
  const int family = system_family(static_cast<std::uint8_t>(take(data, 1)));
  if (family < 0) return intern("eafnosupport");
  if (take(data, 1) != type_) return am::einval;
  const auto fd = static_cast<int>(take(data, 4));
  const bool bound = data.empty() || take(data, 4) != 0;
  Address a;
  a.size = Address::kRoom;
  if (getsockname(fd, &a.any, &a.size) != 0) return posix(errno);
  if (a.any.sa_family != family) return am::einval;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  fd_ = fd;
  family_ = family;
  state_ = kOpened;
  foreign_ = bound;
  a.size = Address::kRoom;
  if (type_ == kStream && getpeername(fd, &a.any, &a.size) == 0) state_ = kConnected;
  return Term::none();
}

void InetSocket::select(Port& port, unsigned events, bool on) {
  if (ignoring_) {
    ignored_ = on ? ignored_ | events : ignored_ & ~events;
    return;
  }
  const unsigned wanted = on ? watched_ | events : watched_ & ~events;
  if (wanted == watched_ || fd_ < 0) return;
  watched_ = wanted;
  watch_for_port(port, fd_, watched_, true);
}

void InetSocket::close_socket() {
  if (fd_ >= 0) {
    poll::forget(fd_);
    if (!foreign_) close(fd_);
  }
  fd_ = -1;
  watched_ = ignored_ = 0;
  ignoring_ = false;
  state_ = kClosed;
}

// The descriptor is used by somebody else for a while: nothing is waited for.
Term InetSocket::ignore_descriptor(Port& port, bool ignore) {
  if (!is_connected()) return posix(ENOTCONN);
  if (type_ != kStream || ignore == ignoring_) return am::einval;
  if (ignore) {
    const unsigned was = watched_;
    select(port, poll::kRead | poll::kWrite, false);
    ignoring_ = true;
    ignored_ = active() ? was | poll::kRead : was;
  } else {
    ignoring_ = false;
    select(port, std::exchange(ignored_, 0u), true);
  }
  return Term::none();
}

Term InetSocket::bind_to(std::string_view data, std::string& answer) {
  if (data.size() < 2) return am::einval;
  if (state_ != kOpened) return bad_port();
  Address a;
  if (!take_address(data, family_, a)) return am::einval;
  if (bind(fd_, &a.any, a.size) != 0) return posix(errno);
  if (a.port() == 0) {
    a.size = Address::kRoom;
    getsockname(fd_, &a.any, &a.size);
  }
  add(answer, a.port(), 2);
  return Term::none();
}

Term InetSocket::peer_name(std::string& answer) {
  if ((state_ & kActiveFlag) == 0) return posix(ENOTCONN);
  Address a;
  a.size = Address::kRoom;
  if (pretended_peer_)
    a = *pretended_peer_;
  else if (getpeername(fd_, &a.any, &a.size) != 0)
    return posix(errno);
  add_address(answer, a);
  return Term::none();
}

Term InetSocket::own_name(std::string& answer) {
  Address a;
  a.size = Address::kRoom;
  if (pretended_name_)
    a = *pretended_name_;
  else if (getsockname(fd_, &a.any, &a.size) != 0)
    return posix(errno);
  add_address(answer, a);
  return Term::none();
}

// ---- options -----------------------------------------------------------------------------------------

Term InetSocket::set_options(Port& port, std::string_view data) {
  const ActiveMode was_active = active_;
  const PacketType was_packet = packet_;
  while (data.size() >= 5) {
    const auto option = static_cast<Option>(take(data, 1));
    const std::uint32_t value = take(data, 4);
    if (const auto done = set_driver_option(port, option, value, data)) {
      if (!*done) return am::einval;
      if (!port.is_open()) return Term::none();
      continue;
    }
    if (option == kLinger && data.size() >= 4)
      linger_zero_ = value != 0 && data.substr(0, 4) == std::string_view("\0\0\0\0", 4);
    const SetResult set = set_socket_option(fd_, family_, option, value, data);
    if (set == SetResult::refused) return am::einval;
    const auto n = static_cast<std::int32_t>(value);
    if (option == kReceiveBuffer && !buffer_set_) {
      constexpr std::int32_t kLargestDatagram = 1 << 16;
      if (type_ == kDatagram && n > kLargestDatagram)
        buffer_ = kLargestDatagram;
      else if (n > static_cast<std::int32_t>(buffer_))
        buffer_ = value;
    }
    if (set == SetResult::done &&
        (option == kReceiveTos || option == kReceiveTclass || option == kReceiveTtl)) {
      const std::uint32_t bit = 1u << (option - kReceiveTos);
      cmsg_flags_ = value != 0 ? cmsg_flags_ | bit : cmsg_flags_ & ~bit;
    }
  }
  if (type_ == kStream ? is_connected() : is_open()) options_changed(port, was_active, was_packet);
  return Term::none();
}

std::optional<bool> InetSocket::set_driver_option(Port& port, Option option, std::uint32_t value,
                                                  std::string_view& rest) {
  const auto n = static_cast<std::int32_t>(value);
  switch (option) {
    case kHeader: header_ = value; return true;
    case kMode: binary_ = value != 0; return true;
    case kDeliver: deliver_terms_ = value != 0; return true;
    case kBuffer:
      buffer_ = n < 1 ? 1 : value;
      buffer_set_ = true;
      return true;
    case kActive: return set_active(port, value, rest);
    case kPacket:
      if (value < std::size(kPacketTypes)) {
        packet_ = kPacketTypes[value];
        packet_number_ = value;
      }
      return true;
    case kPacketSize: packet_size_ = value; return true;
    case kExitOnClose: exit_on_close_ = value != 0; return true;
    case kLineDelimiter: line_delimiter_ = static_cast<char>(value); return true;
    case kDebug: debug_ = value != 0; return true;
    case kNonBlockingSend: return true;
    case kHighQueueWatermark:
      if (n < 1) return false;
      high_queue_ = value;
      low_queue_ = std::min(low_queue_, high_queue_);
      return true;
    case kLowQueueWatermark:
      if (n < 1) return false;
      low_queue_ = value;
      high_queue_ = std::max(low_queue_, high_queue_);
      return true;
    case kNetworkNamespace:
      if (n < 0 || rest.size() < value) return false;
      network_namespace_ = take_bytes(rest, value);
      return true;
    default: return set_own(option, value);
  }
}

bool InetSocket::set_active(Port& port, std::uint32_t value, std::string_view& rest) {
  if (value > static_cast<std::uint32_t>(ActiveMode::multi)) return true;
  active_ = static_cast<ActiveMode>(value);
  if (active_ == ActiveMode::multi) {
    if (rest.size() < 2) return false;
    const auto more = static_cast<std::int16_t>(take(rest, 2));
    const int sum = active_count_ + more;
    if (sum > INT16_MAX || sum < INT16_MIN) return false;
    active_count_ = static_cast<std::int16_t>(std::max(sum, 0));
    if (active_count_ == 0) {
      active_ = ActiveMode::passive;
      FragmentHeap h(3);
      const Term message = make_tuple(h, passive_message_tag(), port.id);
      port.send_message_to_owner(message, h.finish());
    }
  } else {
    active_count_ = 0;
  }
  if (type_ == kStream && active() && state_ == kClosed) activated_while_closed(port);
  return true;
}

void InetSocket::count_delivery(Port& port) {
  if (active_ == ActiveMode::once) active_ = ActiveMode::passive;
  if (active_ != ActiveMode::multi || --active_count_ > 0) return;
  active_ = ActiveMode::passive;
  FragmentHeap h(3);
  const Term message = make_tuple(h, passive_message_tag(), port.id);
  port.send_message_to_owner(message, h.finish());
}

Term InetSocket::get_options(std::string_view data, std::string& answer) {
  while (!data.empty()) {
    const auto option = static_cast<Option>(take(data, 1));
    if (get_driver_option(option, answer)) continue;
    if (!get_socket_option(fd_, family_, option, data, answer)) return am::einval;
  }
  return Term::none();
}

// False: it is none of the driver's options.
bool InetSocket::get_driver_option(Option option, std::string& answer) const {
  const auto tell = [&](std::uint32_t value) {
    inet::add(answer, option, 1);
    inet::add(answer, value, 4);
    return true;
  };
  switch (option) {
    case kHeader: return tell(header_);
    case kMode: return tell(binary_);
    case kDeliver: return tell(deliver_terms_);
    case kBuffer: return tell(buffer_);
    case kActive:
      tell(static_cast<std::uint32_t>(active_));
      if (active_ == ActiveMode::multi) inet::add(answer, static_cast<std::uint16_t>(active_count_), 2);
      return true;
    case kPacket: return tell(packet_number_);
    case kPacketSize: return tell(packet_size_);
    case kExitOnClose: return tell(exit_on_close_);
    case kDebug: return tell(debug_);
    case kNonBlockingSend: return tell(0);
    case kHighQueueWatermark: return tell(high_queue_);
    case kLowQueueWatermark: return tell(low_queue_);
    case kNetworkNamespace:
      if (network_namespace_.empty()) return true;
      tell(static_cast<std::uint32_t>(network_namespace_.size()));
      answer += network_namespace_;
      return true;
    // Of one kind of socket only: the others leave them out.
    case kHighWatermark:
    case kLowWatermark:
    case kSendTimeout:
    case kSendTimeoutClose:
    case kDelaySend:
    case kShowReset:
    case kReadAhead:
    case kReadPackets:
      if (const auto value = own(option)) tell(*value);
      return true;
    default: return false;
  }
}

// ---- statistics --------------------------------------------------------------------------------------

void InetSocket::count_input(std::size_t bytes) {
  const auto n = static_cast<double>(bytes);
  ++received_;
  received_bytes_ += bytes;
  received_most_ = std::max<std::uint64_t>(received_most_, bytes);
  received_average_ += (n - received_average_) / static_cast<double>(received_);
  received_deviation_ += (n - received_average_ - received_deviation_) / static_cast<double>(received_);
}

void InetSocket::count_output(std::size_t bytes) {
  ++sent_;
  sent_bytes_ += bytes;
  sent_most_ = std::max<std::uint64_t>(sent_most_, bytes);
  sent_average_ += (static_cast<double>(bytes) - sent_average_) / static_cast<double>(sent_);
}

void InetSocket::statistics(std::string_view which, std::string& answer) const {
  const std::uint64_t values[] = {0,
                                  received_,
                                  received_most_,
                                  static_cast<std::uint64_t>(received_average_),
                                  static_cast<std::uint64_t>(std::abs(received_deviation_)),
                                  sent_,
                                  sent_most_,
                                  static_cast<std::uint64_t>(sent_average_),
                                  queued(),
                                  received_bytes_,
                                  sent_bytes_};
  for (const char c : which) {
    const auto n = static_cast<std::uint8_t>(c);
    if (n == 0 || n >= std::size(values)) continue;
    inet::add(answer, n, 1);
    inet::add(answer, values[n], n >= 9 ? 8 : 4);
  }
}

Term InetSocket::subscribe(Term caller, std::string_view data, std::string& answer) {
  for (const char c : data) {
    if (c != kEmptyOutputQueue) return am::einval;
    const std::size_t size = queued();
    inet::add(answer, kEmptyOutputQueue, 1);
    inet::add(answer, size, 4);
    if (size != 0) empty_queue_subscribers_.push_back(caller);
  }
  return Term::none();
}

void InetSocket::queue_is_empty(Port& port) {
  for (const Term pid : std::exchange(empty_queue_subscribers_, {})) {
    FragmentHeap h(3);
    const Term message = make_tuple(h, am::empty_out_q, port.id);
    send_fragment(pid, message, h.finish());
  }
}

// L1, Name, L2, Protocol; or Port:16, L, Protocol
Term InetSocket::services(std::uint32_t request, std::string_view data, std::string& answer) {
  if (request == kServiceByName) {
    if (data.size() < 2) return am::einval;
    const std::size_t n = take(data, 1);
    if (n >= data.size()) return am::einval;
    const std::string_view name = take_bytes(data, n);
    const std::size_t m = take(data, 1);
    if (m > data.size()) return am::einval;
    std::uint16_t port = 0;
    if (!service_port(name, data.substr(0, m), port)) return am::einval;
    inet::add(answer, port, 2);
    return Term::none();
  }
  if (data.size() < 3) return am::einval;
  const auto port = static_cast<std::uint16_t>(take(data, 2));
  const std::size_t n = take(data, 1);
  if (n > data.size()) return am::einval;
  std::string name;
  if (!service_name(port, data.substr(0, n), name)) return am::einval;
  answer += name;
  return Term::none();
}

// ---- messages ----------------------------------------------------------------------------------------

InetSocket::Pending& InetSocket::enqueue(Term caller, std::uint32_t request, std::string& answer) {
  Pending p;
  p.number = next_number_++;
  p.caller = caller;
  p.request = request;
  inet::add(answer, p.number, 2);
  pending_.push_back(p);
  return pending_.back();
}

bool InetSocket::take_caller(Term pid, std::span<const iovec>& parts, std::vector<iovec>& scratch,
                             std::size_t& size, Caller& caller) {
  caller.pid = pid;
  if (flags.otp_release < "26") return true;
  std::string head;
  const auto first_bytes = [&](std::size_t n) {
    head.clear();
    for (const iovec& part : parts) {
      if (head.size() >= n) break;
      head.append(static_cast<const char*>(part.iov_base), std::min(part.iov_len, n - head.size()));
    }
    return head.size() == n;
  };
  if (!first_bytes(2)) return false;
  std::string_view length(head);
  const std::size_t n = take(length, 2);
  if (!first_bytes(2 + n)) return false;
  GrowingFragmentHeap h;
  const EtfResult reference = decode_etf(h, {reinterpret_cast<const std::uint8_t*>(head.data()) + 2, n});
  if (!reference || !reference.term.is_reference()) return false;
  caller.reference = OwnedTerm(reference.term, h.finish());
  std::size_t skip = 2 + n;
  size -= skip;
  scratch.clear();
  for (const iovec& part : parts) {
    const std::size_t here = std::min(skip, part.iov_len);
    skip -= here;
    if (here < part.iov_len)
      scratch.push_back({static_cast<char*>(part.iov_base) + here, part.iov_len - here});
  }
  parts = scratch;
  return true;
}

void InetSocket::send_reply(Port& port, Caller& caller, Term error) {
  if (!caller.pid.is_local_pid()) return;
  GrowingFragmentHeap h;
  const Term status = error.is_none() ? am::ok : make_tuple(h, am::error, error);
  const Term message = flags.otp_release < "26" ? make_tuple(h, am::inet_reply, port.id, status)
                                                : make_tuple(h, am::inet_reply, port.id, status,
                                                             copy_term(h, caller.reference.term));
  send_fragment(std::exchange(caller.pid, Term::none()), message, h.finish());
}

Term InetSocket::make_data(Heap& h, std::string_view bytes) const {
  if (!binary_ || header_ > bytes.size()) return make_byte_list(h, bytes);
  const Term rest = make_binary_copy(h, bytes.substr(header_));
  return header_ == 0 ? rest : make_byte_list(h, bytes.substr(0, header_), rest);
}

}  // namespace joist
