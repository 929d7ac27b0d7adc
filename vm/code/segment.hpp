// segment.hpp -- how the segments of a bs_create_bin instruction lie in the code: the loader writes them, the
// engine walks them.
#pragma once
#include <bit>

#include "vm/base/types.hpp"

namespace joist {

enum class SegmentKind : std::uint8_t { integer, float_, binary, utf8, utf16, utf32, append, string };

// A segment is this word, one for the source (any) and, except for code points, one for the size (any; the
// atom all: the whole source). A string is this word, its number of bits, and its bytes.
constexpr std::uint32_t kNoErrorInfo = ~std::uint32_t{0};
struct Segment {
  SegmentKind kind;
  std::uint8_t flags;
  std::uint16_t unit;
  std::uint32_t index;  // in the source text, for error_info; kNoErrorInfo in code of OTP 24 and before
  static Segment from(Word w) { return std::bit_cast<Segment>(w); }
  Word encode() const { return std::bit_cast<Word>(*this); }
};
static_assert(sizeof(Segment) == sizeof(Word));

// `live` of an instruction that may not collect.
constexpr Word kMustNotCollect = ~Word{0};

}  // namespace joist
