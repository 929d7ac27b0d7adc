// ram_file_drv: a file in memory, for file:open(Data, [ram]). Its answers are the port's data.
#include <errno.h>

#include <algorithm>
#include <cstring>

#include "vm/ports/port.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

enum Operation : unsigned char {
  kOpen = 1,
  kRead = 2,
  kSeek = 3,
  kWrite = 4,
  kSync = 9,
  kTruncate = 14,
  kReadAt = 17,
  kWriteAt = 18,
  kDataSync = 19,
  kGet = 30,
  kSetData = 31,
  kSize = 37,
  kAdvise = 38,
  kAllocate = 39,
};
enum Mode : std::uint32_t { kModeRead = 1, kModeWrite = 2 };
enum Answer : char { kOk = 0, kError = 1, kData = 2, kNumber = 3 };

std::uint32_t take_u32(std::string_view& from) {
  if (from.size() < 4) return 0;
  std::uint32_t n = 0;
  for (int i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(from[static_cast<std::size_t>(i)]);
  from.remove_prefix(4);
  return n;
}

std::string with_u32(Answer what, std::size_t n, std::string_view rest = {}) {
  std::string s(1, what);
  for (int shift = 24; shift >= 0; shift -= 8) s += static_cast<char>(n >> shift);
  s += rest;
  return s;
}

class RamFile final : public Driver {
 public:
  void output(Port& port, Term, std::span<const iovec> parts, std::size_t) override {
    std::string bytes;
    for (const iovec& p : parts) bytes.append(static_cast<const char*>(p.iov_base), p.iov_len);
    if (bytes.empty()) return;
    const std::string answer = act(static_cast<unsigned char>(bytes[0]), std::string_view(bytes).substr(1));
    if (answer.empty()) return;
    const std::string_view all = answer;
    if (answer[0] == kData)
      port.send_headed_data(all.substr(0, 5), all.substr(5));
    else
      port.send_headed_data(all, std::nullopt);
  }

 private:
  static std::string error(int number) { return std::string(1, kError) += error_text(number); }
  static std::string error_text(int number) { return std::string(atom_text(posix_atom(number))); }
  static std::string number(std::size_t n) { return with_u32(kNumber, n); }
  static std::string ok() { return std::string(1, kOk); }

  std::string read_at(std::size_t at, std::size_t n) const {
    if (at >= bytes_.size()) return with_u32(kData, 0);
    n = std::min(n, bytes_.size() - at);
    return with_u32(kData, n, std::string_view(bytes_).substr(at, n));
  }
  void write_at(std::size_t at, std::string_view data) {
    if (bytes_.size() < at + data.size()) bytes_.resize(at + data.size());
    std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  std::string act(unsigned char operation, std::string_view in) {
    if (operation == kOpen) {
      mode_ = take_u32(in);
      bytes_ = in;
      position_ = 0;
      return number(0);
    }
    // OTP: an operation that it does not know is not answered.
    switch (operation) {
      case kRead: {
        if ((mode_ & kModeRead) == 0) return error(EBADF);
        const std::string answer = read_at(position_, take_u32(in));
        position_ += answer.size() - 5;
        return answer;
      }
      case kSeek: {
        if (mode_ == 0) return error(EBADF);
        const auto offset = static_cast<std::int32_t>(take_u32(in));
        const std::uint32_t whence = take_u32(in);
        const std::int64_t base = whence == 0   ? 0
                                  : whence == 1 ? static_cast<std::int64_t>(position_)
                                                : static_cast<std::int64_t>(bytes_.size());
        if (whence > 2 || base + offset < 0) return error(EINVAL);
        position_ = static_cast<std::size_t>(base + offset);
        return number(position_);
      }
      case kWrite:
        if ((mode_ & kModeWrite) == 0) return error(EBADF);
        write_at(position_, in);
        position_ += in.size();
        return number(in.size());
      case kReadAt: {
        if ((mode_ & kModeRead) == 0) return error(EBADF);
        const auto at = static_cast<std::int32_t>(take_u32(in));
        return at < 0 ? error(EINVAL) : read_at(static_cast<std::size_t>(at), take_u32(in));
      }
      case kWriteAt: {
        if ((mode_ & kModeWrite) == 0) return error(EBADF);
        const auto at = static_cast<std::int32_t>(take_u32(in));
        if (at < 0) return error(EINVAL);
        write_at(static_cast<std::size_t>(at), in);
        return number(in.size());
      }
      case kTruncate:
        if (mode_ == 0) return error(EBADF);
        if ((mode_ & kModeWrite) == 0) return error(EACCES);
        bytes_.resize(position_);
        return ok();
      case kGet: return mode_ == 0 ? error(EBADF) : with_u32(kData, bytes_.size(), bytes_);
      case kSetData:
        if (mode_ == 0) return error(EBADF);
        bytes_ = in;
        position_ = 0;
        return number(in.size());
      case kSize: return mode_ == 0 ? error(EBADF) : number(bytes_.size());
      case kSync:
      case kDataSync:
      case kAdvise:
      case kAllocate: return mode_ == 0 ? error(EBADF) : ok();
      default: return {};
    }
  }

  std::string bytes_;
  std::size_t position_ = 0;
  std::uint32_t mode_ = 0;  // 0: not opened
};

DriverStart start(Port&, const PortOptions&) { return {.driver = std::make_unique<RamFile>()}; }

}  // namespace

void register_ram_file_driver() { register_driver({.name = "ram_file_drv", .start = start}); }

}  // namespace joist
