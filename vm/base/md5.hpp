// md5.hpp -- the MD5 digest (RFC 1321): module versions, erlang:md5, the distribution's cookie challenge.
// Not for secrets: MD5 is what the formats prescribe. The state may be copied: updating a copy leaves the
// first as it is.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace joist {

class Md5 {
 public:
  using Digest = std::array<std::uint8_t, 16>;

  void update(const void* data, std::size_t n);
  void update(std::string_view s) { update(s.data(), s.size()); }
  // The digest of everything so far. The state is used up.
  Digest finish();

 private:
  void block(const std::uint8_t* p);

  std::uint32_t state_[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::uint64_t length_ = 0;  // bytes
  std::uint8_t pending_[64];
};

}  // namespace joist
