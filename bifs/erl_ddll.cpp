// erl_ddll: drivers in C, loaded and unloaded.
#include "bifs/bifs.hpp"
#include "bifs/taints.hpp"
#include "vm/ports/loadable/driver_table.hpp"
#include "vm/term/iolist.hpp"

namespace joist {
namespace {

// A driver's name: an iolist, or an atom that is not empty.
std::optional<std::string> driver_name(Term t) {
  std::string name;
  if (t.is_atom() ? atom_text(t).empty() : !append_iolist(name, t)) return std::nullopt;
  if (t.is_atom()) name = atom_text(t);
  return name.find('\0') == std::string::npos ? std::optional(name) : std::nullopt;
}

std::optional<DriverWish> wish_from(Term t) {
  if (!t.is_atom()) return std::nullopt;
  if (atom_text(t) == "pending") return DriverWish::pending;
  if (atom_text(t) == "pending_driver") return DriverWish::pending_driver;
  return std::nullopt;
}

// [kill_ports]
bool parse_driver_options(Term list, bool* kill_ports) {
  for (; list.is_cons(); list = list.tail()) {
    if (!list.head().is_atom() || atom_text(list.head()) != "kill_ports") return false;
    *kill_ports = true;
  }
  return list.is_nil();
}

bool parse_options(Term list, bool loading, DriverRequest* r) {
  for (; list.is_cons(); list = list.tail()) {
    const Term option = list.head();
    const auto pair = Tuple::from(option);
    if (!pair) {
      if (loading || !option.is_atom() || atom_text(option) != "kill_ports") return false;
      r->kill_ports = true;
      continue;
    }
    if (pair->arity() != 2 || !(*pair)[0].is_atom()) return false;
    const std::string_view key = atom_text((*pair)[0]);
    if (loading && key == "driver_options") {
      if (!parse_driver_options((*pair)[1], &r->kill_ports)) return false;
      continue;
    }
    const auto wish = wish_from((*pair)[1]);
    if (!wish || (key != "monitor" && !(loading && key == "reload"))) return false;
    (key == "monitor" ? r->monitor : r->reload) = *wish;
  }
  return list.is_nil();
}

Term error_term(Heap& h, const DriverError& error) {
  if (const int* number = std::get_if<int>(&error))
    return make_tuple(h, intern("open_error"), Term::small(*number));
  return std::get<Term>(error);
}

// {ok, Status} | {ok, Status, Ref} | {error, Reason}
Term answer_term(Heap& h, const DriverAnswer& a, Term ref) {
  if (a.error) return make_tuple(h, am::error, error_term(h, *a.error));
  return a.monitored ? make_tuple(h, am::ok, a.status, ref) : make_tuple(h, am::ok, a.status);
}

// OTP: what it says to each of its errors.
std::string_view error_text(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
      {"inconsistent", "Driver name and/or driver options are inconsistent with currently loaded driver"},
      {"linked_in_driver", "Driver is statically linked and cannot be loaded/unloaded"},
      {"permanent", "DDLL driver is permanent an cannot be unloaded/loaded"},
      {"not_loaded", "DDLL driver is not loaded"},
      {"not_loaded_by_this_process", "DDLL driver was not loaded by this process"},
      {"not_pending", "DDLL load not pending for this driver name"},
      {"already_loaded", "DDLL driver is already loaded successfully"},
      {"pending_reload", "Driver reloading is already pending"},
      {"pending_process", "Driver is loaded by others when attempting option {reload, pending_driver}"},
      {"load_cancelled", "Loading was cancelled from other process"},
      {"bad_driver_name", "Bad driver name"},
      {"driver_name_to_long", "Driver name to long"},
      {"no_driver_init", "No driver init in dynamic library"},
      {"driver_init_failed", "Driver init failed"},
      {"driver_incorrect_version", "Driver compiled with incorrect version of erl_driver.h"},
      {"unspecified_error", "Unspecified dynamic library error"},
  };
  for (const auto& [key, text] : kTexts)
    if (key == name) return text;
  return {};
}

Term counts(Heap& h, const std::vector<std::pair<Term, std::size_t>>& all) {
  ListBuilder list(h);
  for (const auto& [pid, n] : all) list.add(make_tuple(h, pid, Term::small(static_cast<std::int64_t>(n))));
  return list.list();
}

}  // namespace

