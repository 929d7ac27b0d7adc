// Small functions of several modules that tell how the system was set up.
#include <langinfo.h>
#include <locale.h>

#include <string_view>

#include "bifs/bifs.hpp"

namespace joist {

// file:native_name_encoding() -> utf8 | latin1, as the locale says.
JOIST_DEFINE_BIF(file_native_name_encoding_0) {
  static const bool is_utf8_locale = [] {
    setlocale(LC_CTYPE, "");
    return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  }();
  return is_utf8_locale ? am::utf8 : am::latin1;
}
// io:printable_range() -> unicode | latin1
JOIST_DEFINE_BIF(io_printable_range_0) { return am::latin1; }
// error_logger:warning_map() -> error | warning | info
JOIST_DEFINE_BIF(error_logger_warning_map_0) { return am::warning; }
// net_kernel:dflag_unicode_io(Pid): whether the pid's node understands Unicode I/O; all present ones do.
JOIST_DEFINE_BIF(net_kernel_dflag_unicode_io_1, Term pid) { return pid.is_pid() ? am::true_ : badarg(c); }

}  // namespace joist
