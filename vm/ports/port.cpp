#include "vm/ports/port.hpp"

#include <errno.h>
#include <string.h>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/ports/loadable/driver_table.hpp"
#include "vm/process/log.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/system_monitor.hpp"
#include "vm/process/table.hpp"
#include "vm/process/trace_session.hpp"
#include "vm/term/iolist.hpp"
#include "vm/term/list.hpp"

namespace joist {
namespace {

// Slot = number modulo the table's size; numbers only count up, so a port's number is not used anew soon.
std::unique_ptr<std::atomic<Port*>[]> slots;
std::size_t table_size = 0;  // a power of two
std::atomic<Word> next_number{0};
std::atomic<bool> went_back{false};  // numbers have been set by a test
std::atomic<std::size_t> live_count{0};
std::atomic<std::uint64_t> total_input{0}, total_output{0};

std::vector<DriverKind>& drivers() {
  static std::vector<DriverKind> all;
  return all;
}

std::atomic<Port*>& slot_of(Term id) { return slots[id.pid_data() & (table_size - 1)]; }

}  // namespace

Term Driver::call(Call&, Port&, std::uint32_t, Term) { return am::badarg; }
bool Driver::binary_control(const Port& port) const { return port.kind->binary_control; }

// ---- drivers by name -------------------------------------------------------------------------------

void register_driver(const DriverKind& kind) {
  drivers().reserve(32);  // ports point at them
  require(drivers().size() < 32, "too many drivers");
  drivers().push_back(kind);
}

const DriverKind* find_driver(std::string_view command) {
  const DriverKind* kind = find_built_in_driver(command);
  return kind != nullptr ? kind : find_loadable_driver(command.substr(0, command.find(' ')));
}

const DriverKind* find_built_in_driver(std::string_view command) {
  command = command.substr(0, command.find(' '));
  for (const DriverKind& d : drivers())
    if (d.name == command) return &d;
  return nullptr;
}

// ---- the execution right ---------------------------------------------------------------------------

bool Port::try_acquire() {
  std::uint32_t expected = 0;
  return right_.compare_exchange_strong(expected, 1, std::memory_order_acquire);
}

void Port::acquire() {
  if (!try_acquire()) {
    while (right_.exchange(2, std::memory_order_acquire) != 0) right_.wait(2, std::memory_order_relaxed);
  }
  profile(true);
  run_tasks();
}

// system_profile: a port is active as long as somebody works on it.
void Port::profile(bool active) {
  if ((profiled.load(std::memory_order_relaxed) & kProfilePorts) != 0) [[unlikely]]
    report_port(id, active);
}

void Port::release() {
  do {
    run_tasks();
    profile(false);
    if (right_.exchange(0, std::memory_order_seq_cst) == 2) right_.notify_one();
    // A task that came after the last look is run by whoever gets the right now.
    if (!has_tasks_.load(std::memory_order_seq_cst) || !try_acquire()) return;
    profile(true);
  } while (true);
}

void Port::run_tasks() {
  while (has_tasks_.load(std::memory_order_acquire)) {
    std::vector<std::function<void(Port&)>> tasks;
    {
      const std::lock_guard lock(tasks_mutex_);
      tasks.swap(tasks_);
      has_tasks_.store(false, std::memory_order_relaxed);
    }
    for (auto& task : tasks) task(*this);
  }
}

void Port::post(std::function<void(Port&)> task) {
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks_.push_back(std::move(task));
    has_tasks_.store(true, std::memory_order_seq_cst);
  }
  if (!try_acquire()) return;
  profile(true);
  release();
}

// ---- what drivers say ------------------------------------------------------------------------------

Port::Port(Term the_id, const DriverKind& the_kind, std::string the_name, Term owner)
    : id(the_id), kind(&the_kind), name(std::move(the_name)), connected(owner) {}
Port::~Port() = default;

void Port::count_input(std::size_t bytes) {
  input_bytes += bytes;
  total_input.fetch_add(bytes, std::memory_order_relaxed);
}

void Port::send_data(std::string_view bytes, Term around) {
  count_input(bytes.size());
  GrowingFragmentHeap h;
  Term payload = binary ? make_binary_copy(h, bytes) : make_byte_list(h, bytes);
  if (!around.is_none()) payload = make_tuple(h, around, payload);
  const Term data = make_tuple(h, am::data, payload);
  const Term message = make_tuple(h, id, data);
  send_message_to_owner(message, h.finish());
}

