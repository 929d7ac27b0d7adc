#include "loader/decode.hpp"

#include <fmt/format.h>

#include "loader/decode_parts.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace loading {

Compact read_compact(ByteReader& in, bool is_length) {
  const std::uint8_t first = in.u8();
  Compact c{static_cast<std::uint8_t>(first & 7)};
  if (c.tag == Compact::extended) {
    c.value = first;
    return c;
  }
  if ((first & 8) == 0) {
    c.value = first >> 4;
    return c;
  }
  if ((first & 16) == 0) {
    c.value = static_cast<std::uint64_t>(first >> 5) << 8 | in.u8();
    return c;
  }
  std::size_t n = (first >> 5) + 2;
  if (first >> 5 == 7) {
    if (is_length) throw Malformed{"the length of a long number is itself a long number"};
    const Compact more = read_compact(in, true);
    if (more.tag != Compact::number || more.value > in.left()) throw Malformed{"bad length of a long number"};
    n = more.value + 9;
  }
  const std::uint8_t* bytes = in.take(n);
  if (c.tag == Compact::integer && n > 8) {
    c.big = {bytes, n};
    return c;
  }
  if (c.tag != Compact::integer) {
    if (bytes[0] & 0x80) throw Malformed{"a negative number where none may be"};
    while (n > 8 && *bytes == 0) ++bytes, --n;
    if (n > 8) {  // a size that no binary has; where it would be an index or a count, it is out of range
      c.value = INT64_MAX;
      return c;
    }
  }
  std::uint64_t v = c.tag == Compact::integer && (bytes[0] & 0x80) ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < n; ++i) v = v << 8 | bytes[i];
  c.value = v;
  return c;
}

std::uint32_t read_compact_number(ByteReader& in, const char* what) {
  const Compact c = read_compact(in);
  if (c.tag != Compact::number || c.value > UINT32_MAX) throw Malformed{fmt::format("bad {}", what)};
  return static_cast<std::uint32_t>(c.value);
}

}  // namespace loading

std::optional<LoadError> decode_module(const BeamFile& file, DecodedModule& out, Instance& instance) {
  for (const char* needed : {"Code", "StrT", "ImpT", "ExpT"})
    if (file.find(needed) == nullptr) return LoadError{fmt::format("chunk '{}' is missing", needed)};
  try {
    loading::decode_tables(file, out, instance);
    loading::decode_code(file.data("Code"), out, instance);
  } catch (const loading::Malformed& m) {
    return LoadError{m.what};
  } catch (const ShortInput&) {
    return LoadError{"a chunk ends too early"};
  }
  const auto md5 = module_md5(file);
  std::copy(md5.begin(), md5.end(), instance.md5);
  return std::nullopt;
}

}  // namespace joist
