#include "vm/process/tracing.hpp"

#include <ctime>

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/heap_sizes.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/process/trace_session.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

namespace joist {

TracerModules tracer_modules;
std::atomic<bool> cpu_timestamps{false};

namespace {

struct FlagName {
  Term name;
  std::uint32_t flag;
};
// OTP: trace_info shows them from last to first.
const FlagName flag_names[] = {
    {am::timestamp, kTraceTimestamp},
    {am::strict_monotonic_timestamp, kTraceStrictMonotonic},
    {am::monotonic_timestamp, kTraceMonotonic},
    {am::send, kTraceSend},
    {am::receive, kTraceReceive},
    {am::set_on_spawn, kTraceSetOnSpawn},
    {am::call, kTraceCalls},
    {am::procs, kTraceProcs},
    {am::set_on_first_spawn, kTraceSetOnFirstSpawn},
    {am::set_on_link, kTraceSetOnLink},
    {am::set_on_first_link, kTraceSetOnFirstLink},
    {am::running, kTraceRunning},
    {am::exiting, kTraceExiting},
    {am::garbage_collection, kTraceCollections},
    {am::arity, kTraceArity},
    {am::return_to, kTraceReturnTo},
    {am::silent, kTraceSilent},
    {am::scheduler_id, kTraceScheduler},
    {am::ports, kTracePorts},
    {am::running_ports, kTraceRunningPorts},
    {am::running_procs, kTraceRunningProcs},
};

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }

Term microseconds_term(Heap& h, std::int64_t us) {
  return make_tuple(h, Term::small(us / 1'000'000'000'000), Term::small(us / 1'000'000 % 1'000'000),
                    Term::small(us % 1'000'000));
}

Term timestamp(Heap& h, std::uint32_t flags) {
  if (flags & kTraceTimestamp) {
    if (!cpu_timestamps.load(std::memory_order_relaxed)) return microseconds_term(h, now_microseconds());
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return microseconds_term(h, std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000);
  }
  if (flags & kTraceStrictMonotonic) {
    const Term now = make_int(h, monotonic_ns());
    return make_tuple(h, now, process_hooks.unique_monotonic(h));
  }
  if (flags & kTraceMonotonic) return make_int(h, monotonic_ns());
  return Term::none();
}

Term scheduler_number() {
  return Term::small(process_hooks.scheduler_number != nullptr ? process_hooks.scheduler_number() : 0);
}

// What a tracer module gets instead of the elements behind the message.
Term options_map(Heap& h, std::uint32_t flags, Term extra, Term result) {
  std::vector<Term> pairs;
  const auto add = [&](Term key, Term value) { pairs.insert(pairs.end(), {key, value}); };
  if (!extra.is_none()) add(am::extra, extra);
  if (result != am::true_) add(am::match_spec_result, result);
  if (flags & kTraceScheduler) add(am::scheduler_id, scheduler_number());
  if (flags & kTraceTimestamp)
    add(am::timestamp, cpu_timestamps ? am::cpu_timestamp : am::timestamp);
  else if (flags & kTraceStrictMonotonic)
    add(am::timestamp, am::strict_monotonic);
  else if (flags & kTraceMonotonic)
    add(am::timestamp, am::monotonic);
  return map_from_pairs(h, pairs);
}

// The sizes that come with an event of garbage collection. OTP: `words` is what is needed at the start, and
// what was won at the end.
Term collection_info(Heap& h, const Process& p, std::size_t words) {
  ListBuilder list(h);
  list.add(make_tuple(h, am::wordsize, small(words)));
  add_heap_sizes(list, h, p, p.heap.fragment_words());
  return list.list();
}

void trace_collection(ProcessHeap&, void* owner, CollectStage stage, bool full, std::size_t words) {
  auto& p = *static_cast<Process*>(owner);
  const bool start = stage == CollectStage::start;
  if (start && p.call_times) process_hooks.call_memory_kept(p);
  if (!is_traced(p, kTraceCollections)) return;
  BlockHeap h;
  const Term tag = full    ? start ? am::gc_major_start : am::gc_major_end
                   : start ? am::gc_minor_start
                           : am::gc_minor_end;
  trace_event(p, kTraceCollections, tag, collection_info(h, p, words));
}

}  // namespace

