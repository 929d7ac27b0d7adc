#include "vm/ports/inet_address.hpp"

#include <arpa/inet.h>

#include <cstddef>
#include <cstring>

#include "vm/ports/inet_protocol.hpp"

namespace joist::inet {
namespace {

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);

bool take_ipv4(std::string_view& from, std::uint8_t kind, Address& address) {
  if (from.size() < (kind == kIpv4 ? 6u : 2u)) return false;
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(static_cast<std::uint16_t>(take(from, 2)));
  if (kind == kLoopback) address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (kind == kIpv4) address.v4.sin_addr.s_addr = htonl(take(from, 4));
  address.size = sizeof address.v4;
  return true;
}

bool take_ipv6(std::string_view& from, std::uint8_t kind, Address& address) {
  if (from.size() < (kind == kIpv6 ? 18u : 2u)) return false;
  address.v6.sin6_family = AF_INET6;
  address.v6.sin6_port = htons(static_cast<std::uint16_t>(take(from, 2)));
  if (kind == kLoopback) address.v6.sin6_addr = in6addr_loopback;
  if (kind == kIpv6) {
    std::memcpy(&address.v6.sin6_addr, take_bytes(from, 16).data(), 16);
    if (from.size() >= 8) {
      address.v6.sin6_flowinfo = htonl(take(from, 4));
      address.v6.sin6_scope_id = take(from, 4);
    }
  }
  address.size = sizeof address.v6;
  return true;
}

bool take_local(std::string_view& from, Address& address) {
  if (from.empty()) return false;
  const std::size_t n = take(from, 1);
  if (from.size() < n || n >= sizeof address.local.sun_path) return false;
  address.local.sun_family = AF_UNIX;
  std::memcpy(address.local.sun_path, take_bytes(from, n).data(), n);
  address.size = static_cast<socklen_t>(kPathOffset + n);
  // A name of the file system ends with a zero; an abstract one has its length only.
  if (n != 0 && address.local.sun_path[0] != '\0') ++address.size;
  return true;
}

}  // namespace

std::uint16_t Address::port() const {
  if (any.sa_family == AF_INET) return ntohs(v4.sin_port);
  if (any.sa_family == AF_INET6) return ntohs(v6.sin6_port);
  return 0;
}

bool take_address(std::string_view& from, int family, Address& address) {
  if (from.empty()) return false;
  address = {};
  const auto kind = static_cast<std::uint8_t>(take(from, 1));
  switch (family) {
    case AF_INET:
      return (kind == kIpv4 || kind == kAny || kind == kLoopback) && take_ipv4(from, kind, address);
    case AF_INET6:
      return (kind == kIpv6 || kind == kAny || kind == kLoopback) && take_ipv6(from, kind, address);
    case AF_UNIX: return kind == kLocal && take_local(from, address);
    default: return false;
  }
}

void add_address(std::string& to, const Address& address) {
  switch (address.any.sa_family) {
    case AF_INET:
      add(to, kIpv4, 1);
      add(to, ntohs(address.v4.sin_port), 2);
      to.append(reinterpret_cast<const char*>(&address.v4.sin_addr), 4);
      return;
    case AF_INET6:
      add(to, kIpv6, 1);
      add(to, ntohs(address.v6.sin6_port), 2);
      to.append(reinterpret_cast<const char*>(&address.v6.sin6_addr), 16);
      return;
    case AF_UNIX: {
      std::size_t n = address.size > kPathOffset ? address.size - kPathOffset : 0;
      if (n != 0 && address.local.sun_path[0] != '\0') n = strnlen(address.local.sun_path, n);
      add(to, kLocal, 1);
      add(to, n, 1);
      to.append(address.local.sun_path, n);
      return;
    }
    case AF_UNSPEC: add(to, 0, 1); return;
    default: add(to, kUndefined, 1);
  }
}

}  // namespace joist::inet
