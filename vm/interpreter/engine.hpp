// engine.hpp -- entering the engine, and what instructions share: yielding, calling, raising.
//
// The functions that take a Machine& are slow paths: the heap's registers and the reductions have been
// written back to the process; they leave them there (the handler reads them back).
#pragma once
#include "scheduler/scheduler.hpp"
#include "vm/interpreter/instruction.hpp"
#include "vm/nif/nif.hpp"
#include "vm/process/call.hpp"

namespace joist {

// Fills the instruction set and installs the engine in the layers below. Once, before anything is loaded.
void init_engine();
void install_dirty_runner();

// In the small boot (joist run --bare): loads a module when an undefined function of it is called. Returns
// whether the module is loaded now. Null: undefined functions go to the process's error_handler module.
extern bool (*autoload_module)(Process& p, Term module);
// Also there: called as Handler(Module, Function, Args) when that module waits for its on_load function to
// run.
extern Export* on_load_handler;

// Called, if not null, with the place where a process used up its time slice, and now and then with that
// where one waits.
extern void (*sample_code)(const Word* ip);

// ---- leaving the engine ----
Flow yield_at(Machine& m, const Word* resume, std::uint32_t live);
Flow yield_at_entry(Machine& m, const Word* entry);  // live = the function's arity
Flow wait_at(Machine& m, const Word* resume);
Flow exit_with(Machine& m, Term reason);
Flow exit_normally(Machine& m);
Flow continue_exit(Machine& m);

// ---- calling ----
// `return_to`: where the callee returns; null: a tail call, the frame is gone already.
Flow call_fun_slow(Machine& m, Term fun, std::uint32_t arity, const Word* return_to);
Flow apply_registers(Machine& m, std::uint32_t arity, const Word* return_to);
Flow apply_list(Machine& m, const Word* return_to);
Flow apply_fun(Machine& m, const Word* return_to);
Flow call_export(Machine& m, const Export* e, const Word* return_to);
Flow call_error_handler(Machine& m, Export* e);
// Runs a BIF with its arguments in x[0..arity). `return_to`: as above; the result goes to x0 and execution
// goes on there, or to the caller. `tail_return`: a `return` in the code of a tail call, whose function
// stands in stack traces while another one is called in the BIF's place.
Flow call_bif(Machine& m, const Export* e, BifFunction run, const Word* return_to,
              const Word* tail_return = nullptr);
// The same for one that blocks: leaves for a dirty thread, and takes its answer when the process comes back.
Flow call_dirty_bif(Machine& m, const Export* e, BifFunction run, const Word* return_to);
// A function of a native library, as a tail call.
Flow call_native(Machine& m, const NativeFunction& f);
// erlang:hibernate/3 with its arguments in x.
Flow hibernate(Machine& m);
// After a result was built: ends an extension of the heap, collecting if it is due. `result` is kept.
bool settle_heap(Machine& m, Term& result, std::uint32_t live);

// ---- raising: all return Flow::raise ----
Flow raise_error(Machine& m, Term reason);
Flow raise_pair(Machine& m, Term tag, Term value);  // {Tag, Value}
Flow raise_function_clause(Machine& m, Term module, Term function, std::uint32_t arity);
// As a BIF's failure: the first stack frame is erlang:Function(Args...), with error_info.
Flow raise_in_bif(Machine& m, Term reason, Term module, Term function, std::initializer_list<Term> args);
Flow raise_unsupported(Machine& m, unsigned opcode);

// Goes to the nearest catch (m.ip is set): true; or ends the process: false.
bool unwind(Machine& m);
extern std::size_t backtrace_depth;  // frames kept; erlang:system_flag(backtrace_depth, N)

// A raw trace (exception.hpp) as the list that programs see.
Term build_stacktrace(Heap& h, Term raw_trace);
// Raw trace of a process standing at `ip` (process_info current_stacktrace), as list.
Term current_stacktrace(Heap& h, const Process& p);

}  // namespace joist
