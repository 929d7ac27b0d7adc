// Parts of a crash dump that are about the VM as a whole: tables, allocators, ports, ETS tables, timers,
// funs.
#include <bit>

#include "bifs/allocator_info.hpp"
#include "bifs/dump_output.hpp"
#include "bifs/memory_totals.hpp"
#include "scheduler/timer_list.hpp"
#include "vm/base/flags.hpp"
#include "vm/code/module.hpp"
#include "vm/ets/directory.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/table.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

const char* truth(bool b) { return b ? "true" : "false"; }

// "1 2 3" of the elements behind the first one, or the text of one that is no number.
std::string values_of(const Tuple& t) {
  std::string text;
  for (std::size_t i = 1; i < t.arity(); ++i) {
    if (i > 1) text += ' ';
    text += t[i].is_list() && !t[i].is_nil() ? list_to_utf8(t[i]).value_or("") : to_text(t[i]);
  }
  return text;
}

// OTP: "mseg_alloc_carriers_size" reads "mseg carriers size" here.
std::string spoken(std::string_view key) {
  std::string text(key);
  if (text.starts_with("mseg_alloc_")) text.replace(0, 11, "mseg ");
  if (text.starts_with("sys_alloc_")) text.replace(0, 10, "sys_alloc ");
  if (text.ends_with("_size")) text.replace(text.size() - 5, 5, " size");
  return text;
}

// mbcs, sbcs: [{blocks, [{Type, [{count, ...}, {size, ...}]}]}, {carriers, ...}, ...]
void dump_carriers(DumpOutput& out, std::string_view kind, Term list) {
  for (; list.is_cons(); list = list.tail()) {
    const Tuple entry = *Tuple::from(list.head());
    if (atom_text(entry[0]) != "blocks") {
      out.line("{} {}: {}", kind, spoken(atom_text(entry[0])), values_of(entry));
      continue;
    }
    for (Term types = entry[1]; types.is_cons(); types = types.tail()) {
      const Tuple type = *Tuple::from(types.head());
      for (Term figures = type[1]; figures.is_cons(); figures = figures.tail()) {
        const Tuple figure = *Tuple::from(figures.head());
        out.line("{} blocks[{}] {}: {}", kind, atom_text(type[0]), atom_text(figure[0]), values_of(figure));
      }
    }
  }
}

void dump_allocator(DumpOutput& out, std::string_view name, Term report) {
  const auto instance = report.is_cons() ? Tuple::from(report.head()) : std::nullopt;
  if (!instance) return;
  out.line("=allocator:{}[0]", name);
  for (Term list = (*instance)[2]; list.is_cons(); list = list.tail()) {
    const Tuple entry = *Tuple::from(list.head());
    const std::string_view key = atom_text(entry[0]);
    if (key == "options") {
      for (Term all = entry[1]; all.is_cons(); all = all.tail()) {
        const Tuple option = *Tuple::from(all.head());
        out.line("option {}: {}", atom_text(option[0]), values_of(option));
      }
    } else if (key == "mbcs" || key == "sbcs") {
      dump_carriers(out, key, entry[1]);
    } else if (key == "fix_types") {
      for (Term all = entry[1]; all.is_cons(); all = all.tail()) {
        const Tuple type = *Tuple::from(all.head());
        out.line("fix type: {} {}", atom_text(type[0]), values_of(type));
      }
    } else if (key != "calls" && key != "memkind") {
      out.line("{}: {}", key, values_of(entry));
    }
  }
}

// Tables of names; how joist's are built inside is of no use to anybody.
void dump_name_tables(DumpOutput& out) {
  const MemoryTotals totals = memory_totals();
  const auto index = [&](const char* name, std::size_t limit, std::size_t entries) {
    out.line("=hash_table:{}", name);
    out.line("objs: {}", entries);
    out.line("=index_table:{}", name);
    out.line("size: {}", std::bit_ceil(entries));
    out.line("limit: {}", limit);
    out.line("entries: {}", entries);
  };
  index("atom_tab", flags.atom_limit, atom_count());
  index("module_code", 65536, totals.modules);
  index("export_list", 524288, totals.exports);
  BlockHeap h;
  out.line("=hash_table:process_reg");
  out.line("objs: {}", registered_names().size());
  std::size_t funs = 0;
  for (const Term name : loaded_modules())
    if (const auto& current = find_module(name)->current) funs += current->funs.size();
  out.line("=hash_table:fun_table");
  out.line("objs: {}", funs);
}

std::string pids(const std::set<Word>& all) {
  std::string text;
  for (const Word bits : all) {
    if (!text.empty()) text += ", ";
    text += Term{bits}.is_local_port() ? port_text(Term{bits}) : pid_text(Term{bits});
  }
  return text;
}

