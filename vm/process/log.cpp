#include "vm/process/log.hpp"

#include <string>

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/console.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/system.hpp"
#include "vm/process/table.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

Term logger() {
  const Term set = system_logger();
  return set == am::logger ? whereis_name(am::logger) : set.is_local_pid() ? set : Term::none();
}

Term level_atom(LogLevel level) {
  switch (level) {
    case LogLevel::error: return am::error;
    case LogLevel::warning: return am::warning;
    case LogLevel::info: return am::info;
  }
  fail("a log level that does not exist");
}
Term tag_atom(LogLevel level) {
  switch (level) {
    case LogLevel::error: return am::error;
    case LogLevel::warning: return am::warning_msg;
    case LogLevel::info: return am::info_msg;
  }
  fail("a log level that does not exist");
}

// +W: what warnings are taken for.
LogLevel mapped(LogLevel level) {
  if (level != LogLevel::warning) return level;
  switch (flags.warning_map) {
    case WarningMap::error: return LogLevel::error;
    case WarningMap::warning: return LogLevel::warning;
    case WarningMap::info: return LogLevel::info;
  }
  fail("a warning map that does not exist");
}

}  // namespace

Term system_logger() {
  const Term set{system_settings.logger.load()};
  return set.is_local_pid() && find_process(set) == nullptr ? am::logger : set;
}

void log_event(LogLevel level, std::string_view format, Term arguments, Term leader, Term pid) {
  level = mapped(level);
  GrowingFragmentHeap h;
  const Term emulator[] = {am::emulator, am::true_, am::tag, tag_atom(level)};
  std::vector<Term> pairs = {am::error_logger, map_from_pairs(h, emulator), am::time,
                             make_int(h, os_system_ns() / 1000)};
  const auto add = [&](Term key, Term value) {
    if (value.is_none()) return;
    pairs.push_back(key);
    pairs.push_back(copy_term(h, value));
  };
  add(am::gl, leader);
  add(am::pid, pid);
  const Term text = make_string_list(h, format);
  const Term own_arguments = copy_term(h, arguments);
  const Term message =
      make_tuple(h, am::log, level_atom(level), text, own_arguments, map_from_pairs(h, pairs));
  const Term to = logger();
  if (to.is_local_pid()) return send_fragment(to, message, h.finish());
  // OTP: a message that is text only is shown as that.
  std::string shown = "(no logger present) ";
  const auto only =
      arguments.is_cons() && arguments.tail().is_nil() ? list_to_utf8(arguments.head()) : std::nullopt;
  if (only && (format == "~s~n" || format == "~s"))
    shown += std::string(atom_text(tag_atom(level))) + ": " + *only;
  else
    shown += "unexpected logger message: " + to_text(message);
  write_console(shown + "\n");
}

}  // namespace joist
