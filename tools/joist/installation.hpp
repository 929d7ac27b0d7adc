// installation.hpp -- the installed Erlang/OTP that this VM boots: where it is, and what it calls itself.
#pragma once
#include <string>
#include <vector>

namespace joist {

struct Installation {
  std::string root;            // has lib/, releases/, bin/
  std::string erts_version;    // "13.1.5"
  std::string release;         // "25"
  std::string binaries;        // ROOT/erts-VSN/bin
  std::string preloaded_ebin;  // .beam files of the modules that are there before any other
  std::string own_binaries;    // the folder of joist's own programs

  bool found() const { return !preloaded_ebin.empty(); }
};

// Looks below `root`, or, if that is empty, where JOIST_OTP_ROOT and the usual places say.
Installation find_installation(std::string root);
// The folder that holds the running program.
std::string own_folder();
// Names of the .beam files in `folder`, without the ending, sorted.
std::vector<std::string> beam_names(const std::string& folder);

}  // namespace joist
