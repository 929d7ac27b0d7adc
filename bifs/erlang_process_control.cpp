// erlang: settings of processes, and what one process may do to another: process_flag, group_leader, suspend
// and resume, garbage_collect, check_process_code, hibernate.
#include "bifs/bifs.hpp"
#include "bifs/process_info.hpp"
#include "bifs/process_options.hpp"
#include "gc/block.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/code/export.hpp"
#include "vm/code/module.hpp"
#include "vm/nif/nif.hpp"
#include "vm/process/node_monitor.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"
#include "vm/trace/pattern.hpp"

namespace joist {
namespace {

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }
Term badopt(Call& c) { return badarg_because(c, am::badopt); }

bool to_switch(Term value, bool* at, Term* old) {
  const auto b = Boolean::from(value);
  if (!b) return false;
  *old = make_bool(*at);
  *at = b->value;
  return true;
}

constexpr std::uint32_t kMaxSavedCalls = 10000;

// ---- requests to others ----

// Payload {Ref, NewLeader}.
void handle_leader_request(Process* p, Signal* s) {
  const Tuple t = Tuple::of(s->term);
  if (p != nullptr) p->group_leader = copy_term(p->heap, t[1]);
  if (p != nullptr) p->heap.leave_extension();
  reply(s->from, t[0], p != nullptr ? am::true_ : am::badarg);
  Signal::free(s);
}

// extra[0]: 1 = asynchronous. Payload: Ref, or the tag of an asynchronous answer, or none() for no answer.
void handle_suspend_request(Process* p, Signal* s) {
  const bool async = s->extra[0] != 0;
  if (p != nullptr) {
    ++p->suspend_count;
    p->state.fetch_or(Process::kSuspended, std::memory_order_acq_rel);
    p->reductions_left = 0;
  }
  if (!async)
    reply(s->from, s->term, p != nullptr ? am::true_ : am::badarg);
  else if (!s->term.is_none())
    reply(s->from, s->term, p != nullptr ? am::suspended : am::exited);
  Signal::free(s);
}

// Payload {Tag, ReqId, Argument}; the answer is a message {Tag, ReqId, Result}.
void answer_task(Signal* s, Term result) {
  const Tuple t = Tuple::of(s->term);
  FragmentHeap h(4 + flat_size(t[1]));
  const Term message = make_tuple(h, t[0], copy_term(h, t[1]), result);
  send_fragment(s->from, message, h.finish());
  Signal::free(s);
}

// OTP's tests ask for tasks that do nothing.
void handle_test_request(Process* p, Signal* s) { answer_task(s, make_bool(p != nullptr)); }

void handle_collect_request(Process* p, Signal* s) {
  if (p == nullptr) return answer_task(s, am::false_);
  if (p->in_bif || p->holds_collections) return put_off(*p, s);
  const bool minor = Tuple::of(s->term)[2] == am::minor;
  const CollectResult r = collect(p->heap, 0, {}, minor ? CollectKind::automatic : CollectKind::major);
  answer_task(s, am::true_);
  const std::size_t limit = p->heap.limits().max_heap_words;
  // OTP: messages that are kept with the heap count.
  const bool full =
      r.heap_limit_exceeded || (limit != 0 && p->heap.total_heap_size() + message_words(*p) > limit);
  if (full && heap_limit_reached(*p)) p->exit_reason = am::killed;
}

// Whether the process may still run code of the module's old version: a return address, a handler or the
// place it stands at lies in it.
bool stands_in(const Process& p, const Instance& old) {
  if (p.ip != nullptr && old.contains(p.ip)) return true;
  if (is_native_of(p.current_bif, old)) return true;
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end(); ++w) {
    const Term t{*w};
    if (t.is_return_address() && old.contains(reinterpret_cast<const Word*>(*w - Term::kReturnTag)))
      return true;
    if (t.is_catch() && old.contains(t.catch_address())) return true;
  }
  return false;
}

// OTP: funs and literals of the old code do not count. Funs fail once it is gone, literals are copied.
bool uses_old_code(const Process& p, Term module) {
  const Module* m = find_module(module);
  if (m == nullptr) return false;
  const Instance* leaving = m->old != nullptr ? m->old.get() : m->on_load.get();
  return leaving != nullptr && stands_in(p, *leaving);
}

void handle_code_request(Process* p, Signal* s) {
  const Term module = Tuple::of(s->term)[2];
  answer_task(s, make_bool(p != nullptr && uses_old_code(*p, module)));
}

