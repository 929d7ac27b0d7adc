#include "vm/ports/inet_options.hpp"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

namespace joist::inet {
namespace {

// Options whose value is an int.
struct Plain {
  std::uint8_t number;
  int level, name;
  bool must_succeed = false;
};
constexpr Plain kPlain[] = {
    {0, SOL_SOCKET, SO_REUSEADDR},
    {1, SOL_SOCKET, SO_KEEPALIVE},
    {2, SOL_SOCKET, SO_DONTROUTE},
    {4, SOL_SOCKET, SO_BROADCAST},
    {5, SOL_SOCKET, SO_OOBINLINE},
    {6, SOL_SOCKET, SO_SNDBUF},
    {kReceiveBuffer, SOL_SOCKET, SO_RCVBUF},
    {kPriority, SOL_SOCKET, SO_PRIORITY, true},
    {kTos, IPPROTO_IP, IP_TOS, true},
    {kNoDelay, IPPROTO_TCP, TCP_NODELAY},
    {kMulticastTtl, IPPROTO_IP, IP_MULTICAST_TTL},
    {13, IPPROTO_IP, IP_MULTICAST_LOOP},
    {16, IPPROTO_IPV6, IPV6_V6ONLY, true},
    {17, SOL_SOCKET, SO_REUSEPORT},
    {18, SOL_SOCKET, SO_REUSEPORT},
    {kTclass, IPPROTO_IPV6, IPV6_TCLASS, true},
    {kReceiveTos, IPPROTO_IP, IP_RECVTOS, true},
    {kReceiveTclass, IPPROTO_IPV6, IPV6_RECVTCLASS, true},
    {kTtl, IPPROTO_IP, IP_TTL, true},
    {kReceiveTtl, IPPROTO_IP, IP_RECVTTL, true},
    {48, IPPROTO_TCP, TCP_CORK},
};
const Plain* find_plain(Option option) {
  for (const Plain& p : kPlain)
    if (p.number == option) return &p;
  return nullptr;
}

// Setting one of these may clobber the other two, which programs expect to be independent: they are put back.
bool set_keeping_priority(int fd, int level, int name, const void* value, std::size_t size,
                          bool must_succeed) {
  int priority = 0, tos = 0;
  socklen_t n = sizeof priority;
  const bool know_priority = getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, &n) == 0;
  n = sizeof tos;
  const bool know_tos = getsockopt(fd, IPPROTO_IP, IP_TOS, &tos, &n) == 0;
  if (setsockopt(fd, level, name, value, static_cast<socklen_t>(size)) != 0) return false;
  bool ok = true;
  if (level == SOL_SOCKET && name == SO_PRIORITY) return true;
  const bool is_tos = level == IPPROTO_IP && name == IP_TOS;
  if (!is_tos && know_tos) ok = setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) == 0;
  if (ok && know_priority)
    // Some kernels have a priority by default that one may not set.
    ok = setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) == 0 || errno == EPERM;
  return ok || !must_succeed;
}

SetResult set_membership(int fd, int family, bool enter, std::uint32_t kind, std::string_view& rest) {
  const std::uint32_t interface_index = take(rest, 4);
  if (kind == kIpv4 && family == AF_INET && rest.size() >= 8) {
    ip_mreqn m{};
    m.imr_ifindex = static_cast<int>(interface_index);
    m.imr_multiaddr.s_addr = htonl(take(rest, 4));
    m.imr_address.s_addr = htonl(take(rest, 4));
    const int name = enter ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
    return setsockopt(fd, IPPROTO_IP, name, &m, sizeof m) == 0 ? SetResult::done : SetResult::failed;
  }
  if (kind == kIpv6 && family == AF_INET6 && rest.size() >= 16) {
    ipv6_mreq m{};
    std::memcpy(&m.ipv6mr_multiaddr, take_bytes(rest, 16).data(), 16);
    m.ipv6mr_interface = interface_index;
    const int name = enter ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP;
    return setsockopt(fd, IPPROTO_IPV6, name, &m, sizeof m) == 0 ? SetResult::done : SetResult::failed;
  }
  return SetResult::refused;
}

// What came with the packets: (option, value) each.
bool add_packet_options(int fd, int family, std::string& answer) {
  const bool v4 = family == AF_INET;
  if (!v4 && family != AF_INET6) return false;
  alignas(cmsghdr) char bytes[2 * CMSG_SPACE(sizeof(int))];
  socklen_t size = sizeof bytes;
  const int status = v4 ? getsockopt(fd, IPPROTO_IP, IP_PKTOPTIONS, bytes, &size)
                        : getsockopt(fd, IPPROTO_IPV6, IPV6_2292PKTOPTIONS, bytes, &size);
  if (status != 0) return true;
  msghdr message{};
  message.msg_control = bytes;
  message.msg_controllen = size;
  std::string values;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    int option = -1;
    if (c->cmsg_level == IPPROTO_IP && (c->cmsg_type == IP_TOS || c->cmsg_type == IP_RECVTOS)) option = kTos;
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) option = kTclass;
    if (c->cmsg_level == IPPROTO_IP && (c->cmsg_type == IP_TTL || c->cmsg_type == IP_RECVTTL)) option = kTtl;
    if (option < 0) continue;
    int value = 0;
    std::memcpy(&value, CMSG_DATA(c), std::min<std::size_t>(c->cmsg_len - CMSG_LEN(0), sizeof value));
    add(values, static_cast<std::uint8_t>(option), 1);
    add(values, static_cast<std::uint32_t>(value), 4);
  }
  add(answer, kPacketOptions, 1);
  add(answer, values.size(), 4);
  answer += values;
  return true;
}

}  // namespace

