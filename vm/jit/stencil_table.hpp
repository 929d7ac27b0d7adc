// stencil_table.hpp -- the stencils as the build's extractor (tools/stencils) lays them out in the program.
#pragma once
#include <cstdint>
#include <span>

namespace joist {

// What a hole is filled with. Operands are numbered as the instruction's.
enum class HoleWhat : std::uint8_t {
  operand = 0,  // + n: the operand's word
  label = 8,    // + n: machine code of the operand's target
  here = 16,    // address of the threaded instruction
  next = 17,    // machine code of the next instruction
  slow = 18,    // goes on in the instruction's slow path
  raise = 19,   // goes on with the exception that has been set
};
enum class HoleHow : std::uint8_t { absolute32, absolute64, relative32 };

struct StencilHole {
  std::uint16_t at;  // byte offset in the code
  std::uint8_t what;
  HoleHow how;
  std::int32_t addend;
};

struct StencilInfo {
  std::int32_t handler;       // of the variant in the interpreter; relative to this field's address
  std::int32_t slow_handler;  // the same; 0 if the stencil never goes there
  std::uint32_t code;         // offset in stencil_code
  std::uint32_t first_hole;   // index in stencil_holes
  std::uint16_t size;         // bytes
  std::uint16_t hole_count;
  std::uint8_t constants;      // enum Constants (stencil.hpp)
  std::uint8_t falls_through;  // the last 5 bytes are a jump to the next instruction
  std::uint16_t reserved;
};

}  // namespace joist

extern "C" {
extern const joist::StencilInfo joist_stencil_infos[];
extern const std::uint32_t joist_stencil_count;
extern const std::uint32_t joist_stencils_left_out;  // functions that could not be copied
extern const joist::StencilHole joist_stencil_holes[];
extern const unsigned char joist_stencil_code[];
}
