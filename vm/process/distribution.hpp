// distribution.hpp -- this node as one of several: its name, and the connections that are being made.
//
// net_kernel gives the node its name (erlang:setnode/2); when that process ends the node has none again. A
// connection is first pending, under a number by which net_kernel and the VM agree on which attempt they
// mean. None can be completed: what would talk to another node (erts_internal:create_dist_channel/3 and its
// kin) is missing, so every attempt ends by abort_connection. Owner: the VM. Threads: any.
#pragma once
#include "vm/term/identifier.hpp"

namespace joist {

bool node_is_alive();
// Called by net_kernel, whose end is the end of distribution.
void start_distribution(Term net_kernel, Term name);
// Installed once: looks after the end of net_kernel.
void init_distribution();

struct ConnectionAttempt {
  std::uint32_t number;
  RefKey handle;
};
// The attempt in progress, or a new one.
ConnectionAttempt connection_attempt(Term node);
// False: there is no such attempt.
bool abort_connection(Term node, std::uint32_t number);
// {Number, Handle} as Erlang sees it.
Term attempt_term(Heap& h, const ConnectionAttempt& attempt);
// A process has something for `node`: net_kernel is asked to connect, unless it does so already.
void want_connection(Term node);

}  // namespace joist
