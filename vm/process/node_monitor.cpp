#include "vm/process/node_monitor.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace joist {
namespace {

struct Entry {
  NodeSubscription what;
  std::size_t times;
};
std::mutex mutex;
std::map<Word, std::vector<Entry>> subscriptions;  // by the pid's bits
std::atomic<bool> any{false};

}  // namespace

std::size_t subscribe_to_nodes(Term pid, const NodeSubscription& what) {
  const std::lock_guard lock(mutex);
  any = true;
  auto& entries = subscriptions[pid.bits];
  for (Entry& e : entries)
    if (e.what == what) return e.times++;
  entries.push_back({what, 1});
  return 0;
}

std::size_t unsubscribe_from_nodes(Term pid, const NodeSubscription& what) {
  const std::lock_guard lock(mutex);
  const auto found = subscriptions.find(pid.bits);
  if (found == subscriptions.end()) return 0;
  for (auto e = found->second.begin(); e != found->second.end(); ++e) {
    if (!(e->what == what)) continue;
    const std::size_t times = e->times;
    found->second.erase(e);
    if (found->second.empty()) subscriptions.erase(found);
    return times;
  }
  return 0;
}

void forget_node_subscriptions(Term pid) {
  if (!any.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex);
  subscriptions.erase(pid.bits);
}

void for_each_node_subscription(
    const std::function<void(Term pid, const NodeSubscription& what, std::size_t times)>& visit) {
  const std::lock_guard lock(mutex);
  for (const auto& [pid, entries] : subscriptions)
    for (const Entry& e : entries) visit(Term{pid}, e.what, e.times);
}

}  // namespace joist
