#include "vm/process/spawn.hpp"

#include <algorithm>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/table.hpp"
#include "vm/process/tracing.hpp"

namespace joist {

const Word* process_start_code = nullptr;
const Word* process_end_code = nullptr;
void (*report_crash)(Process& p, ErrorClass error_class, Term reason) = nullptr;
void (*report_heap_limit)(Process& p) = nullptr;

bool heap_limit_reached(Process& p) {
  const HeapLimits& limits = p.heap.limits();
  if (limits.max_heap_error_logger && report_heap_limit != nullptr) report_heap_limit(p);
  return limits.max_heap_kill;
}

namespace {

constexpr std::size_t kMaxArguments = 255;

// Fills a process that nobody runs yet. `args` is a proper list; false if it is too long.
bool set_up(Process& p, Term module, Term function, Term args) {
  const std::size_t arity = list_length(args).value_or(kMaxArguments + 1);
  if (arity > kMaxArguments) return false;
  p.initial_module = module;
  p.initial_function = function;
  p.initial_arity = static_cast<std::uint32_t>(arity);
  const std::size_t need = flat_size(args) + 1 + ProcessHeap::kRedZone;
  p.heap.init(std::max(need, p.heap.limits().min_heap_words));
  p.heap.push(reinterpret_cast<Word>(process_end_code) + Term::kReturnTag);
  p.ip = process_start_code;
  const Term x[] = {module, function, copy_term(p.heap, args)};
  p.save_x(x, 3);
  return true;
}

// From now on it may run and be run.
void start(Process& p) {
  p.state.fetch_and(~std::uint32_t{Process::kStarting | Process::kRunning}, std::memory_order_acq_rel);
  process_hooks.make_runnable(p);
}

void discard(Process& p) {
  set_exiting(p);
  for (Signal* s = p.mailbox.close(); s != nullptr;) {
    Signal* next = s->next;
    if (s->kind == Signal::Kind::message)
      Signal::free(s);
    else
      s->handle(nullptr, s);
    s = next;
  }
  remove_process(p);
  retire_object(&p);
}

}  // namespace

SpawnOptions default_spawn_options() {
  SpawnOptions o;
  o.limits.min_heap_words = flags.min_heap_words;
  o.limits.min_bin_vheap_words = flags.min_bin_vheap_words;
  o.limits.fullsweep_after = flags.fullsweep_after;
  o.limits.max_heap_words = flags.max_heap_words;
  o.limits.max_heap_kill = flags.max_heap_kill;
  o.limits.max_heap_error_logger = flags.max_heap_log;
  o.limits.max_heap_include_shared = flags.max_heap_shared;
  o.off_heap_messages = flags.off_heap_messages;
  o.async_dist = flags.async_dist;
  return o;
}

SpawnResult spawn_process(Process& parent, Term module, Term function, Term args,
                          const SpawnOptions& options) {
  SpawnResult result;
  const bool alias = options.monitor && options.alias != AliasMode::none;
  if (options.monitor || options.request)
    result.monitor_ref = alias ? make_alias_ref(parent.heap, parent.pid) : make_ref(parent.heap);
  Process* child = new_process(options.limits);
  if (child == nullptr || !set_up(*child, module, function, args)) {
    if (child != nullptr) discard(*child);
    result.error = am::system_limit;
    return result;
  }
  Process& p = *child;
  result.pid = p.pid;
  p.parent = parent.pid;
  p.group_leader =
      parent.group_leader.is_immediate() ? parent.group_leader : copy_term(p.heap, parent.group_leader);
  p.error_handler = options.error_handler.is_none() ? am::error_handler : options.error_handler;
  p.priority.store(options.priority, std::memory_order_relaxed);
  p.bound.store(options.scheduler, std::memory_order_relaxed);
  p.off_heap_messages = options.off_heap_messages;
  p.async_dist = options.async_dist;
  p.home.store(parent.home.load(std::memory_order_relaxed), std::memory_order_relaxed);
  if (options.system) p.state.fetch_or(Process::kSystem, std::memory_order_relaxed);
  inherit_token(parent, p);
  trace_spawn(parent, p, module, function, args, options.link);
  if (options.link) {
    parent.links_made().links.insert_or_assign(p.pid.bits, LinkState{});
    p.links_made().links.try_emplace(parent.pid.bits);
  }
  if (options.monitor) {
    const RefKey key = ref_key(result.monitor_ref);
    Monitor m;
    m.target = p.pid;
    m.alias = options.alias;
    if (!options.monitor_tag.is_none()) {
      const CopiedTerm tag = copy_to_fragment_with_literals(options.monitor_tag);
      m.tag = OwnedTerm(tag.term, tag.fragment);
    }
    parent.links_made().monitors.insert_or_assign(key, std::move(m));
    p.links_made().watchers.insert_or_assign(key, Watcher{parent.pid, Term::none(), alias});
  }
  if (options.request && options.reply_ok) {
    FragmentHeap h(5 + flat_size(result.monitor_ref) + flat_size(options.reply_tag));
    const Term tag = copy_term(h, options.reply_tag), ref = copy_term(h, result.monitor_ref);
    const Term message = make_tuple(h, tag, ref, am::ok, p.pid);
    send_fragment(parent.pid, message, h.finish());
  }
  start(p);
  return result;
}

Process& spawn_first(Term module, Term function, Term args) {
  const SpawnOptions o = default_spawn_options();
  Process* p = new_process(o.limits);
  require(p != nullptr && set_up(*p, module, function, args), "the first process cannot be made");
  p->off_heap_messages = o.off_heap_messages;
  p->async_dist = o.async_dist;
  p->parent = Term::none();
  p->group_leader = p->pid;
  start(*p);
  return *p;
}

}  // namespace joist
