#include "vm/nif/resource.hpp"

#include <cstdlib>
#include <map>
#include <new>

#include "scheduler/scheduler.hpp"
#include "vm/base/epoch.hpp"
#include "vm/nif/environment.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"

namespace joist {
namespace {

// ---- types ----

std::mutex types_mutex;
std::vector<ErlNifResourceType*> open_types;

// What the load callback that runs now has opened.
struct Opening {
  NifLibrary* library = nullptr;
  struct Opened {
    ErlNifResourceType* type;
    ErlNifResourceTypeInit callbacks;
    bool created;
  };
  std::vector<Opened> opened;
};
Opening opening;  // only one library is being loaded at a time

bool has_callbacks(const ErlNifResourceTypeInit& c) {
  return c.dtor != nullptr || c.stop != nullptr || c.down != nullptr || c.dyncall != nullptr;
}

void release_type(ErlNifResourceType* type) {
  if (type->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (type->code != nullptr) type->code->release();
  delete type;
}

// ---- monitors ----

struct ResourceMonitor {
  NifResource* resource;
  Term pid;
};
std::mutex monitors_mutex;
std::map<RefKey, ResourceMonitor> monitors;
void (*port_process_down)(Term port, RefKey ref) = nullptr;

void forget_monitors(NifResource& r) {
  std::vector<std::pair<RefKey, Term>> gone;
  {
    const std::lock_guard lock(monitors_mutex);
    for (const RefKey& key : r.monitors) {
      const auto found = monitors.find(key);
      gone.emplace_back(key, found->second.pid);
      monitors.erase(found);
    }
    r.monitors.clear();
  }
  for (const auto& [key, pid] : gone) send_demonitor(key, pid);
}

void process_down(Term port, RefKey ref) {
  if (port != kResourceWatcher) return port_process_down(port, ref);
  ResourceMonitor m;
  {
    const std::lock_guard lock(monitors_mutex);
    const auto found = monitors.find(ref);
    if (found == monitors.end()) return;
    m = found->second;
    monitors.erase(found);
    m.resource->monitors.erase(ref);
    if (!m.resource->retain_if_alive()) return;
  }
  ErlNifPid pid{m.pid.bits};
  ErlNifMonitor monitor{};
  std::memcpy(&monitor, &ref, sizeof ref);
  {
    OwnEnvironment env(m.resource->type->code);
    m.resource->type->callbacks.down(&env, m.resource->data(), &pid, &monitor);
  }
  m.resource->release();
}

// ---- the end of a resource ----

std::atomic<NifResource*> dead{nullptr};

void destroy(NifResource* r) {
  forget_monitors(*r);
  ErlNifResourceType* type = r->type;
  if (type->callbacks.dtor != nullptr) {
    OwnEnvironment env(type->code);
    type->callbacks.dtor(&env, r->data());
  }
  r->~NifResource();
  std::free(r);
  release_type(type);
}

void destroy_dead() {
  NifResource* r = dead.exchange(nullptr, std::memory_order_acquire);
  // First dead, first destroyed.
  NifResource* first = nullptr;
  while (r != nullptr) {
    NifResource* next = r->next_dead;
    r->next_dead = first;
    first = r;
    r = next;
  }
  while (first != nullptr) {
    NifResource* next = first->next_dead;
    destroy(first);
    first = next;
  }
}

}  // namespace

bool NifResource::retain_if_alive() {
  std::int64_t n = references.load(std::memory_order_relaxed);
  while (n > 0)
    if (references.compare_exchange_weak(n, n + 1, std::memory_order_relaxed)) return true;
  return false;
}

void NifResource::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (current_scheduler_number() == 0) return destroy(this);
  next_dead = dead.load(std::memory_order_relaxed);
  while (!dead.compare_exchange_weak(next_dead, this, std::memory_order_release, std::memory_order_relaxed)) {
  }
  run_between_slices(destroy_dead);
}

Term make_resource_term(Heap& h, NifResource* r) {
  return make_magic_ref_again(h, new ResourceHandle(r), r->number);
}

void begin_opening(NifLibrary& library) { opening = {&library, {}}; }

NifLibrary* opening_library() { return opening.library; }

void end_opening(NifLibrary& library, bool keep) {
  const std::lock_guard lock(types_mutex);
  for (const auto& [type, callbacks, created] : opening.opened) {
    if (!keep) {
      if (created) delete type;
      continue;
    }
    if (created) open_types.push_back(type);
    NifLibrary* old_code = std::exchange(type->code, has_callbacks(callbacks) ? &library : nullptr);
    if (type->code != nullptr) type->code->retain();
    if (old_code != nullptr) old_code->release();
    type->owner = &library;
    type->callbacks = callbacks;
  }
  opening = {};
}

ErlNifResourceType* find_resource_type(Term module, Term name) {
  const std::lock_guard lock(types_mutex);
  for (ErlNifResourceType* t : open_types)
    if (t->module == module && t->name == name) return t;
  return nullptr;
}

ErlNifResourceType* open_resource_type(ErlNifEnv* env, const char* name, const ErlNifResourceTypeInit& init,
                                       ErlNifResourceFlags flags, ErlNifResourceFlags* tried) {
  require(opening.library != nullptr && env->library == opening.library,
          "a resource type is opened outside of load and upgrade");
  const Term module = env->library->module, name_atom = intern(name);
  ErlNifResourceType* type = find_resource_type(module, name_atom);
  ErlNifResourceFlags what = flags;
  bool created = false;
  if (type == nullptr && (flags & ERL_NIF_RT_CREATE) != 0) {
    type = new ErlNifResourceType;
    type->module = module;
    type->name = name_atom;
    created = true;
    what = ERL_NIF_RT_CREATE;
  } else if (type != nullptr) {
    if ((flags & ERL_NIF_RT_TAKEOVER) != 0)
      what = ERL_NIF_RT_TAKEOVER;
    else
      type = nullptr;
  }
  if (type != nullptr) opening.opened.push_back({type, init, created});
  if (tried != nullptr) *tried = what;
  return type;
}

void give_up_types(NifLibrary& library) {
  std::vector<ErlNifResourceType*> given_up;
  {
    const std::lock_guard lock(types_mutex);
    std::erase_if(open_types, [&](ErlNifResourceType* t) {
      if (t->owner != &library) return false;
      t->owner = nullptr;
      given_up.push_back(t);
      return true;
    });
  }
  for (ErlNifResourceType* t : given_up) release_type(t);
}

Term monitoring_resource(Heap& h, const Watcher& watcher, RefKey monitor) {
  if (watcher.watcher != kResourceWatcher) return Term::none();
  const std::lock_guard lock(monitors_mutex);
  const auto found = monitors.find(monitor);
  if (found == monitors.end() || !found->second.resource->retain_if_alive()) return Term::none();
  const Term t = make_resource_term(h, found->second.resource);
  found->second.resource->references.fetch_sub(1, std::memory_order_relaxed);  // the term holds one
  return t;
}

void init_resources() {
  port_process_down = port_hooks.process_down;
  port_hooks.process_down = process_down;
}

}  // namespace joist

