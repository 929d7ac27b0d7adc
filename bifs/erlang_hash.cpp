// erlang: digests and checksums of bytes.
#include <zlib.h>

#include <cstring>
#include <type_traits>

#include "bifs/bifs.hpp"
#include "bifs/iolist.hpp"
#include "bifs/work.hpp"
#include "vm/base/md5.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

constexpr std::size_t kBytesPerReduction = 1024;

// The context that md5_init/0 and friends hand around is the state itself, in a binary.
static_assert(std::is_trivially_copyable_v<Md5>);

Md5 empty_md5() {
  Md5 md5;
  std::memset(static_cast<void*>(&md5), 0, sizeof md5);  // also the part that holds nothing yet
  md5 = Md5();
  return md5;
}
Term context_binary(Call& c, const Md5& md5) { return make_binary_copy(c.heap(), &md5, sizeof md5); }

std::optional<Md5> context(const Bits& b) {
  if (b.byte_size() != sizeof(Md5)) return std::nullopt;
  std::string scratch;
  Md5 md5;
  std::memcpy(&md5, aligned_bytes(b, scratch).data(), sizeof md5);
  return md5;
}

Term digest_binary(Call& c, Md5& md5) {
  const Md5::Digest digest = md5.finish();
  return make_binary_copy(c.heap(), digest.data(), digest.size());
}

std::optional<std::uint32_t> checksum_of(Term t) {
  const auto n = to_uint64(t);
  return n && *n <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*n)) : std::nullopt;
}

bool holds_binary(Term iodata) {
  bool found = false;
  walk_iolist(
      iodata, [](std::uint8_t) { return true; }, [&](const Bits&) { return !(found = true); });
  return found;
}

// OTP: what is wrong behind the first hundred bytes is found by a function that goes on with them.
Term not_iodata(Call& c, Term data) {
  constexpr std::size_t kFirstBytes = 100;
  std::size_t before = 0;
  walk_iolist(
      data, [&](std::uint8_t) { return ++before < kFirstBytes; },
      [&](const Bits& b) {
        if (!b.whole_bytes()) return false;
        before += b.byte_size();
        return before < kFirstBytes;
      });
  if (before < kFirstBytes) return badarg(c);
  Term args[] = {context_binary(c, empty_md5()), data};
  Call later{c.process, args, 2};
  stand_for(later, am::erlang, intern("md5_trap"));
  return badarg(later);
}

// Checksum `update` of `data`, going on from `start`.
template <class Update>
Term checksum(Call& c, Term start, Term data, Update update) {
  const auto from = checksum_of(start);
  std::string scratch;
  const auto bytes = iodata_bytes(data, scratch);
  if (!from || !bytes) return badarg(c);
  spend_for(c, bytes->size(), kBytesPerReduction);
  if (bytes->empty() && !holds_binary(data)) return make_uint(c.heap(), *from);  // OTP: whatever it is
  const auto* p = reinterpret_cast<const Bytef*>(bytes->data());
  return make_uint(c.heap(), update(*from, p, bytes->size()));
}

// Checksum of A ++ B from those of A and B and the size of B.
template <class Combine>
Term combined(Call& c, Term a, Term b, Term size, Combine combine) {
  const auto first = checksum_of(a), second = checksum_of(b);
  const auto bytes = to_uint64(size);
  if (!first || !second || !bytes || *bytes > UINT32_MAX) return badarg(c);
  return make_uint(c.heap(), combine(*first, *second, static_cast<z_off_t>(*bytes)) & 0xffffffff);
}

}  // namespace

JOIST_DEFINE_BIF(erlang_md5_1, Term data) {
  std::string scratch;
  const auto bytes = iodata_bytes(data, scratch);
  if (!bytes) return not_iodata(c, data);
  Md5 md5;
  md5.update(*bytes);
  spend_for(c, bytes->size(), kBytesPerReduction);
  return digest_binary(c, md5);
}
JOIST_DEFINE_BIF(erlang_md5_init_0) { return context_binary(c, empty_md5()); }
JOIST_DEFINE_BIF(erlang_md5_update_2, Binary state, Term data) {
  auto md5 = context(state);
  std::string scratch;
  const auto bytes = iodata_bytes(data, scratch);
  if (!md5 || !bytes) return badarg(c);
  md5->update(*bytes);
  spend_for(c, bytes->size(), kBytesPerReduction);
  return context_binary(c, *md5);
}
JOIST_DEFINE_BIF(erlang_md5_final_1, Binary state) {
  auto md5 = context(state);
  return md5 ? digest_binary(c, *md5) : badarg(c);
}

JOIST_DEFINE_BIF(erlang_crc32_1, Term data) { return checksum(c, Term::small(0), data, crc32_z); }
JOIST_DEFINE_BIF(erlang_crc32_2, Term start, Term data) { return checksum(c, start, data, crc32_z); }
JOIST_DEFINE_BIF(erlang_crc32_combine_3, Term a, Term b, Term size) {
  // OTP: sizes of zero too, where zlib has a shortcut.
  return combined(c, a, b, size,
                  [](uLong x, uLong y, z_off_t n) { return n == 0 ? x ^ y : crc32_combine(x, y, n); });
}
JOIST_DEFINE_BIF(erlang_adler32_1, Term data) { return checksum(c, Term::small(1), data, adler32_z); }
JOIST_DEFINE_BIF(erlang_adler32_2, Term start, Term data) { return checksum(c, start, data, adler32_z); }
JOIST_DEFINE_BIF(erlang_adler32_combine_3, Term a, Term b, Term size) {
  return combined(c, a, b, size,
                  [](uLong x, uLong y, z_off_t n) { return n == 0 ? x : adler32_combine(x, y, n); });
}

}  // namespace joist