// try_load(Path, Name, Options)
JOIST_DEFINE_BIF(erl_ddll_try_load_3, Term path, Term name, Term options) {
  DriverRequest r{.pid = c.process.pid};
  const auto text = driver_name(name);
  if (!text || !path.is_list() || !append_iolist(r.path, path) || !parse_options(options, true, &r))
    return badarg(c);
  while (!r.path.empty() && r.path.back() == '/') r.path.pop_back();
  r.name = *text;
  r.path += "/" + r.name;
  const Term ref = make_ref(c.heap());
  r.ref = ref_key(ref);
  const DriverAnswer answer = load_driver(r);
  if (!answer.error) add_taint(intern(r.name));
  return answer_term(c.heap(), answer, ref);
}

// try_unload(Name, Options)
JOIST_DEFINE_BIF(erl_ddll_try_unload_2, Term name, Term options) {
  DriverRequest r{.pid = c.process.pid};
  const auto text = driver_name(name);
  if (!text || !parse_options(options, false, &r)) return badarg(c);
  r.name = *text;
  const Term ref = make_ref(c.heap());
  r.ref = ref_key(ref);
  return answer_term(c.heap(), unload_driver(r), ref);
}

// monitor(driver, {Name, loaded | unloaded | unloaded_only}) -> Ref
JOIST_DEFINE_BIF(erl_ddll_monitor_2, Atom tag, Tuple item) {
  if (atom_text(tag.term()) != "driver" || item.arity() != 2) return badarg(c);
  const auto name = driver_name(item[0]);
  if (!name) return badarg(c);
  const Term ref = make_ref(c.heap());
  return monitor_driver(c.process.pid, ref_key(ref), *name, item[0], item[1]) ? ref : badarg(c);
}

JOIST_DEFINE_BIF(erl_ddll_demonitor_1, Term ref) {
  if (!ref.is_box(BoxKind::ref)) return badarg(c);
  demonitor_driver(c.process.pid, ref_key(ref));
  return am::true_;
}

// info(Name, Item)
JOIST_DEFINE_BIF(erl_ddll_info_2, Term name, Atom item) {
  const auto text = driver_name(name);
  const auto info = text ? driver_info(*text) : std::nullopt;
  if (!info) return badarg(c);
  const std::string_view key = atom_text(item.term());
  if (key == "linked_in_driver") return make_bool(info->built_in);
  if (key == "permanent") return make_bool(info->permanent && !info->built_in);
  const auto unless_fixed = [&](auto value) {
    return info->built_in ? intern("linked_in_driver") : info->permanent ? intern("permanent") : value();
  };
  Heap& h = c.heap();
  if (key == "processes") return unless_fixed([&] { return counts(h, info->users); });
  if (key == "port_count")
    return unless_fixed([&] { return Term::small(static_cast<std::int64_t>(info->ports)); });
  if (key == "awaiting_load") return unless_fixed([&] { return counts(h, info->awaiting_load); });
  if (key == "awaiting_unload") return unless_fixed([&] { return counts(h, info->awaiting_unload); });
  if (key == "driver_options")
    return info->built_in     ? intern("linked_in_driver")
           : info->kill_ports ? make_cons(h, intern("kill_ports"), Term::nil())
                              : Term::nil();
  return badarg(c);
}

// format_error_int(Reason) -> string()
JOIST_DEFINE_BIF(erl_ddll_format_error_int_1, Term reason) {
  if (reason.is_atom()) {
    const std::string_view text = error_text(atom_text(reason));
    return text.empty() ? badarg(c) : make_string_list(c.heap(), text);
  }
  const auto t = Tuple::from(reason);
  if (!t || t->arity() != 2 || (*t)[0] != intern("open_error") || !(*t)[1].is_small()) return badarg(c);
  return make_string_list(c.heap(), driver_error_text(static_cast<int>((*t)[1].small_value())));
}

// {ok, Names}
JOIST_DEFINE_BIF(erl_ddll_loaded_drivers_0) {
  ListBuilder list(c.heap());
  for (const std::string_view name : kDriversOfOtp) list.add(make_string_list(c.heap(), name));
  for (const std::string& name : loaded_driver_names()) list.add(make_string_list(c.heap(), name));
  return make_tuple(c.heap(), am::ok, list.list());
}

}  // namespace joist
