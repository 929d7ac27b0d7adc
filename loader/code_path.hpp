// code_path.hpp -- folders in which modules are looked for by name.
// Owner: whoever starts the VM. Threads: changed only before the schedulers start; find() by any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace joist {

class CodePath {
 public:
  void add_first(std::string folder);
  void add_last(std::string folder);
  // The ebin folders of the installed Erlang/OTP (JOIST_OTP_ROOT, /usr/lib/erlang, /usr/local/lib/erlang: the
  // first that exists) and Elixir (JOIST_ELIXIR_ROOT, /usr/lib/elixir, /usr/local/lib/elixir), after all
  // others.
  void add_installed();

  // Path of MODULE.beam in the first folder that has it.
  std::optional<std::string> find(std::string_view module) const;
  const std::vector<std::string>& folders() const { return folders_; }

 private:
  std::vector<std::string> folders_;
};

// Root of the installed OTP, or of the one inside this program, or empty.
std::string otp_root();

// Everything in a file, a pipe or a device; nothing if it cannot be read (a folder cannot).
std::optional<std::string> read_whole_file(const std::string& path);

}  // namespace joist
