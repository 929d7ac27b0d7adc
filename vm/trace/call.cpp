#include "vm/trace/call.hpp"

#include <algorithm>

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/hooks.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"

namespace joist {

TraceFrameCode trace_frame_code;

// What is measured of the calls of a process.
struct CallTimes {
  // Of one session: the function that is charged (null: none), and the measure when that began.
  struct Charged {
    std::int64_t session;
    const Export* function = nullptr;
    std::int64_t since = 0;
  };
  std::vector<Charged> time, memory;
  std::int64_t words_before = 0;  // built before the last collection
};

namespace {

// OTP: a meta tracer gets these, whatever flags the process has.
constexpr std::uint32_t kMetaFlags = kTraceCalls | kTraceTimestamp;

Term as_word(const Export* e) { return {reinterpret_cast<Word>(e)}; }
const Export* as_function(Word w) { return reinterpret_cast<const Export*>(w); }
Word return_address(const Word* code) { return reinterpret_cast<Word>(code) + Term::kReturnTag; }
const Word* code_of_return(Word w) { return reinterpret_cast<const Word*>(w - Term::kReturnTag); }

Term mfa(Heap& h, const Export& e, Term arity_or_args) {
  return make_tuple(h, e.module, e.function, arity_or_args);
}

Term session_word(const SessionBreakpoint& s) { return Term::small(s.session->number); }

struct Wish {  // of one kind of trace
  bool return_trace = false, exception_trace = false, return_to = false;
  Term tracer = am::true_;
};

// One kind of trace of a call: that of the process itself, or the breakpoint's `meta`.
Wish tell_call(Process& p, const Export& function, SessionBreakpoint& b, std::span<const Term> args,
               const TraceSpecification* spec, const TracerRef& tracer, bool meta, bool local) {
  if (!tracer_exists(*tracer, p.pid)) {
    if (!meta) {
      drop_dead_traces(p, p.pid);
      return {};
    }
    const std::lock_guard lock(b.mutex);
    if (b.meta_tracer == tracer) b.meta_tracer = nullptr;
    return {};
  }
  if (!tracer_wants(*tracer, TraceGroup::call, am::call, p.pid)) return {};
  BlockHeap h;
  // What the compiler passes on as match contexts were binaries.
  Term values[256];
  for (std::size_t i = 0; i < args.size(); ++i) {
    values[i] = args[i];
    if (values[i].is_match_context())
      values[i] = make_sub_bits(h, values[i], 0, Bits::from(values[i])->bit_size());
  }
  const std::span<const Term> shown(values, args.size());
  TraceSpecification::Result result;
  result.value = am::true_;
  if (spec != nullptr) result = spec->run(b.session, p, shown, h);
  const std::uint32_t flags = meta ? kMetaFlags : flags_by(p, *b.session);
  // OTP: `silent` ends it all, even return_trace.
  if (!meta && (flags & kTraceSilent) != 0) return {};
  Wish wish;
  wish.return_trace = result.return_trace;
  wish.exception_trace = result.exception_trace;
  if (meta) wish.tracer = tracer_term(p.heap, tracer, am::true_);
  if (result.value == am::false_) return wish;
  wish.return_to = !meta && local && (flags & kTraceReturnTo) != 0;
  const Term last = (flags & kTraceArity) != 0 ? Term::small(static_cast<std::int64_t>(args.size()))
                                               : make_list_from(h, shown);
  trace_to(*tracer, flags, TraceGroup::call, p.pid, am::call, mfa(h, function, last), Term::none(),
           result.value);
  return wish;
}

// Frames of the VM on top of the stack: whether `found(code, frame's words behind it)` for one of them.
template <class F>
bool any_frame_on_top(const Process& p, const F& found) {
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end() && Term{*w}.is_return_address();) {
    const Word* code = code_of_return(*w);
    const std::size_t n = trace_frame_words(code);
    if (n == 0) return false;
    if (found(code, w + 1)) return true;
    w += n;
  }
  return false;
}
// The last word of each frame.
Term session_of_frame(const Word* code, const Word* words) {
  return Term{words[trace_frame_words(code) - 2]};
}

void add_frames(CallFrames& f, const Wish& w, const Process& p, const Export& function, Term session) {
  if (w.return_to) {
    const Word own = return_address(trace_frame_code.return_to);
    bool there = any_frame_on_top(p, [&](const Word* code, const Word* words) {
      return code == trace_frame_code.return_to && words[0] == session.bits;
    });
    for (std::size_t i = 0; i < f.count; ++i) there |= f.words[i] == own;
    if (!there) {
      f.push(session.bits);
      f.push(own);
    }
  }
  if (!w.return_trace && !w.exception_trace) return;
  f.push(session.bits);
  f.push(w.tracer.bits);
  f.push(as_word(&function).bits);
  f.push(
      return_address(w.exception_trace ? trace_frame_code.exception_trace : trace_frame_code.return_trace));
}

// All kinds that send messages.
[[gnu::noinline]] void tell_calls(Process& p, const Export& function, SessionBreakpoint& s, unsigned kinds,
                                  std::span<const Term> args, CallFrames& frames) {
  if ((kinds & (kBreakLocal | kBreakGlobal)) != 0) {
    const TraceSpecRef spec = s.call_spec;
    const bool local = (kinds & kBreakLocal) != 0;
    if (const TracerRef own = trace_by(p, *s.session).tracer)
      add_frames(frames, tell_call(p, function, s, args, spec.get(), own, false, local), p, function,
                 session_word(s));
  }
  if ((kinds & kBreakMeta) != 0 && !p.sensitive) {
    const TraceSpecRef spec = s.meta_spec;
    if (const TracerRef meta = s.tracer_of_meta())
      add_frames(frames, tell_call(p, function, s, args, spec.get(), meta, true, true), p, function,
                 session_word(s));
  }
}

// ---- call_time and call_memory ----

struct Cost {
  std::vector<CallTimes::Charged> CallTimes::*charged;
  CallCosts SessionBreakpoint::*costs;
  unsigned kind;
  std::int64_t (*now)(const Process& p);
};
// All that a process has built on its heap, other than in the past collections' survivors.
std::int64_t words_built(const Process& p) {
  const ProcessHeap& h = p.heap;
  const auto recent = static_cast<std::int64_t>(h.used_words() + h.fragment_words()) -
                      static_cast<std::int64_t>(h.recent_words());
  return p.call_times->words_before + recent;
}
const Cost kTimeCost{&CallTimes::time, &SessionBreakpoint::times, kBreakTime,
                     [](const Process&) { return monotonic_ns(); }};
const Cost kMemoryCost{&CallTimes::memory, &SessionBreakpoint::memory, kBreakMemory, words_built};

// What has been spent until now is the function's that is charged.
void charge(const Process& p, const Cost& cost, const CallTimes::Charged& c, std::int64_t now) {
  if (c.function == nullptr) return;
  const Breakpoint* b = find_breakpoint(c.function);
  SessionBreakpoint* s = b != nullptr ? b->of(c.session) : nullptr;
  if (s != nullptr && (s->kinds & cost.kind) != 0) s->add_cost(cost.costs, p.pid, 0, now - c.since);
}

// Returns the word of a frame for whoever was charged.
Word begin_cost(Process& p, const Export& function, SessionBreakpoint& s, const Cost& cost) {
  if (!p.call_times) p.call_times = std::make_shared<CallTimes>();
  auto& charged = (*p.call_times).*cost.charged;
  std::int64_t now = cost.now(p);
  auto own = std::ranges::find(charged, s.session->number, &CallTimes::Charged::session);
  if (own == charged.end()) {
    own = charged.insert(own, {s.session->number});
    // OTP: the arguments of a process's first function are that function's.
    if (cost.kind == kBreakMemory && p.initial_module == function.module &&
        p.initial_function == function.function && p.initial_arity == function.arity)
      now = 0;
  }
  charge(p, cost, *own, now);
  s.add_cost(cost.costs, p.pid, 1, 0);
  own->since = now;
  const Export* before = std::exchange(own->function, &function);
  return before != nullptr ? as_word(before).bits : Term::nil().bits;
}

void begin_costs(Process& p, const Export& function, SessionBreakpoint& s, unsigned kinds,
                 CallFrames& frames) {
  const Term session = session_word(s);
  // OTP: one that calls itself last, or is traced otherwise, gets no further frame.
  const bool framed = frames.count != 0 || any_frame_on_top(p, [&](const Word* code, const Word* words) {
                        return session_of_frame(code, words) == session;
                      });
  const auto begin = [&](const Cost& cost, const Word* code) {
    const Word before = begin_cost(p, function, s, cost);
    if (framed) return;
    frames.push(session.bits);
    frames.push(before);
    frames.push(return_address(code));
  };
  if ((kinds & kBreakTimeActive) != 0) begin(kTimeCost, trace_frame_code.call_time);
  if ((kinds & kBreakMemoryActive) != 0) begin(kMemoryCost, trace_frame_code.call_memory);
}

void end_cost(Process& p, const Word* frame, const Cost& cost) {
  if (!p.call_times) return;
  for (CallTimes::Charged& c : (*p.call_times).*cost.charged) {
    if (Term::small(c.session).bits != frame[1]) continue;
    const std::int64_t now = cost.now(p);
    charge(p, cost, c, now);
    c.function = Term{frame[0]}.is_nil() ? nullptr : as_function(frame[0]);
    c.since = now;
  }
}

void stop_clock(Process& p) {
  const std::int64_t now = monotonic_ns();
  for (const CallTimes::Charged& c : p.call_times->time) charge(p, kTimeCost, c, now);
}
void restart_clock(Process& p) {
  const std::int64_t now = monotonic_ns();
  for (CallTimes::Charged& c : p.call_times->time) c.since = now;
}
void keep_memory(Process& p) { p.call_times->words_before = words_built(p); }

// ---- ends of calls ----

// Frame: Export*, tracer, session.
void tell_end(Process& p, const Word* frame, Term tag, Term what) {
  TracerRef tracer;
  std::uint32_t flags = kMetaFlags;
  if (const Term t{frame[1]}; t == am::true_) {
    const SessionTrace own = trace_by(p, Term{frame[2]}.small_value());
    flags = own.flags;
    if ((flags & kTraceCalls) == 0 || p.sensitive) return;
    tracer = own.tracer;
  } else if (const auto pair = Tuple::from(t)) {
    tracer = make_tracer((*pair)[0], (*pair)[1]);
  } else {
    tracer = make_tracer(am::erl_tracer, t);
  }
  // OTP: the tracer is not asked again.
  const Export& e = *as_function(frame[0]);
  BlockHeap h;
  trace_to(*tracer, flags, TraceGroup::call, p.pid, tag, mfa(h, e, Term::small(e.arity)), what);
}

void tell_return_to(Process& p, const Word* address, Term session) {
  if (p.sensitive) return;
  const SessionTrace own = trace_by(p, session.small_value());
  if ((own.flags & kTraceReturnTo) == 0) return;
  const Instance* i = instance_at(address - 1);
  const FunctionInfo* f = i != nullptr ? i->function_at(address - 1) : nullptr;
  BlockHeap h;
  trace_to(*own.tracer, own.flags, TraceGroup::call, p.pid, am::return_to,
           f != nullptr ? make_tuple(h, i->module, f->name, Term::small(f->arity)) : am::undefined);
}

}  // namespace

