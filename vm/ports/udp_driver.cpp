// udp_inet: a UDP socket that can be opened, bound and asked. inet:gethostname/0 and inet:getifaddrs/0 ask
// one. Sending and receiving are refused (enotsup).
#include <errno.h>

#include "vm/ports/inet_socket.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

class UdpSocket final : public InetSocket {
 public:
  UdpSocket() : InetSocket(inet::kDatagram) { buffer_ = 8192; }
  void output(Port& port, Term, std::span<const iovec>, std::size_t) override { port.failure_errno(ENOTSUP); }

 protected:
  Term act(Port& port, Term caller, std::uint32_t request, std::string_view data,
           std::string& answer) override {
    switch (request) {
      case inet::kOpen: return open_socket(data);
      case inet::kOpenDescriptor: return adopt_socket(data);
      case inet::kConnect:
      case inet::kReceivePacket: return posix(ENOTSUP);
      default: return InetSocket::act(port, caller, request, data, answer);
    }
  }
  std::optional<bool> set_own(inet::Option option, std::uint32_t value) override {
    if (option != inet::kReadPackets) return std::nullopt;
    if (static_cast<std::int32_t>(value) <= 0) return false;
    read_packets_ = value;
    return true;
  }
  std::optional<std::uint32_t> own(inet::Option option) const override {
    return option == inet::kReadPackets ? std::optional(read_packets_) : std::nullopt;
  }

 private:
  std::uint32_t read_packets_ = 5;
};

DriverStart start(Port&, const PortOptions&) { return {.driver = std::make_unique<UdpSocket>()}; }

}  // namespace

void register_udp_driver() { register_driver({.name = "udp_inet", .start = start, .has_control = true}); }

}  // namespace joist
