// zlib: the native functions of OTP's zlib module. A stream belongs to the process that opened it; only that
// one may use it. Input is queued first and then worked off in chunks, so that no call takes long.
#include <zlib.h>

#include <deque>
#include <optional>

#include "bifs/bifs.hpp"
#include "bifs/iolist.hpp"
#include "bifs/work.hpp"
#include "gc/copy.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

constexpr std::size_t kMaxChunk = 1 << 24;
constexpr std::size_t kBytesPerReduction = 32;

struct ZStream final : MagicObject {
  enum class Mode { none, deflate, inflate } mode = Mode::none;
  enum class AtEnd { error, reset, cut } at_end = AtEnd::cut;
  z_stream z{};
  bool end_seen = false;  // inflate: the end of a stream has been reached
  bool wants_dictionary = false;
  bool raw = false;                 // no header: only then it counts a checksum
  uLong crc = 0;                    // of the bytes that are not compressed
  std::int64_t buffer_size = 4000;  // only remembered
  std::deque<std::string> input;
  std::size_t taken = 0;  // bytes of input.front() that are used up
  Term owner;
  std::optional<BlockHeap> stash_heap;
  Term stash = Term::none();

  ~ZStream() override { end(); }
  // The result of zlib's own end function.
  int end() {
    const Mode was = mode;
    mode = Mode::none;
    input.clear();
    taken = 0;
    end_seen = wants_dictionary = raw = false;
    crc = 0;
    if (was == Mode::deflate) return deflateEnd(&z);
    if (was == Mode::inflate) return inflateEnd(&z);
    return Z_OK;
  }
  void drop_input() {
    input.clear();
    taken = 0;
  }
  void used(std::size_t n) {
    taken += n;
    while (!input.empty() && taken >= input.front().size()) {
      taken -= input.front().size();
      input.pop_front();
    }
  }
};

// The stream behind `t` if this process may use it; else null, and an error is raised.
ZStream* stream_of(Call& c, Term t) {
  auto* s = magic_cast<ZStream>(t);
  if (s == nullptr) {
    badarg(c);
    return nullptr;
  }
  if (s->owner != c.process.pid) {
    raise_error(c, am::not_on_controlling_process);
    return nullptr;
  }
  return s;
}
ZStream* stream_of(Call& c, Term t, ZStream::Mode mode) {
  ZStream* s = stream_of(c, t);
  if (s != nullptr && s->mode != mode) {
    raise_error(c, am::not_initialized);
    return nullptr;
  }
  return s;
}

// What zlib's result code means to the caller; `when_ok` if all is well.
Term outcome(Call& c, int status, Term when_ok) {
  switch (status) {
    case Z_OK: return when_ok;
    case Z_STREAM_ERROR: return raise_error(c, am::stream_error);
    case Z_DATA_ERROR: return raise_error(c, am::data_error);
    case Z_BUF_ERROR: return raise_error(c, am::buf_error);
    case Z_MEM_ERROR: return raise_error(c, am::enomem);
    default: return badarg(c);
  }
}

