// inspect.cpp -- joist inspect: the chunks of a .beam file, and what their tables say.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "loader/beam_file.hpp"
#include "loader/decode.hpp"
#include "loader/opcodes.hpp"
#include "loader/verify.hpp"
#include "tools/joist/commands.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

constexpr const char* kHelp = R"(joist inspect -- shows what is in a .beam file

usage: joist inspect FILE.beam [TABLE...]

Without TABLE: the chunks with their sizes, and how much each table holds. TABLE is one of
atoms imports exports locals lambdas literals lines types attributes compile code all.

examples:
  joist inspect lists.beam
  joist inspect lists.beam imports exports
)";

std::string name(Term function, std::uint32_t arity) {
  std::string s;
  print_atom(s, function);
  return s + fmt::format("/{}", arity);
}
std::string name(Term module, Term function, std::uint32_t arity) {
  std::string s;
  print_atom(s, module);
  return s + ":" + name(function, arity);
}

std::string operand_text(const DecodedModule& m, const Operand& o) {
  using Kind = Operand::Kind;
  const std::string typed = o.type != 0 && o.is_register() ? fmt::format(":t{}", o.type) : "";
  switch (o.kind) {
    case Kind::number: return fmt::format("{}", o.value);
    case Kind::integer:
    case Kind::atom: return to_text(o.term);
    case Kind::literal: {
      std::string s = "literal ";
      print_term(s, o.term, 60);
      return s;
    }
    case Kind::x: return fmt::format("x{}{}", o.value, typed);
    case Kind::y: return fmt::format("y{}{}", o.value, typed);
    case Kind::label: return fmt::format("f{}", o.value);
    case Kind::float_register: return fmt::format("fr{}", o.value);
    case Kind::allocation: return fmt::format("{{words {}, floats {}, funs {}}}", o.value, o.count, o.type);
    case Kind::list: {
      std::string s = "[";
      for (const Operand& item : m.list(o)) s += (s.size() > 1 ? " " : "") + operand_text(m, item);
      return s + "]";
    }
  }
  return {};
}

void print_kinds(const TypeInfo& t) {
  static constexpr const char* kNames[] = {"atom", "bitstring", "cons", "float", "fun",       "integer",
                                           "map",  "nil",       "pid",  "port",  "reference", "tuple"};
  if (t.kinds == TypeInfo::any)
    fmt::print(" any");
  else
    for (int i = 0; i < 12; ++i)
      if (t.kinds >> i & 1) fmt::print(" {}", kNames[i]);
  if (t.has_min) fmt::print(" from {}", t.min);
  if (t.has_max) fmt::print(" to {}", t.max);
  if (t.unit != 1) fmt::print(" unit {}", t.unit);
  fmt::print("\n");
}

void print_table(const std::string& table, const DecodedModule& m, const Instance& instance) {
  fmt::print("\n{}:\n", table);
  if (table == "atoms") {
    for (std::size_t i = 1; i < m.atoms.size(); ++i) fmt::print("  {:5} {}\n", i, to_text(m.atoms[i]));
  } else if (table == "imports") {
    for (std::size_t i = 0; i < m.imports.size(); ++i)
      fmt::print("  {:5} {}\n", i, name(m.imports[i].module, m.imports[i].function, m.imports[i].arity));
  } else if (table == "exports" || table == "locals") {
    for (const ExportEntry& e : table == "exports" ? m.exports : m.locals)
      fmt::print("  {} at f{}\n", name(e.function, e.arity), e.label);
  } else if (table == "lambdas") {
    for (const LambdaEntry& l : m.lambdas)
      fmt::print("  {:5} {} at f{}, {} free variables\n", l.index, name(l.function, l.arity), l.label,
                 l.free_count);
  } else if (table == "literals") {
    for (std::size_t i = 0; i < instance.literal_terms.size(); ++i)
      fmt::print("  {:5} {}\n", i, to_text(instance.literal_terms[i]));
  } else if (table == "lines") {
    for (std::size_t i = 1; i < m.lines.size(); ++i) {
      const LineItem& l = m.lines[i];
      fmt::print("  {:5} {}:{}\n", i, l.file < m.files.size() ? m.files[l.file] : "?", l.line);
    }
  } else if (table == "types") {
    for (std::size_t i = 0; i < m.types.size(); ++i) {
      fmt::print("  {:5}", i);
      print_kinds(m.types[i]);
    }
  } else if (table == "attributes") {
    fmt::print("  {}\n", to_text(instance.attributes));
  } else if (table == "compile") {
    fmt::print("  {}\n", to_text(instance.compile_info));
  } else if (table == "code") {
    for (const GenericOp& op : m.ops) {
      const bool outer = op.opcode == op_label || op.opcode == op_func_info;
      fmt::print("{}{}", outer ? "  " : "    ", opcode_info(op.opcode)->name);
      for (const Operand& o : m.operands_of(op)) fmt::print(" {}", operand_text(m, o));
      fmt::print("\n");
    }
  }
}

}  // namespace

