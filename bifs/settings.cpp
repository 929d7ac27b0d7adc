// Small functions of several modules that tell how the system was set up.
#include "bifs/bifs.hpp"
#include "bifs/native_names.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/table.hpp"

namespace joist {

// file:native_name_encoding() -> utf8 | latin1, as the locale says.
JOIST_DEFINE_BIF(file_native_name_encoding_0) { return native_names_are_utf8() ? am::utf8 : am::latin1; }
// io:printable_range() -> unicode | latin1
JOIST_DEFINE_BIF(io_printable_range_0) { return flags.printable_unicode ? am::unicode : am::latin1; }
// error_logger:warning_map() -> error | warning | info
JOIST_DEFINE_BIF(error_logger_warning_map_0) {
  switch (flags.warning_map) {
    case WarningMap::error: return am::error;
    case WarningMap::warning: return am::warning;
    case WarningMap::info: return am::info;
  }
  fail("a warning map that does not exist");
}
// net_kernel:dflag_unicode_io(Pid): whether the pid's node understands Unicode I/O; all present ones do.
JOIST_DEFINE_BIF(net_kernel_dflag_unicode_io_1, Term pid) { return pid.is_pid() ? am::true_ : badarg(c); }

// erts_internal:system_check(schedulers) -> ok: all of them answer. They do as long as this one does.
JOIST_DEFINE_BIF(erts_internal_system_check_1, Term what) {
  return what == intern("schedulers") ? am::ok : badarg(c);
}
// What erts_dirty_process_signal_handler asks for. joist's processes handle their signals themselves when
// they come back from a dirty scheduler, so that nobody is ever asked to do it for them.
JOIST_DEFINE_BIF(erts_internal_dirty_process_handle_signals_1, LocalPid pid) {
  return find_process(pid.t) == nullptr ? am::noproc : am::normal;
}
JOIST_DEFINE_BIF(erts_internal_check_dirty_process_code_2, LocalPid, Atom) { return am::normal; }

}  // namespace joist
