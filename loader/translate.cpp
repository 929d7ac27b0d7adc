#include "loader/translate.hpp"

#include <cstdio>
#include <cstdlib>

#include "loader/load_error.hpp"
#include "loader/translate_binary.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

constexpr std::uint32_t kNoOffset = ~std::uint32_t{0};

}  // namespace

// Verified code has operands that no compiler writes; each must still find a variant, which builds with
// checks (the fuzzer's) insist on.
struct NoVariant {
  const char* instruction;
};

std::optional<LoadError> translate(const DecodedModule& m, Instance& out) {
  try {
    Translator(m, out).run();
  } catch (const NoVariant& n) {
    return LoadError{std::string("no variant of instruction ") + n.instruction + " takes these operands"};
  }
  return std::nullopt;
}

// ---- operands ----

EncodedOperand Translator::operand(const Operand& o) {
  switch (o.kind) {
    case Operand::Kind::x: return x_operand(static_cast<std::uint32_t>(o.value));
    case Operand::Kind::y: return y_operand(static_cast<std::uint32_t>(o.value));
    case Operand::Kind::integer:
    case Operand::Kind::atom:
    case Operand::Kind::literal: return constant_operand(o.term);
    case Operand::Kind::number: return constant_operand(Term::small(static_cast<std::int64_t>(o.value)));
    default: fail("an operand of a kind that verification should have refused");
  }
}

std::size_t Translator::heap_need(const Operand& o) {
  // Floats take two words; a fun's fixed part takes three, its environment is counted in words.
  if (o.kind == Operand::Kind::allocation) return o.value + 2 * o.count + 3 * o.type;
  return o.value;
}

Export* Translator::import(const Operand& o) const {
  const ImportEntry& i = module_.imports[o.value];
  return find_or_make_export(i.module, i.function, i.arity);
}

// ---- emitting ----

bool Translator::emit_id(InstructionId id, std::span<const EncodedOperand> operands) {
  const VariantInfo* v = InstructionSet::instance().find(id, operands);
  if (v == nullptr) return false;
  out_.code.push_back(v->handler);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    switch (v->kinds[i]) {
      case OperandKind::any: out_.code.push_back(encode_any(operands[i])); break;
      case OperandKind::label: append_label(operands[i].value); break;
      default: out_.code.push_back(operands[i].value); break;
    }
  }
  return true;
}

void Translator::append_label(std::uint64_t label) {
  if (label != 0)
    patches_.emplace_back(static_cast<std::uint32_t>(out_.code.size()), static_cast<std::uint32_t>(label));
  out_.code.push_back(0);
}

void Translator::no_variant(const char* name) {
#ifdef JOIST_CHECK
  std::fprintf(stderr, "joist: no variant of %s takes these operands\n", name);
  std::abort();
#else
  throw NoVariant{name};
#endif
}

// ---- the pass ----

void Translator::run() {
  label_offsets_.assign(module_.label_count + 1, kNoOffset);
  out_.module = module_.name;
  out_.files = module_.files;
  out_.code.reserve(module_.ops.size() * 4);
  for (const ImportEntry& i : module_.imports)
    all_replaceable_ |= i.module == am::erlang && i.function == am::load_nif && i.arity == 2;
  if (all_replaceable_)
    for (const GenericOp& op : module_.ops)
      if (op.opcode == op_nif_start) all_replaceable_ = false;
  for (index_ = 0; index_ < module_.ops.size(); ++index_) translate_op(module_.ops[index_]);
  finish();
}

void Translator::finish() {
  out_.code.shrink_to_fit();
  const Word* base = out_.code.data();
  for (const auto& [at, label] : patches_) {
    require(label_offsets_[label] != kNoOffset, "a label that verification should have refused");
    out_.code[at] = reinterpret_cast<Word>(base + label_offsets_[label]);
  }
  for (FunctionInfo& f : out_.functions) {
    f.start = base + reinterpret_cast<std::size_t>(f.start);
    f.entry = base + reinterpret_cast<std::size_t>(f.entry);
  }
  if (out_.on_load != nullptr) out_.on_load = base + reinterpret_cast<std::size_t>(out_.on_load);
  for (const ExportEntry& e : module_.exports)
    out_.exports.push_back({e.function, e.arity, base + label_offsets_[e.label]});
  for (const LambdaEntry& l : module_.lambdas)
    out_.lambdas.push_back({base + label_offsets_[l.label], l.function});
}

