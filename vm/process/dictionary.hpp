// dictionary.hpp -- the process dictionary: put/2, get/1, erase/1.
// Owner: the process, made at the first put. Threads: only the one that runs the process. GC: all entries are
// roots; hashes do not depend on addresses, so a collection needs no rehashing.
#pragma once
#include <vector>

#include "vm/term/heap.hpp"

namespace joist {

class RootVisitor;

class Dictionary {
 public:
  Term get(Term key) const;        // none() if absent
  Term put(Term key, Term value);  // the old value, or none()
  Term erase(Term key);            // the old value, or none()
  std::size_t size() const { return used_; }
  // Each entry, in table order: f(key, value).
  template <class F>
  void for_each(F f) const {
    for (const Entry& e : entries_)
      if (!e.key.is_none()) f(e.key, e.value);
  }
  void clear();
  void visit_roots(RootVisitor& v);

 private:
  // Open addressing, linear probing; a power of two of entries, at most three quarters full.
  struct Entry {
    Term key = Term::none(), value = Term::none();
    std::uint32_t hash = 0;
  };
  std::size_t find(Term key, std::uint32_t hash) const;  // its place, or the free one where it belongs
  void grow();

  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

}  // namespace joist