std::size_t trace_frame_words(const Word* code) {
  const TraceFrameCode& f = trace_frame_code;
  if (code == f.return_trace || code == f.exception_trace) return 4;
  if (code == f.call_time || code == f.call_memory) return 3;
  return code == f.return_to ? 2 : 0;
}

CallFrames trace_call(Process& p, const Breakpoint& b, SessionBreakpoint& s, unsigned kinds,
                      std::span<const Term> args) {
  CallFrames frames;
  kinds &= s.kinds;
  if ((kinds & kBreakCountActive) != 0) s.count.fetch_add(1, std::memory_order_relaxed);
  constexpr unsigned kCosts = kBreakTimeActive | kBreakMemoryActive, kCalls = kBreakLocal | kBreakGlobal;
  if ((kinds & (kCosts | kCalls)) != 0 &&
      !(is_traced(p, kTraceCalls) && (flags_by(p, *s.session) & kTraceCalls) != 0))
    kinds &= ~(kCosts | kCalls);
  if ((kinds & (kCalls | kBreakMeta)) != 0) tell_calls(p, *b.function, s, kinds, args, frames);
  if ((kinds & kCosts) != 0) begin_costs(p, *b.function, s, kinds, frames);
  if (frames.count != 0) p.trace_frames = true;
  return frames;
}

