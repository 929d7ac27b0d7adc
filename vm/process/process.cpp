#include "vm/process/process.hpp"

#include "vm/process/hooks.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/system.hpp"
#include "vm/term/atom.hpp"

namespace joist {

ProcessHooks process_hooks;
PortHooks port_hooks;
SystemSettings system_settings;

namespace {
constexpr std::size_t kMaxExitHooks = 16;
void (*exit_hooks[kMaxExitHooks])(Process&);
std::size_t exit_hook_count = 0;
}  // namespace

void add_exit_hook(void (*hook)(Process& p)) {
  require(exit_hook_count < kMaxExitHooks, "too many exit hooks");
  exit_hooks[exit_hook_count++] = hook;
}

void run_exit_hooks(Process& p) {
  for (std::size_t i = 0; i < exit_hook_count; ++i) exit_hooks[i](p);
}

Process::Process(Term the_pid, const HeapLimits& limits)
    : pid(the_pid),
      heap(limits, this, visit_roots),
      initial_module(am::undefined),
      initial_function(am::undefined),
      error_handler(am::error_handler) {}

Process::~Process() = default;

void Process::visit_roots(void* process, RootVisitor& v) {
  auto& p = *static_cast<Process*>(process);
  // Immediates cost nothing to visit, so all fields that can hold any term are listed without a look.
  Term* const fields[] = {&p.group_leader,    &p.exit_reason,    &p.exception.reason,
                          &p.exception.trace, &p.exception.args, &p.exception.error_info};
  for (Term* t : fields)
    if (t->is_pointer()) v.visit(*t);
  if (p.live > 0) v.visit(p.saved_x.get(), p.live);
  if (p.dirty_done && p.dirty_result.is_pointer()) v.visit(p.dirty_result);
  if (p.dictionary) p.dictionary->visit_roots(v);
  p.mailbox.visit_roots(v);
}

void Process::save_x(const Term* from, std::uint32_t n) {
  if (n > saved_x_capacity) {
    saved_x_capacity = n < 4 ? 4 : n;
    saved_x.reset(new Term[saved_x_capacity]);
  }
  std::memcpy(static_cast<void*>(saved_x.get()), from, n * sizeof(Term));
  live = n;
}

}  // namespace joist
