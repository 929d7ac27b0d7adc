#include "vm/ports/loadable/driver_queue.hpp"

#include <cstring>

namespace joist {

Term driver_binary_term(Heap& h, ErlDrvBinary* b, std::size_t offset, std::size_t size) {
  if (size <= kMaxHeapBytes) return make_binary_copy(h, b->orig_bytes + offset, size);
  RefcBinary* binary = from_driver(b);
  binary->retain();
  const Term whole = make_refc_binary(h, binary, 8 * static_cast<std::size_t>(b->orig_size));
  if (size == static_cast<std::size_t>(b->orig_size)) return whole;
  return make_sub_bits(h, whole, 8 * offset, 8 * size);
}

void DriverQueue::add_binary(ErlDrvBinary* binary, std::size_t offset, std::size_t size, bool at_front) {
  if (size == 0) return;
  from_driver(binary)->retain();
  const SysIOVec part{binary->orig_bytes + offset, size};
  size_ += size;
  if (at_front && first_ != 0) {
    --first_;
    parts_[first_] = part;
    binaries_[first_] = binary;
  } else {
    parts_.insert(at_front ? parts_.begin() : parts_.end(), part);
    binaries_.insert(at_front ? binaries_.begin() : binaries_.end(), binary);
  }
}

void DriverQueue::add_bytes(const char* bytes, std::size_t size, bool at_front) {
  if (size == 0) return;
  RefcBinary* copy = RefcBinary::make(size, size);
  std::memcpy(copy->bytes, bytes, size);
  add_binary(to_driver(copy), 0, size, at_front);
  copy->release();
}

void DriverQueue::add_vector(const ErlIOVec& v, std::size_t skip, bool at_front) {
  const auto add = [&](int i, std::size_t skipped) {
    const SysIOVec& part = v.iov[i];
    const char* bytes = static_cast<const char*>(part.iov_base) + skipped;
    const std::size_t size = part.iov_len - skipped;
    if (v.binv[i] != nullptr)
      add_binary(v.binv[i], static_cast<std::size_t>(bytes - v.binv[i]->orig_bytes), size, at_front);
    else
      add_bytes(bytes, size, at_front);
  };
  std::vector<std::size_t> skipped(static_cast<std::size_t>(v.vsize));
  for (std::size_t i = 0; i < skipped.size(); ++i) {
    skipped[i] = std::min<std::size_t>(skip, v.iov[i].iov_len);
    skip -= skipped[i];
  }
  if (at_front)
    for (int i = v.vsize; i-- > 0;) add(i, skipped[static_cast<std::size_t>(i)]);
  else
    for (int i = 0; i < v.vsize; ++i) add(i, skipped[static_cast<std::size_t>(i)]);
}

bool DriverQueue::drop(std::size_t size) {
  if (size > size_) return false;
  size_ -= size;
  while (size != 0) {
    SysIOVec& part = parts_[first_];
    if (part.iov_len > size) {
      part.iov_base = static_cast<char*>(part.iov_base) + size;
      part.iov_len -= size;
      break;
    }
    size -= part.iov_len;
    from_driver(binaries_[first_])->release();
    ++first_;
  }
  // What was dropped makes way when it is most of the queue.
  if (first_ > 32 && 2 * first_ > parts_.size()) {
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
    binaries_.erase(binaries_.begin(), binaries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return true;
}

void DriverQueue::clear() {
  for (std::size_t i = first_; i < binaries_.size(); ++i) from_driver(binaries_[i])->release();
  parts_.clear();
  binaries_.clear();
  first_ = size_ = 0;
}

}  // namespace joist
