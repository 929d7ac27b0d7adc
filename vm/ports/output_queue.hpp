// output_queue.hpp -- bytes on their way to a file descriptor that does not block.
// Owner: a driver. Threads: those of its port. GC: none, the bytes are copied.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>
#include <string>

namespace joist {

class OutputQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Writes what can be written at once and queues the rest. Returns 0 or an errno value.
  int write(int fd, std::span<const iovec> parts);
  // Queues only.
  void append(std::span<const iovec> parts, std::size_t skip = 0);
  // Writes queued bytes until the descriptor is full. Returns 0 or an errno value.
  // With `first`: only that many bytes, counted down.
  int drain(int fd, std::size_t* first = nullptr);
  // Waits for the descriptor as often as needed; gives up at an error.
  void drain_waiting(int fd);
  void clear();

 private:
  void consume(std::size_t n);
  std::deque<std::string> chunks_;
  std::size_t first_offset_ = 0;  // of chunks_.front(): written already
  std::size_t size_ = 0;
};

}  // namespace joist
