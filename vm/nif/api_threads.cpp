// Memory, threads and locks for native code: thin covers of the system's own, with names. Drivers in C have
// the same under names of their own (erl_drv_*).
#include <pthread.h>
#include <signal.h>

#include <cstdlib>
#include <string>

#include "vm/nif/environment.hpp"

struct ErlDrvMutex_ {
  pthread_mutex_t lock;
  std::string name;
};
struct ErlDrvCond_ {
  pthread_cond_t condition;
  std::string name;
};
struct ErlDrvRWLock_ {
  pthread_rwlock_t lock;
  std::string name;
};
struct ErlDrvTid_ {
  pthread_t thread{};
  std::string name;
  void* (*run)(void*) = nullptr;
  void* argument = nullptr;
};

namespace {

// Of this thread; made at the first question for threads that native code has not created.
thread_local ErlDrvTid_* this_thread = nullptr;

std::string name_of(const char* given) { return given != nullptr ? given : "unknown"; }

void* run_thread(void* given) {
  this_thread = static_cast<ErlDrvTid_*>(given);
  return this_thread->run(this_thread->argument);
}

}  // namespace

extern "C" {

void* enif_alloc(size_t size) { return std::malloc(size != 0 ? size : 1); }
void* enif_realloc(void* at, size_t size) { return std::realloc(at, size != 0 ? size : 1); }
void enif_free(void* at) { std::free(at); }

// ---- mutexes ----
ErlNifMutex* enif_mutex_create(char* name) {
  return new ErlDrvMutex_{PTHREAD_MUTEX_INITIALIZER, name_of(name)};
}
void enif_mutex_destroy(ErlNifMutex* m) {
  pthread_mutex_destroy(&m->lock);
  delete m;
}
int enif_mutex_trylock(ErlNifMutex* m) { return pthread_mutex_trylock(&m->lock); }
void enif_mutex_lock(ErlNifMutex* m) { pthread_mutex_lock(&m->lock); }
void enif_mutex_unlock(ErlNifMutex* m) { pthread_mutex_unlock(&m->lock); }
char* enif_mutex_name(ErlNifMutex* m) { return m->name.data(); }

// ---- condition variables ----
ErlNifCond* enif_cond_create(char* name) { return new ErlDrvCond_{PTHREAD_COND_INITIALIZER, name_of(name)}; }
void enif_cond_destroy(ErlNifCond* c) {
  pthread_cond_destroy(&c->condition);
  delete c;
}
void enif_cond_signal(ErlNifCond* c) { pthread_cond_signal(&c->condition); }
void enif_cond_broadcast(ErlNifCond* c) { pthread_cond_broadcast(&c->condition); }
void enif_cond_wait(ErlNifCond* c, ErlNifMutex* m) { pthread_cond_wait(&c->condition, &m->lock); }
char* enif_cond_name(ErlNifCond* c) { return c->name.data(); }

// ---- read/write locks ----
ErlNifRWLock* enif_rwlock_create(char* name) {
  return new ErlDrvRWLock_{PTHREAD_RWLOCK_INITIALIZER, name_of(name)};
}
void enif_rwlock_destroy(ErlNifRWLock* l) {
  pthread_rwlock_destroy(&l->lock);
  delete l;
}
int enif_rwlock_tryrlock(ErlNifRWLock* l) { return pthread_rwlock_tryrdlock(&l->lock); }
void enif_rwlock_rlock(ErlNifRWLock* l) { pthread_rwlock_rdlock(&l->lock); }
void enif_rwlock_runlock(ErlNifRWLock* l) { pthread_rwlock_unlock(&l->lock); }
int enif_rwlock_tryrwlock(ErlNifRWLock* l) { return pthread_rwlock_trywrlock(&l->lock); }
void enif_rwlock_rwlock(ErlNifRWLock* l) { pthread_rwlock_wrlock(&l->lock); }
void enif_rwlock_rwunlock(ErlNifRWLock* l) { pthread_rwlock_unlock(&l->lock); }
char* enif_rwlock_name(ErlNifRWLock* l) { return l->name.data(); }

// ---- data of threads ----
int enif_tsd_key_create(char*, ErlNifTSDKey* key) {
  pthread_key_t made;
  const int error = pthread_key_create(&made, nullptr);
  if (error == 0) *key = static_cast<ErlNifTSDKey>(made);
  return error;
}
void enif_tsd_key_destroy(ErlNifTSDKey key) { pthread_key_delete(static_cast<pthread_key_t>(key)); }
void enif_tsd_set(ErlNifTSDKey key, void* data) {
  pthread_setspecific(static_cast<pthread_key_t>(key), data);
}
void* enif_tsd_get(ErlNifTSDKey key) { return pthread_getspecific(static_cast<pthread_key_t>(key)); }

// ---- threads ----
ErlNifThreadOpts* enif_thread_opts_create(char*) { return new ErlDrvThreadOpts{-1}; }
void enif_thread_opts_destroy(ErlNifThreadOpts* options) { delete options; }

int enif_thread_create(char* name, ErlNifTid* tid, void* (*run)(void*), void* argument,
                       ErlNifThreadOpts* options) {
  auto* t = new ErlDrvTid_{{}, name_of(name), run, argument};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (options != nullptr && options->suggested_stack_size > 0)  // in units of 1024 words
    pthread_attr_setstacksize(&attributes, std::size_t{1024} * sizeof(void*) *
                                                   static_cast<std::size_t>(options->suggested_stack_size) +
                                               PTHREAD_STACK_MIN);
  // Signals are the VM's own affair.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  *tid = t;
  const int error = pthread_create(&t->thread, &attributes, run_thread, t);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) delete t;
  return error;
}
ErlNifTid enif_thread_self(void) {
  if (this_thread == nullptr) this_thread = new ErlDrvTid_{pthread_self(), "unknown"};
  return this_thread;
}
int enif_equal_tids(ErlNifTid a, ErlNifTid b) { return a == b; }
void enif_thread_exit(void* result) { pthread_exit(result); }
int enif_thread_join(ErlNifTid tid, void** result) {
  const int error = pthread_join(tid->thread, result);
  if (error == 0) delete tid;
  return error;
}
char* enif_thread_name(ErlNifTid tid) { return tid->name.data(); }

