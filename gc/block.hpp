// block.hpp -- the memory blocks that process heaps live in, and the sizes they come in.
// Owner: one process a block. Threads: any; each keeps a small stock of free blocks. GC: blocks are its
// spaces.
#pragma once
#include "vm/base/types.hpp"

namespace joist {

// The smallest size of the table (12, 38, 51, 90, 142, 233, 376, ..., then 20 % steps; OTP: the same) that
// holds `words`.
std::size_t next_heap_size(std::size_t words);

// Room for `words`, contents undefined; if so much cannot be had, for `least` words. Never null: ends the VM
// if memory has run out.
Word* block_alloc(std::size_t words, std::size_t least);
inline Word* block_alloc(std::size_t words) { return block_alloc(words, words); }
void block_free(Word* block);  // null is allowed
std::size_t block_capacity(const Word* block);
// Hands back what lies behind the first `words` where that is worth the while. The block stays where it is.
void block_trim(Word* block, std::size_t words);

// Prints "joist: out of memory: cannot allocate N bytes (WHAT)" and ends the VM with status 1.
[[noreturn, gnu::cold]] void out_of_memory(std::size_t bytes, const char* what);

}  // namespace joist
