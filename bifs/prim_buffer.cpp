// prim_buffer: a queue of bytes. Small pieces that are written one after the other are copied together.
#include <deque>
#include <mutex>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

constexpr std::size_t kSmallPieces = 1024;  // a block that collects them holds so many bytes
constexpr std::size_t kBytesPerReduction = 1000;

struct Buffer final : MagicObject {
  struct Piece {
    RefcBinary* binary;
    std::size_t start, size;
  };
  std::mutex mutex;  // OTP: only one process at a time may use it, which nothing enforces
  std::deque<Piece> pieces;
  std::size_t size = 0;
  std::size_t room = 0;  // bytes left in the last piece's binary, which nobody else has seen yet
  std::atomic<bool> locked{false};

  ~Buffer() override { drop(size); }

  void append(std::string_view bytes) {
    size += bytes.size();
    while (!bytes.empty()) {
      if (room == 0) {
        room = std::max(kSmallPieces, (bytes.size() + 7) & ~std::size_t{7});
        pieces.push_back({RefcBinary::make(0, room), 0, 0});
      }
      Piece& last = pieces.back();
      const std::size_t n = std::min(room, bytes.size());
      std::memcpy(last.binary->bytes + last.start + last.size, bytes.data(), n);
      last.size += n;
      last.binary->set_used(last.start + last.size);
      room -= n;
      bytes.remove_prefix(n);
    }
  }
  void append_shared(RefcBinary* binary, std::size_t start, std::size_t n) {
    binary->retain();
    pieces.push_back({binary, start, n});
    size += n;
    room = 0;
  }
  void drop(std::size_t n) {
    size -= n;
    while (n > 0) {
      Piece& first = pieces.front();
      const std::size_t part = std::min(n, first.size);
      first.start += part;
      first.size -= part;
      n -= part;
      if (first.size > 0) break;
      first.binary->release();
      if (pieces.size() == 1) room = 0;
      pieces.pop_front();
    }
  }
};

Buffer* buffer_of(Term t) { return magic_cast<Buffer>(t); }

}  // namespace

JOIST_DEFINE_BIF(prim_buffer_new_0) { return make_magic_ref(c.heap(), new Buffer); }

JOIST_DEFINE_BIF(prim_buffer_size_1, Term buffer) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr) return badarg(c);
  const std::lock_guard lock(b->mutex);
  return make_uint(c.heap(), b->size);
}

// peek_head(Buffer) -> the first bytes, as many as lie together
JOIST_DEFINE_BIF(prim_buffer_peek_head_1, Term buffer) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr) return badarg(c);
  const std::lock_guard lock(b->mutex);
  if (b->size == 0) return badarg(c);
  const Buffer::Piece& first = b->pieces.front();
  if (b->pieces.size() == 1) b->room = 0;  // from now on others see these bytes
  if (first.size <= kMaxHeapBytes)
    return make_binary_copy(c.heap(), first.binary->bytes + first.start, first.size);
  first.binary->retain();
  const Term whole = make_refc_binary(c.heap(), first.binary, first.binary->used() * 8);
  return make_sub_bits(c.heap(), whole, first.start * 8, first.size * 8);
}

// copying_read(Buffer, Size) -> Binary: takes the first bytes out.
JOIST_DEFINE_BIF(prim_buffer_copying_read_2, Term buffer, Integer size) {
  Buffer* b = buffer_of(buffer);
  const auto n = to_uint64(size.t);
  if (b == nullptr || !n) return badarg(c);
  const std::lock_guard lock(b->mutex);
  if (*n > b->size) return badarg(c);
  std::uint8_t* bytes;
  const Term result = make_binary(c.heap(), *n, &bytes);
  std::size_t left = *n;
  for (const Buffer::Piece& p : b->pieces) {
    const std::size_t part = std::min(left, p.size);
    std::memcpy(bytes, p.binary->bytes + p.start, part);
    bytes += part;
    left -= part;
    if (left == 0) break;
  }
  b->drop(*n);
  spend_for(c, *n, kBytesPerReduction);
  return result;
}

JOIST_DEFINE_BIF(prim_buffer_write_2, Term buffer, Term list) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr) return badarg(c);
  const auto binaries = list_elements(list);
  if (!binaries) return badarg(c);
  for (const Term t : *binaries)
    if (!t.is_bitstring()) return badarg(c);
  const std::lock_guard lock(b->mutex);
  std::string scratch;
  std::size_t copied = 0;
  for (const Term t : *binaries) {
    const Bits bits = *Bits::from(t);
    const std::size_t size = bits.bit_size() / 8;
    RefcBinary* shared = refc_binary_of(t);
    if (shared != nullptr && size >= kSmallPieces / 2 && bits.byte_aligned()) {
      b->append_shared(shared, bits.start_bit() / 8, size);
    } else {
      b->append(aligned_bytes(bits, scratch).substr(0, size));
      copied += size;
    }
  }
  spend_for(c, copied + binaries->size() * 50, kBytesPerReduction);
  return am::ok;
}

JOIST_DEFINE_BIF(prim_buffer_skip_2, Term buffer, Integer size) {
  Buffer* b = buffer_of(buffer);
  const auto n = to_uint64(size.t);
  if (b == nullptr || !n) return badarg(c);
  const std::lock_guard lock(b->mutex);
  if (*n > b->size) return badarg(c);
  b->drop(*n);
  return am::ok;
}

// find_byte_index(Buffer, Byte) -> {ok, Index} | not_found
JOIST_DEFINE_BIF(prim_buffer_find_byte_index_2, Term buffer, SmallInt byte) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr || byte.value() < 0 || byte.value() > 255) return badarg(c);
  const std::lock_guard lock(b->mutex);
  std::size_t before = 0;
  for (const Buffer::Piece& p : b->pieces) {
    const std::uint8_t* start = p.binary->bytes + p.start;
    if (const void* at = std::memchr(start, static_cast<int>(byte.value()), p.size)) {
      before += static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - start);
      spend_for(c, before, kBytesPerReduction * 8);
      return make_tuple(c.heap(), am::ok, make_uint(c.heap(), before));
    }
    before += p.size;
  }
  spend_for(c, before, kBytesPerReduction * 8);
  return am::not_found;
}

JOIST_DEFINE_BIF(prim_buffer_try_lock_1, Term buffer) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr) return badarg(c);
  return b->locked.exchange(true) ? am::busy : am::acquired;
}
JOIST_DEFINE_BIF(prim_buffer_unlock_1, Term buffer) {
  Buffer* b = buffer_of(buffer);
  if (b == nullptr) return badarg(c);
  return b->locked.exchange(false) ? am::ok : raise_error(c, am::lock_order_violation);
}

}  // namespace joist
