#include "vm/os/posix.hpp"

#include <cerrno>
#include <cstring>
#include <string>

namespace joist {

Term posix_atom(int error) {
  if (error == ENOTSUP) return am::enotsup;  // the same number as EOPNOTSUPP
  const char* name = strerrorname_np(error);
  if (name == nullptr) return am::unknown;
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return intern(lower);
}

}  // namespace joist