void Port::send_headed_data(std::string_view head, std::optional<std::string_view> rest) {
  count_input(head.size() + (rest ? rest->size() : 0));
  GrowingFragmentHeap h;
  const Term tail = !rest ? Term::nil() : binary ? make_binary_copy(h, *rest) : make_byte_list(h, *rest);
  const Term data = make_tuple(h, am::data, make_byte_list(h, head, tail));
  const Term message = make_tuple(h, id, data);
  send_message_to_owner(message, h.finish());
}

void Port::send_message_to_owner(Term message, HeapFragment* fragment) {
  if (is_traced(*this, kTraceSend)) [[unlikely]] {
    const Term what = Tuple::of(message)[1];  // OTP: `closed` alone
    trace_event(*this, id, kTraceSend, am::send, what == am::closed ? what : message, connected);
  }
  send_fragment(connected, message, fragment);
}

void Port::trace_request(Term from, Term what, Term data) {
  if (!is_traced(*this, kTraceReceive)) [[likely]]
    return;
  BlockHeap h;
  const Term request = data.is_none() ? what : make_tuple(h, what, data);
  trace_event(*this, id, kTraceReceive, am::receive, make_tuple(h, from, request));
}

void Port::trace_life(Term event, Term what, Term extra) {
  if (is_traced(*this, kTracePorts)) [[unlikely]]
    trace_event(*this, id, kTracePorts, event, what, extra);
}

void Port::send_to_owner(Term what) {
  FragmentHeap h(3 + flat_size(what));
  const Term copy = copy_term(h, what);
  const Term message = make_tuple(h, id, copy);
  send_message_to_owner(message, h.finish());
}

void Port::send_exit_status(int status) {
  FragmentHeap h(6);
  const Term what = make_tuple(h, am::exit_status, Term::small(status));
  const Term message = make_tuple(h, id, what);
  send_message_to_owner(message, h.finish());
}

void Port::end_of_input() {
  if (!is_open()) return;
  if (eof)
    send_to_owner(am::eof);
  else
    exit(id, am::normal, false, false);
}

void Port::failure(Term reason) { exit(id, reason, false, false); }

void Port::exit_unlinked(Term reason) {
  if (links.erase(connected.bits) != 0) send_unlink(id, connected);
  exit(id, reason, false, false);
}

void Port::open_now() {
  if (state_.load(std::memory_order_relaxed) != State::opening) return;
  open();
  reply(opener_, std::exchange(opener_ref_, {}).term, id);
  driver->opened(*this);
}

void Port::open_failed(Term error) {
  if (state_.load(std::memory_order_relaxed) != State::opening) return;
  for (const Word peer : std::exchange(links, {})) send_unlink(id, Term{peer});
  reply(opener_, opener_ref_.term, error);
  finish();
}

void Port::wake_suspended() {
  for (const Term pid : std::exchange(suspended_, {})) send_resume(pid);
}

void Port::set_busy(bool busy) {
  if (busy_ == busy) return;
  busy_ = busy;
  if (!busy) wake_suspended();
}

// ---- its end ---------------------------------------------------------------------------------------

void Port::exit(Term from, Term reason, bool send_closed, bool drop_normal) {
  const State state = state_.load(std::memory_order_relaxed);
  if (state != State::open && state != State::opening) {
    // OTP: one that still writes what was queued is killed by exit(Port, kill).
    if (state == State::flushing && reason == am::kill) finish();
    return;
  }
  if (drop_normal && reason == am::normal && from != connected && from != id) return;
  if (kind->name == "forker") return;  // OTP: init:stop kills all ports; this one stays
  const bool killed = reason == am::kill;
  if (killed) reason = am::killed;
  state_.store(State::flushing, std::memory_order_release);
  send_closed_ = send_closed;
  trace_life(am::closed, reason);
  if (const Word name_bits = registered_name.exchange(0)) {
    trace_life(am::unregister, Term{name_bits});
    unregister_port_name(Term{name_bits}, id);
  }
  for (const Word peer : std::exchange(links, {})) send_link_exit(id, Term{peer}, reason);
  for (const auto& [ref, watcher] : std::exchange(watchers, {})) send_down(ref, watcher, id, reason);
  for (const auto& [ref, pid] : std::exchange(monitors, {})) send_demonitor(ref, pid);
  busy_ = false;
  wake_suspended();
  if (!killed && driver && driver->queued_bytes() != 0)
    driver->flush(*this);
  else
    finish();
}

void Port::queue_drained() {
  if (state_.load(std::memory_order_relaxed) == State::flushing) finish();
}

