// enif_select: waiting for file descriptors, each with a resource that it keeps alive until it is stopped.
//
// Each readiness that is asked for is told once, by a message. The thread that polls (vm/ports/poll.hpp)
// looks the descriptor up under the lock, so nothing is told after STOP, and STOP is always acted on at once.
#include <errno.h>
#include <fcntl.h>

#include <climits>
#include <map>
#include <mutex>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/nif/environment.hpp"
#include "vm/nif/resource.hpp"
#include "vm/ports/poll.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"

using namespace joist;

namespace {

// Who is to be told, with the message ready.
struct Waiting {
  Term pid = Term::none();  // none(): nobody
  Term message = Term::none();
  HeapFragment* fragment = nullptr;

  explicit operator bool() const { return !pid.is_none(); }
  void drop() {
    HeapFragment::free_chain(fragment);
    *this = {};
  }
  void tell() {
    send_fragment(pid, message, fragment);
    *this = {};
  }
};

struct Selected {
  NifResource* resource = nullptr;
  Waiting read, write;
};

std::mutex mutex;
std::map<int, Selected> selected;

unsigned interest_of(const Selected& s) { return (s.read ? poll::kRead : 0) | (s.write ? poll::kWrite : 0); }

void ready(Word, int fd, unsigned events);

int poll_for(int fd, const Selected& s) { return poll::watch(fd, interest_of(s), {ready, 0}); }

void ready(Word, int fd, unsigned events) {
  const std::lock_guard lock(mutex);
  const auto found = selected.find(fd);
  if (found == selected.end()) return;
  Selected& s = found->second;
  if ((events & poll::kRead) != 0 && s.read) s.read.tell();
  if ((events & poll::kWrite) != 0 && s.write) s.write.tell();
  poll_for(fd, s);
}

// {select, Resource, Ref, What}, or a message of the caller's own.
Waiting prepare(const ErlNifPid* pid, ErlNifEnv* env, NifResource* r, Term ref, Term what, bool custom,
                ErlNifEnv* message_env) {
  Waiting w;
  w.pid = pid != nullptr ? term_of(pid->pid) : env->process->pid;
  if (custom && message_env != nullptr) {
    auto* own = static_cast<OwnEnvironment*>(message_env);
    w.message = ref;
    w.fragment = own->own.finish();
    own->clear();
    return w;
  }
  GrowingFragmentHeap h;
  w.message = custom ? copy_with_literals(h, ref)
                     : make_tuple(h, am::select, make_resource_term(h, r), copy_with_literals(h, ref), what);
  w.fragment = h.finish();
  return w;
}

int stop(ErlNifEnv* env, int fd, NifResource* r) {
  bool was_selected = false;
  {
    const std::lock_guard lock(mutex);
    const auto found = selected.find(fd);
    if (found != selected.end()) {
      was_selected = true;
      poll::forget(fd);
      found->second.read.drop();
      found->second.write.drop();
      selected.erase(found);
    }
  }
  NifLibrary* const caller = std::exchange(env->library, r->type->code);
  r->type->callbacks.stop(env, r->data(), fd, 1);
  env->library = caller;
  if (was_selected) r->release();
  return ERL_NIF_SELECT_STOP_CALLED;
}

int cancel(int fd, int flags) {
  const std::lock_guard lock(mutex);
  const auto found = selected.find(fd);
  if (found == selected.end()) return 0;
  int result = 0;
  const auto take_back = [&](int flag, Waiting& w, int cancelled) {
    if ((flags & flag) == 0 || !w) return;
    w.drop();
    result |= cancelled;
  };
  take_back(ERL_NIF_SELECT_READ, found->second.read, ERL_NIF_SELECT_READ_CANCELLED);
  take_back(ERL_NIF_SELECT_WRITE, found->second.write, ERL_NIF_SELECT_WRITE_CANCELLED);
  poll_for(fd, found->second);
  return result;
}

int select(ErlNifEnv* env, int fd, int flags, void* data, const ErlNifPid* pid, Term ref,
           ErlNifEnv* message_env) {
  NifResource* r = NifResource::of(data);
  if (fcntl(fd, F_GETFD) < 0 && (flags & ERL_NIF_SELECT_STOP) == 0)
    return INT_MIN | ERL_NIF_SELECT_INVALID_EVENT;
  if ((flags & ERL_NIF_SELECT_STOP) != 0) return stop(env, fd, r);
  if ((flags & ERL_NIF_SELECT_CANCEL) != 0) return cancel(fd, flags);
  if ((flags & (ERL_NIF_SELECT_READ | ERL_NIF_SELECT_WRITE)) == 0) return INT_MIN | ERL_NIF_SELECT_NOTSUP;
  require(r->type->callbacks.stop != nullptr, "enif_select with a resource that has no stop callback");
  const EpochGuard online;
  const bool custom = (flags & ERL_NIF_SELECT_CUSTOM_MSG) != 0;
  const std::lock_guard lock(mutex);
  Selected& s = selected[fd];
  if (s.resource == nullptr) {
    r->retain();
    s.resource = r;
  } else if (s.resource != r) {
    // The descriptor was closed behind our back, and its number is used anew.
    s.read.drop();
    s.write.drop();
    r->retain();
    std::exchange(s.resource, r)->release();
  }
  if ((flags & ERL_NIF_SELECT_READ) != 0) {
    s.read.drop();
    s.read = prepare(pid, env, r, ref, am::ready_input, custom, message_env);
  }
  if ((flags & ERL_NIF_SELECT_WRITE) != 0) {
    s.write.drop();
    s.write = prepare(pid, env, r, ref, am::ready_output, custom, message_env);
  }
  const int error = poll_for(fd, s);
  if (error == 0) return 0;
  s.read.drop();
  s.write.drop();
  return INT_MIN | (error == EBADF ? ERL_NIF_SELECT_INVALID_EVENT : ERL_NIF_SELECT_FAILED);
}

}  // namespace

extern "C" {

int enif_select(ErlNifEnv* env, ErlNifEvent fd, enum ErlNifSelectFlags flags, void* data,
                const ErlNifPid* pid, ERL_NIF_TERM ref) {
  return select(env, fd, flags, data, pid, term_of(ref), nullptr);
}

int enif_select_x(ErlNifEnv* env, ErlNifEvent fd, enum ErlNifSelectFlags flags, void* data,
                  const ErlNifPid* pid, ERL_NIF_TERM message, ErlNifEnv* message_env) {
  return select(env, fd, flags, data, pid, term_of(message), message_env);
}

}  // extern "C"
