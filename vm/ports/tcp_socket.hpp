// tcp_socket.hpp -- the driver tcp_inet: a stream socket of the internet or of this machine.
// tcp_driver.cpp: requests, connecting, accepting. tcp_input.cpp: from the descriptor to packets and
// messages. tcp_output.cpp: commands, the queue of what is still to be sent, files. Owner: the port. Threads:
// with the port's right.
#pragma once
#include "vm/ports/inet_socket.hpp"
#include "vm/ports/input_buffer.hpp"
#include "vm/ports/output_queue.hpp"

namespace joist {

class TcpSocket final : public InetSocket {
 public:
  TcpSocket() : InetSocket(inet::kStream) {}
  ~TcpSocket() override;

  void output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) override;
  void ready(Port& port, int fd, unsigned events) override;
  void timeout(Port& port, std::uint64_t timer) override;
  void process_down(Port& port, RefKey monitor) override;
  std::size_t queued_bytes() const override { return queue_.size(); }
  void flush(Port& port) override;
  void at_halt(Port& port, bool flush) override;
  void stop(Port& port) override;

 protected:
  Term act(Port& port, Term caller, std::uint32_t request, std::string_view data,
           std::string& answer) override;
  std::optional<bool> set_own(inet::Option option, std::uint32_t value) override;
  std::optional<std::uint32_t> own(inet::Option option) const override;
  void options_changed(Port& port, inet::ActiveMode was_active, PacketType was_packet) override;
  void activated_while_closed(Port& port) override;
  std::size_t queued() const override { return queue_.size(); }

 private:
  // ---- connecting, accepting ----
  Term listen_on(std::string_view data);
  Term connect_to(Port& port, Term caller, std::string_view data, std::string& answer);
  Term accept_one(Port& port, Term caller, std::string_view data, std::string& answer);
  Term shut_down(std::string_view data);
  void connection_made(Port& port);
  void accept_ready(Port& port);
  // A port for the connection `fd`; none() and an error's atom if there is no room.
  Term accepted(Port& port, int fd, Term owner, Term& error);
  void accept_done(Port& port);
  void start_timer(Port& port, Pending& p, std::uint32_t milliseconds);
  void forget_pending(Port& port, const Pending& p);
  // Everything that waits is told, and waits no more.
  void fail_pending(Port& port, Term reason);
  // Input and output are dropped and the descriptor is closed; the port stays.
  void close_connection(Port& port);

  // ---- input ----
  // waiting: for more bytes; delivered: at least one packet; ended: the connection is of no use any more.
  enum class Outcome { waiting, delivered, ended };
  struct Remaining {
    enum { invalid, complete, more } status;
    std::size_t size;  // complete: of the packet; more: what to read
    bool exact = false;
  };
  Term receive_request(Port& port, Term caller, std::string_view data, std::string& answer);
  Outcome receive(Port& port, std::size_t wanted);
  Outcome deliver(Port& port, std::size_t size);
  Outcome deliver_buffered(Port& port);
  Remaining remaining();
  std::size_t header_wanted() const;
  PacketType packet_type() const;
  void deliver_packet(Port& port, std::size_t size);
  Term packet_term(Heap& h, Port& port, std::size_t size, bool& http);
  void input_ended(Port& port);
  Outcome input_failed(Port& port, int error);
  void send_closed(Port& port);
  void send_error(Port& port, Term reason);
  void end_active(Port& port, Term reason);
  // No input comes any more: those who wait for some are told the reason.
  void end_passive(Port& port, Term reason);

  // ---- output ----
  void send_parts(Port& port, std::span<const iovec> parts, std::size_t size);
  void write_queue(Port& port);
  void output_failed(Port& port, int error);
  void shutdown_failed(Port& port, int error);
  void drop_output(Port& port);
  void now_busy(Port& port);
  void not_busy(Port& port);
  void output_drained(Port& port);
  Term send_file(Port& port, std::string_view data);
  void send_file_part(Port& port);
  void file_sent(Port& port);
  void file_failed(Port& port, int error);

  InputBuffer in_;
  std::size_t missing_ = 0;  // bytes that the packet, or the request, still lacks; 0: not known
  bool http_headers_ = false;
  bool read_full_ = false;  // the last read got all that it had room for

  OutputQueue queue_;
  std::uint32_t high_ = 8192, low_ = 4096;
  std::uint32_t send_timeout_ = UINT32_MAX;
  bool send_timeout_close_ = false, delay_send_ = false, show_reset_ = false, read_ahead_ = true;
  poll::TimerId send_timer_ = 0;
  Caller caller_;  // who waits for the answer to a command

  enum class PendingShutdown : std::uint8_t { none, write, both };
  PendingShutdown pending_shutdown_ = PendingShutdown::none;
  bool write_shut_ = false;
  bool closed_sent_ = false;
  // What the next command, or request to receive, is to be told of a connection that has ended.
  bool tell_sender_closed_ = false, tell_receiver_closed_ = false, tell_reset_ = false;

  struct SendFile {
    int fd = -1;
    std::uint64_t offset = 0, left = 0, sent = 0;
    std::size_t before = 0;  // bytes of the queue that come first
  };
  std::optional<SendFile> file_;
};

}  // namespace joist
