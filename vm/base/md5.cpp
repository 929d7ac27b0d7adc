#include "vm/base/md5.hpp"

#include <bit>
#include <cstring>

namespace joist {
namespace {

// floor(2^32 * |sin(i + 1)|), as RFC 1321 defines the table.
constexpr std::uint32_t kSines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

}  // namespace

void Md5::block(const std::uint8_t* p) {
  std::uint32_t word[16];
  std::memcpy(word, p, 64);  // little-endian, as this machine
  static_assert(std::endian::native == std::endian::little);
  std::uint32_t a = state_[0], b = state_[1], c = state_[2], d = state_[3];
  const auto step = [&](int i, std::uint32_t mixed, int source) {
    const std::uint32_t sum = a + mixed + kSines[i] + word[source];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[i / 16][i % 4]);
  };
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; ++i) step(i, d ^ (b & (c ^ d)), i);
#pragma clang loop unroll(full)
  for (int i = 16; i < 32; ++i) step(i, c ^ (d & (b ^ c)), (5 * i + 1) % 16);
#pragma clang loop unroll(full)
  for (int i = 32; i < 48; ++i) step(i, b ^ c ^ d, (3 * i + 5) % 16);
#pragma clang loop unroll(full)
  for (int i = 48; i < 64; ++i) step(i, c ^ (b | ~d), 7 * i % 16);
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
}

void Md5::update(const void* data, std::size_t n) {
  auto* p = static_cast<const std::uint8_t*>(data);
  const std::size_t held = length_ % 64;
  length_ += n;
  if (held != 0) {
    const std::size_t take = n < 64 - held ? n : 64 - held;
    if (take != 0) std::memcpy(pending_ + held, p, take);
    if (held + take < 64) return;
    block(pending_);
    p += take;
    n -= take;
  }
  for (; n >= 64; p += 64, n -= 64) block(p);
  if (n != 0) std::memcpy(pending_, p, n);
}

Md5::Digest Md5::finish() {
  const std::uint64_t bits = length_ * 8;
  const std::uint8_t padding[64] = {0x80};
  update(padding, (length_ % 64 < 56 ? 56 : 120) - length_ % 64);
  update(&bits, 8);
  Digest digest;
  std::memcpy(digest.data(), state_, 16);
  return digest;
}

}  // namespace joist
