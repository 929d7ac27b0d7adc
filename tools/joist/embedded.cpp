#include "tools/joist/embedded.hpp"

#include "vm/os/archive.hpp"

namespace joist {

std::optional<std::string_view> embedded_module(std::string_view name) {
  const Archive* archive = own_archive();
  if (archive == nullptr) return std::nullopt;
  const Archive::Entry* entry = archive->find("joist/ebin/" + std::string(name) + ".beam");
  if (entry == nullptr || entry->compressed) return std::nullopt;
  return entry->packed;
}

}  // namespace joist