void Port::finish() {
  state_.store(State::gone, std::memory_order_release);
  if (driver) driver->stop(*this);
  if (send_closed_) send_to_owner(am::closed);
  data = {};
  slot_of(id).store(nullptr, std::memory_order_release);
  live_count.fetch_sub(1, std::memory_order_relaxed);
  retire_object(this);
}

// ---- the table -------------------------------------------------------------------------------------

Port* find_port_in_any_state(Term id) {
  if (!id.is_local_port()) return nullptr;
  Port* p = slot_of(id).load(std::memory_order_acquire);
  return p != nullptr && p->id == id ? p : nullptr;
}

Port* find_port(Term id) {
  Port* p = find_port_in_any_state(id);
  return p != nullptr && p->is_open() ? p : nullptr;
}

namespace {

std::vector<Term> collect_ports(bool open_only) {
  std::vector<Term> found;
  const Word next = next_number.load(std::memory_order_relaxed);
  const std::size_t used = went_back.load() ? table_size : std::min<std::size_t>(table_size, next);
  for (std::size_t i = 0; i < used; ++i)
    if (Port* p = slots[i].load(std::memory_order_acquire); p != nullptr && (!open_only || p->is_open()))
      found.push_back(p->id);
  std::sort(found.begin(), found.end(), [](Term a, Term b) { return a.pid_data() < b.pid_data(); });
  return found;
}

}  // namespace

std::vector<Term> all_ports() { return collect_ports(true); }
std::vector<Term> all_ports_in_any_state() { return collect_ports(false); }

void make_port_table(std::size_t limit) {
  table_size = std::bit_ceil(std::max<std::size_t>(limit, 1024));  // OTP: at least as many
  slots = std::make_unique<std::atomic<Port*>[]>(table_size);
}

std::size_t port_count() { return live_count.load(std::memory_order_relaxed); }
std::size_t port_limit() { return table_size; }
Word next_port_number() { return next_number.load(); }
Word set_next_port_number(Word n) {
  went_back = true;
  next_number = n;
  return n;
}
PortTotals port_totals() {
  return {total_input.load(std::memory_order_relaxed), total_output.load(std::memory_order_relaxed)};
}

