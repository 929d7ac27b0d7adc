#include "vm/code/literal_release.hpp"

#include <deque>

#include "vm/base/lock.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"

namespace joist {
namespace {

struct Released {
  Mutex<LockLevel::released_literals> mutex;
  std::deque<std::unique_ptr<LiteralArea>> waiting;
  std::unique_ptr<LiteralArea> leaving;
  Term collector = Term::none();
};
Released& released() {
  static Released* r = new Released;
  return *r;
}

bool is_collector(Term pid) {
  const Process* p = pid.is_local_pid() ? find_process(pid) : nullptr;
  return p != nullptr && p->initial_module == am::erts_literal_area_collector;
}

Term find_collector(Term known) {
  if (is_collector(known)) return known;
  for (const Term pid : all_pids())
    if (is_collector(pid)) return pid;
  return Term::none();
}

}  // namespace

void release_literals(std::unique_ptr<LiteralArea> area) {
  if (area == nullptr) return;
  Released& r = released();
  Term collector;
  {
    const Locked<LockLevel::released_literals> lock(r.mutex);
    r.waiting.push_back(std::move(area));
    collector = r.collector;
  }
  collector = find_collector(collector);
  if (collector.is_none()) return;
  {
    const Locked<LockLevel::released_literals> lock(r.mutex);
    r.collector = collector;
  }
  send_fragment(collector, am::copy_literals, nullptr);
}

bool switch_leaving_area() {
  Released& r = released();
  const Locked<LockLevel::released_literals> lock(r.mutex);
  leaving_area.store(nullptr);
  r.leaving.reset();
  if (r.waiting.empty()) return false;
  r.leaving = std::move(r.waiting.front());
  r.waiting.pop_front();
  leaving_area.store(r.leaving.get());
  return true;
}

std::size_t released_areas() {
  Released& r = released();
  const Locked<LockLevel::released_literals> lock(r.mutex);
  return r.waiting.size() + (r.leaving != nullptr ? 1 : 0);
}

}  // namespace joist
