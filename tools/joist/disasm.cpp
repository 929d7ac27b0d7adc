// disasm.cpp -- joist disasm: the operations of a module as the compiler wrote them, and the threaded code
// they become.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "loader/load.hpp"
#include "tools/joist/commands.hpp"
#include "vm/code/instruction_set.hpp"
#include "vm/code/module.hpp"
#include "vm/term/atom.hpp"

namespace joist {

int disasm_command(const std::vector<std::string>& args) {
  if (args.empty() || args[0] == "--help") {
    std::puts(
        "usage: joist disasm FILE.beam [FUN[/ARITY]]\n\nShows the threaded code of every function, or of "
        "FUN.");
    return args.empty() ? 2 : 0;
  }
  std::ifstream in(args[0], std::ios::binary);
  if (!in) return usage_error("cannot read " + args[0]);
  const std::string image{std::istreambuf_iterator<char>(in), {}};
  std::string name = args.size() > 1 ? args[1] : "";
  long arity = -1;
  if (const auto slash = name.rfind('/'); slash != std::string::npos && slash > 0) {
    arity = std::strtol(name.c_str() + slash + 1, nullptr, 10);
    name.resize(slash);
  }
  init_vm();
  const auto loaded = load_module({reinterpret_cast<const std::uint8_t*>(image.data()), image.size()});
  if (!loaded.instance) return usage_error("cannot load " + args[0] + ": " + loaded.error.what);
  const Instance& m = *loaded.instance;
  bool found = false;
  for (std::size_t i = 0; i < m.functions.size(); ++i) {
    const FunctionInfo& f = m.functions[i];
    if (!name.empty() && (atom_text(f.name) != name || (arity >= 0 && f.arity != arity))) continue;
    found = true;
    std::printf("%.*s/%u:\n", static_cast<int>(atom_text(f.name).size()), atom_text(f.name).data(), f.arity);
    const Word* end = i + 1 < m.functions.size() ? m.functions[i + 1].start : m.code_end();
    for (const Word* at = f.start; at < end;) {
      std::size_t size = 1;
      const std::string text = disassemble_one(at, &size);
      std::printf("  %06lx  %s\n", static_cast<unsigned long>(reinterpret_cast<Word>(at) & 0xffffff),
                  text.c_str());
      at += size;
    }
  }
  if (!found && !name.empty()) return usage_error("no function " + args[1] + " in " + args[0]);
  return 0;
}

}  // namespace joist
