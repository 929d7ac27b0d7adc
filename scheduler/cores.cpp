// How many cores this process may really use: the affinity mask, cut to the cgroup's CPU quota.
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "scheduler/scheduler.hpp"

namespace joist {
namespace {

// Cores that a cgroup v2 or v1 quota allows; 0 if there is none.
double quota_of(const std::string& folder) {
  if (std::ifstream v2(folder + "/cpu.max"); v2) {
    std::string quota;
    double period = 0;
    if (v2 >> quota >> period && quota != "max" && period > 0) return std::stod(quota) / period;
    return 0;
  }
  double quota = -1, period = 0;
  std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  return quota > 0 && period > 0 ? quota / period : 0;
}

// The smallest quota from the process's own group up to the root.
double cgroup_cores() {
  double smallest = 0;
  const auto consider = [&](const std::string& mount, std::string path) {
    for (;;) {
      const double q = quota_of(mount + path);
      if (q > 0 && (smallest == 0 || q < smallest)) smallest = q;
      if (path.empty() || path == "/") break;
      path.resize(path.rfind('/'));
    }
  };
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // number:controllers:path
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty())
      consider("/sys/fs/cgroup", path);
    else if (("," + controllers + ",").find(",cpu,") != std::string::npos)
      consider("/sys/fs/cgroup/cpu", path);
  }
  return smallest;
}

}  // namespace

int usable_cores() {
  cpu_set_t set;
  int cores = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = std::max(1, CPU_COUNT(&set));
  if (const double quota = cgroup_cores(); quota > 0)
    cores = std::clamp(static_cast<int>(std::ceil(quota)), 1, cores);
  return cores;
}

}  // namespace joist
