#include "vm/process/sequential_trace.hpp"

#include <mutex>

#include "gc/copy.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/process/tracing.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"

namespace joist {
namespace {

std::mutex tracer_mutex;
TracerRef tracer;
std::atomic<bool> has_tracer{false};

// 0: not the name of a flag.
unsigned flag_named(Term t) {
  return t == am::send                         ? kSequentialSend
         : t == am::receive                    ? kSequentialReceive
         : t == am::print                      ? kSequentialPrint
         : t == am::timestamp                  ? kSequentialTimestamp
         : t == am::strict_monotonic_timestamp ? kSequentialStrictMonotonic
         : t == am::monotonic_timestamp        ? kSequentialMonotonic
                                               : 0u;
}

SequentialLabel* make_label(Term t) {
  const CopiedTerm copy = copy_to_fragment_with_literals(t);
  return new SequentialLabel{.term = OwnedTerm(copy.term, copy.fragment)};
}

Term label_term(Heap& h, const SequentialToken& t) {
  return t.label == nullptr ? Term::small(0) : copy_term(h, t.label->term.term);
}
Term counts(Heap& h, const SequentialToken& t) {
  return make_tuple(h, make_uint(h, t.last), make_uint(h, t.serial));
}

Term term_of(SequentialToken* t) { return {reinterpret_cast<Word>(t)}; }

void release_label(SequentialLabel* l) {
  if (l != nullptr && l->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete l;
}

// A copy with one reference.
SequentialToken* copy_token(const SequentialToken& from) {
  auto* t = new SequentialToken;
  t->flags = from.flags;
  t->label = from.label;
  if (t->label != nullptr) t->label->references.fetch_add(1, std::memory_order_relaxed);
  t->serial = from.serial;
  t->last = from.last;
  t->from = from.from;
  return t;
}

Term timestamp_of(Heap& h, unsigned flags) {
  if (flags & kSequentialTimestamp) {
    const std::int64_t us = system_ns() / 1000;
    return make_tuple(h, Term::small(us / 1'000'000'000'000), Term::small(us / 1'000'000 % 1'000'000),
                      Term::small(us % 1'000'000));
  }
  if (flags & kSequentialMonotonic) return make_int(h, monotonic_ns());
  if (flags & kSequentialStrictMonotonic) {
    static std::atomic<std::int64_t> count{0};
    return make_tuple(h, make_int(h, monotonic_ns()), Term::small(count.fetch_add(1)));
  }
  return Term::none();
}

// {seq_trace, Label, {What, {Last, Serial}, From, To, Message}}, with a timestamp behind if the token says
// so.
void report(const SequentialToken& t, unsigned wanted, Term what, Term to, Term message) {
  if ((t.flags & wanted) == 0) return;
  const TracerRef receiver = sequential_tracer();
  if (!receiver) return;
  GrowingFragmentHeap h;
  const Term count = make_tuple(h, make_uint(h, t.last), make_uint(h, t.serial));
  const Term info = make_tuple(h, what, count, t.from, copy_term(h, to), copy_term(h, message));
  const Term label = t.label == nullptr ? Term::small(0) : copy_term(h, t.label->term.term);
  const Term time = timestamp_of(h, t.flags);
  const Term all = time.is_none() ? make_tuple(h, am::seq_trace, label, info)
                                  : make_tuple(h, am::seq_trace, label, info, time);
  const Term state = receiver->state.term;
  if (receiver->module != am::erl_tracer) {
    const Term key = am::timestamp;
    const Term kind = (t.flags & kSequentialTimestamp) != 0   ? am::timestamp
                      : (t.flags & kSequentialMonotonic) != 0 ? am::monotonic
                                                              : am::strict_monotonic;
    const Term pair[] = {key, kind};
    const Term options = map_from_pairs(h, std::span(pair, time.is_none() ? 0 : 2));
    if (tracer_modules.enabled(*receiver, TraceGroup::status, am::seq_trace, t.from) == am::trace)
      tracer_modules.trace(*receiver, TraceGroup::status, am::seq_trace, label, info, options);
  } else if (state.is_local_port()) {
    tracer_modules.write_to_port(state, all);
  } else {
    send_fragment(state, all, h.finish());
  }
}

// The process does something with its token: it counts.
SequentialToken* count_on(Process& p) {
  SequentialToken* t = fresh_token(p);
  t->from = p.pid;
  t->serial = ++p.sequential_clock;
  t->last = p.sequential_last;
  return t;
}

}  // namespace

void retain_token(Term t) {
  if (auto* token = token_of(t)) token->references.fetch_add(1, std::memory_order_relaxed);
}

void release_token(Term t) {
  auto* token = token_of(t);
  if (token == nullptr || token->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  release_label(token->label);
  delete token;
}

Term token_term(Heap& h, Term token) {
  const auto* t = token_of(token);
  if (t == nullptr) return Term::nil();
  const Term label = t->label == nullptr ? Term::small(0) : copy_term(h, t->label->term.term);
  return make_tuple(h, Term::small(t->flags), label, make_uint(h, t->serial), t->from, make_uint(h, t->last));
}

SequentialToken* fresh_token(Process& p) {
  const auto* old = token_of(p.sequential_token);
  SequentialToken* t = old != nullptr ? copy_token(*old) : new SequentialToken;
  if (old == nullptr) {
    t->from = p.pid;
    t->last = p.sequential_last;
  }
  release_token(p.sequential_token);
  p.sequential_token = term_of(t);
  return t;
}

void drop_token(Process& p) { release_token(std::exchange(p.sequential_token, Term::nil())); }

Term token_for_message(Process& from, Term to, Term message) {
  if (token_of(from.sequential_token) == nullptr) return Term::nil();
  report(*count_on(from), kSequentialSend, am::send, to, message);
  retain_token(from.sequential_token);
  return from.sequential_token;
}

void take_token(Process& p, Term token, Term message) {
  if (token.is_none()) return;
  release_token(std::exchange(p.sequential_token, token));
  const auto* t = token_of(token);
  if (t == nullptr) return;
  p.sequential_last = t->serial;
  p.sequential_clock = std::max(p.sequential_clock, t->serial);
  report(*t, kSequentialReceive, am::receive, p.pid, message);
}

// As if the child had been sent a request, and answered it.
void inherit_token(Process& parent, Process& child) {
  if (token_of(parent.sequential_token) == nullptr) return;
  const SequentialToken* sent = count_on(parent);
  child.sequential_last = child.sequential_clock = sent->serial;
  retain_token(parent.sequential_token);
  child.sequential_token = parent.sequential_token;
  const SequentialToken* answered = count_on(child);
  parent.sequential_last = answered->serial;
  parent.sequential_clock = std::max(parent.sequential_clock, answered->serial);
}

bool print_sequential(Process& p, Term message) {
  if (token_of(p.sequential_token) == nullptr) return false;
  report(*count_on(p), kSequentialPrint, am::print, Term::nil(), message);
  return true;
}

TracerRef sequential_tracer() {
  if (!has_tracer.load(std::memory_order_relaxed)) return nullptr;
  const std::lock_guard lock(tracer_mutex);
  if (tracer && !tracer_exists(*tracer, am::undefined)) {
    tracer = nullptr;
    has_tracer = false;
  }
  return tracer;
}
TracerRef set_sequential_tracer(TracerRef t) {
  TracerRef old = sequential_tracer();
  const std::lock_guard lock(tracer_mutex);
  has_tracer = t != nullptr;
  tracer = std::move(t);
  return old;
}

Term change_token(Process& p, Heap& h, Term item, Term value) {
  if (const unsigned flag = flag_named(item)) {
    if (value != am::true_ && value != am::false_) return Term::none();
    SequentialToken* t = fresh_token(p);
    const bool was = (t->flags & flag) != 0;
    t->flags = value == am::true_ ? t->flags | flag : t->flags & ~flag;
    return make_bool(was);
  }
  if (item == am::label) {
    SequentialToken* t = fresh_token(p);
    const Term old = label_term(h, *t);
    release_label(std::exchange(t->label, make_label(value)));
    return old;
  }
  if (item == am::serial) {
    const auto pair = Tuple::from(value);
    if (!pair || pair->arity() != 2 || !(*pair)[0].is_small() || !(*pair)[1].is_small()) return Term::none();
    SequentialToken* t = fresh_token(p);
    const Term old = counts(h, *t);
    t->last = p.sequential_last = static_cast<std::uint64_t>((*pair)[0].small_value());
    t->serial = p.sequential_clock = static_cast<std::uint64_t>((*pair)[1].small_value());
    return old;
  }
  if (item == am::sequential_trace_token && value.is_nil()) {
    const Term old = token_term(h, p.sequential_token);
    drop_token(p);
    return old;
  }
  return Term::none();
}

Term token_item(Process& p, Heap& h, Term item) {
  const auto* t = token_of(p.sequential_token);
  if (const unsigned flag = flag_named(item)) return make_bool(t != nullptr && (t->flags & flag) != 0);
  if (item != am::label && item != am::serial) return Term::none();
  if (t == nullptr) return Term::nil();
  return item == am::label ? label_term(h, *t) : counts(h, *t);
}

}  // namespace joist