void Translator::record_line(const Operand& item) {
  const LineItem where =
      item.value < module_.lines.size() && item.value != 0 ? module_.lines[item.value] : LineItem{0, 0};
  out_.lines.push_back({static_cast<std::uint32_t>(out_.code.size()), where.file << 24 | where.line});
}

// func_info: emits the header; a function that a BIF stands behind gets the BIF's call as its body.
void Translator::begin_function() {
  const Term module = arg(0).term, function = arg(1).term;
  const auto arity = static_cast<std::uint32_t>(arg(2).value);
  const std::size_t start = out_.code.size();
  emit<"func_info">({word(module.bits), word(function.bits), word(arity)});
  out_.functions.push_back({reinterpret_cast<const Word*>(start),
                            reinterpret_cast<const Word*>(out_.code.size()), function, arity});
  const Export* e = find_export(module, function, arity);
  const bool is_apply = module == am::erlang && function == am::apply && (arity == 2 || arity == 3);
  if ((e == nullptr || e->bif < 0) && !is_apply) {
    // The compiler marks those of -nifs() somewhere in their bodies.
    at_entry_ = all_replaceable_;
    for (std::size_t i = index_ + 1; i < module_.ops.size() && module_.ops[i].opcode != op_func_info; ++i)
      at_entry_ |= module_.ops[i].opcode == op_nif_start;
    return;
  }
  // Skip the Erlang body; labels inside it lead nowhere but must be known.
  ++index_;
  for (; index_ < module_.ops.size(); ++index_) {
    const GenericOp& op = module_.ops[index_];
    if (op.opcode == op_int_code_end || op.opcode == op_func_info) break;
    if (op.opcode == op_label) label_offsets_[arg(0).value] = static_cast<std::uint32_t>(out_.code.size());
  }
  if (is_apply) {
    if (arity == 3)
      emit<"apply_list_tail">({});
    else
      emit<"apply_fun_tail">({});
  } else {
    const BifInfo& bif = bif_info(e->bif);
    const EncodedOperand exported = word(reinterpret_cast<Word>(e)),
                         function = word(reinterpret_cast<Word>(bif.run));
    if (bif.dirty == DirtyKind::none)
      emit<"call_bif_stub">({exported, function});
    else
      emit<"call_dirty_bif_stub">({exported, function});
  }
  // The label (and line) before the next func_info belong to the next function.
  while (index_ > 0 &&
         (module_.ops[index_ - 1].opcode == op_label || module_.ops[index_ - 1].opcode == op_line))
    --index_;
  --index_;
}

void Translator::translate_op(const GenericOp& op) {
  switch (op.opcode) {
    case op_label:
      label_offsets_[arg(0).value] = static_cast<std::uint32_t>(out_.code.size());
      if (at_entry_) emit<"native_entry">({word(0)});
      at_entry_ = false;
      return;
    case op_line: record_line(arg(0)); return;
    case op_func_info: begin_function(); return;
    case op_int_code_end: return;
    case op_on_load: out_.on_load = out_.functions.back().entry; return;
    case op_nif_start:
      out_.nif_functions.emplace_back(out_.functions.back().name, out_.functions.back().arity);
      return;
    case op_executable_line:
    case op_debug_line: return;
    default: break;
  }
  if (translate_control(op) || translate_data(op) || translate_binary_op(*this, op)) return;
  emit<"unsupported">({word(op.opcode)});
}

// Operations after the current one, past `line`s.
std::size_t Translator::skip_lines(std::size_t ahead) const {
  while (next_is(op_line, ahead)) ++ahead;
  return ahead;
}

}  // namespace joist
