#include "vm/nif/environment.hpp"

#include "gc/copy.hpp"

void enif_environment_t::drop_temporaries() {
  for (void* m : memory) enif_free(m);
  for (joist::RefcBinary* b : binaries) b->release();
  memory.clear();
  binaries.clear();
  temporaries.clear();
}

namespace joist {

Term copy_into(ErlNifEnv* env, Term t) {
  // Nobody looks through an environment of its own when literals are freed.
  return env->process == nullptr ? copy_with_literals(*env->heap, t) : copy_term(*env->heap, t);
}

ERL_NIF_TERM raise_in(ErlNifEnv* env, Term reason) {
  env->exception = reason;
  return Term::none().bits;
}

}  // namespace joist
