// udp_inet: a UDP socket that can be opened, bound and asked. inet:gethostname/0 asks one for the host's
// name. Sending and receiving are refused (enotsup).
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "vm/ports/port.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

// Control requests, each with OTP's mark on it.
enum Request : std::uint32_t {
  kMark = 0x03f1a300,
  kOpen = 1,
  kName = 5,
  kBind = 6,
  kSetOptions = 7,
  kGetOptions = 8,
  kGetHostName = 12,
  kGetType = 15,
  kGetStatus = 16,
  kSubscribe = 24,
};
enum Family : std::uint8_t { kIpv4 = 1, kIpv6 = 2, kAny = 3, kLoopback = 4 };
constexpr std::uint8_t kDatagrams = 2, kEmptyOutputQueue = 1;

// The options of the system's socket; the driver's own are kept and told again.
struct SocketOption {
  std::uint8_t number;
  int level, name;
};
constexpr SocketOption kSocketOptions[] = {{0, SOL_SOCKET, SO_REUSEADDR}, {4, SOL_SOCKET, SO_BROADCAST},
                                           {6, SOL_SOCKET, SO_SNDBUF},    {7, SOL_SOCKET, SO_RCVBUF},
                                           {8, SOL_SOCKET, SO_PRIORITY},  {9, IPPROTO_IP, IP_TOS}};
constexpr std::uint8_t kLinger = 3, kBuffer = 20, kHeader = 21, kActive = 22, kMode = 24, kDeliver = 25,
                       kReadPackets = 33;

std::uint32_t take(std::string_view& from, std::size_t bytes) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < bytes && i < from.size(); ++i) n = n << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(std::min(bytes, from.size()));
  return n;
}
void add(std::string& to, std::uint32_t n, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(n >> 8 * i);
}

class UdpSocket final : public Driver {
 public:
  ~UdpSocket() override { close_socket(); }
  void output(Port& port, std::span<const iovec>, std::size_t) override { port.failure_errno(ENOTSUP); }
  void stop(Port&) override { close_socket(); }

  bool control(Port&, Term, std::uint32_t request, std::string_view data, std::string& answer) override {
    if ((request & ~0xffu) != kMark) return false;
    answer.assign(1, '\1');
    const int error = act(request - kMark, data, answer);
    if (error != 0) answer = std::string(1, '\0') += atom_text(posix_atom(error));
    return true;
  }

 private:
  void close_socket() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int act(std::uint32_t request, std::string_view data, std::string& answer) {
    switch (request) {
      case kOpen: return open(data);
      case kBind: return bind_to(data, answer);
      case kName: return name(answer);
      case kSetOptions: return set_options(data);
      case kGetOptions: return get_options(data, answer);
      case kGetHostName: {
        char host[256];
        if (gethostname(host, sizeof host) != 0) return errno;
        host[sizeof host - 1] = '\0';
        answer += host;
        return 0;
      }
      case kGetType:
        add(answer, family_ == AF_INET6 ? kIpv6 : kIpv4, 4);
        add(answer, kDatagrams, 4);
        return 0;
      case kGetStatus: add(answer, fd_ >= 0 ? 1 : 0, 4); return 0;
      case kSubscribe:
        answer += static_cast<char>(kEmptyOutputQueue);
        add(answer, 0, 4);
        return 0;
      default: return ENOTSUP;
    }
  }

