// decode_code.cpp -- the Code chunk: a header, then opcodes each with its operands in the compact form.
#include <fmt/format.h>

#include "loader/decode_parts.hpp"
#include "loader/opcodes.hpp"
#include "vm/term/number.hpp"

namespace joist::loading {
namespace {

constexpr std::uint8_t kList = 0x17, kFloatRegister = 0x27, kAllocationList = 0x37, kLiteral = 0x47,
                       kTypedRegister = 0x57;
constexpr std::uint64_t kMaxHeapNeed = 1 << 24;  // words; far above what code can ask for

class CodeDecoder {
 public:
  CodeDecoder(ByteSpan stream, DecodedModule& out, Instance& instance)
      : start_(stream.data()), in_(stream), out_(out), instance_(instance) {}

  void run() {
    out_.ops.reserve(in_.left() / 4 + 1);
    out_.operands.reserve(in_.left() / 2 + 1);
    const OpcodeInfo* info = nullptr;
    try {
      for (std::uint8_t opcode = 0; opcode != op_int_code_end;) {
        op_start_ = in_.position();
        info = nullptr;
        opcode = in_.u8();
        info = opcode_info(opcode);
        refuse_unless_known(opcode, info);
        const std::size_t first = out_.operands.size();
        out_.ops.push_back({opcode, info->arity, static_cast<std::uint32_t>(first)});
        out_.operands.resize(first + info->arity);
        for (std::size_t i = 0; i < info->arity; ++i) {
          const Operand o = operand(true);  // may grow the pool
          out_.operands[first + i] = o;
        }
        if (opcode == op_line || opcode == op_executable_line || opcode == op_debug_line)
          check_line(opcode, first);
      }
    } catch (const Malformed& m) {
      throw Malformed{fmt::format("code at byte {}{}: {}", op_start_ - start_,
                                  info != nullptr ? fmt::format(" ({})", info->name) : "", m.what)};
    } catch (const ShortInput&) {
      throw Malformed{fmt::format("code at byte {}{}: the code ends in the middle of a function",
                                  op_start_ - start_,
                                  info != nullptr ? fmt::format(" ({})", info->name) : "")};
    }
  }

 private:
  static void refuse_unless_known(unsigned opcode, const OpcodeInfo* info) {
    if (info == nullptr) throw Malformed{fmt::format("opcode {} does not exist", opcode)};
    if (opcode > kMaxOpcode)
      throw Malformed{
          fmt::format("opcode {} is newer than OTP 28; re-compile the module with OTP 28 or older", opcode)};
    if (info->obsolete)
      throw Malformed{
          fmt::format("opcode {} is no longer in use; re-compile the module with OTP 25 or newer", opcode)};
  }

  // A line operand always names an existing location; without a line table it is 0.
  void check_line(std::uint8_t opcode, std::size_t first) {
    Operand& o = out_.operands[opcode == op_debug_line ? first + 1 : first];
    if (o.kind != Operand::Kind::number) throw Malformed{"bad line number operand"};
    if (out_.lines.size() == 1) o.value = 0;
    if (o.value >= out_.lines.size())
      throw Malformed{fmt::format("location {} of {}", o.value, out_.lines.size() - 1)};
  }

  Operand operand(bool list_allowed) {
    const Compact c = read_short_compact(in_);
    Operand o{Operand::Kind::number};
    o.value = c.value;
    switch (c.tag) {
      case Compact::number: return o;
      case Compact::integer: return integer(c);
      case Compact::atom:
        if (c.value >= out_.atoms.size())
          throw Malformed{fmt::format("atom {} of {}", c.value, out_.atoms.size() - 1)};
        o.kind = Operand::Kind::atom;
        o.term = out_.atoms[c.value];  // [0] is the term []
        return o;
      case Compact::x:
      case Compact::y: return make_register(c);
      case Compact::label:
        if (c.value >= out_.label_count)
          throw Malformed{fmt::format("label {} of {}", c.value, out_.label_count - 1)};
        o.kind = Operand::Kind::label;
        return o;
      case Compact::extended: return extended(static_cast<std::uint8_t>(c.value), list_allowed);
      default: throw Malformed{"a character operand, which no compiler writes any more"};
    }
  }

  Operand make_register(const Compact& c) {
    if (c.value >= 1024) throw Malformed{fmt::format("register number {}", c.value)};
    Operand o{c.tag == Compact::x ? Operand::Kind::x : Operand::Kind::y};
    o.value = c.value;
    return o;
  }

