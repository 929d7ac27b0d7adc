// verify.cpp -- walks a heap and fails if a term points nowhere sensible: for checked builds and tests.
#include <algorithm>
#include <vector>

#include "gc/collect.hpp"
#include "gc/literal.hpp"
#include "gc/walk.hpp"
#include "vm/term/bits.hpp"

namespace joist {

class HeapVerifier final : public RootVisitor {
 public:
  explicit HeapVerifier(ProcessHeap& heap) : heap_(heap) {
    HeapWalker(heap).areas([this](const Word* start, const Word* end) {
      if (start != end) areas_.push_back({start, end});
    });
    std::sort(areas_.begin(), areas_.end(), [](const Area& a, const Area& b) { return a.start < b.start; });
  }

  void run(std::span<const Term> live) {
    const Word* top = heap_.block_top_ != nullptr ? heap_.block_top_ : heap_.top_;
    require(heap_.start_ <= heap_.high_water_ && heap_.high_water_ <= top && top <= heap_.stack_ &&
                heap_.stack_ <= heap_.end_,
            "heap registers are out of order");
    for (const Area& a : areas_) walk(a);
    for (const Word* at = heap_.stack_; at < heap_.end_; ++at) verify({*at}, true);
    for (const Term t : live) verify(t, true);
    if (heap_.visit_roots_ != nullptr) heap_.visit_roots_(heap_.owner_, *this);
    walk_off_heap(heap_.off_heap_, false);
    walk_off_heap(heap_.old_off_heap_, true);
  }

  void visit(Term* first, std::size_t n) override {
    for (std::size_t i = 0; i < n; ++i) verify(first[i], true);
  }

 private:
  struct Area {
    const Word* start;
    const Word* end;
  };
  const Area* area_of(const Word* p) const {
    auto it = std::upper_bound(areas_.begin(), areas_.end(), p,
                               [](const Word* q, const Area& a) { return q < a.start; });
    return it != areas_.begin() && p < (it - 1)->end ? &*(it - 1) : nullptr;
  }

  // `root`: return addresses and catches are allowed.
  void verify(Term t, bool root) const {
    if (!t.is_pointer()) {
      require(!t.is_header(), "a header where a term should be");
      require(root || (!t.is_return_address() && !t.is_catch()), "a code address in the heap");
      return;
    }
    const Word* p = t.pointer();
    require(reinterpret_cast<Word>(p) % sizeof(Word) == 0, "a term's pointer is not aligned");
    if (is_literal(p)) return;
    const Area* area = area_of(p);
    require(area != nullptr, "a term points outside its heap");
    if (t.is_cons()) {
      require(p + 2 <= area->end, "a cons cell sticks out of its block");
      require(!Term{p[0]}.is_header() && !Term{p[0]}.is_none(), "a list term points to something else");
    } else {
      require(Term{p[0]}.is_header(), "a boxed term does not point to a header");
      require(header_kind(p[0]) < BoxKind::count_, "a header of an unknown kind");
      require(p + 1 + header_words(p[0]) <= area->end, "an object sticks out of its block");
      require(root || header_kind(p[0]) != BoxKind::binary_ref, "a bare reference to a binary");
    }
  }

  void walk(const Area& area) const {
    for (const Word* at = area.start; at < area.end;) {
      const Term t{*at};
      if (!t.is_header()) {
        verify(t, false);
        ++at;
        continue;
      }
      const BoxKind kind = header_kind(*at);
      require(kind < BoxKind::count_, "a header of an unknown kind");
      require(at + 1 + header_words(*at) <= area.end, "an object sticks out of its block");
      if (box_is_terms(kind)) {
        ++at;
        continue;
      }
      if (kind == BoxKind::sub_bits || kind == BoxKind::match_context) {
        const Term under{at[1]};
        require(under.is_boxed(), "bits of something that is no binary");
        verify(under, true);
        const Word* u = under.box_words();
        if (header_kind(*u) == BoxKind::heap_bits) {
          require(at[2] == reinterpret_cast<Word>(u + 2), "a base pointer does not belong to its bytes");
        } else {
          require(header_kind(*u) == BoxKind::binary_ref, "bits of something that is no binary");
          require(at[2] == reinterpret_cast<Word>(reinterpret_cast<const RefcBinary*>(u[1])->bytes),
                  "a base pointer does not belong to its binary");
        }
      }
      at += 1 + header_words(*at);
    }
  }

  void walk_off_heap(const OffHeapList& list, bool old) const {
    for (const Word* o = list.first; o != nullptr; o = reinterpret_cast<const Word*>(o[header_words(*o)])) {
      require(area_of(o) != nullptr, "an off-heap object outside its heap");
      require((o >= heap_.old_start_ && o < heap_.old_top_) == old, "an off-heap object on the wrong list");
      const BoxKind kind = header_kind(*o);
      require(kind == BoxKind::binary_ref || kind == BoxKind::magic_ref,
              "an off-heap list holds something else");
    }
  }

  ProcessHeap& heap_;
  std::vector<Area> areas_;
};

void verify_heap(ProcessHeap& heap, std::span<const Term> live) { HeapVerifier(heap).run(live); }

}  // namespace joist
