// erlang: this node's name, the nodes it knows, and their monitors. There are no connections to others.
#include "bifs/bifs.hpp"
#include "bifs/process_options.hpp"
#include "gc/copy.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/process/distribution.hpp"
#include "vm/process/table.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

// Whether nodes of this kind, or of one of these kinds, include this node; nullopt: no such kind.
std::optional<bool> include_this_node(Term types) {
  bool self = false;
  const auto consider = [&](Term type) {
    if (type == am::known || type == am::this_)
      self = true;
    else if (type != am::visible && type != am::hidden && type != am::connected)
      return false;
    return true;
  };
  if (types.is_atom()) return consider(types) ? std::optional(self) : std::nullopt;
  for (; types.is_cons(); types = types.tail())
    if (!consider(types.head())) return std::nullopt;
  return types.is_nil() ? std::optional(self) : std::nullopt;
}

// Nodes that this one knows of: others whose identifiers have been seen, and itself.
void add_nodes(Term types, std::vector<std::pair<Term, Term>>& found) {
  bool known = false, self = false;
  const auto consider = [&](Term type) {
    known = known || type == am::known;
    self = self || type == am::known || type == am::this_;
  };
  if (types.is_atom()) consider(types);
  for (; types.is_cons(); types = types.tail()) consider(types.head());
  if (known)
    for (const Term name : other_node_names()) found.emplace_back(name, am::known);
  if (self) found.emplace_back(this_node()->name, am::this_);
}

// OTP: without distribution there are no other nodes to watch; watching oneself does nothing. No other node
// can be connected to, so one that is watched is down.
Term monitor_node(Call& c, Atom node, Term on) {
  const auto b = Boolean::from(on);
  if (node.term() == this_node()->name) return b ? am::true_ : badarg(c);
  if (!node_is_alive()) return raise_error(c, am::notalive);
  if (!b) return badarg(c);
  if (!b->value) return am::true_;
  want_connection(node.term());
  FragmentHeap h(3);
  const Term message = make_tuple(h, am::nodedown, node.term());
  send_fragment(c.process.pid, message, h.finish());
  return am::true_;
}

// An atom with a name, @, and a host.
bool is_node_name(Term t) {
  if (!t.is_atom()) return false;
  const std::string_view text = atom_text(t);
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at != 0 && at + 1 < text.size() && text.size() <= 255 &&
         text.find('@', at + 1) == std::string_view::npos;
}

}  // namespace

JOIST_DEFINE_BIF(erlang_nodes_0) { return Term::nil(); }

// nodes(Type | [Type])
JOIST_DEFINE_BIF(erlang_nodes_1, Term types) {
  if (!include_this_node(types)) return badarg(c);
  std::vector<std::pair<Term, Term>> found;
  add_nodes(types, found);
  ListBuilder list(c.heap());
  for (const auto& [name, type] : found) list.add(name);
  return list.list();
}

// nodes(Type | [Type], #{connection_id => boolean(), node_type => boolean()}) -> [{Node, #{...}}]
JOIST_DEFINE_BIF(erlang_nodes_2, Term types, Map options) {
  if (!include_this_node(types)) return badarg(c);
  bool with_connection = false, with_type = false;
  MapIterator each(options.t);
  for (Term key, value; each.next(&key, &value);) {
    const auto wanted = Boolean::from(value);
    if (!wanted || (key != am::connection_id && key != am::node_type)) return badarg(c);
    (key == am::connection_id ? with_connection : with_type) = wanted->value;
  }
  std::vector<std::pair<Term, Term>> found;
  add_nodes(types, found);
  ListBuilder list(c.heap());
  for (const auto& [name, type] : found) {
    std::vector<Term> info;
    if (with_connection) info.insert(info.end(), {am::connection_id, am::undefined});
    if (with_type) info.insert(info.end(), {am::node_type, type});
    list.add(make_tuple(c.heap(), name, map_from_pairs(c.heap(), info)));
  }
  return list.list();
}

// setnode(Name, Creation) -> true. Only net_kernel may, once.
JOIST_DEFINE_BIF(erlang_setnode_2, Term name, Term creation) {
  const auto number = to_uint64(creation);
  const Term net_kernel = whereis_name(am::net_kernel);
  if (!number || *number > UINT32_MAX || *number < 4 || !is_node_name(name) || name == am::nonode_at_nohost ||
      node_is_alive() || !net_kernel.is_local_pid())
    return badarg(c);
  stop_the_world([&] { set_this_node(name, static_cast<std::uint32_t>(*number)); });
  start_distribution(net_kernel, name);
  return am::true_;
}

// new_connection(Node) -> ConnectionId
JOIST_DEFINE_BIF(erts_internal_new_connection_1, Atom node) {
  if (!node_is_alive() || node.term() == this_node()->name) return badarg(c);
  return attempt_term(c.heap(), connection_attempt(node.term()));
}
// abort_pending_connection(Node, ConnectionId) -> boolean()
JOIST_DEFINE_BIF(erts_internal_abort_pending_connection_2, Atom node, Tuple id) {
  if (id.arity() != 2 || !id[0].is_small()) return badarg(c);
  return make_bool(abort_connection(node.term(), static_cast<std::uint32_t>(id[0].small_value())));
}

// dist_spawn_request(Node, {M, F, A}, Options, spawn_request | spawn_opt) -> Ref | {Ref, Monitored} | badarg.
// No node can be connected to: the request is answered so.
JOIST_DEFINE_BIF(erts_internal_dist_spawn_request_4, Term node, Term mfa, Term list, Term kind) {
  const auto t = Tuple::from(mfa);
  if (!node.is_atom() || !t || t->arity() != 3 || !(*t)[0].is_atom() || !(*t)[1].is_atom() ||
      !list_length((*t)[2]) || !list_length(list))
    return am::badarg;
  SpawnOptions options = default_spawn_options();
  options.request = kind == am::spawn_request;
  const bool known = parse_spawn_options(list, &options);
  want_connection(node);
  const Term ref = make_ref(c.heap());
  if (options.reply_error || !options.request) {
    GrowingFragmentHeap h;
    const Term tag = copy_term(h, options.reply_tag), own_ref = copy_term(h, ref);
    const Term message = make_tuple(h, tag, own_ref, am::error, known ? am::noconnection : am::badopt);
    send_fragment(c.process.pid, message, h.finish());
  }
  return options.request ? ref : make_tuple(c.heap(), ref, make_bool(options.monitor));
}

JOIST_BIF_BODY(erlang_monitor_node_2, monitor_node)
JOIST_DEFINE_BIF(erlang_monitor_node_3, Atom node, Term on, Term options) {
  for (; options.is_cons(); options = options.tail())
    if (atom_text(options.head()) != "allow_passive_connect") return badarg(c);
  return options.is_nil() ? monitor_node(c, node, on) : badarg(c);
}

}  // namespace joist
