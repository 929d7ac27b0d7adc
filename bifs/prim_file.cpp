// prim_file: native functions on open files. Those of names: prim_file_folders.cpp, prim_file_names.cpp.
#include "bifs/prim_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "gc/fragment.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"

namespace joist {

NativePath::NativePath(Term t) {
  const auto b = t.is_bitstring() ? Bits::from(t) : std::nullopt;
  if (!b) return;
  std::string scratch;
  const std::string_view all = aligned_bytes(*b, scratch).substr(0, b->bit_size() / 8);
  const std::size_t end = all.find('\0');
  if (end == all.npos || all.find_first_not_of('\0', end) != all.npos) return;
  bytes_ = all.substr(0, end);
  valid_ = true;
}

namespace {

std::atomic<Word> file_closer{Term::none().bits};

// A process must not wait for a slow file system while it exits: the closer does.
void close_files_of(Process& p) {
  for (OpenFile* file : OpenFiles::take_all(p.pid)) {
    if (file->owner_exits()) {
      const Term closer{file_closer.load(std::memory_order_relaxed)};
      if (closer.is_local_pid() && find_process(closer) != nullptr) {
        GrowingFragmentHeap heap;
        const Term message = make_tuple(heap, am::close, make_magic_ref(heap, file));
        send_fragment(closer, message, heap.finish());
      } else {
        file->close_orphan();
      }
    }
    file->release();
  }
}

Term new_file(Call& c, int fd) {
  auto* file = new OpenFile(fd, c.process.pid);
  const Term reference = make_magic_ref(c.heap(), file);
  OpenFiles::add(file);
  return make_tuple(c.heap(), am::ok, reference);
}

unsigned modes_from(Term list) {
  unsigned modes = 0;
  for (; list.is_cons(); list = list.tail()) {
    const Term m = list.head();
    if (m == am::read) modes |= kFileRead;
    if (m == am::write) modes |= kFileWrite;
    if (m == am::append) modes |= kFileAppend | kFileWrite;
    if (m == am::exclusive) modes |= kFileExclusive | kFileWrite;
    if (m == am::sync) modes |= kFileSync;
    if (m == am::directory) modes |= kFileDirectory;
    if (m == am::skip_type_check) modes |= kFileSkipTypeCheck;
  }
  return modes & (kFileRead | kFileWrite) ? modes : modes | kFileRead;
}

// {ok, Binary} | eof | {error, Posix}
Term read_result(Call& c, int error, RefcBinary* bytes) {
  if (error != 0) return posix_error(c, error);
  if (bytes == nullptr) return am::eof;
  return make_tuple(c.heap(), am::ok, binary_from(c.heap(), bytes));
}

// A number that is not negative, for functions that answer einval to others.
std::optional<std::int64_t> not_negative(Term t) {
  const auto n = to_int64(t);
  return n && *n >= 0 ? n : std::nullopt;
}

// The first binaries of a list, as many as go into one call, and what follows them.
struct IoVector {
  std::vector<iovec> pieces;
  std::vector<std::string> copies;  // of binaries that do not start at a byte
  std::size_t bytes = 0;
  Term rest = Term::nil();
};
constexpr std::size_t kMaxPieces = 64;

std::optional<IoVector> io_vector(Term list) {
  IoVector v;
  v.copies.reserve(kMaxPieces);
  for (; list.is_cons() && v.pieces.size() < kMaxPieces; list = list.tail()) {
    const Term head = list.head();
    if (!head.is_bitstring()) return std::nullopt;
    const Bits b = *Bits::from(head);
    const std::size_t size = b.bit_size() / 8;
    const std::uint8_t* at = b.base() + b.start_bit() / 8;
    if (!b.byte_aligned()) {
      std::string& copy = v.copies.emplace_back();
      at = reinterpret_cast<const std::uint8_t*>(aligned_bytes(b, copy).data());
    }
    v.pieces.push_back({const_cast<std::uint8_t*>(at), size});
    v.bytes += size;
  }
  if (!list.is_cons() && !list.is_nil()) return std::nullopt;
  v.rest = list;
  return v;
}

}  // namespace

void set_file_closer(Term pid) { file_closer.store(pid.bits, std::memory_order_relaxed); }
void init_files() { add_exit_hook(close_files_of); }

// open_nif(Path, Modes) -> {ok, File} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_open_nif_2, Term path, List modes) {
  const NativePath name(path);
  if (!name.valid()) return posix_error(c, EINVAL);
  int fd;
  const int error = open_file(name.c_str(), modes_from(modes.t), &fd);
  return error == 0 ? new_file(c, fd) : posix_error(c, error);
}
// file_desc_to_ref_nif(Descriptor) -> {ok, File}: takes over a descriptor that is open already.
JOIST_DEFINE_BIF(prim_file_file_desc_to_ref_nif_1, SmallInt descriptor) {
  const int fd = static_cast<int>(descriptor.value());
  if (fd != descriptor.value()) return badarg(c);
  return fcntl(fd, F_GETFL) < 0 ? posix_error(c, errno) : new_file(c, fd);
}
JOIST_DEFINE_BIF(prim_file_close_nif_1, Term file) {
  auto* f = magic_cast<OpenFile>(file);
  return f == nullptr ? badarg(c) : posix_result(c, f->close());
}
// delayed_close_nif(File): closes a file whose owner has exited, for the process that prim_file keeps for
// this.
JOIST_DEFINE_BIF(prim_file_delayed_close_nif_1, Term file) {
  auto* f = magic_cast<OpenFile>(file);
  if (f == nullptr) return badarg(c);
  f->close_orphan();
  return am::ok;
}