using namespace joist;

// ---- the interface ----

extern "C" {

ErlNifResourceType* enif_open_resource_type(ErlNifEnv* env, const char* module, const char* name,
                                            ErlNifResourceDtor* dtor, ErlNifResourceFlags flags,
                                            ErlNifResourceFlags* tried) {
  require(module == nullptr, "enif_open_resource_type was given a module");
  ErlNifResourceTypeInit init{};
  init.dtor = dtor;
  return open_resource_type(env, name, init, flags, tried);
}

ErlNifResourceType* enif_open_resource_type_x(ErlNifEnv* env, const char* name,
                                              const ErlNifResourceTypeInit* given, ErlNifResourceFlags flags,
                                              ErlNifResourceFlags* tried) {
  // Libraries of older versions know fewer callbacks.
  ErlNifResourceTypeInit init{};
  std::memcpy(&init, given, std::min(env->library->entry.sizeof_ErlNifResourceTypeInit, sizeof init));
  init.dyncall = nullptr;
  return open_resource_type(env, name, init, flags, tried);
}

ErlNifResourceType* enif_init_resource_type(ErlNifEnv* env, const char* name,
                                            const ErlNifResourceTypeInit* given, ErlNifResourceFlags flags,
                                            ErlNifResourceFlags* tried) {
  ErlNifResourceTypeInit init{};
  const int n = given->members;
  if (n >= 1) init.dtor = given->dtor;
  if (n >= 2) init.stop = given->stop;
  if (n >= 3) init.down = given->down;
  if (n >= 4) init.dyncall = given->dyncall;
  return open_resource_type(env, name, init, flags, tried);
}

void* enif_alloc_resource(ErlNifResourceType* type, size_t size) {
  void* memory = std::malloc(sizeof(NifResource) + size);
  if (memory == nullptr) return nullptr;
  BlockHeap scratch(8);
  auto* r = new (memory) NifResource{type, size, ref_key(make_ref(scratch))};
  type->references.fetch_add(1, std::memory_order_relaxed);
  return r->data();
}

void enif_release_resource(void* data) { NifResource::of(data)->release(); }
void enif_keep_resource(void* data) { NifResource::of(data)->retain(); }
size_t enif_sizeof_resource(void* data) { return NifResource::of(data)->size; }

ERL_NIF_TERM enif_make_resource(ErlNifEnv* env, void* data) {
  return make_resource_term(*env->heap, NifResource::of(data)).bits;
}

int enif_get_resource(ErlNifEnv*, ERL_NIF_TERM term, ErlNifResourceType* type, void** data) {
  const auto* handle = magic_cast<ResourceHandle>(term_of(term));
  if (handle == nullptr || handle->resource->type != type) return 0;
  *data = handle->resource->data();
  return 1;
}

// The bytes are copied: they must not change while the binary lives, so nobody can tell.
ERL_NIF_TERM enif_make_resource_binary(ErlNifEnv* env, void*, const void* data, size_t size) {
  return make_binary_copy(*env->heap, data, size).bits;
}

int enif_dynamic_resource_call(ErlNifEnv* env, ERL_NIF_TERM module, ERL_NIF_TERM name, ERL_NIF_TERM resource,
                               void* call_data) {
  ErlNifResourceType* type = find_resource_type(term_of(module), term_of(name));
  if (type == nullptr || type->callbacks.dyncall == nullptr) return 1;
  const auto* handle = magic_cast<ResourceHandle>(term_of(resource));
  if (handle == nullptr || handle->resource->type != type) return 1;
  NifLibrary* const caller = std::exchange(env->library, type->code);
  type->callbacks.dyncall(env, handle->resource->data(), call_data);
  env->library = caller;
  return 0;
}

int enif_monitor_process(ErlNifEnv*, void* data, const ErlNifPid* pid, ErlNifMonitor* monitor) {
  NifResource* r = NifResource::of(data);
  if (r->type->callbacks.down == nullptr) return -1;
  const Term target = term_of(pid->pid);
  const EpochGuard online;
  if (!target.is_local_pid() || find_process(target) == nullptr) return 1;
  BlockHeap scratch(8);
  const RefKey key = ref_key(make_ref(scratch));
  {
    const std::lock_guard lock(monitors_mutex);
    monitors.emplace(key, ResourceMonitor{r, target});
    r->monitors.insert(key);
  }
  if (monitor != nullptr) {
    *monitor = {};
    std::memcpy(monitor, &key, sizeof key);
  }
  send_monitor(key, kResourceWatcher, target);
  return 0;
}

int enif_demonitor_process(ErlNifEnv*, void* data, const ErlNifMonitor* monitor) {
  NifResource* r = NifResource::of(data);
  RefKey key;
  std::memcpy(&key, monitor, sizeof key);
  Term pid;
  {
    const std::lock_guard lock(monitors_mutex);
    const auto found = monitors.find(key);
    if (found == monitors.end() || found->second.resource != r) return 1;
    pid = found->second.pid;
    monitors.erase(found);
    r->monitors.erase(key);
  }
  const EpochGuard online;
  send_demonitor(key, pid);
  return 0;
}

int enif_compare_monitors(const ErlNifMonitor* a, const ErlNifMonitor* b) {
  return std::memcmp(a, b, sizeof *a);
}

ERL_NIF_TERM enif_make_monitor_term(ErlNifEnv* env, const ErlNifMonitor* monitor) {
  RefKey key;
  std::memcpy(&key, monitor, sizeof key);
  return make_ref_with_key(*env->heap, key).bits;
}

}  // extern "C"
