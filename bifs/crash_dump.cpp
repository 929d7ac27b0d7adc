// The dump is streamed: no more of it is in memory than a buffer and, for one process at a time, the
// addresses of the terms already written.
#include "bifs/crash_dump.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <unordered_set>

#include "bifs/dump_output.hpp"
#include "bifs/memory_totals.hpp"
#include "bifs/taints.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/console.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/module.hpp"
#include "vm/etf/encode.hpp"
#include "vm/ets/persistent_term.hpp"
#include "vm/ports/byte_stream.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

using Output = DumpOutput;

std::string mfa_text(Term m, Term f, std::uint32_t arity) {
  std::string s;
  print_atom(s, m);
  s += ':';
  print_atom(s, f);
  return s + fmt::format("/{}", arity);
}

std::string code_text(const Word* address) {
  const Instance* i = instance_at(address);
  const FunctionInfo* f = i != nullptr ? i->function_at(address) : nullptr;
  if (f == nullptr) return "unknown function";
  return fmt::format("{} + {}", mfa_text(i->module, f->name, f->arity),
                     reinterpret_cast<Word>(address) - reinterpret_cast<Word>(f->start));
}

std::string base64(std::string_view in) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < in.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, in.size() - i);
    std::uint32_t v = 0;
    for (std::size_t k = 0; k < 3; ++k) v = v << 8 | (k < n ? static_cast<std::uint8_t>(in[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[v >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

// ---- terms: each object of a heap is a line, other lines refer to it by address ----

// Binaries outside the heaps, written once for all who refer to them.
using Binaries = std::unordered_set<const RefcBinary*>;

class TermWriter {
 public:
  TermWriter(Output& out, Binaries& binaries) : out_(out), binaries_(binaries) {}

  // A word that stands for `t`; what it points to is written later, by write_heap().
  std::string word(Term t) {
    if (t.is_nil()) return "N";
    if (t.is_small()) return fmt::format("I{}", t.small_value());
    if (t.is_atom()) return fmt::format("A{:X}:{}", atom_text(t).size(), atom_text(t));
    if (t.is_local_pid()) return "P" + pid_text(t);
    if (t.is_local_port()) return "p" + port_text(t);
    if (!t.is_pointer()) return "N";
    waiting_.push_back(t);
    return fmt::format("H{:X}", address(t));
  }

  void write_heap() {
    while (!waiting_.empty() && !out_.full()) {
      const Term t = waiting_.back();
      waiting_.pop_back();
      if (written_.insert(address(t)).second) object(t);
    }
  }

 private:
  static constexpr std::size_t kMaxBinary = 64 * 1024, kMostBinaries = 1'000'000;
  static Word address(Term t) { return t.bits & ~Word{7}; }

  void object(Term t) {
    std::string s;
    if (t.is_cons()) {
      s = "l" + word(t.head()) + "|" + word(t.tail());
    } else if (const auto tuple = Tuple::from(t)) {
      s = fmt::format("t{:X}:", tuple->arity());
      for (std::size_t i = 0; i < tuple->arity(); ++i) s += (i > 0 ? "," : "") + word((*tuple)[i]);
    } else if (const auto real = Float::from(t)) {
      const std::string text = float_to_scientific(real->value(), 20);
      s = fmt::format("F{:X}:{}", text.size(), text);
    } else if (t.is_integer()) {
      s = "B" + integer_to_string(t);
    } else if (const auto map = FlatMap::from(t)) {
      s = fmt::format("Mf{:X}:{}:", map->size(), word(map->keys().term()));
      for (std::size_t i = 0; i < map->size(); ++i) s += (i > 0 ? "," : "") + word(map->values()[i]);
    } else if (const auto bits = Bits::from(t); bits && bits->whole_bytes() && bits->byte_aligned()) {
      const std::string_view bytes = bits->view().substr(0, kMaxBinary);
      if (const RefcBinary* shared = refc_binary_of(t);
          shared != nullptr && binaries_.size() < kMostBinaries) {
        binaries_.insert(shared);
        return out_.line("{:X}:Yc{:X}:{:X}:{:X}", address(t), reinterpret_cast<Word>(shared),
                         bits->bytes() - shared->bytes, bits->byte_size());
      }
      s = fmt::format("Yh{:X}:{}", bytes.size(), base64(bytes));
    } else {
      std::string external;
      encode_etf(external, t);
      s = fmt::format("E{:X}:{}", external.size(), base64(external));
    }
    out_.line("{:X}:{}", address(t), s);
  }

  Output& out_;
  Binaries& binaries_;
  std::vector<Term> waiting_;
  std::unordered_set<Word> written_;
};

const char* state_text(const Process& p) {
  const std::uint32_t s = p.state.load(std::memory_order_relaxed);
  if ((s & Process::kExiting) != 0) return "Exiting";
  if ((s & Process::kSuspended) != 0) return "Suspended";
  if ((s & Process::kRunning) != 0) return "Running";
  if ((s & Process::kQueued) != 0) return "Scheduled";
  return "Waiting";
}

const char* priority_text(Priority p) {
  switch (p) {
    case Priority::max: return "MAX";
    case Priority::high: return "HIGH";
    case Priority::normal: return "NORMAL";
    case Priority::low: return "LOW";
  }
  return "NORMAL";
}

std::string internal_state(const Process& p) {
  const char* priority = priority_text(p.priority.load(std::memory_order_relaxed));
  return fmt::format("ACT_PRIO_{} | USR_PRIO_{} | PRQ_PRIO_{}{}", priority, priority, priority,
                     p.off_heap_messages ? " | OFF_HEAP_MSGQ" : "");
}

// Where its calls return to, the newest first; no more than `most`.
void write_return_addresses(Output& out, const Process& p, int most) {
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end() && most > 0; ++w) {
    const Term t{*w};
    if (!t.is_return_address()) continue;
    const auto* code = reinterpret_cast<const Word*>(*w - Term::kReturnTag);
    const std::string where = code_text(code - 1);
    out.line("0x{:016x}:SReturn addr 0x{:X} ({})", reinterpret_cast<Word>(w), reinterpret_cast<Word>(code),
             where == "unknown function" ? "<terminate process normally>" : where);
    --most;
  }
}

void write_process(Output& out, const Process& p) {
  out.line("=proc:{}", pid_text(p.pid));
  out.line("State: {}", state_text(p));
  if (!p.registered_name.is_none()) out.line("Name: {}", atom_text(p.registered_name));
  out.line("Spawned as: {}", mfa_text(p.initial_module, p.initial_function, p.initial_arity));
  if (p.current_bif != nullptr)
    out.line("Last calls: {}",
             mfa_text(p.current_bif->module, p.current_bif->function, p.current_bif->arity));
  out.line("Spawned by: {}", p.parent.is_none() ? "[]" : pid_text(p.parent));
  out.line("Message queue length: {}", p.mailbox.length());
  out.line("Number of heap fragments: 0");
  out.line("Heap fragment data: {}", p.heap.fragment_words());
  if (p.links) {
    std::string links;
    const auto add = [&](const std::string& text) { links += (links.empty() ? "" : ", ") + text; };
    for (const auto& [peer, link] : p.links->links)
      if (link.active) add(Term{peer}.is_local_port() ? port_text(Term{peer}) : pid_text(Term{peer}));
    for (const auto& [ref, m] : p.links->monitors)
      if (m.target.is_local_pid() || m.target.is_local_port())
        add(fmt::format("{{to,{},#Ref<0.{}.{}>}}",
                        m.target.is_local_pid() ? pid_text(m.target) : port_text(m.target), ref.a, ref.b));
    for (const auto& [ref, w] : p.links->watchers)
      if (w.watcher.is_local_pid())
        add(fmt::format("{{from,{},#Ref<0.{}.{}>}}", pid_text(w.watcher), ref.a, ref.b));
    if (!links.empty()) out.line("Link list: [{}]", links);
  }
  const ProcessHeap& h = p.heap;
  out.line("Reductions: {}", p.reductions);
  out.line("Stack+heap: {}", h.heap_size());
  out.line("OldHeap: {}", h.old_size());
  out.line("Heap unused: {}", h.heap_size() - h.used_words() - h.stack_size());
  out.line("OldHeap unused: {}", h.old_size() - h.old_used());
  out.line("BinVHeap: {}", h.bin_vheap_words());
  out.line("OldBinVHeap: {}", h.bin_old_vheap_words());
  out.line("BinVHeap unused: {}", h.bin_vheap_limit() - std::min(h.bin_vheap_limit(), h.bin_vheap_words()));
  out.line("OldBinVHeap unused: {}",
           h.bin_old_vheap_limit() - std::min(h.bin_old_vheap_limit(), h.bin_old_vheap_words()));
  out.line("Memory: {}", sizeof(Process) + h.total_heap_size() * sizeof(Word));
  out.line("Program counter: 0x{:016x} ({})", reinterpret_cast<Word>(p.ip), code_text(p.ip));
  out.line("Internal State: {}", internal_state(p));
}

// Messages, dictionary and stack, then every term that they hold.
void write_process_memory(Output& out, const Process& p, Binaries& binaries) {
  if (p.sensitive) return;
  TermWriter terms(out, binaries);
  BlockHeap pairs;  // the dictionary's, as they would lie in the process's heap
  if (p.mailbox.length() > 0) {
    out.line("=proc_messages:{}", pid_text(p.pid));
    for (const Signal* s = p.mailbox.first(); s != nullptr; s = s->next)
      out.line("{}:N", terms.word(s->term));
  }
  if (p.dictionary && p.dictionary->size() > 0) {
    out.line("=proc_dictionary:{}", pid_text(p.pid));
    p.dictionary->for_each(
        [&](Term key, Term value) { out.line("{}", terms.word(make_tuple(pairs, key, value))); });
  }
  out.line("=proc_stack:{}", pid_text(p.pid));
  int y = 0;
  for (const Word* w = p.heap.stack(); w < p.heap.stack_end(); ++w) {
    const Term t{*w};
    if (t.is_return_address()) {
      const auto* code = reinterpret_cast<const Word*>(*w - Term::kReturnTag);
      const std::string where = code_text(code - 1);
      out.line("0x{:016x}:SReturn addr 0x{:X} ({})", reinterpret_cast<Word>(w), reinterpret_cast<Word>(code),
               where == "unknown function" ? "<terminate process normally>" : where);
      y = 0;
    } else if (t.is_catch()) {
      out.line("y{}:SCatch 0x{:X} ({})", y++, reinterpret_cast<Word>(t.catch_address()),
               code_text(t.catch_address()));
    } else {
      out.line("y{}:{}", y++, terms.word(t));
    }
  }
  out.line("=proc_heap:{}", pid_text(p.pid));
  terms.write_heap();
}

// Keys and values, then every term that they hold.
void write_persistent_terms(Output& out, Binaries& binaries) {
  TermWriter terms(out, binaries);
  out.line("=persistent_terms");
  for (const Term t : persistent_terms::all()) {
    const Tuple pair = *Tuple::from(t);
    const std::string key = terms.word(pair[0]);
    out.line("{}|{}", key, terms.word(pair[1]));
  }
  out.line("=literals");
  terms.write_heap();
}

void write_binaries(Output& out, const Binaries& binaries) {
  for (const RefcBinary* b : binaries) {
    if (out.full()) return;
    out.line("=binary:{:X}", reinterpret_cast<Word>(b));
    out.line("{:X}:{}", b->size, base64({reinterpret_cast<const char*>(b->bytes), b->size}));
  }
}

// What runs on a scheduler: `p` may be null.
void write_current(Output& out, const Process* p) {
  out.line("Current Process: {}", p != nullptr ? pid_text(p->pid) : "");
  if (p == nullptr) return;
  out.line("Current Process State: {}", state_text(*p));
  out.line("Current Process Internal State: {}", internal_state(*p));
  out.line("Current Process Program counter: 0x{:016x} ({})", reinterpret_cast<Word>(p->ip),
           code_text(p->ip));
  out.line("Current Process Limited Stack Trace:");
  write_return_addresses(out, *p, 16);
}

void write_run_queue(Output& out, std::size_t length, bool busy) {
  out.line("Run Queue Max Length: 0");
  out.line("Run Queue High Length: 0");
  out.line("Run Queue Normal Length: {}", length);
  out.line("Run Queue Low Length: 0");
  out.line("Run Queue Port Length: 0");
  out.line("Run Queue Flags: {}", busy ? "NONEMPTY | EXEC" : "OUT_OF_WORK | HALFTIME_OUT_OF_WORK");
}

void write_schedulers(Output& out, int count) {
  std::vector<const Process*> current(static_cast<std::size_t>(count) + 1), dirty[2];
  for (const Term pid : all_pids()) {
    const Process* p = find_process(pid);
    if (p == nullptr) continue;
    const std::uint32_t state = p->state.load(std::memory_order_relaxed);
    if ((state & (Process::kDirtyCpu | Process::kDirtyIo)) != 0)
      dirty[(state & Process::kDirtyIo) != 0].push_back(p);
    else if ((state & Process::kRunning) != 0)
      if (const std::size_t home = p->home.load(std::memory_order_relaxed) + std::size_t{1};
          home < current.size())
        current[home] = p;
  }
  const auto sleep = [&](bool awake) {
    out.line("Scheduler Sleep Info Flags: {}", awake ? "" : "SLEEPING | WAITING");
    out.line("Scheduler Sleep Info Aux Work: ");
  };
  for (int i = 1; i <= count; ++i) {
    const Process* p = current[static_cast<std::size_t>(i)];
    out.line("=scheduler:{}", i);
    sleep(p != nullptr);
    out.line("Current Port: ");
    write_run_queue(out, run_queue_length(i), p != nullptr || run_queue_length(i) != 0);
    write_current(out, p);
  }
  int number = count;
  for (const bool io : {false, true}) {
    const char* kind = io ? "io" : "cpu";
    for (int i = 0; i < dirty_thread_count(io); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Process* p = at < dirty[io].size() ? dirty[io][at] : nullptr;
      out.line("=dirty_{}_scheduler:{}", kind, ++number);
      sleep(p != nullptr);
      write_current(out, p);
    }
    out.line("=dirty_{}_run_queue", kind);
    write_run_queue(out, 0, !dirty[io].empty());
  }
}

// OTP: the newest first.
void write_atoms(Output& out) {
  out.line("=atoms");
  for (std::size_t i = atom_count(); i-- > 0 && !out.full();) {
    std::string text;
    print_atom(text, Term::atom(static_cast<std::uint32_t>(i)));
    out.line("{}", text);
  }
}

void write_modules(Output& out) {
  std::size_t current = 0, old = 0;
  const std::vector<Term> names = loaded_modules();
  for (const Term name : names) {
    current += code_bytes(find_module(name)->current.get());
    old += code_bytes(find_module(name)->old.get());
  }
  out.line("=loaded_modules");
  out.line("Current code: {}", current);
  out.line("Old code: {}", old);
  for (const Term name : names) {
    const Module* m = find_module(name);
    std::string text;
    print_atom(text, name);
    out.line("=mod:{}", text);
    out.line("Current size: {}", code_bytes(m->current.get()));
    if (m->old != nullptr) out.line("Old size: {}", code_bytes(m->old.get()));
  }
}

void write_memory(Output& out) {
  std::size_t heaps = 0;
  for (const Term pid : all_pids())
    if (const Process* p = find_process(pid))
      heaps += sizeof(Process) + p->heap.total_heap_size() * sizeof(Word);
  const MemoryTotals m = memory_totals();
  const std::size_t system = m.atoms + m.binaries + m.code + m.tables;
  out.line("=memory");
  out.line("total: {}", heaps + system);
  out.line("processes: {}", heaps);
  out.line("processes_used: {}", heaps);
  out.line("system: {}", system);
  out.line("atom: {}", m.atoms);
  out.line("atom_used: {}", m.atoms);
  out.line("binary: {}", m.binaries);
  out.line("code: {}", m.code);
  out.line("ets: {}", m.tables);
}

void write_dump(Output& out, std::string_view slogan) {
  std::time_t now = std::time(nullptr);
  char date[64];
  std::strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", std::localtime(&now));
  out.line("=erl_crash_dump:0.5");
  out.line("{}", date);
  out.line("Slogan: {}", slogan);
  const int n = scheduler_count();
  out.line("System version: {}", system_version_text());
  std::string tainted;
  for (const Term name : taints()) tainted += (tainted.empty() ? "" : ",") + std::string(atom_text(name));
  out.line("Taints: {}", tainted);
  out.line("Atoms: {}", atom_count());
  out.line("Calling Thread: scheduler:{}", current_scheduler_number());
  write_schedulers(out, n);
  write_memory(out);
  dump_allocators(out);
  const std::vector<Term> pids = all_pids();
  for (const Term pid : pids)
    if (const Process* p = find_process(pid)) write_process(out, *p);
  dump_ports(out);
  dump_tables(out);
  dump_timers(out);
  out.line("=node:'{}'", atom_text(this_node()->name));
  out.line("=no_distribution");
  write_modules(out);
  dump_funs(out);
  Binaries binaries;
  write_persistent_terms(out, binaries);
  for (const Term pid : pids)
    if (const Process* p = find_process(pid); p != nullptr && !out.full())
      write_process_memory(out, *p, binaries);
  write_binaries(out, binaries);
  write_atoms(out);
  out.line("=end");
}

}  // namespace

void write_process_report(int fd, const Process& p) {
  Output out(fd, SIZE_MAX);
  write_process(out, p);
}
void write_memory_report(int fd) {
  Output out(fd, SIZE_MAX);
  write_memory(out);
}
void write_module_report(int fd) {
  Output out(fd, SIZE_MAX);
  std::size_t current = 0, old = 0;
  const std::vector<Term> names = loaded_modules();
  for (const Term name : names) {
    current += code_bytes(find_module(name)->current.get());
    old += code_bytes(find_module(name)->old.get());
  }
  out.line("Current code: {}", current);
  out.line("Old code: {}", old);
  for (const Term name : names) {
    std::string text;
    print_atom(text, name);
    out.line("{} {}", text, code_bytes(find_module(name)->current.get()));
  }
}
void write_table_report(int fd) {
  Output out(fd, SIZE_MAX);
  dump_tables(out);
}

std::string report_text(VmReport what) {
  std::string text;
  {
    Output out(text);
    switch (what) {
      case VmReport::processes:
        for (const Term pid : all_pids())
          if (const Process* p = find_process(pid)) write_process(out, *p);
        break;
      case VmReport::memory: write_memory(out); break;
      case VmReport::modules: write_modules(out); break;
      case VmReport::tables: dump_tables(out); break;
    }
  }
  return text;
}

namespace {

// Tells the program heart, if it watches over this VM, to wait for the dump before it starts another. What
// the port still had to write is of no interest any more. False: there is no heart.
bool tell_heart() {
  const Term name = find_atom("heart_port");
  const Term id = name.is_none() ? name : whereis_name(name);
  if (!id.is_local_port()) return false;
  Port* port = find_port_in_any_state(id);
  const auto* stream = port != nullptr ? dynamic_cast<const ByteStream*>(port->driver.get()) : nullptr;
  if (stream == nullptr) return false;
  constexpr char preparing_crash[] = {0, 1, 8};  // a packet of one byte
  return write(stream->output_descriptor(), preparing_crash, sizeof preparing_crash) > 0;
}

}  // namespace

void end_with_crash_dump(std::string_view slogan) {
  for (const Term id : all_ports_in_any_state())
    if (Port* port = find_port_in_any_state(id); port != nullptr && port->driver)
      port->driver->at_crash(*port);
  write_console(std::string(slogan) + "\n");
  // OTP: no dump for 0 seconds; fewer than 0 or nothing mean no limit of time.
  const char* seconds = std::getenv("ERL_CRASH_DUMP_SECONDS");
  if (seconds != nullptr && std::atoi(seconds) == 0) return;
  if (tell_heart() && seconds == nullptr) return;  // with heart, only who names a time gets a dump
  std::size_t limit = SIZE_MAX;
  if (const char* bytes = std::getenv("ERL_CRASH_DUMP_BYTES"); bytes != nullptr && *bytes != '\0') {
    const long long n = std::atoll(bytes);
    if (n == 0) return;
    if (n > 0) limit = static_cast<std::size_t>(n);
  }
  const char* name = std::getenv("ERL_CRASH_DUMP");
  if (name == nullptr || *name == '\0') name = "erl_crash.dump";
  write_console(fmt::format("\nCrash dump is being written to: {}...", name));
  const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return;
  // A VM that hangs here would be worse than a dump cut short.
  alarm(seconds != nullptr && std::atoi(seconds) > 0 ? static_cast<unsigned>(std::atoi(seconds)) : 0);
  {
    Output out(fd, limit);
    write_dump(out, slogan);
  }
  close(fd);
  alarm(0);
  write_console("done\n");
}

}  // namespace joist
