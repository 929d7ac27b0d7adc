// decode_parts.hpp -- the two halves of decode.cpp: tables, and the instruction stream. Private to the
// loader. Both throw Malformed (or ShortInput); decode_module turns that into a LoadError.
#pragma once
#include "loader/decode.hpp"
#include "vm/base/byte_reader.hpp"

namespace joist::loading {

struct Malformed {
  std::string what;
};

// A number or operand in the compact form: three bits of tag, then a value of any length.
struct Compact {
  enum Tag : std::uint8_t { number, integer, atom, x, y, label, character, extended };
  std::uint8_t tag;                   // extended: `value` is the whole first byte
  std::uint64_t value = 0;            // integers: as int64
  std::span<const std::uint8_t> big;  // an integer that has more than 8 bytes, two's complement
};
Compact read_compact(ByteReader& in, bool is_length = false);
// The same; what fits in one byte, nearly everything, is read on the spot.
inline Compact read_short_compact(ByteReader& in) {
  if (in.left() != 0) {
    const std::uint8_t first = *in.position();
    if ((first & 8) == 0 && (first & 7) != Compact::extended) {
      in.take(1);
      return {static_cast<std::uint8_t>(first & 7), static_cast<std::uint64_t>(first >> 4), {}};
    }
  }
  return read_compact(in);
}
// A compact number that must fit in 32 bits; `what` names it in the error.
std::uint32_t read_compact_number(ByteReader& in, const char* what);

// decode_tables.cpp: every chunk but Code.
void decode_tables(const BeamFile& file, DecodedModule& out, Instance& instance);
// decode_code.cpp. The tables are there already.
void decode_code(ByteSpan code, DecodedModule& out, Instance& instance);

}  // namespace joist::loading
