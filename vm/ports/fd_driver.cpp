// The driver of {fd, In, Out}: bytes to and from descriptors that the program was started with.
//
// They are shared with whoever started it, and so are their flags: a second description of the same pipe or
// terminal is opened, which does not block, and the original stays as it is.
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "vm/ports/byte_stream.hpp"
#include "vm/process/log.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

constexpr std::uint32_t kMagic = 0x018b0900;
constexpr std::uint32_t kGetWindowSize = kMagic + 100;

// A descriptor of our own for what `fd` is open on; -1 and errno.
int open_again(int fd, int direction) {
  struct stat s;
  if (fstat(fd, &s) != 0) return -1;
  if (S_ISFIFO(s.st_mode) || S_ISCHR(s.st_mode)) {
    const std::string path = fmt::format("/proc/self/fd/{}", fd);
    const int own = open(path.c_str(), direction | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) return own;
  }
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  // A terminal that cannot be opened again stays blocking: its flags are everybody's.
  if (own >= 0 && (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode)))
    fcntl(own, F_SETFL, fcntl(own, F_GETFL) | O_NONBLOCK);
  return own;
}

class FdDriver final : public ByteStream {
 public:
  FdDriver(Port& port, const PortOptions& o, int in, int out) : ByteStream(port, o, in, out) {}

  bool control(Port&, Term, std::uint32_t operation, std::string_view, std::string& answer) override {
    if (operation != kGetWindowSize) return false;
    winsize size{};
    if ((out() < 0 || ioctl(out(), TIOCGWINSZ, &size) != 0) &&
        (in() < 0 || ioctl(in(), TIOCGWINSZ, &size) != 0))
      return false;
    const std::uint32_t numbers[] = {size.ws_col, size.ws_row};
    answer.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
    return true;
  }
};

DriverStart start(Port& port, const PortOptions& o) {
  if (o.in < 0 || o.out < 0) return {nullptr, am::einval};
  const int in = o.read ? open_again(o.in, O_RDONLY) : -1, out = o.write ? open_again(o.out, O_WRONLY) : -1;
  // OTP: a descriptor that is not open is found out when it is used.
  if (o.read && in < 0) {
    BlockHeap scratch;
    const Term text =
        make_string_list(scratch, fmt::format("Bad input fd in erts_poll()! fd={}, port={}, driver=fd, "
                                              "name={}\n",
                                              o.in, port_text(port.id), port.name));
    log_event(LogLevel::error, "~s~n", make_cons(scratch, text, Term::nil()), Term::none(), Term::none());
  }
  auto driver = std::make_unique<FdDriver>(port, o, in, out);
  driver->start(port);
  return {.driver = std::move(driver)};
}

// A file by its name, as a port: "vanilla".
DriverStart start_vanilla(Port& port, const PortOptions& o) {
  const int how = o.read && o.write ? O_RDWR | O_CREAT : o.write ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY;
  const int fd = open(o.command.c_str(), how | O_NONBLOCK | O_CLOEXEC, 0666);
  if (fd < 0) return {nullptr, am::einval};  // OTP: whatever the reason
  auto driver = std::make_unique<ByteStream>(port, o, o.read ? fd : -1, o.write ? fd : -1);
  driver->start(port);
  return {.driver = std::move(driver)};
}

}  // namespace

void register_fd_driver() {
  register_driver({.name = "fd", .start = start, .has_control = true, .needs_descriptors = true});
  register_driver({.name = "vanilla", .start = start_vanilla, .needs_descriptors = true});
}

}  // namespace joist
