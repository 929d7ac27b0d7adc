// decode_tables.cpp -- AtU8, ImpT, ExpT, LocT, FunT, StrT, LitT, Line, Type, Attr, CInf.
#include <fmt/format.h>
#include <zlib.h>

#include <bit>

#include "loader/decode_parts.hpp"
#include "vm/base/utf8.hpp"
#include "vm/etf/decode.hpp"
#include "vm/term/atom.hpp"

namespace joist::loading {
namespace {

constexpr std::uint32_t kMaxArity = 255;

// `n` entries of at least `bytes` bytes each must be there before memory is taken for them.
std::size_t checked_count(const ByteReader& in, std::size_t n, std::size_t bytes, const char* chunk) {
  if (n > in.left() / bytes)
    throw Malformed{fmt::format("chunk '{}' claims {} entries, but has only {} bytes", chunk, n, in.left())};
  return n;
}

std::string_view checked_atom_text(std::string_view text, std::size_t number) {
  const auto length = utf8_length(text);
  if (!length) throw Malformed{fmt::format("atom {} is not valid UTF-8", number)};
  if (*length > kMaxAtomCharacters)
    throw Malformed{fmt::format("atom {} has {} characters", number, *length)};
  return text;
}

void decode_atoms(const BeamFile& file, DecodedModule& out) {
  const bool utf8 = file.find("AtU8") != nullptr;
  const char* chunk = utf8 ? "AtU8" : "Atom";
  if (file.find(chunk) == nullptr) throw Malformed{"chunk 'AtU8' is missing"};
  ByteReader in(file.data(chunk));
  // OTP 28: a negative count says that lengths are compact numbers.
  const auto signed_count = static_cast<std::int32_t>(in.u32());
  const bool long_lengths = signed_count < 0;
  const std::size_t n =
      checked_count(in, long_lengths ? 0 - static_cast<std::int64_t>(signed_count) : signed_count, 1, chunk);
  if (n == 0) throw Malformed{"a module needs at least one atom, its name"};
  out.atoms.reserve(n + 1);
  out.atoms.push_back(Term::nil());
  for (std::size_t i = 1; i <= n; ++i) {
    const std::size_t length = long_lengths ? read_compact_number(in, "atom length") : in.u8();
    const std::string_view text = in.text(length);
    out.atoms.push_back(utf8 ? intern(checked_atom_text(text, i))
                             : intern(checked_atom_text(latin1_to_utf8(text), i)));
  }
  out.name = out.atoms[1];
}

Term atom_at(const DecodedModule& m, std::uint32_t index, const char* chunk) {
  if (index == 0 || index >= m.atoms.size())
    throw Malformed{fmt::format("chunk '{}' refers to atom {} of {}", chunk, index, m.atoms.size() - 1)};
  return m.atoms[index];
}

std::uint32_t arity_of(std::uint32_t n, const char* chunk) {
  if (n > kMaxArity) throw Malformed{fmt::format("chunk '{}' names a function of {} arguments", chunk, n)};
  return n;
}

void decode_imports(ByteSpan data, DecodedModule& out) {
  ByteReader in(data);
  const std::size_t n = checked_count(in, in.u32(), 12, "ImpT");
  out.imports.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Term module = atom_at(out, in.u32(), "ImpT"), function = atom_at(out, in.u32(), "ImpT");
    out.imports.push_back({module, function, arity_of(in.u32(), "ImpT")});
  }
}

void decode_exports(ByteSpan data, const char* chunk, const DecodedModule& m, std::vector<ExportEntry>& out) {
  if (data.empty()) return;
  ByteReader in(data);
  const std::size_t n = checked_count(in, in.u32(), 12, chunk);
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Term function = atom_at(m, in.u32(), chunk);
    const std::uint32_t arity = arity_of(in.u32(), chunk);
    out.push_back({function, arity, in.u32()});
  }
}

void decode_lambdas(ByteSpan data, DecodedModule& out) {
  if (data.empty()) return;
  ByteReader in(data);
  const std::size_t n = checked_count(in, in.u32(), 24, "FunT");
  out.lambdas.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    LambdaEntry l;
    l.function = atom_at(out, in.u32(), "FunT");
    const std::uint32_t arity = arity_of(in.u32(), "FunT");
    l.label = in.u32();
    l.index = in.u32();
    if (l.index != i) throw Malformed{fmt::format("lambda {} has index {}", i, l.index)};
    l.free_count = in.u32();
    l.old_uniq = in.u32();
    if (l.free_count > arity)
      throw Malformed{fmt::format("lambda {} has more free variables than arguments", i)};
    l.arity = arity - l.free_count;
    out.lambdas.push_back(l);
  }
}

Term decode_literal(Heap& heap, ByteSpan etf, const std::string& what) {
  const EtfResult r = decode_etf(heap, etf);
  if (!r) throw Malformed{fmt::format("{}: {}", what, r.error)};
  return r.term;
}

void decode_literals(ByteSpan data, Instance& instance) {
  if (data.empty()) return;
  ByteReader in(data);
  const std::size_t size = in.u32();
  ByteSpan table = in.rest();
  std::vector<std::uint8_t> plain;
  if (size != 0) {  // OTP 28 writes 0: not compressed
    // zlib reaches a ratio of 1032 at most: a larger claim is a lie and must not cost memory.
    if (size > table.size() * 1032 + 64) throw Malformed{"the literal table claims an impossible size"};
    plain.resize(size);
    uLongf got = size;
    if (uncompress(plain.data(), &got, table.data(), table.size()) != Z_OK || got != size)
      throw Malformed{"the literal table does not uncompress"};
    table = plain;
  }
  in = ByteReader(table);
  const std::size_t n = checked_count(in, in.u32(), 6, "LitT");
  instance.literal_terms.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t bytes = in.u32();
    instance.literal_terms.push_back(
        decode_literal(*instance.literals, in.bytes(bytes), fmt::format("literal {}", i)));
  }
}

