// erts_debug: sizes and sharing of terms, looking into the virtual machine.
#include <chrono>
#include <thread>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/code/instruction_set.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"
#include "vm/term/hamt.hpp"

namespace joist {

// OTP: there is one {}.
JOIST_DEFINE_BIF(erts_debug_same_2, Term a, Term b) {
  const auto s = Tuple::from(a), t = Tuple::from(b);
  return make_bool(a == b || (s && t && s->arity() == 0 && t->arity() == 0));
}
JOIST_DEFINE_BIF(erts_debug_flat_size_1, Term t) {
  const std::size_t words = flat_size_with_literals(t);
  spend_for(c, words, 64);
  return make_uint(c.heap(), words);
}
JOIST_DEFINE_BIF(erts_debug_size_shared_1, Term t) {
  const std::size_t words = shared_size(t);
  spend_for(c, words, 32);
  return make_uint(c.heap(), words);
}
// copy_shared(Term, Options): a copy; sharing inside the term is not kept.
JOIST_DEFINE_BIF(erts_debug_copy_shared_2, Term t, List options) {
  spend_for(c, flat_size(t), 64);
  return copy_term(c.heap(), t);
}

namespace {

void sleep_ms(std::int64_t n) { std::this_thread::sleep_for(std::chrono::milliseconds(n)); }

void send_alive(Call& c, Term to) {
  if (Process* p = find_process(to))
    send_message(nullptr, *p, make_tuple(c.heap(), intern("alive"), c.process.pid));
}

// dirty(What, Argument): runs for tests on the kind of thread that `kind` names.
Term dirty_test(Call& c, Term kind, Term what, Term argument) {
  const std::string_view name = what.is_atom() ? atom_text(what) : std::string_view();
  const bool natural = argument.is_small() && argument.small_value() >= 0;
  const bool dirty = kind != am::normal;
  if (what == am::wait && natural) {
    if (dirty) {
      const Away away(c.process);
      sleep_ms(argument.small_value());
    } else {
      sleep_ms(argument.small_value());
    }
    return am::ok;
  }
  // An odd number never comes to 0 in steps of 2.
  if (name == "reschedule" && natural) return argument.small_value() % 2 == 0 ? am::ok : badarg(c);
  if (what == am::error) return argument.is_atom() ? raise_error(c, argument) : badarg(c);
  if (name == "alive_waitexiting" && dirty && argument.is_local_pid()) {
    send_alive(c, argument);
    const Away away(c.process);
    while (!away.exited()) sleep_ms(100);
    sleep_ms(1000);
    return am::ok;
  }
  if (name == "ready_wait6_done" && dirty && argument.is_local_pid()) {
    Process* p = find_process(argument);
    if (p != nullptr) send_message(nullptr, *p, make_tuple(c.heap(), intern("ready"), c.process.pid));
    {
      const Away away(c.process);
      sleep_ms(6000);
      if (away.exited()) return am::ok;
    }
    p = find_process(argument);
    if (p != nullptr) send_message(nullptr, *p, make_tuple(c.heap(), intern("done"), c.process.pid));
    return am::ok;
  }
  if (what == am::scheduler && argument == am::type) return kind;
  if (what == am::copy) {
    Term list = Term::nil();
    for (int i = 0; i < 1000; ++i) list = make_cons(c.heap(), copy_term(c.heap(), argument), list);
    return list;
  }
  if (what == am::send && argument.is_local_pid()) {
    Process* p = find_process(argument);
    if (p != nullptr) send_message(nullptr, *p, make_tuple(c.heap(), am::ok, c.process.pid));
    return am::ok;
  }
  return badarg(c);
}

// Nodes of a large map by number of children, leaves by level.
struct MapShape {
  std::size_t depth = 0, nodes = 0, leaves = 0;
  std::size_t by_children[16] = {}, by_level[16] = {};
};
MapShape shape_of(Term map) {
  MapShape s;
  std::vector<std::pair<Term, std::size_t>> rest{{map, 0}};
  while (!rest.empty()) {
    const auto [t, level] = rest.back();
    rest.pop_back();
    if (t.is_cons()) {
      ++s.leaves;
      ++s.by_level[std::min<std::size_t>(level, 15)];
      s.depth = std::max(s.depth, level);
      continue;
    }
    const detail::TrieNode node(t);
    ++s.nodes;
    ++s.by_children[std::min<std::size_t>(node.child_count(), 16) - 1];
    for (std::size_t i = 0; i < node.child_count(); ++i) rest.push_back({node.children()[i], level + 1});
  }
  return s;
}

Term counts(Heap& h, std::span<const std::size_t> n) {
  std::vector<Term> elements;
  for (const std::size_t x : n) elements.push_back(make_uint(h, x));
  return make_tuple_from(h, elements);
}

}  // namespace

JOIST_DEFINE_BIF(erts_debug_dirty_cpu_2, Term what, Term argument) {
  return dirty_test(c, am::dirty_cpu, what, argument);
}
JOIST_DEFINE_BIF(erts_debug_dirty_io_2, Term what, Term argument) {
  return dirty_test(c, am::dirty_io, what, argument);
}
// dirty(normal | dirty_cpu | dirty_io, What, Argument)
JOIST_DEFINE_BIF(erts_debug_dirty_3, Term kind, Term what, Term argument) {
  if (kind == am::normal) return dirty_test(c, am::normal, what, argument);
  if (kind != am::dirty_cpu && kind != am::dirty_io) return badarg(c);
  const Term rest = intern(kind == am::dirty_cpu ? "$dirty_cpu" : "$dirty_io");
  return trap(c, find_or_make_export(am::erts_debug, rest, 3), {kind, what, argument});
}
JOIST_DEFINE_BIF(erts_debug_dirty_rest_3, Term kind, Term what, Term argument) {
  stand_for(c, am::erts_debug, intern("dirty"));
  return dirty_test(c, kind, what, argument);
}

// disassemble(Where) -> false: there is nothing that it would show as OTP does; `joist disasm` shows code.
JOIST_DEFINE_BIF(erts_debug_disassemble_1, Term) { return am::false_; }
// instructions() -> names of the virtual machine's instructions
JOIST_DEFINE_BIF(erts_debug_instructions_0) {
  ListBuilder list(c.heap());
  for (const VariantInfo& v : InstructionSet::instance().variants())
    list.add(make_string_list(c.heap(), v.name));
  return list.list();
}
JOIST_DEFINE_BIF(erts_debug_interpreter_size_0) { return Term::small(0); }
// Counting of locks is not built in.
JOIST_DEFINE_BIF(erts_debug_lcnt_clear_0) { return am::error; }
JOIST_DEFINE_BIF(erts_debug_lcnt_collect_0) { return am::error; }
JOIST_DEFINE_BIF(erts_debug_lcnt_control_1, Term) { return badarg(c); }
JOIST_DEFINE_BIF(erts_debug_lcnt_control_2, Term, Term) { return badarg(c); }

// map_info(Map) -> [{depth, D}, {arrays, N, []}, {bitmaps, N, NodesByChildren}, {leafs, N, LeavesByLevel}]
JOIST_DEFINE_BIF(erts_debug_map_info_1, Term map) {
  if (!map.is_map()) return raise_error(c, make_tuple(c.heap(), am::badmap, map));
  if (!map.is_box(BoxKind::hash_map)) return badarg(c);
  Heap& h = c.heap();
  const MapShape s = shape_of(map);
  const Term items[] = {
      make_tuple(h, am::depth, make_uint(h, s.depth)),
      make_tuple(h, am::arrays, Term::small(0), Term::nil()),
      make_tuple(h, am::bitmaps, make_uint(h, s.nodes), counts(h, s.by_children)),
      make_tuple(h, am::leafs, make_uint(h, s.leaves), counts(h, s.by_level)),
  };
  return make_list_from(h, items);
}

}  // namespace joist
