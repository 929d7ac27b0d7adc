#include "vm/os/environment.hpp"

#include <unistd.h>

namespace joist {

std::mutex environment_mutex;

std::vector<std::string> all_environment() {
  const std::lock_guard lock(environment_mutex);
  std::vector<std::string> all;
  for (char** at = environ; *at != nullptr; ++at) all.emplace_back(*at);
  return all;
}

}  // namespace joist
