#include "vm/trace/pattern.hpp"

#include <algorithm>

#include "gc/copy.hpp"
#include "vm/base/flags.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"
#include "vm/trace/call.hpp"
#include "vm/trace/module.hpp"

namespace joist {
namespace {

std::atomic<bool> save_breakpoints{false};

struct Function {
  const Instance* instance;
  const FunctionInfo* info;
};

// Functions of loaded code, sorted by nothing.
template <class F>
void for_each_function(const FunctionPattern& f, const F& action) {
  const auto in_module = [&](Term name) {
    const Module* m = find_module(name);
    if (m == nullptr || m->current == nullptr) return;
    for (const FunctionInfo& i : m->current->functions)
      if (f.matches(name, i.name, i.arity)) action(*m->current, i);
  };
  if (!f.module.is_none()) return in_module(f.module);
  for (const Term name : loaded_modules()) in_module(name);
}

// Exports that lead somewhere. (BIFs that only other BIFs call are nobody's business.)
std::vector<Export*> matching_exports(const FunctionPattern& f) {
  std::vector<Export*> found;
  for (Export* e : all_exports())
    if (f.matches(e->module, e->function, e->arity) && is_callable(*e) && atom_text(e->function)[0] != '$')
      found.push_back(e);
  return found;
}

void set_counter(Breakpoint& b, SessionBreakpoint& s, unsigned kind, unsigned active, PatternSwitch how) {
  if ((s.kinds & kind) == 0) {
    // OTP: nothing is begun by `restart` or `pause`, unless there is a breakpoint anyway.
    if (how != PatternSwitch::on && s.kinds == 0 && (b.own_kinds & kBreakDebug) == 0) return;
    s.kinds |= kind;
  } else if (how == PatternSwitch::pause) {
    s.kinds &= ~active;
    return;
  }
  s.kinds |= active;
  if (kind == kBreakCount) s.count.store(0);
  const std::lock_guard lock(s.mutex);
  if (kind == kBreakTime) s.times.clear();
  if (kind == kBreakMemory) s.memory.clear();
}

// With those that say whether the counters run.
unsigned with_active(unsigned kinds) {
  if ((kinds & kBreakCount) != 0) kinds |= kBreakCountActive;
  if ((kinds & kBreakTime) != 0) kinds |= kBreakTimeActive;
  if ((kinds & kBreakMemory) != 0) kinds |= kBreakMemoryActive;
  return kinds;
}

void change_function(const TraceSessionRef& session, const Instance& instance, const FunctionInfo& code,
                     const TracePattern& p, const TraceSpecRef& meta_spec) {
  Export* e = find_or_make_export(instance.module, code.name, code.arity);
  Breakpoint* b = find_breakpoint(e);
  if (p.how == PatternSwitch::off || p.kinds == 0) {
    SessionBreakpoint* s = b != nullptr ? b->of(*session) : nullptr;
    if (s == nullptr) return;
    s->kinds &= ~with_active(p.kinds != 0 ? p.kinds : p.how == PatternSwitch::off ? 0u : kBreaksInCode);
  } else {
    b = &breakpoint_of(e);
    SessionBreakpoint& s = b->made_for(session);
    s.kinds |= p.kinds & (kBreakLocal | kBreakMeta);
    if ((p.kinds & kBreakLocal) != 0) s.call_spec = p.spec;
    if ((p.kinds & kBreakMeta) != 0) {
      s.meta_spec = meta_spec;
      const std::lock_guard lock(s.mutex);
      s.meta_tracer = p.meta_tracer;
    }
    if ((p.kinds & kBreakCount) != 0) set_counter(*b, s, kBreakCount, kBreakCountActive, p.how);
    if ((p.kinds & kBreakTime) != 0) set_counter(*b, s, kBreakTime, kBreakTimeActive, p.how);
    if ((p.kinds & kBreakMemory) != 0) set_counter(*b, s, kBreakMemory, kBreakMemoryActive, p.how);
  }
  place_breakpoint(*b, &instance, &code);
}

// The function's code in the current version of its module.
bool code_of_export(const Export& e, Function* f) {
  const Module* m = find_module(e.module);
  if (m == nullptr || m->current == nullptr) return false;
  for (const FunctionInfo& i : m->current->functions)
    if (i.name == e.function && i.arity == e.arity) {
      *f = {m->current.get(), &i};
      return true;
    }
  return false;
}

void place(Breakpoint& b) {
  Function f{};
  if (code_of_export(*b.function, &f))
    place_breakpoint(b, f.instance, f.info);
  else
    place_breakpoint(b, nullptr, nullptr);
}

void change_export(const TraceSessionRef& session, Export& e, const TracePattern& p) {
  const bool on = p.how != PatternSwitch::off, global = p.kinds == 0;
  if (on && global) {
    Breakpoint& b = breakpoint_of(&e);
    SessionBreakpoint& s = b.made_for(session);
    s.kinds |= kBreakGlobal;
    s.call_spec = p.spec;
    return place(b);
  }
  if (!on && !global) return;
  Breakpoint* b = find_breakpoint(&e);
  SessionBreakpoint* s = b != nullptr ? b->of(*session) : nullptr;
  if (s == nullptr || (s->kinds & kBreakGlobal) == 0) return;
  s->kinds &= ~unsigned{kBreakGlobal};
  place(*b);
}

std::int64_t set_pattern(const TraceSessionRef& s, const FunctionPattern& f, const TracePattern& p,
                         const TraceSpecRef& meta_spec) {
  std::int64_t in_code = 0;
  const auto exports = matching_exports(f);
  for (Export* e : exports) change_export(s, *e, p);
  for_each_function(f, [&](const Instance& i, const FunctionInfo& code) {
    change_function(s, i, code, p, meta_spec);
    ++in_code;
  });
  return p.kinds != 0 ? in_code : static_cast<std::int64_t>(exports.size());
}

void set_save_breakpoints(const FunctionPattern& f, bool on) {
  for (Export* e : matching_exports(f)) {
    Breakpoint* b = on ? &breakpoint_of(e) : find_breakpoint(e);
    if (b == nullptr) continue;
    b->own_kinds = on ? b->own_kinds | kBreakSave : b->own_kinds & ~unsigned{kBreakSave};
    place(*b);
  }
}

void code_is_current_now(const Instance& instance) {
  if (has_save_breakpoints()) set_save_breakpoints({instance.module, Term::none()}, true);
  for (const TraceSessionRef& s : all_sessions()) {
    const LoadPattern& d = s->on_load;
    if (!d.on) continue;
    TracePattern p;
    p.spec = d.spec;
    p.kinds = d.kinds;
    p.meta_tracer = d.meta_tracer;
    set_pattern(s, {instance.module, Term::none()}, p, d.meta_spec);
  }
}

Term source_of(Heap& h, const TraceSpecRef& s) {
  return s ? copy_with_literals(h, s->source()) : Term::nil();
}
Term all_items(Heap& h, std::span<const std::pair<Term, Term>> items) {
  ListBuilder list(h);
  for (const auto& [key, value] : items) list.add(make_tuple(h, key, value));
  return list.list();
}

// [{Pid, Calls, Seconds, Microseconds}], or [{Pid, Calls, Words}].
Term costs_term(Heap& h, SessionBreakpoint& s, CallCosts SessionBreakpoint::*costs) {
  ListBuilder list(h);
  const std::lock_guard lock(s.mutex);
  for (const auto& [pid, c] : s.*costs) {
    if (costs == &SessionBreakpoint::memory) {
      list.add(make_tuple(h, Term{pid}, make_uint(h, c.calls), make_int(h, c.amount)));
      continue;
    }
    const std::int64_t us = c.amount / 1000;
    list.add(make_tuple(h, Term{pid}, make_uint(h, c.calls), Term::small(us / 1'000'000),
                        Term::small(us % 1'000'000)));
  }
  return list.list();
}

Term run_for_event(const TraceSpecification& spec, const TraceSessionRef& s, Process& p,
                   std::span<const Term> args, Heap& h) {
  return spec.run(s, p, args, h).value;
}

// Since OTP 26.
bool memory_is_counted() { return flags.otp_release >= "26"; }

}  // namespace

std::int64_t set_trace_pattern(const TraceSessionRef& s, const FunctionPattern& f, const TracePattern& p) {
  return set_pattern(s, f, p, p.spec);
}

void set_load_pattern(TraceSession& s, const TracePattern& p) {
  LoadPattern& d = s.on_load;
  const bool on = p.how != PatternSwitch::off, global = p.kinds == 0;
  if (global || (p.kinds & kBreakLocal) != 0) d.spec = p.spec;
  if (global || (p.kinds & kBreakMeta) != 0) {
    d.meta_spec = global ? nullptr : p.spec;
    d.meta_tracer = global ? nullptr : p.meta_tracer;
  }
  const unsigned begun =
      p.how == PatternSwitch::on ? p.kinds : p.kinds & ~unsigned{kBreakCount | kBreakTime | kBreakMemory};
  if (global) {
    // OTP: switching global tracing off leaves the other as it is.
    if (d.kinds != 0 && !on) return;
    d.kinds = 0;
    d.on = on;
  } else if (on) {
    d.kinds |= begun;
    d.on = d.kinds != 0;
  } else if (d.kinds != 0) {
    d.kinds &= ~p.kinds;
    d.on = d.kinds != 0;
  }
}

void remove_trace_patterns(TraceSession& s) {
  s.on_load = {};
  for (Breakpoint* b : breakpoints_of(s)) {
    b->of(s)->kinds = 0;
    place(*b);
  }
}

// ---- asking ----

// What is told of a function: null if nothing is. nullopt: there is no such function.
static std::optional<Breakpoint*> breakpoint_at_function(Term module, Term function, std::uint32_t arity) {
  const Export* e = find_export(module, function, arity);
  Function code{};
  Export wanted;
  wanted.module = module;
  wanted.function = function;
  wanted.arity = arity;
  if (!(e != nullptr && is_callable(*e)) && !code_of_export(wanted, &code)) return std::nullopt;
  return e != nullptr ? find_breakpoint(e) : nullptr;
}

Term function_trace_info(const TraceSession& session, Heap& h, Term module, Term function,
                         std::uint32_t arity, Term item) {
  const auto found = breakpoint_at_function(module, function, arity);
  if (!found) return am::undefined;
  const Breakpoint* b = *found;
  SessionBreakpoint* s = b != nullptr ? b->of(session) : nullptr;
  if (s == nullptr) return am::false_;
  const auto has = [&](unsigned kind) { return (s->kinds & kind) != 0; };
  const bool calls = has(kBreakGlobal | kBreakLocal);
  const auto traced = [&] {
    return has(kBreakGlobal) ? am::global : has(kBreakLocal) ? am::local : am::false_;
  };
  const auto spec = [&] { return calls ? source_of(h, s->call_spec) : am::false_; };
  const auto meta = [&](Term none) {
    return has(kBreakMeta) ? tracer_term(h, s->tracer_of_meta(), none) : none;
  };
  const auto meta_spec = [&] { return has(kBreakMeta) ? source_of(h, s->meta_spec) : am::false_; };
  const auto count = [&] { return has(kBreakCount) ? make_uint(h, s->count.load()) : am::false_; };
  const auto costs = [&](unsigned kind, CallCosts SessionBreakpoint::*of) {
    return has(kind) ? costs_term(h, *s, of) : am::false_;
  };
  const auto times = [&] { return costs(kBreakTime, &SessionBreakpoint::times); };
  const auto memory = [&] { return costs(kBreakMemory, &SessionBreakpoint::memory); };
  if (item == am::traced) return traced();
  if (item == am::match_spec) return spec();
  if (item == am::meta) return meta(Term::nil());
  if (item == am::meta_match_spec) return meta_spec();
  if (item == am::call_count) return count();
  if (item == am::call_time) return times();
  if (item == am::call_memory && memory_is_counted()) return memory();
  if (item != am::all) return Term::none();
  std::vector<std::pair<Term, Term>> items{{am::traced, traced()},
                                           {am::match_spec, spec()},
                                           {am::meta, meta(am::false_)},
                                           {am::meta_match_spec, meta_spec()}};
  if (memory_is_counted()) items.emplace_back(am::call_memory, memory());
  items.emplace_back(am::call_time, times());
  items.emplace_back(am::call_count, count());
  return all_items(h, items);
}

std::optional<std::vector<TraceSessionRef>> sessions_at_function(Term module, Term function,
                                                                 std::uint32_t arity) {
  const auto found = breakpoint_at_function(module, function, arity);
  if (!found) return std::nullopt;
  std::vector<TraceSessionRef> sessions;
  if (*found == nullptr) return sessions;
  // OTP: those that sit in code come first.
  for (const bool global : {false, true})
    for (const auto& s : (*found)->sessions)
      if (((s->kinds & kBreakGlobal) != 0) == global && s->session->alive) sessions.push_back(s->session);
  return sessions;
}

Term on_load_trace_info(const TraceSession& s, Heap& h, Term item) {
  const LoadPattern& d = s.on_load;
  if (!d.on) return am::false_;
  const bool global = d.kinds == 0;
  const auto has = [&](unsigned kind) { return (d.kinds & kind) != 0; };
  const auto traced = [&] { return global ? am::global : has(kBreakLocal) ? am::local : am::false_; };
  const auto spec = [&] { return global || has(kBreakLocal) ? source_of(h, d.spec) : am::false_; };
  const auto meta = [&] { return has(kBreakMeta) ? tracer_term(h, d.meta_tracer, am::false_) : am::false_; };
  const auto meta_spec = [&] { return has(kBreakMeta) ? source_of(h, d.meta_spec) : am::false_; };
  if (item == am::traced) return traced();
  if (item == am::match_spec) return spec();
  if (item == am::meta) return meta();
  if (item == am::meta_match_spec) return meta_spec();
  if (item == am::call_count) return make_bool(has(kBreakCount));
  if (item == am::call_time) return make_bool(has(kBreakTime));
  if (item == am::call_memory && memory_is_counted()) return make_bool(has(kBreakMemory));
  if (item != am::all) return Term::none();
  const std::pair<Term, Term> items[] = {{am::traced, traced()},
                                         {am::match_spec, spec()},
                                         {am::meta, meta()},
                                         {am::meta_match_spec, meta_spec()},
                                         {am::call_count, make_bool(has(kBreakCount))}};
  return all_items(h, items);
}

Term event_trace_info(const EventPattern& e, Heap& h, Term item) {
  if (item != am::match_spec) return Term::none();
  if (!e.on) return am::false_;
  return e.spec ? source_of(h, e.spec) : am::true_;
}

std::int64_t set_debug_breakpoints(const FunctionPattern& f, bool on) {
  std::int64_t n = 0;
  for_each_function(f, [&](const Instance& i, const FunctionInfo& code) {
    ++n;
    Export* e = find_or_make_export(i.module, code.name, code.arity);
    Breakpoint* b = on ? &breakpoint_of(e) : find_breakpoint(e);
    if (b == nullptr) return;
    b->own_kinds = on ? b->own_kinds | kBreakDebug : b->own_kinds & ~unsigned{kBreakDebug};
    place_breakpoint(*b, &i, &code);
  });
  return n;
}

void set_save_breakpoints(bool on) {
  save_breakpoints.store(on, std::memory_order_relaxed);
  set_save_breakpoints({Term::none(), Term::none()}, on);
}

bool has_save_breakpoints() { return save_breakpoints.load(std::memory_order_relaxed); }

void init_tracing() {
  code_leaves = remove_breakpoints;
  displaced_handler = handler_without_breakpoint;
  code_is_current = code_is_current_now;
  run_event_specification = run_for_event;
  init_call_tracing();
  init_tracer_modules();
}

}  // namespace joist
