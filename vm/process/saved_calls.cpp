#include "vm/process/saved_calls.hpp"

#include <algorithm>

#include "vm/term/list.hpp"

namespace joist {

Term SavedCalls::to_list(Heap& h) const {
  std::vector<Entry> sorted = entries_;
  if (sorted.size() == limit_) std::rotate(sorted.begin(), sorted.begin() + next_, sorted.end());
  ListBuilder list(h);
  for (const Entry& e : sorted) {
    list.add(e.module.is_none() ? e.name : make_tuple(h, e.module, e.name, Term::small(e.arity)));
  }
  return list.list();
}

}  // namespace joist
