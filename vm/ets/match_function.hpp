// match_function.hpp -- the functions that guards and bodies of match specifications may call.
// Threads: any. GC: none; results are built on the heap given.
#pragma once
#include <optional>

#include "vm/term/heap.hpp"

namespace joist::ets {

enum class MatchFunction : std::uint8_t {
  none,
  is_atom,
  is_float,
  is_integer,
  is_list,
  is_number,
  is_pid,
  is_port,
  is_reference,
  is_tuple,
  is_map,
  is_map_key,
  is_binary,
  is_function,
  is_record,
  and_,
  or_,
  xor_,
  not_,
  abs,
  element,
  hd,
  tl,
  length,
  node_0,
  node_1,
  round,
  size,
  map_size,
  map_get,
  bit_size,
  byte_size,
  trunc,
  plus,
  negate,
  add,
  subtract,
  multiply,
  divide,
  div,
  rem,
  band,
  bor,
  bxor,
  bnot,
  bsl,
  bsr,
  greater,
  greater_equal,
  less,
  less_equal,
  exactly_equal,
  equal,
  exactly_unequal,
  unequal,
  self,
  float_,
  binary_part_2,
  binary_part_3,
};

// nullopt if there is no such function. and, or: of any arity.
std::optional<MatchFunction> find_match_function(Term name, std::size_t arity);
// none() where Erlang would raise an error. The result may be (a part of) an argument.
Term call_match_function(MatchFunction f, Heap& h, Term self, const Term* args, std::size_t arity);
// The result may refer to what lies inside an argument, so arguments must be on the heap that results go to.
inline bool refers_to_arguments(MatchFunction f) {
  return f == MatchFunction::binary_part_2 || f == MatchFunction::binary_part_3;
}

}  // namespace joist::ets
