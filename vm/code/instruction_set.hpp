// instruction_set.hpp -- what the loader and the disassembler know of the engine's instructions.
//
// Threaded code is an array of words: the address of an instruction's handler, then one word per operand.
//   x, y       byte offset of the register from the x array / from the stack top
//   constant   the term itself
//   any        a source or target of any kind, told apart when it runs: see encode_any()
//   label      code address
//   word       a plain number or pointer
//   rest       a count n and then n words; always last
// The engine (vm/interpreter) defines each instruction once, as a C++ struct, and adds its variants -- one
// per legal combination of operand kinds -- to this set at start-up. The loader asks for a variant by
// name and operand kinds and never sees the engine.
// Threads: filled before anything is loaded, only read afterwards.
#pragma once
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/term/term.hpp"

namespace joist {

enum class OperandKind : std::uint8_t { x, y, constant, any, label, word, rest };
enum class OperandRole : std::uint8_t { input, output, label, word, any_rest, word_rest, select_rest };

constexpr std::size_t kMaxOperands = 8;

struct VariantInfo {
  const char* name;  // of the instruction
  std::uint8_t operand_count;
  std::array<OperandKind, kMaxOperands> kinds;
  std::array<OperandRole, kMaxOperands> roles;
  std::array<const char*, kMaxOperands> operand_names;
  Word handler;
};

// An operand as the loader hands it over.
struct EncodedOperand {
  OperandKind kind;
  Word value;
};
constexpr EncodedOperand x_operand(std::uint32_t n) { return {OperandKind::x, Word{n} * 8}; }
constexpr EncodedOperand y_operand(std::uint32_t n) { return {OperandKind::y, Word{n} * 8}; }
constexpr EncodedOperand constant_operand(Term t) { return {OperandKind::constant, t.bits}; }
constexpr EncodedOperand word_operand(Word w) { return {OperandKind::word, w}; }

// Kind `any`: no term ends in 111 binary (that marks return addresses), so registers can be told from terms.
constexpr Word encode_any(EncodedOperand o) {
  switch (o.kind) {
    case OperandKind::x: return o.value << 8 | 0x07;
    case OperandKind::y: return o.value << 8 | 0x0f;
    default: return o.value;
  }
}
constexpr bool any_is_register(Word w) { return (w & 7) == 7; }
constexpr bool any_is_y(Word w) { return (w & 8) != 0; }
constexpr Word any_offset(Word w) { return w >> 8; }

using InstructionId = std::uint16_t;

class InstructionSet {
 public:
  static InstructionSet& instance();
  void add(const VariantInfo& v);

  // Fails if there is no instruction of that name: a mistake in the loader, found when it first runs.
  InstructionId id(std::string_view name) const;
  // The cheapest variant that takes these operands: exact kinds first, then `any`. Null if none does.
  const VariantInfo* find(InstructionId id, std::span<const EncodedOperand> operands) const;
  const VariantInfo* by_handler(Word handler) const;
  const std::vector<VariantInfo>& variants() const { return variants_; }

 private:
  struct Family {
    std::string_view name;
    std::vector<std::uint16_t> variants;
  };
  // Exact kinds are found by hashing: (family, packed kinds) -> variant. A free slot has key 0, which is
  // nobody's.
  struct Slot {
    std::uint64_t key = 0;
    std::uint16_t variant = 0;
  };
  Slot& slot(std::uint64_t key);
  void grow();

  std::vector<VariantInfo> variants_;
  std::vector<Family> families_;
  std::vector<Slot> slots_;
};

// Text of one instruction, e.g. "add a=x0 b=y1 dst=x2"; `*size` = words it takes. Labels are shown by their
// last six digits.
std::string disassemble_one(const Word* at, std::size_t* size);

}  // namespace joist
