// translate.hpp -- generic operations to threaded code: picks instruction variants and fuses common
// sequences.
//
// One pass over the verified operations. A Translator appends to Instance::code; labels are patched at the
// end. Fusions look at adjacent operations only, so a label between two of them keeps them apart.
#pragma once
#include <optional>
#include <string>

#include "loader/generic_op.hpp"
#include "loader/load_error.hpp"
#include "vm/code/instruction_set.hpp"
#include "vm/code/module.hpp"

namespace joist {

// Fills out.code, functions, lines, files, exports, lambdas and on_load. literals, md5 and funs (one
// FunEntry per lambda, by index) are set already; commit_instance points the entries to lambdas.
std::optional<LoadError> translate(const DecodedModule& m, Instance& out);

template <std::size_t N>
struct InstructionName {
  char text[N];
  constexpr InstructionName(const char (&s)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = s[i];
  }
};

class Translator {
 public:
  Translator(const DecodedModule& module, Instance& out) : module_(module), out_(out) {}
  void run();

  const DecodedModule& module() const { return module_; }
  Instance& instance() { return out_; }

  // ---- operands ----
  // A register or constant (literals included).
  static EncodedOperand operand(const Operand& o);
  // A label; label 0 becomes a null address.
  static EncodedOperand label(const Operand& o) { return {OperandKind::label, o.value}; }
  static EncodedOperand word(Word w) { return {OperandKind::word, w}; }
  static EncodedOperand frame(std::uint64_t slots) { return {OperandKind::word, slots * 8}; }
  static EncodedOperand rest(std::size_t count) { return {OperandKind::rest, count}; }
  // Heap words of a need operand: a number or an allocation list.
  static std::size_t heap_need(const Operand& o);
  Export* import(const Operand& o) const;

  // ---- emitting ----
  // emit<"move">({src, dst}); false if no variant takes these operands (nothing is emitted then).
  template <InstructionName N>
  bool try_emit(std::initializer_list<EncodedOperand> operands) {
    static const InstructionId id = InstructionSet::instance().id(N.text);
    return emit_id(id, {operands.begin(), operands.size()});
  }
  template <InstructionName N>
  void emit(std::initializer_list<EncodedOperand> operands) {
    if (!try_emit<N>(operands)) no_variant(N.text);
  }
  // The words after a rest operand.
  void append(Word w) { out_.code.push_back(w); }
  void append(EncodedOperand o) { append(encode_any(o)); }  // any
  void append_label(std::uint64_t label);

  // ---- operations ----
  // The operation `ahead` of the current one, skipping nothing; null at the end.
  const GenericOp* peek(std::size_t ahead = 1) const {
    return index_ + ahead < module_.ops.size() ? &module_.ops[index_ + ahead] : nullptr;
  }
  // The next `n` operations have been dealt with together with the current one.
  void consume(std::size_t n) { index_ += n; }

 private:
  // A register beyond those that code may name, for constants where an instruction wants a register.
  static constexpr EncodedOperand kScratch = x_operand(1028);

  bool emit_id(InstructionId id, std::span<const EncodedOperand> operands);
  [[noreturn]] void no_variant(const char* name);

  bool next_is(Opcode opcode, std::size_t ahead = 1) const {
    const GenericOp* op = peek(ahead);
    return op != nullptr && op->opcode == opcode;
  }
  const Operand& arg(std::size_t i) const { return module_.operands[module_.ops[index_].first_operand + i]; }
  const Operand& arg_ahead(std::size_t ahead, std::size_t i) const {
    return module_.operands[module_.ops[index_ + ahead].first_operand + i];
  }
  void begin_function();
  void record_line(const Operand& item);
  void translate_op(const GenericOp& op);
  bool translate_control(const GenericOp& op);
  bool translate_data(const GenericOp& op);
  void translate_call_external(const GenericOp& op);
  void translate_bif(std::span<const Operand> args, std::size_t inputs, bool has_fail, bool collects);
  void translate_select(const Operand& src, const Operand& fail, std::span<const Operand> pairs);
  bool new_flat_map(std::span<const Operand> pairs);
  bool is_always_float(const Operand& o) const;
  bool likely_floats(const Operand& a, const Operand& b) const;
  void translate_moves();
  std::size_t skip_lines(std::size_t ahead) const;
  void finish();

  const DecodedModule& module_;
  Instance& out_;
  std::size_t index_ = 0;
  std::vector<std::uint32_t> label_offsets_;  // label -> code index, or kNoOffset
  // Its functions may be replaced by load_nif: all of them, as the file does not say which.
  bool all_replaceable_ = false;
  bool at_entry_ = false;                                         // the next label is a function's entry
  std::vector<std::pair<std::uint32_t, std::uint32_t>> patches_;  // code index, label
};

}  // namespace joist
