// Drivers' queues of output, their lock, and binaries and memory of drivers.
#include "vm/ports/driver_memory.hpp"
#include "vm/ports/loadable/api.hpp"

using namespace joist;

namespace {

int add_to_queue(ErlDrvPort port, auto add) {
  const Handle at(port);
  if (!at) return -1;
  add(at->queue);
  return 0;
}

}  // namespace

extern "C" {

int driver_enq(ErlDrvPort port, char* bytes, ErlDrvSizeT size) {
  return add_to_queue(port, [&](DriverQueue& q) { q.add_bytes(bytes, size, false); });
}
int driver_pushq(ErlDrvPort port, char* bytes, ErlDrvSizeT size) {
  return add_to_queue(port, [&](DriverQueue& q) { q.add_bytes(bytes, size, true); });
}
int driver_enq_bin(ErlDrvPort port, ErlDrvBinary* binary, ErlDrvSizeT offset, ErlDrvSizeT size) {
  return add_to_queue(port, [&](DriverQueue& q) { q.add_binary(binary, offset, size, false); });
}
int driver_pushq_bin(ErlDrvPort port, ErlDrvBinary* binary, ErlDrvSizeT offset, ErlDrvSizeT size) {
  return add_to_queue(port, [&](DriverQueue& q) { q.add_binary(binary, offset, size, true); });
}
int driver_enqv(ErlDrvPort port, ErlIOVec* v, ErlDrvSizeT skip) {
  if (skip > v->size) return -1;
  return add_to_queue(port, [&](DriverQueue& q) { q.add_vector(*v, skip, false); });
}
int driver_pushqv(ErlDrvPort port, ErlIOVec* v, ErlDrvSizeT skip) {
  if (skip > v->size) return -1;
  return add_to_queue(port, [&](DriverQueue& q) { q.add_vector(*v, skip, true); });
}

// OTP: -1 for no queue, although all sizes are unsigned.
ErlDrvSizeT driver_sizeq(ErlDrvPort port) {
  const Handle at(port);
  return at ? at->queue.size() : static_cast<ErlDrvSizeT>(-1);
}
ErlDrvSizeT driver_deq(ErlDrvPort port, ErlDrvSizeT size) {
  const Handle at(port);
  return at && at->queue.drop(size) ? at->queue.size() : static_cast<ErlDrvSizeT>(-1);
}
ErlDrvSizeT driver_peekqv(ErlDrvPort port, ErlIOVec* v) {
  const Handle at(port);
  if (!at) return static_cast<ErlDrvSizeT>(-1);
  *v = {at->queue.count(), at->queue.size(), at->queue.parts(), at->queue.binaries()};
  return v->size;
}
SysIOVec* driver_peekq(ErlDrvPort port, int* count) {
  const Handle at(port);
  *count = at ? at->queue.count() : -1;
  return *count > 0 ? at->queue.parts() : nullptr;
}

// ---- the lock of a queue ----
ErlDrvPDL driver_pdl_create(ErlDrvPort port) {
  const Handle at(port);
  if (!at || at->data_lock != nullptr) return nullptr;
  return at->data_lock = new erl_drv_port_data_lock;
}
void driver_pdl_lock(ErlDrvPDL lock) {
  driver_pdl_inc_refc(lock);
  lock->mutex.lock();
}
void driver_pdl_unlock(ErlDrvPDL lock) {
  lock->mutex.unlock();
  driver_pdl_dec_refc(lock);
}
ErlDrvSInt driver_pdl_get_refc(ErlDrvPDL lock) { return lock->references; }
ErlDrvSInt driver_pdl_inc_refc(ErlDrvPDL lock) { return ++lock->references; }
ErlDrvSInt driver_pdl_dec_refc(ErlDrvPDL lock) { return lock->release(); }

// ---- binaries ----
ErlDrvBinary* driver_alloc_binary(ErlDrvSizeT size) { return to_driver(RefcBinary::make(size, size)); }
ErlDrvBinary* driver_realloc_binary(ErlDrvBinary* binary, ErlDrvSizeT size) {
  RefcBinary* fresh = RefcBinary::make(size, size);
  std::memcpy(fresh->bytes, binary->orig_bytes,
              std::min<std::size_t>(size, static_cast<std::size_t>(binary->orig_size)));
  from_driver(binary)->release();
  return to_driver(fresh);
}
void driver_free_binary(ErlDrvBinary* binary) {
  if (binary != nullptr) from_driver(binary)->release();
}
ErlDrvSInt driver_binary_get_refc(ErlDrvBinary* binary) { return from_driver(binary)->references; }
ErlDrvSInt driver_binary_inc_refc(ErlDrvBinary* binary) { return ++from_driver(binary)->references; }
ErlDrvSInt driver_binary_dec_refc(ErlDrvBinary* binary) {
  RefcBinary* b = from_driver(binary);
  const ErlDrvSInt left = b->references - 1;
  b->release();
  return left;
}

// ---- memory ----
void* driver_alloc(ErlDrvSizeT size) { return driver_memory_alloc(size != 0 ? size : 1); }
void* driver_realloc(void* at, ErlDrvSizeT size) { return driver_memory_realloc(at, size != 0 ? size : 1); }
void driver_free(void* at) { driver_memory_free(at); }

}  // extern "C"
