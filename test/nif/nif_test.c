/* Native functions for nif_test.erl: each part of OTP's interface once, with results that are the same each time. */
#include <erl_nif.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

static ErlNifResourceType* plain_type;
static ErlNifResourceType* watching_type;
static int loads;

typedef struct { ErlNifPid owner; int number; int fds[2]; } Thing;

#define ATOM(text) enif_make_atom(env, text)
#define BOOL(b) ATOM((b) ? "true" : "false")
#define ARGS ErlNifEnv* env, int argc, const ERL_NIF_TERM argv[]

static void tell(ErlNifEnv* env, ErlNifPid* to, const char* what, int number) {
  ErlNifEnv* message = enif_alloc_env();
  enif_send(env, to, message, enif_make_tuple2(message, enif_make_atom(message, what), enif_make_int(message, number)));
  enif_free_env(message);
}
static void thing_gone(ErlNifEnv* env, void* data) { Thing* t = data; tell(env, &t->owner, "destroyed", t->number); }
static void thing_down(ErlNifEnv* env, void* data, ErlNifPid* pid, ErlNifMonitor* m) {
  Thing* t = data; tell(env, &t->owner, "down", t->number);
}
static void thing_stop(ErlNifEnv* env, void* data, ErlNifEvent fd, int direct) {
  Thing* t = data; tell(env, &t->owner, fd == t->fds[0] ? "stopped" : "stopped_other", t->number); close(fd);
}
static void thing_called(ErlNifEnv* env, void* data, void* call_data) { *(int*)call_data = ((Thing*)data)->number * 10; }

/* inspect(Term) -> what the interface says of it */
static ERL_NIF_TERM inspect(ARGS) {
  ERL_NIF_TERM t = argv[0], list = enif_make_list(env, 0), head, tail, value; const ERL_NIF_TERM* elements;
  int i, n; unsigned u; long l; unsigned long ul; double d; char text[12]; size_t size; ErlNifBinary b; ErlNifPid pid;
#define ADD(term) (list = enif_make_list_cell(env, (term), list))
#define KIND(name) if (enif_is_##name(env, t)) ADD(ATOM(#name))
  KIND(atom); KIND(binary); KIND(ref); KIND(fun); KIND(pid); KIND(port); KIND(list); KIND(tuple); KIND(map); KIND(number);
  KIND(empty_list); KIND(exception);
  ADD(enif_make_int(env, enif_term_type(env, t)));
  if (enif_get_int(env, t, &i)) ADD(enif_make_tuple2(env, ATOM("int"), enif_make_int(env, i)));
  if (enif_get_uint(env, t, &u)) ADD(enif_make_tuple2(env, ATOM("uint"), enif_make_uint(env, u)));
  if (enif_get_long(env, t, &l)) ADD(enif_make_tuple2(env, ATOM("long"), enif_make_long(env, l)));
  if (enif_get_ulong(env, t, &ul)) ADD(enif_make_tuple2(env, ATOM("ulong"), enif_make_ulong(env, ul)));
  if (enif_get_double(env, t, &d)) ADD(enif_make_tuple2(env, ATOM("double"), enif_make_double(env, d * 2)));
  if (enif_get_atom_length(env, t, &u, ERL_NIF_LATIN1)) ADD(enif_make_tuple2(env, ATOM("atom_length"), enif_make_uint(env, u)));
  if ((n = enif_get_atom(env, t, text, sizeof text, ERL_NIF_LATIN1)))
    ADD(enif_make_tuple2(env, enif_make_int(env, n), enif_make_string(env, text, ERL_NIF_LATIN1)));
  if ((n = enif_get_string(env, t, text, sizeof text, ERL_NIF_LATIN1)))
    ADD(enif_make_tuple3(env, ATOM("string"), enif_make_int(env, n), enif_make_string(env, text, ERL_NIF_LATIN1)));
  if (enif_get_list_length(env, t, &u)) ADD(enif_make_tuple2(env, ATOM("length"), enif_make_uint(env, u)));
  if (enif_get_list_cell(env, t, &head, &tail)) ADD(enif_make_tuple3(env, ATOM("cell"), head, tail));
  if (enif_get_tuple(env, t, &n, &elements))
    ADD(enif_make_tuple3(env, ATOM("tuple"), enif_make_int(env, n), enif_make_list_from_array(env, elements, n)));
  if (enif_get_map_size(env, t, &size)) ADD(enif_make_tuple2(env, ATOM("map_size"), enif_make_ulong(env, size)));
  if (enif_get_map_value(env, t, ATOM("key"), &value)) ADD(enif_make_tuple2(env, ATOM("value"), value));
  if (enif_inspect_binary(env, t, &b)) ADD(enif_make_tuple2(env, ATOM("bytes"), enif_make_string_len(env, (char*)b.data, b.size, ERL_NIF_LATIN1)));
  if (enif_inspect_iolist_as_binary(env, t, &b)) ADD(enif_make_tuple2(env, ATOM("iolist"), enif_make_binary(env, &b)));
  if (enif_make_reverse_list(env, t, &value)) ADD(enif_make_tuple2(env, ATOM("reversed"), value));
  if (enif_get_local_pid(env, t, &pid)) ADD(BOOL(enif_is_process_alive(env, &pid)));
  enif_make_reverse_list(env, list, &list);
  return list;
}

