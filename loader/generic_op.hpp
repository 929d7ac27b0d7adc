// generic_op.hpp -- a module as the compiler wrote it, decoded: operations with typed operands.
// Produced by decode.hpp from the Code chunk, checked by verify.hpp, turned into threaded code by
// translate.hpp.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vm/term/term.hpp"

namespace joist {

struct Operand {
  enum class Kind : std::uint8_t {
    number,   // u: value
    integer,  // i: a term (small, or bignum in the module's literals)
    atom,     // a: a term; atom 0 is the term []
    x,
    y,      // register number in value
    label,  // f: label number, 0 = none
    float_register,
    list,  // z1: `value` = index of first element in the op's module-wide operand pool, `count` elements
    allocation,  // z3: words, floats, funs in value (words) / count (floats) / type (funs)
    literal,     // z4: a term from the literal table
  };
  Kind kind;
  std::uint32_t type : 24 = 0;  // index in the Type chunk of a typed register, 0 = any
  std::uint32_t count = 0;
  union {
    std::uint64_t value = 0;
    Term term;
  };
  bool is_register() const { return kind == Kind::x || kind == Kind::y; }
  bool is_constant() const { return kind == Kind::integer || kind == Kind::atom || kind == Kind::literal; }
};
static_assert(sizeof(Operand) == 16);  // a large module has a hundred thousand

struct GenericOp {
  std::uint8_t opcode;  // number in opcodes.def
  std::uint8_t operand_count;
  std::uint32_t first_operand;  // in DecodedModule::operands
};

// Entry of the Type chunk, normalised over all versions: which kinds of term a register may hold.
struct TypeInfo {
  enum : std::uint16_t {
    atom = 1,
    bitstring = 2,
    cons = 4,
    float_ = 8,
    fun = 16,
    integer = 32,
    map = 64,
    nil = 128,
    pid = 256,
    port = 512,
    reference = 1024,
    tuple = 2048,
    any = 4095
  };
  std::uint16_t kinds = any;
  bool has_min = false, has_max = false;
  std::int64_t min = 0, max = 0;
  std::uint32_t unit = 1;  // of bitstrings
};

struct ImportEntry {
  Term module, function;
  std::uint32_t arity;
};
struct ExportEntry {
  Term function;
  std::uint32_t arity, label;
};
struct LambdaEntry {
  Term function;
  std::uint32_t arity, label, index, free_count, old_uniq;
};  // arity without free
struct LineItem {
  std::uint32_t file;
  std::uint32_t line;
};  // file 0 = Module.erl

// opcode numbers and names: opcodes.def, one line each: JOIST_OPCODE(number, name, arity)
enum Opcode : std::uint8_t {
#define JOIST_OPCODE(number, name, arity) op_##name = number,
#include "loader/opcodes.def"
#undef JOIST_OPCODE
};

struct DecodedModule {
  Term name;
  std::vector<Term> atoms;  // [0] unused
  std::vector<GenericOp> ops;
  std::vector<Operand> operands;  // pool
  std::uint32_t label_count = 0;  // labels are 1 .. label_count - 1
  std::uint32_t function_count = 0;
  std::vector<ImportEntry> imports;
  std::vector<ExportEntry> exports, locals;
  std::vector<LambdaEntry> lambdas;
  std::vector<LineItem> lines;     // [0] unused: no location
  std::vector<std::string> files;  // [0] = "Module.erl"
  std::vector<TypeInfo> types;     // [0] = any
  std::string strings;             // StrT

  std::span<const Operand> operands_of(const GenericOp& op) const {
    return {operands.data() + op.first_operand, op.operand_count};
  }
  std::span<const Operand> list(const Operand& o) const { return {operands.data() + o.value, o.count}; }
};

}  // namespace joist
