// signals.hpp -- sending signals other than plain messages, and answering requests.
//
// Every signal goes through the receiver's mailbox, so between two processes nothing overtakes. The receiver
// acts on it in handle_signals. Pids of processes that do not exist any more are fine everywhere.
// Threads: any thread that is online (vm/base/epoch.hpp), unless a function says otherwise.
#pragma once
#include "vm/process/spawn.hpp"

namespace joist {

enum class Urgency {
  now,   // wakes the receiver
  later  // the receiver need not run for it: it is handled with the next signal that is urgent, or when it
         // runs
};
// Puts `s` into `to`'s mailbox. False: it has exited, `s` is still the caller's.
bool deliver(Process& to, Signal* s, Urgency urgency = Urgency::now);
// The signals that wait with it become urgent.
void hurry(Process& to);
// To a pid; if there is no such process the signal's handler answers with a null receiver.
void signal_to(Term pid, Signal* s, Urgency urgency = Urgency::now);

// ---- run by process `p` itself ----
// Erlang's link/1 etc. without argument checks. link: false if the peer is known not to exist.
bool link_to(Process& p, Term pid);
void unlink_from(Process& p, Term pid);
// A monitor of `target` (pid or port, or none() if nobody has `name`) under the reference `ref`, made before.
void monitor_process(Process& p, Term ref, Term target, Term name, AliasMode alias, OwnedTerm tag,
                     MonitorKind kind = MonitorKind::process);
// A monitor of a pid that no process here has, or of such a port: its 'DOWN' is sent at once.
void monitor_absent(Process& p, Term ref, Term pid, AliasMode alias, OwnedTerm tag, Term reason);
// False if there was no such monitor.
bool demonitor(Process& p, RefKey ref);
// Ends an alias; false if it was none. A monitor that carries it stays.
bool unalias(Process& p, RefKey ref);
// Makes `ref` an alias of its own (erlang:alias).
void add_alias(Process& p, RefKey ref, AliasMode mode);

// exit/2 from `from` (its pid, or that of a port). Reason `kill` cannot be trapped.
void send_exit(Term from, Term to, Term reason);
// As if a link between `from` and `to` broke.
void send_link_exit(Term from, Term to, Term reason);
// The 'DOWN' for a watcher of `object` (pid or port), or of {Name, Node}.
void send_down(RefKey ref, const Watcher& w, Term object, Term reason);

// Suspends `p`, which runs and must yield now, until send_resume.
void suspend_self(Process& p);

// ---- for ports, which act at once on what processes send them ----
// Links, monitors of processes from the port's side; answers and ends come by port_hooks.
void send_link(Term port, Term pid);
void send_unlink(Term port, Term pid);
void send_unlink_ack(Term port, Term pid, std::uint64_t id);
void send_monitor(RefKey ref, Term port, Term pid);
void send_demonitor(RefKey ref, Term pid);

void send_group_leader(Term to, Term leader);
// Takes back one suspension.
void send_resume(Term to);

// ---- requests ----
// Sends a request that `handle` acts on in the receiver's context; `handle` gets the signal with term =
// `payload` (copied), from = requester, and must answer with reply() to make the requester go on. With a null
// receiver the process is gone.
// OTP: until it has answered, the receiver has at least the priority `urgency`, lest one that computes with a
// higher priority than the receiver keeps the requester waiting.
void send_request(Term to, Term requester, void (*handle)(Process* receiver, Signal* self), Term payload,
                  Word extra0 = 0, Word extra1 = 0, std::optional<Priority> urgency = std::nullopt);
// For handlers: handles `s` again the next time that p's signals are handled, or when its Away section ends.
void put_off(Process& p, Signal* s);
void take_up_again(Process& p);  // at the end of that section
// Sends {Ref, Result} where Ref is element 0 of tuple `payload` or `payload` itself.
void reply(Term requester, Term ref, Term result);

}  // namespace joist
