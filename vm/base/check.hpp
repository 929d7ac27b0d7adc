// check.hpp -- three tiers of checks, each with a sentence that says what does not hold.
//   require: always.   check: every build but release.   audit: slow checks, adversarial builds only.
#pragma once
#include <cstdint>
#include <source_location>

namespace joist {

// Prints `why` and the place on stderr and aborts: the VM's own state is wrong, going on could corrupt it.
[[noreturn, gnu::cold]] void fail(const char* why, std::source_location at = std::source_location::current());

inline void require(bool ok, const char* why, std::source_location at = std::source_location::current()) {
  if (!ok) [[unlikely]]
    fail(why, at);
}

#if defined(JOIST_CHECK)
inline constexpr bool kChecked = true;
#else
inline constexpr bool kChecked = false;
#endif
#if defined(JOIST_ADVERSARIAL)
inline constexpr bool kAdversarial = true;
#else
inline constexpr bool kAdversarial = false;
#endif

inline void check(bool ok, const char* why, std::source_location at = std::source_location::current()) {
  if constexpr (kChecked) require(ok, why, at);
}
inline void audit(bool ok, const char* why, std::source_location at = std::source_location::current()) {
  if constexpr (kAdversarial) require(ok, why, at);
}

}  // namespace joist
