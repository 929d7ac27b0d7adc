// driver.hpp -- what is behind a port: the interface of drivers, and the drivers by name.
// Owner: the port owns its driver's state. Threads: one at a time, with the port's execution right.
#pragma once
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vm/os/posix.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/term.hpp"

namespace joist {

class Port;
struct Call;

struct BusyLimits {
  std::size_t low = 4096, high = 8192;
  bool disabled = false;
};

// What open_port was told.
struct PortOptions {
  enum class Kind { spawn, spawn_driver, spawn_executable, fd, vanilla };
  Kind kind = Kind::spawn;
  std::string command;  // command line or file; in the file system's encoding
  int in = -1, out = -1;

  enum class Framing { stream, packet, line };
  Framing framing = Framing::stream;
  std::size_t packet_bytes = 0, max_line = 0;
  bool read = true, write = true;
  bool binary = false, eof = false, exit_status = false;
  bool use_stdio = true, stderr_to_stdout = false;
  bool parallelism = false;
  std::optional<std::string> directory, arg0;
  std::optional<std::vector<std::string>> arguments;
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;  // nullopt: unset
  BusyLimits busy;
};

// The driver's state of one port. The port outlives it.
class Driver {
 public:
  virtual ~Driver() = default;

  virtual void opened(Port& port) {}  // after open_now()
  // Bytes from Erlang, valid during the call only; `caller` is the process that sent them, or none().
  virtual void output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) = 0;
  // port_control: appends the answer; false: badarg.
  virtual bool control(Port& port, Term caller, std::uint32_t operation, std::string_view data,
                       std::string& answer) {
    return false;
  }
  // Whether what control answers becomes a binary.
  virtual bool binary_control(const Port& port) const;
  // port_call: {ok, Term} in c.heap(), or badarg.
  virtual Term call(Call& c, Port& port, std::uint32_t operation, Term data);
  virtual void ready(Port& port, int fd, unsigned events) {}  // of poll.hpp
  virtual void timeout(Port& port, std::uint64_t timer) {}    // of port_poll.hpp
  virtual void child_exited(Port& port, int status) {}        // status of waitpid
  virtual void process_down(Port& port, RefKey monitor) {}
  // Bytes accepted and not yet written: the port waits for them before it goes away.
  virtual std::size_t queued_bytes() const { return 0; }
  // The port closes, but bytes are still queued: the driver calls port.queue_drained() when they are not.
  virtual void flush(Port& port) {}
  // The end of the VM. flush: writes what is queued, waiting as long as it takes.
  virtual void at_halt(Port& port, bool flush) {}
  // A crash dump is about to be written: what others must not find in their hands is closed.
  virtual void at_crash(Port& port) {}
  // The last call: gives back file descriptors and whatever else it holds.
  virtual void stop(Port& port) {}
};

// What a driver's start answers: its state, or why not (an atom such as einval, badarg), or later.
struct DriverStart {
  std::unique_ptr<Driver> driver;
  Term error = Term::none();
  bool later = false;  // the port opens with port.open_now() or open_failed()
};

struct DriverKind {
  std::string_view name;
  DriverStart (*start)(Port& port, const PortOptions& options);
  bool soft_busy = false;       // port_command's `force` is allowed
  bool binary_control = false;  // answers of control are binaries
  bool has_control = false, has_call = false;
  bool locks_ports = false;        // port_info says locking: port_level
  bool needs_descriptors = false;  // {spawn_driver, Name} and {spawn, Name} do not start it
};
void register_driver(const DriverKind& kind);
// By the first word of a command; null if there is none. built_in: not among those that were loaded.
const DriverKind* find_driver(std::string_view command);
const DriverKind* find_built_in_driver(std::string_view command);

}  // namespace joist
