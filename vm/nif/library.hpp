// library.hpp -- a loaded library of native functions.
// Owner: counted: by the code it was loaded for, by each resource type with callbacks in it. When nobody is
// left it is closed. Threads: counts are atomic; the rest is set while it is being loaded, except scheduled_.
#pragma once
#include <erl_nif.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "vm/nif/nif.hpp"

namespace joist {

class NifLibrary final : public LoadedLibrary {
 public:
  NifLibrary(void* handle, const ErlNifEntry& entry, Term module);
  NifLibrary(const NifLibrary&) = delete;

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // What enif_schedule_nif calls to go on for `origin`; made at its first use, kept as long as the library.
  const NativeFunction* scheduled(const NativeFunction& origin, Term name, std::uint32_t own_arity, void* run,
                                  unsigned flags);
  // The code it belongs to is gone: runs the unload callback and gives up the resource types.
  void unload() override;
  // It is loaded, and has asked for something to happen at the VM's end.
  void join_halt();

  void* const handle;
  const ErlNifEntry& entry;
  const Term module;
  void* private_data = nullptr;
  std::atomic<bool> delays_halt{false};
  std::atomic<int> calls{0};  // in progress; counted if delays_halt: then halting waits for them
  void (*on_halt)(void* private_data) = nullptr;
  std::vector<std::unique_ptr<NativeFunction>> functions;

 private:
  ~NifLibrary();

  std::atomic<std::int64_t> references_{1};
  std::mutex mutex_;
  std::vector<std::unique_ptr<NativeFunction>> scheduled_;
};

}  // namespace joist
