/* A driver in C that does what the operation of port_control asks for. VERSION tells builds apart. */
#include <erl_driver.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION 1
#endif
#ifndef DRIVER
#define DRIVER "driver_test"
#endif
#ifndef MAJOR
#define MAJOR ERL_DRV_EXTENDED_MAJOR_VERSION
#define MINOR ERL_DRV_EXTENDED_MINOR_VERSION
#endif

typedef struct {
  ErlDrvPort port;
  ErlDrvPDL lock;
  ErlDrvMonitor monitor;
  int pipe[2];
  int busy;
  int drain;
} State;

static ErlDrvTermData atom(const char* name) { return driver_mk_atom((char*)name); }

/* {Port, Name} or {Port, Name, Number} to the port's owner. */
static void tell(State* s, const char* name, long number) {
  ErlDrvTermData with[] = {ERL_DRV_PORT, driver_mk_port(s->port), ERL_DRV_ATOM, atom(name), ERL_DRV_INT,
                           (ErlDrvTermData)number, ERL_DRV_TUPLE, 3};
  erl_drv_output_term(driver_mk_port(s->port), with, sizeof with / sizeof *with);
}

static ErlDrvData start(ErlDrvPort port, char* command) {
  char* argument = strchr(command, ' ');
  if (argument != NULL && strcmp(argument, " general") == 0) return ERL_DRV_ERROR_GENERAL;
  if (argument != NULL && strcmp(argument, " badarg") == 0) return ERL_DRV_ERROR_BADARG;
  if (argument != NULL && strcmp(argument, " errno") == 0) {
    errno = ENOSPC;
    return ERL_DRV_ERROR_ERRNO;
  }
  State* s = driver_alloc(sizeof *s);
  memset(s, 0, sizeof *s);
  s->port = port;
  if (argument != NULL && strcmp(argument, " caller") == 0)
    tell(s, "caller", driver_caller(port) == driver_connected(port));
  else if (argument != NULL)
    driver_output(port, argument + 1, strlen(argument + 1));
  return (ErlDrvData)s;
}

static void stop(ErlDrvData data) { driver_free((State*)data); }

static void outputv(ErlDrvData data, ErlIOVec* v) {
  State* s = (State*)data;
  if (v->iov[0].iov_len != 0 || v->binv[0] != NULL) tell(s, "header_not_empty", v->vsize);
  char first = 0;
  if (v->size != 0) driver_vec_to_buf(v, &first, 1);
  if (first == 'q') {
    driver_enqv(s->port, v, 1);
    tell(s, "queued", (long)driver_sizeq(s->port));
  } else if (first == 'h') {
    driver_outputv(s->port, "head", 4, v, 1);
  } else {
    driver_outputv(s->port, NULL, 0, v, 0);
  }
}

static void ready_input(ErlDrvData data, ErlDrvEvent event) {
  State* s = (State*)data;
  char bytes[100];
  ssize_t n = read((int)(long)event, bytes, sizeof bytes);
  driver_output(s->port, bytes, (size_t)n);
  driver_select(s->port, event, ERL_DRV_READ | ERL_DRV_USE, 0);
}
static void ready_output(ErlDrvData data, ErlDrvEvent event) {
  State* s = (State*)data;
  driver_select(s->port, event, ERL_DRV_WRITE, 0);
  tell(s, "writable", 0);
}
static void stop_select(ErlDrvEvent event, void* reserved) { close((int)(long)event); }

static void timeout(ErlDrvData data) {
  State* s = (State*)data;
  if (s->busy) {
    s->busy = 0;
    set_busy_port(s->port, 0);
  }
  if (s->drain) {
    int count;
    SysIOVec* v = driver_peekq(s->port, &count);
    (void)v;
    driver_deq(s->port, driver_sizeq(s->port));
    return;
  }
  tell(s, "timeout", 0);
}

