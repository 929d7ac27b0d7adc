#include "bifs/bifs.hpp"
#include "bifs/internal_state.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

struct Row {
  const char* module;
  const char* function;
  std::uint32_t arity;
  BifFunction run;  // null: not implemented
  unsigned bif_flags;
};

const Row rows[] = {
#define JOIST_BIF(module, function, arity, cpp_function, bif_flags) \
  {#module, function, arity, &cpp_function, bif_flags},
#define JOIST_BIF_MISSING(module, function, arity) {#module, function, arity, nullptr, 0},
#include "bifs/bifs.def"
#undef JOIST_BIF
#undef JOIST_BIF_MISSING
};

// Runs in place of a BIF that joist lacks: an error that names it, so that nobody mistakes it for undef.
Term not_implemented(Call& c) {
  const Export* e = c.process.current_bif;
  const Term mfa = make_tuple(c.heap(), e->module, e->function, Term::small(e->arity));
  return raise_error(c, make_tuple(c.heap(), am::not_implemented, mfa));
}

}  // namespace

Term retry_later(Call& c) {
  c.process.run_result = static_cast<std::uint8_t>(RunResult::yielded);
  return retry_marker();
}

void register_all_bifs() {
  for (const Row& r : rows) {
    BifInfo info{intern(r.module), intern(r.function), r.arity, r.run ? r.run : not_implemented};
    info.guard = (r.bif_flags & kBifGuard) != 0;
    info.dirty = r.bif_flags & kBifDirtyCpu  ? DirtyKind::cpu
                 : r.bif_flags & kBifDirtyIo ? DirtyKind::io
                                             : DirtyKind::none;
    register_bif(info);
  }
  init_unique_integers();
}

std::vector<std::string> missing_bifs() {
  std::vector<std::string> names;
  for (const Row& r : rows)
    if (r.run == nullptr)
      names.push_back(std::string(r.module) + ":" + r.function + "/" + std::to_string(r.arity));
  return names;
}

}  // namespace joist
