// exception.cpp -- raw stack traces, unwinding, and the list that programs see.
#include <vector>

#include "vm/code/code_memory.hpp"
#include "vm/code/module.hpp"
#include "vm/interpreter/add_instructions.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/interpreter/instructions/exception.hpp"
#include "vm/process/spawn.hpp"
#include "vm/term/print.hpp"
#include "vm/trace/call.hpp"

namespace joist {

std::size_t backtrace_depth = 8;

namespace {

// Raw trace: {Class, Module, Function, ArityOrArgs, Info, Address...}; Module [] means that the first frame
// is that of the first address, with ArityOrArgs in place of its arity if that is a list. A trace that
// raise/3 was given stands as it is in Function, with Module [] and no addresses.
constexpr std::size_t kTraceHeader = 5;

Term make_raw_trace(Heap& heap, const Exception& ex, std::span<const Word> addresses) {
  Word* at = heap.alloc(1 + kTraceHeader + addresses.size());
  at[0] = tuple_header(kTraceHeader + addresses.size());
  at[1] = class_atom(ex.error_class).bits;
  at[2] = (ex.module.is_none() ? Term::nil() : ex.module).bits;
  at[3] = (ex.function.is_none() ? Term::nil() : ex.function).bits;
  at[4] = (ex.args.is_none() ? Term::small(0) : ex.args).bits;
  at[5] = (ex.error_info.is_none() ? Term::nil() : ex.error_info).bits;
  for (std::size_t i = 0; i < addresses.size(); ++i) at[1 + kTraceHeader + i] = addresses[i];
  return Term::boxed(at);
}

// Whether `address` lies in a module's code: not one of the few words where processes start and end.
bool in_module(const Word* address) {
  // Low memory holds nothing but modules' code, and that is nearly always all of it.
  return is_low_address(address) || instance_at(address) != nullptr;
}

// Code addresses of the frames from `e` up, as return addresses, after that of the running instruction. The
// result is good until the next call in this thread.
std::span<const Word> frame_addresses(const ProcessHeap& heap, const Word* ip, const Word* e,
                                      std::size_t depth) {
  thread_local std::vector<Word> addresses;
  addresses.clear();
  if (ip != nullptr && in_module(ip)) addresses.push_back(reinterpret_cast<Word>(ip + 1));
  for (const Word* w = e; w < heap.stack_end() && addresses.size() < depth; ++w)
    if (Term{*w}.is_return_address()) {
      const Word address = *w - Term::kReturnTag;
      if (!in_module(reinterpret_cast<const Word*>(address))) continue;
      if (!addresses.empty() && addresses.back() == address) continue;
      addresses.push_back(address);
    }
  return addresses;
}

Term location_list(Heap& heap, const Location& at) {
  if (at.line == 0) return Term::nil();
  const Term line = make_tuple(heap, am::line, Term::small(at.line));
  const Term file = make_tuple(heap, am::file, make_string_list(heap, at.file));
  return make_cons(heap, file, make_cons(heap, line, Term::nil()));
}

// Frame of the function at `address`, or none().
Term frame(Heap& heap, const Word* address, Term args) {
  const Instance* instance = instance_at(address - 1);
  const FunctionInfo* function = instance == nullptr ? nullptr : instance->function_at(address - 1);
  if (function == nullptr) return Term::none();
  const Term where = location_list(heap, instance->location_of(address, true));
  return make_tuple(heap, instance->module, function->name,
                    args.is_none() ? Term::small(function->arity) : args, where);
}

Term stacktrace_list(Heap& heap, std::span<const Word> addresses) {
  ListBuilder frames(heap);
  for (const Word a : addresses) {
    const Term f = frame(heap, reinterpret_cast<const Word*>(a), Term::none());
    if (!f.is_none()) frames.add(f);
  }
  return frames.list();
}

}  // namespace

Term build_stacktrace(Heap& heap, Term raw) {
  const auto t = Tuple::from(raw);
  if (!t || t->arity() < kTraceHeader) return raw;
  ListBuilder frames(heap);
  std::size_t i = kTraceHeader;
  const Term module = (*t)[1], args = (*t)[3], info = (*t)[4];
  if (module.is_nil() && (*t)[2].is_cons()) return (*t)[2];
  if (!module.is_nil()) {
    frames.add(make_tuple(heap, module, (*t)[2], args, info));
  } else if (i < t->arity()) {
    Term f = frame(heap, reinterpret_cast<const Word*>((*t)[i].bits), args.is_list() ? args : Term::none());
    ++i;
    if (!f.is_none()) {
      if (info.is_cons()) {  // error/3, bs_create_bin: error_info comes after the location [File, Line]
        Term& where = Tuple::of(f).elements()[3];
        if (where.is_cons())
          where.tail().cons_words()[1] = info.bits;
        else
          where = info;
      }
      frames.add(f);
    }
  }
  for (; i < t->arity(); ++i) {
    const Term f = frame(heap, reinterpret_cast<const Word*>((*t)[i].bits), Term::none());
    if (!f.is_none()) frames.add(f);
  }
  return frames.list();
}

Term current_stacktrace(Heap& heap, const Process& p) {
  const bool in_bif = p.current_bif != nullptr;
  const auto addresses = frame_addresses(p.heap, p.ip, p.heap.stack(), backtrace_depth);
  (void)in_bif;
  return stacktrace_list(heap, addresses);
}

bool unwind(Machine& m) {
  Process& p = *m.p;
  Exception& ex = p.exception;
  Heap& heap = p.heap;
  if (ex.trace.is_none()) {
    const std::size_t given = ex.module.is_none() ? 0 : 1;
    const auto addresses =
        frame_addresses(p.heap, m.ip, m.e, backtrace_depth - std::min(given, backtrace_depth));
    ex.trace = make_raw_trace(heap, ex, addresses);
  } else if (ex.trace.is_list()) {
    ex.function = ex.trace;
    ex.trace = make_raw_trace(heap, ex, {});
  }
  p.heap.leave_extension();
  p.current_bif = nullptr;
  if (p.catches > 0 && !ex.uncatchable) {
    Word* start = m.e;
    for (Word* w = m.e; w < p.heap.stack_end(); ++w) {
      if (Term{*w}.is_return_address()) start = w + 1;
      if (!Term{*w}.is_catch()) continue;
      if (p.trace_frames) trace_unwinding(p, w, class_atom(ex.error_class), ex.reason);
      m.x[0] = Term::none();
      m.x[1] = class_atom(ex.error_class);
      m.x[2] = ex.reason;
      m.x[3] = ex.trace;
      m.e = start;
      m.h = p.heap.top();
      p.heap.set_registers(m.h, m.e);
      m.ip = Term{*w}.catch_address();
      ex = {};
      return true;
    }
    fail("a catch is counted but not on the stack");
  }
  Term reason = ex.reason;
  const ErrorClass error_class = ex.error_class;
  if (p.trace_frames) {
    const bool thrown = error_class == ErrorClass::throw_;
    trace_unwinding(p, nullptr, thrown ? am::error : class_atom(error_class),
                    thrown ? make_tuple(heap, am::nocatch, reason) : reason);
  }
  if (error_class != ErrorClass::exit) {
    if (error_class == ErrorClass::throw_) reason = make_tuple(heap, am::nocatch, reason);
    reason = make_tuple(heap, reason, build_stacktrace(heap, ex.trace));
    p.heap.leave_extension();
    if (report_crash != nullptr) report_crash(p, error_class, reason);
  }
  ex = {};
  exit_process(p, reason);
  p.run_result = static_cast<std::uint8_t>(RunResult::exited);
  return false;
}

// ---- instructions
// ------------------------------------------------------------------------------------------

Flow CatchEnd::slow(Machine& m, Slot) {
  Heap& heap = m.p->heap;
  const Term error_class = m.x[1], reason = m.x[2];
  Term result;
  if (error_class == am::throw_) {
    result = reason;
  } else if (error_class == am::exit) {
    result = make_tuple(heap, am::EXIT_, reason);
  } else {
    const Term pair = make_tuple(heap, reason, build_stacktrace(heap, m.x[3]));
    result = make_tuple(heap, am::EXIT_, pair);
  }
  if (!settle_heap(m, result, 0)) return Flow::raise;
  m.x[0] = result;
  return Flow::next;
}

namespace {

Flow reraise(Machine& m, Term error_class, Term reason, Term trace) {
  Exception& ex = m.p->exception;
  ex = {};
  ex.error_class = error_class == am::throw_ ? ErrorClass::throw_
                   : error_class == am::exit ? ErrorClass::exit
                                             : ErrorClass::error;
  ex.reason = reason;
  ex.trace = trace;
  return Flow::raise;
}

}  // namespace

Flow Reraise::slow(Machine& m, Slot trace, Slot value) {
  const Term raw = trace.get(m);
  const auto t = Tuple::from(raw);
  return reraise(m, t && t->arity() >= kTraceHeader ? (*t)[0] : am::error, value.get(m), raw);
}

Flow RawRaise::slow(Machine& m) {
  const Term c = m.x[0];
  if (c != am::error && c != am::exit && c != am::throw_) {
    m.x[0] = am::badarg;
    return Flow::next;
  }
  Term raw = m.x[2];
  // The class may have been changed in between: it stands in the raw trace, too.
  if (const auto t = Tuple::from(raw); t && t->arity() >= kTraceHeader && (*t)[0] != c) {
    raw = make_tuple_from(m.p->heap, {t->elements(), t->arity()});
    Tuple::of(raw).elements()[0] = c;
  }
  return reraise(m, c, m.x[1], raw);
}

Flow BuildStacktrace::slow(Machine& m) {
  Term list = build_stacktrace(m.p->heap, m.x[0]);
  if (!settle_heap(m, list, 0)) return Flow::raise;
  m.x[0] = list;
  return Flow::next;
}

}  // namespace joist
