#include "vm/process/mailbox.hpp"

#include <new>

#include "gc/block.hpp"
#include "gc/copy.hpp"
#include "gc/process_heap.hpp"
#include "vm/base/pool.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/term/identifier.hpp"

namespace joist {

Signal* Signal::make() {
  void* memory = pool_alloc(sizeof(Signal));
  if (memory == nullptr) out_of_memory(sizeof(Signal), "signal");
  return new (memory) Signal;
}

void Signal::free(Signal* s) {
  HeapFragment::free_chain(s->fragment);
  if (s->kind == Kind::message) release_token(s->token);
  pool_free(s, sizeof(Signal));
}

namespace {

// The stack of incoming signals, newest first, as a queue that ends in `tail`.
Signal* reversed(Signal* s, Signal* tail = nullptr) {
  while (s != nullptr) {
    Signal* next = s->next;
    s->next = tail;
    tail = s;
    s = next;
  }
  return tail;
}

Signal* joined(Signal* first, Signal* second) {
  if (first == nullptr) return second;
  Signal* last = first;
  while (last->next != nullptr) last = last->next;
  last->next = second;
  return first;
}

}  // namespace

Signal* Mailbox::take_incoming() {
  Signal* taken = incoming_.load(std::memory_order_seq_cst);
  // A closed mailbox stays closed.
  if (taken != nullptr && taken != closed_mark())
    taken = incoming_.exchange(nullptr, std::memory_order_acquire);
  else
    taken = nullptr;
  return joined(std::exchange(unhandled_, nullptr), reversed(taken));
}

Signal* Mailbox::close() {
  Signal* taken = incoming_.exchange(closed_mark(), std::memory_order_acq_rel);
  if (taken == closed_mark()) taken = nullptr;
  return joined(std::exchange(unhandled_, nullptr), reversed(taken));
}

void Mailbox::append(Signal* message) {
  message->next = nullptr;
  message->extra[0] = ++last_number_;
  message->extra[1] = 0;
  *last_ = message;
  last_ = &message->next;
  ++length_;
}

// The next field at `gone` is about to go; positions that point to it now point to `instead`.
void Mailbox::forget_next_field(Signal** gone, Signal** instead) {
  if (last_ == gone) last_ = instead;
  if (examined_end_ == gone) examined_end_ = instead;
  if (markers_)
    for (int i = 0; i < kMarkers; ++i)
      if (markers_[i].id != 0 && markers_[i].position == gone) markers_[i].position = instead;
}

Signal* Mailbox::remove_current() {
  Signal* message = *cursor_;
  forget_next_field(&message->next, cursor_);
  leave_far(message);
  *cursor_ = message->next;
  message->next = nullptr;
  --length_;
  cursor_ = &first_;
  return message;
}

void Mailbox::note_examined(Signal* s) {
  if (s->extra[0] <= examined_number_) return;
  const auto include = [&](Signal* next) {
    leave_far(next);
    examined_number_ = next->extra[0];
    examined_end_ = &next->next;
  };
  for (Signal* next; (next = *examined_end_) != nullptr && next != s && next->fragment == nullptr;)
    include(next);
  if (*examined_end_ == s) return include(s);
  if (s->extra[1] != 0) return;
  far_.push_back(s);
  s->extra[1] = far_.size();
}

void Mailbox::leave_far(Signal* s) {
  if (s->extra[1] == 0) return;
  Signal* last = far_.back();
  far_[s->extra[1] - 1] = last;
  last->extra[1] = s->extra[1];
  far_.pop_back();
  s->extra[1] = 0;
}

void Mailbox::visit_roots(RootVisitor& v) {
  for (Signal** at = &first_; at != examined_end_; at = &(*at)->next) {
    Signal* s = *at;
    if (s->fragment == nullptr && s->term.is_pointer()) v.visit(s->term);
  }
  for (Signal* s : far_)
    if (s->fragment == nullptr && s->term.is_pointer()) v.visit(s->term);
}

namespace {

// Whether a word of the fragments is a pointer into `area`. Raw words may look like one: then a message is
// copied for nothing.
bool refers_to(const HeapFragment* f, const LiteralArea& area) {
  for (; f != nullptr; f = f->next)
    for (const Word *w = f->words, *end = w + f->used; w < end; ++w)
      if (const Term t{*w}; t.is_pointer() && is_literal(t.pointer()) && area.contains(t.pointer()))
        return true;
  return false;
}

}  // namespace

void Mailbox::copy_out_of_area(const LiteralArea& area) {
  for (Signal* s = first_; s != nullptr; s = s->next) {
    if (s->fragment == nullptr) {
      if (!s->term.is_pointer() || !is_literal(s->term.pointer()) || !area.contains(s->term.pointer()))
        continue;
    } else if (!refers_to(s->fragment, area)) {
      continue;
    }
    const CopiedTerm copy = copy_to_fragment(s->term);
    HeapFragment::free_chain(s->fragment);
    s->term = copy.term;
    s->fragment = copy.fragment;
  }
}

// ---- markers ----

Term Mailbox::reserve_marker() {
  if (!markers_) markers_ = std::make_unique<Marker[]>(kMarkers);
  const Word id = ++next_marker_;
  Marker& m = markers_[id % kMarkers];
  m.id = id;
  m.ref[0] = m.ref[1] = 0;
  m.position = last_;
  return Term::small(static_cast<std::int64_t>(id));
}

void Mailbox::bind_marker(Term marker, Term ref) {
  if (!markers_ || !marker.is_small()) return;
  const Word id = static_cast<Word>(marker.small_value());
  Marker& m = markers_[id % kMarkers];
  if (m.id != id || ref.is_box(BoxKind::external_ref) || !ref.is_reference()) return;
  const RefKey key = ref_key(ref);
  m.ref[0] = key.a;
  m.ref[1] = key.b;
}

void Mailbox::set_marker(Term ref) { bind_marker(reserve_marker(), ref); }

namespace {
template <class Markers>
auto* find_marker(Markers* markers, int n, Term t) {
  if (t.is_small()) {
    const Word id = static_cast<Word>(t.small_value());
    auto* m = &markers[id % n];
    return m->id == id && id != 0 ? m : nullptr;
  }
  if (!t.is_reference() || t.is_box(BoxKind::external_ref)) return static_cast<Markers*>(nullptr);
  const RefKey key = ref_key(t);
  for (int i = 0; i < n; ++i)
    if (markers[i].id != 0 && markers[i].ref[0] == key.a && markers[i].ref[1] == key.b) return &markers[i];
  return static_cast<Markers*>(nullptr);
}
}  // namespace

void Mailbox::use_marker(Term t) {
  if (!markers_) return;
  if (auto* m = find_marker(markers_.get(), kMarkers, t)) cursor_ = m->position;
}

void Mailbox::clear_marker(Term t) {
  if (!markers_) return;
  if (auto* m = find_marker(markers_.get(), kMarkers, t)) m->id = 0;
}

void Mailbox::clear() {
  while (first_ != nullptr) {
    Signal* next = first_->next;
    Signal::free(first_);
    first_ = next;
  }
  last_ = cursor_ = examined_end_ = &first_;
  far_.clear();
  length_ = 0;
  markers_.reset();
}

}  // namespace joist
