#include "vm/ports/input_buffer.hpp"

#include <cstring>

namespace joist {

// What may stay with a socket that has nothing to deliver.
constexpr std::size_t kKept = 16 << 10;

void InputBuffer::drop_block() {
  if (block_ != nullptr) block_->release();
  block_ = nullptr;
  shared_ = false;
}

// The unread bytes move to the start of a block of their own.
void InputBuffer::replace_block(std::size_t capacity) {
  RefcBinary* fresh = RefcBinary::make(capacity, capacity);
  const std::size_t n = size();
  if (n != 0) std::memcpy(fresh->bytes, data() + start_, n);
  drop_block();
  block_ = fresh;
  start_ = 0;
  end_ = n;
}

void InputBuffer::begin(std::size_t size) {
  start_ = end_ = 0;
  if (block_ == nullptr || shared_ || block_->capacity < size) {
    drop_block();
    block_ = RefcBinary::make(size, size);
  }
  limit_ = size;
  begun_ = true;
}

void InputBuffer::ensure(std::size_t total) {
  const std::size_t needed = start_ + total;
  if (needed <= limit_) return;
  if (needed > block_->capacity) {
    replace_block(total);
    limit_ = std::max(limit_, total);
  } else {
    limit_ = needed;
  }
}

void InputBuffer::restart() {
  if (start_ == 0) return;
  if (shared_) return replace_block(std::max(block_->capacity, limit_));
  std::memmove(data(), data() + start_, size());
  end_ -= start_;
  start_ = 0;
}

void InputBuffer::push_front(std::string_view bytes) {
  if (!begun_) begin(std::max<std::size_t>(bytes.size(), 1));
  std::string all(bytes);
  all += this->bytes();
  limit_ = std::max(limit_, all.size());
  start_ = end_ = 0;
  if (shared_ || block_->capacity < limit_) replace_block(limit_);
  std::memcpy(data(), all.data(), all.size());
  end_ = all.size();
}

void InputBuffer::consume(std::size_t n) {
  start_ += n;
  if (start_ == end_) clear();
}

void InputBuffer::clear() {
  if (block_ != nullptr && (shared_ || block_->capacity > kKept)) drop_block();
  start_ = end_ = limit_ = 0;
  begun_ = false;
}

Term InputBuffer::share(Heap& h, std::size_t at, std::size_t n) {
  shared_ = true;
  block_->retain();
  const Term whole = make_refc_binary(h, block_, block_->capacity * 8);
  return make_sub_bits(h, whole, (start_ + at) * 8, n * 8);
}

}  // namespace joist
