#include "vm/ets/object.hpp"

#include <cstdlib>
#include <new>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"

namespace joist::ets {

namespace {

void* start_of(Object* o, unsigned height) { return reinterpret_cast<Word*>(o) - (height - 1); }

void check_size(std::size_t words) {
  require(words < std::size_t{1} << 26, "an ETS object is larger than 512 MB");
}

}  // namespace

Object* Object::allocate(std::size_t words, unsigned height) {
  void* block = std::malloc((height - 1 + words) * sizeof(Word) + sizeof(Object));
  require(block != nullptr, "no memory left for an ETS object");
  auto* o = new (static_cast<Word*>(block) + (height - 1)) Object;
  for (unsigned level = 1; level < height; ++level) new (&o->link(level)) std::atomic<Object*>(nullptr);
  o->state_.store((height - 1) << kHeightShift, std::memory_order_relaxed);
  return o;
}

Object* Object::make_head(unsigned height) { return allocate(0, height); }

Object* Object::make(Term tuple, unsigned height) {
  const Word* from = tuple.box_words();
  const std::size_t n = header_words(*from) + 1;
  bool flat = true;
  for (std::size_t i = 1; i < n; ++i) flat &= Term{from[i]}.is_immediate();
  if (flat) {
    check_size(n);
    Object* o = allocate(n, height);
    for (std::size_t i = 0; i < n; ++i) o->words_[i] = from[i];
    o->state_.fetch_or(static_cast<std::uint32_t>(n << kSizeShift), std::memory_order_relaxed);
    return o;
  }
  const std::size_t size = flat_size_with_literals(tuple);
  check_size(size);
  Object* o = allocate(size + 1, height);
  FixedHeap heap(o->words_, size);
  copy_with_literals(heap, tuple);
  auto state = static_cast<std::uint32_t>(size << kSizeShift);
  if (const Word* first = heap.off_heap().first) {
    o->words_[size] = reinterpret_cast<Word>(first);
    state |= kHasOffHeap;
  }
  o->state_.fetch_or(state, std::memory_order_relaxed);
  return o;
}

void Object::destroy(Object* o) {
  if (o == nullptr) return;
  if (const Word* first = o->off_heap()) {
    OffHeapList list;
    list.first = const_cast<Word*>(first);
    release_off_heap(list);
  }
  std::free(start_of(o, o->height()));
}

void Object::retire(Object* o) {
  joist::retire(o, [](void* p) { destroy(static_cast<Object*>(p)); });
}

// The block is its own closed world, so its words can be copied one after the other, pointers moved by the
// distance. Cons cells have no header, but no word of theirs can be mistaken for one.
Term Object::copy_to(Heap& h) const {
  if (off_heap() != nullptr) return copy_term(h, tuple());
  const std::size_t n = size();
  Word* to = h.alloc(n);
  const Word distance = reinterpret_cast<Word>(to) - reinterpret_cast<Word>(words_);
  std::size_t i = 0;
  while (i < n) {
    const Word w = words_[i];
    if (Term{w}.is_header() && !box_is_terms(header_kind(w))) {
      const std::size_t end = i + header_words(w) + 1;
      for (; i < end; ++i) to[i] = words_[i];
    } else {
      to[i++] = Term{w}.is_pointer() ? w + distance : w;
    }
  }
  return Term::boxed(to);
}

}  // namespace joist::ets
