// environment.hpp -- the environment variables of the VM's process.
// Owner: the C library. Threads: any, with the lock: getenv and setenv must not run at the same time.
#pragma once
#include <mutex>
#include <string>
#include <vector>

namespace joist {

extern std::mutex environment_mutex;
// "NAME=VALUE" of all.
std::vector<std::string> all_environment();

}  // namespace joist
