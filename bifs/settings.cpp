// Small functions of several modules that tell how the system was set up.
#include "bifs/bifs.hpp"
#include "bifs/native_names.hpp"

namespace joist {

// file:native_name_encoding() -> utf8 | latin1, as the locale says.
JOIST_DEFINE_BIF(file_native_name_encoding_0) { return native_names_are_utf8() ? am::utf8 : am::latin1; }
// io:printable_range() -> unicode | latin1
JOIST_DEFINE_BIF(io_printable_range_0) { return am::latin1; }
// error_logger:warning_map() -> error | warning | info
JOIST_DEFINE_BIF(error_logger_warning_map_0) { return am::warning; }
// net_kernel:dflag_unicode_io(Pid): whether the pid's node understands Unicode I/O; all present ones do.
JOIST_DEFINE_BIF(net_kernel_dflag_unicode_io_1, Term pid) { return pid.is_pid() ? am::true_ : badarg(c); }

}  // namespace joist
