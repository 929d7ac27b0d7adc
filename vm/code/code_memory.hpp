// code_memory.hpp -- memory for code, below 2 GiB, so that code addresses fit the 32-bit fields of machine
// instructions. Threaded code lies in the first half, machine code in the second.
// Where the system does not give the range, threaded code lies anywhere and there is no machine code.
// Threads: any.
#pragma once
#include <cstddef>
#include <vector>

#include "vm/base/types.hpp"

namespace joist {

// At least `bytes` (more than 0) of memory for threaded code, aligned to 16; never null: ends the program if
// there is none.
void* code_alloc(std::size_t bytes);
void code_free(void* at, std::size_t bytes);

// Memory for machine code: writable until native_seal() makes it executable. Null if there is none.
std::byte* native_alloc(std::size_t bytes);
bool native_seal(std::byte* at,
                 std::size_t bytes);  // false: the system refuses; the block is still to be freed
void native_free(std::byte* at, std::size_t bytes);

// Whether `at` lies where machine code fields can name it.
inline bool is_low_address(const void* at) { return reinterpret_cast<Word>(at) < Word{1} << 31; }

template <class T>
struct CodeAllocator {
  using value_type = T;
  CodeAllocator() = default;
  template <class U>
  CodeAllocator(const CodeAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(code_alloc(n * sizeof(T))); }
  void deallocate(T* at, std::size_t n) { code_free(at, n * sizeof(T)); }
  bool operator==(const CodeAllocator&) const { return true; }
};
using CodeVector = std::vector<Word, CodeAllocator<Word>>;

}  // namespace joist
