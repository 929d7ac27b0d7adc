#include "vm/code/instruction_set.hpp"

#include <algorithm>
#include <unordered_map>

#include "vm/base/check.hpp"
#include "vm/term/print.hpp"

namespace joist {

InstructionSet& InstructionSet::instance() {
  static InstructionSet set;
  return set;
}

namespace {

std::uint32_t pack(const OperandKind* kinds, std::size_t n) {
  std::uint32_t key = 1;
  for (std::size_t i = 0; i < n; ++i) key = key << 3 | static_cast<std::uint32_t>(kinds[i]);
  return key;
}

bool accepts(OperandKind variant, OperandKind given) {
  if (variant == given) return true;
  if (variant == OperandKind::any)
    return given == OperandKind::x || given == OperandKind::y || given == OperandKind::constant;
  return false;
}

}  // namespace

void InstructionSet::add(const VariantInfo& v) {
  const auto index = static_cast<std::uint16_t>(variants_.size());
  variants_.push_back(v);
  auto family =
      std::find_if(families_.begin(), families_.end(), [&](const Family& f) { return f.name == v.name; });
  if (family == families_.end()) {
    families_.push_back({v.name, {}, {}});
    family = families_.end() - 1;
  }
  family->variants.push_back(index);
  family->by_kinds.emplace_back(pack(v.kinds.data(), v.operand_count), index);
  std::sort(family->by_kinds.begin(), family->by_kinds.end());
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
  const std::uint32_t key = pack(kinds, operands.size());
  const auto exact = std::lower_bound(family.by_kinds.begin(), family.by_kinds.end(), key,
                                      [](const auto& entry, std::uint32_t k) { return entry.first < k; });
  if (exact != family.by_kinds.end() && exact->first == key) return &variants_[exact->second];
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
      std::snprintf(text, sizeof text, "->%lx", static_cast<unsigned long>(w));
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