// Runs `step` (deflate or inflate) once over at most `in` bytes of input into at most `out` bytes.
struct Chunk {
  int status;
  std::string output;
  bool more;  // there is input left, or output that had no room
};
Chunk run_chunk(Call& c, ZStream& s, std::size_t in, std::size_t out, int flush,
                int (*step)(z_streamp, int)) {
  Chunk chunk{Z_OK, std::string(out, '\0'), false};
  static Bytef nothing[1];
  const std::size_t offered = s.input.empty() ? 0 : std::min(s.input.front().size() - s.taken, in);
  const bool last = s.input.empty() || (s.input.size() == 1 && s.taken + offered == s.input.front().size());
  s.z.next_in = offered == 0 ? nothing : reinterpret_cast<Bytef*>(s.input.front().data() + s.taken);
  s.z.avail_in = static_cast<uInt>(offered);
  s.z.next_out = reinterpret_cast<Bytef*>(chunk.output.data());
  s.z.avail_out = static_cast<uInt>(out);
  chunk.status = step(&s.z, last ? flush : Z_NO_FLUSH);
  const std::size_t taken = offered - s.z.avail_in;
  if (s.raw && s.mode == ZStream::Mode::deflate && taken > 0)
    s.crc = crc32(s.crc, s.z.next_in - taken, static_cast<uInt>(taken));
  s.used(taken);
  chunk.output.resize(out - s.z.avail_out);
  if (s.raw && s.mode == ZStream::Mode::inflate)
    s.crc = crc32(s.crc, reinterpret_cast<const Bytef*>(chunk.output.data()),
                  static_cast<uInt>(chunk.output.size()));
  chunk.more = !s.input.empty() || s.z.avail_out == 0;
  s.z.next_in = nothing;
  s.z.avail_in = 0;
  spend_for(c, offered + chunk.output.size(), kBytesPerReduction);
  return chunk;
}

Term answer(Call& c, Term tag, const std::string& output) {
  const Term list =
      output.empty() ? Term::nil() : make_cons(c.heap(), make_binary_copy(c.heap(), output), Term::nil());
  return make_tuple(c.heap(), tag, list);
}

bool chunk_size(SmallInt n) { return n.value() > 0 && n.value() <= static_cast<std::int64_t>(kMaxChunk); }

}  // namespace

JOIST_DEFINE_BIF(zlib_open_nif_0) {
  auto* s = new ZStream;
  s->owner = c.process.pid;
  return make_magic_ref(c.heap(), s);
}
JOIST_DEFINE_BIF(zlib_close_nif_1, Term z) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  s->end();
  return am::ok;
}
JOIST_DEFINE_BIF(zlib_set_controller_nif_2, Term z, LocalPid pid) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  s->owner = pid.t;
  return am::ok;
}

// ---- deflate ----
JOIST_DEFINE_BIF(zlib_deflateInit_nif_6, Term z, SmallInt level, SmallInt method, SmallInt window_bits,
                 SmallInt memory, SmallInt strategy) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->mode != ZStream::Mode::none) return raise_error(c, am::already_initialized);
  const int status = deflateInit2(&s->z, static_cast<int>(level.value()), static_cast<int>(method.value()),
                                  static_cast<int>(window_bits.value()), static_cast<int>(memory.value()),
                                  static_cast<int>(strategy.value()));
  if (status == Z_OK) {
    s->mode = ZStream::Mode::deflate;
    s->raw = window_bits.value() < 0;
  }
  return outcome(c, status, am::ok);
}
JOIST_DEFINE_BIF(zlib_deflateSetDictionary_nif_2, Term z, Term dictionary) {
  ZStream* s = stream_of(c, z, ZStream::Mode::deflate);
  if (s == nullptr) return Term::none();
  std::string scratch;
  const auto bytes = iodata_bytes(dictionary, scratch);
  if (!bytes) return badarg(c);
  const int status = deflateSetDictionary(&s->z, reinterpret_cast<const Bytef*>(bytes->data()),
                                          static_cast<uInt>(bytes->size()));
  return outcome(c, status, Term::small(static_cast<std::int64_t>(s->z.adler)));
}
JOIST_DEFINE_BIF(zlib_deflateReset_nif_1, Term z) {
  ZStream* s = stream_of(c, z, ZStream::Mode::deflate);
  if (s == nullptr) return Term::none();
  s->drop_input();
  return outcome(c, deflateReset(&s->z), am::ok);
}
JOIST_DEFINE_BIF(zlib_deflateEnd_nif_1, Term z) {
  ZStream* s = stream_of(c, z, ZStream::Mode::deflate);
  if (s == nullptr) return Term::none();
  const bool unread = !s->input.empty();
  const int status = s->end();
  return unread ? raise_error(c, am::data_error) : outcome(c, status, am::ok);
}
JOIST_DEFINE_BIF(zlib_deflateParams_nif_3, Term z, SmallInt level, SmallInt strategy) {
  ZStream* s = stream_of(c, z, ZStream::Mode::deflate);
  if (s == nullptr) return Term::none();
  Bytef room[64];  // all output has been flushed before
  s->z.next_out = room;
  s->z.avail_out = sizeof room;
  s->z.avail_in = 0;
  return outcome(c, deflateParams(&s->z, static_cast<int>(level.value()), static_cast<int>(strategy.value())),
                 am::ok);
}
// deflate_nif(Z, InputChunk, OutputChunk, Flush) -> {continue | finished, [Binary]}
JOIST_DEFINE_BIF(zlib_deflate_nif_4, Term z, SmallInt in, SmallInt out, SmallInt flush) {
  if (!chunk_size(in) || !chunk_size(out)) return badarg(c);
  ZStream* s = stream_of(c, z, ZStream::Mode::deflate);
  if (s == nullptr) return Term::none();
  const Chunk chunk =
      run_chunk(c, *s, static_cast<std::size_t>(in.value()), static_cast<std::size_t>(out.value()),
                static_cast<int>(flush.value()), deflate);
  if (chunk.status != Z_OK && chunk.status != Z_STREAM_END && chunk.status != Z_BUF_ERROR)
    return outcome(c, chunk.status, am::ok);
  const bool finished = chunk.status == Z_STREAM_END || !chunk.more;
  return answer(c, finished ? am::finished : am::continue_, chunk.output);
}

