// types.hpp -- the machine word and the units that sizes are counted in.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>

namespace joist {

using Word = std::uint64_t;

// Counts of heap words and of bytes, kept apart by the type checker.
struct Words {
  std::size_t n = 0;
  friend constexpr Words operator+(Words a, Words b) { return {a.n + b.n}; }
  friend constexpr auto operator<=>(Words, Words) = default;
};
struct Bytes {
  std::size_t n = 0;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.n + b.n}; }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;
};

constexpr std::size_t words_for_bytes(std::size_t bytes) { return (bytes + 7) / 8; }
constexpr std::size_t bytes_for_bits(std::size_t bits) { return (bits + 7) / 8; }

}  // namespace joist
