// print.hpp -- terms as text, as the emulator itself prints them (erlang:display/1, crash reports).
// The pretty printing of io:format ~p is Erlang code of OTP's.
#pragma once
#include <string>

#include "vm/term/term.hpp"

namespace joist {

// OTP: the text of erlang:display/1 without the newline. `limit`: stop after about that many bytes.
void print_term(std::string& out, Term t, std::size_t limit = SIZE_MAX);
std::string to_text(Term t);
// An atom with quotes where Erlang syntax needs them.
void print_atom(std::string& out, Term atom);
// "<0.1.2>", "#Port<0.3>", "#Ref<0.1.2.3>", as pid_to_list/1 and friends.
std::string pid_text(Term t);
std::string port_text(Term t);
std::string ref_text(Term t);
std::string fun_text(Term t);

}  // namespace joist
