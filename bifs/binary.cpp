// binary: everything but searching (binary_search.cpp).
#include <algorithm>
#include <cstring>
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/base/flags.hpp"
#include "vm/term/number.hpp"

namespace joist {

namespace {

Term byte_at(Call& c, const Bits& b, std::int64_t index) {
  if (index < 0 || static_cast<std::size_t>(index) >= b.byte_size()) return badarg(c);
  std::uint8_t byte;
  copy_bits(&byte, 0, b.base(), b.start_bit() + static_cast<std::size_t>(index) * 8, 8);
  return Term::small(byte);
}

// big | little -> whether it is little.
std::optional<bool> is_little(Term t) {
  if (t == am::little) return true;
  if (t == am::big) return false;
  return std::nullopt;
}

Term decode_unsigned(Call& c, const Bits& b, Term endianness) {
  const auto little = is_little(endianness);
  if (!little) return badarg(c);
  std::string scratch;
  const std::string_view bytes = aligned_bytes(b, scratch);
  const Term n = integer_from_bytes(c.heap(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    bytes.size(), *little, false);
  return is_failure(n) ? system_limit(c) : n;
}

Term encode_unsigned(Call& c, Term n, Term endianness) {
  const auto little = is_little(endianness);
  if (!little) return badarg(c);
  std::size_t bits;
  if (const auto big = Big::from(n)) {
    if (big->negative()) return badarg(c);
    bits = (big->limb_count() - 1) * 64 +
           static_cast<std::size_t>(std::bit_width(big->limbs()[big->limb_count() - 1]));
  } else {
    if (n.small_value() < 0) return badarg(c);
    bits = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(n.small_value())));
  }
  const std::size_t size = std::max<std::size_t>(1, bytes_for_bits(bits));
  std::uint8_t* bytes;
  const Term result = make_binary(c.heap(), size, &bytes);
  integer_to_bytes(n, bytes, size, *little);
  return result;
}

enum class Side { prefix, suffix };
// Length of what all binaries of a list, which must have one at least, have in common.
Term longest_common(Call& c, Term list, Side side) {
  const auto items = list_elements(list);
  if (!items || items->empty()) return badarg(c);
  for (const Term t : *items)
    if (!t.is_binary()) return badarg(c);
  std::string first_scratch, scratch;
  const std::string_view first = aligned_bytes(*Bits::from(items->front()), first_scratch);
  std::size_t common = first.size();
  for (const Term t : *items) {
    const std::string_view s = aligned_bytes(*Bits::from(t), scratch);
    common = std::min(common, s.size());
    if (side == Side::prefix) {
      common = static_cast<std::size_t>(
          std::mismatch(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(common), first.begin()).first -
          s.begin());
    } else {
      common = static_cast<std::size_t>(
          std::mismatch(s.rbegin(), s.rbegin() + static_cast<std::ptrdiff_t>(common), first.rbegin()).first -
          s.rbegin());
    }
    spend_for(c, common, 4096);
  }
  return Term::small(static_cast<std::int64_t>(common));
}

constexpr std::int64_t kMaxBinaryBytes = std::int64_t{1} << 48;

}  // namespace

JOIST_DEFINE_BIF(binary_at_2, Binary b, SmallInt n) { return byte_at(c, b, n.value()); }
JOIST_DEFINE_BIF(binary_first_1, Binary b) { return byte_at(c, b, 0); }
JOIST_DEFINE_BIF(binary_last_1, Binary b) {
  return byte_at(c, b, static_cast<std::int64_t>(b.byte_size()) - 1);
}

// copy(Binary, N): N times, the bytes being the result's own.
static Term copy_times(Call& c, const Bits& b, std::int64_t n) {
  if (n < 0) return badarg(c);
  const std::size_t size = b.byte_size();
  if (size == 0 || n == 0) return make_binary_copy(c.heap(), "");
  if (n > kMaxBinaryBytes / static_cast<std::int64_t>(size)) return system_limit(c);
  std::string scratch;
  const std::string_view bytes = aligned_bytes(b, scratch);
  std::uint8_t* to;
  const Term result = make_binary(c.heap(), size * static_cast<std::size_t>(n), &to);
  for (std::int64_t i = 0; i < n; ++i, to += size) std::memcpy(to, bytes.data(), size);
  spend_for(c, static_cast<std::size_t>(n) * (1 + size / 256), 64);
  return result;
}
JOIST_DEFINE_BIF(binary_copy_1, Binary b) { return copy_times(c, b, 1); }
// OTP: of a bitstring, no copy can be made, but none can.
JOIST_DEFINE_BIF(binary_copy_2, Bitstring b, SmallInt n) {
  if (!b.whole_bytes() && (n.value() != 0 || flags.otp() >= 27)) return badarg(c);
  return copy_times(c, b, n.value());
}

JOIST_DEFINE_BIF(binary_decode_unsigned_1, Binary b) { return decode_unsigned(c, b, am::big); }
JOIST_DEFINE_BIF(binary_decode_unsigned_2, Binary b, Term endianness) {
  return decode_unsigned(c, b, endianness);
}
JOIST_DEFINE_BIF(binary_encode_unsigned_1, Integer n) { return encode_unsigned(c, n.t, am::big); }
JOIST_DEFINE_BIF(binary_encode_unsigned_2, Integer n, Term endianness) {
  return encode_unsigned(c, n.t, endianness);
}

JOIST_DEFINE_BIF(binary_longest_common_prefix_1, List list) {
  return longest_common(c, list.t, Side::prefix);
}
JOIST_DEFINE_BIF(binary_longest_common_suffix_1, List list) {
  return longest_common(c, list.t, Side::suffix);
}

// referenced_byte_size(Binary): of the bytes that it keeps alive.
JOIST_DEFINE_BIF(binary_referenced_byte_size_1, Bitstring b) {
  std::size_t size = b.byte_size();
  if (b.term().is_box(BoxKind::sub_bits)) {
    const Word* under = Term{b.term().box_words()[1]}.box_words();
    size = header_kind(*under) == BoxKind::binary_ref ? reinterpret_cast<const RefcBinary*>(under[1])->size
                                                      : bytes_for_bits(under[1]);
  }
  return Term::small(static_cast<std::int64_t>(size));
}

}  // namespace joist
