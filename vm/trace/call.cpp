#include "vm/trace/call.hpp"

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"

namespace joist {

TraceFrameCode trace_frame_code;

// Who is on the clock of a process.
struct CallTimes {
  const Export* function = nullptr;  // null: nobody
  std::int64_t since = 0;
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

struct Wish {  // of one kind of trace
  bool return_trace = false, exception_trace = false, return_to = false;
  Term tracer = am::true_;
};

// One kind of trace of a call: `meta` null for that of the process itself.
Wish tell_call(Process& p, Breakpoint& b, std::span<const Term> args, const TraceSpecification* spec,
               const TracerRef& meta, bool local) {
  TracerRef tracer = meta;
  if (meta) {
    if (p.sensitive) return {};
    if (!tracer_exists(*meta, p.pid)) {
      const std::lock_guard lock(b.mutex);
      if (b.meta_tracer == meta) b.meta_tracer = nullptr;
      return {};
    }
  } else {
    if (!check_tracer(p, p.pid)) return {};
    tracer = tracer_of(p);
  }
  if (!tracer || !tracer_wants(*tracer, TraceGroup::call, am::call, p.pid)) return {};
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
  if (spec != nullptr) result = spec->run(p, shown, h);
  const std::uint32_t flags = meta ? kMetaFlags : p.trace_flags.load(std::memory_order_relaxed);
  // OTP: `silent` ends it all, even return_trace.
  if (!meta && (flags & kTraceSilent) != 0) return {};
  Wish wish;
  wish.return_trace = result.return_trace;
  wish.exception_trace = result.exception_trace;
  if (meta) wish.tracer = tracer_term(p.heap, meta, am::true_);
  if (result.value == am::false_) return wish;
  wish.return_to = !meta && local && (flags & kTraceReturnTo) != 0;
  const Term last = (flags & kTraceArity) != 0 ? Term::small(static_cast<std::int64_t>(args.size()))
                                               : make_list_from(h, shown);
  trace_to(*tracer, flags, TraceGroup::call, p.pid, am::call, mfa(h, *b.function, last), Term::none(),
           result.value);
  return wish;
}

bool has_return_to(const Process& p) {
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end() && Term{*w}.is_return_address();) {
    const Word* code = code_of_return(*w);
    if (code == trace_frame_code.return_to) return true;
    const std::size_t n = trace_frame_words(code);
    if (n == 0) return false;
    w += n;
  }
  return false;
}

void add_frames(CallFrames& f, const Wish& w, const Process& p, const Export* function) {
  if (w.return_to) {
    bool there = has_return_to(p);
    for (std::size_t i = 0; i < f.count; ++i)
      there |= f.words[i] == return_address(trace_frame_code.return_to);
    if (!there) f.push(return_address(trace_frame_code.return_to));
  }
  if (!w.return_trace && !w.exception_trace) return;
  f.push(w.tracer.bits);
  f.push(as_word(function).bits);
  f.push(
      return_address(w.exception_trace ? trace_frame_code.exception_trace : trace_frame_code.return_trace));
}

CallTimes& times_of(Process& p) {
  if (!p.call_times) p.call_times = std::make_shared<CallTimes>();
  return *p.call_times;
}

// What has passed is the function's that is on the clock.
void charge(Process& p, CallTimes& t, std::int64_t now) {
  if (t.function == nullptr) return;
  if (Breakpoint* b = find_breakpoint(t.function); b != nullptr && (b->kinds & kBreakTime) != 0)
    b->add_time(p.pid, 0, now - t.since);
}

// Returns whoever was on the clock.
const Export* start_time(Process& p, Breakpoint& b) {
  CallTimes& t = times_of(p);
  const std::int64_t now = monotonic_ns();
  charge(p, t, now);
  b.add_time(p.pid, 1, 0);
  t.since = now;
  return std::exchange(t.function, b.function);
}

void stop_clock(Process& p) { charge(p, *p.call_times, monotonic_ns()); }
void restart_clock(Process& p) { p.call_times->since = monotonic_ns(); }

// The tracer that a frame names; null: it is gone, or wants nothing.
TracerRef tracer_of_frame(Process& p, Term t, std::uint32_t* flags) {
  if (t == am::true_) {
    *flags = p.trace_flags.load(std::memory_order_relaxed);
    return (*flags & kTraceCalls) != 0 && !p.sensitive ? tracer_of(p) : nullptr;
  }
  *flags = kMetaFlags;
  if (const auto pair = Tuple::from(t)) return make_tracer((*pair)[0], (*pair)[1]);
  return make_tracer(am::erl_tracer, t);
}

void tell_end(Process& p, const Word* frame, Term tag, Term what) {
  std::uint32_t flags;
  const TracerRef t = tracer_of_frame(p, Term{frame[1]}, &flags);
  if (!t) return;  // OTP: the tracer is not asked again
  const Export& e = *as_function(frame[0]);
  BlockHeap h;
  trace_to(*t, flags, TraceGroup::call, p.pid, tag, mfa(h, e, Term::small(e.arity)), what);
}

void tell_return_to(Process& p, const Word* address) {
  const Instance* i = instance_at(address - 1);
  const FunctionInfo* f = i != nullptr ? i->function_at(address - 1) : nullptr;
  const TracerRef t = tracer_of(p);
  if (!t) return;
  BlockHeap h;
  trace_to(*t, p.trace_flags.load(std::memory_order_relaxed), TraceGroup::call, p.pid, am::return_to,
           f != nullptr ? make_tuple(h, i->module, f->name, Term::small(f->arity)) : am::undefined);
}

}  // namespace

