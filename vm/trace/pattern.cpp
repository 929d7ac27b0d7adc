#include "vm/trace/pattern.hpp"

#include <algorithm>

#include "gc/copy.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"
#include "vm/trace/call.hpp"
#include "vm/trace/module.hpp"

namespace joist {
namespace {

// What modules get when they are loaded.
struct DefaultPattern {
  bool on = false;
  bool in_code = false;  // else it is global
  bool local = false, meta = false, call_count = false, call_time = false;
  TraceSpecRef spec, meta_spec;
  TracerRef meta_tracer;
} defaults;

// What send and 'receive' want.
struct EventPattern {
  bool on = true;
  TraceSpecRef spec;
};
std::mutex event_mutex;
EventPattern send_pattern, receive_pattern;

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

void set_counter(Breakpoint& b, unsigned kind, unsigned active, PatternSwitch how) {
  if ((b.kinds & kind) == 0) {
    // OTP: nothing is begun by `restart` or `pause`, unless there is a breakpoint anyway.
    if (how != PatternSwitch::on && (b.kinds & ~unsigned{kBreakSave}) == 0) return;
    b.kinds |= kind | active;
  } else if (how == PatternSwitch::pause) {
    b.kinds &= ~active;
    return;
  }
  b.kinds |= active;
  if (kind == kBreakCount) b.count.store(0);
  if (kind == kBreakTime) {
    const std::lock_guard lock(b.mutex);
    b.times.clear();
  }
}

void change_function(const Instance& instance, const FunctionInfo& code, const TracePattern& p,
                     const TraceSpecRef& meta_spec) {
  Export* e = find_or_make_export(instance.module, code.name, code.arity);
  Breakpoint* b = find_breakpoint(e);
  if (p.how == PatternSwitch::off) {
    if (b == nullptr) return;
    if (p.local) b->kinds &= ~unsigned{kBreakLocal};
    if (p.meta) b->kinds &= ~unsigned{kBreakMeta};
    if (p.call_count) b->kinds &= ~unsigned{kBreakCount | kBreakCountActive};
    if (p.call_time) b->kinds &= ~unsigned{kBreakTime | kBreakTimeActive};
  } else if (!p.in_code()) {
    if (b == nullptr) return;
    b->kinds &= ~kBreaksInCode & ~unsigned{kBreakCountActive | kBreakTimeActive};
  } else {
    b = &breakpoint_of(e);
    if (p.local) {
      b->kinds |= kBreakLocal;
      b->call_spec = p.spec;
    }
    if (p.meta) {
      b->kinds |= kBreakMeta;
      b->meta_spec = meta_spec;
      const std::lock_guard lock(b->mutex);
      b->meta_tracer = p.meta_tracer;
    }
    if (p.call_count) set_counter(*b, kBreakCount, kBreakCountActive, p.how);
    if (p.call_time) set_counter(*b, kBreakTime, kBreakTimeActive, p.how);
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

void change_export(Export& e, const TracePattern& p) {
  const bool on = p.how != PatternSwitch::off, global = !p.in_code();
  if (on && global) {
    Breakpoint& b = breakpoint_of(&e);
    b.kinds |= kBreakGlobal;
    b.call_spec = p.spec;
    return place(b);
  }
  if (!on && !global) return;
  Breakpoint* b = find_breakpoint(&e);
  if (b == nullptr || (b->kinds & kBreakGlobal) == 0) return;
  b->kinds &= ~unsigned{kBreakGlobal};
  place(*b);
}

std::int64_t set_pattern(const FunctionPattern& f, const TracePattern& p, const TraceSpecRef& meta_spec) {
  std::int64_t in_code = 0;
  const auto exports = matching_exports(f);
  for (Export* e : exports) change_export(*e, p);
  for_each_function(f, [&](const Instance& i, const FunctionInfo& code) {
    change_function(i, code, p, meta_spec);
    ++in_code;
  });
  return p.in_code() ? in_code : static_cast<std::int64_t>(exports.size());
}

void set_save_breakpoints(const FunctionPattern& f, bool on) {
  for (Export* e : matching_exports(f)) {
    Breakpoint* b = on ? &breakpoint_of(e) : find_breakpoint(e);
    if (b == nullptr) continue;
    b->kinds = on ? b->kinds | kBreakSave : b->kinds & ~unsigned{kBreakSave};
    place(*b);
  }
}

void code_is_current_now(const Instance& instance) {
  if (has_save_breakpoints()) set_save_breakpoints({instance.module, Term::none()}, true);
  if (!defaults.on) return;
  TracePattern p;
  p.spec = defaults.spec;
  p.local = defaults.local;
  p.meta = defaults.meta;
  p.call_count = defaults.call_count;
  p.call_time = defaults.call_time;
  p.meta_tracer = defaults.meta_tracer;
  set_pattern({instance.module, Term::none()}, p, defaults.meta_spec);
}

Term source_of(Heap& h, const TraceSpecRef& s) {
  return s ? copy_with_literals(h, s->source()) : Term::nil();
}
Term all_items(Heap& h, std::initializer_list<std::pair<Term, Term>> items) {
  ListBuilder list(h);
  for (const auto& [key, value] : items) list.add(make_tuple(h, key, value));
  return list.list();
}

Term call_times_term(Heap& h, Breakpoint& b) {
  ListBuilder list(h);
  const std::lock_guard lock(b.mutex);
  for (const auto& [pid, t] : b.times) {
    const std::int64_t us = t.ns / 1000;
    list.add(make_tuple(h, Term{pid}, make_uint(h, t.calls), Term::small(us / 1'000'000),
                        Term::small(us % 1'000'000)));
  }
  return list.list();
}

Term filter_event(const EventPattern& which, Process& p, std::span<const Term> args, Heap& h) {
  EventPattern now;
  {
    const std::lock_guard lock(event_mutex);
    now = which;
  }
  if (!now.on) return am::false_;
  if (!now.spec) return am::true_;
  const auto result = now.spec->run(p, args, h);
  // OTP: `silent` counts only where there is a match specification.
  return (p.trace_flags.load(std::memory_order_relaxed) & kTraceSilent) != 0 ? am::false_ : result.value;
}
Term filter_send(Process& p, std::span<const Term> args, Heap& h) {
  return filter_event(send_pattern, p, args, h);
}
Term filter_receive(Process& p, std::span<const Term> args, Heap& h) {
  return filter_event(receive_pattern, p, args, h);
}

}  // namespace

std::int64_t set_trace_pattern(const FunctionPattern& f, const TracePattern& p) {
  return set_pattern(f, p, p.spec);
}

void set_default_trace_pattern(const TracePattern& p) {
  const bool on = p.how != PatternSwitch::off, in_code = p.in_code();
  if (p.local || !in_code) defaults.spec = p.spec;
  if (p.meta) {
    defaults.meta_spec = p.spec;
    defaults.meta_tracer = p.meta_tracer;
  } else if (!in_code) {
    defaults.meta_spec = nullptr;
    defaults.meta_tracer = nullptr;
  }
  const bool count = p.call_count && p.how == PatternSwitch::on,
             time = p.call_time && p.how == PatternSwitch::on;
  if (defaults.in_code && in_code) {
    if (on) {
      defaults.local |= p.local;
      defaults.meta |= p.meta;
      defaults.call_count |= count;
      defaults.call_time |= time;
      return;
    }
    defaults.local &= !p.local;
    defaults.meta &= !p.meta;
    defaults.call_count &= !p.call_count;
    defaults.call_time &= !p.call_time;
    defaults.in_code = defaults.local || defaults.meta || defaults.call_count || defaults.call_time;
    if (!defaults.in_code) defaults.on = false;
  } else if (!in_code) {
    // OTP: switching global tracing off leaves the other as it is.
    if (defaults.in_code && !on) return;
    defaults.local = defaults.meta = defaults.call_count = defaults.call_time = defaults.in_code = false;
    defaults.on = on;
  } else if (on) {
    defaults.local = p.local;
    defaults.meta = p.meta;
    defaults.call_count = count;
    defaults.call_time = time;
    defaults.on = defaults.in_code = p.local || p.meta || count || time;
  }
}

void set_event_pattern(Term event, bool on, TraceSpecRef spec) {
  const bool send = event == am::send;
  (send ? send_filter : receive_filter)
      .store(on && !spec ? nullptr
             : send      ? filter_send
                         : filter_receive,
             std::memory_order_release);
  const std::lock_guard lock(event_mutex);
  (send ? send_pattern : receive_pattern) = {on, std::move(spec)};
}

// ---- asking ----

Term function_trace_info(Heap& h, Term module, Term function, std::uint32_t arity, Term item) {
  const Export* e = find_export(module, function, arity);
  Function code{};
  const bool exists = e != nullptr ? is_callable(*e) || code_of_export(*e, &code) : [&] {
    Export wanted;
    wanted.module = module;
    wanted.function = function;
    wanted.arity = arity;
    return code_of_export(wanted, &code);
  }();
  if (!exists) return am::undefined;
  Breakpoint* b = e != nullptr ? find_breakpoint(e) : nullptr;
  if (b == nullptr || (b->kinds & ~unsigned{kBreakSave}) == 0) return am::false_;
  const auto has = [&](unsigned kind) { return (b->kinds & kind) != 0; };
  const bool calls = has(kBreakGlobal | kBreakLocal);
  const auto traced = [&] {
    return has(kBreakGlobal) ? am::global : has(kBreakLocal) ? am::local : am::false_;
  };
  const auto spec = [&] { return calls ? source_of(h, b->call_spec) : am::false_; };
  const auto meta = [&](Term none) {
    return has(kBreakMeta) ? tracer_term(h, b->tracer_of_meta(), none) : none;
  };
  const auto meta_spec = [&] { return has(kBreakMeta) ? source_of(h, b->meta_spec) : am::false_; };
  const auto count = [&] { return has(kBreakCount) ? make_uint(h, b->count.load()) : am::false_; };
  const auto times = [&] { return has(kBreakTime) ? call_times_term(h, *b) : am::false_; };
  if (item == am::traced) return traced();
  if (item == am::match_spec) return spec();
  if (item == am::meta) return meta(Term::nil());
  if (item == am::meta_match_spec) return meta_spec();
  if (item == am::call_count) return count();
  if (item == am::call_time) return times();
  if (item == am::all)
    return all_items(h, {{am::traced, traced()},
                         {am::match_spec, spec()},
                         {am::meta, meta(am::false_)},
                         {am::meta_match_spec, meta_spec()},
                         {am::call_time, times()},
                         {am::call_count, count()}});
  return Term::none();
}

Term on_load_trace_info(Heap& h, Term item) {
  const DefaultPattern& d = defaults;
  if (!d.on) return am::false_;
  const auto traced = [&] { return !d.in_code ? am::global : d.local ? am::local : am::false_; };
  const auto spec = [&] { return !d.in_code || d.local ? source_of(h, d.spec) : am::false_; };
  const auto meta = [&] { return d.meta ? tracer_term(h, d.meta_tracer, am::false_) : am::false_; };
  const auto meta_spec = [&] { return d.meta ? source_of(h, d.meta_spec) : am::false_; };
  if (item == am::traced) return traced();
  if (item == am::match_spec) return spec();
  if (item == am::meta) return meta();
  if (item == am::meta_match_spec) return meta_spec();
  if (item == am::call_count) return make_bool(d.call_count);
  if (item == am::call_time) return make_bool(d.call_time);
  if (item == am::all)
    return all_items(h, {{am::traced, traced()},
                         {am::match_spec, spec()},
                         {am::meta, meta()},
                         {am::meta_match_spec, meta_spec()},
                         {am::call_count, make_bool(d.call_count)}});
  return Term::none();
}

Term event_trace_info(Heap& h, Term event, Term item) {
  if (item != am::match_spec) return Term::none();
  const std::lock_guard lock(event_mutex);
  const EventPattern& e = event == am::send ? send_pattern : receive_pattern;
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
    b->kinds = on ? b->kinds | kBreakDebug : b->kinds & ~unsigned{kBreakDebug};
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
  init_call_tracing();
  init_tracer_modules();
}

}  // namespace joist
