// embedded.hpp -- the .beam files that lie inside the joist program: joist's own modules (otp-subset/).
#pragma once
#include <optional>
#include <string_view>

namespace joist {

// The file's bytes, if a module of that name is inside.
std::optional<std::string_view> embedded_module(std::string_view name);

}  // namespace joist
