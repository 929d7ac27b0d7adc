// exception.hpp -- what a process is raising: class, reason, raw stack trace.
//
// A raw stack trace is a tuple {Class, Module, Function, ArityOrArgs, Info, Address...} whose addresses
// are code addresses (they look like small integers). Only build_stacktrace, raise and raw_raise see it.
#pragma once
#include "vm/term/heap.hpp"

namespace joist {

enum class ErrorClass : std::uint8_t { error, exit, throw_ };

struct Exception {
  ErrorClass error_class = ErrorClass::error;
  Term reason = Term::none();
  Term trace = Term::none();  // raw trace to keep (raise/3, re-raise); none(): the engine captures a new one
  // First frame, if it is not where the engine stands: set by BIFs (their own name and arguments).
  Term module = Term::none(), function = Term::none();
  Term args = Term::none();        // list of arguments or arity
  Term error_info = Term::none();  // the list after the arguments: [{error_info, Map}] | [] | none()
  bool uncatchable = false;        // ends the process whatever catches it has (max_heap_size)
};

// Class atoms error, exit, throw.
Term class_atom(ErrorClass c);

}  // namespace joist
