// fake_engine.hpp -- processes whose code is a C++ function, for tests of everything below the engine.
// A process runs the body registered under its initial function's name, once per slice, until it exits.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "gc/copy.hpp"
#include "gc/literal.hpp"
#include "scheduler/scheduler.hpp"
#include "scheduler/timer.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"

namespace joist::fake {

using Body = std::function<RunResult(Process&)>;
inline std::map<std::uint32_t, Body> bodies;  // by atom index; fixed while the schedulers run

inline Term body(const std::string& name, Body b) {
  const Term atom = intern(name);
  bodies[atom.atom_index()] = std::move(b);
  return atom;
}

inline RunResult run(Process& p) { return bodies.at(p.initial_function.atom_index())(p); }

// The argument list that the process was started with (before its first collection).
inline Term args(Process& p) { return p.saved_x[2]; }
inline Term arg(Process& p, std::size_t n) {
  Term t = args(p);
  while (n-- > 0) t = t.tail();
  return t.head();
}

inline RunResult exit(Process& p, Term reason) {
  exit_process(p, reason);
  return RunResult::exited;
}

// The next message, taken out of the queue; none() if there is none.
inline Term receive(Process& p) {
  p.mailbox.rewind();
  Signal* s = p.mailbox.current();
  if (s == nullptr) return Term::none();
  const Term t = examine_message(p, s);
  Signal::free(p.mailbox.remove_current());
  return t;
}

// Runs `main` as the first process over `schedulers` threads until it halts; the exit status.
inline int run_vm(int scheduler_threads, Body main, std::size_t limit = 1 << 18) {
  static bool once = [] {
    init_literal_range();
    return true;
  }();
  (void)once;
  static Word code[2];
  process_start_code = process_end_code = code;
  engine_run = run;
  engine_run_dirty = [](Process& p) {
    Call c{p, p.saved_x.get(), 0};
    p.dirty_result = p.dirty_run(c);
    p.dirty_done = true;
  };
  init_process_table(limit);
  start_schedulers({scheduler_threads, 1, 2});
  spawn_first(am::main, body("main", std::move(main)), Term::nil());
  run_schedulers({scheduler_threads, 1, 2});
  const int status = wait_for_halt();
  forget_schedulers();
  // Those that outlive it: only the table refers to them, where LeakSanitizer does not look.
  for (const Term pid : all_pids())
    if (Process* p = find_process(pid); p != nullptr && !p->has_state(Process::kRunning)) delete p;
  epoch_collect();
  return status;
}

inline Term spawn(Process& parent, Term function, std::initializer_list<Term> arguments, bool link = false,
                  bool monitor = false) {
  SpawnOptions o = default_spawn_options();
  o.link = link;
  o.monitor = monitor;
  const Term list = make_list_from(parent.heap, {arguments.begin(), arguments.size()});
  return spawn_process(parent, am::main, function, list, o).pid;
}

}  // namespace joist::fake
