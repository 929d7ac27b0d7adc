// erlang: binaries, bitstrings and iolists to each other and to lists.
#include <cstring>
#include <string>

#include "bifs/bifs.hpp"
#include "bifs/iolist.hpp"
#include "bifs/work.hpp"

namespace joist {

std::optional<IolistSize> measure_iolist(Term t, bool whole_bytes, std::size_t limit) {
  IolistSize size;
  const bool ok = walk_iolist(
      t,
      [&](std::uint8_t) {
        size.bits += 8;
        size.too_long = ++size.parts > limit;
        return !size.too_long;
      },
      [&](const Bits& b) {
        size.bits += b.bit_size();
        size.too_long = ++size.parts > limit;
        return !size.too_long && (!whole_bytes || b.whole_bytes());
      });
  return ok || size.too_long ? std::optional(size) : std::nullopt;
}

std::optional<std::string_view> iodata_bytes(Term t, std::string& scratch) {
  if (const auto b = Binary::from(t)) return aligned_bytes(*b, scratch);
  if (!t.is_list() || !append_iolist(scratch, t)) return std::nullopt;
  return scratch;
}

namespace {

// The bits of a measured iolist, from `to` on.
void flatten(Term t, std::uint8_t* to) {
  std::size_t at = 0;  // bits
  walk_iolist(
      t,
      [&](std::uint8_t byte) {
        if (at % 8 == 0)
          to[at / 8] = byte;
        else
          copy_bits(to, at, &byte, 0, 8);
        at += 8;
        return true;
      },
      [&](const Bits& b) {
        if (at % 8 == 0 && b.byte_aligned() && b.whole_bytes())
          std::memcpy(to + at / 8, b.bytes(), b.byte_size());
        else
          copy_bits(to, at, b.base(), b.start_bit(), b.bit_size());
        at += b.bit_size();
        return true;
      });
}

// An iolist of more parts than this goes to a dirty thread.
constexpr std::size_t kManyParts = 50000;
constexpr std::size_t kManyBits = std::size_t{1} << 27;

// `far`: the function of erts_internal that does large ones.
Term iolist_to_bits(Call& c, Term t, bool whole_bytes, Term far) {
  const auto size = measure_iolist(t, whole_bytes, far.is_none() ? SIZE_MAX : kManyParts);
  if (!size) return badarg(c);
  if (!far.is_none() && (size->too_long || size->bits > kManyBits))
    return trap(c, find_or_make_export(am::erts_internal, far, 1), {t});
  spend_for(c, size->parts + size->bits / 512, 32);
  std::uint8_t* bytes;
  const Term result = make_bitstring(c.heap(), size->bits, &bytes);
  flatten(t, bytes);
  return result;
}

constexpr std::int64_t kListStepsPerReduction = 64;

// The bytes [0, end) of `b` as a list in front of `tail`. From the back, so that a slice's work is a valid
// tail.
Term bytes_to_list(Call& c, const Bits& b, std::size_t first, std::size_t end, Term tail) {
  Work work(c, kListStepsPerReduction);
  for (; end > first; --end) {
    if (!work.step()) {
      const Term rest = make_sub_bits(c.heap(), b.term(), first * 8, (end - first) * 8);
      return trap(c, find_or_make_export(am::erts_internal, am::binary_to_list_trap_, 2), {rest, tail});
    }
    std::uint8_t byte;
    if (b.byte_aligned())
      byte = b.bytes()[end - 1];
    else
      copy_bits(&byte, 0, b.base(), b.start_bit() + (end - 1) * 8, 8);
    tail = make_cons(c.heap(), Term::small(byte), tail);
  }
  return tail;
}

}  // namespace

// ---- iolists ----
static Term iolist_size(Call& c, Term t, std::size_t limit) {
  const auto size = measure_iolist(t, true, limit);
  if (!size) return badarg(c);
  if (size->too_long) return trap(c, find_or_make_export(am::erts_internal, am::iolist_size_trap_, 1), {t});
  spend_for(c, size->parts, 64);
  return Term::small(static_cast<std::int64_t>(size->bits / 8));
}
JOIST_DEFINE_BIF(erlang_iolist_size_1, Term t) { return iolist_size(c, t, 4 * kManyParts); }
JOIST_DEFINE_BIF(erts_internal_iolist_size_trap_1, Term t) {
  stand_for(c, am::erlang, am::iolist_size);
  return iolist_size(c, t, SIZE_MAX);
}
JOIST_DEFINE_BIF(erlang_iolist_to_binary_1, Term t) {
  return t.is_binary() ? t : iolist_to_bits(c, t, true, am::iolist_to_binary_trap_);
}
JOIST_DEFINE_BIF(erlang_list_to_binary_1, List list) {
  return iolist_to_bits(c, list.t, true, am::list_to_binary_trap_);
}
JOIST_DEFINE_BIF(binary_list_to_bin_1, List list) {
  return iolist_to_bits(c, list.t, true, am::list_to_binary_trap_);
}
JOIST_DEFINE_BIF(erlang_list_to_bitstring_1, List list) {
  return iolist_to_bits(c, list.t, false, am::list_to_bitstring_trap_);
}
// The same for large ones, on a dirty thread.
JOIST_DEFINE_BIF(erts_internal_iolist_to_binary_trap_1, Term t) {
  stand_for(c, am::erlang, am::iolist_to_binary);
  return iolist_to_bits(c, t, true, Term::none());
}
JOIST_DEFINE_BIF(erts_internal_list_to_binary_trap_1, Term t) {
  stand_for(c, am::erlang, am::list_to_binary);
  return iolist_to_bits(c, t, true, Term::none());
}
JOIST_DEFINE_BIF(erts_internal_list_to_bitstring_trap_1, Term t) {
  stand_for(c, am::erlang, am::list_to_bitstring);
  return iolist_to_bits(c, t, false, Term::none());
}

namespace {

// Gathers the small parts of an iolist; large binaries stay as they are. OTP: the same bytes together, so
// that the same number of pieces comes out. The block that gathers grows to twice its size until it has
// kFullBlock.
class IoVector {
 public:
  explicit IoVector(Heap& h) : heap_(h), list_(h) {}

