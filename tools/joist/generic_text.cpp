#include "tools/joist/generic_text.hpp"

#include <fmt/format.h>

#include "loader/opcodes.hpp"
#include "vm/term/print.hpp"

namespace joist {

std::string function_text(Term function, std::uint32_t arity) {
  std::string s;
  print_atom(s, function);
  return s + fmt::format("/{}", arity);
}

std::string function_text(Term module, Term function, std::uint32_t arity) {
  std::string s;
  print_atom(s, module);
  return s + ":" + function_text(function, arity);
}

std::string operand_text(const DecodedModule& m, const Operand& o) {
  using Kind = Operand::Kind;
  const std::string typed =
      o.type != 0 && o.is_register() ? fmt::format(":t{}", static_cast<std::uint32_t>(o.type)) : "";
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
    case Kind::allocation:
      return fmt::format("{{words {}, floats {}, funs {}}}", o.value, o.count,
                         static_cast<std::uint32_t>(o.type));
    case Kind::list: {
      std::string s = "[";
      for (const Operand& item : m.list(o)) s += (s.size() > 1 ? " " : "") + operand_text(m, item);
      return s + "]";
    }
  }
  return {};
}

namespace {

// Which operand of an operation is an index into a table.
enum class Table { none, imports, lambdas, locations };
struct Reference {
  Table table;
  std::size_t operand;
};

Reference reference_in(const GenericOp& op) {
  switch (op.opcode) {
    case op_call_ext:
    case op_call_ext_last:
    case op_call_ext_only: return {Table::imports, 1};
    case op_bif0: return {Table::imports, 0};
    case op_bif1:
    case op_bif2: return {Table::imports, 1};
    case op_gc_bif1:
    case op_gc_bif2:
    case op_gc_bif3: return {Table::imports, 2};
    case op_make_fun2:
    case op_make_fun3: return {Table::lambdas, 0};
    case op_line:
    case op_executable_line: return {Table::locations, 0};
    default: return {Table::none, 0};
  }
}

}  // namespace

std::string operation_text(const DecodedModule& m, const GenericOp& op) {
  const Reference reference = reference_in(op);
  std::string s = opcode_info(op.opcode)->name;
  const auto operands = m.operands_of(op);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand& o = operands[i];
    s += ' ';
    if (i == reference.operand && o.kind == Operand::Kind::number) {
      if (reference.table == Table::imports && o.value < m.imports.size()) {
        const ImportEntry& e = m.imports[o.value];
        s += function_text(e.module, e.function, e.arity);
        continue;
      }
      if (reference.table == Table::lambdas && o.value < m.lambdas.size()) {
        const LambdaEntry& l = m.lambdas[o.value];
        s += function_text(l.function, l.arity + l.free_count);
        continue;
      }
      if (reference.table == Table::locations && o.value != 0 && o.value < m.lines.size()) {
        const LineItem& l = m.lines[o.value];
        s += fmt::format("{}:{}", l.file < m.files.size() ? m.files[l.file] : "?", l.line);
        continue;
      }
    }
    s += operand_text(m, o);
  }
  return s;
}

}  // namespace joist
