// embedded.hpp -- joist's own Erlang modules (otp-subset/), which lie inside the program.
#pragma once
#include <optional>
#include <string_view>

namespace joist {

// The .beam file's bytes, if joist has a module of its own with that name.
std::optional<std::string_view> embedded_module(std::string_view name);

}  // namespace joist
