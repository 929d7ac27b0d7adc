// binary_operands.hpp -- operands of bit syntax operations, as the files that translate them need them.
#pragma once
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "loader/translate.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bit_syntax.hpp"

namespace joist {

using Operands = std::span<const Operand>;

inline std::uint64_t number_of(const Operand& o) {
  return o.kind == Operand::Kind::number ? o.value : static_cast<std::uint64_t>(o.term.small_value());
}

// Flags: a number, or (bs_create_bin, bs_match) [] or a literal list of atoms. Native is little-endian here.
inline Word flags_of(const Operand& o) {
  Word flags = 0;
  if (o.kind == Operand::Kind::number) {
    flags = o.value;
  } else {
    for (Term list = o.term; list.is_cons(); list = list.tail()) {
      if (list.head() == am::little || list.head() == am::native) flags |= kSegmentLittle;
      if (list.head() == am::signed_) flags |= kSegmentSigned;
    }
  }
  if ((flags & kSegmentNative) != 0) flags = (flags & ~Word{kSegmentNative}) | kSegmentLittle;
  return flags & (kSegmentLittle | kSegmentSigned);
}

// The bits of a segment with a constant size; nullopt if it is known only when it runs.
inline std::optional<std::uint64_t> constant_bits(const Operand& size, std::uint64_t unit) {
  std::uint64_t bits;
  if (size.kind == Operand::Kind::number) {
    bits = size.value;
  } else if (size.kind == Operand::Kind::integer && size.term.is_small() && size.term.small_value() >= 0) {
    bits = static_cast<std::uint64_t>(size.term.small_value());
  } else {
    return std::nullopt;
  }
  if (bits >= std::uint64_t{1} << 40) return std::nullopt;
  return bits * unit;
}

inline bool is_all(const Operand& o) { return o.kind == Operand::Kind::atom && o.term == am::all; }

// Bytes as words of code; what is beyond them is zero.
inline void append_bytes(Translator& t, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    Word w = 0;
    std::memcpy(&w, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
    t.append(w);
  }
}

inline std::string_view string_at(Translator& t, std::uint64_t offset, std::uint64_t bytes) {
  return std::string_view(t.module().strings).substr(offset, bytes);
}

}  // namespace joist
