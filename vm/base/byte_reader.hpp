// byte_reader.hpp -- big-endian integers from untrusted bytes. A read past the end throws ShortInput, so that
// decoders need no test after every field; whoever makes the reader catches it.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace joist {

struct ShortInput {};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool at_end() const { return at_ == end_; }
  const std::uint8_t* position() const { return at_; }

  std::uint8_t u8() { return *take(1); }
  std::uint16_t u16() { return read<std::uint16_t>(); }
  std::uint32_t u32() { return read<std::uint32_t>(); }
  std::uint64_t u64() { return read<std::uint64_t>(); }
  const std::uint8_t* take(std::size_t n) {
    if (n > left()) [[unlikely]]
      throw ShortInput{};
    const std::uint8_t* p = at_;
    at_ += n;
    return p;
  }
  std::span<const std::uint8_t> bytes(std::size_t n) { return {take(n), n}; }
  std::string_view text(std::size_t n) { return {reinterpret_cast<const char*>(take(n)), n}; }
  std::span<const std::uint8_t> rest() { return bytes(left()); }

 private:
  template <class T>
  T read() {
    T v;
    std::memcpy(&v, take(sizeof v), sizeof v);
    if constexpr (sizeof v == 2)
      return __builtin_bswap16(v);
    else if constexpr (sizeof v == 4)
      return __builtin_bswap32(v);
    else
      return __builtin_bswap64(v);
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace joist
