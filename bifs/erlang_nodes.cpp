// erlang: nodes and their monitors, while this node is not distributed: it knows itself only.
#include "bifs/bifs.hpp"
#include "vm/term/identifier.hpp"

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

// OTP: without distribution there are no other nodes to watch; watching oneself does nothing.
Term monitor_node(Call& c, Atom node, Boolean) {
  return node.term() == this_node()->name ? am::true_ : raise_error(c, am::notalive);
}

}  // namespace

JOIST_DEFINE_BIF(erlang_nodes_0) { return Term::nil(); }

// nodes(Type | [Type])
JOIST_DEFINE_BIF(erlang_nodes_1, Term types) {
  const auto self = include_this_node(types);
  if (!self) return badarg(c);
  return *self ? make_cons(c.heap(), this_node()->name, Term::nil()) : Term::nil();
}

// nodes(Type | [Type], #{connection_id => boolean(), node_type => boolean()}) -> [{Node, #{...}}]
JOIST_DEFINE_BIF(erlang_nodes_2, Term types, Map options) {
  const auto self = include_this_node(types);
  if (!self) return badarg(c);
  std::vector<Term> info;
  MapIterator each(options.t);
  for (Term key, value; each.next(&key, &value);) {
    const auto wanted = Boolean::from(value);
    if (!wanted || (key != am::connection_id && key != am::node_type)) return badarg(c);
    if (!wanted->value) continue;
    info.push_back(key);
    info.push_back(key == am::connection_id ? am::undefined : am::this_);
  }
  if (!*self) return Term::nil();
  const Term entry = make_tuple(c.heap(), this_node()->name, map_from_pairs(c.heap(), info));
  return make_cons(c.heap(), entry, Term::nil());
}

JOIST_BIF_BODY(erlang_monitor_node_2, monitor_node)
JOIST_DEFINE_BIF(erlang_monitor_node_3, Atom node, Boolean on, Term options) {
  for (; options.is_cons(); options = options.tail())
    if (atom_text(options.head()) != "allow_passive_connect") return badarg(c);
  return options.is_nil() ? monitor_node(c, node, on) : badarg(c);
}

}  // namespace joist
