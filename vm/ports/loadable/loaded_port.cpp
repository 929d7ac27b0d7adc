#include "vm/ports/loadable/loaded_port.hpp"

#include <errno.h>

#include <cstring>

#include "vm/base/clock.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"
#include "vm/ports/driver_memory.hpp"
#include "vm/process/call.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"

namespace joist {
namespace {

std::uint64_t now_ms() { return elapsed_ns() / 1'000'000; }

ErlDrvEvent event_of(int fd) { return reinterpret_cast<ErlDrvEvent>(static_cast<std::intptr_t>(fd)); }

// What a function answered with, in a buffer of ours or one that it has made itself.
constexpr std::size_t kAnswerBytes = 64;

unsigned interest_of(int mode) {
  return ((mode & ERL_DRV_READ) != 0 ? poll::kRead : 0u) | ((mode & ERL_DRV_WRITE) != 0 ? poll::kWrite : 0u);
}

}  // namespace

// A function of the driver runs.
class InDriver {
 public:
  InDriver(Port& port, LoadedPort& loaded, Term caller = Term::nil())
      : port_(port),
        loaded_(loaded),
        driver_(loaded.driver()),
        before_(std::exchange(loaded.caller, caller)) {
    driver_.enter();
    if (driver_.locks_itself()) driver_.lock.lock();
    loaded_.timeslice_spent = 0;
  }
  ~InDriver() {
    loaded_.caller = before_;
    if (driver_.locks_itself()) driver_.lock.unlock();
    if (port_.is_closing() && loaded_.queued_bytes() == 0) port_.queue_drained();
    driver_.leave();
  }
  InDriver(const InDriver&) = delete;
  const ErlDrvEntry* operator->() const { return &driver_.entry; }

