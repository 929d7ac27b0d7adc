// input_buffer.hpp -- bytes received and not yet delivered. Large pieces become binaries without being
// copied. Owner: a socket. Threads: with the port's right. GC: shares its block with binaries that it made.
#pragma once
#include <string_view>

#include "vm/term/bits.hpp"

namespace joist {

class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  ~InputBuffer() { drop_block(); }

  // While it has begun there is room for limit() bytes, counted from the block's start.
  bool begun() const { return begun_; }
  void begin(std::size_t size);
  std::size_t limit() const { return limit_; }
  std::size_t size() const { return end_ - start_; }
  std::string_view bytes() const { return {data() + start_, end_ - start_}; }

  char* space() { return data() + end_; }
  std::size_t room() const { return limit_ - end_; }
  void filled(std::size_t n) { end_ += n; }

  // Room for `total` bytes from the first unread one on.
  void ensure(std::size_t total);
  // Moves what is there to the block's start.
  void restart();
  // Bytes that come before all others.
  void push_front(std::string_view bytes);
  // Drops `n` bytes; when none are left it has not begun any more.
  void consume(std::size_t n);
  void clear();

  // Whether `n` bytes are worth the block that they lie in.
  bool worth_sharing(std::size_t n) const { return n >= block_->capacity - block_->capacity / 4; }
  // A binary of `n` bytes from the unread byte `at` on, in the same memory.
  Term share(Heap& h, std::size_t at, std::size_t n);

 private:
  char* data() const { return reinterpret_cast<char*>(block_->bytes); }
  void replace_block(std::size_t capacity);
  void drop_block();

  RefcBinary* block_ = nullptr;
  std::size_t start_ = 0, end_ = 0, limit_ = 0;
  bool begun_ = false, shared_ = false;
};

}  // namespace joist
