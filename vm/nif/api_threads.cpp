// Memory, threads and locks for native code: thin covers of the system's own, with names.
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

}  // extern "C"
