// What drivers send: data to the port's owner, terms to anybody.
#include <cstring>

#include "gc/copy.hpp"
#include "vm/ports/loadable/api.hpp"
#include "vm/ports/loadable/term_list.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"
#include "vm/term/unicode.hpp"

using namespace joist;

namespace {

// {Port, {data, [Head... | Rest]}}, where `rest` makes the term.
template <class Rest>
void send_parts(Port& port, std::string_view head, std::size_t rest_size, Rest rest) {
  port.count_input(head.size() + rest_size);
  GrowingFragmentHeap h;
  const Term tail = rest(h);
  const Term data = make_tuple(h, am::data, head.empty() ? tail : make_byte_list(h, head, tail));
  const Term message = make_tuple(h, port.id, data);
  send_fragment(port.connected, message, h.finish());
}

int send_list(Word to, const ErlDrvTermData* data, int length) {
  if (length < 0) return -1;
  GrowingFragmentHeap h;
  const Term message = term_from_list(h, data, static_cast<std::size_t>(length));
  if (message.is_none()) {
    HeapFragment::free_chain(h.finish());
    return -1;
  }
  const bool alive = Term{to}.is_local_pid() && find_process(Term{to}) != nullptr;
  if (!alive) {
    HeapFragment::free_chain(h.finish());
    return 0;
  }
  send_fragment(Term{to}, message, h.finish());
  return 1;
}

int output_list(Word port, const ErlDrvTermData* data, int length) {
  const Handle at(port);
  if (!at) return -1;
  return send_list(at.port().connected.bits, data, length);
}
int send_list_of(Word port, Word to, const ErlDrvTermData* data, int length) {
  const Handle at(port);
  if (!at) return -1;
  return send_list(to, data, length);
}

}  // namespace

extern "C" {

int driver_output2(ErlDrvPort port, char* head, ErlDrvSizeT head_size, char* bytes, ErlDrvSizeT size) {
  const Handle at(port);
  if (!at) return -1;
  if (head_size == 0)
    at->deliver(at.port(), {bytes, size});
  else if (at->in_lines())
    at->deliver(at.port(), std::string(head, head_size).append(bytes, size));
  else
    at.port().send_headed_data({head, head_size}, std::string_view(bytes, size));
  return 0;
}
int driver_output(ErlDrvPort port, char* bytes, ErlDrvSizeT size) {
  return driver_output2(port, nullptr, 0, bytes, size);
}

int driver_output_binary(ErlDrvPort port, char* head, ErlDrvSizeT head_size, ErlDrvBinary* binary,
                         ErlDrvSizeT offset, ErlDrvSizeT size) {
  const Handle at(port);
  if (!at) return -1;
  if (!at.port().binary) return driver_output2(port, head, head_size, binary->orig_bytes + offset, size);
  send_parts(at.port(), {head, head_size}, size,
             [&](Heap& h) { return driver_binary_term(h, binary, offset, size); });
  return 0;
}

int driver_outputv(ErlDrvPort port, char* head, ErlDrvSizeT head_size, ErlIOVec* v, ErlDrvSizeT skip) {
  const Handle at(port);
  if (!at) return -1;
  if (skip > v->size) return -1;
  DriverQueue parts;  // only to walk the vector
  parts.add_vector(*v, skip, false);
  send_parts(at.port(), {head, head_size}, parts.size(), [&](Heap& h) {
    Term list = Term::nil();
    for (int i = parts.count(); i-- > 0;) {
      const SysIOVec& part = parts.parts()[i];
      ErlDrvBinary* binary = parts.binaries()[i];
      const char* bytes = static_cast<const char*>(part.iov_base);
      if (!at.port().binary) {
        list = make_byte_list(h, {bytes, part.iov_len}, list);
      } else {
        const Term term =
            driver_binary_term(h, binary, static_cast<std::size_t>(bytes - binary->orig_bytes), part.iov_len);
        list = parts.count() == 1 ? term : make_cons(h, term, list);  // OTP: one alone is no list
      }
    }
    return list;
  });
  return 0;
}

ErlDrvSizeT driver_vec_to_buf(ErlIOVec* v, char* to, ErlDrvSizeT size) {
  std::size_t left = size;
  for (int i = 0; i < v->vsize && left != 0; ++i) {
    const std::size_t n = std::min<std::size_t>(left, v->iov[i].iov_len);
    if (n != 0) std::memcpy(to, v->iov[i].iov_base, n);
    to += n;
    left -= n;
  }
  return size - left;
}

// ---- terms ----
int driver_output_term(ErlDrvPort port, ErlDrvTermData* data, int length) {
  return output_list(reinterpret_cast<Word>(port), data, length);
}
int driver_send_term(ErlDrvPort port, ErlDrvTermData to, ErlDrvTermData* data, int length) {
  return send_list_of(reinterpret_cast<Word>(port), to, data, length);
}
int erl_drv_output_term(ErlDrvTermData port, ErlDrvTermData* data, int length) {
  return output_list(port, data, length);
}
int erl_drv_send_term(ErlDrvTermData port, ErlDrvTermData to, ErlDrvTermData* data, int length) {
  return send_list_of(port, to, data, length);
}

// OTP: names are Latin-1.
ErlDrvTermData driver_mk_atom(char* name) {
  std::string utf8;
  for (const char* c = name; *c != '\0'; ++c) utf8_append(utf8, static_cast<std::uint8_t>(*c));
  return intern(utf8).bits;
}
ErlDrvTermData driver_mk_port(ErlDrvPort port) { return reinterpret_cast<Word>(port); }
ErlDrvTermData driver_mk_term_nil(void) { return Term::nil().bits; }

}  // extern "C"

// Its name in C++ is the one in C: neither is mangled.
const ErlDrvTermData driver_term_nil = Term::nil().bits;