static void job(void* number) { *(long*)number *= 2; }
static ErlDrvPort closing;
static void job_with_lock(void* lock) {
  for (int open = 1; open; usleep(1000)) {
    driver_pdl_lock((ErlDrvPDL)lock);
    open = (int)driver_sizeq(closing) >= 0;
    driver_pdl_unlock((ErlDrvPDL)lock);
  }
}
static void ready_async(ErlDrvData data, ErlDrvThreadData thread_data) {
  tell((State*)data, "async", *(long*)thread_data);
  driver_free(thread_data);
}

static void process_exit(ErlDrvData data, ErlDrvMonitor* monitor) {
  State* s = (State*)data;
  tell(s, "process_exit", driver_compare_monitors(monitor, &s->monitor) == 0);
}

static void flush(ErlDrvData data) {
  State* s = (State*)data;
  s->drain = 1;
  driver_set_timer(s->port, 10);
}

static void* thread(void* argument) {
  State* s = argument;
  ErlDrvTermData list[] = {ERL_DRV_ATOM, atom("from_thread"), ERL_DRV_NIL, ERL_DRV_LIST, 2};
  erl_drv_output_term(driver_mk_port(s->port), list, sizeof list / sizeof *list);
  return argument;
}

static void all_terms(State* s) {
  static char bytes[] = "bytes", external[] = {(char)131, 104, 1, 97, 7};
  static double real = 1.5;
  static ErlDrvSInt64 low = -(1LL << 62);
  static ErlDrvUInt64 high = ~0ULL;
  ErlDrvBinary* binary = driver_alloc_binary(100);
  memset(binary->orig_bytes, 'b', 100);
  ErlDrvTermData terms[] = {
      ERL_DRV_ATOM, atom("terms"), ERL_DRV_INT, (ErlDrvTermData)-5, ERL_DRV_UINT, 1UL << 63, ERL_DRV_NIL,
      ERL_DRV_STRING, (ErlDrvTermData)bytes, 5, ERL_DRV_NIL, ERL_DRV_STRING_CONS, (ErlDrvTermData)bytes, 2,
      ERL_DRV_BINARY, (ErlDrvTermData)binary, 3, 5, ERL_DRV_BINARY, (ErlDrvTermData)binary, 80, 10,
      ERL_DRV_BUF2BINARY, (ErlDrvTermData)bytes, 5, ERL_DRV_FLOAT, (ErlDrvTermData)&real, ERL_DRV_EXT2TERM,
      (ErlDrvTermData)external, 5, ERL_DRV_INT64, (ErlDrvTermData)&low, ERL_DRV_UINT64, (ErlDrvTermData)&high,
      ERL_DRV_ATOM, atom("k"), ERL_DRV_INT, 1, ERL_DRV_MAP, 1, ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_NIL,
      ERL_DRV_LIST, 3, ERL_DRV_TUPLE, 15};
  tell(s, "result", erl_drv_output_term(driver_mk_port(s->port), terms, sizeof terms / sizeof *terms));
  driver_free_binary(binary);
  ErlDrvTermData wrong[] = {ERL_DRV_INT, 1, ERL_DRV_INT, 2};
  tell(s, "wrong", erl_drv_output_term(driver_mk_port(s->port), wrong, 4));
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned operation, char* bytes, ErlDrvSizeT size, char** answer,
                            ErlDrvSizeT room) {
  State* s = (State*)data;
  int n;
  switch (operation) {
    case 1: return driver_output(s->port, bytes, size) == 0 ? sprintf(*answer, "version %d", VERSION) : -1;
    case 2: return driver_output2(s->port, "head", 4, bytes, size);
    case 3: {
      ErlDrvBinary* b = driver_alloc_binary(200);
      memset(b->orig_bytes, 'x', 200);
      driver_output_binary(s->port, bytes, size, b, 50, 100);
      n = sprintf(*answer, "%d", driver_binary_get_refc(b) >= 1);
      driver_free_binary(b);
      b = driver_alloc_binary(200);
      memset(b->orig_bytes, 'x', 200);
      b = driver_realloc_binary(b, 300);
      n += sprintf(*answer + n, " %ld %c", (long)b->orig_size, b->orig_bytes[199]);
      driver_free_binary(b);
      return n;
    }
    case 4: all_terms(s); return 0;
    case 5: {
      unsigned long left;
      driver_set_timer(s->port, 100000);
      driver_read_timer(s->port, &left);
      driver_cancel_timer(s->port);
      driver_set_timer(s->port, 10);
      return sprintf(*answer, "%d", left > 90000 && left <= 100000);
    }
    case 6: {
      long* number = driver_alloc(sizeof *number);
      *number = 21;
      unsigned key = driver_async_port_key(s->port);
      return sprintf(*answer, "%d", driver_async(s->port, &key, job, number, driver_free) >= 0);
    }
    case 7: {
      ErlDrvTermData pid = driver_caller(s->port);
      n = driver_monitor_process(s->port, pid, &s->monitor);
      n = sprintf(*answer, "%d %d", n, driver_get_monitored_process(s->port, &s->monitor) == pid);
      if (size != 0) n += sprintf(*answer + n, " %d", driver_demonitor_process(s->port, &s->monitor));
      return n;
    }
    case 8: {
      driver_enq(s->port, "world", 5);
      driver_pushq(s->port, "hello ", 6);
      ErlDrvBinary* b = driver_alloc_binary(10);
      memcpy(b->orig_bytes, "0123456789", 10);
      driver_enq_bin(s->port, b, 2, 3);
      driver_pushq_bin(s->port, b, 8, 2);
      driver_free_binary(b);
      ErlIOVec v;
      char all[50] = {0};
      n = (int)driver_peekqv(s->port, &v);
      driver_vec_to_buf(&v, all, v.size);
      n = sprintf(*answer, "%d %d %s", n, v.vsize, all);
      n += sprintf(*answer + n, " %d", (int)driver_deq(s->port, 4));
      int count;
      SysIOVec* iov = driver_peekq(s->port, &count);
      n += sprintf(*answer + n, " %d %.*s", count, (int)iov[0].iov_len, (char*)iov[0].iov_base);
      n += sprintf(*answer + n, " %d %d", (int)driver_deq(s->port, 12), (int)driver_sizeq(s->port));
      return n;
    }
    case 9:
      if (pipe(s->pipe) != 0) return -1;
      n = (int)write(s->pipe[1], bytes, size);
      driver_select(s->port, (ErlDrvEvent)(long)s->pipe[0], ERL_DRV_READ | ERL_DRV_USE, 1);
      driver_select(s->port, (ErlDrvEvent)(long)s->pipe[1], ERL_DRV_WRITE | ERL_DRV_USE, 1);
      return sprintf(*answer, "%d", n);
    case 10: driver_select(s->port, (ErlDrvEvent)(long)s->pipe[1], ERL_DRV_USE, 0); return 0;
    case 11: bytes[size] = 0; driver_failure_atom(s->port, bytes); return 0;
    case 12: driver_failure_posix(s->port, ENOENT); return 0;
    case 13: driver_failure_eof(s->port); return 0;
    case 14: driver_exit(s->port, size != 0 ? EINVAL : 0); return 0;
    case 15: s->busy = 1; set_busy_port(s->port, 1); driver_set_timer(s->port, 100); return 0;
    case 16: {
      set_port_control_flags(s->port, PORT_CONTROL_FLAG_BINARY);
      ErlDrvBinary* b = driver_alloc_binary(6);
      memcpy(b->orig_bytes, "binary", 6);
      *answer = (char*)b;
      return 6;
    }
    case 17: *answer = NULL; return 0;
    case 19: return sprintf(*answer, "%d", driver_lock_driver(s->port));
    case 20: {
      ErlDrvSysInfo i;
      driver_system_info(&i, sizeof i);
      return sprintf(*answer, "%d.%d %s %d %d %d", i.driver_major_version, i.driver_minor_version, i.otp_release,
                     i.thread_support, i.smp_support, i.async_threads);
    }
    case 21: {
      ErlDrvTermData message[] = {ERL_DRV_ATOM, atom("direct"), ERL_DRV_PID, driver_caller(s->port), ERL_DRV_TUPLE, 2};
      return sprintf(*answer, "%d", erl_drv_send_term(driver_mk_port(s->port), driver_caller(s->port), message, 6));
    }
    case 22: {
      s->lock = driver_pdl_create(s->port);
      driver_pdl_lock(s->lock);
      n = sprintf(*answer, "%ld", (long)driver_pdl_get_refc(s->lock));
      driver_pdl_unlock(s->lock);
      n += sprintf(*answer + n, " %ld", (long)driver_pdl_inc_refc(s->lock));
      return n + sprintf(*answer + n, " %ld", (long)driver_pdl_dec_refc(s->lock));
    }
    case 23:
      return sprintf(*answer, "%d %d %s %s", driver_caller(s->port) == driver_connected(s->port), get_port_flags(s->port),
                     erl_errno_id(ENOENT), erl_errno_id(EAGAIN));
    case 24: {
      ErlDrvTid tid;
      void* result = NULL;
      n = erl_drv_thread_create("driver_test", &tid, thread, s, NULL);
      erl_drv_thread_join(tid, &result);
      return sprintf(*answer, "%d %d", n, result == s);
    }
    case 25: { /* An answer longer than the room that is given. */
      char* own = driver_alloc(1000);
      memset(own, 'l', 1000);
      *answer = own;
      return 1000;
    }
    case 26: {
      char value[20];
      size_t value_size = sizeof value;
      erl_drv_putenv("DRIVER_TEST", "value");
      n = erl_drv_getenv("DRIVER_TEST", value, &value_size);
      n = sprintf(*answer, "%d %s %d", n, value, (int)value_size);
      value_size = sizeof value;
      n += sprintf(*answer + n, " %d", erl_drv_getenv("DRIVER_TEST_NONE", value, &value_size));
      ErlDrvTime t = erl_drv_monotonic_time(ERL_DRV_SEC), us = erl_drv_convert_time_unit(3, ERL_DRV_SEC, ERL_DRV_USEC);
      n += sprintf(*answer + n, " %d %ld %d", t != ERL_DRV_TIME_ERROR, (long)us, erl_drv_consume_timeslice(s->port, 1));
      return n;
    }
    case 27: { /* The handle of no port. */
      int count = 5;
      SysIOVec* none = driver_peekq((ErlDrvPort)-1, &count);
      return sprintf(*answer, "%d %d %d %d", none == NULL, count, driver_output((ErlDrvPort)-1, "x", 1),
                     (int)driver_sizeq((ErlDrvPort)-1));
    }
    case 28: /* The port has gone when the job uses its lock for the last time. */
      closing = s->port;
      s->lock = driver_pdl_create(s->port);
      return sprintf(*answer, "%d", driver_async(s->port, NULL, job_with_lock, s->lock, NULL) >= 0);
    default: return -1;
  }
}

/* Answers with its argument; operation 2: with no term. */
static ErlDrvSSizeT call(ErlDrvData data, unsigned command, char* bytes, ErlDrvSizeT size, char** answer,
                         ErlDrvSizeT room, unsigned* flags) {
  if (command == 2) return -1;
  if (size > room) *answer = driver_alloc(size);
  memcpy(*answer, bytes, size);
  return (ErlDrvSSizeT)size;
}

static ErlDrvEntry entry = {
    .start = start,
    .stop = stop,
    .outputv = outputv,
    .ready_input = ready_input,
    .ready_output = ready_output,
    .driver_name = DRIVER,
    .control = control,
    .timeout = timeout,
    .ready_async = ready_async,
    .flush = flush,
    .call = call,
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = MAJOR,
    .minor_version = MINOR,
    .driver_flags = FLAGS,
    .process_exit = process_exit,
    .stop_select = stop_select,
};

DRIVER_INIT(driver_test) { return &entry; }
