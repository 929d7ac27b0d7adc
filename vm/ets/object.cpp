#include "vm/ets/object.hpp"

#include <algorithm>
#include <new>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/base/pool.hpp"
#include "vm/etf/decode.hpp"
#include "vm/etf/encode.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/work_stack.hpp"

namespace joist::ets {

namespace {

void* start_of(Object* o, unsigned height) { return reinterpret_cast<Word*>(o) - (height - 1); }
std::size_t block_bytes(std::size_t words, unsigned height) {
  return (height - 1 + words) * sizeof(Word) + sizeof(Object);
}

void check_size(std::size_t words) {
  require(words < std::size_t{1} << 27, "an ETS object is larger than 1 GB");
}

// Elements that are packed are heap_bits with this flag, whatever their size.
constexpr unsigned kPacked = 2;
constexpr std::size_t kLeastPacked = 3;  // words; smaller elements are left as they are

bool is_packed(Term t) { return t.is_box(BoxKind::heap_bits) && (header_flags(t.header()) & kPacked) != 0; }

// Whether the external format brings `t` back as it is. What names this node, or lies outside of the heaps,
// stays.
bool survives_packing(Term t) {
  WorkStack<Term, 32> rest;
  rest.push(t);
  while (!rest.empty()) {
    t = rest.pop();
    while (t.is_cons()) {
      rest.push(t.head());
      t = t.tail();
    }
    if (t.is_local_pid() || t.is_local_port()) return false;
    if (!t.is_boxed()) continue;
    switch (t.box_kind()) {
      case BoxKind::tuple:
      case BoxKind::flat_map:
      case BoxKind::hash_map:
      case BoxKind::hash_node: {
        const Word* w = t.box_words();
        for (std::size_t i = 1; i <= header_words(*w); ++i) rest.push({w[i]});
        break;
      }
      case BoxKind::float_:
      case BoxKind::big_positive:
      case BoxKind::big_negative:
      case BoxKind::heap_bits: break;
      default: return false;
    }
  }
  return true;
}

// The packed form of an element in `h`, or the element itself.
Term packed(Heap& h, Term t) {
  if (t.is_immediate()) return t;
  const std::size_t plain = flat_size_with_literals(t);
  if (plain < kLeastPacked || !survives_packing(t)) return t;
  std::string bytes;
  encode_etf_body(bytes, t);
  const std::size_t words = heap_bits_words(bytes.size() * 8);
  if (words >= plain) return t;
  Word* w = h.alloc(words);
  w[0] = make_header(BoxKind::heap_bits, words - 1, 0, kPacked);
  w[words - 1] = 0;
  w[1] = bytes.size() * 8;
  std::memcpy(w + 2, bytes.data(), bytes.size());
  return Term::boxed(w);
}

Term unpacked(Heap& h, Term t) {
  if (!is_packed(t)) return t.is_pointer() ? copy_term(h, t) : t;
  const Word* w = t.box_words();
  return decode_etf_body(h, {reinterpret_cast<const std::uint8_t*>(w + 2), w[1] / 8}).term;
}

}  // namespace

Object* Object::allocate(std::size_t words, unsigned height) {
  void* block = pool_alloc(block_bytes(words, height));
  require(block != nullptr, "no memory left for an ETS object");
  auto* o = new (static_cast<Word*>(block) + (height - 1)) Object;
  for (unsigned level = 1; level < height; ++level) new (&o->link(level)) std::atomic<Object*>(nullptr);
  if (height > 1) {
    o->state_.store(kTower, std::memory_order_relaxed);
    o->hash = height;
  }
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
  o->words_[size] = reinterpret_cast<Word>(heap.off_heap().first);
  o->state_.fetch_or(static_cast<std::uint32_t>(size << kSizeShift) | kHasOffHeapWord,
                     std::memory_order_relaxed);
  return o;
}

Object* Object::make_compressed(Term tuple, std::size_t keypos, unsigned height) {
  const Tuple t = Tuple::of(tuple);
  BlockHeap scratch;
  std::vector<Term> elements;
  bool any = false;
  for (std::size_t i = 0; i < t.arity(); ++i) {
    elements.push_back(i + 1 == keypos ? t[i] : packed(scratch, t[i]));
    any |= elements.back() != t[i];
  }
  if (!any) return make(tuple, height);
  Object* o = make(make_tuple_from(scratch, elements), height);
  o->state_.fetch_or(kCompressed, std::memory_order_relaxed);
  return o;
}

void Object::destroy(Object* o) {
  if (o == nullptr) return;
  if (const Word* first = o->off_heap()) {
    OffHeapList list;
    list.first = const_cast<Word*>(first);
    release_off_heap(list);
  }
  const std::size_t words = o->size() + (o->has_off_heap_word() ? 1 : 0);
  pool_free(start_of(o, o->height()), block_bytes(words, o->height()));
}

void Object::make_live() {
  if (size() <= kMostLive && !compressed() && !has_off_heap_word())
    state_.fetch_or(kLive, std::memory_order_relaxed);
}

bool Object::still_is(Term tuple) const {
  return !live() || std::equal(words_, words_ + size(), tuple.box_words());
}

void Object::retire(Object* o) {
  joist::retire(o, [](void* p) { destroy(static_cast<Object*>(p)); });
}

// The block is its own closed world, so its words can be copied one after the other, pointers moved by the
// distance. Cons cells have no header, but no word of theirs can be mistaken for one.
Term Object::copy_to(Heap& h) const {
  if (compressed()) {
    std::vector<Term> elements;
    for (std::size_t i = 1; i <= arity(); ++i) elements.push_back(unpacked(h, {words_[i]}));
    return make_tuple_from(h, elements);
  }
  if (off_heap() != nullptr) return copy_term(h, tuple());
  const std::size_t n = size();
  Word* to = h.alloc(n);
  if (live()) {
    for (std::size_t i = 0; i < n; ++i) to[i] = word(i).load(std::memory_order_relaxed);
    return Term::boxed(to);
  }
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

Term Object::copy_element(Heap& h, std::size_t position) const {
  const Term t{word(position).load(std::memory_order_relaxed)};
  return compressed() ? unpacked(h, t) : t.is_pointer() ? copy_term(h, t) : t;
}

}  // namespace joist::ets
