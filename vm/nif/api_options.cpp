// enif_set_option, of the interface that came with OTP 26: what a library wants to happen when the VM halts.
#include <errno.h>

#include <chrono>
#include <cstdarg>
#include <thread>

#include "scheduler/scheduler.hpp"
#include "vm/nif/environment.hpp"
#include "vm/nif/library.hpp"
#include "vm/nif/resource.hpp"

namespace joist {
namespace {

enum Option { kDelayHalt = 1, kOnHalt = 2 };

std::mutex mutex;
std::vector<NifLibrary*> halting;  // each retained: those with one of the options

void at_halt(bool flush) {
  if (!flush) return;
  const std::lock_guard lock(mutex);
  for (const NifLibrary* library : halting) {
    while (library->calls.load(std::memory_order_acquire) != 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (library->on_halt != nullptr) library->on_halt(library->private_data);
  }
}

}  // namespace

void NifLibrary::join_halt() {
  const std::lock_guard lock(mutex);
  static const bool hooked = (add_halt_hook(at_halt), true);
  static_cast<void>(hooked);
  retain();
  halting.push_back(this);
}

}  // namespace joist

// Only in a library's load or upgrade callback. OTP's third option, a callback for each thread at unloading,
// is refused.
extern "C" int enif_set_option(ErlNifEnv* env, int option, ...) {
  joist::NifLibrary* library = joist::opening_library();
  if (library == nullptr || env->library != library) return EINVAL;
  switch (option) {
    case joist::kOnHalt: {
      std::va_list arguments;
      va_start(arguments, option);
      const auto callback = va_arg(arguments, void (*)(void*));
      va_end(arguments);
      if (callback == nullptr || library->on_halt != nullptr) return EINVAL;
      library->on_halt = callback;
      library->delays_halt = true;
      return 0;
    }
    case joist::kDelayHalt:
      if (library->delays_halt) return EINVAL;
      library->delays_halt = true;
      return 0;
    default: return EINVAL;
  }
}