static ERL_NIF_TERM binaries(ARGS) {
  ErlNifBinary b; ERL_NIF_TERM fresh, made, sub; unsigned char* p; size_t used; ERL_NIF_TERM decoded = 0;
  if (!enif_alloc_binary(100, &b)) return enif_make_badarg(env);
  memset(b.data, 'x', 100);
  enif_realloc_binary(&b, 3);
  made = enif_make_binary(env, &b);
  enif_alloc_binary(10, &b); enif_release_binary(&b);
  p = enif_make_new_binary(env, 200, &fresh); memset(p, 'y', 200);
  sub = enif_make_sub_binary(env, fresh, 10, 5);
  enif_term_to_binary(env, argv[0], &b);
  used = enif_binary_to_term(env, b.data, b.size, &decoded, ERL_NIF_BIN2TERM_SAFE);
  ERL_NIF_TERM ok = BOOL(used == b.size && enif_is_identical(decoded, argv[0]));
  ERL_NIF_TERM encoded = enif_make_binary(env, &b);
  return enif_make_tuple6(env, made, enif_make_ulong(env, 200), sub, ok, encoded,
                          enif_make_int(env, (int)enif_binary_to_term(env, (unsigned char*)"abc", 3, &decoded, 0)));
}

static ERL_NIF_TERM maps(ARGS) {
  ERL_NIF_TERM map = enif_make_new_map(env), out = enif_make_list(env, 0), key, value, m2, keys[2], values[2]; ErlNifMapIterator it;
  enif_make_map_put(env, map, ATOM("a"), enif_make_int(env, 1), &map);
  enif_make_map_put(env, map, ATOM("b"), enif_make_int(env, 2), &map);
  enif_make_map_update(env, map, ATOM("b"), enif_make_int(env, 3), &map);
  ERL_NIF_TERM missing = BOOL(enif_make_map_update(env, map, ATOM("c"), map, &m2));
  enif_make_map_remove(env, map, ATOM("a"), &m2);
  for (int way = 0; way < 2; ++way) {
    enif_map_iterator_create(env, argv[0], &it, way ? ERL_NIF_MAP_ITERATOR_LAST : ERL_NIF_MAP_ITERATOR_FIRST);
    while (enif_map_iterator_get_pair(env, &it, &key, &value)) {
      out = enif_make_list_cell(env, enif_make_tuple2(env, key, value), out);
      if (way) enif_map_iterator_prev(env, &it); else enif_map_iterator_next(env, &it);
    }
    out = enif_make_list_cell(env, BOOL(way ? enif_map_iterator_is_head(env, &it) : enif_map_iterator_is_tail(env, &it)), out);
    enif_map_iterator_destroy(env, &it);
  }
  keys[0] = ATOM("k"); keys[1] = argv[1]; values[0] = values[1] = map;
  ERL_NIF_TERM from;
  if (!enif_make_map_from_arrays(env, keys, values, 2, &from)) from = ATOM("duplicate");
  return enif_make_tuple5(env, map, m2, missing, out, from);
}

