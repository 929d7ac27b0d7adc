// erlang, erts_internal: clocks, dates, unique integers.
#include <atomic>
#include <bit>
#include <ctime>

#include "bifs/bifs.hpp"
#include "bifs/internal_state.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/flags.hpp"
#include "vm/nif/nif.hpp"
#include "vm/process/hooks.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

constexpr std::int64_t kNative = 1'000'000'000;  // nanoseconds; also of perf_counter

// A time unit as parts per second: an atom or a positive integer.
std::optional<std::uint64_t> parts_per_second(Term unit) {
  if (unit == am::second || unit == am::seconds) return 1;
  if (unit == am::millisecond || unit == am::milli_seconds) return 1000;
  if (unit == am::microsecond || unit == am::micro_seconds) return 1'000'000;
  if (unit == am::nanosecond || unit == am::nano_seconds) return 1'000'000'000;
  if (unit == am::native || unit == am::perf_counter) return kNative;
  const auto n = to_uint64(unit);
  if (n && *n > 0) return *n;
  return std::nullopt;
}

Term in_unit(Call& c, std::int64_t nanoseconds, Term unit) {
  const auto parts = parts_per_second(unit);
  if (!parts) return badarg(c);
  // floor(nanoseconds * parts / 10^9), in 128 bits.
  const auto product = static_cast<__int128>(nanoseconds) * static_cast<__int128>(*parts);
  auto result = product / kNative;
  if (product % kNative < 0) --result;
  if (result >= INT64_MIN && result <= INT64_MAX)
    return make_int(c.heap(), static_cast<std::int64_t>(result));
  const bool negative = result < 0;
  const auto magnitude = static_cast<unsigned __int128>(negative ? -result : result);
  const Word limbs[] = {static_cast<Word>(magnitude), static_cast<Word>(magnitude >> 64)};
  return integer_from_limbs(c.heap(), limbs, 2, negative);
}

// {MegaSeconds, Seconds, MicroSeconds}
Term make_timestamp(Heap& h, std::int64_t microseconds) {
  return make_tuple(h, Term::small(microseconds / 1'000'000'000'000),
                    Term::small(microseconds / 1'000'000 % 1'000'000), Term::small(microseconds % 1'000'000));
}

// ---- calendar ----

struct Date {
  std::int64_t year;
  int month, day, hour, minute, second;
};

bool is_leap(std::int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; }

// {{Y,M,D},{H,Mi,S}}; nullopt if it is no date.
constexpr int kFirstYear = 1600, kFirstLocalYear = 1902;  // OTP: of what universal and local times convert

std::optional<Date> date_from(Term t) {
  const auto pair = Tuple::from(t);
  if (!pair || pair->arity() != 2) return std::nullopt;
  std::int64_t n[6];
  for (std::size_t i = 0; i < 2; ++i) {
    const auto triple = Tuple::from((*pair)[i]);
    if (!triple || triple->arity() != 3) return std::nullopt;
    for (std::size_t k = 0; k < 3; ++k) {
      if (!(*triple)[k].is_small()) return std::nullopt;
      n[3 * i + k] = (*triple)[k].small_value();
    }
  }
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (n[1] < 1 || n[1] > 12 || n[3] < 0 || n[3] > 23 || n[4] < 0 || n[4] > 59 || n[5] < 0 || n[5] > 59)
    return std::nullopt;
  if (n[2] < 1 || n[2] > kDays[n[1] - 1] + (n[1] == 2 && is_leap(n[0]) ? 1 : 0)) return std::nullopt;
  return Date{n[0],
              static_cast<int>(n[1]),
              static_cast<int>(n[2]),
              static_cast<int>(n[3]),
              static_cast<int>(n[4]),
              static_cast<int>(n[5])};
}

Term make_date(Heap& h, const Date& d) {
  const auto triple = [&](std::int64_t a, int b, int e) {
    return make_tuple(h, Term::small(a), Term::small(b), Term::small(e));
  };
  const Term date = triple(d.year, d.month, d.day), time = triple(d.hour, d.minute, d.second);
  return make_tuple(h, date, time);
}

