#include "bifs/memory_totals.hpp"

#include "vm/code/export.hpp"
#include "vm/ets/directory.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"

namespace joist {

std::size_t code_bytes(const Instance* instance) {
  return instance != nullptr ? instance->code.size() * sizeof(Word) + instance->native.bytes : 0;
}

MemoryTotals memory_totals() {
  MemoryTotals totals{};
  constexpr std::size_t kAtomEntry = 32;  // beside the text
  const std::size_t atoms = atom_count();
  totals.atoms = atoms * kAtomEntry;
  for (std::uint32_t i = 0; i < atoms; ++i) totals.atoms += atom_text(Term::atom(i)).size();
  totals.binaries = RefcBinary::total_bytes();
  for (const Term name : loaded_modules()) {
    const Module* m = find_module(name);
    totals.code += code_bytes(m->current.get()) + code_bytes(m->old.get()) + code_bytes(m->on_load.get());
    ++totals.modules;
    if (m->current != nullptr) totals.exports += m->current->exports.size();
    for (const Instance* i : {m->current.get(), m->old.get(), m->on_load.get()})
      if (i != nullptr)
        totals.linkage +=
            i->functions.size() * sizeof(FunctionInfo) + i->lines.size() * sizeof(Instance::LineEntry);
  }
  totals.linkage += totals.modules * (sizeof(Module) + sizeof(Instance)) + totals.exports * sizeof(Export);
  const ets::Directory::Totals tables = ets::Directory::totals();
  totals.tables = tables.words * sizeof(Word);
  totals.table_objects = tables.objects;
  return totals;
}

}  // namespace joist