void dump_port(DumpOutput& out, const Port& port) {
  out.line("=port:{}", port_text(port.id));
  std::string state = "CONNECTED";
  if (port.binary) state += "|BINARY_IO";
  if (port.eof) state += "|SOFT_EOF";
  if (port.is_closing()) state += "|CLOSING";
  if (port.busy()) state += "|PORT_BUSY";
  if (port.kind->locks_ports) state += "|PORT_LOCK";
  out.line("State: {}", state);
  out.line("Slot: {}", 8 * port.id.pid_data());
  if (port.connected.is_local_pid()) out.line("Connected: {}", pid_text(port.connected));
  if (!port.links.empty()) out.line("Links: {}", pids(port.links));
  std::string monitors;
  const auto monitor = [&](Term who, RefKey ref) {
    if (!who.is_local_pid()) return;
    monitors +=
        fmt::format("{}({},#Ref<0.{}.{}>)", monitors.empty() ? "" : ", ", pid_text(who), ref.a, ref.b);
  };
  for (const auto& [ref, pid] : port.monitors) monitor(pid, ref);
  for (const auto& [ref, w] : port.watchers) monitor(w.watcher, ref);
  if (!monitors.empty()) out.line("Monitors: {}", monitors);
  if (const Word name = port.registered_name.load(); name != 0) {
    std::string text;
    print_atom(text, Term{name});
    out.line("Registered as: {}", text);
  }
  const std::string_view kind = port.kind->name;
  if (kind == "fd")
    out.line("Port is UNIX fd not opened by emulator: {}", port.name);
  else if (kind == "vanilla")
    out.line("Port is a file: {}", port.name);
  else if (kind == "spawn")
    out.line("Port controls external process: {}", port.name);
  else if (kind == "forker")
    out.line("Port controls forker process: {}", port.name);
  else
    out.line("Port controls linked-in driver: {}", kind);
  out.line("Input: {}", port.input_bytes);
  out.line("Output: {}", port.output_bytes);
  out.line("Queue: {}", port.driver ? port.driver->queued_bytes() : 0);
}

const char* type_text(ets::Type t) {
  switch (t) {
    case ets::Type::set: return "set";
    case ets::Type::ordered_set: return "ordered_set";
    case ets::Type::bag: return "bag";
    case ets::Type::duplicate_bag: return "duplicate_bag";
  }
  fail("a type of table that does not exist");
}
const char* protection_text(ets::Protection p) {
  switch (p) {
    case ets::Protection::public_: return "public";
    case ets::Protection::protected_: return "protected";
    case ets::Protection::private_: return "private";
  }
  fail("a protection that does not exist");
}

}  // namespace

void dump_allocators(DumpOutput& out) {
  dump_name_tables(out);
  out.line("=allocated_areas");
  BlockHeap h;
  for (Term areas = allocated_areas(h); areas.is_cons(); areas = areas.tail()) {
    const Tuple area = *Tuple::from(areas.head());
    out.line("{}: {}", atom_text(area[0]), values_of(area));
  }
  ListBuilder names(h);
  names.add(intern("sys_alloc"));
  const Term all = names.list(allocator_names(h));
  const auto reports = allocator_report(h, all, false, true);
  for (Term list = reports.value_or(Term::nil()); list.is_cons(); list = list.tail()) {
    const Tuple report = *Tuple::from(list.head());
    dump_allocator(out, atom_text(report[0]), report[1]);
  }
}

void dump_ports(DumpOutput& out) {
  for (const Term id : all_ports_in_any_state())
    if (const Port* port = find_port_in_any_state(id)) dump_port(out, *port);
}

void dump_tables(DumpOutput& out) {
  BlockHeap scratch;
  for (Term all = ets::Directory::all(scratch); all.is_cons(); all = all.tail()) {
    bool is_id = false;
    ets::Table* t = ets::Directory::find(all.head(), &is_id);
    if (t == nullptr || t->store() == nullptr) continue;
    out.line("=ets:{}", pid_text(t->owner()));
    out.line("Slot: {}", reinterpret_cast<Word>(t));
    std::string name;
    print_atom(name, t->name());
    out.line("Table: {}", t->settings.named ? name : to_text(t->reference(scratch)));
    out.line("Name: {}", name);
    const std::size_t count = t->store()->count();
    if (t->settings.type == ets::Type::ordered_set) out.line("Ordered set (AVL tree), Elements: {}", count);
    out.line("Objects: {}", count);
    out.line("Words: {}", sizeof(ets::Table) / sizeof(Word) + t->store()->words());
    out.line("Type: {}", type_text(t->settings.type));
    out.line("Protection: {}", protection_text(t->protection()));
    out.line("Compressed: {}", truth(t->settings.compressed));
    out.line("Write Concurrency: {}", truth(t->settings.write_concurrency != ets::WriteConcurrency::off));
    out.line("Read Concurrency: {}", truth(t->settings.read_concurrency));
  }
}

void dump_timers(DumpOutput& out) {
  for_each_message_timer([&](Term to, Term message, std::int64_t left) {
    if (to.is_atom()) to = whereis_name(to);
    if (!to.is_local_pid()) return;
    out.line("=timer:{}", pid_text(to));
    out.line("Message: {}", to_text(message));
    out.line("Time left: {}", left);
  });
}

void dump_funs(DumpOutput& out) {
  for (const Term name : loaded_modules()) {
    const auto& current = find_module(name)->current;
    if (current == nullptr) continue;
    std::string module;
    print_atom(module, name);
    for (const FunEntry* f : current->funs) {
      out.line("=fun");
      out.line("Module: {}", module);
      out.line("Uniq: {}", f->old_uniq);
      out.line("Index: {}", f->old_index);
      out.line("Address: 0x{:016x}", reinterpret_cast<Word>(f->address.load(std::memory_order_relaxed)));
    }
  }
}

}  // namespace joist
