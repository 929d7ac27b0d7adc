// disasm.cpp -- joist disasm: the operations of a module as the compiler wrote them, and the threaded code
// they become.
#include <cstdio>
#include <optional>

#include "loader/code_path.hpp"
#include "loader/decode.hpp"
#include "loader/load.hpp"
#include "tools/joist/commands.hpp"
#include "tools/joist/generic_text.hpp"
#include "vm/code/instruction_set.hpp"
#include "vm/code/module.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

constexpr const char* kHelp = R"(joist disasm -- shows the code of a .beam file

usage: joist disasm [--generic|--threaded] FILE.beam [FUN[/ARITY]]

For every function, or those called FUN: the generic operations that the compiler wrote, and the threaded code
that joist makes of them. --generic and --threaded show one of the two.

examples:
  joist disasm lists.beam map/2
  joist disasm --generic lists.beam reverse
)";

struct Wanted {
  std::string function;  // empty: all
  std::optional<std::uint32_t> arity;

  bool matches(Term f, std::uint64_t n) const {
    return function.empty() || (atom_text(f) == function && (!arity || *arity == n));
  }
};

// The operations of the function whose func_info is number `at`: from its label to the next function's.
void print_generic(const DecodedModule& m, std::size_t at) {
  std::size_t from = at, to = at + 1;
  while (from > 0 && (m.ops[from - 1].opcode == op_label || m.ops[from - 1].opcode == op_line)) --from;
  while (to < m.ops.size() && m.ops[to].opcode != op_func_info && m.ops[to].opcode != op_int_code_end) ++to;
  if (to < m.ops.size() && m.ops[to].opcode == op_func_info)
    while (m.ops[to - 1].opcode == op_label || m.ops[to - 1].opcode == op_line) --to;
  for (std::size_t i = from; i < to; ++i)
    std::printf("  %s%s\n", m.ops[i].opcode == op_label ? "" : "  ", operation_text(m, m.ops[i]).c_str());
}

void print_threaded(const Instance& instance, std::size_t number) {
  const FunctionInfo& f = instance.functions[number];
  const Word* end =
      number + 1 < instance.functions.size() ? instance.functions[number + 1].start : instance.code_end();
  for (const Word* at = f.start; at < end;) {
    std::size_t size = 1;
    const std::string text = disassemble_one(at, &size);
    std::printf("    %06lx  %s\n", static_cast<unsigned long>(reinterpret_cast<Word>(at) & 0xffffff),
                text.c_str());
    at += size;
  }
}

}  // namespace

int disasm_command(const std::vector<std::string>& args) {
  bool generic = true, threaded = true;
  std::vector<std::string> words;
  for (const std::string& a : args) {
    if (a == "--help" || a == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (a == "--generic")
      threaded = false;
    else if (a == "--threaded")
      generic = false;
    else if (a.starts_with("--"))
      return usage_error("unknown option " + a + "; try joist disasm --help");
    else
      words.push_back(a);
  }
  if (words.empty() || words.size() > 2 || (!generic && !threaded)) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  Wanted wanted;
  if (words.size() == 2) {
    wanted.function = words[1];
    if (const auto slash = wanted.function.rfind('/'); slash != std::string::npos && slash > 0) {
      const std::string digits = wanted.function.substr(slash + 1);
      if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
        return usage_error("'" + digits + "' is no arity");
      wanted.arity = static_cast<std::uint32_t>(std::stoul(digits));
      wanted.function.resize(slash);
    }
  }
  const auto text = read_whole_file(words[0]);
  if (!text) return usage_error("cannot read " + words[0]);
  ByteSpan image{reinterpret_cast<const std::uint8_t*>(text->data()), text->size()};
  init_vm();
  const auto loaded = load_module(image);
  if (!loaded.instance) return usage_error("cannot load " + words[0] + ": " + loaded.error.what);

  // What could be loaded can be decoded once more, for its operations.
  const auto unpacked = unzip_beam_file(image);
  if (unpacked) image = *unpacked;
  BeamFile file;
  DecodedModule m;
  Instance decoded;
  if (read_beam_file(image, file) || decode_module(file, m, decoded))
    return usage_error("cannot decode " + words[0]);
  std::size_t number = 0;
  bool found = false;
  for (std::size_t i = 0; i < m.ops.size(); ++i) {
    if (m.ops[i].opcode != op_func_info) continue;
    const FunctionInfo& f = loaded.instance->functions[number++];
    if (!wanted.matches(f.name, f.arity)) continue;
    found = true;
    std::printf("%s:\n", function_text(f.name, f.arity).c_str());
    if (generic) print_generic(m, i);
    if (generic && threaded) std::puts("  threaded:");
    if (threaded) print_threaded(*loaded.instance, number - 1);
  }
  if (!found && !wanted.function.empty()) return usage_error("no function " + words[1] + " in " + words[0]);
  return 0;
}

}  // namespace joist
