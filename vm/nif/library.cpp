#include "vm/nif/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <string.h>

#include <unordered_set>

#include "scheduler/scheduler.hpp"
#include "vm/base/flags.hpp"
#include "vm/nif/environment.hpp"
#include "vm/nif/resource.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

std::mutex loading;  // one library at a time

// Versions of the interface; OTP 26 added to it.
int newest_minor() { return flags.otp_release >= "26" ? 17 : ERL_NIF_MINOR_VERSION; }

// OTP's own program is linked with these: libraries made for it may use them without saying so. False if that
// was tried before.
bool open_usual_libraries() {
  static bool tried = false;
  if (std::exchange(tried, true)) return false;
  for (const char* name : {"libz.so.1", "libtinfo.so.6"}) dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  return true;
}

bool at_least(const ErlNifEntry& e, int major, int minor) {
  return e.major > major || (e.major == major && e.minor >= minor);
}

// The functions of a library; before version 2.7 they had no flags.
std::vector<ErlNifFunc> functions_of(const ErlNifEntry& e) {
  struct OldFunction {
    const char* name;
    unsigned arity;
    ERL_NIF_TERM (*fptr)(ErlNifEnv*, int, const ERL_NIF_TERM[]);
  };
  std::vector<ErlNifFunc> all;
  for (int i = 0; i < e.num_of_funcs; ++i) {
    if (at_least(e, 2, 7)) {
      all.push_back(e.funcs[i]);
    } else {
      const OldFunction& f = reinterpret_cast<const OldFunction*>(e.funcs)[i];
      all.push_back({f.name, f.arity, f.fptr, 0});
    }
  }
  return all;
}

DirtyKind dirty_kind(unsigned flags) {
  return flags == ERL_NIF_DIRTY_JOB_CPU_BOUND  ? DirtyKind::cpu
         : flags == ERL_NIF_DIRTY_JOB_IO_BOUND ? DirtyKind::io
                                               : DirtyKind::none;
}

const FunctionInfo* find_function(const Instance& instance, std::string_view name, unsigned arity) {
  for (const FunctionInfo& f : instance.functions)
    if (f.arity == arity && atom_text(f.name) == name) return &f;
  return nullptr;
}

bool is_replaceable(const FunctionInfo& f) {
  return (displaced_handler != nullptr ? displaced_handler(f.entry) : f.entry[0]) ==
         stub_handlers.native_entry;
}

// Its library, if the version has loaded one.
NifLibrary* library_of(const Instance* instance) {
  return instance != nullptr ? static_cast<NifLibrary*>(instance->library) : nullptr;
}

// A load in progress: each step may refuse.
class Loading {
 public:
  Loading(Call& call, const Instance& instance) : call_(call), instance_(const_cast<Instance&>(instance)) {}
  ~Loading() {
    if (library_ != nullptr)
      library_->release();
    else if (handle_ != nullptr)
      dlclose(handle_);
  }

  LibraryLoad run(const std::string& path, Term info) {
    const Module* m = find_module(instance_.module);
    const bool loading_now = m->on_load.get() == &instance_;
    if (!loading_now && m->current.get() != &instance_)
      return {am::old_code, fmt::format("Calling load_nif from old module '{}' not allowed", module_text())};
    if (instance_.library != nullptr)
      return {am::reload, "NIF library already loaded (reload disallowed since OTP 20)."};
    for (const auto step : {&Loading::open, &Loading::check_entry, &Loading::find_functions})
      if (LibraryLoad refused = (this->*step)(path); !refused.tag.is_none()) return refused;
    // What the module's version before this one has loaded is told to the new one.
    const Instance* before = loading_now ? m->current.get() : m->old.get();
    if (before == nullptr || before->library == nullptr) before = m->old.get();
    if (LibraryLoad refused = call_load(library_of(before), info); !refused.tag.is_none()) return refused;
    stop_the_world([&] {
      for (const auto& [entry, function] : replaced_)
        std::atomic_ref(const_cast<Word&>(entry[1]))
            .store(reinterpret_cast<Word>(function), std::memory_order_release);
    });
    instance_.library = std::exchange(library_, nullptr);
    handle_ = nullptr;
    return {am::ok, {}};
  }

 private:
  static LibraryLoad go_on() { return {Term::none(), {}}; }
  static LibraryLoad bad(std::string text) { return {am::bad_lib, std::move(text)}; }
  std::string module_text() const { return to_text(instance_.module); }