// ---- the same for drivers ----
__typeof__(enif_mutex_create) erl_drv_mutex_create __attribute__((alias("enif_mutex_create")));
__typeof__(enif_mutex_destroy) erl_drv_mutex_destroy __attribute__((alias("enif_mutex_destroy")));
__typeof__(enif_mutex_trylock) erl_drv_mutex_trylock __attribute__((alias("enif_mutex_trylock")));
__typeof__(enif_mutex_lock) erl_drv_mutex_lock __attribute__((alias("enif_mutex_lock")));
__typeof__(enif_mutex_unlock) erl_drv_mutex_unlock __attribute__((alias("enif_mutex_unlock")));
__typeof__(enif_mutex_name) erl_drv_mutex_name __attribute__((alias("enif_mutex_name")));
__typeof__(enif_cond_create) erl_drv_cond_create __attribute__((alias("enif_cond_create")));
__typeof__(enif_cond_destroy) erl_drv_cond_destroy __attribute__((alias("enif_cond_destroy")));
__typeof__(enif_cond_signal) erl_drv_cond_signal __attribute__((alias("enif_cond_signal")));
__typeof__(enif_cond_broadcast) erl_drv_cond_broadcast __attribute__((alias("enif_cond_broadcast")));
__typeof__(enif_cond_wait) erl_drv_cond_wait __attribute__((alias("enif_cond_wait")));
__typeof__(enif_cond_name) erl_drv_cond_name __attribute__((alias("enif_cond_name")));
__typeof__(enif_rwlock_create) erl_drv_rwlock_create __attribute__((alias("enif_rwlock_create")));
__typeof__(enif_rwlock_destroy) erl_drv_rwlock_destroy __attribute__((alias("enif_rwlock_destroy")));
__typeof__(enif_rwlock_tryrlock) erl_drv_rwlock_tryrlock __attribute__((alias("enif_rwlock_tryrlock")));
__typeof__(enif_rwlock_rlock) erl_drv_rwlock_rlock __attribute__((alias("enif_rwlock_rlock")));
__typeof__(enif_rwlock_runlock) erl_drv_rwlock_runlock __attribute__((alias("enif_rwlock_runlock")));
__typeof__(enif_rwlock_tryrwlock) erl_drv_rwlock_tryrwlock __attribute__((alias("enif_rwlock_tryrwlock")));
__typeof__(enif_rwlock_rwlock) erl_drv_rwlock_rwlock __attribute__((alias("enif_rwlock_rwlock")));
__typeof__(enif_rwlock_rwunlock) erl_drv_rwlock_rwunlock __attribute__((alias("enif_rwlock_rwunlock")));
__typeof__(enif_rwlock_name) erl_drv_rwlock_name __attribute__((alias("enif_rwlock_name")));
__typeof__(enif_tsd_key_create) erl_drv_tsd_key_create __attribute__((alias("enif_tsd_key_create")));
__typeof__(enif_tsd_key_destroy) erl_drv_tsd_key_destroy __attribute__((alias("enif_tsd_key_destroy")));
__typeof__(enif_tsd_set) erl_drv_tsd_set __attribute__((alias("enif_tsd_set")));
__typeof__(enif_tsd_get) erl_drv_tsd_get __attribute__((alias("enif_tsd_get")));
__typeof__(enif_thread_opts_create) erl_drv_thread_opts_create
    __attribute__((alias("enif_thread_opts_create")));
__typeof__(enif_thread_opts_destroy) erl_drv_thread_opts_destroy
    __attribute__((alias("enif_thread_opts_destroy")));
__typeof__(enif_thread_create) erl_drv_thread_create __attribute__((alias("enif_thread_create")));
__typeof__(enif_thread_self) erl_drv_thread_self __attribute__((alias("enif_thread_self")));
__typeof__(enif_equal_tids) erl_drv_equal_tids __attribute__((alias("enif_equal_tids")));
__typeof__(enif_thread_exit) erl_drv_thread_exit __attribute__((alias("enif_thread_exit")));
__typeof__(enif_thread_join) erl_drv_thread_join __attribute__((alias("enif_thread_join")));
__typeof__(enif_thread_name) erl_drv_thread_name __attribute__((alias("enif_thread_name")));

}  // extern "C"