// Payload {copy_literals, {Area, How, Pid}, none}: the process copies what it has of the area that is
// leaving.
void handle_literals_request(Process* p, Signal* s) {
  if (p != nullptr && p->in_bif) return put_off(*p, s);
  const LiteralArea* area = leaving_area.load(std::memory_order_acquire);
  if (p != nullptr && area != nullptr) {
    p->mailbox.copy_out_of_area(*area);
    copy_literals_of_area(p->heap, {}, *area);
  }
  answer_task(s, am::ok);
}

// Returns the limit so far.
std::uint32_t save_calls(Process& p, std::uint32_t limit) {
  const std::uint32_t before = p.saved_calls ? p.saved_calls->limit() : 0;
  p.saved_calls = limit != 0 ? std::make_unique<SavedCalls>(limit) : nullptr;
  return before;
}

// Calls are noticed while anybody saves them.
void adjust_save_breakpoints() {
  const auto wanted = [] { return SavedCalls::savers.load(std::memory_order_relaxed) > 0; };
  if (wanted() == has_save_breakpoints()) return;
  stop_the_world([&] { set_save_breakpoints(wanted()); });
}

// extra[0]: the new limit. Payload: Ref.
void handle_save_calls_request(Process* p, Signal* s) {
  const auto limit = static_cast<std::uint32_t>(s->extra[0]);
  reply(s->from, s->term, p == nullptr ? am::badarg : Term::small(save_calls(*p, limit)));
  if (limit != 0) SavedCalls::savers.fetch_sub(1, std::memory_order_relaxed);
  Signal::free(s);
}

}  // namespace

// monitor_nodes | {monitor_nodes, #{...} | [...]}, as net_kernel asks for it.
static std::optional<NodeSubscription> node_subscription_from(Term flag) {
  NodeSubscription s;
  if (flag == am::monitor_nodes) return s;
  const auto t = Tuple::from(flag);
  if (!t || t->arity() != 2 || (*t)[0] != am::monitor_nodes || !(*t)[1].is_map()) return std::nullopt;
  s.with_options = s.as_map = true;
  MapIterator options((*t)[1]);
  for (Term key, value; options.next(&key, &value);) {
    const auto b = Boolean::from(value);
    s.type_wanted = s.type_wanted || key == am::node_type;
    if (key == am::node_type && value == am::visible)
      s.nodes = NodeSubscription::Nodes::visible;
    else if (key == am::node_type && value == am::hidden)
      s.nodes = NodeSubscription::Nodes::hidden;
    else if (key == am::node_type && value == am::all)
      s.nodes = NodeSubscription::Nodes::all;
    else if (key == am::list && b)
      s.as_map = !b->value;
    else if (key == am::nodedown_reason && b)
      s.down_reason = b->value;
    else if (key == am::connection_id && b)
      s.connection_id = b->value;
    else
      return std::nullopt;
  }
  return s;
}

