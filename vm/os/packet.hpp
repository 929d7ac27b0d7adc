// packet.hpp -- finding and parsing packets in a stream of bytes, for sockets and erlang:decode_packet/3.
// Owner: the caller. Threads: any. GC: parse_packet() builds into a Heap&.
#pragma once
#include <cstdint>
#include <string_view>

#include "vm/term/heap.hpp"

namespace joist {

enum class PacketType : std::uint8_t {
  raw,
  bytes1,
  bytes2,
  bytes4,
  asn1,
  sunrm,
  cdr,
  fcgi,
  tpkt,
  line,
  ssl_tls,
  http,
  httph,
  http_bin,
  httph_bin
};

struct PacketOptions {
  std::size_t max_size = 0;     // larger packets are errors; 0: no limit
  std::size_t line_length = 0;  // longer lines are cut; 0: no limit
  char line_delimiter = '\n';
};

struct PacketExtent {
  enum Status { complete, more, invalid } status;
  std::size_t size = 0;  // complete: of the packet with its header; more: the same, or 0 if not known yet
  std::size_t body = 0;  // complete: where the part to deliver starts ...
  std::size_t end = 0;   // ... and ends
};
PacketExtent find_packet(PacketType type, std::string_view bytes, const PacketOptions& options);

// The term for a complete packet of the types ssl_tls and http*; `packet` is all of it.
bool is_parsed(PacketType type);
Term parse_packet(Heap& h, PacketType type, std::string_view packet);

}  // namespace joist
