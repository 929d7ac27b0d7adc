// term_list.hpp -- terms that drivers describe as a list of numbers (driver_output_term and its kin).
#pragma once
#include <erl_driver.h>

#include "vm/term/heap.hpp"

namespace joist {

// The one term that `data`, `length` numbers, describes, in reverse Polish notation; none() if it is no
// description.
Term term_from_list(Heap& h, const ErlDrvTermData* data, std::size_t length);

}  // namespace joist
