#include "vm/ports/output_queue.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace joist;

TEST_CASE("what a descriptor does not take waits in its order", "[ports]") {
  signal(SIGPIPE, SIG_IGN);
  int fds[2];
  REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
  std::string sent, received;
  OutputQueue queue;
  const auto take = [&](std::size_t n) {
    std::string buffer(n, '\0');
    const ssize_t got = read(fds[0], buffer.data(), n);
    if (got > 0) received.append(buffer, 0, static_cast<std::size_t>(got));
  };
  for (int round = 0; round < 200; ++round) {
    std::string a(static_cast<std::size_t>(round * 37 % 5000), static_cast<char>('a' + round % 26)), b = "-";
    const iovec parts[] = {{a.data(), a.size()}, {b.data(), b.size()}};
    REQUIRE(queue.write(fds[1], parts) == 0);
    sent += a + b;
    if (round % 3 == 0) take(4000);
    REQUIRE(queue.drain(fds[1]) == 0);
  }
  CHECK(!queue.empty());
  while (received.size() < sent.size()) {
    take(10000);
    REQUIRE(queue.drain(fds[1]) == 0);
  }
  CHECK(received == sent);
  CHECK(queue.empty());
  close(fds[0]);
  std::string more = "x";
  const iovec part{more.data(), more.size()};
  CHECK(queue.write(fds[1], {&part, 1}) == EPIPE);
  close(fds[1]);
}