  Operand integer(const Compact& c) {
    Operand o{Operand::Kind::integer};
    if (!c.big.empty()) {
      if (c.big.size() * 8 > kMaxIntegerBits) throw Malformed{"an integer is too large"};
      o.term = integer_from_bytes(*instance_.literals, c.big.data(), c.big.size(), false, true);
    } else {
      o.term = make_int(*instance_.literals, static_cast<std::int64_t>(c.value));
    }
    return o;
  }

  Operand extended(std::uint8_t kind, bool list_allowed) {
    switch (kind) {
      case kList: {
        if (!list_allowed) throw Malformed{"a list within a list"};
        const std::uint32_t n = read_compact_number(in_, "list length");
        if (n > in_.left()) throw Malformed{fmt::format("a list of {} operands in {} bytes", n, in_.left())};
        const std::size_t first = out_.operands.size();
        out_.operands.resize(first + n);
        for (std::size_t i = 0; i < n; ++i)
          out_.operands[first + i] = operand(false);  // no list: the pool stays
        Operand o{Operand::Kind::list};
        o.count = n;
        o.value = first;
        return o;
      }
      case kFloatRegister: {
        Operand o{Operand::Kind::float_register};
        o.value = read_compact_number(in_, "float register");
        if (o.value >= 1024) throw Malformed{fmt::format("float register number {}", o.value)};
        return o;
      }
      case kAllocationList: return allocation_list();
      case kLiteral: {
        const std::uint32_t i = read_compact_number(in_, "literal number");
        if (i >= instance_.literal_terms.size())
          throw Malformed{fmt::format("literal {} of {}", i, instance_.literal_terms.size())};
        Operand o{Operand::Kind::literal};
        o.term = instance_.literal_terms[i];
        return o;
      }
      case kTypedRegister: {
        const Compact c = read_compact(in_);
        if (c.tag != Compact::x && c.tag != Compact::y)
          throw Malformed{"a typed operand that is no register"};
        Operand o = make_register(c);
        const std::uint32_t type = read_compact_number(in_, "type number");
        if (out_.types.size() == 1) return o;
        if (type >= out_.types.size() || type >= 1 << 24)
          throw Malformed{fmt::format("type {} of {}", type, out_.types.size())};
        o.type = type;
        return o;
      }
      default: throw Malformed{fmt::format("operand kind {:#04x} does not exist", kind)};
    }
  }

  Operand allocation_list() {
    std::uint64_t need[3] = {0, 0, 0};  // words, floats, funs
    const std::uint32_t n = read_compact_number(in_, "allocation list");
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::uint32_t kind = read_compact_number(in_, "kind in an allocation list");
      const std::uint32_t count = read_compact_number(in_, "count in an allocation list");
      if (kind > 2) throw Malformed{fmt::format("kind {} in an allocation list", kind)};
      need[kind] += count;
      if (need[kind] >= kMaxHeapNeed) throw Malformed{"a heap need is too large"};
    }
    Operand o{Operand::Kind::allocation};
    o.value = need[0];
    o.count = static_cast<std::uint32_t>(need[1]);
    o.type = static_cast<std::uint32_t>(need[2]);
    return o;
  }

  const std::uint8_t* start_;
  const std::uint8_t* op_start_ = nullptr;
  ByteReader in_;
  DecodedModule& out_;
  Instance& instance_;
};

}  // namespace

void decode_code(ByteSpan code, DecodedModule& out, Instance& instance) {
  ByteReader in(code);
  const std::uint32_t header_size = in.u32();
  if (header_size < 16) throw Malformed{"the header of chunk 'Code' is too short"};
  const ByteSpan header_bytes = in.bytes(header_size);
  ByteReader header(header_bytes);
  const std::uint32_t instruction_set = header.u32();
  if (instruction_set != 0) throw Malformed{fmt::format("instruction set {} is not known", instruction_set)};
  const std::uint32_t max_opcode = header.u32();
  if (max_opcode > kMaxOpcode) {
    const OpcodeInfo* info = opcode_info(max_opcode);
    throw Malformed{fmt::format(
        "the module uses opcode {}{}, but {} is the last one of OTP 28; re-compile it with OTP 28 "
        "or older",
        max_opcode, info ? fmt::format(" ({})", info->name) : "", kMaxOpcode)};
  }
  out.label_count = header.u32();
  out.function_count = header.u32();
  const ByteSpan stream = in.rest();
  // Each label and each function takes several bytes.
  if (out.label_count == 0 || out.label_count > stream.size() + 1 || out.function_count > stream.size())
    throw Malformed{fmt::format("{} labels and {} functions in {} bytes of code", out.label_count,
                                out.function_count, stream.size())};
  CodeDecoder(stream, out, instance).run();
}

}  // namespace joist::loading