  LibraryLoad open(const std::string& path) {
    // What is linked without a dynamic section cannot be linked to.
    if (dlsym(RTLD_DEFAULT, "enif_alloc") == nullptr)
      return {am::load_failed,
              fmt::format("Failed to load NIF library: '{}.so: this program cannot load libraries'", path)};
    handle_ = dlopen((path + ".so").c_str(), RTLD_NOW);
    if (handle_ == nullptr && open_usual_libraries()) handle_ = dlopen((path + ".so").c_str(), RTLD_NOW);
    if (handle_ == nullptr)
      return {am::load_failed, fmt::format("Failed to load NIF library: '{}'", dlerror())};
    void* init = dlsym(handle_, "nif_init");
    if (init == nullptr) init = dlsym(handle_, "_nif_init");
    if (init == nullptr) return bad(fmt::format("Failed to find library init function: '{}'", dlerror()));
    entry_ = reinterpret_cast<ErlNifEntry* (*)()>(init)();
    return entry_ != nullptr ? go_on() : bad("Library init-call unsuccessful");
  }

  LibraryLoad check_entry(const std::string&) {
    const ErlNifEntry& e = *entry_;
    if (e.major < ERL_NIF_MAJOR_VERSION)
      return bad(fmt::format(
          "That old NIF library ({}.{}) is not compatible with this erts runtime ({}.{}). Try recompile "
          "the NIF lib.",
          e.major, e.minor, ERL_NIF_MAJOR_VERSION, newest_minor()));
    if (e.major > ERL_NIF_MAJOR_VERSION || e.minor > newest_minor())
      return bad(
          fmt::format("That '{}' NIF library needs {} or newer. Either try to recompile the NIF lib or "
                      "use a newer erts runtime.",
                      module_text(), at_least(e, 2, 14) ? e.min_erts : "unknown"));
    if (at_least(e, 2, 1) && strcmp(e.vm_variant, ERL_NIF_VM_VARIANT) != 0)
      return bad(fmt::format("Library ({}) not compiled for this vm variant ({}).", e.vm_variant,
                             ERL_NIF_VM_VARIANT));
    if (atom_text(instance_.module) != e.name)
      return bad(
          fmt::format("Library module name '{}' does not match calling module '{}'", e.name, module_text()));
    library_ = new NifLibrary(handle_, e, instance_.module);
    return go_on();
  }

  LibraryLoad find_functions(const std::string&) {
    std::unordered_set<const Word*> seen;
    for (const ErlNifFunc& f : functions_of(*entry_)) {
      const std::string name = fmt::format("{}:{}/{}", module_text(), f.name, f.arity);
      const FunctionInfo* found = find_function(instance_, f.name, f.arity);
      if (found == nullptr) return bad("Function not found " + name);
      if (f.flags > ERL_NIF_DIRTY_JOB_IO_BOUND)
        return bad(fmt::format("Illegal flags field value {} for NIF {}", f.flags, name));
      if (!is_replaceable(*found))
        return bad((instance_.nif_functions.empty() ? "No explicit call to load_nif in module "
                                                    : "Function not declared as nif ") +
                   name);
      if (!seen.insert(found->entry).second) return bad("Duplicate NIF entry for " + name);
      library_->functions.push_back(std::make_unique<NativeFunction>(
          *library_, instance_.module, found->name, f.arity, reinterpret_cast<void*>(f.fptr), f.flags));
      replaced_.emplace_back(found->entry, library_->functions.back().get());
    }
    return go_on();
  }

  // The load callback, or that for replacing `before`.
  LibraryLoad call_load(NifLibrary* before, Term info) {
    const ErlNifEntry& e = *entry_;
    if (before != nullptr && e.upgrade == nullptr)
      return {am::upgrade, "Upgrade not supported by this NIF library."};
    enif_environment_t env(call_.heap());
    env.process = &call_.process;
    env.library = library_;
    begin_opening(*library_);
    int refused = 0;
    if (before != nullptr) {
      void* const kept = before->private_data;
      refused = e.upgrade(&env, &library_->private_data, &before->private_data, info.bits);
      if (refused != 0) before->private_data = kept;
    } else if (e.load != nullptr) {
      refused = e.load(&env, &library_->private_data, info.bits);
    }
    end_opening(*library_, refused == 0);
    if (refused == 0 && library_->delays_halt) library_->join_halt();
    if (refused == 0) return go_on();
    return {
        before != nullptr ? am::upgrade : am::load,
        fmt::format("Library {}-call unsuccessful ({}).", before != nullptr ? "upgrade" : "load", refused)};
  }

  Call& call_;
  Instance& instance_;
  void* handle_ = nullptr;
  const ErlNifEntry* entry_ = nullptr;
  NifLibrary* library_ = nullptr;
  std::vector<std::pair<const Word*, const NativeFunction*>> replaced_;
};

}  // namespace

// ---- NativeFunction ----

