// inet_socket.hpp -- what the socket drivers have in common: opening, names, options, statistics, and the
// messages that answer requests later.
//
// A request is answered at once by a list of bytes. One that takes longer (connect, accept, receive) is
// answered with its number, and by {inet_async, Port, Number, Result} when it is done. Owner: the port.
// Threads: with the port's right. GC: holds pids and own fragments only.
#pragma once
#include <deque>

#include "gc/fragment.hpp"
#include "vm/os/packet.hpp"
#include "vm/ports/inet_address.hpp"
#include "vm/ports/inet_protocol.hpp"
#include "vm/ports/port_poll.hpp"
#include "vm/process/link.hpp"
#include "vm/process/spawn.hpp"

namespace joist {

class InetSocket : public Driver {
 public:
  ~InetSocket() override;
  bool control(Port& port, Term caller, std::uint32_t request, std::string_view data,
               std::string& answer) final;
  void stop(Port& port) override;

 protected:
  explicit InetSocket(inet::Type type) : type_(type) {}

  // A request: appends what it answers; none(), or the atom of an error.
  virtual Term act(Port& port, Term caller, std::uint32_t request, std::string_view data,
                   std::string& answer);
  static Term posix(int error) { return error == 0 ? Term::none() : posix_atom(error); }

  // ---- the descriptor ----
  Term open_socket(std::string_view data);
  Term adopt_socket(std::string_view data);
  // Adds to, or takes from, what the socket is watched for.
  void select(Port& port, unsigned events, bool on);
  void close_socket();
  bool is_open() const { return (state_ & inet::kOpened) != 0; }
  bool is_connected() const { return (state_ & inet::kConnected) == inet::kConnected; }

  // ---- options ----
  // A driver's own option that only some drivers have; nullopt: not this one. Setting: false means einval.
  virtual std::optional<bool> set_own(inet::Option, std::uint32_t) { return std::nullopt; }
  virtual std::optional<std::uint32_t> own(inet::Option) const { return std::nullopt; }
  virtual void options_changed(Port&, inet::ActiveMode, PacketType) {}
  virtual void activated_while_closed(Port&) {}
  virtual std::size_t queued() const { return 0; }
  bool active() const { return active_ != inet::ActiveMode::passive; }
  // One packet has been delivered: `once` and counted modes may end.
  void count_delivery(Port& port);
  Term passive_message_tag() const { return type_ == inet::kStream ? am::tcp_passive : am::udp_passive; }

  // ---- messages ----
  struct Pending {
    std::uint16_t number = 0;
    Term caller = Term::none();
    std::uint32_t request = 0;
    poll::TimerId timer = 0;
    RefKey monitor{};
  };
  // A new pending request; appends its number to `answer`.
  Pending& enqueue(Term caller, std::uint32_t request, std::string& answer);
  // {inet_async, Port, Number, Result}, where `result` builds Result.
  template <class Build>
  static void send_async(Port& port, const Pending& p, Build result) {
    GrowingFragmentHeap h;
    const Term value = result(h);
    const Term message =
        make_tuple(h, am::inet_async, port.id, Term::small(static_cast<std::int64_t>(p.number)), value);
    send_fragment(p.caller, message, h.finish());
  }
  static void send_async_ok(Port& port, const Pending& p) {
    send_async(port, p, [](Heap&) { return am::ok; });
  }
  static void send_async_error(Port& port, const Pending& p, Term reason) {
    send_async(port, p, [&](Heap& h) { return make_tuple(h, am::error, reason); });
  }
  // Who has sent data and waits for an answer.
  struct Caller {
    Term pid = Term::none();
    OwnedTerm reference;  // OTP 26: it is part of the answer
  };
  // Takes the caller's reference off the front of `parts`. False: there is none, though this OTP sends one.
  static bool take_caller(Term pid, std::span<const iovec>& parts, std::vector<iovec>& scratch,
                          std::size_t& size, Caller& caller);
  // {inet_reply, Port, ok | {error, Reason}}
  static void send_reply(Port& port, Caller& caller, Term error);

  // Bytes as the mode and the header option want them.
  Term make_data(Heap& h, std::string_view bytes) const;

  void count_input(std::size_t bytes);
  void count_output(std::size_t bytes);

  const inet::Type type_;
  int fd_ = -1;
  int family_ = AF_UNSPEC;
  std::uint32_t state_ = inet::kClosed;
  unsigned watched_ = 0, ignored_ = 0;  // poll events; while ignoring_, ignored_ is what to resume
  bool ignoring_ = false, foreign_ = false;
  bool busy_ = false;         // senders wait until less is queued
  bool linger_zero_ = false;  // closing drops what is queued

  inet::ActiveMode active_ = inet::ActiveMode::passive;
  std::int16_t active_count_ = 0;
  bool binary_ = false, deliver_terms_ = true, exit_on_close_ = true, buffer_set_ = false;
  std::uint32_t header_ = 0, buffer_ = 1460, packet_size_ = 0;
  PacketType packet_ = PacketType::raw;
  std::uint32_t packet_number_ = 0;
  char line_delimiter_ = '\n';
  std::uint32_t high_queue_ = 8192, low_queue_ = 4096;
  bool debug_ = false;
  std::string network_namespace_;
  std::uint32_t cmsg_flags_ = 0;  // bit of Option - kTclass for those received with each packet

  std::deque<Pending> pending_;
  std::vector<Term> empty_queue_subscribers_;
  void queue_is_empty(Port& port);

 private:
  Term bind_to(std::string_view data, std::string& answer);
  Term peer_name(std::string& answer);
  Term own_name(std::string& answer);
  Term set_options(Port& port, std::string_view data);
  Term get_options(std::string_view data, std::string& answer);
  std::optional<bool> set_driver_option(Port& port, inet::Option option, std::uint32_t value,
                                        std::string_view& rest);
  bool set_active(Port& port, std::uint32_t value, std::string_view& rest);
  bool get_driver_option(inet::Option option, std::string& answer) const;
  void statistics(std::string_view which, std::string& answer) const;
  Term ignore_descriptor(Port& port, bool ignore);
  Term subscribe(Term caller, std::string_view data, std::string& answer);
  Term services(std::uint32_t request, std::string_view data, std::string& answer);

  std::optional<inet::Address> pretended_name_, pretended_peer_;
  std::uint16_t next_number_ = 0;
  std::uint64_t received_ = 0, received_bytes_ = 0, received_most_ = 0, sent_ = 0, sent_bytes_ = 0,
                sent_most_ = 0;
  double received_average_ = 0, received_deviation_ = 0, sent_average_ = 0;
};

}  // namespace joist
