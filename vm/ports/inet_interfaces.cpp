#include "vm/ports/inet_interfaces.hpp"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "vm/ports/inet_address.hpp"
#include "vm/ports/inet_protocol.hpp"

namespace joist::inet {
namespace {

enum InterfaceOption : std::uint8_t {
  kAddress = 1,
  kBroadcastAddress = 2,
  kPeerAddress = 3,
  kMtu = 4,
  kNetmask = 5,
  kFlags = 6,
  kHardwareAddress = 7,
};
enum InterfaceFlag : std::uint32_t {
  kUp = 1,
  kBroadcast = 2,
  kIsLoopback = 4,
  kPointToPoint = 8,
  kRunning = 0x10,
  kMulticast = 0x20,
  kDown = 0x100,
  kNoBroadcast = 0x200,
  kNoPointToPoint = 0x800,
};

std::uint32_t flags_of(unsigned system_flags) {
  const struct {
    unsigned system;
    std::uint32_t ours;
  } known[] = {{IFF_UP, kUp},
               {IFF_BROADCAST, kBroadcast},
               {IFF_LOOPBACK, kIsLoopback},
               {IFF_POINTOPOINT, kPointToPoint},
               {IFF_RUNNING, kRunning},
               {IFF_MULTICAST, kMulticast}};
  std::uint32_t flags = 0;
  for (const auto& k : known)
    if ((system_flags & k.system) != 0) flags |= k.ours;
  return flags;
}

// A family and the bytes of an address.
void add_bare_address(std::string& to, InterfaceOption option, const sockaddr* address) {
  if (address == nullptr) return;
  if (address->sa_family == AF_INET) {
    add(to, option, 1);
    add(to, kIpv4, 1);
    to.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr), 4);
  } else if (address->sa_family == AF_INET6) {
    add(to, option, 1);
    add(to, kIpv6, 1);
    to.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr), 16);
  }
}

void add_hardware_address(std::string& to, const void* bytes, std::size_t size) {
  add(to, kHardwareAddress, 1);
  add(to, size, 2);
  to.append(static_cast<const char*>(bytes), size);
}

// The name that a request begins with, as an ifreq.
bool take_name(std::string_view& request, ifreq& r) {
  if (request.empty()) return false;
  const std::size_t n = take(request, 1);
  if (n > request.size()) return false;
  r = {};
  const std::string_view name = take_bytes(request, n);
  std::memcpy(r.ifr_name, name.data(), std::min(name.size(), sizeof r.ifr_name - 1));
  return true;
}

struct Service {
  std::string name, protocol;
  std::uint16_t port;
  std::vector<std::string> aliases;
};

// Calls `wanted` for each service until it says yes.
template <class Wanted>
bool find_service(Wanted wanted) {
  std::ifstream file("/etc/services");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    Service s;
    std::string place;
    if (!(words >> s.name >> place)) continue;
    const std::size_t slash = place.find('/');
    if (slash == std::string::npos) continue;
    s.port = static_cast<std::uint16_t>(std::strtoul(place.c_str(), nullptr, 10));
    s.protocol = place.substr(slash + 1);
    for (std::string alias; words >> alias;) s.aliases.push_back(alias);
    if (wanted(s)) return true;
  }
  return false;
}

}  // namespace

int interface_names(int fd, std::string& answer) {
  std::vector<ifreq> requests(64);
  ifconf list{};
  for (;;) {
    list.ifc_len = static_cast<int>(requests.size() * sizeof(ifreq));
    list.ifc_req = requests.data();
    if (ioctl(fd, SIOCGIFCONF, &list) != 0) return errno;
    if (static_cast<std::size_t>(list.ifc_len) < requests.size() * sizeof(ifreq)) break;
    requests.resize(requests.size() * 2);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(list.ifc_len) / sizeof(ifreq); ++i)
    answer.append(requests[i].ifr_name).push_back('\0');
  return 0;
}

// What the system does not know is left out.
int interface_get(int fd, std::string_view request, std::string& answer) {
  ifreq r;
  if (!take_name(request, r)) return EINVAL;
  const auto ask = [&](unsigned long what) { return ioctl(fd, what, &r) == 0; };
  while (!request.empty()) {
    switch (const auto option = static_cast<InterfaceOption>(take(request, 1))) {
      case kAddress:
        if (ask(SIOCGIFADDR)) add_bare_address(answer, option, &r.ifr_addr);
        break;
      case kNetmask:
        if (ask(SIOCGIFNETMASK)) add_bare_address(answer, option, &r.ifr_netmask);
        break;
      case kBroadcastAddress:
        if (ask(SIOCGIFBRDADDR)) add_bare_address(answer, option, &r.ifr_broadaddr);
        break;
      case kPeerAddress:
        if (ask(SIOCGIFDSTADDR)) add_bare_address(answer, option, &r.ifr_dstaddr);
        break;
      case kMtu:
        if (!ask(SIOCGIFMTU)) break;
        add(answer, option, 1);
        add(answer, static_cast<std::uint32_t>(r.ifr_mtu), 4);
        break;
      case kFlags:
        add(answer, option, 1);
        add(answer, ask(SIOCGIFFLAGS) ? flags_of(static_cast<unsigned short>(r.ifr_flags)) : 0, 4);
        break;
      case kHardwareAddress:
        if (ask(SIOCGIFHWADDR)) add_hardware_address(answer, r.ifr_hwaddr.sa_data, 6);
        break;
      default: return EINVAL;
    }
  }
  return 0;
}

