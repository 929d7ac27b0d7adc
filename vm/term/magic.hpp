// magic.hpp -- references that own a C++ object: ETS tables, compiled match specs, counters, resources,
// and the saved state of BIFs that yield.
// Owner: every magic_ref holds one count. Threads: counts are atomic; what the object does is its own affair.
#pragma once
#include <atomic>

#include "vm/term/heap.hpp"

namespace joist {

class MagicObject {
 public:
  virtual ~MagicObject() = default;
  std::int64_t references() const { return references_.load(std::memory_order_relaxed); }
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  std::atomic<std::int64_t> references_{0};  // each magic_ref and each C++ owner retains
};

// Kind magic_ref: header, number (two words), object, link.
constexpr std::size_t kMagicRefWords = 5;
inline MagicObject* magic_object(Term magic_ref) {
  return reinterpret_cast<MagicObject*>(magic_ref.box_words()[3]);
}
// The object behind `t` if it is a magic reference to a `T`, else null.
template <class T>
T* magic_cast(Term t) {
  return t.is_box(BoxKind::magic_ref) ? dynamic_cast<T*>(magic_object(t)) : nullptr;
}

// Releases what the object at `header` (binary_ref or magic_ref) refers to.
void release_off_heap_object(Word* header);

}  // namespace joist
