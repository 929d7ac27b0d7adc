// inet_options.hpp -- the options of the system's sockets, by prim_inet's numbers.
// Owner: the caller. Threads: any.
#pragma once
#include <string>
#include <string_view>

#include "vm/ports/inet_protocol.hpp"

namespace joist::inet {

enum class SetResult { done, failed, refused };
// Sets `option` of socket `fd`, of `family` (AF_INET ...), to `value`, which was taken off the front of
// `rest`; what else belongs to the option is taken as well. failed: the system did not want it, which for
// most options is nobody's concern. refused: it is no option of this socket.
SetResult set_socket_option(int fd, int family, Option option, std::uint32_t value, std::string_view& rest);

// Appends the option's number and value, or nothing if the system does not tell it. False: it is no option.
bool get_socket_option(int fd, int family, Option option, std::string_view& rest, std::string& answer);

}  // namespace joist::inet