std::size_t trace_frame_words(const Word* code) {
  if (code == trace_frame_code.return_trace || code == trace_frame_code.exception_trace) return 3;
  if (code == trace_frame_code.call_time) return 2;
  return code == trace_frame_code.return_to ? 1 : 0;
}

CallOutcome trace_call(Process& p, Breakpoint& b, std::span<const Term> args) {
  CallOutcome out;
  unsigned kinds = b.kinds;
  if (!is_traced(p, kTraceCalls)) kinds &= ~(kBreakLocal | kBreakGlobal | kBreakTimeActive);
  if ((kinds & (kBreakLocal | kBreakGlobal)) != 0) {
    const TraceSpecRef spec = b.call_spec;
    add_frames(out.frames, tell_call(p, b, args, spec.get(), nullptr, (kinds & kBreakLocal) != 0), p,
               b.function);
  }
  if ((kinds & kBreakMeta) != 0) {
    const TraceSpecRef spec = b.meta_spec;
    if (const TracerRef meta = b.tracer_of_meta())
      add_frames(out.frames, tell_call(p, b, args, spec.get(), meta, true), p, b.function);
  }
  if ((kinds & kBreakCountActive) != 0) b.count.fetch_add(1, std::memory_order_relaxed);
  if ((kinds & kBreakTimeActive) != 0) {
    const Export* before = start_time(p, b);
    // OTP: one that calls itself last, or is traced otherwise, gets no further frame.
    const Word* top = p.heap.stack();
    const bool framed = out.frames.count != 0 ||
                        (Term{*top}.is_return_address() && trace_frame_words(code_of_return(*top)) != 0);
    if (!framed) {
      out.frames.push(before != nullptr ? as_word(before).bits : Term::nil().bits);
      out.frames.push(return_address(trace_frame_code.call_time));
    }
  }
  if ((kinds & kBreakSave) != 0 && p.saved_calls)
    p.saved_calls->call(b.function->module, b.function->function, b.function->arity);
  out.debug = (kinds & kBreakDebug) != 0;
  if (out.frames.count != 0) p.trace_frames = true;
  return out;
}

void trace_return(Process& p, const Word* frame, Term value) { tell_end(p, frame, am::return_from, value); }

void trace_return_to(Process& p, const Word* stack) {
  if (!is_traced(p, kTraceReturnTo)) return;
  for (const Word* w = stack; w < p.heap.stack_end(); ++w) {
    if (!Term{*w}.is_return_address() || trace_frame_words(code_of_return(*w)) != 0) continue;
    return tell_return_to(p, code_of_return(*w));
  }
}

void trace_time_end(Process& p, const Word* frame) {
  if (!p.call_times) return;
  CallTimes& t = *p.call_times;
  const std::int64_t now = monotonic_ns();
  charge(p, t, now);
  t.function = Term{frame[0]}.is_nil() ? nullptr : as_function(frame[0]);
  t.since = now;
}

void trace_unwinding(Process& p, const Word* caught, Term error_class, Term reason) {
  const Word* const end = caught != nullptr ? caught : p.heap.stack_end();
  const Word* return_to = nullptr;
  bool pending = false;
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
      pending = true;
      return_to = nullptr;
    } else if (trace_frame_words(code) == 0) {
      return_to = pending ? code : nullptr;
      pending = false;
    }
    w += std::max<std::size_t>(trace_frame_words(code), 1);
  }
  // OTP: only if the frame that catches is the one that would have been returned to.
  if (caught != nullptr && return_to != nullptr && is_traced(p, kTraceReturnTo)) tell_return_to(p, return_to);
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
}

}  // namespace joist