std::uint32_t trace_flag_named(Term name) {
  if (name == am::all) return kAllTraceFlags;
  for (const FlagName& f : flag_names)
    if (f.name == name) return f.flag;
  return 0;
}

Term trace_flags_term(Heap& h, std::uint32_t flags) {
  Term list = Term::nil();
  for (const FlagName& f : flag_names)
    if ((flags & f.flag) != 0) list = make_cons(h, f.name, list);
  return list;
}

void note_trace_flags(std::uint32_t flags) {
  if ((flags & (kTraceCollections | kTraceCalls)) != 0) collect_tracer.store(trace_collection);
}

// ---- tracers ----

TracerRef make_tracer(Term module, Term state) {
  auto t = std::make_shared<Tracer>();
  t->module = module;
  const CopiedTerm copy = copy_to_fragment_with_literals(state);
  t->state = OwnedTerm(copy.term, copy.fragment);
  return t;
}

bool same_tracer(const TracerRef& a, const TracerRef& b) {
  if (a == b) return true;
  return a && b && a->module == b->module && equal_exact(a->state.term, b->state.term);
}

Term tracer_term(Heap& h, const TracerRef& t, Term none) {
  if (!t) return none;
  const Term state = copy_with_literals(h, t->state.term);
  return t->module == am::erl_tracer ? state : make_tuple(h, t->module, state);
}

// OTP: erl_tracer:enabled/3.
static Term ask_tracer(const Tracer& t, TraceGroup group, Term tag, Term tracee) {
  if (t.module != am::erl_tracer) {
    const Term answer = tracer_modules.enabled(t, group, tag, tracee);
    return group == TraceGroup::status && answer != am::remove ? am::trace : answer;
  }
  const Term to = t.state.term;
  if (to == tracee) return group == TraceGroup::status ? am::trace : am::discard;
  const bool alive = to.is_local_pid() ? find_process(to) != nullptr : tracer_modules.port_exists(to);
  return alive ? am::trace : am::remove;
}

bool tracer_wants(const Tracer& t, TraceGroup group, Term tag, Term tracee) {
  return ask_tracer(t, group, tag, tracee) == am::trace;
}

bool tracer_exists(const Tracer& t, Term tracee) {
  return ask_tracer(t, TraceGroup::status, am::trace_status, tracee) != am::remove;
}

// ---- telling ----

void trace_to(const Tracer& t, std::uint32_t flags, TraceGroup group, Term tracee, Term tag, Term message,
              Term extra, Term result) {
  if (t.module != am::erl_tracer) {
    BlockHeap h;
    return tracer_modules.trace(t, group, tag, tracee, message, options_map(h, flags, extra, result));
  }
  GrowingFragmentHeap h;
  Term elements[8];
  std::size_t n = 0;
  const bool timed = (flags & (kTraceTimestamp | kTraceStrictMonotonic | kTraceMonotonic)) != 0;
  elements[n++] = timed ? am::trace_ts : am::trace;
  elements[n++] = tracee;
  elements[n++] = tag;
  elements[n++] = copy_term(h, message);
  if (!extra.is_none()) elements[n++] = copy_term(h, extra);
  if (result != am::true_) elements[n++] = copy_term(h, result);
  if (flags & kTraceScheduler) elements[n++] = scheduler_number();
  if (timed) elements[n++] = timestamp(h, flags);
  const Term all = make_tuple_from(h, {elements, n});
  if (t.state.term.is_local_port())
    tracer_modules.write_to_port(t.state.term, all);
  else
    send_fragment(t.state.term, all, h.finish());
}

