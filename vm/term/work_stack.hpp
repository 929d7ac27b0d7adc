// work_stack.hpp -- the explicit stack of the functions that walk terms of any depth (compare, hash, print).
// The first `kInline` entries lie in the object itself, so that ordinary terms cost no allocation.
// Owner: the walking function. Threads: one.
#pragma once
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

namespace joist {

template <class T, std::size_t kInline>
class WorkStack {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  WorkStack() {}
  ~WorkStack() {
    if (base_ != inline_) std::free(base_);
  }
  WorkStack(const WorkStack&) = delete;
  WorkStack& operator=(const WorkStack&) = delete;

  bool empty() const { return top_ == base_; }
  std::size_t size() const { return static_cast<std::size_t>(top_ - base_); }
  void shrink(std::size_t size) { top_ = base_ + size; }
  void push(T value) {
    if (top_ == limit_) [[unlikely]]
      grow();
    *top_++ = value;
  }
  T pop() { return *--top_; }
  T& top() { return top_[-1]; }

 private:
  [[gnu::noinline]] void grow() {
    const std::size_t count = size();
    auto* larger = static_cast<T*>(std::malloc(2 * count * sizeof(T)));
    if (larger == nullptr) throw std::bad_alloc();
    std::memcpy(static_cast<void*>(larger), base_, count * sizeof(T));
    if (base_ != inline_) std::free(base_);
    base_ = larger;
    top_ = larger + count;
    limit_ = larger + 2 * count;
  }

  T* base_ = inline_;
  T* top_ = inline_;
  T* limit_ = inline_ + kInline;
  T inline_[kInline];
};

}  // namespace joist
