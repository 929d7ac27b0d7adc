// environment.hpp -- ErlNifEnv: where the terms of native code live, and what is known of its caller.
//
// In a native function that is the process's own heap. Callbacks (destructors, load/unload ...) and
// environments from enif_alloc_env have a heap of their own.
// Owner: the call, or whoever called enif_alloc_env. Threads: one at a time.
#pragma once
#include <erl_nif.h>

#include <memory>
#include <vector>

#include "gc/fragment.hpp"
#include "vm/nif/nif.hpp"
#include "vm/term/bits.hpp"

struct enif_environment_t {
  using Word = joist::Word;
  using Term = joist::Term;

  joist::Heap* heap;
  joist::Process* process = nullptr;     // the caller; null: there is none
  const joist::Term* args = nullptr;     // the caller's
  joist::NifLibrary* library = nullptr;  // whose code runs
  joist::Term exception = Term::none();  // raised, and not yet returned from
  bool may_run_on = true;                // on a scheduler: time slices mean something

  // What enif_schedule_nif wants to be called next.
  const joist::NativeFunction* scheduled = nullptr;
  std::vector<joist::Term> scheduled_args;

  // Bytes that last as long as the call: of iolists and of binaries that do not begin at a byte.
  std::vector<std::unique_ptr<std::string>> temporaries;
  // What enif_inspect_iovec has taken.
  std::vector<void*> memory;
  std::vector<joist::RefcBinary*> binaries;

  explicit enif_environment_t(joist::Heap& h) : heap(&h) {}
  enif_environment_t(const enif_environment_t&) = delete;
  ~enif_environment_t() { drop_temporaries(); }
  void drop_temporaries();
  std::string& temporary() { return *temporaries.emplace_back(std::make_unique<std::string>()); }
};

namespace joist {

inline Term term_of(ERL_NIF_TERM t) { return {t}; }

// With a heap of its own.
struct OwnEnvironment : enif_environment_t {
  GrowingFragmentHeap own;
  OwnEnvironment() : enif_environment_t(own) {}
  // For a callback of `library`.
  explicit OwnEnvironment(NifLibrary* library) : OwnEnvironment() { this->library = library; }
  void clear() {
    HeapFragment::free_chain(own.finish());
    exception = Term::none();
    drop_temporaries();
  }
};

// Copies `t` to where the environment's terms live.
Term copy_into(ErlNifEnv* env, Term t);
// Raises an error when the native function returns. The term stands for "no value".
ERL_NIF_TERM raise_in(ErlNifEnv* env, Term reason);

}  // namespace joist