NativeFunction::NativeFunction(NifLibrary& library, Term module, Term function, std::uint32_t arity,
                               void* run, unsigned flags)
    : library(&library), run(run), dirty(dirty_kind(flags)) {
  this->module = module;
  this->function = function;
  this->arity = arity;
  bif = kBif;
  stub[0] = stub_handlers.native_entry;
  stub[1] = reinterpret_cast<Word>(this);
  address.store(stub, std::memory_order_release);
}

Term run_native(Call& c) {
  Process& p = c.process;
  const NativeFunction& f = *as_native(p.current_bif);
  enif_environment_t env(c.heap());
  env.process = &p;
  env.args = c.args;
  env.library = f.library;
  env.may_run_on = current_scheduler_number() != 0;
  using Run = ERL_NIF_TERM (*)(ErlNifEnv*, int, const ERL_NIF_TERM[]);
  const bool counted = f.library->delays_halt.load(std::memory_order_relaxed);
  if (counted) f.library->calls.fetch_add(1, std::memory_order_relaxed);
  const Term result{reinterpret_cast<Run>(f.run)(&env, static_cast<int>(f.own_arity()),
                                                 reinterpret_cast<const ERL_NIF_TERM*>(c.args))};
  if (counted) f.library->calls.fetch_sub(1, std::memory_order_release);
  if (!env.exception.is_none()) [[unlikely]] {
    const NativeFunction& named = f.origin != nullptr ? *f.origin : f;
    raise_error(c, env.exception);
    p.exception.function = named.function;
    p.exception.args = make_list_from(c.heap(), {c.args + (c.arity - named.arity), named.arity});
    p.exception.error_info = Term::nil();
    return Term::none();
  }
  if (env.scheduled != nullptr) [[unlikely]] {
    p.trap_target = const_cast<NativeFunction*>(env.scheduled);
    const auto n = static_cast<std::uint32_t>(env.scheduled_args.size());
    if (env.may_run_on)
      std::copy(env.scheduled_args.begin(), env.scheduled_args.end(), p.x);
    else
      p.save_x(env.scheduled_args.data(), n);
    return trap_marker();
  }
  require((result.bits & Term::kImmediateMask) != Term::kNoneTag,
          "a native function returned no value and raised nothing");
  return result;
}

Term call_native_function(const NativeFunction& f, Heap& h, Process* self, std::span<const Term> args) {
  enif_environment_t env(h);
  env.process = self;
  env.args = args.data();
  env.library = f.library;
  env.may_run_on = false;
  using Run = ERL_NIF_TERM (*)(ErlNifEnv*, int, const ERL_NIF_TERM[]);
  const Term result{reinterpret_cast<Run>(f.run)(&env, static_cast<int>(args.size()),
                                                 reinterpret_cast<const ERL_NIF_TERM*>(args.data()))};
  return env.exception.is_none() ? result : Term::none();
}

bool is_native_of(const Export* e, const Instance& instance) {
  const NativeFunction* f = as_native(e);
  return f != nullptr && instance.library != nullptr && f->library == library_of(&instance);
}

std::vector<const NativeFunction*> native_functions_of(const Instance& instance) {
  std::vector<const NativeFunction*> all;
  if (const NifLibrary* library = library_of(&instance))
    for (const auto& f : library->functions) all.push_back(f.get());
  return all;
}

// ---- NifLibrary ----

NifLibrary::NifLibrary(void* handle, const ErlNifEntry& entry, Term module)
    : handle(handle), entry(entry), module(module) {}

NifLibrary::~NifLibrary() { dlclose(handle); }

const NativeFunction* NifLibrary::scheduled(const NativeFunction& origin, Term name, std::uint32_t own_arity,
                                            void* run, unsigned flags) {
  const std::lock_guard lock(mutex_);
  for (const auto& f : scheduled_)
    if (f->origin == &origin && f->function == name && f->own_arity() == own_arity && f->run == run &&
        f->dirty == dirty_kind(flags))
      return f.get();
  scheduled_.push_back(
      std::make_unique<NativeFunction>(*this, module, name, own_arity + origin.arity, run, flags));
  scheduled_.back()->origin = &origin;
  return scheduled_.back().get();
}

void NifLibrary::unload() {
  if (entry.unload != nullptr) {
    OwnEnvironment env(this);
    entry.unload(&env, private_data);
  }
  give_up_types(*this);
  release();
}

LibraryLoad load_library(Call& c, const Instance& instance, const std::string& path, Term info) {
  const std::lock_guard lock(loading);
  return Loading(c, instance).run(path, info);
}

Term (*make_unique_integer_term)(Heap& h, bool positive, bool monotonic) = nullptr;

void init_native_functions() { init_resources(); }

}  // namespace joist
