#include "tools/joist/load_order.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "vm/os/archive.hpp"
#include "vm/os/file.hpp"

namespace joist {
namespace {

std::string_view order_text() {
  const Archive* archive = own_archive();
  const Archive::Entry* entry = archive != nullptr ? archive->find("joist/load_order") : nullptr;
  return entry != nullptr && !entry->compressed ? entry->packed : std::string_view();
}

// ebin folders by application.
using Folders = std::map<std::string, std::string, std::less<>>;

Folders ebin_folders(const std::string& root) {
  Folders folders;
  const std::string lib = root + "/lib/";
  list_folder(lib.c_str(), [&](std::string_view name) {
    folders.insert_or_assign(std::string(name.substr(0, name.find('-'))), lib + std::string(name) + "/ebin/");
  });
  return folders;
}

// Elixir's programs name the folders of its applications: -pa LIB/elixir/ebin ..., those of newer versions
// -elixir_root LIB.
void add_elixir(Folders& folders, const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string lib = arguments[i];
    constexpr std::string_view kEnd = "/elixir/ebin";
    if (lib.ends_with(kEnd)) {
      lib.resize(lib.size() - kEnd.size());
    } else if (arguments[i - 1] != "-elixir_root") {
      continue;
    }
    for (const char* application : {"elixir", "logger"})
      folders.emplace(application, lib + "/" + application + "/ebin/");
    return;
  }
}

// Which sections of the file are of use.
std::set<std::string_view> sections(const std::vector<std::string>& arguments) {
  const auto has = [&](const char* word) {
    return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
  };
  if (has("erl_compile")) return {"[boot]", "[compile]"};
  if (has("escript")) return {"[boot]", "[script]"};
  if (has("-noshell") || has("-noinput")) return {"[boot]"};
  return {"[boot]", "[shell]"};
}

}  // namespace

std::vector<ReadAheadFile> files_of_start(const Installation& otp,
                                          const std::vector<std::string>& init_arguments) {
  std::vector<ReadAheadFile> files;
  Folders folders = ebin_folders(otp.root);
  auto wanted = sections(init_arguments);
  add_elixir(folders, init_arguments);
  if (folders.contains("elixir")) wanted.insert("[elixir]");
  bool take = false;
  std::string_view text = order_text();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      take = wanted.contains(line);
      continue;
    }
    const std::size_t blank = line.find(' ');
    if (!take || blank == line.npos) continue;
    const auto folder = folders.find(line.substr(0, blank));
    const std::string module(line.substr(blank + 1));
    if (folder != folders.end()) files.push_back({module, folder->second + module + ".beam"});
  }
  return files;
}

}  // namespace joist
