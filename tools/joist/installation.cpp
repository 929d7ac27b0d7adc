#include "tools/joist/installation.hpp"

#include <algorithm>
#include <cstdlib>

#include "loader/code_path.hpp"
#include "vm/os/archive.hpp"
#include "vm/os/file.hpp"

namespace joist {
namespace {

bool exists(const std::string& path) {
  struct stat status;
  return file_status(path.c_str(), true, &status) == 0;
}

std::vector<int> version_numbers(const std::string& text) {
  std::vector<int> numbers;
  for (std::size_t at = 0; at < text.size();) {
    char* end = nullptr;
    numbers.push_back(static_cast<int>(std::strtol(text.c_str() + at, &end, 10)));
    at = static_cast<std::size_t>(end - text.c_str()) + 1;
  }
  return numbers;
}

// VSN of the newest erts-VSN in `folder` that has `wanted` below it; empty if there is none.
std::string newest_erts(const std::string& folder, const std::string& wanted) {
  std::string newest;
  list_folder(folder.c_str(), [&](std::string_view name) {
    if (!name.starts_with("erts-")) return;
    const std::string version(name.substr(5));
    if (!newest.empty() && version_numbers(version) < version_numbers(newest)) return;
    if (exists(folder + "/erts-" + version + "/" + wanted)) newest = version;
  });
  return newest;
}

// The newest release whose folder is a number.
std::string newest_release(const std::string& root) {
  int newest = 0;
  list_folder((root + "/releases").c_str(), [&](std::string_view name) {
    if (!name.empty() && name.find_first_not_of("0123456789") == name.npos)
      newest = std::max(newest, std::atoi(std::string(name).c_str()));
  });
  return newest > 0 ? std::to_string(newest) : std::string();
}

Installation installation_at(std::string root) {
  Installation found;
  found.root = std::move(root);
  while (found.root.size() > 1 && found.root.back() == '/') found.root.pop_back();
  found.own_binaries = own_folder();
  const std::string& base = found.root;
  for (const std::string& folder : {base + "/lib", base}) {
    const std::string version = newest_erts(folder, "ebin/init.beam");
    if (version.empty()) continue;
    found.erts_version = version;
    found.preloaded_ebin = folder + "/erts-" + version + "/ebin";
    break;
  }
  found.binaries = base + "/erts-" + found.erts_version + "/bin";
  found.release = newest_release(base);
  return found;
}

// A program that was packed together with its emulator (systools:make_tar, rebar3 release) has all but the
// preloaded modules, which lie inside OTP's emulator: they come from an OTP of the same version.
void borrow_preloaded(Installation& packed) {
  const std::string version = newest_erts(packed.root, "bin");
  if (version.empty()) return;
  for (const std::string& root : {otp_root(), own_program() + "/otp"}) {
    const Installation otp = installation_at(root);
    if (otp.erts_version != version) continue;
    packed.erts_version = version;
    packed.preloaded_ebin = otp.preloaded_ebin;
    packed.binaries = packed.root + "/erts-" + version + "/bin";
    packed.release = otp.release;
    return;
  }
}

}  // namespace

Installation find_installation(std::string root) {
  Installation found = installation_at(root.empty() ? otp_root() : std::move(root));
  if (!found.found()) borrow_preloaded(found);
  return found;
}

std::string own_folder() {
  const std::string& program = own_program();
  return program.substr(0, program.rfind('/'));
}

std::vector<std::string> beam_names(const std::string& folder) {
  std::vector<std::string> names;
  list_folder(folder.c_str(), [&](std::string_view name) {
    if (name.ends_with(".beam")) names.emplace_back(name.substr(0, name.size() - 5));
  });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace joist
