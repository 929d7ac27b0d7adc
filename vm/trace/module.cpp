#include "vm/trace/module.hpp"

#include <string_view>

#include "vm/base/epoch.hpp"
#include "vm/code/module.hpp"
#include "vm/etf/encode.hpp"
#include "vm/nif/nif.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/table.hpp"
#include "vm/term/bits.hpp"

namespace joist {
namespace {

// By TraceGroup: what a module may have besides enabled/3 and trace/5.
constexpr std::string_view kEnabled[] = {"enabled",
                                         "enabled_send",
                                         "enabled_receive",
                                         "enabled_call",
                                         "enabled_procs",
                                         "enabled_ports",
                                         "enabled_running_procs",
                                         "enabled_running_ports",
                                         "enabled_garbage_collection"};
constexpr std::string_view kTrace[] = {"trace",
                                       "trace_send",
                                       "trace_receive",
                                       "trace_call",
                                       "trace_procs",
                                       "trace_ports",
                                       "trace_running_procs",
                                       "trace_running_ports",
                                       "trace_garbage_collection"};

const NativeFunction* find_native(Term module, std::string_view name, std::uint32_t arity) {
  const Module* m = find_module(module);
  if (m == nullptr || m->current == nullptr || m->current->library == nullptr) return nullptr;
  for (const NativeFunction* f : native_functions_of(*m->current))
    if (f->arity == arity && atom_text(f->function) == name) return f;
  return nullptr;
}
const NativeFunction* find_native(Term module, std::string_view special, std::string_view usual,
                                  std::uint32_t arity) {
  const NativeFunction* f = find_native(module, special, arity);
  return f != nullptr ? f : find_native(module, usual, arity);
}

bool is_tracer(Term module) {
  return find_native(module, "trace", 5) != nullptr && find_native(module, "enabled", 3) != nullptr;
}

Process* process_of(Term tracee) { return tracee.is_local_pid() ? find_process(tracee) : nullptr; }

Term ask(const Tracer& t, TraceGroup group, Term tag, Term tracee) {
  const EpochGuard online;
  const NativeFunction* f = find_native(t.module, kEnabled[static_cast<std::size_t>(group)], "enabled", 3);
  if (f == nullptr) return group == TraceGroup::status ? am::remove : am::discard;
  const Term args[] = {tag, t.state.term, tracee};
  BlockHeap h;
  return call_native_function(*f, h, process_of(tracee), args);
}

void tell(const Tracer& t, TraceGroup group, Term tag, Term tracee, Term message, Term options) {
  const EpochGuard online;
  const NativeFunction* f = find_native(t.module, kTrace[static_cast<std::size_t>(group)], "trace", 5);
  if (f == nullptr) return;
  const Term args[] = {tag, t.state.term, tracee, message, options};
  BlockHeap h;
  call_native_function(*f, h, process_of(tracee), args);
}

bool write_to_port(Term port, Term message) {
  const EpochGuard online;
  std::string bytes;
  encode_etf(bytes, message);
  BlockHeap h;
  return post_port_command(port, make_binary_copy(h, std::string_view(bytes)));
}

}  // namespace

void init_tracer_modules() {
  tracer_modules = {is_tracer, ask, tell, write_to_port, [](Term port) {
                      const EpochGuard online;
                      return find_port(port) != nullptr;
                    }};
}

}  // namespace joist
