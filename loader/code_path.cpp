#include "loader/code_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "vm/os/archive.hpp"
#include "vm/os/file.hpp"

namespace joist {
namespace {

namespace fs = std::filesystem;

// The first of the environment's folder and the usual places that has a lib folder.
std::string installed_root(const char* variable, std::initializer_list<const char*> places) {
  std::error_code ignored;
  if (const char* root = std::getenv(variable); root != nullptr && *root != '\0') return root;
  for (const char* p : places)
    if (fs::is_directory(fs::path(p) / "lib", ignored)) return p;
  return {};
}

// lib/*/ebin below `root`. kernel, stdlib and elixir first: most look-ups end there.
std::vector<std::string> ebin_folders(const std::string& root) {
  std::vector<std::string> found;
  if (root.empty()) return found;
  list_folder((root + "/lib").c_str(), [&](std::string_view name) {
    std::string ebin = root + "/lib/" + std::string(name) + "/ebin";
    struct stat status;
    if (file_status(ebin.c_str(), true, &status) == 0 && S_ISDIR(status.st_mode))
      found.push_back(std::move(ebin));
  });
  const auto rank = [](const std::string& folder) {
    const std::string application = fs::path(folder).parent_path().filename().string();
    const std::string name = application.substr(0, application.find('-'));
    return name == "stdlib" ? 0 : name == "kernel" || name == "elixir" ? 1 : name == "compiler" ? 2 : 3;
  };
  std::sort(found.begin(), found.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(rank(a), a) < std::pair(rank(b), b);
  });
  return found;
}

}  // namespace

std::string otp_root() {
  std::string root = installed_root("JOIST_OTP_ROOT", {"/usr/lib/erlang", "/usr/local/lib/erlang"});
  if (root.empty() && own_archive() != nullptr) root = own_program() + "/otp";
  return root;
}

void CodePath::add_first(std::string folder) { folders_.insert(folders_.begin(), std::move(folder)); }
void CodePath::add_last(std::string folder) { folders_.push_back(std::move(folder)); }

void CodePath::add_installed() {
  for (std::string& folder : ebin_folders(otp_root())) add_last(std::move(folder));
  for (std::string& folder :
       ebin_folders(installed_root("JOIST_ELIXIR_ROOT", {"/usr/lib/elixir", "/usr/local/lib/elixir"})))
    add_last(std::move(folder));
}

std::optional<std::string> CodePath::find(std::string_view module) const {
  if (module.empty() || module.find('/') != std::string_view::npos ||
      module.find('\0') != std::string_view::npos)
    return std::nullopt;
  for (const std::string& folder : folders_) {
    std::string path = folder + "/";
    path.append(module).append(".beam");
    const auto inside = in_own_archive(path);
    if (inside ? inside->archive->find(inside->name) != nullptr : access(path.c_str(), R_OK) == 0)
      return path;
  }
  return std::nullopt;
}

std::optional<std::string> read_whole_file(const std::string& path) {
  if (const auto inside = in_own_archive(path)) {
    const Archive::Entry* entry;
    if (archive_file(*inside, &entry) != 0) return std::nullopt;
    std::string bytes(entry->size, '\0');
    if (!Archive::unpack(*entry, bytes.data())) return std::nullopt;
    return bytes;
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat status;
  std::string text(
      fstat(fd, &status) == 0 && status.st_size > 0 ? static_cast<std::size_t>(status.st_size) + 1 : 4096,
      '\0');
  std::size_t got = 0;
  for (;;) {
    const ssize_t n = read(fd, text.data() + got, text.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close(fd);
      if (n < 0) return std::nullopt;
      text.resize(got);
      return text;
    }
    got += static_cast<std::size_t>(n);
    if (got == text.size()) text.resize(2 * text.size());
  }
}

}  // namespace joist
