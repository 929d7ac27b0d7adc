// resource.hpp -- resources: memory of native code that terms refer to, with a destructor.
//
// A resource is counted by native code (enif_keep_resource) and by the handles of its terms, which are magic
// references. The one who drops the last count may be collecting a heap or hold a lock, so on a scheduler the
// destructor runs between two time slices.
// Owner: counted. Threads: any.
#pragma once
#include <erl_nif.h>

#include <atomic>
#include <set>

#include "vm/nif/library.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"

struct enif_resource_type_t {
  joist::Term module, name;
  joist::NifLibrary* owner = nullptr;  // null once its library has been unloaded
  joist::NifLibrary* code = nullptr;   // the library of the callbacks, counted; null if there are none
  ErlNifResourceTypeInit callbacks{};
  // Each resource, and being open.
  std::atomic<std::int64_t> references{1};
};

namespace joist {

struct alignas(16) NifResource {
  ErlNifResourceType* type;
  std::size_t size;
  RefKey number;  // of its references: all are equal
  std::atomic<std::int64_t> references{1};
  std::set<RefKey> monitors;  // under the lock of all monitors
  NifResource* next_dead = nullptr;

  void* data() { return this + 1; }
  static NifResource* of(void* data) { return static_cast<NifResource*>(data) - 1; }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  bool retain_if_alive();
  void release();
};
static_assert(sizeof(NifResource) % 16 == 0);

// What a term refers to.
struct ResourceHandle final : MagicObject {
  explicit ResourceHandle(NifResource* r) : resource(r) { r->retain(); }
  ~ResourceHandle() override { resource->release(); }
  NifResource* const resource;
};
Term make_resource_term(Heap& h, NifResource* r);

// ---- types, opened by load and upgrade callbacks ----
// Between these two enif_open_resource_type collects what it opens; it becomes valid if `keep`.
void begin_opening(NifLibrary& library);
void end_opening(NifLibrary& library, bool keep);
NifLibrary* opening_library();  // null: this thread is in no such callback
ErlNifResourceType* open_resource_type(ErlNifEnv* env, const char* name, const ErlNifResourceTypeInit& init,
                                       ErlNifResourceFlags flags, ErlNifResourceFlags* tried);
ErlNifResourceType* find_resource_type(Term module, Term name);
// The library is unloaded: its types end when their resources do.
void give_up_types(NifLibrary& library);

// ---- monitors of processes ----
// Watcher::watcher of processes that resources monitor.
inline constexpr Term kResourceWatcher = Term::port(Word{1} << 57);
void init_resources();

}  // namespace joist