namespace {

Port* make_port(const DriverKind& kind, std::string name, Term connected) {
  if (live_count.fetch_add(1, std::memory_order_relaxed) >= table_size) {
    live_count.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  for (;;) {
    const Word number = next_number.fetch_add(1, std::memory_order_relaxed);
    std::atomic<Port*>& slot = slots[number & (table_size - 1)];
    if (slot.load(std::memory_order_relaxed) != nullptr) continue;
    auto* port = new Port(Term::port(number), kind, std::move(name), connected);
    Port* expected = nullptr;
    if (slot.compare_exchange_strong(expected, port, std::memory_order_acq_rel)) return port;
    name = port->name;
    delete port;
  }
}

}  // namespace

Port* open_unowned_port(const DriverKind& kind, std::string name, Term connected) {
  Port* port = make_port(kind, std::move(name), connected);
  require(port != nullptr, "no room for a port");
  port->driver = kind.start(*port, PortOptions{}).driver;
  port->open();
  return port;
}

Port* open_port_for(Term owner, const DriverKind& kind, std::string name, std::unique_ptr<Driver>& driver) {
  Port* port = make_port(kind, std::move(name), owner);
  if (port == nullptr) return nullptr;
  port->binary = true;
  port->driver = std::move(driver);
  port->links.insert(owner.bits);
  send_link(port->id, owner);  // one that is gone answers with an exit signal
  port->open();
  return port;
}

OpenedPort open_port(Process& owner, const DriverKind& kind, std::string name, const PortOptions& options) {
  OpenedPort result;
  Port* port = make_port(kind, std::move(name), owner.pid);
  if (port == nullptr) {
    result.error = am::system_limit;
    return result;
  }
  const PortGuard guard(*port);
  give_default_tracing(*port, &TraceSession::new_ports);
  if (is_traced(*port, kTracePorts))
    port->trace_life(am::open_, owner.pid, intern(port->name.substr(0, 255)));
  port->binary = options.binary;
  port->eof = options.eof;
  port->parallelism = options.parallelism;
  DriverStart start = kind.start(*port, options);
  if (!start.driver) {
    result.error = start.error;
    port->finish();
    return result;
  }
  port->driver = std::move(start.driver);
  if (port->state_.load() != Port::State::opening) {
    result.error = am::einval;  // its driver gave up at once
    return result;
  }
  port->links.insert(owner.pid.bits);
  owner.links_made().links.insert_or_assign(port->id.bits, LinkState{});
  port->trace_life(am::getting_linked, owner.pid);
  if (is_traced(owner, kTraceProcs)) trace_event(owner, kTraceProcs, am::link, port->id);
  if (start.later) {
    result.port = make_ref(owner.heap);
    const CopiedTerm copy = copy_to_fragment(result.port);
    port->opener_ = owner.pid;
    port->opener_ref_ = OwnedTerm(copy.term, copy.fragment);
    // Older messages need not be looked at for the answer.
    owner.mailbox.set_marker(result.port);
    owner.mailbox.use_marker(result.port);
  } else {
    port->open();
    result.port = port->id;
  }
  return result;
}

// ---- commands --------------------------------------------------------------------------------------

namespace {

// An iolist as pieces of memory: runs of bytes are gathered in `bytes`, binaries stay where they are.
struct Gathered {
  std::string bytes;
  std::vector<iovec> parts;
  std::size_t size = 0;
};

bool gather(Term data, Gathered& g) {
  // Small pieces are cheaper copied than listed.
  constexpr std::size_t kCopied = 256;
  struct Piece {
    const void* bytes;  // null: in g.bytes
    std::size_t at, size;
  };
  std::vector<Piece> pieces;
  const auto copied = [&](std::size_t n) -> Piece& {
    if (pieces.empty() || pieces.back().bytes != nullptr) pieces.push_back({nullptr, g.bytes.size(), 0});
    pieces.back().size += n;
    return pieces.back();
  };
  const bool ok = walk_iolist(
      data,
      [&](std::uint8_t b) {
        copied(1);
        g.bytes.push_back(static_cast<char>(b));
        return true;
      },
      [&](const Bits& b) {
        if (!b.whole_bytes()) return false;
        const std::size_t n = b.byte_size();
        if (n == 0) return true;
        if (n <= kCopied || !b.byte_aligned()) {
          copied(n);
          std::string scratch;
          g.bytes += aligned_bytes(b, scratch);
        } else {
          pieces.push_back({b.bytes(), 0, n});
        }
        return true;
      });
  if (!ok) return false;
  for (const Piece& p : pieces) {
    const void* bytes = p.bytes != nullptr ? p.bytes : g.bytes.data() + p.at;
    g.parts.push_back({const_cast<void*>(bytes), p.size});
    g.size += p.size;
  }
  return true;
}

}  // namespace

static CommandResult output(Port& port, Term data, Term leader, Term sender) {
  Gathered g;
  if (!gather(data, g)) {
    BlockHeap scratch;
    const Term text = make_string_list(scratch, fmt::format("Bad value on output port '{}'\n", port.name));
    log_event(LogLevel::error, "~s~n", make_cons(scratch, text, Term::nil()), leader, sender);
    return CommandResult::not_data;
  }
  if (is_traced(port, kTraceReceive)) [[unlikely]] {
    BlockHeap h;
    std::string all;
    for (const iovec& part : g.parts) all.append(static_cast<const char*>(part.iov_base), part.iov_len);
    port.trace_request(sender.is_none() ? am::undefined : sender, am::command,
                       make_binary_copy(h, std::string_view(all)));
  }
  port.output_bytes += g.size;
  total_output.fetch_add(g.size, std::memory_order_relaxed);
  port.driver->output(port, sender, g.parts, g.size);
  return CommandResult::ok;
}

CommandResult port_command(Process& p, Port& port, Term data, bool nosuspend, bool force) {
  if (!port.is_open()) return CommandResult::dead;
  if (force && !port.kind->soft_busy) return CommandResult::unsupported;
  if (port.busy() && !force) {
    if (!nosuspend) {
      port.suspend(p.pid);
      suspend_self(p);
      report_busy_port(p, port.id, false);
    }
    return CommandResult::busy;
  }
  return output(port, data, p.group_leader, p.pid);
}

bool post_port_command(Term id, Term data) {
  Port* port = find_port(id);
  if (port == nullptr || !port->is_open()) return false;
  const CopiedTerm copy = copy_to_fragment_with_literals(data);
  auto own = std::make_shared<OwnedTerm>(copy.term, copy.fragment);
  port->post([own](Port& p) {
    if (p.is_open()) output(p, own->term, Term::none(), Term::none());
  });
  return true;
}

}  // namespace joist
