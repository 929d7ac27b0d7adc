// erts_debug:get_internal_state/1 and set_internal_state/2: what OTP's own tests look at and turn in the
// emulator.
#include "bifs/internal_state.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "bifs/bifs.hpp"
#include "gc/collect.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/code/export.hpp"
#include "vm/ets/table.hpp"
#include "vm/ports/poll.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/log.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

// Both functions are there only once this has been switched on.
std::atomic<bool> available{false};

Term undefined_function(Call& c) { return raise_error(c, am::undef); }
Term number(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

// The call is made again in the next slice.
Term try_again(Call& c) {
  c.process.run_result = static_cast<std::uint8_t>(RunResult::yielded);
  return retry_marker();
}

// ---- links and monitors of others: {erl_link, ...} and {erl_monitor, ...} records ----

Term link_record(Heap& h, Term type, Term peer, bool active, std::uint64_t id) {
  const Term parts[] = {intern("erl_link"), type, peer, active ? intern("linked") : intern("unlinking"),
                        make_uint(h, id)};
  return make_tuple_from(h, parts);
}

Term links_of(Heap& h, const Process& p) {
  Term list = Term::nil();
  if (p.links)
    for (const auto& [peer, link] : p.links->links) {
      const Term type = Term{peer}.is_local_port() ? am::port : am::process;
      list = make_cons(h, link_record(h, type, Term{peer}, link.active, link.unlink_id), list);
    }
  return list;
}
Term links_of(Heap& h, const Port& port) {
  Term list = Term::nil();
  for (const Word pid : port.links) list = make_cons(h, link_record(h, am::port, Term{pid}, true, 0), list);
  return list;
}

Term monitor_record(Heap& h, Term type, std::string_view direction, Term ref, Term peer, Term name) {
  const Term parts[] = {
      intern("erl_monitor"), type, intern(direction), ref, peer, name.is_none() ? Term::nil() : name};
  return make_tuple_from(h, parts);
}

Term add_watchers(Heap& h, Term type, const std::map<RefKey, Watcher>& watchers, Term list) {
  for (const auto& [key, w] : watchers) {
    const Term ref = make_ref_with_key(h, key, w.alias ? w.watcher : Term::none());
    list = make_cons(h, monitor_record(h, type, "target", ref, w.watcher, w.name), list);
  }
  return list;
}
Term monitors_of(Heap& h, const Process& p) {
  if (!p.links) return Term::nil();
  Term list = add_watchers(h, am::process, p.links->watchers, Term::nil());
  for (const auto& [key, m] : p.links->monitors) {
    const Term ref = make_ref_with_key(h, key, m.alias != AliasMode::none ? p.pid : Term::none());
    const Term type = m.kind == MonitorKind::port          ? am::port
                      : m.kind == MonitorKind::time_offset ? am::time_offset
                                                           : am::process;
    const Term target = m.target.is_none() ? Term::nil() : m.target;
    list = make_cons(h, monitor_record(h, type, "origin", ref, target, m.name), list);
  }
  return list;
}
Term monitors_of(Heap& h, const Port& port) { return add_watchers(h, am::port, port.watchers, Term::nil()); }

// {link_list, Object} and {monitor_list, Object}; of nodes there are none.
template <class Describe>
Term relations(Call& c, Term object, Describe describe) {
  Heap& h = c.heap();
  if (object.is_local_port()) {
    Port* port = find_port_in_any_state(object);
    if (port == nullptr) return am::undefined;
    const PortGuard guard(*port);
    return describe(h, *port);
  }
  if (object.is_atom() && object == this_node()->name) return Term::nil();
  if (!object.is_local_pid()) return badarg(c);
  Process* p = find_process(object);
  if (p == nullptr) return am::undefined;
  // What has been sent to it counts, too.
  if (p != &c.process && p->has_state(Process::kSignals)) return try_again(c);
  Term list = Term::nil();
  bool waits = false;
  stop_the_world([&] {
    if (p->has_state(Process::kExiting | Process::kFree)) return;
    waits = p != &c.process && p->mailbox.has_incoming();
    if (!waits) list = describe(h, *p);
  });
  if (!waits) return list;
  hurry(*p);
  return try_again(c);
}

// ---- looking ----

struct Question {
  std::string_view name;
  Term (*answer)(Call& c);
};
const Question questions[] = {
    {"available_internal_state", [](Call&) { return am::true_; }},
    {"reds_left", [](Call& c) { return Term::small(c.left()); }},
    {"node_and_dist_references",
     [](Call& c) {  // {{node_references, _}, {dist_references, _}}: nothing but this node
       const Term nodes = make_tuple(c.heap(), intern("node_references"), Term::nil());
       return make_tuple(c.heap(), nodes, make_tuple(c.heap(), intern("dist_references"), Term::nil()));
     }},
    {"check_io_debug",
     [](Call& c) {  // {Errors, Descriptors, OfDrivers, OfNativeFunctions}: nobody but drivers is counted
       const Term watched = number(poll::watched_count());
       return make_tuple(c.heap(), Term::small(0), watched, watched, Term::small(0));
     }},
    {"processes", [](Call& c) { return make_list_from(c.heap(), all_pids()); }},
    {"process_info_args", [](Call& c) { return process_info_items(c.heap()); }},
    {"processes_bif_info",
     [](Call& c) {  // OTP's reductions; the table is one piece
       const Term parts[] = {intern("ptab_list_bif_info"),
                             Term::small(40),
                             Term::small(1),
                             number(process_limit()),
                             Term::small(25),
                             Term::small(1),
                             Term::small(10),
                             Term::small(40),
                             Term::small(75),
                             Term::small(0)};
       return make_tuple_from(c.heap(), parts);
     }},
    {"next_pid", [](Call& c) { return make_uint(c.heap(), next_process_number()); }},
    {"next_port", [](Call& c) { return make_uint(c.heap(), next_port_number()); }},
    {"nbalance",
     [](Call& c) {  // idle schedulers steal all the time; OTP checks the balance every so many reductions
       constexpr std::uint64_t kReductionsBetweenChecks = 2000 * 2000;
       return make_uint(c.heap(), scheduler_totals().reductions / kReductionsBetweenChecks);
     }},
    {"DbTable_words",
     [](Call& c) { return make_tuple(c.heap(), number(sizeof(ets::Table) / sizeof(Word)), Term::small(0)); }},
    {"flxctr_memory_usage", [](Call&) { return intern("notsup"); }},
    {"memory", [](Call& c) { return trap(c, find_or_make_export(am::erlang, am::memory, 0), {}); }},
    {"force_heap_frags", [](Call&) { return am::false_; }},
    {"scheduler_dump", [](Call&) { return am::false_; }},
    {"min_unique_monotonic_integer", [](Call&) { return least_unique_integer(); }},
    {"unique_monotonic_integer_state", [](Call& c) { return make_uint(c.heap(), monotonic_unique_state()); }},
};

// {binary_info, Binary} -> heap_binary | {refc_binary, Size, {binary, Capacity}, Writable}
Term binary_info(Call& c, Term t) {
  if (!t.is_bitstring()) return badarg(c);
  RefcBinary* binary = refc_binary_of(t);
  if (binary == nullptr) return intern("heap_binary");
  Heap& h = c.heap();
  const Term memory = make_tuple(h, am::binary, number(binary->capacity));
  return make_tuple(h, intern("refc_binary"), number(binary->used()), memory,
                    number(binary->capacity > binary->used()));
}

// {process_status, Pid} -> undefined | exiting | running | runnable | waiting ...
Term process_status(Call& c, Term pid) {
  if (!pid.is_local_pid()) return badarg(c);
  Process* p = find_process(pid);
  if (p == nullptr) return am::undefined;
  const std::uint32_t s = p->state.load(std::memory_order_acquire);
  if ((s & Process::kRunning) != 0) return am::running;
  if ((s & Process::kSuspended) != 0) return am::suspended;
  return (s & Process::kRunnable) != 0 ? am::runnable : am::waiting;
}

Term ask_about(Call& c, const Tuple& t) {
  if (!t[0].is_atom()) return badarg(c);
  const std::string_view what = atom_text(t[0]);
  Heap& h = c.heap();
  if (t.arity() == 3 && what == "make_unique_integer") {
    const auto thread = to_uint64(t[1]), value = to_uint64(t[2]);
    return thread && value ? make_unique_integer(h, *thread, *value) : badarg(c);
  }
  if (t.arity() != 2) return badarg(c);
  if (what == "link_list") return relations(c, t[1], [](Heap& to, const auto& x) { return links_of(to, x); });
  if (what == "monitor_list")
    return relations(c, t[1], [](Heap& to, const auto& x) { return monitors_of(to, x); });
  if (what == "binary_info") return binary_info(c, t[1]);
  if (what == "process_status") return process_status(c, t[1]);
  if (what == "internal_hash")
    return make_uint(h, dialect.wide_hash ? internal_hash_wide(t[1]) : internal_hash(t[1]));
  if (what == "atom") {
    const auto n = to_uint64(t[1]);
    return n && *n < atom_count() ? Term::atom(static_cast<std::uint32_t>(*n)) : badarg(c);
  }
  return badarg(c);
}

// ---- turning ----

void handle_mark(Process* p, Signal* s) {
  if (p != nullptr) collect(p->heap, 0, {}, CollectKind::major);
  Signal::free(s);
}

struct Knob {
  std::string_view name;
  Term (*turn)(Call& c, Term value);
};
Term wait_for(Term milliseconds) {
  const auto n = to_int64(milliseconds);
  if (n && *n > 0) std::this_thread::sleep_for(std::chrono::milliseconds(*n));
  return am::true_;
}
Term accept(Call&, Term) { return am::ok; }
// Limits of loops after which a BIF yields: joist's go by the reductions that are left.
Term accept_limit(Call& c, Term value) {
  return SmallInt::from(value) || value == am::default_ ? Term::small(-1) : badarg(c);
}
// OTP's tables yield and rearrange themselves more often with some of these; joist's always do it by their
// load.
const Knob knobs[] = {
    {"reds_left",
     [](Call& c, Term value) {
       const auto n = SmallInt::from(value);
       if (!n || n->value() < 0) return badarg(c);
       const std::int64_t most = kReductionsPerSlice;
       c.process.reductions_left = static_cast<std::int32_t>(std::min(n->value(), most));
       return am::true_;
     }},
    {"binary_loop_limit", accept_limit},
    {"re_loop_limit", accept_limit},
    {"unicode_loop_limit", accept_limit},
    {"wait", accept},  // what it would wait for is done at once
    {"ets_force_trap", accept},
    {"ets_force_split", accept},
    {"ets_debug_random_split_join", accept},
    {"node_tab_delayed_delete", accept},
    {"next_pid",
     [](Call& c, Term value) {
       const auto n = to_uint64(value);
       return n ? make_uint(c.heap(), set_next_process_number(*n)) : badarg(c);
     }},
    {"next_port",
     [](Call& c, Term value) {
       const auto n = to_uint64(value);
       return n ? make_uint(c.heap(), set_next_port_number(*n)) : badarg(c);
     }},
    {"unique_monotonic_integer_state",
     [](Call& c, Term value) {
       const auto n = to_uint64(value);
       if (!n) return badarg(c);
       set_monotonic_unique_state(*n);
       return am::true_;
     }},
    // false: collections that others ask for wait until it is true again
    {"gc_state",
     [](Call& c, Term value) {
       const auto on = Boolean::from(value);
       if (!on) return badarg(c);
       return make_bool(!std::exchange(c.process.holds_collections, !on->value));
     }},
    // Signals lie in one lock-free queue; there are no buffers to switch on.
    {"proc_sig_buffers",
     [](Call& c, Term value) {
       if (!Boolean::from(value)) return badarg(c);
       return c.process.off_heap_messages ? am::true_ : am::false_;
     }},
    {"test_long_gc_sleep",
     [](Call& c, Term value) {
       const auto ms = SmallInt::from(value);
       if (!ms || ms->value() < 0 || ms->value() > 100'000) return badarg(c);
       collect_delay_ms.store(static_cast<unsigned>(ms->value()));
       return am::true_;
     }},
    {"code_write_permission", [](Call&, Term) { return am::true_; }},
    {"mbuf", [](Call& c, Term value) { return copy_term(c.heap(), value); }},
    {"fill_heap", accept},  // nothing that a program could see depends on it
    {"sleep", [](Call&, Term value) { return wait_for(value); }},
    {"block",
     [](Call&, Term value) {
       stop_the_world([&] { wait_for(value); });
       return am::true_;
     }},
    {"force_gc",
     [](Call& c, Term value) {
       if (!value.is_local_pid()) return badarg(c);
       if (find_process(value) == nullptr) return am::false_;
       send_request(value, c.process.pid, handle_mark, Term::nil());
       return am::true_;
     }},
    // {Name, N} -> N names that are near `Name` in the directory of tables: here, any
    {"colliding_names",
     [](Call& c, Term value) {
       const auto t = Tuple::from(value);
       const auto n = t && t->arity() == 2 ? SmallInt::from((*t)[1]) : std::nullopt;
       if (!n || !(*t)[0].is_atom()) return badarg(c);
       ListBuilder list(c.heap());
       for (std::int64_t i = 0; i < n->value(); ++i)
         list.add(intern(fmt::format("colliding_with_{}_{}", atom_text((*t)[0]), i)));
       return list.list();
     }},
};

}  // namespace

JOIST_DEFINE_BIF(erts_debug_get_internal_state_1, Term what) {
  if (!available) return undefined_function(c);
  if (const auto t = Tuple::from(what); t && t->arity() > 1) return ask_about(c, *t);
  if (what.is_atom())
    for (const Question& q : questions)
      if (atom_text(what) == q.name) return q.answer(c);
  return badarg(c);
}

JOIST_DEFINE_BIF(erts_debug_set_internal_state_2, Term what, Term value) {
  if (what == am::available_internal_state && (value == am::true_ || value == am::false_)) {
    const bool before = available.exchange(value == am::true_);
    if (value == am::true_ && !before)
      log_event(LogLevel::warning,
                "Process ~w enabled access to the emulator internal state.\n"
                "NOTE: This is an erts internal test feature and should *only* be used by OTP test-suites.\n",
                make_cons(c.heap(), c.process.pid, Term::nil()), c.process.group_leader, c.process.pid);
    return make_bool(before);
  }
  if (!available) return undefined_function(c);
  if (what.is_atom())
    for (const Knob& k : knobs)
      if (atom_text(what) == k.name) return k.turn(c, value);
  return badarg(c);
}

}  // namespace joist
