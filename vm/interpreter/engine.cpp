#include "vm/interpreter/engine.hpp"

#include "vm/code/module.hpp"
#include "vm/interpreter/add_instructions.hpp"
#include "vm/interpreter/instructions/control.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/spawn.hpp"
#include "vm/trace/breakpoint.hpp"

namespace joist {

bool (*autoload_module)(Process& p, Term module) = nullptr;
Export* on_load_handler = nullptr;
void (*sample_code)(const Word* ip) = nullptr;

namespace {

Flow leave(Machine& m, RunResult result) {
  m.p->run_result = static_cast<std::uint8_t>(result);
  return Flow::stop;
}

// Pieces of code that no module has: filled by init_engine().
Word start_code[4];
Word lambda_code[2];

// Runs `p` on this thread until it leaves the engine.
RunResult run_process(Process& p) {
  if (p.state.load(std::memory_order_acquire) & Process::kExiting) {
    exit_process(p, p.exit_reason);
    return RunResult::exited;
  }
  if (p.heap.extended()) p.heap.leave_extension();  // signals and dirty BIFs may have built terms
  for (std::uint32_t i = 0; i < p.live; ++i) p.x[i] = p.saved_x[i];
  p.live = 0;
  reinterpret_cast<Handler> (*p.ip)(&p, p.x, p.ip, p.heap.stack(), p.heap.top(), p.reductions_left);
  const auto result = static_cast<RunResult>(p.run_result);
  if (sample_code != nullptr) {
    constexpr unsigned kWaitsPerSample = 64;
    thread_local unsigned waits = 0;
    if (result == RunResult::yielded || (result == RunResult::waiting && ++waits % kWaitsPerSample == 0))
      sample_code(p.ip);
  }
  return result;
}

}  // namespace

bool Machine::reserve(std::size_t words, std::size_t live) {
  write_back();
  const CollectResult r = collect(p->heap, words, {x, live});
  p->reductions_left -= static_cast<std::int32_t>(std::min<std::size_t>(r.cost, kReductionsPerSlice));
  read_back();
  if (r.heap_limit_exceeded) [[unlikely]] {
    if (heap_limit_reached(*p)) {
      p->exception = {ErrorClass::exit, am::killed};
      p->exception.uncatchable = true;
      return false;
    }
  }
  return true;
}

// ---- leaving ---------------------------------------------------------------------------------------------

Flow yield_at(Machine& m, const Word* resume, std::uint32_t live) {
  if (m.p->heap.extended()) m.p->heap.leave_extension();
  m.p->ip = resume;
  m.p->save_x(m.x, live);
  return leave(m, RunResult::yielded);
}

Flow yield_at_entry(Machine& m, const Word* entry) {
  return yield_at(m, entry, static_cast<std::uint32_t>(entry[-1]));
}

Flow wait_at(Machine& m, const Word* resume) {
  m.p->ip = resume;
  m.p->live = 0;
  return leave(m, RunResult::waiting);
}

Flow exit_with(Machine& m, Term reason) {
  exit_process(*m.p, reason);
  return leave(m, RunResult::exited);
}

Flow exit_normally(Machine& m) { return exit_with(m, am::normal); }

Flow continue_exit(Machine& m) { return exit_with(m, m.p->exit_reason); }

// ---- calling ---------------------------------------------------------------------------------------------

namespace {

// Jumps to `code`, pushing the return address if this is not a tail call; yields if the slice is used up.
Flow enter(Machine& m, const Word* code, std::uint32_t arity, const Word* return_to) {
  if (m.p->heap.extended()) {
    m.p->heap.leave_extension();
    m.h = m.p->heap.top();
  }
  if (return_to != nullptr) {
    push_return(m, return_to);
    m.p->heap.set_registers(m.h, m.e);
  }
  if (--m.p->reductions_left <= 0) return yield_at(m, code, arity);
  return m.jump(code);
}

Term list_of(Machine& m, const Term* from, std::uint32_t n) { return make_list_from(m.p->heap, {from, n}); }

// After building with m.p->heap in a slow path, the machine's copy of the heap top is stale.
// What was built may have gone into a fragment; the machine goes on in the heap's own block.
void refresh(Machine& m) {
  m.p->heap.leave_extension();
  m.h = m.p->heap.top();
  m.e = m.p->heap.stack();
}

}  // namespace

Flow call_export(Machine& m, const Export* e, const Word* return_to) {
  return enter(m, code_of(e), e->arity, return_to);
}

// Calls erts_code_purger:pending_purge_lambda(Module, Fun, Args), which calls the fun again, in the next
// slice.
static Flow call_while_purging(Machine& m, Term fun, std::uint32_t arity, const Word* return_to) {
  const Export* handler = find_or_make_export(am::erts_code_purger, am::pending_purge_lambda, 3);
  const Term args = list_of(m, m.x, arity);
  m.x[0] = Fun::from(fun)->entry()->module;
  m.x[1] = fun;
  m.x[2] = args;
  refresh(m);
  m.p->reductions_left = 0;
  return call_export(m, handler, return_to);
}

// OTP: what is wrong with a fun is found after the call has been made, so the caller stands in the stack
// trace twice.
static void stand_twice(Machine& m, const Word* return_to) {
  if (return_to == nullptr) return;
  if (m.p->heap.extended()) {
    m.p->heap.leave_extension();
    m.h = m.p->heap.top();
  }
  push_return(m, return_to);
  m.p->heap.set_registers(m.h, m.e);
}

Flow call_fun_slow(Machine& m, Term fun, std::uint32_t arity, const Word* return_to) {
  if (fun.is_box(BoxKind::external_fun)) {
    const Export* e = external_fun_export(fun);
    if (e->arity == arity) return call_export(m, e, return_to);
  } else if (const auto f = Fun::from(fun)) {
    FunEntry* entry = f->entry();
    if (entry->arity == arity) {
      const Word* code = entry->address.load(std::memory_order_acquire);
      if (code == undefined_lambda_code) {
        if (entry->pending_purge.load(std::memory_order_acquire))
          return call_while_purging(m, fun, arity, return_to);
        if (autoload_module != nullptr && autoload_module(*m.p, entry->module))
          code = entry->address.load(std::memory_order_acquire);
        if (code == undefined_lambda_code) {
          // OTP: a module that is loaded but lacks the fun is not asked for again.
          const Module* module = find_module(entry->module);
          if (module != nullptr && module->current != nullptr) return raise_pair(m, am::badfun, fun);
          const Export* handler = find_export(m.p->error_handler, am::undefined_lambda, 3);
          if (handler == nullptr || !is_callable(*handler)) return raise_pair(m, am::badfun, fun);
          const Term args = list_of(m, m.x, arity);
          m.x[0] = entry->module;
          m.x[1] = fun;
          m.x[2] = args;
          refresh(m);
          return call_export(m, handler, return_to);
        }
      }
      const std::size_t n = f->environment_size();
      for (std::size_t i = 0; i < n; ++i) m.x[arity + i] = f->environment()[i];
      return enter(m, code, static_cast<std::uint32_t>(arity + n), return_to);
    }
  } else {
    stand_twice(m, return_to);
    return raise_pair(m, am::badfun, fun);
  }
  stand_twice(m, return_to);
  Heap& heap = m.p->heap;
  const Term args = list_of(m, m.x, arity);
  return raise_pair(m, am::badarity, make_tuple(heap, fun, args));
}

namespace {

bool always_raises(Term function, std::uint32_t arity) {
  return (function == am::error && arity <= 3) ||
         (arity == 1 && (function == am::exit || function == am::throw_));
}

// erlang:apply/2 is a function, too, which does the same as what is done here at once. OTP: apply/3 is never
// seen.
bool is_traced_apply(std::uint32_t arity) {
  if (arity != 2) return false;
  const Export* e = find_export(am::erlang, am::apply, arity);
  return e != nullptr && __atomic_load_n(code_of(e), __ATOMIC_RELAXED) == breakpoint_handler;
}

Flow apply_export(Machine& m, Term module, Term function, std::uint32_t arity, const Word* return_to) {
  if (module == am::erlang && function == am::apply && !is_traced_apply(arity)) {
    if (arity == 3) return apply_list(m, return_to);
    if (arity == 2) return apply_fun(m, return_to);
  }
  // OTP: the function that applies error/1 and its kin as its last action stands in the stack trace.
  if (return_to == nullptr && module == am::erlang && always_raises(function, arity)) return_to = m.ip + 1;
  return call_export(m, find_or_make_export(module, function, arity), return_to);
}

constexpr std::uint32_t kMaxSpread = 1000;  // x registers there are; no function takes more than 255
// Spreads a proper list over x[from...]; false if it is not one or too long.
bool spread(Machine& m, Term list, std::uint32_t* count) {
  std::uint32_t n = 0;
  for (; list.is_cons(); list = list.tail()) {
    if (n >= kMaxSpread) return false;
    m.x[n++] = list.head();
  }
  *count = n;
  return list.is_nil();
}

}  // namespace

Flow apply_registers(Machine& m, std::uint32_t arity, const Word* return_to) {
  const Term module = m.x[arity], function = m.x[arity + 1];
  if (!module.is_atom() || !function.is_atom()) {
    const Term args = list_of(m, m.x, arity);
    return raise_in_bif(m, am::badarg, am::erlang, am::apply, {module, function, args});
  }
  return apply_export(m, module, function, arity, return_to);
}

Flow apply_list(Machine& m, const Word* return_to) {
  const Term module = m.x[0], function = m.x[1], args = m.x[2];
  std::uint32_t arity = 0;
  if (module.is_atom() && function.is_atom() && spread(m, args, &arity))
    return apply_export(m, module, function, arity, return_to);
  const bool too_long = list_length(args).value_or(0) > kMaxSpread;
  return raise_in_bif(m, too_long ? am::system_limit : am::badarg, am::erlang, am::apply,
                      {module, function, args});
}

Flow apply_fun(Machine& m, const Word* return_to) {
  const Term fun = m.x[0], args = m.x[1];
  std::uint32_t arity = 0;
  if (spread(m, args, &arity)) return call_fun_slow(m, fun, arity, return_to);
  return raise_in_bif(m, am::badarg, am::erlang, am::apply, {fun, args});
}

Flow call_error_handler(Machine& m, Export* e) {
  if (autoload_module != nullptr && autoload_module(*m.p, e->module) && is_callable(*e))
    return enter(m, code_of(e), e->arity, nullptr);
  if (m.p->saved_calls) m.p->saved_calls->call(e->module, e->function, e->arity);
  const Export* handler = find_export(m.p->error_handler, am::undefined_function, 3);
  const Term args = list_of(m, m.x, e->arity);
  refresh(m);  // a long list may not have found room in the block
  const Module* called = on_load_handler != nullptr ? find_module(e->module) : nullptr;
  if (called != nullptr && called->on_load != nullptr) {
    m.x[0] = e->module;
    m.x[1] = e->function;
    m.x[2] = args;
    return enter(m, code_of(on_load_handler), 3, nullptr);
  }
  if (handler == nullptr || !is_callable(*handler)) {
    m.p->exception = {ErrorClass::error, am::undef};
    m.p->exception.module = e->module;
    m.p->exception.function = e->function;
    m.p->exception.args = args;
    return Flow::raise;
  }
  m.x[0] = e->module;
  m.x[1] = e->function;
  m.x[2] = args;
  return enter(m, code_of(handler), 3, nullptr);
}

bool settle_heap(Machine& m, Term& result, std::uint32_t live) {
  ProcessHeap& heap = m.p->heap;
  if (heap.extended()) heap.leave_extension();
  if (!heap.wants_collection() && !(kChecked && flags.collect_always)) return true;
  refresh(m);
  m.x[live] = result;
  if (!m.reserve(0, live + 1)) return false;
  m.write_back();
  result = m.x[live];
  return true;
}

namespace {

// A BIF that did not end with a value. Its marker is what it returned.
[[gnu::noinline]] Flow bif_without_value(Machine& m, const Export* e, Term marker, const Word* return_to,
                                         const Word* tail_return) {
  Process& p = *m.p;
  refresh(m);
  m.reds = p.reductions_left;
  if (tail_return != nullptr && (marker == trap_marker() || marker == retry_marker())) {
    const std::uint32_t live = marker == trap_marker() ? p.trap_target->arity : e->arity;
    if (!m.room(1) && !m.reserve(1, live)) return Flow::raise;
    push_return(m, tail_return);
    m.write_back();
  }
  if (marker == trap_marker()) {
    // OTP: that a BIF goes on in another, or in itself, is not seen by tracing.
    const Export* to = p.trap_target;
    return enter(m, to->bif >= 0 ? to->stub : code_of(to), to->arity, return_to);
  }
  if (marker == retry_marker()) {  // run the same BIF again later, with the same arguments
    p.save_x(m.x, e->arity);
    p.ip = return_to == nullptr ? e->stub : m.ip;
    return leave(m, static_cast<RunResult>(p.run_result));
  }
  if (marker == hibernate_marker()) return hibernate(m);
  return Flow::raise;
}

// What the BIF built did not find room in the block, or a collection is due.
[[gnu::noinline]] Flow settle_bif_result(Machine& m, Term& result) {
  refresh(m);
  m.reds = m.p->reductions_left;
  return settle_heap(m, result, 0) ? Flow::next : Flow::raise;
}

}  // namespace

Flow call_bif(Machine& m, const Export* e, BifFunction run, const Word* return_to, const Word* tail_return) {
  Process& p = *m.p;
  p.current_bif = e;
  p.ip = m.ip;  // for BIFs that look at the stack
  Call c{p, m.x, e->arity};
  Term result = run(c);
  if ((result.bits & Term::kImmediateMask) == Term::kNoneTag) [[unlikely]]
    return bif_without_value(m, e, result, return_to, tail_return);
  if (p.heap.extended() || p.heap.wants_collection() || (kChecked && flags.collect_always)) [[unlikely]]
    if (settle_bif_result(m, result) == Flow::raise) return Flow::raise;
  m.x[0] = result;
  p.current_bif = nullptr;
  if (return_to == nullptr) {
    m.h = p.heap.top();
    m.e = p.heap.stack();
    pop_return(m);
    p.heap.set_registers(m.h, m.e);
    return_to = m.ip;
  }
  if (--p.reductions_left <= 0) [[unlikely]]
    return yield_at(m, return_to, 1);
  return m.jump(return_to);
}

// ---- raising ---------------------------------------------------------------------------------------------

Flow raise_error(Machine& m, Term reason) {
  m.p->exception = {ErrorClass::error, reason};
  return Flow::raise;
}

Flow raise_pair(Machine& m, Term tag, Term value) {
  return raise_error(m, make_tuple(m.p->heap, tag, value));
}

Flow raise_function_clause(Machine& m, Term module, Term function, std::uint32_t arity) {
  m.p->exception = {ErrorClass::error, am::function_clause};
  m.p->exception.args = list_of(m, m.x, arity);
  (void)module;
  (void)function;
  return Flow::raise;
}

Flow raise_in_bif(Machine& m, Term reason, Term module, Term function, std::initializer_list<Term> args) {
  Heap& heap = m.p->heap;
  Exception& ex = m.p->exception;
  ex = {ErrorClass::error, reason};
  ex.module = module;
  ex.function = function;
  ex.args = make_list_from(heap, {args.begin(), args.size()});
  const Term pairs[] = {am::module, am::erl_erts_errors};
  const Term map = map_from_pairs(heap, pairs);
  ex.error_info = make_cons(heap, make_tuple(heap, am::error_info, map), Term::nil());
  return Flow::raise;
}

Flow raise_unsupported(Machine& m, unsigned opcode) {
  return raise_pair(m, am::not_implemented, Term::small(opcode));
}

[[clang::preserve_none]] void raise_handler(Process* p, Term* x, const Word* ip, Word* e, Word* h,
                                            std::int64_t reds) {
  Machine m{p, x, ip, e, h, reds};
  m.write_back();
  if (unwind(m)) {
    m.read_back();
    JOIST_DISPATCH(m, m.ip);
  }
}

// ---- start-up --------------------------------------------------------------------------------------------

void init_engine() {
  InstructionSet& set = InstructionSet::instance();
  add_control_instructions(set);
  add_data_instructions(set);
  add_arithmetic_instructions(set);
  add_bif_instructions(set);
  add_process_instructions(set);
  add_map_instructions(set);
  add_binary_instructions(set);
  add_trace_instructions(set);
  const auto handler = [&](const char* name, std::initializer_list<OperandKind> kinds) {
    std::vector<EncodedOperand> operands;
    for (const OperandKind k : kinds) operands.push_back({k, 0});
    return set.find(set.id(name), operands)->handler;
  };
  stub_handlers.call_error_handler = handler("call_error_handler", {OperandKind::word});
  stub_handlers.call_bif = handler("call_bif_stub", {OperandKind::word, OperandKind::word});
  stub_handlers.call_dirty_bif = handler("call_dirty_bif_stub", {OperandKind::word, OperandKind::word});
  stub_handlers.native_entry = handler("native_entry", {OperandKind::word});
  start_code[0] = handler("apply_list_tail", {});
  start_code[1] = handler("normal_exit", {});
  lambda_code[0] = handler("nop", {});
  undefined_lambda_code = lambda_code;
  init_breakpoints();
  process_start_code = start_code;
  process_end_code = start_code + 1;
  engine_run = run_process;
  install_dirty_runner();
}

}  // namespace joist
