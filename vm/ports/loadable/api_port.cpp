// What drivers do to ports: descriptors, timers, failures, monitors, jobs, other ports; and what they may
// ask.
#include <dlfcn.h>

#include <cstring>
#include <mutex>
#include <unordered_map>

#include "vm/base/clock.hpp"
#include "vm/ports/loadable/api.hpp"
#include "vm/ports/loadable/async_jobs.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/print.hpp"

using namespace joist;

namespace {

RefKey key_of(const ErlDrvMonitor* monitor) {
  RefKey key;
  std::memcpy(&key, monitor, sizeof key);
  return key;
}

int fail(ErlDrvPort port, Term reason) {
  const Handle at(port);
  if (!at) return -1;
  at->clear_queue();
  at.port().failure(reason);
  return 0;
}

}  // namespace

extern "C" {

int driver_select(ErlDrvPort port, ErlDrvEvent event, int mode, int on) {
  const Handle at(port);
  return at ? at->select(at.port(), static_cast<int>(reinterpret_cast<std::intptr_t>(event)), mode, on != 0)
            : -1;
}

// ---- timers ----
int driver_set_timer(ErlDrvPort port, unsigned long milliseconds) {
  const Handle at(port);
  if (!at || at->driver().entry.timeout == nullptr) return -1;
  at->set_timer(at.port(), milliseconds);
  return 0;
}
int driver_cancel_timer(ErlDrvPort port) {
  const Handle at(port);
  if (!at) return -1;
  at->stop_timer();
  return 0;
}
int driver_read_timer(ErlDrvPort port, unsigned long* left) {
  const Handle at(port);
  if (!at) return -1;
  *left = at->timer_left().value_or(0);
  return 0;
}

// ---- ends ----
int driver_failure_eof(ErlDrvPort port) {
  const Handle at(port);
  if (!at) return -1;
  at.port().end_of_input();
  return 0;
}
int driver_failure_atom(ErlDrvPort port, char* name) { return fail(port, intern(name)); }
int driver_failure_posix(ErlDrvPort port, int error) { return fail(port, posix_atom(error)); }
int driver_failure(ErlDrvPort port, int error) {
  return error == 0 ? driver_failure_eof(port) : driver_failure_posix(port, error);
}
int driver_exit(ErlDrvPort port, int error) {
  const Handle at(port);
  if (!at) return -1;
  at->clear_queue();
  at.port().exit_unlinked(error == 0 ? am::normal : posix_atom(error));
  return 0;
}
char* erl_errno_id(int error) {
  static std::mutex mutex;
  static std::unordered_map<int, std::string> names;
  const std::lock_guard lock(mutex);
  std::string& name = names[error];
  if (name.empty()) name = atom_text(posix_atom(error));
  return name.data();
}

// ---- processes ----
ErlDrvTermData driver_connected(ErlDrvPort port) {
  const Handle at(port);
  return at ? at.port().connected.bits : Term::nil().bits;
}
ErlDrvTermData driver_caller(ErlDrvPort port) {
  const Handle at(port);
  return at ? at->caller.bits : Term::nil().bits;
}
// OTP: 1 if there is no such process, -1 if the driver does not want to hear of it.
int driver_monitor_process(ErlDrvPort port, ErlDrvTermData process, ErlDrvMonitor* monitor) {
  const Handle at(port);
  if (!at || at->driver().entry.process_exit == nullptr) return -1;
  const Term pid{process};
  if (!pid.is_local_pid() || find_process(pid) == nullptr) return 1;
  BlockHeap h;
  const RefKey key = ref_key(make_ref(h));
  std::memset(monitor, 0, sizeof *monitor);
  std::memcpy(monitor, &key, sizeof key);
  at.port().monitors.emplace(key, pid);
  send_monitor(key, at.port().id, pid);
  return 0;
}
int driver_demonitor_process(ErlDrvPort port, const ErlDrvMonitor* monitor) {
  const Handle at(port);
  if (!at) return -1;
  const auto found = at.port().monitors.find(key_of(monitor));
  if (found == at.port().monitors.end()) return 1;
  send_demonitor(found->first, found->second);
  at.port().monitors.erase(found);
  return 0;
}
ErlDrvTermData driver_get_monitored_process(ErlDrvPort port, const ErlDrvMonitor* monitor) {
  const Handle at(port);
  if (!at) return intern("undefined").bits;
  const auto found = at.port().monitors.find(key_of(monitor));
  return found != at.port().monitors.end() ? found->second.bits : am::undefined.bits;
}
int driver_compare_monitors(const ErlDrvMonitor* a, const ErlDrvMonitor* b) {
  return std::memcmp(a, b, sizeof *a);
}

// ---- the port ----
void set_busy_port(ErlDrvPort port, int on) {
  const Handle at(port);
  if (at && !at.port().is_closing()) at.port().set_busy(on != 0);
}
void set_port_control_flags(ErlDrvPort port, int control_flags) {
  const Handle at(port);
  if (at) at->control_flags = control_flags;
}
int get_port_flags(ErlDrvPort port) {
  const Handle at(port);
  return !at ? 0 : (at.port().binary ? PORT_FLAG_BINARY : 0) | (at->in_lines() ? PORT_FLAG_LINE : 0);
}
// joist's ports have no queue of signals that could grow; what is set can be read.
void erl_drv_busy_msgq_limits(ErlDrvPort port, ErlDrvSizeT* low, ErlDrvSizeT* high) {
  const Handle at(port);
  if (!at) return;
  if (low != nullptr && *low != ERL_DRV_BUSY_MSGQ_READ_ONLY) at->busy_msgq_low = *low;
  if (high != nullptr && *high != ERL_DRV_BUSY_MSGQ_READ_ONLY) at->busy_msgq_high = *high;
  if (low != nullptr) *low = at->busy_msgq_low;
  if (high != nullptr) *high = at->busy_msgq_high;
}
void erl_drv_init_ack(ErlDrvPort port, ErlDrvData result) {
  const Handle at(port);
  if (at) at->acknowledge(at.port(), result);
}
void erl_drv_set_os_pid(ErlDrvPort port, ErlDrvSInt pid) {
  const Handle at(port);
  if (at) at.port().os_pid = pid;
}
int erl_drv_consume_timeslice(ErlDrvPort port, int percent) {
  const Handle at(port);
  if (!at) return -1;
  at->timeslice_spent += std::max(1, std::min(percent, 100));
  return at->timeslice_spent >= 100;
}
ErlDrvPort driver_create_port(ErlDrvPort creator, ErlDrvTermData connected, char* name, ErlDrvData data) {
  const ErlDrvPort none = reinterpret_cast<ErlDrvPort>(static_cast<std::intptr_t>(-1));
  const Handle at(creator);
  const Term owner{connected};
  if (!at || !owner.is_local_pid() || find_process(owner) == nullptr) return none;
  LoadableDriver& driver = at->driver();
  if (!driver.add_port()) return none;
  auto loaded = std::make_unique<LoadedPort>(driver, PortOptions{});
  LoadedPort& made = *loaded;
  std::unique_ptr<Driver> state = std::move(loaded);
  Port* port = open_port_for(owner, driver, name, state);
  if (port == nullptr) {
    driver.drop_port();
    return none;
  }
  made.made(*port, data);
  port->binary = at.port().binary;
  return handle_of(port->id);
}

// ---- drivers ----
long driver_async(ErlDrvPort port, unsigned* key, void (*invoke)(void*), void* data, void (*release)(void*)) {
  const Handle at(port);
  return at ? start_async_job(at.loaded(), key, invoke, data, release) : -1;
}
unsigned driver_async_port_key(ErlDrvPort port) {
  return static_cast<unsigned>(Term{reinterpret_cast<Word>(port)}.pid_data());
}
int driver_lock_driver(ErlDrvPort port) {
  const Handle at(port);
  if (!at) return -1;
  at->driver().make_permanent();
  return 0;
}
void add_driver_entry(ErlDrvEntry* entry) { add_driver_of_program(entry); }
int remove_driver_entry(ErlDrvEntry* entry) { return remove_driver_of_program(entry); }
int null_func(void) { return 0; }

void* driver_dl_open(char* path) { return dlopen(path, RTLD_NOW); }
void* driver_dl_sym(void* library, char* name) { return dlsym(library, name); }
int driver_dl_close(void* library) { return dlclose(library); }
char* driver_dl_error(void) { return dlerror(); }

int driver_get_now(ErlDrvNowData* now) {
  const auto us = static_cast<unsigned long>(system_ns() / 1000);
  *now = {us / 1'000'000'000'000, us / 1'000'000 % 1'000'000, us % 1'000'000};
  return 0;
}

}  // extern "C"

// The header declares it as C++.
void dtrace_drvport_str(ErlDrvPort port, char* to) {
  const std::string text = port_text(Term{reinterpret_cast<Word>(port)});
  std::memcpy(to, text.c_str(), text.size() + 1);
}