int inspect_command(const std::vector<std::string>& args) {
  if (args.empty() || args[0] == "--help" || args[0] == "-h") {
    std::fputs(kHelp, args.empty() ? stderr : stdout);
    return args.empty() ? 2 : 0;
  }
  static const std::vector<std::string> kTables = {"atoms",      "imports",  "exports", "locals",
                                                   "lambdas",    "literals", "lines",   "types",
                                                   "attributes", "compile",  "code"};
  std::vector<std::string> tables(args.begin() + 1, args.end());
  if (std::find(tables.begin(), tables.end(), "all") != tables.end()) tables = kTables;
  for (const std::string& t : tables)
    if (std::find(kTables.begin(), kTables.end(), t) == kTables.end())
      return usage_error("no table is called " + t + "; try joist inspect --help");
  std::ifstream in(args[0], std::ios::binary);
  if (!in) return usage_error("cannot read " + args[0]);
  std::vector<std::uint8_t> image{std::istreambuf_iterator<char>(in), {}};
  const std::size_t file_size = image.size();
  const auto unpacked = unzip_beam_file(image);
  if (unpacked) image = *unpacked;

  init_vm();
  BeamFile file;
  if (const auto error = read_beam_file(image, file)) return usage_error(args[0] + ": " + error->what);
  fmt::print("{}: {} bytes{}\n", args[0], file_size,
             unpacked ? fmt::format(", {} unpacked", image.size()) : "");
  for (const BeamFile::Chunk& c : file.chunks) fmt::print("  {} {:>9}\n", c.name(), c.data.size());
  std::fflush(stdout);
  DecodedModule m;
  Instance instance;
  if (const auto error = decode_module(file, m, instance)) return usage_error(args[0] + ": " + error->what);
  std::string md5;
  for (const std::uint8_t b : instance.md5) md5 += fmt::format("{:02x}", b);
  std::uint8_t last_opcode = 0;
  for (const GenericOp& op : m.ops) last_opcode = std::max(last_opcode, op.opcode);
  fmt::print("module {}, md5 {}\n", to_text(m.name), md5);
  fmt::print("{} functions ({} exported), {} operations up to opcode {} ({}), {} labels\n", m.function_count,
             m.exports.size(), m.ops.size(), last_opcode, opcode_info(last_opcode)->name, m.label_count - 1);
  fmt::print("{} atoms, {} imports, {} lambdas, {} literals, {} locations, {} types\n", m.atoms.size() - 1,
             m.imports.size(), m.lambdas.size(), instance.literal_terms.size(), m.lines.size() - 1,
             m.types.size());
  for (const std::string& t : tables) print_table(t, m, instance);
  std::fflush(stdout);
  if (const auto wrong = verify_module(m)) return usage_error(args[0] + ": " + wrong->what);
  return 0;
}

}  // namespace joist
