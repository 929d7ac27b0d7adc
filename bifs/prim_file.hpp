// prim_file.hpp -- what the native functions of prim_file share.
// Owner: nobody. Threads: any. GC: builds in the caller's heap.
#pragma once
#include "bifs/bifs.hpp"
#include "vm/os/file.hpp"
#include "vm/os/posix.hpp"

namespace joist {

// ok, or {error, Posix}.
inline Term posix_error(Call& c, int error) { return make_tuple(c.heap(), am::error, posix_atom(error)); }
inline Term posix_result(Call& c, int error) { return error == 0 ? am::ok : posix_error(c, error); }

// A binary of these bytes, taking over the reference.
inline Term binary_from(Heap& h, RefcBinary* bytes) {
  const std::size_t size = bytes->used();
  if (size > kMaxHeapBytes) return make_refc_binary(h, bytes, size * 8);
  const Term t = make_binary_copy(h, bytes->bytes, size);
  bytes->release();
  return t;
}

// A name as internal_name2native/1 makes it: bytes that end in one or more zeros, with none inside.
class NativePath {
 public:
  explicit NativePath(Term t);
  bool valid() const { return valid_; }
  const char* c_str() const { return bytes_.c_str(); }

 private:
  std::string bytes_;
  bool valid_ = false;
};

// Files that a process leaves behind are closed by this process, if it is set, else by themselves.
void set_file_closer(Term pid);
// Has processes that exit close their files.
void init_files();

// Runs `operate(File&)` on an open file: badarg if `t` is none, {error, einval} if it is closed.
template <class Operate>
Term with_file(Call& c, Term t, Operate operate) {
  auto* file = magic_cast<OpenFile>(t);
  if (file == nullptr) return badarg(c);
  if (!file->begin_operation()) return posix_error(c, EINVAL);
  const Term result = operate(*file);
  file->end_operation();
  return result;
}

}  // namespace joist