Date from_tm(const std::tm& t) {
  return {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec};
}
std::tm to_tm(const Date& d) {
  std::tm t{};
  t.tm_year = static_cast<int>(d.year - 1900);
  t.tm_mon = d.month - 1;
  t.tm_mday = d.day;
  t.tm_hour = d.hour;
  t.tm_min = d.minute;
  t.tm_sec = d.second;
  return t;
}

// Days from 1970-01-01 in the Gregorian calendar (after Howard Hinnant's civil calendar).
std::int64_t days_from_civil(std::int64_t y, int m, int d) {
  y -= m <= 2;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

std::int64_t posix_seconds(const Date& d) {
  return days_from_civil(d.year, d.month, d.day) * 86400 + d.hour * 3600 + d.minute * 60 + d.second;
}

// The years from March on. OTP: before year 0, leap days are counted as C divides; hence no algorithm of our
// own.
Date civil_from_posix(std::int64_t seconds) {
  std::int64_t days = seconds / 86400, rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  days += 719468;
  const auto days_into = [&](std::int64_t year) {
    return days - (365 * year + year / 4 - year / 100 + year / 400);
  };
  std::int64_t year = (10000 * days + 14780) / 3652425;
  if (days_into(year) < 0) --year;
  const std::int64_t day_of_year = days_into(year);
  const std::int64_t months = (100 * day_of_year + 52) / 3060;  // since March
  return {year + (months + 2) / 12,
          static_cast<int>((months + 2) % 12 + 1),
          static_cast<int>(day_of_year - (months * 306 + 5) / 10 + 1),
          static_cast<int>(rest / 3600),
          static_cast<int>(rest / 60 % 60),
          static_cast<int>(rest % 60)};
}

Date local_now() {
  const std::time_t now = os_system_ns() / kNative;
  std::tm t;
  localtime_r(&now, &t);
  return from_tm(t);
}

// OTP: the least small integer; unique integers count up from it.
constexpr std::int64_t kLeastUnique = -576460752303423488;
std::atomic<std::uint64_t> monotonic_counter{0};  // the next one

}  // namespace

JOIST_DEFINE_BIF(erlang_monotonic_time_0) { return make_int(c.heap(), monotonic_ns()); }
JOIST_DEFINE_BIF(erlang_monotonic_time_1, Term unit) { return in_unit(c, monotonic_ns(), unit); }
JOIST_DEFINE_BIF(erlang_system_time_0) { return make_int(c.heap(), system_ns()); }
JOIST_DEFINE_BIF(erlang_system_time_1, Term unit) { return in_unit(c, system_ns(), unit); }
JOIST_DEFINE_BIF(erlang_time_offset_0) { return make_int(c.heap(), time_offset_ns()); }
JOIST_DEFINE_BIF(erlang_time_offset_1, Term unit) { return in_unit(c, time_offset_ns(), unit); }
JOIST_DEFINE_BIF(erlang_timestamp_0) { return make_timestamp(c.heap(), system_ns() / 1000); }
// now(): as timestamp(), but each answer is larger than all before it.
JOIST_DEFINE_BIF(erlang_now_0) { return make_timestamp(c.heap(), now_microseconds()); }
JOIST_DEFINE_BIF(erts_internal_time_unit_0) { return Term::small(kNative); }
JOIST_DEFINE_BIF(erts_internal_perf_counter_unit_0) { return Term::small(kNative); }

JOIST_DEFINE_BIF(erlang_date_0) {
  const Date d = local_now();
  return make_tuple(c.heap(), Term::small(d.year), Term::small(d.month), Term::small(d.day));
}
JOIST_DEFINE_BIF(erlang_time_0) {
  const Date d = local_now();
  return make_tuple(c.heap(), Term::small(d.hour), Term::small(d.minute), Term::small(d.second));
}
JOIST_DEFINE_BIF(erlang_localtime_0) { return make_date(c.heap(), local_now()); }
JOIST_DEFINE_BIF(erlang_universaltime_0) {
  return make_date(c.heap(), civil_from_posix(os_system_ns() / kNative));
}
// localtime_to_universaltime(DateTime, IsDst :: true | false | undefined)
JOIST_DEFINE_BIF(erlang_localtime_to_universaltime_2, Term local, Term dst) {
  const auto d = date_from(local);
  if (!d || d->year < kFirstLocalYear || (dst != am::true_ && dst != am::false_ && dst != am::undefined))
    return badarg(c);
  std::tm t = to_tm(*d);
  t.tm_isdst = dst == am::true_ ? 1 : dst == am::false_ ? 0 : -1;
  const std::time_t seconds = std::mktime(&t);
  return make_date(c.heap(), civil_from_posix(seconds));
}
JOIST_DEFINE_BIF(erlang_universaltime_to_localtime_1, Term universal) {
  const auto d = date_from(universal);
  if (!d || d->year < kFirstLocalYear) return badarg(c);
  const std::time_t seconds = posix_seconds(*d);
  std::tm t;
  localtime_r(&seconds, &t);
  return make_date(c.heap(), from_tm(t));
}
JOIST_DEFINE_BIF(erlang_universaltime_to_posixtime_1, Term universal) {
  const auto d = date_from(universal);
  return d && d->year >= kFirstYear ? Term::small(posix_seconds(*d)) : badarg(c);
}
JOIST_DEFINE_BIF(erlang_posixtime_to_universaltime_1, Term seconds) {
  const auto n = to_int64(seconds);
  if (!n) return badarg(c);
  return make_date(c.heap(), civil_from_posix(*n));
}

