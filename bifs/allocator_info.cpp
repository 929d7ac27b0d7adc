#include "bifs/allocator_info.hpp"

#include <malloc.h>

#include <atomic>
#include <string>
#include <unordered_set>

#include "bifs/bifs.hpp"
#include "bifs/memory_totals.hpp"
#include "gc/literal_totals.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/flags.hpp"
#include "vm/base/pool.hpp"
#include "vm/code/export.hpp"
#include "vm/ets/directory.hpp"
#include "vm/ports/driver_memory.hpp"
#include "vm/ports/port.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/table.hpp"
#include "vm/term/binary_totals.hpp"
#include "vm/term/bits.hpp"

extern "C" char __data_start, end;  // of the program's own data

namespace joist {
namespace {

Term small(std::size_t n) { return Term::small(static_cast<std::int64_t>(n)); }
Term pair(Heap& h, Term a, Term b) { return make_tuple(h, a, b); }
Term named(Heap& h, std::string_view name, Term value) { return pair(h, intern(name), value); }
Term named(Heap& h, std::string_view name, std::size_t n) { return pair(h, intern(name), small(n)); }

// OTP's allocators, in its order. Nothing of joist's is ever in temp_alloc and sl_alloc: what lives as long
// as a call or a time slice is on the C++ stack or in std_alloc.
enum Allocator { temp, sl, std_, ll, eheap, ets_, fix, literal, binary, driver, kAllocators };
constexpr std::string_view kNames[kAllocators] = {"temp_alloc",   "sl_alloc",    "std_alloc", "ll_alloc",
                                                  "eheap_alloc",  "ets_alloc",   "fix_alloc", "literal_alloc",
                                                  "binary_alloc", "driver_alloc"};

struct Use {
  std::size_t count = 0, bytes = 0;
  std::size_t carrier = 0;  // bytes, with what is free
};
struct Uses {
  Use of[kAllocators];
};

std::size_t tables_of_vm() { return (process_limit() + port_limit()) * sizeof(void*); }

std::size_t sub(std::size_t a, std::size_t b) { return a > b ? a - b : 0; }

// Visits each binary that a process refers to, once. The world is stopped.
template <class Visit>
void for_each_binary_of_processes(Visit visit) {
  std::unordered_set<const RefcBinary*> seen;
  for (const Term pid : all_pids()) {
    Process* p = find_process(pid);
    // One on a dirty thread may be building.
    if (p == nullptr || p->has_state(Process::kDirtyCpu | Process::kDirtyIo)) continue;
    for (const Word* first : {p->heap.off_heap().first, p->heap.old_off_heap().first})
      for (const Word* w = first; w != nullptr; w = reinterpret_cast<const Word*>(w[header_words(*w)])) {
        if (header_kind(*w) != BoxKind::binary_ref) continue;
        const auto* binary = reinterpret_cast<const RefcBinary*>(w[1]);
        if (seen.insert(binary).second) visit(*binary);
      }
  }
}

// The world is stopped.
void measure_processes(Uses& u) {
  for (const Term pid : all_pids()) {
    const Process* p = find_process(pid);
    if (p == nullptr) continue;
    ++u.of[fix].count;
    u.of[fix].bytes += sizeof(Process);
    u.of[eheap].count += 1 + (p->heap.old_size() != 0) + (p->heap.fragment_words() != 0);
    u.of[eheap].bytes += p->heap.total_heap_size() * sizeof(Word);
  }
}

Uses measure(bool world_is_stopped) {
  Uses u;
  if (world_is_stopped)
    measure_processes(u);
  else
    stop_the_world([&] { measure_processes(u); });
  const MemoryTotals totals = memory_totals();
  const LiteralTotals literals = literal_totals();
  const BinaryTotals binaries = binary_totals();
  u.of[binary] = {binaries.count, binaries.bytes, 0};
  u.of[ets_] = {totals.table_objects, totals.tables, 0};
  u.of[ll] = {atom_count() + totals.modules + totals.exports,
              totals.atoms + totals.code + totals.linkage + tables_of_vm(), 0};
  u.of[literal] = {literals.areas, literals.used_bytes, literals.committed_bytes};
  // OTP: its own drivers' ports are there, too.
  const DriverMemoryTotals drivers = driver_memory_totals();
  u.of[driver] = {drivers.count + port_count(), drivers.bytes + port_count() * sizeof(Port), 0};
  // The rest of what is counted: messages, free heaps and objects that are kept for the next who needs one.
  u.of[std_].bytes = sub(counted_bytes(), totals.tables + u.of[eheap].bytes);
  u.of[std_].count = u.of[std_].bytes != 0;
  u.of[std_].carrier = u.of[std_].bytes + mallinfo2().fordblks;
  for (Use& each : u.of) each.carrier = std::max(each.carrier, each.bytes);
  return u;
}

// Largest values of something: since somebody asked last, and ever.
struct Peak {
  std::atomic<std::size_t> last{0}, ever{0};
};
// {Key, Now, LargestSinceLast, LargestEver}
Term with_peaks(Heap& h, std::string_view key, std::size_t now, Peak& peak) {
  const std::size_t last = std::max(now, peak.last.exchange(now));
  std::size_t ever = peak.ever.load();
  while (ever < now && !peak.ever.compare_exchange_weak(ever, now)) {
  }
  return make_tuple(h, intern(key), small(now), small(last), small(std::max(ever, now)));
}

struct Peaks {
  Peak count, size, carriers, carriers_size;
};
Peaks peaks[kAllocators];
Peaks no_peaks;  // of carriers for single blocks, which there are none of

// mbcs and sbcs: [{blocks, [{Type, [{count, ...}, {size, ...}]}]}, {carriers, ...}, ...]
Term carriers(Heap& h, std::size_t a, const Use& u, Peaks& p, bool sizes_only) {
  ListBuilder list(h), blocks(h);
  if (u.bytes != 0 || u.count != 0) {
    ListBuilder figures(h);
    if (!sizes_only) figures.add(with_peaks(h, "count", u.count, p.count));
    figures.add(with_peaks(h, "size", u.bytes, p.size));
    blocks.add(named(h, kNames[a], figures.list()));
  }
  list.add(named(h, "blocks", blocks.list()));
  const std::size_t n = u.carrier != 0;
  if (!sizes_only) {
    list.add(with_peaks(h, "carriers", n, p.carriers));
    list.add(named(h, "mseg_alloc_carriers", std::size_t{0}));
    list.add(named(h, "sys_alloc_carriers", n));
  }
  list.add(with_peaks(h, "carriers_size", u.carrier, p.carriers_size));
  if (!sizes_only) {
    list.add(named(h, "mseg_alloc_carriers_size", std::size_t{0}));
    list.add(named(h, "sys_alloc_carriers_size", u.carrier));
  }
  return list.list();
}

// glibc's malloc: best fit, blocks from 128 KiB on from the system.
Term options(Heap& h) {
  const Term all[] = {named(h, "e", am::true_), named(h, "t", am::false_), named(h, "ramv", am::false_),
                      named(h, "sbct", std::size_t{128 * 1024}), named(h, "as", intern("bf"))};
  return make_list_from(h, all);
}
Term sys_options(Heap& h) {
  const Term all[] = {named(h, "e", am::true_), named(h, "m", intern("libc")),
                      named(h, "tt", std::size_t{128 * 1024}), named(h, "tp", std::size_t{128 * 1024})};
  return make_list_from(h, all);
}
Term list_of(Heap& h, Term t) { return make_cons(h, t, Term::nil()); }
Term instance(Heap& h, Term properties) {
  return list_of(h, make_tuple(h, intern("instance"), Term::small(0), properties));
}

// {Name, GigaCalls, Calls}: nobody counts them.
Term calls(Heap& h, std::string_view name) {
  const std::string base(name.substr(0, name.rfind('_')));
  const std::string all[] = {std::string(name), base + "_free", base + "_realloc",
                             "mseg_alloc",      "mseg_dealloc", "mseg_realloc",
                             "sys_alloc",       "sys_free",     "sys_realloc"};
  ListBuilder list(h);
  for (const std::string& each : all) list.add(make_tuple(h, intern(each), Term::small(0), Term::small(0)));
  return list.list();
}

Term fix_types(Heap& h, const Use& u) {
  return named(h, "fix_types", list_of(h, make_tuple(h, intern("proc"), small(u.bytes), small(u.bytes))));
}

Term of_allocator(Heap& h, std::size_t a, const Use& u, bool sizes_only) {
  ListBuilder list(h);
  if (!sizes_only) {
    const std::string glibc = std::to_string(__GLIBC__) + "." + std::to_string(__GLIBC_MINOR__);
    const Term version = make_string_list(h, glibc);
    list.add(make_tuple(h, intern("versions"), version, version));
    list.add(named(h, "options", options(h)));
  }
  if (a == fix) list.add(fix_types(h, u));
  list.add(named(h, "mbcs", carriers(h, a, u, peaks[a], sizes_only)));
  list.add(named(h, "sbcs", carriers(h, a, Use{}, no_peaks, sizes_only)));
  if (!sizes_only) list.add(named(h, "calls", calls(h, kNames[a])));
  return instance(h, list.list());
}

// Large blocks, which malloc gets from the system one by one.
Term segments(Heap& h, bool sizes_only) {
  static Peak count, size;
  const struct mallinfo2 info = mallinfo2();
  const Term sizes = with_peaks(h, "segments_size", info.hblkhd, size);
  if (sizes_only) return instance(h, list_of(h, sizes));
  const Term status[] = {named(h, "cached_segments", std::size_t{0}), named(h, "cache_hits", std::size_t{0}),
                         with_peaks(h, "segments", info.hblks, count),
                         named(h, "segments_watermark", info.hblks), sizes};
  const Term kind[] = {named(h, "name", make_string_list(h, "all memory")),
                       named(h, "status", make_list_from(h, status)), named(h, "calls", Term::nil())};
  const Term all[] = {named(h, "version", make_string_list(h, "0.9")), named(h, "options", Term::nil()),
                      named(h, "memkind", make_list_from(h, kind))};
  return instance(h, make_list_from(h, all));
}

// What the system gives without malloc: the range of literals.
Term mapped(Heap& h, bool sizes_only) {
  const auto entry = [&](std::string_view name, Term properties) {
    return named(h, name, sizes_only ? Term::nil() : properties);
  };
  const auto sizes = [&](Term list) { return list_of(h, named(h, "sizes", list)); };
  const Term os = list_of(h, named(h, "os", sizes(list_of(h, named(h, "used", mallinfo2().hblkhd)))));
  const LiteralTotals l = literal_totals();
  const Term figures[] = {named(h, "total", l.reserved_bytes), named(h, "total_sa", l.committed_bytes),
                          named(h, "used", l.committed_bytes), named(h, "used_sa", l.used_bytes)};
  const Term carrier = list_of(h, named(h, "supercarrier", sizes(make_list_from(h, figures))));
  const Term both[] = {entry("default_mmap", os), entry("literal_mmap", carrier)};
  return make_list_from(h, both);
}

std::optional<Term> one(Heap& h, Term which, bool sizes_only, const Uses& uses) {
  if (!which.is_atom()) return std::nullopt;
  const std::string_view name = atom_text(which);
  for (std::size_t a = 0; a < kAllocators; ++a)
    if (kNames[a] == name) return of_allocator(h, a, uses.of[a], sizes_only);
  if (name == "sys_alloc")
    return instance(h, sizes_only ? Term::nil() : list_of(h, named(h, "options", sys_options(h))));
  if (name == "mseg_alloc") return segments(h, sizes_only);
  if (name == "erts_mmap") return mapped(h, sizes_only);
  // OTP: those that are only there on other systems, or in emulators built otherwise.
  if (name == "test_alloc" || name == "exec_alloc") return am::false_;
  return std::nullopt;
}

// ---- instrument ----

// Number of the part of a histogram that `bytes` falls into: each is twice as wide as the one before.
std::size_t histogram_part(std::size_t bytes, std::size_t start, std::size_t width) {
  std::size_t i = 0;
  for (std::size_t limit = start; bytes >= limit && i + 1 < width; limit *= 2) ++i;
  return i;
}

struct Gather {
  std::size_t allocator = kAllocators, width = 0, start = 0;
  bool here = false;  // asks about the one instance that there is
  Term ref = Term::none();
};
// {Allocator, Instance, Width, Start, Ref}
std::optional<Gather> gather_from(Tuple t) {
  if (t.arity() != 5 || !t[0].is_atom() || !t[1].is_small() || !t[2].is_small() || !t[3].is_small() ||
      !t[4].is_box(BoxKind::ref))
    return std::nullopt;
  Gather g;
  for (std::size_t a = 0; a < kAllocators; ++a)
    if (kNames[a] == atom_text(t[0])) g.allocator = a;
  const std::int64_t width = t[2].small_value(), start = t[3].small_value();
  if (g.allocator == kAllocators || t[1].small_value() < 0 || width < 1 || width > 32 || start < 1 ||
      start > 1 << 28)
    return std::nullopt;
  g.width = static_cast<std::size_t>(width);
  g.start = static_cast<std::size_t>(start);
  g.here = t[1].small_value() == 0;
  g.ref = t[4];
  return g;
}

Term histogram(Heap& h, const std::vector<std::size_t>& parts) {
  std::vector<Term> all;
  for (const std::size_t n : parts) all.push_back(small(n));
  return make_tuple_from(h, all);
}

void send_to(Call& c, GrowingFragmentHeap& h, Term message) {
  send_fragment(c.process.pid, message, h.finish());
}

}  // namespace

Term allocator_names(Heap& h) {
  ListBuilder list(h);
  for (const std::string_view name : kNames) list.add(intern(name));
  return list.list();
}

Term allocator_settings(Heap& h) {
  const Term version[] = {Term::small(__GLIBC__), Term::small(__GLIBC_MINOR__)};
  ListBuilder features(h), settings(h);
  features.add(intern("sys_alloc"));
  settings.add(named(h, "sys_alloc", sys_options(h)));
  for (const std::string_view name : kNames) {
    features.add(intern(name));
    settings.add(named(h, name, options(h)));
  }
  for (const char* name : {"mseg_alloc", "sys_aligned_alloc", "literal_mmap"}) features.add(intern(name));
  return make_tuple(h, intern("glibc"), make_list_from(h, version), features.list(), settings.list());
}

std::optional<Term> allocator_report(Heap& h, Term which, bool sizes_only, bool world_is_stopped) {
  const Uses uses = measure(world_is_stopped);
  if (!which.is_cons()) return one(h, which, sizes_only, uses);
  ListBuilder list(h);
  for (; which.is_cons(); which = which.tail()) {
    const auto value = one(h, which.head(), sizes_only, uses);
    if (!value) return std::nullopt;
    list.add(pair(h, which.head(), *value));
  }
  return which.is_nil() ? std::optional(list.list()) : std::nullopt;
}

// {Area, Bytes} | {Area, Bytes, Used}: what erlang:memory/0 counts besides the allocators, and more.
Term allocated_areas(Heap& h) {
  const MemoryTotals totals = memory_totals();
  ListBuilder list(h);
  list.add(named(h, "sys_misc", std::size_t{0}));
  list.add(named(h, "static", static_cast<std::size_t>(&end - &__data_start)));
  list.add(make_tuple(h, intern("atom_space"), small(totals.atoms), small(totals.atoms)));
  list.add(named(h, "module_table", totals.modules * sizeof(Module)));
  list.add(named(h, "export_table", totals.exports * sizeof(Export)));
  list.add(named(h, "register_table",
                 list_length(make_list_from(h, registered_names())).value_or(0) * 2 * sizeof(Word)));
  list.add(named(h, "loaded_code", totals.code));
  list.add(named(h, "process_table", process_limit() * sizeof(void*)));
  list.add(named(h, "port_table", port_limit() * sizeof(void*)));
  list.add(named(h, "ets_misc", std::size_t{0}));
  list.add(named(h, "external_alloc", std::size_t{0}));
  return list.list();
}

Term memory_by_allocator(Heap& h) {
  const MemoryTotals totals = memory_totals();
  // Heaps, messages and objects of tables, and free ones that are kept for the next who needs one.
  const std::size_t heaps = process_count() * sizeof(Process) + sub(counted_bytes(), totals.tables);
  const auto allocator = [&](Allocator a, std::size_t bytes) {
    const Term sizes = list_of(h, named(h, "size", bytes));
    const Term blocks = list_of(h, named(h, kNames[a], sizes));
    const Term mbcs = list_of(h, named(h, "mbcs", list_of(h, named(h, "blocks", blocks))));
    return make_tuple(h, intern(kNames[a]), Term::small(0), mbcs);
  };
  ListBuilder list(h);
  list.add(allocator(eheap, heaps));
  list.add(allocator(binary, totals.binaries));
  list.add(allocator(ets_, totals.tables));
  // Under names of their own in allocated_areas; here they only count for the total.
  list.add(allocator(ll, totals.atoms + totals.code + totals.linkage + tables_of_vm()));
  return list.list();
}

// gather_alloc_histograms({Allocator, Instance, Width, Start, Ref}) -> number of answers {Ref, Unscanned,
// [{Origin, Type, Histogram}]} that are on their way: heaps and binaries that processes refer to, by size.
JOIST_DEFINE_BIF(erts_internal_gather_alloc_histograms_1, Tuple request) {
  const auto g = gather_from(request);
  if (!g) return badarg(c);
  if (!g->here || (g->allocator != eheap && g->allocator != binary)) return Term::small(0);
  std::vector<std::size_t> parts(g->width);
  const auto count = [&](std::size_t bytes) { ++parts[histogram_part(bytes, g->start, g->width)]; };
  stop_the_world([&] {
    if (g->allocator == binary)
      return for_each_binary_of_processes([&](const RefcBinary& b) { count(b.capacity); });
    for (const Term pid : all_pids()) {
      const Process* p = find_process(pid);
      if (p == nullptr) continue;
      count(p->heap.heap_size() * sizeof(Word));
      if (p->heap.old_size() != 0) count(p->heap.old_size() * sizeof(Word));
    }
  });
  GrowingFragmentHeap h;
  const Term own = make_ref_with_key(h, ref_key(g->ref));
  const Term type = g->allocator == binary ? am::binary : intern("heap");
  const Term found = list_of(h, make_tuple(h, intern("system"), type, histogram(h, parts)));
  send_to(c, h, make_tuple(h, own, Term::small(0), found));
  return Term::small(1);
}

// gather_carrier_info({Allocator, Instance, Width, Start, Ref}) -> number of answers {Ref, [{Allocator,
// InPool, Bytes, Unscanned, [{Type, Count, Bytes}], FreeBlocks}]}.
JOIST_DEFINE_BIF(erts_internal_gather_carrier_info_1, Tuple request) {
  const auto g = gather_from(request);
  if (!g) return badarg(c);
  if (!g->here) return Term::small(0);
  const Use u = measure(false).of[g->allocator];
  GrowingFragmentHeap h;
  ListBuilder found(h);
  if (u.carrier != 0) {
    std::vector<std::size_t> free(g->width);
    if (u.carrier > u.bytes) ++free[histogram_part(u.carrier - u.bytes, g->start, g->width)];
    const Term name = intern(kNames[g->allocator]);
    const Term used = list_of(h, make_tuple(h, name, small(u.count), small(u.bytes)));
    const Term words[] = {name, am::false_, small(u.carrier), Term::small(0), used, histogram(h, free)};
    found.add(make_tuple_from(h, words));
  }
  const Term own = make_ref_with_key(h, ref_key(g->ref));
  send_to(c, h, make_tuple(h, own, found.list()));
  return Term::small(1);
}

}  // namespace joist
