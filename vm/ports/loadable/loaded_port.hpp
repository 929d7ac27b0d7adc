// loaded_port.hpp -- a port of a driver in C: calls the driver's functions, keeps what they ask for.
// Owner: the port. Threads: with the port's right, but for the queue, which drivers may lock themselves.
#pragma once
#include <map>

#include "vm/ports/framing.hpp"
#include "vm/ports/loadable/driver_queue.hpp"
#include "vm/ports/loadable/driver_table.hpp"
#include "vm/ports/port_poll.hpp"

// The lock of a port's queue that a driver has asked for; drivers count who uses it.
struct erl_drv_port_data_lock {
  std::recursive_mutex mutex;
  std::atomic<ErlDrvSInt> references{1};
  // How many are left.
  ErlDrvSInt release() {
    const ErlDrvSInt left = --references;
    if (left == 0) delete this;
    return left;
  }
};

namespace joist {

class LoadedPort final : public Driver {
 public:
  LoadedPort(LoadableDriver& driver, const PortOptions& options);
  ~LoadedPort() override;

  Term id() const { return id_; }
  LoadableDriver& driver() { return driver_; }

  // ---- what the port layer asks for ----
  void output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) override;
  bool control(Port& port, Term caller, std::uint32_t operation, std::string_view data,
               std::string& answer) override;
  // OTP: no binary where one was promised is an empty list.
  bool binary_control(const Port&) const override {
    return (control_flags & PORT_CONTROL_FLAG_BINARY) != 0 && !no_answer_;
  }
  Term call(Call& c, Port& port, std::uint32_t operation, Term data) override;
  void ready(Port& port, int fd, unsigned events) override;
  void timeout(Port& port, std::uint64_t timer) override;
  void process_down(Port& port, RefKey monitor) override;
  std::size_t queued_bytes() const override;
  void flush(Port& port) override;
  void at_halt(Port& port, bool flush) override;
  void at_crash(Port& port) override;
  void stop(Port& port) override;

  // ---- what the driver asks for (api_*.cpp) ----
  // Calls the driver's start function.
  DriverStart start(Port& port, const std::string& command);
  void acknowledge(Port& port, ErlDrvData data);
  // A port made by another port's driver.
  void made(Port& port, ErlDrvData data) {
    id_ = port.id;
    data_ = data;
  }
  bool job_done(Port& port, void* data);
  int select(Port& port, int fd, int mode, bool on);
  void set_timer(Port& port, std::uint64_t milliseconds);
  void stop_timer();
  std::optional<std::uint64_t> timer_left() const;
  // Bytes for the owner, in lines if the port was opened so.
  void deliver(Port& port, std::string_view bytes);
  bool in_lines() const { return in_lines_; }
  // OTP: what was not written when a driver gives up never will be.
  void clear_queue();

  DriverQueue queue;
  int control_flags = 0;
  int timeslice_spent = 0;  // per cent
  ErlDrvPDL data_lock = nullptr;
  Term caller = Term::nil();  // of the function that runs
  ErlDrvSizeT busy_msgq_low = 4096, busy_msgq_high = 8192;

 private:
  friend class InDriver;
  bool is_started() const { return data_ != ERL_DRV_ERROR_GENERAL; }

  Term id_ = Term::none();
  LoadableDriver& driver_;
  ErlDrvData data_ = ERL_DRV_ERROR_GENERAL;
  bool counted_ = true;  // as a port of its driver
  bool starting_ = false, waits_ = false, no_answer_ = false;
  bool in_lines_;
  InputFraming framing_;
  std::map<int, int> selected_;  // descriptors and their modes
  poll::TimerId timer_ = 0;
  std::uint64_t due_ms_ = 0;
};

// The driver of a port, if it is one in C and the port still lives.
LoadedPort* loaded_port(Port* port);

// DriverKind::start of all of these.
DriverStart start_loaded_port(Port& port, const PortOptions& options);

}  // namespace joist
