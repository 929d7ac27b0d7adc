#include "bifs/taints.hpp"

#include <algorithm>
#include <mutex>

namespace joist {
namespace {

std::mutex mutex;
std::vector<Term> names;

}  // namespace

void add_taint(Term name) {
  const std::lock_guard lock(mutex);
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<Term> taints() {
  const std::lock_guard lock(mutex);
  return names;
}

}  // namespace joist