SetResult set_socket_option(int fd, int family, Option option, std::uint32_t value, std::string_view& rest) {
  const auto result = [](bool ok) { return ok ? SetResult::done : SetResult::failed; };
  switch (option) {
    case kLinger: {
      if (rest.size() < 4) return SetResult::refused;
      const linger l{static_cast<int>(value), static_cast<int>(take(rest, 4))};
      return result(set_keeping_priority(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l, false));
    }
    case kRaw: {
      if (rest.size() < 8) return SetResult::refused;
      const auto name = static_cast<int>(take(rest, 4));
      const std::size_t size = take(rest, 4);
      if (rest.size() < size) return SetResult::refused;
      const std::string_view bytes = take_bytes(rest, size);
      return result(set_keeping_priority(fd, static_cast<int>(value), name, bytes.data(), size, false));
    }
    case kBindToDevice: {
      if (rest.size() < value || value > IFNAMSIZ) return SetResult::refused;
      char name[IFNAMSIZ + 1] = {};
      std::memcpy(name, take_bytes(rest, value).data(), value);
      return set_keeping_priority(fd, SOL_SOCKET, SO_BINDTODEVICE, name, IFNAMSIZ, true) ? SetResult::done
                                                                                         : SetResult::refused;
    }
    case kMulticastInterface: {
      if (family != AF_INET && family != AF_INET6) return SetResult::refused;
      const std::uint32_t at = htonl(value);
      return result(family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &at, sizeof at) == 0
                                      : setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &at, sizeof at) == 0);
    }
    case kAddMembership:
    case kDropMembership: return set_membership(fd, family, option == kAddMembership, value, rest);
    case kExclusiveAddressUse: return SetResult::done;  // of another system
    default: break;
  }
  const Plain* plain = find_plain(option);
  if (plain == nullptr) return SetResult::refused;
  const auto n = static_cast<int>(value);
  if (set_keeping_priority(fd, plain->level, plain->name, &n, sizeof n, plain->must_succeed))
    return SetResult::done;
  return plain->must_succeed ? SetResult::refused : SetResult::failed;
}

bool get_socket_option(int fd, int family, Option option, std::string_view& rest, std::string& answer) {
  constexpr std::size_t kMost = 64 << 10;
  switch (option) {
    case kLinger: {
      linger l{};
      socklen_t size = sizeof l;
      if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &size) != 0) return true;
      add(answer, option, 1);
      add(answer, static_cast<std::uint32_t>(l.l_onoff), 4);
      add(answer, static_cast<std::uint32_t>(l.l_linger), 4);
      return true;
    }
    case kRaw: {
      if (rest.size() < 13) return false;
      const std::uint32_t level = take(rest, 4), name = take(rest, 4);
      const bool has_data = take(rest, 1) != 0;
      const std::size_t wanted = take(rest, 4);
      if (answer.size() + 13 + wanted > kMost || (has_data && rest.size() < wanted)) return false;
      std::string bytes(wanted, '\0');
      if (has_data) bytes = take_bytes(rest, wanted);
      auto size = static_cast<socklen_t>(wanted);
      if (getsockopt(fd, static_cast<int>(level), static_cast<int>(name), bytes.data(), &size) != 0)
        return true;
      add(answer, option, 1);
      add(answer, level, 4);
      add(answer, name, 4);
      add(answer, size, 4);
      answer.append(bytes, 0, size);
      return true;
    }
    case kBindToDevice: {
      char name[IFNAMSIZ] = {};
      socklen_t size = sizeof name;
      if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size) != 0) return true;
      const std::size_t n = strnlen(name, size);
      add(answer, option, 1);
      add(answer, n, 4);
      answer.append(name, n);
      return true;
    }
    case kMulticastInterface: {
      if (family != AF_INET && family != AF_INET6) return false;
      std::uint32_t at = 0;
      socklen_t size = sizeof at;
      const int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
      if (getsockopt(fd, level, family == AF_INET ? IP_MULTICAST_IF : IPV6_MULTICAST_IF, &at, &size) != 0)
        return true;
      add(answer, option, 1);
      add(answer, family == AF_INET ? kIpv4 : kIpv6, 4);
      add(answer, at, 4);
      return true;
    }
    case kPacketOptions: return add_packet_options(fd, family, answer);
    case kExclusiveAddressUse:
      add(answer, option, 1);
      add(answer, 0, 4);
      return true;
    default: break;
  }
  const Plain* plain = find_plain(option);
  if (plain == nullptr) return false;
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, plain->level, plain->name, &value, &size) != 0) return true;
  add(answer, option, 1);
  add(answer, static_cast<std::uint32_t>(value), 4);
  return true;
}

}  // namespace joist::inet
