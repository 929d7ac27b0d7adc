// receive.hpp -- sending and receiving.
#pragma once
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/tracing.hpp"

namespace joist {

// x0 ! x1, result the message in x0.
struct Send : Instruction<"send"> {
  static Flow slow(Machine& m);
};
// The message at the receive cursor to x0; none left: take what has arrived, then jump to `none`.
struct LoopRec : Instruction<"loop_rec", Lab<"none">> {
  static Flow slow(Machine& m, const Word* none);
};
struct LoopRecEnd : Instruction<"loop_rec_end", Lab<"loop">> {
  static Flow run(Machine& m, const Word* loop) {
    m.p->mailbox.advance();
    --m.reds;
    return m.jump(loop);
  }
};
struct RemoveMessage : Instruction<"remove_message"> {
  static Flow slow(Machine& m);
};
struct Wait : Instruction<"wait", Lab<"loop">> {
  static Flow slow(Machine& m, const Word* loop) { return wait_at(m, loop); }
};
struct WaitTimeout : Instruction<"wait_timeout", Lab<"loop">, InAny<"time">> {
  static Flow slow(Machine& m, const Word* loop, Slot time);
};
struct Timeout : Instruction<"timeout"> {
  static Flow run(Machine& m) {
    if (m.p->trace_flags.load(std::memory_order_relaxed) != 0 || m.p->saved_calls) return Flow::slow;
    m.p->mailbox.rewind();
    return Flow::next;
  }
  static Flow slow(Machine& m) {
    if (m.p->saved_calls) m.p->saved_calls->event(am::timeout);
    if (is_traced(*m.p, kTraceReceive)) trace_receive(*m.p, am::clock_service, am::timeout);
    m.p->mailbox.rewind();
    return Flow::next;
  }
};
struct MarkerReserve : Instruction<"recv_marker_reserve", OutAny<"dst">> {
  static Flow slow(Machine& m, Slot dst) {
    dst.set(m, m.p->mailbox.reserve_marker());
    return Flow::next;
  }
};
struct MarkerBind : Instruction<"recv_marker_bind", InAny<"marker">, InAny<"ref">> {
  static Flow slow(Machine& m, Slot marker, Slot ref) {
    m.p->mailbox.bind_marker(marker.get(m), ref.get(m));
    return Flow::next;
  }
};
struct MarkerClear : Instruction<"recv_marker_clear", InAny<"ref">> {
  static Flow slow(Machine& m, Slot ref) {
    m.p->mailbox.clear_marker(ref.get(m));
    return Flow::next;
  }
};
struct MarkerUse : Instruction<"recv_marker_use", InAny<"ref">> {
  static Flow slow(Machine& m, Slot ref) {
    m.p->mailbox.use_marker(ref.get(m));
    return Flow::next;
  }
};

using ReceiveInstructions = InstructionList<Send, LoopRec, LoopRecEnd, RemoveMessage, Wait, WaitTimeout,
                                            Timeout, MarkerReserve, MarkerBind, MarkerClear, MarkerUse>;

}  // namespace joist
