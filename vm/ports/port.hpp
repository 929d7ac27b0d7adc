// port.hpp -- ports: identity, owner, links, monitors, and what processes do to them.
//
// Whoever works on a port holds its execution right (PortGuard). A signal that needs no answer may come while
// another thread, or this one further up its stack, holds it: then it is queued (post) and run before the
// right is given back. So a guard may be waited for only by threads that hold no port and no lock.
// Owner: the port table until the port is gone; freed after every thread passed a safe point (epoch.hpp).
// Threads: any; fields marked [any] without the right. GC: terms of a port are immediates or own fragments.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "vm/ports/driver.hpp"
#include "vm/process/link.hpp"
#include "vm/process/process.hpp"

namespace joist {

struct OpenedPort;

class Port : public Traceable {
 public:
  Port(Term id, const DriverKind& kind, std::string name, Term connected);
  ~Port();
  Port(const Port&) = delete;

  const Term id;                 // [any]
  const DriverKind* const kind;  // [any]
  const std::string name;        // [any] as port_info shows it

  enum class State : std::uint8_t { opening, open, flushing, gone };
  // [any] as a hint: closed ports are not found by the functions below.
  bool is_open() const { return state_.load(std::memory_order_acquire) == State::open; }

  bool is_closing() const { return state_.load(std::memory_order_acquire) >= State::flushing; }

  Term connected;
  std::set<Word> links;                  // bits of pids
  std::map<RefKey, Watcher> watchers;    // who monitors this port
  std::map<RefKey, Term> monitors;       // pids that the driver monitors
  OwnedTerm data;                        // port_set_data
  std::atomic<Word> registered_name{0};  // [any] bits of an atom, 0: none
  std::uint64_t input_bytes = 0, output_bytes = 0;
  std::optional<std::int64_t> os_pid;
  bool binary = false, eof = false, parallelism = false;
  std::unique_ptr<Driver> driver;

  // ---- for drivers, with the right held ----
  // {Port, {data, Data}} to the owner; `around` wraps Data: none(), or eol | noeol.
  void send_data(std::string_view bytes, Term around = Term::none());
  // {Port, {data, [Head... | Rest]}}: the head as bytes of a list even if data are binaries.
  void send_headed_data(std::string_view head, std::optional<std::string_view> rest);
  // Sends a whole message to the owner, and tells the port's tracer.
  void send_message_to_owner(Term message, HeapFragment* fragment);
  // Tells the tracer what a process has asked of the port: {Pid, What} or {Pid, {What, Data}}.
  void trace_request(Term from, Term what, Term data = Term::none());
  void trace_life(Term event, Term what, Term extra = Term::none());
  // {Port, What} to the owner.
  void send_to_owner(Term what);
  // Bytes that were sent to the owner otherwise.
  void count_input(std::size_t bytes);
  void send_exit_status(int status);
  // The end of input: {Port, eof}, or the port closes with reason normal.
  void end_of_input();
  // The driver has failed: the port closes with `reason`.
  void failure(Term reason);
  void failure_errno(int error) { failure(posix_atom(error)); }
  // The same, but the owner, who knows already, hears nothing of it.
  void exit_unlinked(Term reason);
  void set_busy(bool busy);
  bool busy() const { return busy_; }
  void queue_drained();

  // For a driver whose start was to be decided later: the opener is answered.
  void open_now();
  void open_failed(Term error);

  // ---- the port's life ----
  void open() { state_.store(State::open, std::memory_order_release); }
  // Exit with `reason`. drop_normal: unless it is normal and does not come from the owner.
  void exit(Term from, Term reason, bool send_closed, bool drop_normal);
  // `pid` is resumed when the port is not busy any more.
  void suspend(Term pid) { suspended_.push_back(pid); }

  // Runs `task` with the right held, perhaps later. Any thread, whatever it holds.
  void post(std::function<void(Port&)> task);

 private:
  friend class PortGuard;
  friend Port* open_port_for(Term owner, const DriverKind& kind, std::string name,
                             std::unique_ptr<Driver>& driver);
  friend struct OpenedPort open_port(Process& owner, const DriverKind& kind, std::string name,
                                     const PortOptions& options);
  void acquire();
  bool try_acquire();
  void release();
  void run_tasks();
  void profile(bool active);
  void finish();
  void wake_suspended();

  std::atomic<State> state_{State::opening};
  std::atomic<std::uint32_t> right_{0};  // 0 free, 1 held, 2 held and waited for
  std::mutex tasks_mutex_;
  std::vector<std::function<void(Port&)>> tasks_;
  std::atomic<bool> has_tasks_{false};
  std::vector<Term> suspended_;
  bool busy_ = false;
  bool send_closed_ = false;
  // The opener and its reference, while it waits.
  Term opener_ = Term::none();
  OwnedTerm opener_ref_;
};

class [[nodiscard]] PortGuard {
 public:
  explicit PortGuard(Port& port) : port_(port) { port_.acquire(); }
  ~PortGuard() { port_.release(); }
  PortGuard(const PortGuard&) = delete;

 private:
  Port& port_;
};

// ---- all ports ----
// Null if there is no such port, or it has closed.
Port* find_port(Term id);
// As find_port, but also while the port is being opened or flushed.
Port* find_port_in_any_state(Term id);
std::vector<Term> all_ports();
std::vector<Term> all_ports_in_any_state();
std::size_t port_count();
void make_port_table(std::size_t limit);  // before there are any
std::size_t port_limit();
// The number that the next port gets if its slot is free. Setting it, for tests, returns the new one.
Word next_port_number();
Word set_next_port_number(Word n);
struct PortTotals {
  std::uint64_t input = 0, output = 0;
};
PortTotals port_totals();
// Installs the port layer's hooks and drivers, and makes the port of the helper that starts programs. Once,
// before the schedulers start.
void init_ports();

// A new port of `owner`, linked to it; or a reference: {Ref, Port | Error} will be sent. Else `error` says
// why not.
struct OpenedPort {
  Term port = Term::none();
  Term error = Term::none();
};
OpenedPort open_port(Process& owner, const DriverKind& kind, std::string name, const PortOptions& options);
// One that nobody is linked to.
Port* open_unowned_port(const DriverKind& kind, std::string name, Term connected);

// An open port that a driver makes for `owner`, linked to it; null: there is no room. `driver` is left alone
// then.
Port* open_port_for(Term owner, const DriverKind& kind, std::string name, std::unique_ptr<Driver>& driver);

// ---- operations, each by a process ----
enum class CommandResult { ok, busy, dead, not_data, unsupported };
// Writes `data` (an iolist) to the port, whose right is held. busy: `p` is to wait for a signal and try
// again, unless `nosuspend`.
CommandResult port_command(Process& p, Port& port, Term data, bool nosuspend, bool force);
// The same from native code: later, and nobody waits for a busy port. False: there is no such open port.
bool post_port_command(Term id, Term data);

}  // namespace joist