// process_flag(Flag, Value) -> OldValue
JOIST_DEFINE_BIF(erlang_process_flag_2, Term flag, Term value) {
  Process& p = c.process;
  HeapLimits& limits = p.heap.limits();
  const auto n = SmallInt::from(value);
  const bool natural = n && n->value() >= 0;
  Term old = am::undefined;
  if (flag == am::trap_exit) return to_switch(value, &p.trap_exit, &old) ? old : badarg(c);
  if (flag == am::sensitive) return to_switch(value, &p.sensitive, &old) ? old : badarg(c);
  if (flag == am::async_dist && flags.otp() >= 26)
    return to_switch(value, &p.async_dist, &old) ? old : badarg(c);
  if (flag == am::error_handler) return value.is_atom() ? std::exchange(p.error_handler, value) : badarg(c);
  if (flag == am::priority) {
    const auto priority = priority_from(value);
    if (!priority) return badarg(c);
    return priority_atom(p.priority.exchange(*priority, std::memory_order_relaxed));
  }
  if (flag == am::min_heap_size) {
    const auto size = heap_size_from(value);
    return size ? small(std::exchange(limits.min_heap_words, *size)) : badarg(c);
  }
  if (flag == am::min_bin_vheap_size) {
    if (!natural) return badarg(c);
    return small(std::exchange(limits.min_bin_vheap_words, bin_vheap_size(n->value())));
  }
  if (flag == am::fullsweep_after) {
    if (!natural) return badarg(c);
    return small(std::exchange(limits.fullsweep_after, static_cast<std::uint32_t>(n->value())));
  }
  if (flag == am::max_heap_size) {
    HeapLimits fresh = limits;
    if (!parse_max_heap_size(value, &fresh)) return badarg(c);
    const Term before = max_heap_size_map(c.heap(), limits);
    limits = fresh;
    return before;
  }
  if (flag == am::message_queue_data) {
    if (value != am::off_heap && value != am::on_heap) return badarg(c);
    const bool was = std::exchange(p.off_heap_messages, value == am::off_heap);
    return was ? am::off_heap : am::on_heap;
  }
  if (flag == am::save_calls) {
    if (!natural || n->value() > kMaxSavedCalls) return badarg_because(c, am::none);
    const std::uint32_t before = save_calls(p, static_cast<std::uint32_t>(n->value()));
    adjust_save_breakpoints();
    return small(before);
  }
  if (flag == am::scheduler) {
    if (!natural || n->value() > scheduler_count()) return badarg(c);
    const Term before = Term::small(p.bound.exchange(static_cast<std::uint16_t>(n->value())));
    return trap(c, find_or_make_export(am::erts_internal, intern("$on_its_scheduler"), 1), {before});
  }
  if (const auto nodes = node_subscription_from(flag)) {
    const auto on = Boolean::from(value);
    if (!on) return badarg(c);
    return small(on->value ? subscribe_to_nodes(p.pid, *nodes) : unsubscribe_from_nodes(p.pid, *nodes));
  }
  // OTP: {monitor_nodes, _} is an option, whatever is wrong in it.
  const auto t = Tuple::from(flag);
  return t && t->arity() == 2 && (*t)[0] == am::monitor_nodes ? badarg(c) : badopt(c);
}
// Returns its argument on the scheduler that the process is bound to.
JOIST_DEFINE_BIF(erts_internal_on_its_scheduler_1, Term result) {
  const int bound = c.process.bound.load(std::memory_order_relaxed);
  if (bound == 0 || bound > schedulers_online() || bound == current_scheduler_number()) return result;
  c.process.run_result = static_cast<std::uint8_t>(RunResult::yielded);
  return retry_marker();
}
// erts_internal:process_flag(Pid, save_calls, N) -> Old | badarg | Ref
JOIST_DEFINE_BIF(erts_internal_process_flag_3, Term pid, Term flag, Term value) {
  const auto n = SmallInt::from(value);
  if (!pid.is_local_pid() || flag != am::save_calls || !n || n->value() < 0 || n->value() > kMaxSavedCalls)
    return am::badarg;
  const auto limit = static_cast<std::uint32_t>(n->value());
  if (pid == c.process.pid) {
    const std::uint32_t before = save_calls(c.process, limit);
    adjust_save_breakpoints();
    return small(before);
  }
  // The request counts as a saver until it is handled.
  if (limit != 0) SavedCalls::savers.fetch_add(1, std::memory_order_relaxed);
  adjust_save_breakpoints();
  const Term ref = make_ref(c.heap());
  send_request(pid, c.process.pid, handle_save_calls_request, ref, Word{limit});
  return ref;
}

// ---- group leaders: erlang:group_leader/2 is Erlang code ----

// erts_internal:group_leader(Leader, Pid) -> true | badarg | false: ask with /3.
JOIST_DEFINE_BIF(erts_internal_group_leader_2, Term leader, Term pid) {
  if (!leader.is_pid() || !pid.is_local_pid()) return am::badarg;
  if (pid == c.process.pid) {
    c.process.group_leader = leader;
    return am::true_;
  }
  return find_process(pid) == nullptr ? am::badarg : am::false_;
}
// erts_internal:group_leader(Leader, Pid, Ref) -> ok; the answer is {Ref, true | badarg}.
JOIST_DEFINE_BIF(erts_internal_group_leader_3, Term leader, Term pid, Term ref) {
  if (!leader.is_pid() || !pid.is_local_pid() || !ref.is_reference()) return badarg(c);
  send_request(pid, c.process.pid, handle_leader_request, make_tuple(c.heap(), ref, leader));
  return am::ok;
}

// ---- suspending ----

