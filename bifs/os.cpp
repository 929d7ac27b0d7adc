// os: the environment, the process id, the operating system's clocks.
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string>

#include "bifs/bifs.hpp"
#include "vm/os/environment.hpp"
#include "vm/term/number.hpp"
#include "vm/term/unicode.hpp"
#include "vm/term/work_stack.hpp"

extern char** environ;

namespace joist {

namespace {

// Characters as environment text; nullopt if not a list of characters and such lists, or one of them is 0.
std::optional<std::string> environment_text(Term list) {
  std::string text;
  WorkStack<Term, 8> tails;
  for (;;) {
    while (list.is_cons()) {
      const Term head = list.head();
      list = list.tail();
      if (head.is_cons()) {
        tails.push(list);
        list = head;
      } else if (head.is_small() && head.small_value() > 0 &&
                 is_code_point(static_cast<std::uint64_t>(head.small_value()))) {
        utf8_append(text, static_cast<std::uint32_t>(head.small_value()));
      } else if (!head.is_nil()) {
        return std::nullopt;
      }
    }
    if (!list.is_nil()) return std::nullopt;
    if (tails.empty()) return text;
    list = tails.pop();
  }
}
// OTP: a name must not have '=' in it; the empty name is that of no variable.
std::optional<std::string> environment_name(Term list) {
  auto name = environment_text(list);
  return name && name->find('=') == std::string::npos ? std::move(name) : std::nullopt;
}
Term text_list(Heap& h, std::string_view text) {
  return is_utf8(text) ? make_string_list(h, text) : make_byte_list(h, text);
}

std::int64_t clock_nanoseconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1000000000 + t.tv_nsec;
}

// Parts of a second that a time unit stands for.
std::optional<std::int64_t> parts_per_second(Term unit) {
  if (unit == am::second || unit == am::seconds) return 1;
  if (unit == am::millisecond || unit == am::milli_seconds) return 1000;
  if (unit == am::microsecond || unit == am::micro_seconds) return 1000000;
  if (unit == am::nanosecond || unit == am::nano_seconds || unit == am::native || unit == am::perf_counter)
    return 1000000000;
  if (unit.is_small() && unit.small_value() > 0) return unit.small_value();
  return std::nullopt;
}

}  // namespace

JOIST_DEFINE_BIF(os_getenv_1, List name_list) {
  const auto name = environment_name(name_list.t);
  if (!name) return badarg(c);
  std::string value;
  {
    const std::lock_guard lock(environment_mutex);
    const char* text = name->empty() ? nullptr : std::getenv(name->c_str());
    if (text == nullptr) return am::false_;
    value = text;
  }
  return text_list(c.heap(), value);
}
JOIST_DEFINE_BIF(os_putenv_2, List name_list, List value_list) {
  const auto name = environment_name(name_list.t);
  const auto value = environment_text(value_list.t);
  if (!name || !value) return badarg(c);
  const std::lock_guard lock(environment_mutex);
  if (!name->empty()) setenv(name->c_str(), value->c_str(), 1);
  return am::true_;
}
JOIST_DEFINE_BIF(os_unsetenv_1, List name_list) {
  const auto name = environment_name(name_list.t);
  if (!name) return badarg(c);
  const std::lock_guard lock(environment_mutex);
  if (!name->empty()) unsetenv(name->c_str());
  return am::true_;
}
// env() -> [{Name, Value}]
JOIST_DEFINE_BIF(os_env_0) {
  const std::lock_guard lock(environment_mutex);
  ListBuilder list(c.heap());
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::size_t equals = entry.find('=', 1);
    if (equals == std::string_view::npos) continue;
    const Term name = text_list(c.heap(), entry.substr(0, equals));
    list.add(make_tuple(c.heap(), name, text_list(c.heap(), entry.substr(equals + 1))));
  }
  return list.list();
}
JOIST_DEFINE_BIF(os_getpid_0) { return make_byte_list(c.heap(), std::to_string(getpid())); }

// ---- clocks ----
JOIST_DEFINE_BIF(os_perf_counter_0) { return make_int(c.heap(), clock_nanoseconds(CLOCK_MONOTONIC)); }
JOIST_DEFINE_BIF(os_system_time_0) { return make_int(c.heap(), clock_nanoseconds(CLOCK_REALTIME)); }
JOIST_DEFINE_BIF(os_system_time_1, Term unit) {
  const auto parts = parts_per_second(unit);
  if (!parts) return badarg(c);
  const std::int64_t now = clock_nanoseconds(CLOCK_REALTIME);
  const std::int64_t seconds = now / 1000000000, nanoseconds = now % 1000000000;
  const auto fraction = static_cast<std::int64_t>(static_cast<__int128>(nanoseconds) * *parts / 1000000000);
  const Term whole = number_multiply(c.heap(), Term::small(seconds), Term::small(*parts));
  return number_add(c.heap(), whole, make_int(c.heap(), fraction));
}
// timestamp() -> {MegaSeconds, Seconds, MicroSeconds}
JOIST_DEFINE_BIF(os_timestamp_0) {
  const std::int64_t microseconds = clock_nanoseconds(CLOCK_REALTIME) / 1000;
  const std::int64_t seconds = microseconds / 1000000;
  return make_tuple(c.heap(), Term::small(seconds / 1000000), Term::small(seconds % 1000000),
                    Term::small(microseconds % 1000000));
}

}  // namespace joist
