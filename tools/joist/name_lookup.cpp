// name_lookup.cpp -- joist as the program inet_gethost, which looks up names and addresses of hosts for OTP's
// module inet_gethost_native: the C library's functions for that may wait long, and have no business inside
// the VM.
//
// On standard input come packets (their length in 4 bytes, a serial number, an operation), answers go to
// standard output in any order. Threads: one reads; as many as the first argument says look up.
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/joist/commands.hpp"

namespace joist {
namespace {

enum Operation : std::uint8_t { kByName = 1, kByAddress = 2, kCancel = 3, kControl = 4 };
enum Family : std::uint8_t { kIpv4 = 1, kIpv6 = 2 };

struct Request {
  std::uint32_t serial;
  Operation operation;
  Family family;
  std::string what;  // a name, or the bytes of an address
};

struct Host {
  const char* error = nullptr;
  std::vector<std::string> addresses, names;
};

std::mutex mutex;
std::condition_variable arrived;
std::deque<Request> waiting;

std::string number(std::uint32_t n) {
  n = htonl(n);
  return {reinterpret_cast<const char*>(&n), sizeof n};
}

const char* error_name(int h_error) {
  switch (h_error) {
    case HOST_NOT_FOUND: return "notfound";
    case TRY_AGAIN: return "try_again";
    case NO_RECOVERY: return "no_recovery";
    case NO_DATA: return "no_data";
    default: return "netdb_internal";
  }
}

const char* error_name_of_address_info(int error) {
  switch (error) {
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
      return "notfound";
    case EAI_AGAIN: return "try_again";
    case EAI_FAIL: return "no_recovery";
    default: return "netdb_internal";
  }
}

Host from(const hostent& found) {
  Host host;
  for (char** a = found.h_addr_list; *a != nullptr; ++a)
    host.addresses.emplace_back(*a, static_cast<std::size_t>(found.h_length));
  host.names.push_back(found.h_name);
  for (char** n = found.h_aliases; *n != nullptr; ++n) host.names.push_back(*n);
  return host;
}

// `find(entry, buffer, size, &found, &error)`, with as much room as it asks for.
template <class Find>
Host with_room(Find find) {
  std::vector<char> buffer(1024);
  for (;;) {
    hostent entry{};
    hostent* found = nullptr;
    int error = 0;
    const int result = find(&entry, buffer.data(), buffer.size(), &found, &error);
    if (result == ERANGE) {
      buffer.resize(2 * buffer.size());
      continue;
    }
    if (found == nullptr) return {error_name(error), {}, {}};
    return from(*found);
  }
}

Host ipv6_by_name(const char* name) {
  addrinfo wanted{}, *all = nullptr;
  wanted.ai_family = AF_INET6;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_CANONNAME;
  if (const int error = getaddrinfo(name, nullptr, &wanted, &all))
    return {error_name_of_address_info(error), {}, {}};
  Host host;
  host.names.push_back(all->ai_canonname != nullptr ? all->ai_canonname : name);
  for (const addrinfo* a = all; a != nullptr; a = a->ai_next)
    host.addresses.emplace_back(
        reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(a->ai_addr)->sin6_addr), 16);
  freeaddrinfo(all);
  return host;
}

Host look_up(const Request& r) {
  const char* what = r.what.c_str();
  if (r.operation == kByName && r.family == kIpv6) return ipv6_by_name(what);
  if (r.operation == kByName)
    return with_room([&](auto... room) { return gethostbyname2_r(what, AF_INET, room...); });
  return with_room([&](auto... room) {
    return gethostbyaddr_r(what, static_cast<socklen_t>(r.what.size()),
                           r.family == kIpv6 ? AF_INET6 : AF_INET, room...);
  });
}

void answer(const Request& r, const Host& host) {
  std::string text = number(r.serial);
  if (host.error != nullptr) {
    text += '\0';
    text.append(host.error, std::strlen(host.error) + 1);
  } else {
    text += r.family == kIpv6 ? '\20' : '\4';
    text += number(static_cast<std::uint32_t>(host.addresses.size()));
    for (const std::string& a : host.addresses) text += a;
    text += number(static_cast<std::uint32_t>(host.names.size()));
    for (const std::string& n : host.names) text.append(n.c_str(), n.size() + 1);
  }
  text = number(static_cast<std::uint32_t>(text.size())) + text;
  const std::lock_guard lock(mutex);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = write(1, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(0);  // the VM is gone
    done += static_cast<std::size_t>(n);
  }
}

void work() {
  for (;;) {
    Request r;
    {
      std::unique_lock lock(mutex);
      arrived.wait(lock, [] { return !waiting.empty(); });
      r = std::move(waiting.front());
      waiting.pop_front();
    }
    answer(r, look_up(r));
  }
}

bool read_all(char* to, std::size_t size) {
  while (size != 0) {
    const ssize_t n = read(0, to, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void warn(const char* what) {
  std::fprintf(stderr, "inet_gethost[%d]: WARNING:%s, message discarded.\n", getpid(), what);
}

void take(const std::string& packet) {
  if (packet.size() < 5) return warn("Malformed message sent from erlang");
  Request r{};
  std::memcpy(&r.serial, packet.data(), 4);
  r.serial = ntohl(r.serial);
  r.operation = static_cast<Operation>(packet[4]);
  if (r.operation == kControl) return;  // how much to tell: nothing
  if (r.operation == kCancel) {
    const std::lock_guard lock(mutex);
    std::erase_if(waiting, [&](const Request& w) { return w.serial == r.serial; });
    return;
  }
  if (r.operation != kByName && r.operation != kByAddress)
    return warn("Unknown operation requested from erlang");
  if (packet.size() < 6) return warn("Malformed message sent from erlang");
  r.family = static_cast<Family>(packet[5]);
  if (r.family != kIpv4 && r.family != kIpv6) return warn("Unknown protocol requested from erlang");
  r.what = packet.substr(6);
  if (r.operation == kByName) {
    if (r.what.size() < 2 || r.what.back() != '\0')
      return warn("Malformed message sent from erlang, no domain");
    r.what.pop_back();
  } else if (r.what.size() != (r.family == kIpv6 ? 16u : 4u)) {
    return warn("Malformed message sent from erlang, no address");
  }
  const std::lock_guard lock(mutex);
  waiting.push_back(std::move(r));
  arrived.notify_one();
}

}  // namespace

int name_lookup_program(const std::vector<std::string>& args) {
  const int workers = args.empty() ? 0 : std::atoi(args[0].c_str());
  for (int i = 0; i < std::max(workers, 1); ++i) std::thread(work).detach();
  for (;;) {
    std::uint32_t size;
    if (!read_all(reinterpret_cast<char*>(&size), sizeof size)) _exit(0);
    std::string packet(ntohl(size), '\0');
    if (!read_all(packet.data(), packet.size())) _exit(0);
    take(packet);
  }
}

}  // namespace joist
