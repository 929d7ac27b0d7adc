// erlang: asking processes: process_info, is_process_alive. Another process answers by a message {Ref,
// Answer}, for which the caller waits in erts_internal:await_result/1.
#include "bifs/bifs.hpp"
#include "bifs/process_info.hpp"
#include "gc/copy.hpp"
#include "vm/base/console.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

Term await(Call& c, Term ref) {
  return trap(c, find_or_make_export(am::erts_internal, am::await_result, 1), {ref});
}

// The answer to `spec`: an item, a list of items, or none() for process_info/1.
Term information(Heap& h, Process& p, Term spec, bool asker) {
  if (spec.is_none()) return process_info_default(h, p, asker);
  if (spec.is_atom()) {
    if (spec == am::registered_name && registered_name_of(p).is_none()) return Term::nil();
    return process_info_pair(h, p, spec, asker);
  }
  ListBuilder list(h);
  for (; spec.is_cons(); spec = spec.tail()) list.add(process_info_pair(h, p, spec.head(), asker));
  return list.list();
}

// Payload {Ref} or {Ref, Spec}.
void handle_info_request(Process* p, Signal* s) {
  const Tuple request = Tuple::of(s->term);
  if (p == nullptr) {
    reply(s->from, request[0], am::undefined);
  } else {
    // Built aside: the answer's size is not known before.
    GrowingFragmentHeap h;
    const Term answer = information(h, *p, request.arity() == 1 ? Term::none() : request[1], true);
    reply(s->from, request[0], answer);
  }
  Signal::free(s);
}

Term process_info(Call& c, Term pid, Term spec) {
  if (!pid.is_local_pid()) return badarg(c);
  Process& p = c.process;
  if (pid == p.pid) {
    // What others have sent before is to be seen.
    p.in_bif = true;
    const bool alive = handle_signals(p);
    p.in_bif = false;
    if (!alive) return exit_now(c, p.exit_reason);
    return information(c.heap(), p, spec, false);
  }
  if (find_process(pid) == nullptr) return am::undefined;
  const Term ref = make_ref(c.heap());
  const Term payload = spec.is_none() ? make_tuple(c.heap(), ref) : make_tuple(c.heap(), ref, spec);
  send_request(pid, p.pid, handle_info_request, payload);
  return await(c, ref);
}

void handle_alive_request(Process* p, Signal* s) {
  reply(s->from, s->term, make_bool(p != nullptr));
  Signal::free(s);
}

// Writes what process_info(backtrace) tells to stderr.
Term display(Process& p) {
  GrowingFragmentHeap h;
  const Term text = process_info_value(h, p, am::backtrace, true);
  std::string scratch;
  write_console("Process " + pid_text(p.pid) + "\n" + std::string(aligned_bytes(*Bits::from(text), scratch)));
  return am::true_;
}

// Payload Ref.
void handle_display_request(Process* p, Signal* s) {
  reply(s->from, s->term, p != nullptr ? display(*p) : am::badarg);
  Signal::free(s);
}

}  // namespace

// erts_internal:process_display(Pid, backtrace) -> true | badarg | badopt | Ref, answered by {Ref, Result}
JOIST_DEFINE_BIF(erts_internal_process_display_2, Term pid, Term what) {
  if (what != am::backtrace) return am::badopt;
  if (!pid.is_local_pid() || find_process(pid) == nullptr) return am::badarg;
  if (pid == c.process.pid) return display(c.process);
  const Term ref = make_ref(c.heap());
  send_request(pid, c.process.pid, handle_display_request, ref);
  return ref;
}

JOIST_DEFINE_BIF(erlang_process_info_1, Term pid) { return process_info(c, pid, Term::none()); }
// process_info(Pid, Item | [Item])
JOIST_DEFINE_BIF(erlang_process_info_2, Term pid, Term spec) {
  if (spec.is_list()) {
    Term t = spec;
    for (; t.is_cons(); t = t.tail())
      if (!is_process_info_item(t.head())) return badarg(c);
    if (!t.is_nil()) return badarg(c);
  } else if (!is_process_info_item(spec)) {
    return badarg(c);
  }
  return process_info(c, pid, spec);
}

// is_process_alive(Pid). Signals that the caller has sent before count, so one with signals left is asked.
JOIST_DEFINE_BIF(erlang_is_process_alive_1, LocalPid pid) {
  if (pid.t == c.process.pid) return am::true_;
  const Process* p = find_process(pid.t);
  if (p == nullptr) return am::false_;
  if (!p->has_state(Process::kSignals | Process::kRunning)) return am::true_;
  const Term ref = make_ref(c.heap());
  send_request(pid.t, c.process.pid, handle_alive_request, ref);
  return await(c, ref);
}
// erts_internal:is_process_alive(Pid, Ref) -> ok; the answer is a message {Ref, boolean()}.
JOIST_DEFINE_BIF(erts_internal_is_process_alive_2, LocalPid pid, Term ref) {
  if (!ref.is_reference()) return badarg(c);
  send_request(pid.t, c.process.pid, handle_alive_request, ref);
  return am::ok;
}
JOIST_DEFINE_BIF(erts_internal_is_system_process_1, LocalPid pid) {
  const Process* p = find_process(pid.t);
  return make_bool(p != nullptr && p->has_state(Process::kSystem));
}
JOIST_DEFINE_BIF(erts_internal_is_process_executing_dirty_1, LocalPid pid) {
  const Process* p = find_process(pid.t);
  return make_bool(p != nullptr && p->has_state(Process::kDirtyCpu | Process::kDirtyIo));
}

}  // namespace joist
