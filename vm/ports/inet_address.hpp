// inet_address.hpp -- addresses of sockets, as the system and as prim_inet write them.
// Owner: the caller. Threads: any.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

namespace joist::inet {

struct Address {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
    sockaddr_storage storage{};
  };
  socklen_t size = 0;

  // The port in host byte order; 0 where there is none.
  std::uint16_t port() const;
  static constexpr socklen_t kRoom = sizeof(sockaddr_storage);
};

// Takes an address for a socket of `family` (AF_INET ...) off the front of `from`. False: there is none, or
// one of another family.
bool take_address(std::string_view& from, int family, Address& address);
// Appends `address` as prim_inet reads it.
void add_address(std::string& to, const Address& address);

}  // namespace joist::inet