static ERL_NIF_TERM make(ARGS) {
  ERL_NIF_TERM existing = ATOM("none"), array[2] = {argv[0], argv[0]};
  int known = enif_make_existing_atom(env, "nif_test", &existing, ERL_NIF_LATIN1);
  ErlNifSysInfo info; enif_system_info(&info, sizeof info);
  char text[200], value[20] = ""; size_t size = sizeof value;
  enif_snprintf(text, sizeof text, "%T|%5d|%-4s|%lu|%.2f|%%|%c|%p", argv[0], 42, "ab", 7ul, 1.5, 'z', (void*)0);
  int status = enif_getenv("NIF_TEST_VARIABLE", value, &size);
  return enif_make_list(env, 12, enif_make_tuple(env, 0), enif_make_tuple_from_array(env, array, 2), enif_make_list_from_array(env, array, 2),
    BOOL(known), existing, enif_make_atom_len(env, "h\xe9llo", 5), enif_make_long(env, -1234567890123456789l), enif_make_ulong(env, ~0ul),
    enif_make_string(env, text, ERL_NIF_LATIN1), enif_make_tuple2(env, enif_make_int(env, status), enif_make_string(env, value, ERL_NIF_LATIN1)),
    enif_make_tuple4(env, BOOL(enif_is_ref(env, enif_make_ref(env))), BOOL(enif_is_number(env, enif_make_unique_integer(env, ERL_NIF_UNIQUE_POSITIVE))),
      enif_make_int(env, enif_compare(argv[0], ATOM("a"))), enif_make_ulong(env, enif_hash(ERL_NIF_PHASH2, argv[0], 0))),
    enif_make_tuple3(env, enif_make_copy(env, argv[0]), enif_make_string(env, info.otp_release, ERL_NIF_LATIN1), enif_make_int(env, info.nif_minor_version)));
}

static ERL_NIF_TERM times(ARGS) {
  ErlNifTime a = enif_monotonic_time(ERL_NIF_NSEC), b = enif_monotonic_time(ERL_NIF_NSEC);
  return enif_make_list(env, 6, BOOL(b >= a), BOOL(enif_time_offset(ERL_NIF_SEC) > 0), enif_make_long(env, enif_convert_time_unit(-1500, ERL_NIF_MSEC, ERL_NIF_SEC)),
    BOOL(enif_convert_time_unit(1, 77, ERL_NIF_SEC) == ERL_NIF_TIME_ERROR), BOOL(enif_is_tuple(env, enif_now_time(env))), BOOL(enif_is_tuple(env, enif_cpu_time(env))));
}

/* ---- resources ---- */
static ERL_NIF_TERM thing(ARGS) {
  Thing* t = enif_alloc_resource(plain_type, sizeof *t);
  enif_self(env, &t->owner); enif_get_int(env, argv[0], &t->number);
  ERL_NIF_TERM term = enif_make_resource(env, t);
  enif_release_resource(t);
  return term;
}
static ERL_NIF_TERM number(ARGS) {
  void* p; int got = 0;
  int called = enif_dynamic_resource_call(env, ATOM("nif_test"), ATOM("watching"), argv[0], &got);
  if (enif_get_resource(env, argv[0], plain_type, &p)) return enif_make_int(env, ((Thing*)p)->number);
  if (enif_get_resource(env, argv[0], watching_type, &p))
    return enif_make_tuple4(env, enif_make_int(env, called), enif_make_int(env, got), enif_make_int(env, ((Thing*)p)->number), enif_make_ulong(env, enif_sizeof_resource(p) / sizeof(Thing)));
  return enif_make_badarg(env);
}
static ERL_NIF_TERM watch(ARGS) {
  ErlNifPid pid; ErlNifMonitor m, m2;
  Thing* t = enif_alloc_resource(watching_type, sizeof *t);
  enif_self(env, &t->owner); enif_get_int(env, argv[0], &t->number); t->fds[0] = t->fds[1] = -1;
  if (!enif_get_local_pid(env, argv[1], &pid)) return enif_make_badarg(env);
  int status = enif_monitor_process(env, t, &pid, &m), again = enif_monitor_process(env, t, &pid, &m2);
  int same = 0, is_ref = 0;
  if (again == 0) same = enif_compare_monitors(&m, &m2), is_ref = enif_is_ref(env, enif_make_monitor_term(env, &m));
  int ended = again == 0 ? enif_demonitor_process(env, t, &m2) : -9, twice = again == 0 ? enif_demonitor_process(env, t, &m2) : -9;
  ERL_NIF_TERM term = enif_make_resource(env, t);
  enif_release_resource(t);
  return enif_make_tuple6(env, enif_make_int(env, status), BOOL(same != 0), BOOL(is_ref), enif_make_int(env, ended), enif_make_int(env, twice), term);
}
static ERL_NIF_TERM pipe_(ARGS) {
  Thing* t = enif_alloc_resource(watching_type, sizeof *t);
  enif_self(env, &t->owner); enif_get_int(env, argv[0], &t->number);
  if (pipe(t->fds) < 0) return enif_make_badarg(env);
  ERL_NIF_TERM term = enif_make_resource(env, t);
  enif_release_resource(t);
  return term;
}
/* select_(Thing, Operation, Ref) */
static ERL_NIF_TERM select_(ARGS) {
  void* p; Thing* t; int how; char byte; ErlNifEnv* message;
  if (!enif_get_resource(env, argv[0], watching_type, &p) || !enif_get_int(env, argv[1], &how)) return enif_make_badarg(env);
  t = p;
  switch (how) {
    case 0: return enif_make_int(env, enif_select(env, t->fds[0], ERL_NIF_SELECT_READ, t, NULL, argv[2]));
    case 1: return enif_make_int(env, (int)write(t->fds[1], "a", 1));
    case 2: return enif_make_int(env, (int)read(t->fds[0], &byte, 1));
    case 3: return enif_make_int(env, enif_select(env, t->fds[0], ERL_NIF_SELECT_CANCEL | ERL_NIF_SELECT_READ, t, NULL, ATOM("undefined")));
    case 4: return BOOL(enif_select(env, t->fds[0], ERL_NIF_SELECT_STOP, t, NULL, ATOM("undefined")) > 0);
    case 5: return enif_make_int(env, enif_select(env, t->fds[1], ERL_NIF_SELECT_WRITE, t, NULL, ATOM("undefined")));
    case 6:
      message = enif_alloc_env();
      how = enif_select_read(env, t->fds[0], t, NULL, enif_make_tuple2(message, enif_make_atom(message, "own"), enif_make_copy(message, argv[2])), message);
      enif_free_env(message);
      return enif_make_int(env, how);
    default: return enif_make_badarg(env);
  }
}