 private:
  Port& port_;
  LoadedPort& loaded_;
  LoadableDriver& driver_;
  Term before_;
};

LoadedPort::LoadedPort(LoadableDriver& driver, const PortOptions& options)
    : driver_(driver), in_lines_(options.framing == PortOptions::Framing::line), framing_(options) {}

LoadedPort::~LoadedPort() {
  if (data_lock != nullptr) data_lock->release();
}

// The driver's threads use the queue, too, with the lock that the driver has made for it.
std::size_t LoadedPort::queued_bytes() const {
  if (data_lock == nullptr) return queue.size();
  const std::lock_guard held(data_lock->mutex);
  return queue.size();
}

void LoadedPort::clear_queue() {
  if (data_lock == nullptr) return queue.clear();
  const std::lock_guard held(data_lock->mutex);
  queue.clear();
}

LoadedPort* loaded_port(Port* port) {
  return port != nullptr ? dynamic_cast<LoadedPort*>(port->driver.get()) : nullptr;
}

// ---- beginning and end ----

DriverStart start_loaded_port(Port& port, const PortOptions& options) {
  auto& driver = const_cast<LoadableDriver&>(static_cast<const LoadableDriver&>(*port.kind));
  if (!driver.add_port()) return {nullptr, am::badarg};
  auto loaded = std::make_unique<LoadedPort>(driver, options);
  LoadedPort& here = *loaded;
  port.driver = std::move(loaded);  // the driver may ask for something while it starts
  return here.start(port, options.command);
}

DriverStart LoadedPort::start(Port& port, const std::string& command) {
  std::string text = command;
  id_ = port.id;
  driver_.enter();
  ErlDrvData data = reinterpret_cast<ErlDrvData>(id_.bits);
  int error = 0;
  starting_ = true;
  waits_ = (driver_.entry.driver_flags & ERL_DRV_FLAG_USE_INIT_ACK) != 0;
  if (driver_.entry.start != nullptr) {
    const InDriver in(port, *this, port.connected);  // who opens it
    errno = 0;
    data = in->start(reinterpret_cast<ErlDrvPort>(id_.bits), text.data());
    error = errno;
  }
  starting_ = false;
  const bool failed =
      data == ERL_DRV_ERROR_GENERAL || data == ERL_DRV_ERROR_ERRNO || data == ERL_DRV_ERROR_BADARG;
  if (!failed && !is_started()) data_ = data;  // unless it has been acknowledged
  std::unique_ptr<Driver> self = std::move(port.driver);
  LoadableDriver& driver = driver_;
  if (failed) {
    if (std::exchange(counted_, false)) driver.drop_port();
    if (timer_ != 0) stop_timer();
    self.reset();
    driver.leave();
    return {nullptr, data == ERL_DRV_ERROR_ERRNO    ? posix_atom(error)
                     : data == ERL_DRV_ERROR_BADARG ? am::badarg
                                                    : am::einval};
  }
  driver.leave();
  return {.driver = std::move(self), .later = waits_};
}

// OTP: with ERL_DRV_FLAG_USE_INIT_ACK a port opens when its driver says so.
void LoadedPort::acknowledge(Port& port, ErlDrvData data) {
  if (!waits_) return;
  const bool failed =
      data == ERL_DRV_ERROR_GENERAL || data == ERL_DRV_ERROR_ERRNO || data == ERL_DRV_ERROR_BADARG;
  if (!failed) data_ = data;
  waits_ = false;
  if (starting_) return;
  if (failed)
    port.open_failed(data == ERL_DRV_ERROR_ERRNO    ? posix_atom(errno)
                     : data == ERL_DRV_ERROR_BADARG ? am::badarg
                                                    : am::einval);
  else
    port.open_now();
}

void LoadedPort::flush(Port& port) {
  const InDriver in(port, *this);
  if (in->flush != nullptr) in->flush(data_);
}

void LoadedPort::stop(Port& port) {
  driver_.enter();
  stop_timer();
  if (is_started()) {
    const InDriver in(port, *this);
    if (in->stop != nullptr) in->stop(data_);
  }
  for (const auto& [fd, mode] : std::exchange(selected_, {})) poll::forget(fd);
  clear_queue();
  if (std::exchange(counted_, false)) driver_.drop_port();
  driver_.leave();
}

void LoadedPort::at_halt(Port& port, bool flush) {
  if (flush && !port.is_closing()) port.exit(port.id, am::normal, false, false);
}

void LoadedPort::at_crash(Port&) {
  if (driver_.entry.emergency_close != nullptr && is_started()) driver_.entry.emergency_close(data_);
}

// ---- what processes send ----

void LoadedPort::output(Port& port, Term who, std::span<const iovec> parts, std::size_t size) {
  const InDriver in(port, *this, who.is_none() ? Term::nil() : who);
  if (in->outputv != nullptr) {
    RefcBinary* bytes = size != 0 ? RefcBinary::make(size, size) : nullptr;
    std::size_t at = 0;
    for (const iovec& part : parts) {
      std::memcpy(bytes->bytes + at, part.iov_base, part.iov_len);
      at += part.iov_len;
    }
    // OTP: the first part is empty, room for a header of the driver's own.
    SysIOVec iov[2] = {};
    ErlDrvBinary* binaries[2] = {};
    if (bytes != nullptr) {
      iov[1] = {reinterpret_cast<char*>(bytes->bytes), size};
      binaries[1] = to_driver(bytes);
    }
    ErlIOVec v{bytes != nullptr ? 2 : 1, size, iov, binaries};
    in->outputv(data_, &v);
    if (bytes != nullptr) bytes->release();
  } else if (in->output != nullptr) {
    std::string bytes;
    bytes.reserve(size);
    for (const iovec& part : parts) bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
    in->output(data_, bytes.data(), size);
  }
}

bool LoadedPort::control(Port& port, Term who, std::uint32_t operation, std::string_view data,
                         std::string& answer) {
  const InDriver in(port, *this, who);
  std::string bytes(data);
  char own[kAnswerBytes];
  char* given = own;
  const ErlDrvSSizeT n = in->control(data_, operation, bytes.data(), bytes.size(), &given, sizeof own);
  if (n < 0) return false;
  no_answer_ = given == nullptr;
  if ((control_flags & PORT_CONTROL_FLAG_BINARY) != 0) {
    if (given == own) {
      answer.assign(own, static_cast<std::size_t>(n));
    } else if (given != nullptr) {
      auto* binary = reinterpret_cast<ErlDrvBinary*>(given);
      answer.assign(binary->orig_bytes, static_cast<std::size_t>(binary->orig_size));
      from_driver(binary)->release();
    }
    return true;
  }
  if (given != nullptr) answer.assign(given, static_cast<std::size_t>(n));
  if (given != own) driver_memory_free(given);
  return true;
}

Term LoadedPort::call(Call& c, Port& port, std::uint32_t operation, Term data) {
  const InDriver in(port, *this, c.process.pid);
  std::string bytes;
  encode_etf(bytes, data);
  char own[4 * kAnswerBytes];
  char* given = own;
  unsigned flags = 0;
  const ErlDrvSSizeT n = in->call(data_, operation, bytes.data(), bytes.size(), &given, sizeof own, &flags);
  Term answer = am::badarg;
  if (n > 0 && given != nullptr) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(given);
    if (const EtfResult result = decode_etf(c.heap(), {first, static_cast<std::size_t>(n)}))
      answer = make_tuple(c.heap(), am::ok, result.term);
  }
  if (given != own && (flags & DRIVER_CALL_KEEP_BUFFER) == 0) driver_memory_free(given);
  return answer;
}

