// opcodes.hpp -- what is known of each opcode number: name, number of operands, whether this loader takes it.
#pragma once
#include <cstdint>
#include <string_view>

namespace joist {

constexpr unsigned kMaxOpcode = 184;        // debug_line: OTP 28
constexpr unsigned kLastKnownOpcode = 191;  // named in messages only

struct OpcodeInfo {
  const char* name = nullptr;
  std::uint8_t arity = 0;
  bool obsolete = false;  // OTP 25 refuses it: written by compilers older than OTP 22
};

// Null for numbers that no compiler ever used.
const OpcodeInfo* opcode_info(unsigned opcode);

}  // namespace joist