/* ---- processes ---- */
static ERL_NIF_TERM send_(ARGS) {
  ErlNifPid pid; ErlNifEnv* message = enif_alloc_env();
  if (!enif_get_local_pid(env, argv[0], &pid) && !enif_whereis_pid(env, argv[0], &pid)) { enif_free_env(message); return enif_make_badarg(env); }
  int one = enif_send(env, &pid, NULL, argv[1]);
  int two = enif_send(env, &pid, message, enif_make_tuple2(message, enif_make_atom(message, "env"), enif_make_copy(message, argv[1])));
  int three = enif_send(env, &pid, message, enif_make_int(message, 3));
  enif_free_env(message);
  return enif_make_list(env, 3, enif_make_int(env, one), enif_make_int(env, two), enif_make_int(env, three));
}
static ERL_NIF_TERM command(ARGS) {
  ErlNifPort port;
  if (!enif_get_local_port(env, argv[0], &port)) return enif_make_badarg(env);
  return enif_make_tuple2(env, BOOL(enif_is_port_alive(env, &port)), BOOL(enif_port_command(env, &port, NULL, argv[1])));
}
static ERL_NIF_TERM kind_of_thread(ARGS) { return enif_make_int(env, enif_thread_type()); }
static ERL_NIF_TERM pid_things(ARGS) {
  ErlNifPid pid, none; enif_set_pid_undefined(&none);
  return enif_make_list(env, 4, BOOL(enif_self(env, &pid) == &pid), enif_make_pid(env, &none), BOOL(enif_is_pid_undefined(&none)), BOOL(enif_is_current_process_alive(env)));
}