// ---- inflate ----
JOIST_DEFINE_BIF(zlib_inflateInit_nif_3, Term z, SmallInt window_bits, SmallInt at_end) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->mode != ZStream::Mode::none) return raise_error(c, am::already_initialized);
  if (at_end.value() < 0 || at_end.value() > 2) return badarg(c);
  const int status = inflateInit2(&s->z, static_cast<int>(window_bits.value()));
  if (status == Z_OK) {
    s->mode = ZStream::Mode::inflate;
    s->raw = window_bits.value() < 0;
    s->at_end = static_cast<ZStream::AtEnd>(at_end.value());
  }
  return outcome(c, status, am::ok);
}
JOIST_DEFINE_BIF(zlib_inflateSetDictionary_nif_2, Term z, Term dictionary) {
  ZStream* s = stream_of(c, z, ZStream::Mode::inflate);
  if (s == nullptr) return Term::none();
  std::string scratch;
  const auto bytes = iodata_bytes(dictionary, scratch);
  if (!bytes) return badarg(c);
  const int status = inflateSetDictionary(&s->z, reinterpret_cast<const Bytef*>(bytes->data()),
                                          static_cast<uInt>(bytes->size()));
  if (status == Z_OK) s->wants_dictionary = false;
  return outcome(c, status, am::ok);
}
JOIST_DEFINE_BIF(zlib_inflateGetDictionary_nif_1, Term z) {
  ZStream* s = stream_of(c, z, ZStream::Mode::inflate);
  if (s == nullptr) return Term::none();
  Bytef bytes[32768];
  uInt size = 0;
  const int status = inflateGetDictionary(&s->z, bytes, &size);
  return status == Z_OK ? make_binary_copy(c.heap(), bytes, size) : outcome(c, status, am::ok);
}
JOIST_DEFINE_BIF(zlib_inflateReset_nif_1, Term z) {
  ZStream* s = stream_of(c, z, ZStream::Mode::inflate);
  if (s == nullptr) return Term::none();
  s->drop_input();
  s->end_seen = s->wants_dictionary = false;
  return outcome(c, inflateReset(&s->z), am::ok);
}
// OTP: data_error if the end of the stream has not been seen.
JOIST_DEFINE_BIF(zlib_inflateEnd_nif_1, Term z) {
  ZStream* s = stream_of(c, z, ZStream::Mode::inflate);
  if (s == nullptr) return Term::none();
  const bool complete = s->end_seen && s->input.empty();
  s->end();
  return complete ? am::ok : raise_error(c, am::data_error);
}
// inflate_nif(Z, InputChunk, OutputChunk, Flush) -> {continue | finished, [Binary]} | {need_dictionary,
// Adler, [Binary]}
JOIST_DEFINE_BIF(zlib_inflate_nif_4, Term z, SmallInt in, SmallInt out, SmallInt flush) {
  if (!chunk_size(in) || !chunk_size(out)) return badarg(c);
  ZStream* s = stream_of(c, z, ZStream::Mode::inflate);
  if (s == nullptr) return Term::none();
  if (s->end_seen && !s->input.empty()) {
    switch (s->at_end) {
      case ZStream::AtEnd::error: return raise_error(c, am::data_error);
      case ZStream::AtEnd::cut: s->drop_input(); break;
      case ZStream::AtEnd::reset:
        inflateReset(&s->z);
        s->end_seen = false;
        break;
    }
  }
  if (s->end_seen) return answer(c, am::finished, {});
  const Chunk chunk =
      run_chunk(c, *s, static_cast<std::size_t>(in.value()), static_cast<std::size_t>(out.value()),
                static_cast<int>(flush.value()), inflate);
  if (chunk.status == Z_NEED_DICT) {
    s->wants_dictionary = true;
    const Term list = answer(c, am::continue_, chunk.output);
    return make_tuple(c.heap(), am::need_dictionary, make_uint(c.heap(), s->z.adler), Tuple::of(list)[1]);
  }
  if (chunk.status != Z_OK && chunk.status != Z_STREAM_END && chunk.status != Z_BUF_ERROR)
    return outcome(c, chunk.status, am::ok);
  if (chunk.status == Z_STREAM_END) s->end_seen = true;
  const bool goes_on = chunk.status == Z_STREAM_END ? !s->input.empty() : chunk.more;
  return answer(c, goes_on ? am::continue_ : am::finished, chunk.output);
}

