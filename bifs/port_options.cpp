#include "bifs/port_options.hpp"

#include <unistd.h>

#include "bifs/native_names.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"
#include "vm/term/unicode.hpp"
#include "vm/term/work_stack.hpp"

namespace joist {
namespace {

// Appends the characters of a list of characters and such lists, as UTF-8.
bool append_characters(std::string& out, Term t) {
  WorkStack<Term, 32> tails;
  for (;;) {
    while (t.is_cons()) {
      const Term head = t.head();
      t = t.tail();
      if (head.is_small()) {
        if (head.small_value() < 0 || !is_code_point(static_cast<std::uint64_t>(head.small_value())))
          return false;
        utf8_append(out, static_cast<std::uint32_t>(head.small_value()));
      } else if (head.is_cons()) {
        tails.push(t);
        t = head;
      } else if (!head.is_nil()) {
        return false;
      }
    }
    if (!t.is_nil()) return false;
    if (tails.empty()) return true;
    t = tails.pop();
  }
}

std::optional<std::size_t> count_of(Term t, std::size_t least) {
  const auto n = to_uint64(t);
  return n && *n >= least ? std::optional(static_cast<std::size_t>(*n)) : std::nullopt;
}

bool parse_limits(Term t, BusyLimits& limits) {
  if (t == am::disabled) {
    limits.disabled = true;
    return true;
  }
  const auto pair = Tuple::from(t);
  if (!pair || pair->arity() != 2) return false;
  const auto low = count_of((*pair)[0], 1), high = count_of((*pair)[1], 1);
  if (!low || !high) return false;
  limits.low = std::min(*low, *high);
  limits.high = *high;
  return true;
}

bool parse_environment(Term list, PortOptions& o) {
  for (; list.is_cons(); list = list.tail()) {
    const auto pair = Tuple::from(list.head());
    if (!pair || pair->arity() != 2 || !(*pair)[0].is_list()) return false;
    auto name = native_name((*pair)[0]);
    if (!name || name->find('=') != std::string::npos) return false;
    std::optional<std::string> value;
    if ((*pair)[1] != am::false_) {
      if (!(*pair)[1].is_list()) return false;
      value = native_name((*pair)[1]);
      if (!value) return false;
    }
    o.environment.emplace_back(std::move(*name), std::move(value));
  }
  return list.is_nil();
}

bool parse_arguments(Term list, PortOptions& o) {
  std::vector<std::string> arguments;
  for (; list.is_cons(); list = list.tail()) {
    auto argument = native_name(list.head());
    if (!argument) return false;
    arguments.push_back(std::move(*argument));
  }
  if (!list.is_nil()) return false;
  o.arguments = std::move(arguments);
  return true;
}

// {Key, Value}
Term parse_pair(Term key, Term value, PortOptions& o) {
  const auto result = [](bool ok) { return ok ? Term::none() : am::badopt; };
  if (key == am::packet) {
    const auto n = count_of(value, 1);
    if (!n || (*n != 1 && *n != 2 && *n != 4) || o.framing == PortOptions::Framing::line) return am::badopt;
    o.framing = PortOptions::Framing::packet;
    o.packet_bytes = *n;
    return Term::none();
  }
  if (key == am::line) {
    const auto n = count_of(value, 1);
    if (!n || *n > INT32_MAX || o.framing == PortOptions::Framing::packet) return am::badopt;
    o.framing = PortOptions::Framing::line;
    o.max_line = *n;
    return Term::none();
  }
  if (key == am::cd) {
    o.directory = native_name(value);
    return o.directory ? Term::none() : am::badarg;
  }
  if (key == am::env) return result(parse_environment(value, o));
  if (key == am::args) return result(parse_arguments(value, o));
  if (key == am::arg0) {
    o.arg0 = native_name(value);
    return result(o.arg0.has_value());
  }
  if (key == am::parallelism) {
    o.parallelism = value == am::true_;
    return result(value == am::true_ || value == am::false_);
  }
  if (key == am::busy_limits_port) return result(parse_limits(value, o.busy));
  // Signals to a port never wait in a queue that could grow.
  BusyLimits ignored;
  if (key == am::busy_limits_msgq) return result(parse_limits(value, ignored));
  return am::badopt;
}

Term parse_setting(Term t, PortOptions& o, bool& in, bool& out) {
  if (const auto pair = Tuple::from(t); pair && pair->arity() == 2)
    return parse_pair((*pair)[0], (*pair)[1], o);
  if (t == am::stream) {
    // OTP: it says nothing, whatever else is said.
  } else if (t == am::line) {
    return parse_pair(t, Term::small(512), o);
  } else if (t == am::use_stdio) {
    o.use_stdio = true;
  } else if (t == am::nouse_stdio) {
    o.use_stdio = false;
  } else if (t == am::stderr_to_stdout) {
    o.stderr_to_stdout = true;
  } else if (t == am::exit_status) {
    o.exit_status = true;
  } else if (t == am::binary) {
    o.binary = true;
  } else if (t == am::in_) {
    in = true;
  } else if (t == am::out_) {
    out = true;
  } else if (t == am::eof) {
    o.eof = true;
  } else if (t != am::hide && t != am::overlapped_io) {
    return am::badopt;
  }
  return Term::none();
}

bool parse_name(Term name, PortOptions& o) {
  const auto t = Tuple::from(name);
  if (!t) {
    o.kind = PortOptions::Kind::vanilla;
    auto file = native_name(name);
    if (!file || file->empty()) return false;
    o.command = std::move(*file);
    return true;
  }
  if (t->arity() < 2) return false;
  if ((*t)[0] == am::fd) {
    if (t->arity() != 3 || !(*t)[1].is_small() || !(*t)[2].is_small()) return false;
    o.kind = PortOptions::Kind::fd;
    o.in = static_cast<int>((*t)[1].small_value());
    o.out = static_cast<int>((*t)[2].small_value());
    return true;
  }
  if (t->arity() != 2) return false;
  if ((*t)[0] == am::spawn)
    o.kind = PortOptions::Kind::spawn;
  else if ((*t)[0] == am::spawn_driver)
    o.kind = PortOptions::Kind::spawn_driver;
  else if ((*t)[0] == am::spawn_executable)
    o.kind = PortOptions::Kind::spawn_executable;
  else
    return false;
  auto command = native_name((*t)[1]);
  if (!command || command->empty()) return false;
  o.command = std::move(*command);
  return true;
}

}  // namespace

std::optional<std::string> native_name(Term t) {
  std::string bytes;
  if (t.is_atom()) {
    bytes = atom_text(t);
  } else if (t.is_binary()) {
    std::string scratch;
    bytes = aligned_bytes(*Bits::from(t), scratch);
    return bytes.find('\0') == std::string::npos ? std::optional(std::move(bytes)) : std::nullopt;
  } else if (!t.is_list() || !append_characters(bytes, t)) {
    return std::nullopt;
  }
  if (bytes.find('\0') != std::string::npos) return std::nullopt;
  std::string latin1;
  if (native_names_are_utf8()) return bytes;
  return utf8_to_latin1(bytes, &latin1) ? std::optional(std::move(latin1)) : std::nullopt;
}

Term parse_port_options(Term name, Term settings, PortOptions& o) {
  bool in = false, out = false;
  for (; settings.is_cons(); settings = settings.tail())
    if (const Term error = parse_setting(settings.head(), o, in, out); !error.is_none()) return error;
  if (!settings.is_nil()) return am::badopt;
  if (in || out) {
    o.read = in;
    o.write = out;
  }
  if (!parse_name(name, o)) return am::badarg;
  if ((o.arguments || o.arg0) && o.kind != PortOptions::Kind::spawn_executable) return am::badarg;
  return Term::none();
}

}  // namespace joist