/* ---- exceptions, scheduling ---- */
static ERL_NIF_TERM raise_(ARGS) {
  ERL_NIF_TERM reason;
  enif_raise_exception(env, argv[0]);
  if (enif_has_pending_exception(env, &reason) && enif_is_identical(reason, argv[0])) return ATOM("this_is_not_returned");
  return enif_make_badarg(env);
}
static ERL_NIF_TERM badarg(ARGS) { return enif_make_badarg(env); }
static ERL_NIF_TERM count_down(ARGS) {
  int n, sum; ERL_NIF_TERM next[2];
  enif_get_int(env, argv[0], &n); enif_get_int(env, argv[1], &sum);
  if (n == 0) return argv[1];
  if (n < 0) return enif_make_badarg(env);
  next[0] = enif_make_int(env, n - 1); next[1] = enif_make_int(env, sum + enif_thread_type());
  return enif_schedule_nif(env, "count_down_more", n % 3 == 0 ? 0 : n % 3 == 1 ? ERL_NIF_DIRTY_JOB_CPU_BOUND : ERL_NIF_DIRTY_JOB_IO_BOUND, count_down, 2, next);
}
static ERL_NIF_TERM fail_later(ARGS) {
  ERL_NIF_TERM next[2] = {enif_make_int(env, -1), argv[0]};
  return enif_schedule_nif(env, "failing", ERL_NIF_DIRTY_JOB_CPU_BOUND, count_down, 2, next);
}
static ERL_NIF_TERM consume(ARGS) { int i; for (i = 1; i < 1000; ++i) if (enif_consume_timeslice(env, 10)) break; return BOOL(i <= 10); }
static ERL_NIF_TERM build(ARGS) {  /* more than the heap has room for */
  int n; ERL_NIF_TERM list = enif_make_list(env, 0);
  enif_get_int(env, argv[0], &n);
  while (n-- > 0) list = enif_make_list_cell(env, enif_make_tuple2(env, enif_make_int(env, n), argv[1]), list);
  return list;
}

/* ---- threads and locks ---- */
typedef struct { ErlNifMutex* lock; ErlNifCond* cond; ErlNifRWLock* rw; int count; ErlNifPid to; int type; } Shared;
static void* thread_main(void* arg) {
  Shared* s = arg; ErlNifEnv* message = enif_alloc_env();
  enif_rwlock_rlock(s->rw); enif_rwlock_runlock(s->rw);
  enif_mutex_lock(s->lock); s->count++; s->type = enif_thread_type(); enif_cond_signal(s->cond); enif_mutex_unlock(s->lock);
  enif_send(NULL, &s->to, message, enif_make_atom(message, "from_thread"));
  enif_free_env(message);
  if (enif_equal_tids(enif_thread_self(), enif_thread_self())) enif_thread_exit((void*)77);
  return (void*)1;
}
static ERL_NIF_TERM threads(ARGS) {
  Shared s = {enif_mutex_create("m"), enif_cond_create("c"), enif_rwlock_create("r"), 0}; ErlNifTid tids[3]; void* result = NULL; long sum = 0; ErlNifTSDKey key;
  ErlNifThreadOpts* options = enif_thread_opts_create("o");
  enif_self(env, &s.to);
  enif_rwlock_rwlock(s.rw); int busy = enif_rwlock_tryrlock(s.rw) != 0;
  for (int i = 0; i < 3; ++i) enif_thread_create("t", &tids[i], thread_main, &s, i ? NULL : options);
  enif_rwlock_rwunlock(s.rw);
  enif_mutex_lock(s.lock); while (s.count < 3) enif_cond_wait(s.cond, s.lock); enif_mutex_unlock(s.lock);
  ERL_NIF_TERM name = enif_make_string(env, enif_thread_name(tids[0]), ERL_NIF_LATIN1);
  for (int i = 0; i < 3; ++i) { enif_thread_join(tids[i], &result); sum += (long)result; }
  int trylock = enif_mutex_trylock(s.lock), rw = enif_rwlock_tryrwlock(s.rw);
  enif_mutex_unlock(s.lock); enif_rwlock_rwunlock(s.rw);
  enif_tsd_key_create("k", &key); enif_tsd_set(key, &s); int tsd = enif_tsd_get(key) == &s; enif_tsd_key_destroy(key);
  ERL_NIF_TERM list = enif_make_list(env, 9, enif_make_int(env, s.count), enif_make_long(env, sum), BOOL(busy), enif_make_int(env, trylock), enif_make_int(env, rw), BOOL(tsd),
    enif_make_tuple4(env, name, enif_make_string(env, enif_mutex_name(s.lock), ERL_NIF_LATIN1), enif_make_string(env, enif_cond_name(s.cond), ERL_NIF_LATIN1), enif_make_string(env, enif_rwlock_name(s.rw), ERL_NIF_LATIN1)),
    enif_make_int(env, s.type), BOOL(enif_monotonic_time(ERL_NIF_SEC) != ERL_NIF_TIME_ERROR));
  enif_thread_opts_destroy(options); enif_cond_broadcast(s.cond);
  enif_mutex_destroy(s.lock); enif_cond_destroy(s.cond); enif_rwlock_destroy(s.rw);
  return list;
}