void LoadedPort::deliver(Port& port, std::string_view bytes) {
  if (!in_lines_) return port.send_data(bytes);
  framing_.feed(bytes, [&](std::string_view piece, InputFraming::End end) {
    port.send_data(piece, end == InputFraming::End::line ? am::eol : am::noeol);
    return true;
  });
}

// ---- descriptors, timers, processes, jobs ----

int LoadedPort::select(Port& port, int fd, int mode, bool on) {
  if (fd < 0) return -1;
  if (on) {
    int& all = selected_[fd];
    all |= mode & (ERL_DRV_READ | ERL_DRV_WRITE | ERL_DRV_USE);
    return watch_for_port(port, fd, interest_of(all)) == 0 ? 0 : -1;
  }
  const auto found = selected_.find(fd);
  if ((mode & ERL_DRV_USE) == 0) {
    if (found == selected_.end()) return 0;
    found->second &= ~mode;
    return watch_for_port(port, fd, interest_of(found->second)) == 0 ? 0 : -1;
  }
  if (found != selected_.end()) {
    selected_.erase(found);
    poll::forget(fd);
  }
  // A call that is late finds nothing selected, so the driver may close the descriptor now.
  if (driver_.entry.stop_select != nullptr && (mode & ERL_DRV_USE_NO_CALLBACK) != ERL_DRV_USE_NO_CALLBACK)
    driver_.entry.stop_select(event_of(fd), nullptr);
  return 0;
}

void LoadedPort::ready(Port& port, int fd, unsigned events) {
  const auto wanted = [&](int mode, unsigned event) {
    const auto found = selected_.find(fd);
    return (events & event) != 0 && found != selected_.end() && (found->second & mode) != 0;
  };
  if (wanted(ERL_DRV_READ, poll::kRead)) {
    const InDriver in(port, *this);
    if (in->ready_input != nullptr) in->ready_input(data_, event_of(fd));
  }
  if (wanted(ERL_DRV_WRITE, poll::kWrite)) {
    const InDriver in(port, *this);
    if (in->ready_output != nullptr) in->ready_output(data_, event_of(fd));
  }
}

void LoadedPort::set_timer(Port& port, std::uint64_t milliseconds) {
  stop_timer();
  due_ms_ = now_ms() + milliseconds;
  timer_ = start_port_timer(port, milliseconds);
}

void LoadedPort::stop_timer() {
  if (timer_ != 0) poll::stop_timer(std::exchange(timer_, 0));
}

std::optional<std::uint64_t> LoadedPort::timer_left() const {
  if (timer_ == 0) return std::nullopt;
  const std::uint64_t now = now_ms();
  return due_ms_ > now ? due_ms_ - now : 0;
}

void LoadedPort::timeout(Port& port, std::uint64_t timer) {
  if (timer != timer_ || timer == 0) return;
  timer_ = 0;
  const InDriver in(port, *this);
  if (in->timeout != nullptr) in->timeout(data_);
}

void LoadedPort::process_down(Port& port, RefKey monitor) {
  static_assert(sizeof(RefKey) <= sizeof(ErlDrvMonitor));
  ErlDrvMonitor bytes{};
  std::memcpy(&bytes, &monitor, sizeof monitor);
  const InDriver in(port, *this);
  if (in->process_exit != nullptr) in->process_exit(data_, &bytes);
}

bool LoadedPort::job_done(Port& port, void* data) {
  if (port.is_closing() && port.driver.get() != this) return false;
  if (!counted_ || driver_.entry.ready_async == nullptr) return false;
  const InDriver in(port, *this);
  in->ready_async(data_, static_cast<ErlDrvThreadData>(data));
  return true;
}

}  // namespace joist
