// inspect.cpp -- joist inspect: the chunks of a .beam file, and what their tables say.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "loader/beam_file.hpp"
#include "loader/code_path.hpp"
#include "loader/decode.hpp"
#include "loader/opcodes.hpp"
#include "loader/verify.hpp"
#include "tools/joist/commands.hpp"
#include "tools/joist/generic_text.hpp"
#include "vm/etf/decode.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

constexpr const char* kHelp = R"(joist inspect -- shows what is in a .beam file

usage: joist inspect FILE.beam [TABLE...]

Without TABLE: the chunks with their sizes, and how much each table holds. TABLE is one of
atoms imports exports locals lambdas literals strings lines types attributes compile code all, or the name of a
chunk (Dbgi, Docs, Meta ...), which is shown as a term if it is one, else as bytes.

examples:
  joist inspect lists.beam
  joist inspect lists.beam imports exports
  joist inspect lists.beam CInf
)";

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
      fmt::print("  {:5} {}\n", i,
                 function_text(m.imports[i].module, m.imports[i].function, m.imports[i].arity));
  } else if (table == "exports" || table == "locals") {
    for (const ExportEntry& e : table == "exports" ? m.exports : m.locals)
      fmt::print("  {} at f{}\n", function_text(e.function, e.arity), e.label);
  } else if (table == "lambdas") {
    for (const LambdaEntry& l : m.lambdas)
      fmt::print("  {:5} {} at f{}, {} free variables\n", l.index, function_text(l.function, l.arity),
                 l.label, l.free_count);
  } else if (table == "literals") {
    for (std::size_t i = 0; i < instance.literal_terms.size(); ++i)
      fmt::print("  {:5} {}\n", i, to_text(instance.literal_terms[i]));
  } else if (table == "strings") {
    BlockHeap heap;
    fmt::print("  {}\n", to_text(make_binary_copy(heap, m.strings)));
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
      fmt::print("{}{}\n", outer ? "  " : "    ", operation_text(m, op));
    }
  }
}

// A chunk of any name: as a term if it is one in the external format (Attr, CInf, Dbgi, Docs, Meta, ExCk),
// else as bytes.
void print_chunk(const BeamFile::Chunk& c) {
  fmt::print("\n{}:\n", c.name());
  BlockHeap heap;
  if (!c.data.empty() && c.data[0] == 131) {
    if (const EtfResult r = decode_etf(heap, c.data); r) {
      fmt::print("  {}\n", to_text(r.term));
      return;
    }
  }
  for (std::size_t at = 0; at < c.data.size(); at += 16) {
    const ByteSpan line = c.data.subspan(at, std::min<std::size_t>(16, c.data.size() - at));
    std::string hex, text;
    for (const std::uint8_t b : line) {
      hex += fmt::format("{:02x} ", b);
      text += b >= 32 && b < 127 ? static_cast<char>(b) : '.';
    }
    fmt::print("  {:6x}  {:48} {}\n", at, hex, text);
  }
}

}  // namespace

int inspect_command(const std::vector<std::string>& args) {
  if (args.empty() || args[0] == "--help" || args[0] == "-h") {
    std::fputs(kHelp, args.empty() ? stderr : stdout);
    return args.empty() ? 2 : 0;
  }
  static const std::vector<std::string> kTables = {"atoms",   "imports",    "exports", "locals",
                                                   "lambdas", "literals",   "strings", "lines",
                                                   "types",   "attributes", "compile", "code"};
  std::vector<std::string> tables(args.begin() + 1, args.end());
  if (std::find(tables.begin(), tables.end(), "all") != tables.end()) tables = kTables;
  const auto is_table = [](const std::string& t) {
    return std::find(kTables.begin(), kTables.end(), t) != kTables.end();
  };
  const auto text = read_whole_file(args[0]);
  if (!text) return usage_error("cannot read " + args[0]);
  std::vector<std::uint8_t> image(text->begin(), text->end());
  const std::size_t file_size = image.size();
  const auto unpacked = unzip_beam_file(image);
  if (unpacked) image = *unpacked;

  init_vm();
  BeamFile file;
  if (const auto error = read_beam_file(image, file)) return usage_error(args[0] + ": " + error->what);
  fmt::print("{}: {} bytes{}\n", args[0], file_size,
             unpacked ? fmt::format(", {} unpacked", image.size()) : "");
  for (const std::string& t : tables)
    if (!is_table(t) && file.find(t) == nullptr)
      return usage_error(args[0] + " has no chunk " + t +
                         ", and no table is called so; try joist inspect --help");
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
  for (const std::string& t : tables) {
    if (is_table(t)) print_table(t, m, instance);
    if (const BeamFile::Chunk* c = file.find(t)) print_chunk(*c);
  }
  std::fflush(stdout);
  if (const auto wrong = verify_module(m)) return usage_error(args[0] + ": " + wrong->what);
  return 0;
}

}  // namespace joist
