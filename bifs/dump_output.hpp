// dump_output.hpp -- the file that a crash dump goes to, or a string; it takes no more than so many bytes.
#pragma once
#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string>

namespace joist {

class DumpOutput {
 public:
  explicit DumpOutput(std::string& to) : fd_(-1), left_(SIZE_MAX), text_(&to) {}
  DumpOutput(int fd, std::size_t limit) : fd_(fd), left_(limit) {}
  ~DumpOutput() { flush(); }
  DumpOutput(const DumpOutput&) = delete;

  template <class... As>
  void line(fmt::format_string<As...> format, As&&... as) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<As>(as)...);
    buffer_ += '\n';
    if (buffer_.size() > kBuffer) flush();
  }
  bool full() const { return left_ == 0; }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;
  void flush() {
    if (text_ != nullptr) {
      text_->append(buffer_);
      buffer_.clear();
      return;
    }
    const std::size_t n = std::min(buffer_.size(), left_);
    for (std::size_t done = 0; done < n;) {
      const ssize_t written = write(fd_, buffer_.data() + done, n - done);
      if (written < 0 && errno != EINTR) break;
      if (written > 0) done += static_cast<std::size_t>(written);
    }
    left_ -= n;
    buffer_.clear();
  }
  int fd_;
  std::size_t left_;
  std::string* text_ = nullptr;
  std::string buffer_;
};

// ---- parts of a dump that are about the VM as a whole (crash_dump_vm.cpp) ----
void dump_allocators(DumpOutput& out);  // hash and index tables, areas, allocators
void dump_ports(DumpOutput& out);
void dump_tables(DumpOutput& out);
void dump_timers(DumpOutput& out);
void dump_funs(DumpOutput& out);

}  // namespace joist
