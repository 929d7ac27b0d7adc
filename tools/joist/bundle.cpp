// bundle.cpp -- programs that joist bundle makes: a VM with an archive at its end. The Erlang half, which
// collects what goes into it, is otp-subset/joist_bundle.erl.
#include "tools/joist/commands.hpp"
#include "vm/os/archive.hpp"

namespace joist {

int bundle_command(const std::vector<std::string>& args) {
  if (own_archive() == nullptr) return usage_error("this program has lost the archive at its end");
  std::vector<std::string> erl = {
      "-noinput", "-boot",        "no_dot_erlang", "-pa",    own_program() + "/joist/ebin",
      "-run",     "joist_bundle", "main",          "-extra", own_program()};
  erl.insert(erl.end(), args.begin(), args.end());
  return erl_command(erl, "joist");
}

// The archive of such a program has a file "program": words for erl, a line each. @ stands for the program's
// path.
std::optional<int> bundled_program(const std::vector<std::string>& args) {
  if (own_archive() == nullptr) return std::nullopt;
  const Archive::Entry* entry = own_archive()->find("program");
  if (entry == nullptr) return std::nullopt;
  std::string text(entry->size, '\0');
  if (!Archive::unpack(*entry, text.data())) return usage_error("the archive in this program is damaged");
  std::vector<std::string> erl = {"-root", own_program() + "/otp"};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    std::string word = text.substr(at, end - at);
    if (word.starts_with('@')) word = own_program() + word.substr(1);
    erl.push_back(std::move(word));
    at = end == text.npos ? text.size() : end + 1;
  }
  erl.push_back("-extra");
  erl.insert(erl.end(), args.begin(), args.end());
  return erl_command(erl, "erl");
}

}  // namespace joist
