// process.cpp -- instructions that touch the mailbox, and leaving the engine for dirty threads and
// hibernation.
#include "vm/code/export.hpp"
#include "vm/interpreter/add_instructions.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instructions/control.hpp"
#include "vm/interpreter/instructions/exception.hpp"
#include "vm/interpreter/instructions/receive.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/spawn.hpp"
#include "vm/term/number.hpp"

namespace joist {

Flow Send::slow(Machine& m) {
  const Term to = m.x[0], message = m.x[1];
  m.p->current_bif = nullptr;
  if (m.p->saved_calls) [[unlikely]]
    m.p->saved_calls->call(am::erlang, am::send, 2);
  switch (send_to(*m.p, to, message)) {
    case Sent::ok: break;
    case Sent::badarg: return raise_in_bif(m, am::badarg, am::erlang, am::send, {to, message});
    case Sent::suspended: return yield_at(m, m.ip, 2);
  }
  m.p->heap.leave_extension();
  m.x[0] = message;
  m.p->reductions_left -= 4;
  return Flow::next;
}

Flow LoopRec::slow(Machine& m, const Word* none) {
  Process& p = *m.p;
  if (p.mailbox.current() == nullptr) {
    if (p.mailbox.has_incoming()) {
      p.live = 0;
      p.ip = m.ip;
      if (!handle_signals(p)) return exit_with(m, p.exit_reason);
    }
    if (p.mailbox.current() == nullptr) return m.jump(none);
  }
  // A receive that rejects message after message must not hold the scheduler.
  if (p.reductions_left <= 0) return yield_at(m, m.ip, 0);
  Signal* message = p.mailbox.current();
  if (message->fragment != nullptr) {
    examine_message(p, message);
    if (p.heap.wants_collection()) {
      m.h = p.heap.top();
      if (!m.reserve(0, 0)) return Flow::raise;
      m.write_back();
      message = p.mailbox.current();
    }
  }
  m.x[0] = message->term;
  return Flow::next;
}

Flow RemoveMessage::slow(Machine& m) {
  Process& p = *m.p;
  if (p.saved_calls) [[unlikely]]
    p.saved_calls->event(am::receive);
  Signal* message = p.mailbox.remove_current();
  if (!message->token.is_none() && !(message->token.is_nil() && p.sequential_token.is_nil()))
    take_token(p, std::exchange(message->token, Term::none()), message->term);
  Signal::free(message);
  if (p.timer_armed) cancel_receive_timer(p);
  return Flow::next;
}

Flow WaitTimeout::slow(Machine& m, const Word* loop, Slot time) {
  Process& p = *m.p;
  const auto expired = [&] {
    p.timer_armed = false;
    p.timed_out.store(false, std::memory_order_relaxed);
    return Flow::next;
  };
  if (!p.timer_armed) {
    const Term t = time.get(m);
    if (t == am::infinity) {
      // A receive without clauses comes back here when a message comes, and its time may have been in an x
      // register.
      arm_receive_timer(p, UINT64_MAX);
      return wait_at(m, loop);
    }
    const auto ms = to_uint64(t);
    if (!ms || *ms > 0xffffffffu) return raise_error(m, am::timeout_value);
    if (*ms == 0) return expired();
    arm_receive_timer(p, *ms);
  } else if (p.timed_out.load(std::memory_order_acquire)) {
    return expired();
  }
  return wait_at(m, loop);
}

namespace {

void run_dirty(Process& p) {
  const Export* e = p.current_bif;
  Call c{p, p.saved_x.get(), e->arity};
  p.dirty_result = p.dirty_run(c);
  p.dirty_done = true;
}

// Leaves for a dirty thread; comes back to `resume`.
Flow leave_for_dirty(Machine& m, const Export* e, BifFunction run, DirtyKind kind, const Word* resume) {
  Process& p = *m.p;
  p.current_bif = e;
  p.dirty_run = run;
  p.ip = resume;
  p.save_x(m.x, e->arity);
  p.state.fetch_or(kind == DirtyKind::io ? Process::kDirtyIo : Process::kDirtyCpu);
  p.run_result = static_cast<std::uint8_t>(RunResult::dirty);
  return Flow::stop;
}

// Its answer, for the common path.
Term take_dirty_result(Call& c) {
  c.process.dirty_done = false;
  return std::exchange(c.process.dirty_result, Term::none());
}

}  // namespace

Flow call_dirty_bif(Machine& m, const Export* e, BifFunction run, const Word* return_to) {
  if (m.p->dirty_done) return call_bif(m, e, take_dirty_result, return_to);
  return leave_for_dirty(m, e, run, bif_info(e->bif).dirty, return_to == nullptr ? e->stub : m.ip);
}

Flow call_native(Machine& m, const NativeFunction& f) {
  Process& p = *m.p;
  const Word* code = m.ip;
  if (f.dirty != DirtyKind::none && !p.dirty_done) return leave_for_dirty(m, &f, run_native, f.dirty, code);
  const Flow flow = call_bif(m, &f, p.dirty_done ? take_dirty_result : run_native, nullptr);
  // OTP: the native function is in the stack trace instead of its stub.
  if (flow == Flow::raise && m.ip == code) m.ip = f.stub;
  return flow;
}

Flow hibernate(Machine& m) {
  Process& p = *m.p;
  m.e = p.heap.stack_end() - 1;
  *m.e = reinterpret_cast<Word>(process_end_code) + Term::kReturnTag;
  p.heap.set_registers(m.h, m.e);
  p.catches = 0;
  p.current_bif = nullptr;
  p.ip = process_start_code;
  p.save_x(m.x, 3);
  p.mailbox.rewind();
  if (p.mailbox.current() != nullptr || p.mailbox.has_incoming()) {
    p.run_result = static_cast<std::uint8_t>(RunResult::yielded);
    return Flow::stop;
  }
  collect_for_hibernate(p.heap);
  m.read_back();
  p.state.fetch_or(Process::kHibernating, std::memory_order_relaxed);
  p.run_result = static_cast<std::uint8_t>(RunResult::waiting);
  return Flow::stop;
}

void install_dirty_runner() { engine_run_dirty = run_dirty; }

void add_process_instructions(InstructionSet& set) {
  add_instructions(set, ReceiveInstructions{});
  add_instructions(set, ExceptionInstructions{});
}

}  // namespace joist
