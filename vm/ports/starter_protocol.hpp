// starter_protocol.hpp -- what the VM and the starter say to each other. The starter is a process of one
// thread that forks, executes and awaits programs for the VM, which must not fork with its threads.
// Owner: nobody. Threads: any.
#pragma once
#include <cstdint>

namespace joist {

// The starter is this same program, called by this name with this only argument; its socket is descriptor 3.
constexpr const char* kStarterName = "erl_child_setup";
constexpr const char* kStarterArgument = "--joist-program-starter";
constexpr int kStarterSocket = 3;

// A request to start a program: this, with the descriptors named by the flags (in this order) as ancillary
// data, then `bytes` of: file, directory (with kHasDirectory), arguments, environment, each ended by a zero.
struct StartRequest {
  std::uint64_t id;
  std::uint32_t flags;
  std::uint32_t bytes;
  std::uint32_t arguments, environment;  // how many
};
enum StartFlag : std::uint32_t {
  kHasInput = 1,      // a descriptor that the program reads
  kHasOutput = 2,     // ... writes
  kHasFolder = 4,     // the VM's working directory
  kHasDirectory = 8,  // the directory to go to from there
  kUseStdio = 16,     // 0 and 1, else 3 and 4
  kErrorToOutput = 32,
  kWantStatus = 64,
};

// The answers.
struct StarterReport {
  enum What : std::int32_t { started, failed, exited };
  std::uint64_t id;
  What what;
  std::int32_t value;  // process id; errno value; status of waitpid
};

}  // namespace joist
