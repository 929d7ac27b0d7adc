// api.hpp -- what the functions of erl_driver.h have in common.
#pragma once
#include "vm/base/epoch.hpp"
#include "vm/ports/loadable/loaded_port.hpp"

namespace joist {

// The port behind a handle, or one that is gone.
class Handle {
 public:
  explicit Handle(Word bits) : port_(find_port_in_any_state(Term{bits})), loaded_(loaded_port(port_)) {}
  explicit Handle(ErlDrvPort port) : Handle(reinterpret_cast<Word>(port)) {}
  explicit operator bool() const { return loaded_ != nullptr; }
  Port& port() const { return *port_; }
  LoadedPort* operator->() const { return loaded_; }
  LoadedPort& loaded() const { return *loaded_; }

 private:
  const EpochGuard online_;  // drivers have threads of their own
  Port* port_;
  LoadedPort* loaded_;
};

inline ErlDrvPort handle_of(Term port) { return reinterpret_cast<ErlDrvPort>(port.bits); }

}  // namespace joist
