#include "bifs/process_info.hpp"

#include "bifs/internal_state.hpp"
#include "bifs/process_options.hpp"
#include "gc/copy.hpp"
#include "vm/base/flags.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/nif/nif.hpp"
#include "vm/process/heap_sizes.hpp"
#include "vm/process/saved_calls.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/table.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"
#include "vm/term/magic.hpp"

#include <fmt/format.h>

namespace joist {

std::size_t message_words(const Process& p) {
  std::size_t n = 0;
  if (!p.off_heap_messages)
    for (const Signal* s = p.mailbox.first(); s != nullptr; s = s->next)
      for (const HeapFragment* f = s->fragment; f != nullptr; f = f->next) n += f->capacity;
  return n;
}

namespace {

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }
Term pair(Heap& h, Term a, Term b) { return make_tuple(h, a, b); }

// ---- where it stands ----

Term stack(Heap& h, const Process& p) { return copy_term(h, current_stacktrace(h, p)); }

// The innermost frame {M,F,A,Location}; none() where no code is known.
Term top_frame(Heap& h, const Process& p) {
  if (p.has_state(Process::kAway) && p.current_bif != nullptr) {  // in a dirty BIF
    const Export& e = *p.current_bif;
    return make_tuple(h, e.module, e.function, Term::small(e.arity), Term::nil());
  }
  const Term frames = current_stacktrace(h, p);
  return frames.is_cons() ? frames.head() : Term::none();
}

Term mfa(Heap& h, Term m, Term f, std::uint32_t a) { return make_tuple(h, m, f, Term::small(a)); }

// Stands at the very beginning: not begun yet, or hibernating.
Term no_frame(Heap& h, const Process& p) {
  if (p.reductions > 0) return make_tuple(h, am::erlang, am::hibernate, Term::small(3), Term::nil());
  return make_tuple(h, p.initial_module, p.initial_function, Term::small(p.initial_arity), Term::nil());
}

Term current_function(Heap& h, Process& p, bool) {
  const Term f = top_frame(h, p);
  const Tuple t = Tuple::of(f.is_none() ? no_frame(h, p) : f);
  return make_tuple(h, t[0], t[1], t[2]);
}
Term current_location(Heap& h, Process& p, bool) {
  const Term f = top_frame(h, p);
  return f.is_none() ? no_frame(h, p) : f;
}
Term current_stack(Heap& h, Process& p, bool) {
  if (backtrace_depth == 0) return Term::nil();
  const Term frames = stack(h, p);
  return frames.is_cons() ? frames : make_cons(h, no_frame(h, p), Term::nil());
}

Term backtrace(Heap& h, Process& p, bool) {
  std::string text;
  for (Term t = current_stacktrace(h, p); t.is_cons(); t = t.tail()) {
    const Tuple f = Tuple::of(t.head());
    text += fmt::format("{} ({}:{}/{})\n", text.empty() ? "Program counter" : "Return addr", atom_text(f[0]),
                        atom_text(f[1]), f[2].small_value());
  }
  return make_binary_copy(h, text);
}

Term status(Heap&, Process& p, bool asker) {
  const std::uint32_t s = p.state.load(std::memory_order_acquire);
  if (!asker) return am::running;
  if ((s & Process::kExiting) != 0) return am::exiting;
  if ((s & Process::kAway) != 0) return am::running;
  if ((s & Process::kSuspended) != 0) return am::suspended;
  // It acts on the request just now; whether it would run otherwise, kRunnable says.
  return (s & Process::kRunnable) != 0 ? am::runnable : am::waiting;
}

// ---- messages, dictionary ----

Term messages(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  for (const Signal* s = p.mailbox.first(); s != nullptr; s = s->next) list.add(copy_term(h, s->term));
  return list.list();
}

Term dictionary(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  if (p.dictionary && !p.sensitive)
    p.dictionary->for_each([&](Term key, Term value) {
      const Term k = copy_term(h, key);
      list.add(pair(h, k, copy_term(h, value)));
    });
  return list.list();
}

// ---- relations ----

Term links(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  if (p.links)
    for (const auto& [peer, link] : p.links->links)
      if (link.active) list.add(Term{peer});
  return list.list();
}
Term monitors(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  if (p.links)
    for (const auto& [ref, m] : p.links->monitors) {
      if (m.kind == MonitorKind::time_offset) {
        list.add(pair(h, am::time_offset, am::clock_service));
        continue;
      }
      const Term object = m.name.is_none() ? m.target : pair(h, m.name, this_node()->name);
      list.add(pair(h, m.kind == MonitorKind::port ? am::port : am::process, object));
    }
  return list.list();
}
Term monitored_by(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  if (p.links)
    for (const auto& [ref, w] : p.links->watchers) {
      const Term resource = monitoring_resource(h, w, ref);
      list.add(resource.is_none() ? w.watcher : resource);
    }
  return list.list();
}
// [{Suspendee, ActiveCount, OutstandingCount}]
Term suspending(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  if (p.links)
    for (const auto& [pid, times] : p.links->suspending)
      list.add(make_tuple(h, Term{pid}, Term::small(times), Term::small(0)));
  return list.list();
}

// ---- memory ----

Term garbage_collection(Heap& h, Process& p, bool) {
  const HeapLimits& l = p.heap.limits();
  ListBuilder list(h);
  list.add(pair(h, am::max_heap_size, max_heap_size_map(h, l)));
  list.add(pair(h, am::min_bin_vheap_size, small(l.min_bin_vheap_words)));
  list.add(pair(h, am::min_heap_size, small(l.min_heap_words)));
  list.add(pair(h, am::fullsweep_after, small(l.fullsweep_after)));
  list.add(pair(h, am::minor_gcs, small(p.heap.minor_collections())));
  return list.list();
}

Term garbage_collection_info(Heap& h, Process& p, bool) {
  ListBuilder list(h);
  add_heap_sizes(list, h, p, p.heap.fragment_words() + message_words(p));
  return list.list();
}

// [{Address, Size, References}] of the off-heap binaries.
Term binaries(Heap& h, Process& p, bool) {
  std::vector<RefcBinary*> found;
  for (const Word* first : {p.heap.off_heap().first, p.heap.old_off_heap().first})
    for (const Word* w = first; w != nullptr; w = reinterpret_cast<const Word*>(w[header_words(*w)]))
      if (header_kind(*w) == BoxKind::binary_ref) found.push_back(reinterpret_cast<RefcBinary*>(w[1]));
  ListBuilder list(h);
  for (const RefcBinary* b : found) {
    const Term address = make_uint(h, reinterpret_cast<Word>(b));
    list.add(
        make_tuple(h, address, small(b->size), Term::small(b->references.load(std::memory_order_relaxed))));
  }
  return list.list();
}

// [{Address, Size, References}] of the objects behind magic references. OTP: the size is that of the object.
Term magic_references(Heap& h, Process& p, bool) {
  std::vector<const MagicObject*> found;
  for (const Word* first : {p.heap.off_heap().first, p.heap.old_off_heap().first})
    for (const Word* w = first; w != nullptr; w = reinterpret_cast<const Word*>(w[header_words(*w)]))
      if (header_kind(*w) == BoxKind::magic_ref) found.push_back(reinterpret_cast<const MagicObject*>(w[3]));
  ListBuilder list(h);
  for (const MagicObject* o : found)
    list.add(make_tuple(h, make_uint(h, reinterpret_cast<Word>(o)), small(sizeof *o),
                        Term::small(o->references())));
  return list.list();
}

Term memory(Heap&, Process& p, bool) {
  return small(sizeof(Process) + p.heap.total_heap_size() * sizeof(Word) + p.saved_x_capacity * sizeof(Term) +
               p.mailbox.length() * sizeof(Signal) + (p.links ? sizeof(Links) : 0) +
               (p.dictionary ? p.dictionary->size() * 24 : 0));
}

Term reductions(Heap&, Process& p, bool) {
  const std::int64_t now = std::max(0, kReductionsPerSlice - p.reductions_left);
  return Term::small(static_cast<std::int64_t>(p.reductions) + now);
}

// ---- the table ----

struct Item {
  Term key;
  Term (*value)(Heap& h, Process& p, bool asker);
};

const Item items[] = {
    {am::registered_name,
     [](Heap&, Process& p, bool) {
       const Term name = registered_name_of(p);
       return name.is_none() ? Term::nil() : name;
     }},
    {am::current_function, current_function},
    {am::initial_call,
     [](Heap& h, Process& p, bool) { return mfa(h, p.initial_module, p.initial_function, p.initial_arity); }},
    {am::status, status},
    {am::message_queue_len, [](Heap&, Process& p, bool) { return small(p.mailbox.length()); }},
    {am::links, links},
    {am::dictionary, dictionary},
    {am::trap_exit, [](Heap&, Process& p, bool) { return make_bool(p.trap_exit); }},
    {am::error_handler, [](Heap&, Process& p, bool) { return p.error_handler; }},
    {am::priority,
     [](Heap&, Process& p, bool) { return priority_atom(p.priority.load(std::memory_order_relaxed)); }},
    {am::group_leader, [](Heap& h, Process& p, bool) { return copy_term(h, p.group_leader); }},
    {am::total_heap_size,
     [](Heap&, Process& p, bool) { return small(p.heap.total_heap_size() + message_words(p)); }},
    {am::heap_size, [](Heap&, Process& p, bool) { return small(p.heap.heap_size()); }},
    {am::stack_size, [](Heap&, Process& p, bool) { return small(p.heap.stack_size()); }},
    {am::reductions, reductions},
    {am::garbage_collection, garbage_collection},
    {am::suspending, suspending},
    // Up to here: process_info/1, in its order.
    {am::async_dist, [](Heap&, Process& p, bool) { return make_bool(p.async_dist); }},
    {am::backtrace, backtrace},
    {am::binary, binaries},
    {am::catchlevel, [](Heap&, Process& p, bool) { return Term::small(p.catches); }},
    {am::current_location, current_location},
    {am::current_stacktrace, current_stack},
    {am::fullsweep_after, [](Heap&, Process& p, bool) { return small(p.heap.limits().fullsweep_after); }},
    {am::garbage_collection_info, garbage_collection_info},
    {am::last_calls,
     [](Heap& h, Process& p, bool) { return p.saved_calls ? p.saved_calls->to_list(h) : am::false_; }},
    {am::magic_ref, magic_references},
    {am::max_heap_size, [](Heap& h, Process& p, bool) { return max_heap_size_map(h, p.heap.limits()); }},
    {am::memory, memory},
    {am::message_queue_data,
     [](Heap&, Process& p, bool) { return p.off_heap_messages ? am::off_heap : am::on_heap; }},
    {am::messages, messages},
    {am::min_bin_vheap_size,
     [](Heap&, Process& p, bool) { return small(p.heap.limits().min_bin_vheap_words); }},
    {am::min_heap_size, [](Heap&, Process& p, bool) { return small(p.heap.limits().min_heap_words); }},
    {am::monitored_by, monitored_by},
    {am::monitors, monitors},
    {am::parent, [](Heap&, Process& p, bool) { return p.parent.is_none() ? am::undefined : p.parent; }},
    {am::sequential_trace_token, [](Heap& h, Process& p, bool) { return token_term(h, p.sequential_token); }},
    {am::trace, [](Heap&, Process& p, bool) { return Term::small(p.trace_flags.load()); }},
};
constexpr std::size_t kDefaultItems = 17;

// OTP 26: {dictionary, Key}, one value of the dictionary.
bool is_dictionary_item(Term item) {
  const auto t = Tuple::from(item);
  return t && t->arity() == 2 && (*t)[0] == am::dictionary && flags.otp_release >= "26";
}

const Item* find_item(Term key) {
  if (key == am::async_dist && flags.otp() < 26) return nullptr;
  for (const Item& i : items)
    if (i.key == key) return &i;
  return nullptr;
}

}  // namespace

Term process_info_items(Heap& h) {
  ListBuilder list(h);
  for (const Item& i : items) list.add(i.key);
  return list.list();
}

bool is_process_info_item(Term key) { return find_item(key) != nullptr || is_dictionary_item(key); }

Term process_info_value(Heap& h, Process& p, Term item, bool asker) {
  if (item.is_tuple()) {
    const Term value = p.dictionary && !p.sensitive ? p.dictionary->get(Tuple::of(item)[1]) : Term::none();
    return value.is_none() ? am::undefined : copy_term(h, value);
  }
  return find_item(item)->value(h, p, asker);
}

Term process_info_pair(Heap& h, Process& p, Term item, bool asker) {
  const Term value = process_info_value(h, p, item, asker);
  return pair(h, copy_term(h, item), value);
}

Term process_info_default(Heap& h, Process& p, bool asker) {
  ListBuilder list(h);
  for (std::size_t i = 0; i < kDefaultItems; ++i) {
    const Term value = items[i].value(h, p, asker);
    if (items[i].key == am::registered_name && value.is_nil()) continue;
    list.add(pair(h, items[i].key, value));
  }
  return list.list();
}

}  // namespace joist
