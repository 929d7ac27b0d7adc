// walk.hpp -- visiting every term that a process heap holds or that its owner roots, for the rare tasks that
// must see all of them: verification, code purging. Owner: the process. Threads: the one that runs it. GC:
// none may happen meanwhile.
#pragma once
#include <span>

#include "gc/process_heap.hpp"

namespace joist {

class HeapWalker {
 public:
  explicit HeapWalker(ProcessHeap& heap) : heap_(heap) {}

  // Calls visit(Word* first, Word* end) for each area that holds objects: block, old generation, fragments.
  template <class Visit>
  void areas(Visit visit) const {
    ProcessHeap& h = heap_;
    const bool extended = h.block_top_ != nullptr;
    visit(h.start_, extended ? h.block_top_ : h.top_);
    visit(h.old_start_, h.old_top_);
    for (HeapFragment* f = h.fragments_; f != nullptr; f = f->next)
      visit(f->words, extended && f == h.fragments_ ? h.top_ : f->words + f->used);
  }

  // Calls visit(Term&) for each word that is a term, in objects, stack, `live` and the owner's roots. Of
  // bitstrings that is the reference to what holds their bytes.
  template <class Visit>
  void terms(std::span<Term> live, Visit visit) const {
    areas([&](Word* at, Word* end) {
      while (at < end) {
        const Term t{*at};
        if (t.is_header() && !box_is_terms(header_kind(*at))) {
          const BoxKind kind = header_kind(*at);
          const std::size_t words = 1 + header_words(*at);
          if (kind == BoxKind::sub_bits || kind == BoxKind::match_context)
            visit(reinterpret_cast<Term&>(at[1]));
          at += words;
        } else {
          visit(reinterpret_cast<Term&>(*at));
          ++at;
        }
      }
    });
    for (Word* at = heap_.stack_; at < heap_.end_; ++at) visit(reinterpret_cast<Term&>(*at));
    for (Term& t : live) visit(t);
    if (heap_.visit_roots_ == nullptr) return;
    struct Visitor final : RootVisitor {
      Visit& f;
      explicit Visitor(Visit& v) : f(v) {}
      void visit(Term* first, std::size_t n) override {
        for (std::size_t i = 0; i < n; ++i) f(first[i]);
      }
    } visitor(visit);
    heap_.visit_roots_(heap_.owner_, visitor);
  }

 private:
  ProcessHeap& heap_;
};

}  // namespace joist