// ---- unique integers ----
// Each scheduler counts for itself. Its number takes the low bits, as many as tell all threads apart.

namespace {

struct alignas(64) UniqueCounter {
  std::atomic<std::uint64_t> n{0};
};
constexpr std::size_t kMostSchedulers = 1024;
UniqueCounter unique_counters[kMostSchedulers + 1];  // 0: of all other threads

unsigned thread_bits() {
  static const unsigned bits = [] {
    const int cpu = flags.dirty_cpu_schedulers > 0 ? flags.dirty_cpu_schedulers : scheduler_count();
    return static_cast<unsigned>(
        std::bit_width(static_cast<unsigned>(scheduler_count() + cpu + flags.dirty_io_schedulers)));
  }();
  return bits;
}

// thread + (value << bits), from the least unique integer on unless it is to be positive.
Term unique_integer(Heap& h, std::uint64_t thread, std::uint64_t value, unsigned bits, bool positive) {
  using Wide = __int128;
  const Wide n = static_cast<Wide>(static_cast<unsigned __int128>(value) << bits | thread) +
                 (positive ? 0 : kLeastUnique);
  if (n >= INT64_MIN && n <= INT64_MAX) return make_int(h, static_cast<std::int64_t>(n));
  const Word limbs[] = {static_cast<Word>(n), static_cast<Word>(n >> 64)};
  return integer_from_limbs(h, limbs, 2, false);
}

Term next_unique_integer(Heap& h, bool positive) {
  auto thread = static_cast<std::size_t>(current_scheduler_number());
  if (thread > kMostSchedulers) thread = 0;
  const std::uint64_t n = unique_counters[thread].n.fetch_add(1, std::memory_order_relaxed);
  return unique_integer(h, thread, n + positive, thread_bits(), positive);
}

Term any_unique_integer(Heap& h, bool positive, bool monotonic) {
  if (!monotonic) return next_unique_integer(h, positive);
  return unique_integer(h, 0, monotonic_counter.fetch_add(1) + positive, 0, positive);
}

}  // namespace

void init_unique_integers() {
  make_unique_integer_term = any_unique_integer;
  process_hooks.unique_monotonic = [](Heap& h) { return any_unique_integer(h, false, true); };
}
Term make_unique_integer(Heap& h, std::uint64_t thread, std::uint64_t value) {
  return unique_integer(h, thread, value, thread_bits(), false);
}
Term least_unique_integer() { return Term::small(kLeastUnique); }
std::uint64_t monotonic_unique_state() { return monotonic_counter.load() - 1; }
void set_monotonic_unique_state(std::uint64_t last) { monotonic_counter.store(last + 1); }

JOIST_DEFINE_BIF(erlang_unique_integer_0) { return next_unique_integer(c.heap(), false); }
// unique_integer([positive | monotonic])
JOIST_DEFINE_BIF(erlang_unique_integer_1, Term options) {
  bool positive = false, monotonic = false;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head() == am::positive)
      positive = true;
    else if (options.head() == am::monotonic)
      monotonic = true;
    else
      return badarg(c);
  }
  if (!options.is_nil()) return badarg(c);
  return any_unique_integer(c.heap(), positive, monotonic);
}

}  // namespace joist
