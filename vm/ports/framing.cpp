#include "vm/ports/framing.hpp"

#include <algorithm>

namespace joist {
namespace {

std::size_t packet_length(std::string_view header) {
  std::size_t n = 0;
  for (const char c : header) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

}  // namespace

void InputFraming::feed(std::string_view bytes, const Deliver& deliver) {
  switch (framing_) {
    case PortOptions::Framing::stream:
      if (!bytes.empty()) deliver(bytes, End::none);
      return;
    case PortOptions::Framing::packet: feed_packets(bytes, deliver); return;
    case PortOptions::Framing::line: feed_lines(bytes, deliver); return;
  }
}

bool InputFraming::feed_packets(std::string_view bytes, const Deliver& deliver) {
  while (!bytes.empty()) {
    if (!pending_.empty()) {
      // Completes the packet that has begun: first its length, then its bytes.
      const bool header = pending_.size() < packet_bytes_;
      const std::size_t whole =
          header ? packet_bytes_
                 : packet_bytes_ + packet_length(std::string_view(pending_).substr(0, packet_bytes_));
      const std::size_t take = std::min(whole - pending_.size(), bytes.size());
      pending_.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      if (pending_.size() < whole) return true;
      const std::size_t length = packet_length(std::string_view(pending_).substr(0, packet_bytes_));
      if (header && length != 0) {
        pending_.reserve(packet_bytes_ + std::min<std::size_t>(length, 1 << 20));
        continue;
      }
      const std::string packet = std::move(pending_);
      pending_.clear();
      if (!deliver(std::string_view(packet).substr(packet_bytes_), End::none)) return false;
      continue;
    }
    if (bytes.size() < packet_bytes_) {
      pending_ = bytes;
      return true;
    }
    const std::size_t whole = packet_bytes_ + packet_length(bytes.substr(0, packet_bytes_));
    if (bytes.size() < whole) {
      pending_ = bytes;
      return true;
    }
    if (!deliver(bytes.substr(packet_bytes_, whole - packet_bytes_), End::none)) return false;
    bytes.remove_prefix(whole);
  }
  return true;
}

// OTP: a line longer than max_line comes in pieces of that length; a newline right after the last ends it
// with an empty piece.
bool InputFraming::feed_lines(std::string_view bytes, const Deliver& deliver) {
  while (!bytes.empty()) {
    const std::size_t room = max_line_ - pending_.size();
    const std::size_t newline = bytes.substr(0, room + 1).find('\n');
    std::size_t take;
    End end;
    if (newline != std::string_view::npos) {
      take = newline;
      end = End::line;
    } else if (bytes.size() > room) {
      take = room;
      end = End::part;
    } else {
      pending_.append(bytes);
      return true;
    }
    bool more;
    if (pending_.empty()) {
      more = deliver(bytes.substr(0, take), end);
    } else {
      pending_.append(bytes.substr(0, take));
      const std::string line = std::move(pending_);
      pending_.clear();
      more = deliver(line, end);
    }
    if (!more) return false;
    bytes.remove_prefix(end == End::line ? take + 1 : take);
  }
  return true;
}

void InputFraming::finish(const Deliver& deliver) {
  if (framing_ != PortOptions::Framing::line || pending_.empty()) return;
  const std::string rest = std::move(pending_);
  pending_.clear();
  deliver(rest, End::part);
}

}  // namespace joist