void trace_return(Process& p, const Word* frame, Term value) { tell_end(p, frame, am::return_from, value); }

void trace_return_to(Process& p, const Word* frame) {
  if (!is_traced(p, kTraceReturnTo)) return;
  for (const Word* w = frame + 1; w < p.heap.stack_end(); ++w) {
    if (!Term{*w}.is_return_address() || trace_frame_words(code_of_return(*w)) != 0) continue;
    return tell_return_to(p, code_of_return(*w), Term{frame[0]});
  }
}

void trace_time_end(Process& p, const Word* frame) { end_cost(p, frame, kTimeCost); }
void trace_memory_end(Process& p, const Word* frame) { end_cost(p, frame, kMemoryCost); }

void trace_unwinding(Process& p, const Word* caught, Term error_class, Term reason) {
  const Word* const end = caught != nullptr ? caught : p.heap.stack_end();
  // OTP: before release 27 it is told only if the frame that catches is the one that would have been returned
  // to.
  const bool any_depth = flags.otp_release >= "27";
  std::vector<Term> pending, told;  // sessions
  const Word* return_to = nullptr;
  for (const Word* w = p.heap.stack(); w < end;) {
    if (!Term{*w}.is_return_address()) {
      ++w;
      continue;
    }
    const Word* code = code_of_return(*w);
    if (code == trace_frame_code.exception_trace) {
      BlockHeap h;
      tell_end(p, w + 1, am::exception_from, make_tuple(h, error_class, reason));
    }
    if (code == trace_frame_code.return_to) {
      if (std::ranges::find(pending, Term{w[1]}) == pending.end()) pending.push_back(Term{w[1]});
    } else if (trace_frame_words(code) == 0) {
      told = pending;
      if (!any_depth) pending.clear();
      return_to = code;
    }
    w += std::max<std::size_t>(trace_frame_words(code), 1);
  }
  if (caught == nullptr || return_to == nullptr) return;
  for (const Term session : told) tell_return_to(p, return_to, session);
}

const Word* caller_address(const Process& p) {
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end() && Term{*w}.is_return_address();) {
    const Word* code = code_of_return(*w);
    const std::size_t n = trace_frame_words(code);
    if (n == 0) return code;
    w += n;
  }
  return nullptr;
}

void init_call_tracing() {
  process_hooks.call_times_stop = stop_clock;
  process_hooks.call_times_go_on = restart_clock;
  process_hooks.call_memory_kept = keep_memory;
}

}  // namespace joist