// read_nif(File, Size) -> {ok, Binary} | eof | {error, Posix}
JOIST_DEFINE_BIF(prim_file_read_nif_2, Term file, Term size) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!size.is_number()) return badarg(c);
    const auto n = not_negative(size);
    if (!n) return posix_error(c, EINVAL);
    RefcBinary* bytes = nullptr;
    const int error = read_file_bytes(f.fd(), -1, static_cast<std::size_t>(*n), &bytes);
    return read_result(c, error, bytes);
  });
}
JOIST_DEFINE_BIF(prim_file_pread_nif_3, Term file, Term offset, Term size) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!offset.is_number() || !size.is_number()) return badarg(c);
    const auto at = not_negative(offset), n = not_negative(size);
    if (!at || !n) return posix_error(c, EINVAL);
    RefcBinary* bytes = nullptr;
    const int error = read_file_bytes(f.fd(), *at, static_cast<std::size_t>(*n), &bytes);
    return read_result(c, error, bytes);
  });
}
// write_nif(File, [Binary]) -> ok | {continue, Rest} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_write_nif_2, Term file, Term data) {
  return with_file(c, file, [&](OpenFile& f) {
    auto v = io_vector(data);
    if (!v) return badarg(c);
    const int error = write_file_bytes(f.fd(), -1, v->pieces);
    if (error != 0) return posix_error(c, error);
    return v->rest.is_nil() ? am::ok : make_tuple(c.heap(), am::continue_, v->rest);
  });
}
// pwrite_nif(File, Offset, [Binary]) -> ok | {continue, Written, Rest} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_pwrite_nif_3, Term file, Term offset, Term data) {
  return with_file(c, file, [&](OpenFile& f) {
    auto v = io_vector(data);
    if (!v || !offset.is_number()) return badarg(c);
    const auto at = not_negative(offset);
    if (!at) return posix_error(c, EINVAL);
    const int error = write_file_bytes(f.fd(), *at, v->pieces);
    if (error != 0) return posix_error(c, error);
    if (v->rest.is_nil()) return am::ok;
    return make_tuple(c.heap(), am::continue_, make_uint(c.heap(), v->bytes), v->rest);
  });
}
// seek_nif(File, bof | cur | eof, Offset) -> {ok, NewPosition} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_seek_nif_3, Term file, Term from, Term offset) {
  return with_file(c, file, [&](OpenFile& f) {
    const auto n = to_int64(offset);
    if (!offset.is_integer() || !n || (from != am::bof && from != am::cur && from != am::eof))
      return badarg(c);
    const off_t at = lseek(f.fd(), *n, from == am::bof ? SEEK_SET : from == am::cur ? SEEK_CUR : SEEK_END);
    if (at < 0) return posix_error(c, errno);
    return make_tuple(c.heap(), am::ok, make_int(c.heap(), at));
  });
}
JOIST_DEFINE_BIF(prim_file_sync_nif_2, Term file, Term data_only) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!data_only.is_small()) return badarg(c);
    const int result = data_only == Term::small(0) ? fsync(f.fd()) : fdatasync(f.fd());
    return posix_result(c, result < 0 ? errno : 0);
  });
}
JOIST_DEFINE_BIF(prim_file_truncate_nif_1, Term file) {
  return with_file(c, file, [&](OpenFile& f) { return posix_result(c, truncate_here(f.fd())); });
}
JOIST_DEFINE_BIF(prim_file_allocate_nif_3, Term file, Term offset, Term length) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!offset.is_number() || !length.is_number()) return badarg(c);
    const auto at = not_negative(offset), n = not_negative(length);
    if (!at || !n) return posix_error(c, EINVAL);
    return posix_result(c, allocate_space(f.fd(), *at, *n));
  });
}
JOIST_DEFINE_BIF(prim_file_advise_nif_4, Term file, Term offset, Term length, Term advice) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!offset.is_number() || !length.is_number()) return badarg(c);
    const auto at = not_negative(offset), n = not_negative(length);
    const int how = advice == am::normal       ? POSIX_FADV_NORMAL
                    : advice == am::random     ? POSIX_FADV_RANDOM
                    : advice == am::sequential ? POSIX_FADV_SEQUENTIAL
                    : advice == am::will_need  ? POSIX_FADV_WILLNEED
                    : advice == am::dont_need  ? POSIX_FADV_DONTNEED
                    : advice == am::no_reuse   ? POSIX_FADV_NOREUSE
                                               : -1;
    if (!at || !n || how < 0) return posix_error(c, EINVAL);
    // OTP: what is only advice never fails.
    posix_fadvise(f.fd(), *at, *n, how);
    return am::ok;
  });
}
// get_handle_nif(File) -> the descriptor, as a C int's bytes
JOIST_DEFINE_BIF(prim_file_get_handle_nif_1, Term file) {
  return with_file(c, file, [&](OpenFile& f) {
    const int fd = f.fd();
    return make_binary_copy(c.heap(), &fd, sizeof fd);
  });
}
// ipread_s32bu_p32bu_nif(File, Offset, MaxSize) -> {ok, {Size, Pointer, Binary | eof}} | eof | {error, Posix}
// At Offset lie a size and a pointer, 32 bits each; the data lies where the pointer points.
JOIST_DEFINE_BIF(prim_file_ipread_s32bu_p32bu_nif_3, Term file, Term offset, Term max_size) {
  return with_file(c, file, [&](OpenFile& f) {
    if (!offset.is_number() || !max_size.is_number()) return badarg(c);
    const auto at = not_negative(offset), most = to_int64(max_size);
    if (!at || !most || *most >= std::int64_t{1} << 31) return posix_error(c, EINVAL);
    RefcBinary* bytes = nullptr;
    if (const int error = read_file_bytes(f.fd(), *at, 8, &bytes)) return posix_error(c, error);
    if (bytes == nullptr || bytes->used() < 8) {
      if (bytes != nullptr) bytes->release();
      return am::eof;
    }
    const auto read32 = [&](int i) {
      std::uint32_t n;
      std::memcpy(&n, bytes->bytes + i, 4);
      return __builtin_bswap32(n);
    };
    const std::uint32_t size = read32(0), pointer = read32(4);
    bytes->release();
    if (size > *most) return am::eof;
    bytes = nullptr;
    if (const int error = read_file_bytes(f.fd(), pointer, size, &bytes)) return posix_error(c, error);
    const Term data = bytes == nullptr ? am::eof : binary_from(c.heap(), bytes);
    return make_tuple(c.heap(), am::ok, make_tuple(c.heap(), Term::small(size), Term::small(pointer), data));
  });
}

}  // namespace joist
