#include "tools/joist/installation.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "loader/code_path.hpp"

namespace joist {
namespace {

namespace fs = std::filesystem;

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
std::string newest_erts(const fs::path& folder, const char* wanted) {
  std::string newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("erts-") || !fs::exists(entry.path() / wanted, ignored)) continue;
    const std::string version = name.substr(5);
    if (newest.empty() || version_numbers(newest) < version_numbers(version)) newest = version;
  }
  return newest;
}

// The newest release whose folder is a number.
std::string newest_release(const fs::path& root) {
  int newest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root / "releases", ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos)
      newest = std::max(newest, std::atoi(name.c_str()));
  }
  return newest > 0 ? std::to_string(newest) : std::string();
}

}  // namespace

Installation find_installation(std::string root) {
  Installation found;
  found.root = root.empty() ? otp_root() : std::move(root);
  while (found.root.size() > 1 && found.root.back() == '/') found.root.pop_back();
  found.own_binaries = own_folder();
  const fs::path base = found.root;
  for (const fs::path& folder : {base / "lib", base}) {
    const std::string version = newest_erts(folder, "ebin/init.beam");
    if (version.empty()) continue;
    found.erts_version = version;
    found.preloaded_ebin = (folder / ("erts-" + version) / "ebin").string();
    break;
  }
  found.binaries = (base / ("erts-" + found.erts_version) / "bin").string();
  found.release = newest_release(base);
  return found;
}

std::string own_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path().string();
}

std::vector<std::string> beam_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".beam") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace joist
