#include "vm/interpreter/instructions/arithmetic.hpp"

#include "vm/interpreter/add_instructions.hpp"

namespace joist {

Flow finish_arithmetic(Machine& m, const Word* fail, Word live, Term result, Slot dst, Term function,
                       std::initializer_list<Term> args, bool in_place) {
  if (is_failure(result)) {
    m.p->heap.leave_extension();
    if (fail != nullptr) return m.jump(fail);
    if (in_place && result.is_none()) return raise_error(m, am::badarith);
    return raise_in_bif(m, result.is_none() ? am::badarith : am::system_limit, am::erlang, function, args);
  }
  if (!settle_heap(m, result, static_cast<std::uint32_t>(live))) return Flow::raise;
  dst.set(m, result);
  return Flow::next;
}

void add_arithmetic_instructions(InstructionSet& set) { add_instructions(set, ArithmeticInstructions{}); }

}  // namespace joist