/* ---- queues ---- */
static ERL_NIF_TERM queue(ARGS) {
  ErlNifIOQueue* q = enif_ioq_create(ERL_NIF_IOQ_NORMAL); ErlNifIOVec vec, *v = &vec; ERL_NIF_TERM tail, head = ATOM("none"); ErlNifBinary b; size_t left = 0, first = 0; int n;
  if (!enif_inspect_iovec(env, 64, argv[0], &tail, &v)) { enif_ioq_destroy(q); return enif_make_badarg(env); }
  ERL_NIF_TERM counts = enif_make_tuple2(env, enif_make_int(env, v->iovcnt), enif_make_ulong(env, v->size));
  enif_ioq_enqv(q, v, 2);
  enif_alloc_binary(4, &b); memcpy(b.data, "tail", 4); enif_ioq_enq_binary(q, &b, 1);
  size_t size = enif_ioq_size(q);
  int refused = enif_ioq_deq(q, 100000, &left), taken = enif_ioq_deq(q, 3, &left);
  enif_ioq_peek_head(env, q, &first, &head);
  SysIOVec* parts = enif_ioq_peek(q, &n); unsigned char* out; ERL_NIF_TERM rest; size_t at = 0;
  out = enif_make_new_binary(env, left, &rest);
  for (int i = 0; i < n; ++i) { memcpy(out + at, parts[i].iov_base, parts[i].iov_len); at += parts[i].iov_len; }
  v = NULL; enif_inspect_iovec(NULL, 1, argv[0], &tail, &v); int one = v->iovcnt; enif_free_iovec(v);
  enif_ioq_destroy(q);
  return enif_make_list(env, 8, counts, enif_make_ulong(env, size), enif_make_int(env, refused), enif_make_int(env, taken), head, rest, enif_make_int(env, one), tail);
}

static ERL_NIF_TERM loaded(ARGS) { return enif_make_tuple2(env, enif_make_int(env, VERSION), enif_make_int(env, (int)(long)enif_priv_data(env))); }

static ErlNifFunc functions[] = {
  {"inspect", 1, inspect}, {"binaries", 1, binaries}, {"maps", 2, maps}, {"make", 1, make}, {"times", 0, times}, {"thing", 1, thing}, {"number", 1, number},
  {"watch", 2, watch}, {"pipe", 1, pipe_}, {"select", 3, select_}, {"send_both", 2, send_}, {"command", 2, command}, {"raise", 1, raise_}, {"bad", 2, badarg},
  {"bad_dirty", 1, badarg, ERL_NIF_DIRTY_JOB_IO_BOUND}, {"count_down", 2, count_down}, {"fail_later", 1, fail_later}, {"consume", 0, consume}, {"build", 2, build},
  {"build_dirty", 2, build, ERL_NIF_DIRTY_JOB_CPU_BOUND}, {"threads", 0, threads}, {"queue", 1, queue}, {"loaded", 0, loaded}, {"pid_things", 0, pid_things},
  {"kind", 0, kind_of_thread}, {"kind_cpu", 0, kind_of_thread, ERL_NIF_DIRTY_JOB_CPU_BOUND}, {"kind_io", 0, kind_of_thread, ERL_NIF_DIRTY_JOB_IO_BOUND}};

static void open_types(ErlNifEnv* env, ErlNifResourceFlags flags) {
  ErlNifResourceTypeInit init = {thing_gone, thing_stop, thing_down, 4, thing_called}; ErlNifResourceFlags tried;
  plain_type = enif_open_resource_type(env, NULL, "plain", thing_gone, flags, &tried);
  watching_type = enif_init_resource_type(env, "watching", &init, flags, &tried);
}
static int load(ErlNifEnv* env, void** priv, ERL_NIF_TERM info) {
  open_types(env, ERL_NIF_RT_CREATE);
  *priv = (void*)(long)(100 + ++loads);
  return enif_is_atom(env, info) ? 0 : 5;
}
static int upgrade(ErlNifEnv* env, void** priv, void** old, ERL_NIF_TERM info) {
  open_types(env, ERL_NIF_RT_CREATE | ERL_NIF_RT_TAKEOVER);
  *priv = (void*)(long)((long)*old * 2);
  return 0;
}
static void unload(ErlNifEnv* env, void* priv) {
  ErlNifPid pid;
  if (enif_whereis_pid(env, enif_make_atom(env, "nif_test_main"), &pid)) tell(env, &pid, "unloaded", (int)(long)priv);
}
ERL_NIF_INIT(nif_test, functions, load, NULL, upgrade, unload)
