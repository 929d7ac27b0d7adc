#include "loader/verify_lists.hpp"

#include <fmt/format.h>

#include "vm/term/atom.hpp"

namespace joist::loading {
namespace {

using Kind = Operand::Kind;

bool is_source(const Operand& o) { return o.is_register() || o.is_constant(); }

void require_that(bool ok, const char* what) {
  if (!ok) throw Wrong{what};
}

void check_string(const DecodedModule& m, std::uint64_t offset, std::uint64_t bytes) {
  if (offset > m.strings.size() || bytes > m.strings.size() - offset)
    throw Wrong{
        fmt::format("bytes {} to {} of a string table of {}", offset, offset + bytes, m.strings.size())};
}

// A count of something: bytes, bits, a unit. Written as a number or as an integer.
std::uint64_t count_of(const Operand& o) {
  if (o.kind == Kind::number) return o.value;
  require_that(o.kind == Kind::integer && o.term.is_small() && o.term.small_value() >= 0,
               "a size is no number");
  return static_cast<std::uint64_t>(o.term.small_value());
}

bool is_flags(const Operand& o) {
  return (o.kind == Kind::literal || o.kind == Kind::atom) && (o.term.is_nil() || o.term.is_cons());
}

// Groups of six: type, number in the source, unit, flags, value, size.
void check_create_bin(const DecodedModule& m, std::span<const Operand> list) {
  require_that(list.size() % 6 == 0, "segments are not groups of six");
  for (std::size_t i = 0; i < list.size(); i += 6) {
    const auto s = list.subspan(i, 6);
    require_that(s[0].kind == Kind::atom, "a segment's type is no atom");
    const Term type = s[0].term;
    require_that(s[1].kind == Kind::number && s[2].kind == Kind::number, "a segment's unit is no number");
    require_that(s[2].value <= 256, "a segment's unit is too large");
    require_that(is_flags(s[3]), "a segment's flags are no list");
    if (type == am::string) {
      check_string(m, count_of(s[4]), count_of(s[5]));
      continue;
    }
    require_that(type == am::integer || type == am::float_ || type == am::binary || type == am::append ||
                     type == am::private_append || type == am::utf8 || type == am::utf16 || type == am::utf32,
                 "a segment's type is not known");
    require_that(is_source(s[4]) && is_source(s[5]),
                 "a segment's value or size is neither register nor constant");
  }
}

// A sequence of commands, each an atom and its operands.
void check_match(std::span<const Operand> list) {
  std::size_t i = 0;
  const auto next = [&]() -> const Operand& {
    require_that(i < list.size(), "the last command lacks operands");
    return list[i++];
  };
  const auto number = [&] { count_of(next()); };
  const auto unit = [&] {
    const std::uint64_t n = count_of(next());
    require_that(n >= 1 && n <= 256, "a unit is not between 1 and 256");
  };
  const auto live = [&] {
    const Operand& o = next();
    require_that((o.kind == Kind::number && o.value <= 1024) || (o.kind == Kind::atom && o.term.is_nil()),
                 "a number of live registers is wrong");
  };
  const auto flags = [&] { require_that(is_flags(next()), "flags are no list"); };
  const auto target = [&] { require_that(next().is_register(), "a target is no register"); };
  while (i < list.size()) {
    const Operand& command = next();
    require_that(command.kind == Kind::atom, "a command is no atom");
    const Term c = command.term;
    if (c == am::ensure_at_least)
      number(), unit();
    else if (c == am::ensure_exactly || c == am::skip)
      number();
    else if (c == am::integer || c == am::binary)
      live(), flags(), number(), unit(), target();
    else if (c == am::get_tail)
      live(), unit(), target();
    else if (c == am::exact_eq_) {
      live(), number();
      const Operand& value = next();
      require_that(value.kind == Kind::number || value.kind == Kind::integer,
                   "a value to match is no integer");
    } else {
      throw Wrong{"a command is not known"};
    }
  }
}

}  // namespace

void check_lists(const DecodedModule& m, const GenericOp& op) {
  const auto o = m.operands_of(op);
  const auto pairs_of = [&](const Operand& list) {
    const auto items = m.list(list);
    require_that(items.size() % 2 == 0, "a list of pairs has an odd length");
    return items;
  };
  const auto is_target = [](const Operand& label) { return label.kind == Kind::label && label.value != 0; };
  switch (op.opcode) {
    case op_select_val: {
      const auto items = pairs_of(o[2]);
      for (std::size_t i = 0; i < items.size(); i += 2)
        require_that(items[i].is_constant() && is_target(items[i + 1]), "not a constant and a label");
      break;
    }
    case op_select_tuple_arity: {
      const auto items = pairs_of(o[2]);
      for (std::size_t i = 0; i < items.size(); i += 2) {
        require_that(count_of(items[i]) < 1 << 24, "the size of a tuple is too large");
        require_that(is_target(items[i + 1]), "not a label");
      }
      break;
    }
    case op_put_map_assoc:
    case op_put_map_exact:
      for (const Operand& item : pairs_of(o[4])) require_that(is_source(item), "not a register or constant");
      break;
    case op_has_map_fields:
      for (const Operand& item : m.list(o[2])) require_that(is_source(item), "not a register or constant");
      break;
    case op_get_map_elements: {
      const auto items = pairs_of(o[2]);
      for (std::size_t i = 0; i < items.size(); i += 2)
        require_that(is_source(items[i]) && items[i + 1].is_register(), "not a key and a register");
      break;
    }
    case op_put_tuple2:
      for (const Operand& item : m.list(o[1])) require_that(is_source(item), "not a register or constant");
      break;
    case op_make_fun3:
      for (const Operand& item : m.list(o[2])) require_that(is_source(item), "not a register or constant");
      break;
    case op_init_yregs:
      for (const Operand& item : m.list(o[0])) require_that(item.kind == Kind::y, "not a y register");
      break;
    case op_update_record: {
      require_that(o[1].value < 1 << 24, "the tuple is too large");
      const auto items = pairs_of(o[4]);
      for (std::size_t i = 0; i < items.size(); i += 2) {
        const std::uint64_t index = count_of(items[i]);
        require_that(index >= 1 && index <= o[1].value, "an index lies outside of the tuple");
        require_that(is_source(items[i + 1]), "not a register or constant");
      }
      break;
    }
    case op_bs_create_bin: check_create_bin(m, m.list(o[5])); break;
    case op_bs_match: check_match(m.list(o[2])); break;
    case op_bs_put_string: check_string(m, o[1].value, o[0].value); break;
    case op_bs_match_string: check_string(m, o[3].value, (o[2].value + 7) / 8); break;
    default: break;
  }
  // Labels in a list are looked up later without further checks.
  for (const Operand& list : o)
    if (list.kind == Kind::list)
      for (const Operand& item : m.list(list))
        if (item.kind == Kind::label && op.opcode != op_select_val && op.opcode != op_select_tuple_arity)
          throw Wrong{"a label in a list"};
}

}  // namespace joist::loading
