#include "vm/trace/breakpoint.hpp"

#include <memory>

#include "vm/code/instruction_set.hpp"

namespace joist {

Word breakpoint_handler = 0;
void (*restore_threaded_code)(const Instance&) = nullptr;
void (*allow_machine_code)(const Instance&) = nullptr;

namespace {

struct Table {
  std::unordered_map<const Export*, std::unique_ptr<Breakpoint>> by_function;
  std::unordered_map<const Word*, Breakpoint*> by_place;
  std::unordered_map<const Instance*, std::size_t> in_code;  // how many an instance has
  std::size_t on_bifs = 0;
};
Table& table() {
  static Table t;
  return t;
}

void write_code(const Word* at, Word w) {
  std::atomic_ref(const_cast<Word&>(*at)).store(w, std::memory_order_release);
}

void enter_code(Breakpoint& b, const Instance& i, const Word* entry) {
  Table& t = table();
  if (t.in_code[&i]++ == 0 && restore_threaded_code != nullptr) restore_threaded_code(i);
  b.entry = entry;
  b.displaced = *entry;
  t.by_place.emplace(entry, &b);
  write_code(entry, breakpoint_handler);
}

void leave_code(Breakpoint& b, const Instance& i) {
  Table& t = table();
  write_code(b.entry, b.displaced);
  t.by_place.erase(b.entry);
  b.entry = nullptr;
  const auto left = t.in_code.find(&i);
  if (--left->second != 0) return;
  t.in_code.erase(left);
  if (allow_machine_code != nullptr) allow_machine_code(i);
}

// erlang:setelement/3 is an instruction of its own, which machine code does without a call: once somebody
// wants to see it, it becomes a call of a BIF like others, in all code there is and will be.
void open_setelement() {
  setelement_is_called = true;
  const InstructionSet& set = InstructionSet::instance();
  const EncodedOperand words[] = {{OperandKind::word, 0}, {OperandKind::word, 0}};
  const Word own = set.find(set.id("setelement"), words)->handler;
  const Word call = set.find(set.id("call_bif"), words)->handler;
  for (const Term name : loaded_modules()) {
    const Module& m = *find_module(name);
    for (const Instance* i : {m.current.get(), m.old.get(), m.on_load.get()}) {
      if (i == nullptr) continue;
      if (restore_threaded_code != nullptr) restore_threaded_code(*i);
      const CodeVector& code = i->code;
      for (std::size_t at = 0; at < code.size();) {
        const Word handler = handler_without_breakpoint(&code[at]);
        if (handler == own) write_code(&code[at], call);
        const VariantInfo& v = *set.by_handler(handler);
        const std::size_t n = v.operand_count;
        at += 1 + n + (n != 0 && v.kinds[n - 1] == OperandKind::rest ? code[at + n] : 0);
      }
      if (allow_machine_code != nullptr && !table().in_code.contains(i)) allow_machine_code(*i);
    }
  }
}

void enter_export(Breakpoint& b) {
  Export& e = *b.function;
  if (!setelement_is_called && e.module == am::erlang && e.function == am::setelement && e.arity == 3)
    open_setelement();
  Table& t = table();
  b.in_export = true;
  b.beyond = e.address.load(std::memory_order_relaxed);
  e.stub[kBreakpointStub] = breakpoint_handler;
  e.stub[kBreakpointStub + 1] = reinterpret_cast<Word>(&e);
  t.by_place.emplace(e.stub + kBreakpointStub, &b);
  e.address.store(e.stub + kBreakpointStub, std::memory_order_release);
  if (e.bif >= 0 && t.on_bifs++ == 0) bifs_are_traced.store(true, std::memory_order_relaxed);
}

void leave_export(Breakpoint& b) {
  Export& e = *b.function;
  Table& t = table();
  e.address.store(b.beyond, std::memory_order_release);
  t.by_place.erase(e.stub + kBreakpointStub);
  b.in_export = false;
  if (e.bif >= 0 && --t.on_bifs == 0) bifs_are_traced.store(false, std::memory_order_relaxed);
}

}  // namespace

Breakpoint* breakpoint_at(const Word* ip) {
  const auto found = table().by_place.find(ip);
  return found != table().by_place.end() ? found->second : nullptr;
}

Word handler_without_breakpoint(const Word* entry) {
  const auto found = table().by_place.find(entry);
  return found != table().by_place.end() ? found->second->displaced : *entry;
}

Breakpoint* find_breakpoint(const Export* function) {
  const auto found = table().by_function.find(function);
  return found != table().by_function.end() ? found->second.get() : nullptr;
}

Breakpoint& breakpoint_of(Export* function) {
  auto& slot = table().by_function[function];
  if (slot == nullptr) slot = std::make_unique<Breakpoint>(function);
  return *slot;
}

void place_breakpoint(Breakpoint& b, const Instance* instance, const FunctionInfo* code) {
  const bool bif = b.function->bif >= 0;
  std::erase_if(b.sessions, [](const auto& s) { return s->kinds == 0; });
  const unsigned kinds = b.kinds();
  const bool in_code = code != nullptr && (kinds & kBreaksInCode) != 0;
  const bool in_export = (kinds & (kBreakGlobal | kBreakSave)) != 0 || (bif && kinds != 0);
  if (b.entry != nullptr && !in_code) leave_code(b, *instance_at(b.entry));
  if (b.in_export && !in_export) leave_export(b);
  if (b.entry == nullptr && in_code) enter_code(b, *instance, code->entry);
  if (!b.in_export && in_export) enter_export(b);
  if (kinds == 0) table().by_function.erase(b.function);
}

void remove_breakpoints(const Instance& instance) {
  std::vector<Breakpoint*> leaving;
  for (auto& [e, b] : table().by_function) {
    if (e->module == instance.module && (b->entry == nullptr || instance.contains(b->entry)))
      leaving.push_back(b.get());
  }
  for (Breakpoint* b : leaving) {
    b->own_kinds = 0;
    b->sessions.clear();
    place_breakpoint(*b, nullptr, nullptr);
  }
}

std::vector<Breakpoint*> breakpoints_of(const TraceSession& session) {
  std::vector<Breakpoint*> found;
  for (auto& [e, b] : table().by_function)
    if (b->of(session) != nullptr) found.push_back(b.get());
  return found;
}

}  // namespace joist