// crc32_nif(Z) -> checksum of what has been compressed or decompressed, 0 unless the stream has no header.
JOIST_DEFINE_BIF(zlib_crc32_nif_1, Term z) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->mode == ZStream::Mode::none) return raise_error(c, am::not_initialized);
  return make_uint(c.heap(), s->crc);
}
JOIST_DEFINE_BIF(zlib_getBufSize_nif_1, Term z) {
  ZStream* s = stream_of(c, z);
  return s == nullptr ? Term::none() : Term::small(s->buffer_size);
}
JOIST_DEFINE_BIF(zlib_setBufSize_nif_2, Term z, SmallInt size) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  s->buffer_size = size.value();
  return am::ok;
}

// ---- input and the caller's own note ----
JOIST_DEFINE_BIF(zlib_enqueue_nif_2, Term z, Term iovec) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->mode == ZStream::Mode::none) return raise_error(c, am::not_initialized);
  std::string bytes;
  if (!append_iolist(bytes, iovec)) return badarg(c);
  if (!bytes.empty()) s->input.push_back(std::move(bytes));
  return am::ok;
}
JOIST_DEFINE_BIF(zlib_getStash_nif_1, Term z) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->stash.is_none()) return am::empty_stash;
  return make_tuple(c.heap(), am::ok, copy_term(c.heap(), s->stash));
}
JOIST_DEFINE_BIF(zlib_clearStash_nif_1, Term z) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (s->stash.is_none()) return badarg(c);
  s->stash = Term::none();
  s->stash_heap.reset();
  return am::ok;
}
JOIST_DEFINE_BIF(zlib_setStash_nif_2, Term z, Term note) {
  ZStream* s = stream_of(c, z);
  if (s == nullptr) return Term::none();
  if (!s->stash.is_none()) return badarg(c);
  s->stash_heap.emplace();
  s->stash = copy_with_literals(*s->stash_heap, note);
  return am::ok;
}

}  // namespace joist
