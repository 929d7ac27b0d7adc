// Time, text, libraries, the environment and the system, as native code sees them.
#include <dlfcn.h>
#include <time.h>

#include <cstdarg>
#include <cstdlib>

#include "scheduler/scheduler.hpp"
#include "vm/base/clock.hpp"
#include "vm/base/flags.hpp"
#include "vm/nif/environment.hpp"
#include "vm/nif/library.hpp"
#include "vm/os/environment.hpp"
#include "vm/term/print.hpp"

using namespace joist;

namespace {

// Units in a second; 0: no unit.
std::int64_t per_second(int unit) {
  switch (unit) {
    case ERL_NIF_SEC: return 1;
    case ERL_NIF_MSEC: return 1'000;
    case ERL_NIF_USEC: return 1'000'000;
    case ERL_NIF_NSEC: return 1'000'000'000;
    default: return 0;
  }
}

// Rounded down.
ErlNifTime convert(std::int64_t value, std::int64_t from, std::int64_t to) {
  const __int128 product = static_cast<__int128>(value) * to;
  __int128 quotient = product / from;
  if (product % from < 0) --quotient;
  return static_cast<ErlNifTime>(quotient);
}

constexpr std::int64_t kNanosecond = 1'000'000'000;

// OTP: only threads of the VM may ask for Erlang's time.
ErlNifTime erlang_time(std::int64_t ns, int unit) {
  const bool ours = current_scheduler_number() != 0 || dirty_thread_kind() != DirtyThread::none;
  if (!ours || per_second(unit) == 0) return ERL_NIF_TIME_ERROR;
  return convert(ns, kNanosecond, per_second(unit));
}

Term timestamp(Heap& h, std::int64_t microseconds) {
  constexpr std::int64_t kMillion = 1'000'000;
  const std::int64_t seconds = microseconds / kMillion;
  return make_tuple(h, Term::small(seconds / kMillion), Term::small(seconds % kMillion),
                    Term::small(microseconds % kMillion));
}

// printf with %T for terms. Each conversion is handed to the C library by itself, with its own argument.
class Formatter {
 public:
  Formatter(const char* format, va_list args) { run(format, args); }
  const std::string& text() const { return out_; }

 private:
  void run(const char* f, va_list args) {
    while (*f != '\0') {
      if (*f != '%') {
        out_ += *f++;
        continue;
      }
      std::string spec(1, *f++);
      int stars[2], star_count = 0, length = 0;  // length: of the integer, in l; -1: size_t and its kin
      bool is_long_double = false;
      for (; *f != '\0' && std::strchr("-+ #0123456789.*hlLqjzt", *f) != nullptr; ++f) {
        if (*f == '*' && star_count < 2) stars[star_count++] = va_arg(args, int);
        if (*f == 'l') ++length;
        if (*f == 'q') length = 2;
        if (*f == 'L') is_long_double = true;
        if (*f == 'j' || *f == 'z' || *f == 't') length = 1;
        spec += *f;
      }
      if (*f == '\0') return;
      const char c = *f++;
      spec += c == 'T' ? 's' : c;
      switch (c) {
        case '%': out_ += '%'; break;
        case 'T': add(spec, stars, star_count, to_text(term_of(va_arg(args, ERL_NIF_TERM))).c_str()); break;
        case 's': add(spec, stars, star_count, va_arg(args, void*)); break;
        case 'p':  // OTP: all digits
          add("0x%016lx", nullptr, 0, reinterpret_cast<unsigned long>(va_arg(args, void*)));
          break;
        case 'n': *va_arg(args, int*) = static_cast<int>(out_.size()); break;
        case 'a':
        case 'A':
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
          if (is_long_double)
            add(spec, stars, star_count, va_arg(args, long double));
          else
            add(spec, stars, star_count, va_arg(args, double));
          break;
        default:
          if (length == 0)
            add(spec, stars, star_count, va_arg(args, int));
          else
            add(spec, stars, star_count, va_arg(args, long));
      }
    }
  }

  template <class T>
  void add(const std::string& spec, const int* stars, int star_count, T value) {
    char buffer[256];
    const auto print = [&](char* to, std::size_t size) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"
      return star_count == 0   ? std::snprintf(to, size, spec.c_str(), value)
             : star_count == 1 ? std::snprintf(to, size, spec.c_str(), stars[0], value)
                               : std::snprintf(to, size, spec.c_str(), stars[0], stars[1], value);
#pragma clang diagnostic pop
    };
    const int n = print(buffer, sizeof buffer);
    if (n < 0) return;
    const auto size = static_cast<std::size_t>(n);
    if (size < sizeof buffer) {
      out_.append(buffer, size);
    } else {
      std::string large(size + 1, '\0');
      print(large.data(), large.size());
      out_.append(large, 0, size);
    }
  }

  std::string out_;
};