// A location that the VM cannot hold in its tables is no location. OTP: as the emulator.
constexpr std::uint32_t kMaxFile = 255, kMaxLine = (1u << 24) - 1;

void decode_lines(const BeamFile& file, DecodedModule& out) {
  out.files.push_back(std::string(atom_text(out.name)) + ".erl");
  out.lines.push_back({0, 0});
  const ByteSpan data = file.data("Line");
  if (data.empty()) return;
  ByteReader in(data);
  if (in.u32() != 0) return;  // a version that is not known: optional, so ignored
  in.u32();                   // flags
  in.u32();                   // number of line instructions
  const std::size_t items = checked_count(in, in.u32(), 1, "Line");
  const std::size_t names = in.u32();
  out.lines.reserve(items + 1);
  std::uint32_t current_file = 0;
  while (out.lines.size() <= items) {
    const Compact c = read_compact(in);
    if (c.tag == Compact::atom) {
      if (c.value > names) throw Malformed{fmt::format("line table: file {} of {}", c.value, names)};
      current_file = static_cast<std::uint32_t>(c.value);
    } else if (c.tag == Compact::integer) {
      const bool known = c.big.empty() && c.value <= kMaxLine && current_file <= kMaxFile;
      out.lines.push_back(known ? LineItem{current_file, static_cast<std::uint32_t>(c.value)}
                                : LineItem{0, 0});
    } else {
      throw Malformed{"line table: neither a line nor a file"};
    }
  }
  checked_count(in, names, 2, "Line");
  for (std::size_t i = 0; i < names; ++i) out.files.emplace_back(in.text(in.u16()));
}

// The three versions name the same kinds by different bits.
std::uint16_t kinds_from_old_bits(std::uint16_t bits) {  // versions 1 and 2: bit 2 is a match context
  std::uint16_t kinds = (bits & 3) | (bits >> 1 & 0xffc);
  if (bits & 4) kinds |= TypeInfo::bitstring;
  return kinds != 0 ? kinds : std::uint16_t{TypeInfo::any};
}

void decode_types(const BeamFile& file, DecodedModule& out) {
  out.types.emplace_back();
  const ByteSpan data = file.data("Type");
  if (data.empty()) return;
  ByteReader in(data);
  const std::uint32_t version = in.u32();
  if (version < 1 || version > 3) return;  // only hints: an unknown table is ignored
  const std::size_t n = checked_count(in, in.u32(), version == 1 ? 18 : 2, "Type");
  out.types.clear();
  out.types.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    TypeInfo t;
    const std::uint16_t bits = in.u16();
    if (version == 1) {
      t.kinds = kinds_from_old_bits(bits & 0x1fff);
      t.min = static_cast<std::int64_t>(in.u64());
      t.max = static_cast<std::int64_t>(in.u64());
      t.has_min = t.has_max = t.min <= t.max;
    } else {
      const int first_flag = version == 2 ? 13 : 12;
      t.kinds = version == 2 ? kinds_from_old_bits(bits & 0x1fff) : bits & 0xfff;
      if (t.kinds == 0) t.kinds = TypeInfo::any;
      t.has_min = bits >> first_flag & 1;
      t.has_max = bits >> (first_flag + 1) & 1;
      if (t.has_min) t.min = static_cast<std::int64_t>(in.u64());
      if (t.has_max) t.max = static_cast<std::int64_t>(in.u64());
      if (bits >> (first_flag + 2) & 1) t.unit = in.u8() + 1u;
    }
    out.types.push_back(t);
  }
  if (out.types.empty()) out.types.emplace_back();
  out.types[0] = {};  // "any" by definition: untyped registers name it
}

}  // namespace

void decode_tables(const BeamFile& file, DecodedModule& out, Instance& instance) {
  decode_atoms(file, out);
  instance.module = out.name;
  instance.literals = std::make_unique<LiteralArea>();
  decode_imports(file.data("ImpT"), out);
  decode_exports(file.data("ExpT"), "ExpT", out, out.exports);
  decode_exports(file.data("LocT"), "LocT", out, out.locals);
  decode_lambdas(file.data("FunT"), out);
  const ByteSpan strings = file.data("StrT");
  out.strings.assign(reinterpret_cast<const char*>(strings.data()), strings.size());
  decode_literals(file.data("LitT"), instance);
  decode_lines(file, out);
  instance.files = out.files;
  decode_types(file, out);
  const auto term_chunk = [&](const char* name) {
    const ByteSpan data = file.data(name);
    return data.empty() ? Term::nil()
                        : decode_literal(*instance.literals, data, fmt::format("chunk '{}'", name));
  };
  std::vector<Term> unnumbered;  // OTP: these terms are made when somebody asks for them
  const UnnumberedAtoms scope(unnumbered);
  instance.attributes = term_chunk("Attr");
  instance.compile_info = term_chunk("CInf");
}

}  // namespace joist::loading

namespace joist {

Term module_name_of(const BeamFile& file) {
  DecodedModule m;
  try {
    loading::decode_atoms(file, m);
  } catch (const loading::Malformed&) {
    return Term::none();
  } catch (const ShortInput&) {
    return Term::none();
  }
  return m.name;
}

}  // namespace joist
