// inet_protocol.hpp -- the words in which prim_inet talks to the socket drivers: requests, options, families.
// Owner: nobody. Threads: any.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace joist::inet {

// Control requests; each has kMark added.
constexpr std::uint32_t kMark = 0x03f1a300;
enum Request : std::uint32_t {
  kOpen = 1,
  kClose = 2,
  kConnect = 3,
  kPeer = 4,
  kName = 5,
  kBind = 6,
  kSetOptions = 7,
  kGetOptions = 8,
  kGetStatistics = 11,
  kGetHostName = 12,
  kOpenDescriptor = 13,
  kGetDescriptor = 14,
  kGetType = 15,
  kGetStatus = 16,
  kServiceByName = 17,
  kServiceByPort = 18,
  kSetName = 19,
  kSetPeer = 20,
  kInterfaceNames = 21,
  kInterfaceGet = 22,
  kInterfaceSet = 23,
  kSubscribe = 24,
  kInterfaceAddresses = 25,
  kAccept = 26,
  kListen = 27,
  kIgnoreDescriptor = 28,
  kLocalAddresses = 29,
  kPeerAddresses = 30,
  kReceive = 42,
  kUnreceive = 43,
  kShutdown = 44,
  kSendFile = 45,
  kReceivePacket = 60,
};
enum Family : std::uint8_t { kIpv4 = 1, kIpv6 = 2, kAny = 3, kLoopback = 4, kLocal = 5, kUndefined = 6 };
enum Type : std::uint8_t { kStream = 1, kDatagram = 2 };
constexpr std::uint8_t kEmptyOutputQueue = 1;

// States of a socket, as kGetStatus answers.
enum State : std::uint32_t {
  kClosed = 0,
  kOpened = 1,
  kConnected = 5,
  kListening = 9,
  kConnecting = 0x11,
  kAccepting = 0x29,
  kManyAccepting = 0x129,
};
constexpr std::uint32_t kBusyFlag = 0x80;
constexpr std::uint32_t kActiveFlag = 4;

enum Option : std::uint8_t {
  kReuseAddress = 0,
  kLinger = 3,
  kReceiveBuffer = 7,
  kPriority = 8,
  kTos = 9,
  kNoDelay = 10,
  kMulticastInterface = 11,
  kMulticastTtl = 12,
  kAddMembership = 14,
  kDropMembership = 15,
  kExclusiveAddressUse = 19,
  kBuffer = 20,
  kHeader = 21,
  kActive = 22,
  kPacket = 23,
  kMode = 24,
  kDeliver = 25,
  kExitOnClose = 26,
  kHighWatermark = 27,
  kLowWatermark = 28,
  kSendTimeout = 30,
  kDelaySend = 31,
  kPacketSize = 32,
  kReadPackets = 33,
  kRaw = 34,
  kSendTimeoutClose = 35,
  kHighQueueWatermark = 36,
  kLowQueueWatermark = 37,
  kNetworkNamespace = 38,
  kShowReset = 39,
  kLineDelimiter = 40,
  kTclass = 41,
  kBindToDevice = 42,
  kReceiveTos = 43,
  kReceiveTclass = 44,
  kPacketOptions = 45,
  kTtl = 46,
  kReceiveTtl = 47,
  kReadAhead = 49,
  kNonBlockingSend = 50,
  kDebug = 99,
};
enum class ActiveMode : std::uint8_t { passive, active, once, multi };

// Numbers in requests and answers: big-endian.
inline std::uint32_t take(std::string_view& from, std::size_t bytes) {
  std::uint32_t n = 0;
  for (std::size_t i = 0; i < bytes && i < from.size(); ++i) n = n << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(std::min(bytes, from.size()));
  return n;
}
inline std::uint64_t take64(std::string_view& from) {
  const std::uint64_t high = take(from, 4);
  return high << 32 | take(from, 4);
}
inline std::string_view take_bytes(std::string_view& from, std::size_t bytes) {
  const std::string_view taken = from.substr(0, bytes);
  from.remove_prefix(taken.size());
  return taken;
}
inline void add(std::string& to, std::uint64_t n, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(n >> 8 * i);
}

}  // namespace joist::inet
