#include "vm/code/module.hpp"

#include <algorithm>
#include <unordered_map>

#include "vm/base/check.hpp"

namespace joist {

void (*code_committed)(const Instance& instance) = nullptr;
Word (*displaced_handler)(const Word* entry) = nullptr;
void (*code_leaves)(const Instance& instance) = nullptr;
void (*code_is_current)(const Instance& instance) = nullptr;

namespace {

struct Range {
  const Word* start;
  const Word* end;
  const Instance* instance;
};

// Both change only while the world is stopped, so that readers need no lock.
std::unordered_map<std::uint32_t, std::unique_ptr<Module>> modules;
std::vector<Range> ranges;  // by address

void add_range(const Instance& i) {
  const Range r{i.code_start(), i.code_end(), &i};
  ranges.insert(std::lower_bound(ranges.begin(), ranges.end(), r,
                                 [](const Range& a, const Range& b) { return a.start < b.start; }),
                r);
}

void remove_range(const Instance& i) {
  std::erase_if(ranges, [&](const Range& r) { return r.instance == &i; });
}

// Exports of the instance that callers reach now are withdrawn.
void withdraw_exports(const Instance& i) {
  for (const auto& f : i.exports)
    if (Export* e = find_export(i.module, f.function, f.arity); e != nullptr && i.contains(e->address))
      reset_to_stub(*e);
}

void make_current(Module& m, std::unique_ptr<Instance> instance) {
  if (m.current != nullptr) {
    require(m.old == nullptr, "a module gets a third version");
    if (code_leaves != nullptr) code_leaves(*m.current);
    withdraw_exports(*m.current);
    m.old = std::move(m.current);
  }
  // OTP: where a BIF of that name exists, it is what callers reach, whatever the module says.
  for (const auto& f : instance->exports) {
    Export* e = find_or_make_export(m.name, f.function, f.arity);
    if (e->bif < 0) e->address.store(f.entry, std::memory_order_release);
  }
  m.current = std::move(instance);
  if (code_is_current != nullptr) code_is_current(*m.current);
}

}  // namespace

Module* find_module(Term name) {
  const auto found = modules.find(name.atom_index());
  return found != modules.end() ? found->second.get() : nullptr;
}

std::vector<Term> loaded_modules() {
  std::vector<Term> names;
  for (const auto& [index, module] : modules)
    if (module->current != nullptr || module->on_load != nullptr) names.push_back(module->name);
  return names;
}

const Instance* instance_at(const Word* address) {
  auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                [](const Word* a, const Range& r) { return a < r.start; });
  if (after == ranges.begin()) return nullptr;
  --after;
  return address < after->end ? after->instance : nullptr;
}

void commit_instance(std::unique_ptr<Instance> instance) {
  auto& slot = modules[instance->module.atom_index()];
  if (slot == nullptr) {
    slot = std::make_unique<Module>();
    slot->name = instance->module;
  }
  add_range(*instance);
  for (std::size_t i = 0; i < instance->funs.size(); ++i) {
    FunEntry& f = *instance->funs[i];
    f.function = instance->lambdas[i].name;
    f.instance = instance.get();
    f.pending_purge.store(false, std::memory_order_relaxed);
    f.address.store(instance->lambdas[i].code, std::memory_order_release);
  }
  if (code_committed != nullptr) code_committed(*instance);
  if (instance->on_load != nullptr) {
    require(slot->on_load == nullptr, "two versions of a module wait for on_load");
    slot->on_load = std::move(instance);
  } else {
    make_current(*slot, std::move(instance));
  }
}

void finish_on_load(Term module) {
  Module* m = find_module(module);
  require(m != nullptr && m->on_load != nullptr, "no on_load function was running");
  make_current(*m, std::move(m->on_load));
}

bool delete_current(Term module) {
  Module* m = find_module(module);
  if (m == nullptr) return true;
  if (m->old != nullptr) return false;
  if (m->current == nullptr) return true;
  if (code_leaves != nullptr) code_leaves(*m->current);
  withdraw_exports(*m->current);
  m->old = std::move(m->current);
  return true;
}

namespace {

void withdraw_funs(const Instance& instance) {
  for (FunEntry* f : instance.funs) {
    if (f->instance == &instance) {  // else it is the same lambda of newer code
      f->instance = nullptr;
      f->address.store(undefined_lambda_code, std::memory_order_release);
    }
    f->pending_purge.store(false, std::memory_order_release);
  }
}

// The version that a purge is about.
std::unique_ptr<Instance>* leaving_version(Term module) {
  Module* m = find_module(module);
  if (m == nullptr) return nullptr;
  auto& leaving = m->old != nullptr ? m->old : m->on_load;
  return leaving != nullptr ? &leaving : nullptr;
}

}  // namespace

// A fun that has no instance goes the slow way, which sees that it waits for the purge.
void prepare_purge(Term module) {
  const auto* leaving = leaving_version(module);
  if (leaving == nullptr) return;
  for (FunEntry* f : (*leaving)->funs) {
    if (f->instance != leaving->get()) continue;
    f->pending_purge.store(true, std::memory_order_release);
    f->instance = nullptr;
    f->address.store(undefined_lambda_code, std::memory_order_release);
  }
}

void abort_purge(Term module) {
  const auto* leaving = leaving_version(module);
  if (leaving == nullptr) return;
  for (std::size_t i = 0; i < (*leaving)->funs.size(); ++i) {
    FunEntry* f = (*leaving)->funs[i];
    if (!f->pending_purge.load(std::memory_order_relaxed)) continue;
    f->instance = leaving->get();
    f->address.store((*leaving)->lambdas[i].code, std::memory_order_release);
    f->pending_purge.store(false, std::memory_order_release);
  }
}

PurgedParts complete_purge(Term module) {
  auto* leaving = leaving_version(module);
  if (leaving == nullptr) return {};
  withdraw_funs(**leaving);
  remove_range(**leaving);
  PurgedParts parts{std::move((*leaving)->literals), (*leaving)->library};
  leaving->reset();
  return parts;
}

// ---- Instance ----

const FunctionInfo* Instance::function_at(const Word* address) const {
  if (!contains(address)) return nullptr;
  const auto after = std::upper_bound(functions.begin(), functions.end(), address,
                                      [](const Word* a, const FunctionInfo& f) { return a < f.start; });
  return after != functions.begin() ? &after[-1] : nullptr;
}

Location Instance::location_of(const Word* address, bool is_return_address) const {
  if (is_return_address) --address;  // the call it belongs to ends there
  const FunctionInfo* function = function_at(address);
  if (function == nullptr) return {{}, 0};
  const auto offset = static_cast<std::uint32_t>(address - code_start());
  const auto after = std::upper_bound(lines.begin(), lines.end(), offset,
                                      [](std::uint32_t o, const LineEntry& l) { return o < l.offset; });
  if (after == lines.begin()) return {{}, 0};
  const LineEntry& l = after[-1];
  if (l.offset < static_cast<std::uint32_t>(function->start - code_start()))
    return {{}, 0};  // another function's
  const std::uint32_t file = l.location >> 24, line = l.location & 0xffffff;
  if (line == 0 || file >= files.size()) return {{}, 0};
  return {files[file], line};
}

}  // namespace joist