  int open(std::string_view data) {
    if (data.size() != 2 || data[1] != kDatagrams || fd_ >= 0) return EINVAL;
    if (data[0] != kIpv4 && data[0] != kIpv6) return EAFNOSUPPORT;
    family_ = data[0] == kIpv6 ? AF_INET6 : AF_INET;
    fd_ = socket(family_, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd_ < 0 ? errno : 0;
  }

  int bind_to(std::string_view data, std::string& answer) {
    if (data.size() < 3) return EINVAL;
    const auto kind = static_cast<std::uint8_t>(take(data, 1));
    const auto port = static_cast<std::uint16_t>(take(data, 2));
    sockaddr_storage all{};
    socklen_t size = sizeof(sockaddr_in);
    if (family_ == AF_INET6) {
      auto& to = reinterpret_cast<sockaddr_in6&>(all);
      size = sizeof to;
      to.sin6_family = AF_INET6;
      to.sin6_port = htons(port);
      if (kind == kLoopback) to.sin6_addr = in6addr_loopback;
      if (kind == kIpv6 && data.size() >= 16) std::memcpy(&to.sin6_addr, data.data(), 16);
    } else {
      auto& to = reinterpret_cast<sockaddr_in&>(all);
      to.sin_family = AF_INET;
      to.sin_port = htons(port);
      if (kind == kLoopback) to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (kind == kIpv4 && data.size() >= 4) std::memcpy(&to.sin_addr, data.data(), 4);
    }
    if (kind < kIpv4 || kind > kLoopback) return EINVAL;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&all), size) != 0) return errno;
    std::string bound;
    if (const int error = name(bound)) return error;
    answer += bound.substr(1, 2);
    return 0;
  }

  int name(std::string& answer) {
    sockaddr_storage all{};
    socklen_t size = sizeof all;
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&all), &size) != 0) return errno;
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(all);
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(all);
    const bool six = all.ss_family == AF_INET6;
    answer += static_cast<char>(six ? kIpv6 : kIpv4);
    add(answer, ntohs(six ? v6.sin6_port : v4.sin_port), 2);
    if (six)
      answer.append(reinterpret_cast<const char*>(&v6.sin6_addr), 16);
    else
      answer.append(reinterpret_cast<const char*>(&v4.sin_addr), 4);
    return 0;
  }

  int set_options(std::string_view data) {
    while (!data.empty()) {
      if (data.size() < 5) return EINVAL;
      const auto option = static_cast<std::uint8_t>(take(data, 1));
      const auto value = static_cast<int>(take(data, 4));
      if (std::uint32_t* own = own_option(option)) {
        *own = static_cast<std::uint32_t>(value);
        continue;
      }
      const SocketOption* known = nullptr;
      for (const SocketOption& o : kSocketOptions)
        if (o.number == option) known = &o;
      if (known == nullptr) return EINVAL;
      if (setsockopt(fd_, known->level, known->name, &value, sizeof value) != 0) return errno;
    }
    return 0;
  }

  // Options that fail are left out.
  int get_options(std::string_view data, std::string& answer) {
    while (!data.empty()) {
      const auto option = static_cast<std::uint8_t>(take(data, 1));
      if (const std::uint32_t* own = own_option(option)) {
        answer += static_cast<char>(option);
        add(answer, *own, 4);
      } else if (option == kLinger) {
        linger l{};
        socklen_t size = sizeof l;
        if (getsockopt(fd_, SOL_SOCKET, SO_LINGER, &l, &size) != 0) continue;
        answer += static_cast<char>(option);
        add(answer, static_cast<std::uint32_t>(l.l_onoff), 4);
        add(answer, static_cast<std::uint32_t>(l.l_linger), 4);
      } else {
        for (const SocketOption& o : kSocketOptions) {
          int value = 0;
          socklen_t size = sizeof value;
          if (o.number != option || getsockopt(fd_, o.level, o.name, &value, &size) != 0) continue;
          answer += static_cast<char>(option);
          add(answer, static_cast<std::uint32_t>(value), 4);
        }
      }
    }
    return 0;
  }

  std::uint32_t* own_option(std::uint8_t option) {
    switch (option) {
      case kBuffer: return &buffer_;
      case kHeader: return &header_;
      case kActive: return &active_;
      case kMode: return &mode_;
      case kDeliver: return &deliver_;
      case kReadPackets: return &read_packets_;
      default: return nullptr;
    }
  }

  int fd_ = -1, family_ = AF_INET;
  std::uint32_t buffer_ = 8192, header_ = 0, active_ = 0, mode_ = 0, deliver_ = 0, read_packets_ = 5;
};

DriverStart start(Port&, const PortOptions&) { return {.driver = std::make_unique<UdpSocket>()}; }

}  // namespace

void register_udp_driver() { register_driver({.name = "udp_inet", .start = start, .has_control = true}); }

}  // namespace joist
