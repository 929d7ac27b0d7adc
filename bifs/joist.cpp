// joist.cpp -- module joist: what joist's own Erlang code needs of the operating system; ending the VM.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "bifs/bifs.hpp"
#include "scheduler/scheduler.hpp"

namespace joist {
namespace {

// joist:write(Fd, IoData) -> ok | {error, Errno}. Writes all of it; runs on a dirty thread.
Term write_all(Call& c, SmallInt fd, Term data) {
  std::string bytes;
  if (!append_iolist(bytes, data)) return badarg(c);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(static_cast<int>(fd.value()), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return make_tuple(c.heap(), am::error, Term::small(errno));
    done += static_cast<std::size_t>(n);
  }
  return am::ok;
}

// joist:read(Fd, Max) -> {ok, Binary} | eof | {error, Errno}. Waits for input; runs on a dirty thread.
Term read_some(Call& c, SmallInt fd, SmallInt max) {
  std::string buffer(static_cast<std::size_t>(max.value()), '\0');
  ssize_t n;
  do n = ::read(static_cast<int>(fd.value()), buffer.data(), buffer.size());
  while (n < 0 && errno == EINTR);
  if (n == 0) return am::eof;
  if (n < 0) return make_tuple(c.heap(), am::error, Term::small(errno));
  return make_tuple(c.heap(), am::ok, make_binary_copy(c.heap(), buffer.data(), static_cast<std::size_t>(n)));
}

// erlang:halt/2 -- Status: 0..2^31-1, abort, or a slogan (a string). The caller never goes on.
Term halt(Call& c, Term status, Term options) {
  bool flush = true;
  Term rest = options;
  for (; rest.is_cons(); rest = rest.tail()) {
    const auto option = Tuple::from(rest.head());
    if (!option || option->arity() != 2 || (*option)[0] != am::flush) return badarg(c);
    if ((*option)[1] != am::true_ && (*option)[1] != am::false_) return badarg(c);
    flush = (*option)[1] == am::true_;
  }
  if (!rest.is_nil()) return badarg(c);
  if (status == am::abort) std::abort();
  if (status.is_small() && status.small_value() >= 0) {
    halt_vm(static_cast<int>(status.small_value() & 0xff), flush);
  } else if (const auto slogan = list_to_utf8(status)) {
    std::fprintf(stderr, "\n%s\n", slogan->c_str());
    halt_vm(1, flush);
  } else {
    return badarg(c);
  }
  c.process.run_result = static_cast<std::uint8_t>(RunResult::waiting);
  return retry_marker();
}

}  // namespace

JOIST_BIF_BODY(erlang_halt_2, halt)
JOIST_BIF_BODY(joist_write_2, write_all)
JOIST_BIF_BODY(joist_read_2, read_some)

}  // namespace joist
