// byte_stream.hpp -- what the drivers of descriptors and of programs have in common: framed input, queued
// output, busy limits.
// Owner: a port. Threads: one at a time, with the port's right.
#pragma once
#include "vm/ports/framing.hpp"
#include "vm/ports/output_queue.hpp"
#include "vm/ports/port.hpp"

namespace joist {

class ByteStream : public Driver {
 public:
  // Takes over the descriptors, which do not block; -1: no such direction. They may be the same.
  ByteStream(Port& port, const PortOptions& options, int in, int out);
  ~ByteStream() override;

  void start(Port& port);  // begins to read
  void output(Port& port, Term caller, std::span<const iovec> parts, std::size_t size) override;
  void ready(Port& port, int fd, unsigned events) override;
  std::size_t queued_bytes() const override { return queue_.size(); }
  void flush(Port& port) override;
  void at_halt(Port& port, bool flush) override;
  void stop(Port& port) override;
  int output_descriptor() const { return out_; }

 protected:
  int in() const { return in_; }
  int out() const { return out_; }
  // Input has ended (0) or failed (an errno value).
  virtual void input_ended(Port& port, int error);
  void stop_reading(Port& port);

 private:
  void read_some(Port& port);
  void write_some(Port& port);
  void watch(Port& port);

  int in_, out_;
  bool reading_ = false;
  std::size_t packet_bytes_;
  BusyLimits busy_;
  InputFraming framing_;
  OutputQueue queue_;
};

}  // namespace joist
