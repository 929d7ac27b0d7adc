// framing.hpp -- bytes read from a program, cut into what its owner receives: as they come, packets with a
// length in front, or lines.
// Owner: a driver. Threads: those of its port. GC: none.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "vm/ports/driver.hpp"

namespace joist {

class InputFraming {
 public:
  explicit InputFraming(const PortOptions& o)
      : framing_(o.framing), packet_bytes_(o.packet_bytes), max_line_(o.max_line) {}

  enum class End { none, line, part };  // of a piece: not in lines; at a newline; elsewhere
  using Deliver = std::function<bool(std::string_view piece, End end)>;
  // Calls `deliver` for every piece that is complete. `deliver` returns false when nothing more is wanted.
  void feed(std::string_view bytes, const Deliver& deliver);
  // What is left at the end of input: an unfinished line is delivered, an unfinished packet is not.
  void finish(const Deliver& deliver);

 private:
  bool feed_packets(std::string_view bytes, const Deliver& deliver);
  bool feed_lines(std::string_view bytes, const Deliver& deliver);

  PortOptions::Framing framing_;
  std::size_t packet_bytes_, max_line_;
  std::string pending_;
};

}  // namespace joist
