// joist.cpp -- module joist: what joist's own Erlang code needs of the operating system.
#include <unistd.h>

#include <cerrno>

#include "bifs/bifs.hpp"

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

}  // namespace

JOIST_BIF_BODY(joist_write_2, write_all)
JOIST_BIF_BODY(joist_read_2, read_some)

}  // namespace joist
