// erlang: system_monitor, system_profile; dt_*, which do nothing without a tracing framework of the system.
#include "vm/process/system_monitor.hpp"

#include "bifs/bifs.hpp"
#include "vm/process/table.hpp"

namespace joist {
namespace {

Term with(Heap& h, Term list, Term key, std::int64_t n) {
  return n < 0 ? list : make_cons(h, make_tuple(h, key, Term::small(n)), list);
}

// undefined | {Pid, Options}, in the order of OTP.
Term monitor_term(Heap& h, const SystemMonitor& m) {
  if (m.receiver.is_none()) return am::undefined;
  Term list = with(h, Term::nil(), am::long_gc, m.long_gc_ms);
  list = with(h, list, am::long_schedule, m.long_schedule_ms);
  list = with(h, list, am::large_heap, m.large_heap_words);
  if (m.busy_port) list = make_cons(h, am::busy_port, list);
  if (m.busy_dist_port) list = make_cons(h, am::busy_dist_port, list);
  return make_tuple(h, m.receiver, list);
}

bool parse_monitor(Term receiver, Term options, SystemMonitor* m) {
  if (!receiver.is_local_pid() || find_process(receiver) == nullptr) return false;
  m->receiver = receiver;
  for (; options.is_cons(); options = options.tail()) {
    const Term o = options.head();
    const auto t = Tuple::from(o);
    if (o == am::busy_port) {
      m->busy_port = true;
    } else if (o == am::busy_dist_port) {
      m->busy_dist_port = true;
    } else if (t && t->arity() == 2 && (*t)[1].is_small() && (*t)[1].small_value() >= 0) {
      // OTP: 0 stands for the least that can be asked for.
      const bool heap = (*t)[0] == am::large_heap;
      const std::int64_t n = (*t)[1].small_value() > 0 ? (*t)[1].small_value() : heap ? 16384 : 1;
      if ((*t)[0] == am::long_gc)
        m->long_gc_ms = n;
      else if ((*t)[0] == am::long_schedule)
        m->long_schedule_ms = n;
      else if ((*t)[0] == am::large_heap)
        m->large_heap_words = n;
      else
        return false;
    } else {
      return false;
    }
  }
  const bool any = m->busy_port || m->busy_dist_port || m->long_gc_ms >= 0 || m->long_schedule_ms >= 0 ||
                   m->large_heap_words >= 0;
  if (!any) m->receiver = Term::none();
  return options.is_nil();
}

Term change_monitor(Call& c, Term receiver, Term options) {
  SystemMonitor m;
  if (receiver != am::undefined || !options.is_nil())
    if (!parse_monitor(receiver, options, &m)) return badarg(c);
  return monitor_term(c.heap(), set_system_monitor(m));
}

Term profile_term(Heap& h, const SystemProfile& s) {
  if (s.receiver.is_none()) return am::undefined;
  Term list = Term::nil();
  if (s.runnable_ports) list = make_cons(h, am::runnable_ports, list);
  if (s.runnable_procs) list = make_cons(h, am::runnable_procs, list);
  if (s.scheduler) list = make_cons(h, am::scheduler, list);
  if (s.exclusive) list = make_cons(h, am::exclusive, list);
  return make_tuple(h, s.receiver, list);
}

}  // namespace

JOIST_DEFINE_BIF(erlang_system_monitor_0) { return monitor_term(c.heap(), system_monitor()); }
// system_monitor(undefined | {Pid, Options})
JOIST_DEFINE_BIF(erlang_system_monitor_1, Term setting) {
  if (setting == am::undefined) return change_monitor(c, am::undefined, Term::nil());
  const auto t = Tuple::from(setting);
  return t && t->arity() == 2 ? change_monitor(c, (*t)[0], (*t)[1]) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_system_monitor_2, Term receiver, Term options) {
  return change_monitor(c, receiver, options);
}

JOIST_DEFINE_BIF(erlang_system_profile_0) { return profile_term(c.heap(), system_profile()); }
JOIST_DEFINE_BIF(erlang_system_profile_2, Term receiver, Term options) {
  SystemProfile s;
  if (receiver != am::undefined) {
    if (!receiver.is_local_pid() || find_process(receiver) == nullptr) return badarg(c);
    s.receiver = receiver;
  } else if (!options.is_nil()) {
    return badarg(c);
  }
  for (; options.is_cons(); options = options.tail()) {
    const Term o = options.head();
    if (o == am::exclusive)
      s.exclusive = true;
    else if (o == am::runnable_ports)
      s.runnable_ports = true;
    else if (o == am::runnable_procs)
      s.runnable_procs = true;
    else if (o == am::scheduler)
      s.scheduler = true;
    else if (o == am::timestamp || o == am::monotonic_timestamp || o == am::strict_monotonic_timestamp)
      s.timestamp = o;
    else
      return badarg(c);
  }
  if (!options.is_nil()) return badarg(c);
  if (!s.exclusive && !s.runnable_ports && !s.runnable_procs && !s.scheduler && s.timestamp.is_none()) s = {};
  return profile_term(c.heap(), set_system_profile(s));
}

JOIST_DEFINE_BIF(erlang_dt_get_tag_0) { return am::undefined; }
JOIST_DEFINE_BIF(erlang_dt_get_tag_data_0) { return am::undefined; }
JOIST_DEFINE_BIF(erlang_dt_put_tag_1, Term) { return am::undefined; }
JOIST_DEFINE_BIF(erlang_dt_append_vm_tag_data_1, Term data) { return data; }
JOIST_DEFINE_BIF(erlang_dt_prepend_vm_tag_data_1, Term data) { return data; }
JOIST_DEFINE_BIF(erlang_dt_spread_tag_1, Term t) { return t == am::true_ ? am::true_ : badarg(c); }
JOIST_DEFINE_BIF(erlang_dt_restore_tag_1, Term t) { return t == am::true_ ? am::true_ : badarg(c); }

}  // namespace joist
