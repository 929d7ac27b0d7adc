#include "vm/ports/output_queue.hpp"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace joist {
namespace {

// A chunk that another small piece may be appended to.
constexpr std::size_t kChunk = 64 << 10;

ssize_t write_some(int fd, const iovec* parts, std::size_t n) {
  ssize_t written;
  do written = writev(fd, parts, static_cast<int>(std::min<std::size_t>(n, IOV_MAX)));
  while (written < 0 && errno == EINTR);
  return written;
}

}  // namespace

int OutputQueue::write(int fd, std::span<const iovec> parts) {
  if (!empty()) {
    append(parts);
    return 0;
  }
  while (!parts.empty()) {
    const ssize_t n = write_some(fd, parts.data(), parts.size());
    if (n < 0) {
      if (errno != EAGAIN) return errno;
      append(parts);
      return 0;
    }
    auto left = static_cast<std::size_t>(n);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left != 0) {  // part of a piece: the descriptor is full
      append(parts, left);
      return 0;
    }
  }
  return 0;
}

void OutputQueue::append(std::span<const iovec> parts, std::size_t skip) {
  for (const iovec& part : parts) {
    const auto* bytes = static_cast<const char*>(part.iov_base) + skip;
    const std::size_t n = part.iov_len - skip;
    skip = 0;
    if (n == 0) continue;
    if (!chunks_.empty() && chunks_.back().size() + n <= kChunk)
      chunks_.back().append(bytes, n);
    else
      chunks_.emplace_back(bytes, n);
    size_ += n;
  }
}

void OutputQueue::consume(std::size_t n) {
  size_ -= n;
  while (n != 0) {
    const std::size_t here = chunks_.front().size() - first_offset_;
    if (n < here) {
      first_offset_ += n;
      return;
    }
    n -= here;
    first_offset_ = 0;
    chunks_.pop_front();
  }
}

int OutputQueue::drain(int fd, std::size_t* first) {
  constexpr std::size_t kParts = 16;
  while (!empty() && (first == nullptr || *first != 0)) {
    iovec parts[kParts];
    std::size_t count = 0, wanted = 0;
    for (std::string& chunk : chunks_) {
      if (count == kParts) break;
      const std::size_t offset = count == 0 ? first_offset_ : 0;
      std::size_t n = chunk.size() - offset;
      if (first != nullptr) n = std::min(n, *first - wanted);
      if (n == 0) break;
      parts[count++] = {chunk.data() + offset, n};
      wanted += n;
    }
    const ssize_t n = write_some(fd, parts, count);
    if (n < 0) return errno == EAGAIN ? 0 : errno;
    consume(static_cast<std::size_t>(n));
    if (first != nullptr) *first -= static_cast<std::size_t>(n);
    if (static_cast<std::size_t>(n) < wanted) return 0;
  }
  return 0;
}

void OutputQueue::drain_waiting(int fd) {
  while (!empty()) {
    if (drain(fd) != 0) return;
    pollfd p{fd, POLLOUT, 0};
    if (!empty()) ::poll(&p, 1, -1);
  }
}

void OutputQueue::clear() {
  chunks_.clear();
  first_offset_ = size_ = 0;
}

}  // namespace joist
