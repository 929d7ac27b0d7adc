// spawn.hpp -- making processes, sending, links, monitors, exits: the operations behind the BIFs.
// All of them are asynchronous signals, ordered between each pair of processes.
#pragma once
#include "vm/process/call.hpp"

namespace joist {

struct SpawnOptions {
  bool link = false;
  bool monitor = false;
  AliasMode alias = AliasMode::none;  // of the monitor
  Term monitor_tag = Term::none();    // instead of 'DOWN'
  Priority priority = Priority::normal;
  std::uint16_t scheduler = 0;  // from 1: the only one to run it
  HeapLimits limits;
  bool off_heap_messages = false;
  bool async_dist = false;
  bool system = false;
  Term error_handler = Term::none();  // none(): as usual
  // spawn_request: monitor_ref is always made; the parent gets {reply_tag, Ref, ok, Pid} before anything the
  // child may send. What reports a failure is up to the caller.
  bool request = false, reply_ok = true, reply_error = true;
  Term reply_tag = am::spawn_reply;
};
SpawnOptions default_spawn_options();

struct SpawnResult {
  Term pid = Term::none();  // none(): failed, `error` says why (system_limit ...)
  Term monitor_ref = Term::none();
  Term error = Term::none();
};
// Where a new process begins, with x0..x2 = Module, Function, Args (saved_x, live = 3) and one word on the
// stack: process_end_code as a return address (address + Term::kReturnTag).
extern const Word* process_start_code;
extern const Word* process_end_code;
// Writes a report of an uncaught error or throw, as `erl` does through its logger; installed by the boot
// layer.
extern void (*report_crash)(Process& p, ErrorClass error_class, Term reason);
// Writes the report of max_heap_size being exceeded; installed by the boot layer.
extern void (*report_heap_limit)(Process& p);
// max_heap_size was exceeded: reports it as the process's settings say. True: the process must be killed.
bool heap_limit_reached(Process& p);

// Starts apply(Module, Function, Args) in a new process; `args` is a proper list.
SpawnResult spawn_process(Process& parent, Term module, Term function, Term args,
                          const SpawnOptions& options);
// The first process of all.
Process& spawn_first(Term module, Term function, Term args);

// Sends `message` to a local process; dead or unknown receivers are fine. `from` may be null.
void send_message(Process* from, Process& to, Term message);
// Term Destination: pid, port, registered name, alias reference, {Name, Node}. badarg: unregistered name, not
// a destination. suspended: a busy port; `from` was suspended, and is to send again when it is resumed
// (nosuspend: it was not suspended).
enum class Sent { ok, badarg, suspended };
Sent send_to(Process& from, Term destination, Term message, bool nosuspend = false);
// From the VM itself (timers, ports, system messages). `heap` chain already holds the message.
void send_fragment(Term pid, Term message, HeapFragment* fragment);

// The term of the message at the receive cursor, which a receive now looks at: its fragment becomes part of
// the heap, and the term a root for as long as it stays queued. `s` = p.mailbox.current(), not null.
inline Term examine_message(Process& p, Signal* s) {
  if (s->fragment != nullptr) {
    p.mailbox.note_examined(s);
    p.heap.adopt(std::exchange(s->fragment, nullptr));
  }
  return s->term;
}

// Takes the incoming signals and acts on them. Returns false if the process must exit now: p.exit_reason is
// set; the engine calls exit_process(p, p.exit_reason) and returns RunResult::exited. Run by the owner
// between instructions, with p.ip, p.live and saved_x[0..live) as they would be if it were scheduled out
// there (a request may collect the heap or walk the stack); or in a BIF with in_bif set.
bool handle_signals(Process& p);
// Ends the process: links, monitors, names, ETS tables, timers; frees its memory. Run by the thread that runs
// the process. The struct itself lives until the scheduler retires it.
void exit_process(Process& p, Term reason);
// The rest of it for a process that has exited in its Away section, when the dirty thread is done with it.
void free_memory_of(Process& p);
// A BIF that ends its own process at once, whatever it catches (exit(self(), kill)). Returns none().
Term exit_now(Call& c, Term reason);

}  // namespace joist