// erts_internal:suspend_process(Pid, Options) -> boolean() | badarg | badopt | Ref, answered by {Ref,
// Result}.
JOIST_DEFINE_BIF(erts_internal_suspend_process_2, Term pid, Term options) {
  if (!pid.is_local_pid() || pid == c.process.pid) return am::badarg;
  bool unless_suspending = false, async = false;
  Term tag = Term::none();
  for (; options.is_cons(); options = options.tail()) {
    const Term o = options.head();
    const auto t = Tuple::from(o);
    if (o == am::unless_suspending) {
      unless_suspending = true;
    } else if (o == am::asynchronous) {
      async = true;
    } else if (t && t->arity() == 2 && (*t)[0] == am::asynchronous) {
      async = true;
      tag = (*t)[1];
    } else {
      return am::badopt;
    }
  }
  if (!options.is_nil()) return am::badopt;
  Process& p = c.process;
  if (find_process(pid) == nullptr) return am::badarg;
  std::uint32_t& times = p.links_made().suspending[pid.bits];
  if (unless_suspending && times > 0) return am::false_;
  ++times;
  if (async) {
    send_request(pid, p.pid, handle_suspend_request, tag, 1);
    return am::true_;
  }
  const Term ref = make_ref(c.heap());
  send_request(pid, p.pid, handle_suspend_request, ref, 0);
  return ref;
}
JOIST_DEFINE_BIF(erlang_resume_process_1, LocalPid pid) {
  Process& p = c.process;
  const auto it = p.links ? p.links->suspending.find(pid.t.bits) : decltype(p.links->suspending.end()){};
  if (!p.links || it == p.links->suspending.end()) return badarg(c);
  if (--it->second == 0) p.links->suspending.erase(it);
  send_resume(pid.t);
  return am::true_;
}

// ---- collecting, checking code ----

JOIST_DEFINE_BIF(erts_internal_garbage_collect_1, Term kind) {
  if (kind != am::major && kind != am::minor) return badarg(c);
  collect(c.process.heap, 0, {c.args, c.arity},
          kind == am::major ? CollectKind::major : CollectKind::automatic);
  return am::true_;
}

// request_system_task(Pid, Priority, {Tag, ReqId, Argument}) -> ok; the answer is a message {Tag, ReqId,
// Result}.
static Term request_system_task(Call& c, Term requester, Term pid, Term priority, Term request) {
  const auto t = Tuple::from(request);
  const auto urgency = priority_from(priority);  // none: `inherit`, that of the requester
  const bool known = urgency || (priority.is_atom() && atom_text(priority) == "inherit");
  if (!requester.is_local_pid() || !pid.is_local_pid() || !known || !t || t->arity() < 2) return badarg(c);
  const Term tag = (*t)[0];
  auto* const handle = tag == am::garbage_collect          ? handle_collect_request
                       : tag == am::check_process_code     ? handle_code_request
                       : tag == intern("system_task_test") ? handle_test_request
                                                           : nullptr;
  if (handle == nullptr || (handle != handle_test_request && t->arity() != 3) ||
      (tag == am::check_process_code && !(*t)[2].is_atom()))
    return badarg(c);
  send_request(pid, requester, handle, request, 0, 0, urgency);
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_request_system_task_3, Term pid, Term priority, Term request) {
  return request_system_task(c, c.process.pid, pid, priority, request);
}
JOIST_DEFINE_BIF(erts_internal_request_system_task_4, Term requester, Term pid, Term priority, Term request) {
  return request_system_task(c, requester, pid, priority, request);
}
// erts_literal_area_collector:send_copy_request(Pid, Area, How) -> ok; the answer is a message
// {copy_literals, {Area, How, Pid}, ok}.
JOIST_DEFINE_BIF(erts_literal_area_collector_send_copy_request_3, LocalPid pid, Term area, Atom how) {
  const Term id = make_tuple(c.heap(), area, how.term(), pid.t);
  send_request(pid.t, c.process.pid, handle_literals_request,
               make_tuple(c.heap(), am::copy_literals, id, am::none));
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_check_process_code_1, Atom module) {
  return make_bool(uses_old_code(c.process, module.term()));
}

// hibernate(Module, Function, Args): the engine drops the stack and goes on with M, F, A when a message is
// there.
JOIST_DEFINE_BIF(erlang_hibernate_3, Term module, Term function, Term args) {
  if (!module.is_atom() || !function.is_atom() || !list_length(args)) return badarg(c);
  return hibernate_marker();
}

// yield(): the rest of the slice is given up.
JOIST_DEFINE_BIF(erlang_yield_0) {
  // What is given up does not count as used.
  c.process.reductions -= static_cast<std::uint64_t>(std::max(0, c.process.reductions_left));
  c.process.reductions_left = 0;
  return am::true_;
}
JOIST_DEFINE_BIF(erlang_bump_reductions_1, Term n) {
  const auto reductions = to_int64(n);
  if (!reductions || *reductions < 1) return badarg(c);
  c.spend(std::min<std::int64_t>(*reductions, kReductionsPerSlice));
  return am::true_;
}

}  // namespace joist
