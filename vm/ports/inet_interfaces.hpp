// inet_interfaces.hpp -- what prim_inet asks of the machine's network interfaces.
// Owner: nobody. Threads: any.
#pragma once
#include <string>
#include <string_view>

namespace joist::inet {

// Each appends its answer and returns 0 or an errno value. `fd` is a socket to ask by.
int interface_names(int fd, std::string& answer);
int interface_get(int fd, std::string_view request, std::string& answer);
int interface_set(int fd, std::string_view request);
int interface_addresses(std::string& answer);

// The port of a service, or the name of the service at a port, by /etc/services; false if there is none.
bool service_port(std::string_view name, std::string_view protocol, std::uint16_t& port);
bool service_name(std::uint16_t port, std::string_view protocol, std::string& name);

}  // namespace joist::inet
