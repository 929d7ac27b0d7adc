// driver_table.hpp -- which drivers in C are loaded, which processes use them, and who waits for a change:
// what is behind erl_ddll.
//
// A driver is unloaded when its last user has gone and no port of it is open any more; reloading is the same,
// and the new one takes the place of the old. Until then it is pending. Owner: the VM. Threads: any; one lock
// for the table. A driver found may be used until the thread's next safe point.
#pragma once
#include <erl_driver.h>

#include <atomic>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "vm/ports/driver.hpp"
#include "vm/process/process.hpp"

namespace joist {

class LoadableDriver final : public DriverKind {
 public:
  ErlDrvEntry entry{};  // its functions, as they were when it was loaded
  // Held by what runs its functions, unless it asks for locking by port.
  std::recursive_mutex lock;
  bool locks_itself() const { return !locks_ports; }

  // Something of it runs, or will: its code stays.
  void enter() { inside_.fetch_add(1); }
  void leave();
  // A port of it is opened: false if it is being unloaded. Closed: afterwards nothing of that port is called.
  bool add_port();
  void drop_port();
  // From now on it cannot be unloaded.
  void make_permanent();

 private:
  friend class DriverTable;
  enum class State { loaded, unloading, reloading };
  struct User {
    Term pid;
    std::size_t loads;
  };
  enum class Watch { loaded, unloaded, unloaded_only };
  struct Watcher {
    Term pid;
    RefKey ref;
    Watch what;
  };
  std::string text_, path_, next_path_;  // its name; files, without extension
  void* handle_ = nullptr;               // null: part of the program
  State state_ = State::loaded;
  bool forced_ = false;  // its ports are killed
  bool kill_ports_ = false, permanent_ = false;
  std::vector<User> users_;
  std::vector<Watcher> watchers_;
  std::atomic<std::size_t> ports_{0}, inside_{0};
};

// Why a driver could not be loaded: an atom, or the number of an error of the dynamic linker.
using DriverError = std::variant<Term, int>;

enum class DriverWish { none, pending_driver, pending };
struct DriverRequest {
  Term pid;
  std::string name, path;  // the file, without extension
  bool kill_ports = false;
  DriverWish monitor = DriverWish::none, reload = DriverWish::none;
  RefKey ref{};  // for a monitor, if it comes to that
};
struct DriverAnswer {
  std::optional<DriverError> error;
  Term status = Term::none();
  bool monitored = false;
};
DriverAnswer load_driver(const DriverRequest& request);
DriverAnswer unload_driver(const DriverRequest& request);
// When: loaded, unloaded or unloaded_only; false: none of them. `name` as it is in messages sent at once.
bool monitor_driver(Term pid, RefKey ref, const std::string& name, Term name_term, Term when);
void demonitor_driver(Term pid, RefKey ref);

struct DriverInfo {
  bool built_in = false, permanent = false, kill_ports = false;
  std::size_t ports = 0;
  std::vector<std::pair<Term, std::size_t>> users, awaiting_load, awaiting_unload;
};
std::optional<DriverInfo> driver_info(const std::string& name);
// OTP: drivers that are part of the emulator; joist's own are not all of them.
constexpr std::string_view kDriversOfOtp[] = {"tcp_inet", "udp_inet", "sctp_inet", "ram_file_drv", "tty_sl"};
// Names of those that were loaded, the oldest first.
std::vector<std::string> loaded_driver_names();
// What the dynamic linker said to error `number`.
std::string driver_error_text(int number);

// As find_driver (driver.hpp), among these.
const DriverKind* find_loadable_driver(std::string_view name);
// A driver that is part of the program (add_driver_entry).
void add_driver_of_program(ErlDrvEntry* entry);
bool remove_driver_of_program(ErlDrvEntry* entry);
void init_driver_table();  // once, before the schedulers start

}  // namespace joist
