// nif.hpp -- native functions: C libraries that erlang:load_nif/2 loads, written against OTP's erl_nif.h.
//
// A function of a module that may be replaced begins with the instruction `native_entry`, whose operand
// load_library() fills in; the function's own code is then out of reach. Terms are passed to C as they are:
// an ERL_NIF_TERM is a Term's word, and building one never moves another. Owner: the version of the module
// that loaded the library (Instance::library), and the resource types that outlive it. Threads: native
// functions run on schedulers, or on dirty threads if their flags say so.
#pragma once
#include <string>

#include "vm/code/module.hpp"
#include "vm/process/call.hpp"

namespace joist {

class NifLibrary;  // library.hpp

// As an export it has a name and a stub that calls it; it is in no table of exports.
struct NativeFunction : Export {
  static constexpr std::int32_t kBif = -2;  // Export::bif

  NativeFunction(NifLibrary& library, Term module, Term function, std::uint32_t arity, void* run,
                 unsigned flags);
  NifLibrary* library;
  void* run;
  DirtyKind dirty;
  // Of one that enif_schedule_nif calls: whom it goes on for. That one's arguments come behind its own, so
  // that an error can name them.
  const NativeFunction* origin = nullptr;
  std::uint32_t own_arity() const { return origin == nullptr ? arity : arity - origin->arity; }
};
// Null if `e` is something else.
inline const NativeFunction* as_native(const Export* e) {
  return e != nullptr && e->bif == NativeFunction::kBif ? static_cast<const NativeFunction*>(e) : nullptr;
}

// Runs the native function that p.current_bif names.
Term run_native(Call& c);
// Calls one that is a tracer, in the middle of whatever `self` (may be null) does. What it raises is dropped:
// none().
Term call_native_function(const NativeFunction& f, Heap& h, Process* self, std::span<const Term> args);
// Whether `e` is a function of the library that belongs to `instance`.
bool is_native_of(const Export* e, const Instance& instance);

// Those of the library that belongs to `instance`, in the library's order; empty if it has none.
std::vector<const NativeFunction*> native_functions_of(const Instance& instance);

// What load_nif(Path, Info) answers. `path` is without extension. ok: `tag` is `ok`; else {error, {Tag,
// Text}}.
struct LibraryLoad {
  Term tag;
  std::string text;
};
// Loads a library for `instance`, the code that the calling process runs.
LibraryLoad load_library(Call& c, const Instance& instance, const std::string& path, Term info);

// erlang:unique_integer/1, which the layer above implements.
extern Term (*make_unique_integer_term)(Heap& h, bool positive, bool monotonic);

// Installs what the layers below ask of this one. Once, at start-up.
void init_native_functions();

// Who monitors a process where Watcher::watcher is no pid: the resource of that monitor, or none().
Term monitoring_resource(Heap& h, const Watcher& watcher, RefKey monitor);

}  // namespace joist
