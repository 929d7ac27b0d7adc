// tags.hpp -- tag bytes of the external term format.
#pragma once
#include <cstdint>

namespace joist::etf {

enum Tag : std::uint8_t {
  dist_header = 68,
  new_float = 70,
  bit_binary = 77,
  compressed = 80,
  atom_cache_ref = 82,
  new_pid = 88,
  new_port = 89,
  newer_reference = 90,
  small_integer = 97,
  integer = 98,
  old_float = 99,
  atom = 100,
  reference = 101,
  port = 102,
  pid = 103,
  small_tuple = 104,
  large_tuple = 105,
  nil = 106,
  string = 107,
  list = 108,
  binary = 109,
  small_big = 110,
  large_big = 111,
  new_fun = 112,
  export_fun = 113,
  new_reference = 114,
  small_atom = 115,
  map = 116,
  atom_utf8 = 118,
  small_atom_utf8 = 119,
  v4_port = 120,
  local = 121,
  version = 131,
};

constexpr std::size_t kOldFloatBytes = 31;

}  // namespace joist::etf
