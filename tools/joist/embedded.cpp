#include "tools/joist/embedded.hpp"

namespace joist {
namespace {

struct Entry {
  const char* name;
  const char* begin;
  const char* end;
};
#include "embedded_modules.inc"

}  // namespace

std::optional<std::string_view> embedded_module(std::string_view name) {
  for (const Entry& e : entries)
    if (name == e.name) return std::string_view(e.begin, static_cast<std::size_t>(e.end - e.begin));
  return std::nullopt;
}

}  // namespace joist