using ErrorHandler = void (*)(void*, const char*);
void* report(void* found, ErrorHandler handler, void* argument) {
  if (found == nullptr && handler != nullptr) handler(argument, dlerror());
  return found;
}

}  // namespace

// Libraries give numbers, and C lets them give any: what is no value of the enumeration is answered, not
// undefined.
#define JOIST_ANY_NUMBER __attribute__((no_sanitize("enum")))

extern "C" {

// ---- time ----
JOIST_ANY_NUMBER ErlNifTime enif_monotonic_time(ErlNifTimeUnit unit) {
  return erlang_time(monotonic_ns(), unit);
}
JOIST_ANY_NUMBER ErlNifTime enif_time_offset(ErlNifTimeUnit unit) {
  return erlang_time(time_offset_ns(), unit);
}
JOIST_ANY_NUMBER ErlNifTime enif_convert_time_unit(ErlNifTime value, ErlNifTimeUnit from, ErlNifTimeUnit to) {
  if (per_second(from) == 0 || per_second(to) == 0) return ERL_NIF_TIME_ERROR;
  return convert(value, per_second(from), per_second(to));
}
ERL_NIF_TERM enif_now_time(ErlNifEnv* env) { return timestamp(*env->heap, now_microseconds()).bits; }
ERL_NIF_TERM enif_cpu_time(ErlNifEnv* env) {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return timestamp(*env->heap, t.tv_sec * 1'000'000 + t.tv_nsec / 1'000).bits;
}

// ---- text ----
int enif_vsnprintf(char* buffer, size_t size, const char* format, va_list args) {
  const std::string text = Formatter(format, args).text();
  if (size != 0) {
    const std::size_t n = std::min(size - 1, text.size());
    std::memcpy(buffer, text.data(), n);
    buffer[n] = '\0';
  }
  return static_cast<int>(text.size());
}
int enif_snprintf(char* buffer, size_t size, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const int n = enif_vsnprintf(buffer, size, format, args);
  va_end(args);
  return n;
}
int enif_vfprintf(FILE* file, const char* format, va_list args) {
  const std::string text = Formatter(format, args).text();
  return static_cast<int>(std::fwrite(text.data(), 1, text.size(), file));
}
int enif_fprintf(FILE* file, const char* format, ...) {
  va_list args;
  va_start(args, format);
  const int n = enif_vfprintf(file, format, args);
  va_end(args);
  return n;
}

// ---- libraries ----
// OTP: the name comes without extension.
void* enif_dlopen(const char* path, ErrorHandler handler, void* argument) {
  return report(dlopen((std::string(path) + ".so").c_str(), RTLD_NOW), handler, argument);
}
void* enif_dlsym(void* library, const char* symbol, ErrorHandler handler, void* argument) {
  return report(dlsym(library, symbol), handler, argument);
}

// ---- the system ----
// OTP: 0, and the length without NUL; too small a buffer: 1, and the size that is needed; unknown: -1.
int enif_getenv(const char* key, char* value, size_t* size) {
  const std::lock_guard lock(environment_mutex);
  const char* found = std::getenv(key);
  if (found == nullptr) return -1;
  const std::size_t n = std::strlen(found);
  const bool fits = n + 1 <= *size;
  if (fits) std::memcpy(value, found, n + 1);
  *size = fits ? n : n + 1;
  return fits ? 0 : 1;
}

void enif_system_info(ErlNifSysInfo* to, size_t size) {
  static const std::string erts = flags.erts_version, release = flags.otp_release;
  ErlNifSysInfo info{};
  info.driver_major_version = 3;
  info.driver_minor_version = 3;
  info.erts_version = const_cast<char*>(erts.c_str());
  info.otp_release = const_cast<char*>(release.c_str());
  info.thread_support = 1;
  info.smp_support = 1;
  info.async_threads = flags.async_threads;
  info.scheduler_threads = scheduler_count();
  info.nif_major_version = ERL_NIF_MAJOR_VERSION;
  info.nif_minor_version = ERL_NIF_MINOR_VERSION;
  info.dirty_scheduler_support = 1;
  std::memcpy(to, &info, std::min(size, sizeof info));
}

// ---- the same for drivers ----
__typeof__(enif_monotonic_time) erl_drv_monotonic_time __attribute__((alias("enif_monotonic_time")));
__typeof__(enif_time_offset) erl_drv_time_offset __attribute__((alias("enif_time_offset")));
__typeof__(enif_convert_time_unit) erl_drv_convert_time_unit __attribute__((alias("enif_convert_time_unit")));
__typeof__(enif_system_info) driver_system_info __attribute__((alias("enif_system_info")));
__typeof__(enif_getenv) erl_drv_getenv __attribute__((alias("enif_getenv")));
int erl_drv_putenv(const char* key, char* value) {
  const std::lock_guard lock(environment_mutex);
  return setenv(key, value, 1);
}

}  // extern "C"