  void byte(std::uint8_t b) { run_ += static_cast<char>(b); }
  void binary(const Bits& b) {
    end_run();
    const std::size_t size = b.byte_size();
    std::size_t copied = size;
    if (size >= kSmall) {
      if (gathered_.empty() || gathered_.size() >= kSmall) {
        flush();
        list_.add(b.term());
        return;
      }
      // A small block is filled up, if enough is left then.
      copied = kSmall - gathered_.size();
      if (size - copied < kSmall) copied = size;
    }
    std::string scratch;
    append(aligned_bytes(b, scratch).substr(0, copied));
    if (copied == size) return;
    flush();
    list_.add(make_sub_bits(heap_, b.term(), copied * 8, (size - copied) * 8));
  }
  Term list() {
    end_run();
    flush();
    return list_.list();
  }

 private:
  static constexpr std::size_t kSmall = 256, kFullBlock = 8192;
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    const std::size_t need = gathered_.size() + bytes.size();
    if (room_ == 0) {
      room_ = std::max(need, kSmall);
    } else if (need > room_ && room_ >= kFullBlock) {
      flush();
      room_ = std::max(bytes.size(), kSmall);
    } else if (need > room_) {
      room_ = std::max(need, room_ * 2);
    }
    gathered_ += bytes;
  }
  void end_run() {
    append(run_);
    run_.clear();
  }
  void flush() {
    if (!gathered_.empty()) list_.add(make_binary_copy(heap_, gathered_));
    gathered_.clear();
    room_ = 0;
  }

  Heap& heap_;
  ListBuilder list_;
  std::string gathered_, run_;  // bytes of lists, which come one by one, are added together
  std::size_t room_ = 0;
};

}  // namespace

// iolist_to_iovec(IoListOrBinary) -> [binary()]
static Term iolist_to_iovec(Call& c, Term t, std::size_t limit) {
  if (const auto b = Binary::from(t))
    return b->bit_size() == 0 ? Term::nil() : make_cons(c.heap(), t, Term::nil());
  IoVector vec(c.heap());
  std::size_t parts = 0;
  const bool ok = walk_iolist(
      t,
      [&](std::uint8_t byte) {
        vec.byte(byte);
        return ++parts <= limit;
      },
      [&](const Bits& b) {
        if (!b.whole_bytes() || ++parts > limit) return false;
        vec.binary(b);
        return true;
      });
  if (parts > limit)
    return trap(c, find_or_make_export(am::erts_internal, am::iolist_to_iovec_trap_, 1), {t});
  if (!ok) return badarg(c);
  spend_for(c, parts, 32);
  return vec.list();
}
JOIST_DEFINE_BIF(erlang_iolist_to_iovec_1, Term t) { return iolist_to_iovec(c, t, kManyParts); }
JOIST_DEFINE_BIF(erts_internal_iolist_to_iovec_trap_1, Term t) {
  stand_for(c, am::erlang, am::iolist_to_iovec);
  return iolist_to_iovec(c, t, SIZE_MAX);
}

// ---- to lists ----
JOIST_DEFINE_BIF(erlang_binary_to_list_1, Binary b) {
  return bytes_to_list(c, b, 0, b.byte_size(), Term::nil());
}
// binary_to_list(Binary, First, Last): positions start at 1. OTP: any bitstring will do here.
JOIST_DEFINE_BIF(erlang_binary_to_list_3, Bitstring b, SmallInt first, SmallInt last) {
  const auto size = static_cast<std::int64_t>(b.bit_size() / 8);
  if (first.value() < 1 || last.value() < first.value() || last.value() > size) return badarg(c);
  return bytes_to_list(c, b, static_cast<std::size_t>(first.value()) - 1,
                       static_cast<std::size_t>(last.value()), Term::nil());
}
// bitstring_to_list/1: the bits that do not fill a byte are a bitstring at the end of the list.
JOIST_DEFINE_BIF(erlang_bitstring_to_list_1, Bitstring b) {
  const std::size_t whole = b.bit_size() / 8 * 8;
  Term tail = Term::nil();
  if (whole != b.bit_size())
    tail = make_cons(c.heap(), make_sub_bits(c.heap(), b.term(), whole, b.bit_size() - whole), tail);
  return bytes_to_list(c, b, 0, whole / 8, tail);
}
// erts_internal:'$binary_to_list'(Rest, Tail): goes on with a long binary.
JOIST_DEFINE_BIF(erts_internal_binary_to_list_trap_2, Binary rest, Term tail) {
  return bytes_to_list(c, rest, 0, rest.byte_size(), tail);
}

// split_binary(Bin, Position) -> {Bin1, Bin2}. OTP: any bitstring; Bin2 has the bits at the end.
JOIST_DEFINE_BIF(erlang_split_binary_2, Bitstring b, SmallInt position) {
  const std::size_t bits = static_cast<std::size_t>(position.value()) * 8;
  if (position.value() < 0 || static_cast<std::size_t>(position.value()) > b.bit_size() / 8) return badarg(c);
  const Term first = make_sub_bits(c.heap(), b.term(), 0, bits);
  return make_tuple(c.heap(), first, make_sub_bits(c.heap(), b.term(), bits, b.bit_size() - bits));
}

}  // namespace joist
