#include "vm/term/fun.hpp"

namespace joist {

Term make_external_fun(Heap& h, Export* e) {
  Word* w = h.alloc(2);
  w[0] = make_header(BoxKind::external_fun, 1);
  w[1] = reinterpret_cast<Word>(e);
  return Term::boxed(w);
}

}  // namespace joist
