// What native code asks of processes, ports and environments of its own: sending, asking who lives, time
// slices.
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/epoch.hpp"
#include "vm/nif/environment.hpp"
#include "vm/nif/library.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"

using namespace joist;

extern "C" {

// ---- environments ----
void* enif_priv_data(ErlNifEnv* env) { return env->library->private_data; }

ErlNifEnv* enif_alloc_env(void) { return new OwnEnvironment; }
void enif_free_env(ErlNifEnv* env) {
  auto* own = static_cast<OwnEnvironment*>(env);
  own->clear();
  delete own;
}
void enif_clear_env(ErlNifEnv* env) { static_cast<OwnEnvironment*>(env)->clear(); }

// ---- sending ----
// A message from an environment of its own takes all of that with it.
int enif_send(ErlNifEnv*, const ErlNifPid* to, ErlNifEnv* message_env, ERL_NIF_TERM message) {
  const Term pid = term_of(to->pid);
  const EpochGuard online;
  Process* receiver = pid.is_local_pid() ? find_process(pid) : nullptr;
  if (receiver == nullptr) {
    if (message_env != nullptr) enif_clear_env(message_env);
    return 0;
  }
  if (message_env == nullptr) {
    const CopiedTerm copy = copy_to_fragment(term_of(message));
    send_fragment(pid, copy.term, copy.fragment);
  } else {
    auto* own = static_cast<OwnEnvironment*>(message_env);
    send_fragment(pid, term_of(message), own->own.finish());
    own->clear();
  }
  return 1;
}

int enif_port_command(ErlNifEnv*, const ErlNifPort* port, ErlNifEnv* message_env, ERL_NIF_TERM message) {
  const EpochGuard online;
  const bool posted = post_port_command(term_of(port->port_id), term_of(message));
  if (message_env != nullptr) enif_clear_env(message_env);
  return posted;
}

// ---- asking ----
ErlNifPid* enif_self(ErlNifEnv* env, ErlNifPid* pid) {
  if (env->process == nullptr) return nullptr;
  pid->pid = env->process->pid.bits;
  return pid;
}
int enif_is_process_alive(ErlNifEnv*, ErlNifPid* pid) {
  const EpochGuard online;
  return term_of(pid->pid).is_local_pid() && find_process(term_of(pid->pid)) != nullptr;
}
int enif_is_current_process_alive(ErlNifEnv* env) {
  return env->process != nullptr && find_process(env->process->pid) != nullptr;
}
int enif_is_port_alive(ErlNifEnv*, ErlNifPort* port) {
  const EpochGuard online;
  return term_of(port->port_id).is_local_port() && find_port(term_of(port->port_id)) != nullptr;
}
int enif_whereis_pid(ErlNifEnv*, ERL_NIF_TERM name, ErlNifPid* pid) {
  const EpochGuard online;
  const Term found = term_of(name).is_atom() ? whereis_name(term_of(name)) : Term::none();
  if (!found.is_local_pid()) return 0;
  pid->pid = found.bits;
  return 1;
}
int enif_whereis_port(ErlNifEnv*, ERL_NIF_TERM name, ErlNifPort* port) {
  const EpochGuard online;
  const Term found = term_of(name).is_atom() ? whereis_name(term_of(name)) : Term::none();
  if (!found.is_local_port()) return 0;
  port->port_id = found.bits;
  return 1;
}

// ---- where it runs ----
int enif_consume_timeslice(ErlNifEnv* env, int percent) {
  if (env->process == nullptr || !env->may_run_on) return 0;
  Process& p = *env->process;
  const std::int32_t spent = kReductionsPerSlice * std::clamp(percent, 1, 100) / 100;
  p.reductions_left = spent >= p.reductions_left ? 0 : p.reductions_left - spent;
  return p.reductions_left == 0;
}
int enif_thread_type(void) {
  if (current_scheduler_number() != 0) return ERL_NIF_THR_NORMAL_SCHEDULER;
  switch (dirty_thread_kind()) {
    case DirtyThread::cpu: return ERL_NIF_THR_DIRTY_CPU_SCHEDULER;
    case DirtyThread::io: return ERL_NIF_THR_DIRTY_IO_SCHEDULER;
    case DirtyThread::none: return ERL_NIF_THR_UNDEFINED;
  }
  return ERL_NIF_THR_UNDEFINED;
}

}  // extern "C"
