#include "vm/base/console.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>

namespace joist {

void write_console(std::string_view text) {
  std::string out;
  for (const char ch : text) {
    if (ch == '\n') out += '\r';
    out += ch;
  }
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t n = ::write(2, out.data() + done, out.size() - done);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

}  // namespace joist