static TraceGroup group_of(std::uint32_t flags) {
  if (flags & kTraceSend) return TraceGroup::send;
  if (flags & kTraceReceive) return TraceGroup::receive;
  if (flags & kTraceCalls) return TraceGroup::call;
  if (flags & kTraceProcs) return TraceGroup::procs;
  if (flags & kTracePorts) return TraceGroup::ports;
  if (flags & kTraceRunningPorts) return TraceGroup::running_ports;
  if (flags & kTraceCollections) return TraceGroup::garbage_collection;
  return TraceGroup::running_procs;
}

static void tell(const SessionTrace& t, TraceGroup group, Term id, Term tag, Term message, Term extra,
                 Term result) {
  if (tracer_wants(*t.tracer, group, tag, id))
    trace_to(*t.tracer, t.flags, group, id, tag, message, extra, result);
}

void trace_event(Traceable& p, Term id, std::uint32_t flags, Term tag, Term message, Term extra) {
  for_each_trace(
      p, flags, [&](const SessionTrace& t) { tell(t, group_of(flags), id, tag, message, extra, am::true_); });
}

// What the session's pattern for the event makes of it; false: nothing is told.
static Term result_of(const SessionTrace& t, EventPattern TraceSession::*event, Process& p,
                      std::span<const Term> args, Heap& h) {
  const EventPattern pattern = pattern_of(*t.session, event);
  if (!pattern.on) return am::false_;
  if (!pattern.spec) return am::true_;
  const Term result = run_event_specification(*pattern.spec, t.session, p, args, h);
  // OTP: `silent` counts only where there is a match specification.
  return (flags_by(p, *t.session) & kTraceSilent) != 0 ? am::false_ : result;
}

void trace_send(Process& p, Term to, Term message) {
  const bool gone = to.is_local_pid() && find_process(to) == nullptr;
  const Term args[] = {to, message};
  for_each_trace(p, kTraceSend, [&](const SessionTrace& t) {
    BlockHeap h;
    const Term result = result_of(t, &TraceSession::send, p, args, h);
    if (result == am::false_) return;
    tell(t, TraceGroup::send, p.pid, gone ? am::send_to_non_existing_process : am::send, message, to, result);
  });
}

void trace_receive(Process& p, Term from, Term message) {
  const bool pid = from.is_pid();
  const Term node = pid ? node_of(from)->name : from.is_atom() ? from : am::system;
  const Term args[] = {node, pid ? from : am::undefined, message};
  for_each_trace(p, kTraceReceive, [&](const SessionTrace& t) {
    BlockHeap h;
    const Term result = result_of(t, &TraceSession::receive, p, args, h);
    if (result == am::false_) return;
    tell(t, TraceGroup::receive, p.pid, am::receive, message, Term::none(), result);
  });
}

void trace_spawn(Process& parent, Process& child, Term module, Term function, Term args, bool linked) {
  give_default_tracing(child, &TraceSession::new_processes);
  if (is_traced(static_cast<Traceable&>(parent), kTraceSetOnSpawn | kTraceSetOnFirstSpawn))
    inherit_traces(parent, child, kTraceSetOnFirstSpawn, kTraceSetOnSpawn);
  if (linked && is_traced(static_cast<Traceable&>(parent), kTraceSetOnLink | kTraceSetOnFirstLink))
    inherit_traces(parent, child, kTraceSetOnFirstLink, kTraceSetOnLink);
  const auto tell_of = [&](Process& p, Term tag, Term other, Term link_tag) {
    BlockHeap h;
    trace_event(p, kTraceProcs, tag, other, make_tuple(h, module, function, args));
    if (linked) trace_event(p, kTraceProcs, link_tag, other);
  };
  if (is_traced(parent, kTraceProcs)) tell_of(parent, am::spawn, child.pid, am::link);
  if (is_traced(child, kTraceProcs)) tell_of(child, am::spawned, parent.pid, am::getting_linked);
}

}  // namespace joist
