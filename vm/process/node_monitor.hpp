// node_monitor.hpp -- who wants {nodeup, Node} and {nodedown, Node}: net_kernel:monitor_nodes/1,2.
// Owner: the VM. Threads: any. What brings nodes up and down walks the subscriptions.
#pragma once
#include <functional>

#include "vm/term/term.hpp"

namespace joist {

struct NodeSubscription {
  enum class Nodes : std::uint8_t { visible, hidden, all };
  Nodes nodes = Nodes::visible;
  bool type_wanted = false;   // the node's kind is part of messages
  bool with_options = false;  // asked for with options: messages have a third element
  bool as_map = false;        // options given as a map: that element is a map
  bool down_reason = false;
  bool connection_id = false;
  bool operator==(const NodeSubscription&) const = default;
};

// One subscription more, or all like it ended. Returns how many like it there were.
std::size_t subscribe_to_nodes(Term pid, const NodeSubscription& what);
std::size_t unsubscribe_from_nodes(Term pid, const NodeSubscription& what);
// The process has ended.
void forget_node_subscriptions(Term pid);
// Each subscription, one after another, with how often it was made.
void for_each_node_subscription(
    const std::function<void(Term pid, const NodeSubscription& what, std::size_t times)>& visit);

}  // namespace joist