int interface_set(int fd, std::string_view request) {
  ifreq r;
  if (!take_name(request, r)) return EINVAL;
  const auto tell = [&](unsigned long what) { return ioctl(fd, what, &r) == 0 ? 0 : errno; };
  const auto take_ipv4 = [&](sockaddr& into) {
    if (request.size() < 5 || take(request, 1) != kIpv4) return false;
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(take(request, 4));
    std::memcpy(&into, &a, sizeof a);
    return true;
  };
  while (!request.empty()) {
    int error = 0;
    switch (take(request, 1)) {
      case kAddress:
        if (!take_ipv4(r.ifr_addr)) return EINVAL;
        error = tell(SIOCSIFADDR);
        break;
      case kNetmask:
        if (!take_ipv4(r.ifr_netmask)) return EINVAL;
        error = tell(SIOCSIFNETMASK);
        break;
      case kBroadcastAddress:
        if (!take_ipv4(r.ifr_broadaddr)) return EINVAL;
        error = tell(SIOCSIFBRDADDR);
        break;
      case kPeerAddress:
        if (!take_ipv4(r.ifr_dstaddr)) return EINVAL;
        error = tell(SIOCSIFDSTADDR);
        break;
      case kMtu:
        if (request.size() < 4) return EINVAL;
        r.ifr_mtu = static_cast<int>(take(request, 4));
        error = tell(SIOCSIFMTU);
        break;
      case kHardwareAddress: {
        if (request.size() < 2) return EINVAL;
        const std::string_view bytes = take_bytes(request, take(request, 2));
        r.ifr_hwaddr = {};
        r.ifr_hwaddr.sa_family = ARPHRD_ETHER;
        std::memcpy(r.ifr_hwaddr.sa_data, bytes.data(), std::min<std::size_t>(bytes.size(), 14));
        error = tell(SIOCSIFHWADDR);
        break;
      }
      case kFlags: {
        if (request.size() < 4) return EINVAL;
        const std::uint32_t wanted = take(request, 4);
        if (ioctl(fd, SIOCGIFFLAGS, &r) != 0) return errno;
        int flags = r.ifr_flags;
        if ((wanted & kUp) != 0) flags |= IFF_UP;
        if ((wanted & kDown) != 0) flags &= ~IFF_UP;
        if ((wanted & kBroadcast) != 0) flags |= IFF_BROADCAST;
        if ((wanted & kNoBroadcast) != 0) flags &= ~IFF_BROADCAST;
        if ((wanted & kPointToPoint) != 0) flags |= IFF_POINTOPOINT;
        if ((wanted & kNoPointToPoint) != 0) flags &= ~IFF_POINTOPOINT;
        r.ifr_flags = static_cast<short>(flags);
        error = tell(SIOCSIFFLAGS);
        break;
      }
      default: return EINVAL;
    }
    if (error != 0) return error;
  }
  return 0;
}

// Per address: the interface's name, its flags, addresses, and a zero.
int interface_addresses(std::string& answer) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return errno;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    answer.append(i->ifa_name).push_back('\0');
    add(answer, kFlags, 1);
    add(answer, flags_of(i->ifa_flags), 4);
    const int family = i->ifa_addr != nullptr ? i->ifa_addr->sa_family : AF_UNSPEC;
    if (family == AF_INET || family == AF_INET6) {
      add_bare_address(answer, kAddress, i->ifa_addr);
      add_bare_address(answer, kNetmask, i->ifa_netmask);
      if ((i->ifa_flags & IFF_POINTOPOINT) != 0)
        add_bare_address(answer, kPeerAddress, i->ifa_dstaddr);
      else if ((i->ifa_flags & IFF_BROADCAST) != 0)
        add_bare_address(answer, kBroadcastAddress, i->ifa_broadaddr);
    } else if (family == AF_PACKET) {
      const auto* link = reinterpret_cast<const sockaddr_ll*>(i->ifa_addr);
      if (link->sll_halen != 0) add_hardware_address(answer, link->sll_addr, link->sll_halen);
    }
    answer.push_back('\0');
  }
  freeifaddrs(all);
  return 0;
}

bool service_port(std::string_view name, std::string_view protocol, std::uint16_t& port) {
  return find_service([&](const Service& s) {
    if (s.protocol != protocol) return false;
    bool found = s.name == name;
    for (const std::string& alias : s.aliases) found = found || alias == name;
    if (found) port = s.port;
    return found;
  });
}

bool service_name(std::uint16_t port, std::string_view protocol, std::string& name) {
  return find_service([&](const Service& s) {
    if (s.port != port || s.protocol != protocol) return false;
    name = s.name;
    return true;
  });
}

}  // namespace joist::inet
