#include "loader/opcodes.hpp"

#include <array>

namespace joist {
namespace {

constexpr std::array<OpcodeInfo, kLastKnownOpcode + 1> make_table() {
  std::array<OpcodeInfo, kLastKnownOpcode + 1> table{};
#define JOIST_OPCODE(number, op_name, op_arity) table[number] = {#op_name, op_arity, false};
#include "loader/opcodes.def"
#undef JOIST_OPCODE
  constexpr std::uint8_t obsolete[] = {27, 28, 29, 30, 31,  32,  33,  34,  35,  36,  37,  38,
                                       54, 68, 70, 71, 76,  79,  80,  81,  82,  83,  84,  85,
                                       86, 87, 88, 93, 110, 116, 122, 123, 126, 127, 128, 130};
  for (const std::uint8_t op : obsolete) table[op].obsolete = true;
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

const OpcodeInfo* opcode_info(unsigned opcode) {
  return opcode <= kLastKnownOpcode && kTable[opcode].name != nullptr ? &kTable[opcode] : nullptr;
}

}  // namespace joist
