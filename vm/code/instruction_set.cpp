#include "vm/code/instruction_set.hpp"

#include <algorithm>
#include <unordered_map>

#include "vm/base/check.hpp"
#include "vm/code/export.hpp"
#include "vm/term/print.hpp"

namespace joist {

InstructionSet& InstructionSet::instance() {
  static InstructionSet set;
  return set;
}

namespace {

std::uint64_t full_key(std::size_t family, const OperandKind* kinds, std::size_t n) {
  // The number of operands is part of it, so that no key is the beginning of another; never zero.
  std::uint64_t key = (family + 1) << 4 | n;
  for (std::size_t i = 0; i < n; ++i) key = key << 3 | static_cast<std::uint64_t>(kinds[i]);
  return key;
}

bool accepts(OperandKind variant, OperandKind given) {
  if (variant == given) return true;
  if (variant == OperandKind::any)
    return given == OperandKind::x || given == OperandKind::y || given == OperandKind::constant;
  return false;
}

}  // namespace

InstructionSet::Slot& InstructionSet::slot(std::uint64_t key) {
  std::size_t i = (key * 0x9e3779b97f4a7c15) >> 32;
  for (;; ++i) {
    Slot& s = slots_[i & (slots_.size() - 1)];
    if (s.key == key || s.key == 0) return s;
  }
}

void InstructionSet::grow() {
  slots_.assign(slots_.empty() ? 4096 : 2 * slots_.size(), {});
  for (std::size_t f = 0; f < families_.size(); ++f)
    for (const std::uint16_t index : families_[f].variants) {
      const std::uint64_t key = full_key(f, variants_[index].kinds.data(), variants_[index].operand_count);
      slot(key) = {key, index};
    }
}

void InstructionSet::add(const VariantInfo& v) {
  const auto index = static_cast<std::uint16_t>(variants_.size());
  variants_.push_back(v);
  // Variants of one instruction come one after the other.
  if (families_.empty() || families_.back().name != v.name) {
    for (const Family& f : families_)
      require(f.name != v.name, "the variants of an instruction are added together");
    families_.push_back({v.name, {}});
  }
  families_.back().variants.push_back(index);
  if (2 * variants_.size() > slots_.size()) return grow();
  const std::uint64_t key = full_key(families_.size() - 1, v.kinds.data(), v.operand_count);
  slot(key) = {key, index};
}

InstructionId InstructionSet::id(std::string_view name) const {
  for (std::size_t i = 0; i < families_.size(); ++i)
    if (families_[i].name == name) return static_cast<InstructionId>(i);
  fail("the loader names an instruction that the engine does not have");
}

const VariantInfo* InstructionSet::find(InstructionId id, std::span<const EncodedOperand> operands) const {
  const Family& family = families_[id];
  OperandKind kinds[kMaxOperands];
  for (std::size_t i = 0; i < operands.size(); ++i) kinds[i] = operands[i].kind;
  const std::uint64_t key = full_key(id, kinds, operands.size());
  if (const Slot& exact = const_cast<InstructionSet*>(this)->slot(key); exact.key == key)
    return &variants_[exact.variant];
  for (const std::uint16_t index : family.variants) {
    const VariantInfo& v = variants_[index];
    if (v.operand_count != operands.size()) continue;
    bool fits = true;
    for (std::size_t i = 0; i < operands.size() && fits; ++i) fits = accepts(v.kinds[i], operands[i].kind);
    if (fits) return &v;
  }
  return nullptr;
}

const VariantInfo* InstructionSet::by_handler(Word handler) const {
  static const auto* map = [this] {
    auto* m = new std::unordered_map<Word, const VariantInfo*>;
    for (const VariantInfo& v : variants_) m->emplace(v.handler, &v);
    return m;
  }();
  const auto found = map->find(handler);
  return found == map->end() ? nullptr : found->second;
}

namespace {

void show_any(std::string& out, Word w) {
  if (any_is_register(w)) {
    out += any_is_y(w) ? 'y' : 'x';
    out += std::to_string(any_offset(w) / 8);
  } else {
    print_term(out, Term{w});
  }
}

void show(std::string& out, OperandKind kind, Word w) {
  switch (kind) {
    case OperandKind::x: out += 'x' + std::to_string(w / 8); break;
    case OperandKind::y: out += 'y' + std::to_string(w / 8); break;
    case OperandKind::constant:
    case OperandKind::any: show_any(out, w); break;
    case OperandKind::label: {
      char text[24];
      std::snprintf(text, sizeof text, "->%06lx", static_cast<unsigned long>(w & 0xffffff));
      out += text;
      break;
    }
    case OperandKind::word:
    case OperandKind::rest: out += std::to_string(w); break;
  }
}

}  // namespace

std::string disassemble_one(const Word* at, std::size_t* size) {
  const VariantInfo* v = InstructionSet::instance().by_handler(*at);
  if (v == nullptr) {
    *size = 1;
    return "unknown";
  }
  std::string out = v->name;
  const Word* w = at + 1;
  for (std::size_t i = 0; i < v->operand_count; ++i) {
    out += ' ';
    out += v->operand_names[i];
    out += '=';
    const std::string_view operand = v->operand_names[i];
    if (v->kinds[i] == OperandKind::word && operand == "export") {
      const auto* e = reinterpret_cast<const Export*>(*w++);
      print_atom(out, e->module);
      out += ':';
      print_atom(out, e->function);
      out += '/' + std::to_string(e->arity);
      continue;
    }
    if (std::string_view(v->name) == "func_info" && operand != "arity") {
      print_atom(out, Term{*w++});
      continue;
    }
    if (v->kinds[i] != OperandKind::rest) {
      show(out, v->kinds[i], *w++);
      continue;
    }
    const Word n = *w++;
    out += '[';
    for (Word k = 0; k < n; ++k, ++w) {
      if (k > 0) out += ' ';
      if (v->roles[i] == OperandRole::any_rest || (v->roles[i] == OperandRole::select_rest && k % 2 == 0))
        show_any(out, *w);
      else
        show(out, v->roles[i] == OperandRole::select_rest ? OperandKind::label : OperandKind::word, *w);
    }
    out += ']';
  }
  *size = static_cast<std::size_t>(w - at);
  return out;
}

}  // namespace joist
