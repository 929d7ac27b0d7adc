// driver_queue.hpp -- a port's queue of output that its driver has accepted and not yet written.
// Owner: a port. Threads: with the port's right, or the lock that the driver has made for it.
#pragma once
#include <vector>

#include "vm/ports/loadable/driver_binary.hpp"

namespace joist {

class DriverQueue {
 public:
  DriverQueue() = default;
  DriverQueue(const DriverQueue&) = delete;
  ~DriverQueue() { clear(); }

  std::size_t size() const { return size_; }
  // At the end, or at the front. Of a binary the queue holds a reference; other bytes are copied.
  void add_bytes(const char* bytes, std::size_t size, bool at_front);
  void add_binary(ErlDrvBinary* binary, std::size_t offset, std::size_t size, bool at_front);
  // All but the first `skip` bytes.
  void add_vector(const ErlIOVec& v, std::size_t skip, bool at_front);
  // Drops bytes from the front. False, and nothing is done: there are not so many.
  bool drop(std::size_t size);
  void clear();

  // Valid until the queue changes.
  SysIOVec* parts() { return parts_.data() + first_; }
  ErlDrvBinary** binaries() { return binaries_.data() + first_; }
  int count() const { return static_cast<int>(parts_.size() - first_); }

 private:
  std::vector<SysIOVec> parts_;
  std::vector<ErlDrvBinary*> binaries_;  // whose bytes the parts are
  std::size_t first_ = 0, size_ = 0;     // parts before the first are dropped
};

}  // namespace joist
