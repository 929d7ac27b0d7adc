#include "vm/process/distribution.hpp"

#include <map>
#include <mutex>

#include "gc/fragment.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/link.hpp"
#include "vm/process/node_monitor.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"
#include "vm/term/map.hpp"

namespace joist {
namespace {

struct Attempts {
  ConnectionAttempt last{};
  bool pending = false;
};
std::mutex mutex;
std::map<Word, Attempts> attempts;    // by the node's name
std::atomic<Word> net_kernel_pid{0};  // bits; 0: the node is not alive

// {nodeup | nodedown, Node [, Info]} to all who want it of this node.
void tell_of_this_node(Term what, Term name, Term reason) {
  for_each_node_subscription([&](Term pid, const NodeSubscription& s, std::size_t times) {
    if (s.nodes == NodeSubscription::Nodes::hidden) return;
    for (; times != 0; --times) {
      GrowingFragmentHeap h;
      std::vector<Term> info;
      if (s.connection_id) info.insert(info.end(), {am::connection_id, am::undefined});
      if (s.down_reason && !reason.is_none()) info.insert(info.end(), {am::nodedown_reason, reason});
      if (s.type_wanted) info.insert(info.end(), {am::node_type, am::visible});
      Term details = Term::none();
      if (s.as_map) {
        details = map_from_pairs(h, info);
      } else if (s.with_options) {
        ListBuilder list(h);
        for (std::size_t i = 0; i < info.size(); i += 2) list.add(make_tuple(h, info[i], info[i + 1]));
        details = list.list();
      }
      const Term message = details.is_none() ? make_tuple(h, what, name) : make_tuple(h, what, name, details);
      send_fragment(pid, message, h.finish());
    }
  });
}

void process_exits(Process& p) {
  Word expected = p.pid.bits;
  if (!net_kernel_pid.compare_exchange_strong(expected, 0)) return;
  const Term name = this_node()->name;
  set_this_node(am::nonode_at_nohost, 0);
  {
    const std::lock_guard lock(mutex);
    for (auto& [node, a] : attempts) a.pending = false;
  }
  tell_of_this_node(am::nodedown, name, am::net_kernel_terminated);
}

}  // namespace

bool node_is_alive() { return net_kernel_pid.load(std::memory_order_acquire) != 0; }

void start_distribution(Term net_kernel, Term name) {
  net_kernel_pid.store(net_kernel.bits, std::memory_order_release);
  tell_of_this_node(am::nodeup, name, Term::none());
}

void init_distribution() { add_exit_hook(process_exits); }

ConnectionAttempt connection_attempt(Term node) {
  const std::lock_guard lock(mutex);
  Attempts& a = attempts[node.bits];
  if (a.pending) return a.last;
  BlockHeap scratch;
  a.pending = true;
  a.last = {a.last.number + 1, ref_key(make_ref(scratch))};
  return a.last;
}

bool abort_connection(Term node, std::uint32_t number) {
  const std::lock_guard lock(mutex);
  const auto found = attempts.find(node.bits);
  if (found == attempts.end() || !found->second.pending || found->second.last.number != number) return false;
  found->second.pending = false;
  return true;
}

Term attempt_term(Heap& h, const ConnectionAttempt& attempt) {
  const Term handle = make_ref_with_key(h, attempt.handle);
  return make_tuple(h, Term::small(attempt.number), handle);
}

void want_connection(Term node) {
  const Term net_kernel{net_kernel_pid.load(std::memory_order_acquire)};
  if (net_kernel.bits == 0 || node == this_node()->name || node == am::nonode_at_nohost) return;
  {
    const std::lock_guard lock(mutex);
    const auto found = attempts.find(node.bits);
    if (found != attempts.end() && found->second.pending) return;
  }
  GrowingFragmentHeap h;
  const Term attempt = attempt_term(h, connection_attempt(node));
  const Term message = make_tuple(h, am::auto_connect, node, attempt);
  send_fragment(net_kernel, message, h.finish());
}

}  // namespace joist
