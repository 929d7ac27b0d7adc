// erlang, erts_internal: loading, replacing and asking about code. The code server and code:* are OTP's own.
#include <unistd.h>

#include <algorithm>

#include "bifs/bifs.hpp"
#include "bifs/prim_file.hpp"
#include "bifs/taints.hpp"
#include "bifs/work.hpp"
#include "loader/beam_file.hpp"
#include "loader/load.hpp"
#include "loader/read_ahead.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/code/literal_release.hpp"
#include "vm/code/module.hpp"
#include "vm/nif/nif.hpp"
#include "vm/process/log.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/list.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/print.hpp"

namespace joist {
namespace {

// What prepare_loading/2 returns, behind a magic reference: code that is ready but not yet reachable.
struct PreparedCode final : MagicObject {
  std::unique_ptr<Instance> instance;  // null once it has been committed
};

ByteSpan byte_span(std::string_view s) { return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}; }

// The current instance, or null.
const Instance* current_instance(Term module) {
  const Module* m = find_module(module);
  return m != nullptr ? m->current.get() : nullptr;
}

// The one export that stands for a module's running on_load function.
Export* on_load_export(Term module) { return find_or_make_export(module, am::on_load_function, 0); }

Term name_and_arity(Call& c, Term name, std::uint32_t arity) {
  return make_tuple(c.heap(), name, Term::small(arity));
}

// Modules of OTP that load native functions which joist has as BIFs; other BIFs are no native functions.
bool is_native_module(Term module) {
  const std::string_view name = atom_text(module);
  return name == "erl_tracer" || name == "zlib" || name.starts_with("prim_");
}

// An item of module_info, or none() if there is no such item.
Term module_info_item(Call& c, const Instance& m, Term item) {
  ListBuilder list(c.heap());
  if (item == am::module) return m.module;
  if (item == am::exports) {
    // OTP: last in the file's table, first in the list.
    for (auto e = m.exports.rbegin(); e != m.exports.rend(); ++e)
      list.add(name_and_arity(c, e->function, e->arity));
    return list.list();
  }
  if (item == am::functions) {
    for (const FunctionInfo& f : m.functions) list.add(name_and_arity(c, f.name, f.arity));
    return list.list();
  }
  if (item == am::nifs) {
    if (m.nif_functions.empty() && is_native_module(m.module)) {
      for (const auto& f : m.exports)
        if (const Export* e = find_export(m.module, f.function, f.arity); e != nullptr && e->bif >= 0)
          list.add(name_and_arity(c, f.function, f.arity));
      return list.list();
    }
    if (m.library != nullptr) {
      for (const NativeFunction* f : native_functions_of(m))
        list.add(name_and_arity(c, f->function, f->arity));
      return list.list();
    }
    for (const auto& [name, arity] : m.nif_functions) list.add(name_and_arity(c, name, arity));
    return list.list();
  }
  if (item == am::attributes) return m.attributes;
  if (item == am::compile) return m.compile_info;
  if (item == am::md5) return make_binary_copy(c.heap(), m.md5, sizeof m.md5);
  if (item == am::native) return am::false_;
  if (item == am::native_addresses) return Term::nil();
  return Term::none();
}

// Modules that load a library of native functions in OTP; in joist those are BIFs.
bool has_built_in_nifs(Term module) {
  for (std::size_t i = 0; i < bif_count(); ++i)
    if (bif_info(static_cast<std::int32_t>(i)).module == module) return true;
  return false;
}

Term error_list(Call& c, Term what, const std::vector<Term>& modules) {
  return make_tuple(c.heap(), what, make_list_from(c.heap(), modules));
}

}  // namespace

// ---- loading ----

static void log_error(Process& process, std::string_view format, std::string_view text) {
  GrowingFragmentHeap h;
  log_event(LogLevel::error, format, make_cons(h, make_string_list(h, text), Term::nil()),
            process.group_leader, process.pid);
}

// OTP: why a file is refused is in no result, it goes to the logger.
static void log_bad_file(Process& process, Term module, const std::string& why) {
  log_error(process, "~ts~n", "Error loading module " + to_text(module) + ":\n  " + why + "\n");
}

// prepare_loading(Module, Code) -> reference | {error, badfile}
JOIST_DEFINE_BIF(erts_internal_prepare_loading_2, Atom module, Binary code) {
  std::string scratch;
  const ByteSpan image = byte_span(aligned_bytes(code, scratch));
  LoadResult loaded;
  loaded.instance = take_read_ahead(atom_text(module.term()), image);
  if (!loaded.instance) loaded = load_module(image);
  if (!loaded.instance || loaded.instance->module != module.term()) {
    log_bad_file(c.process, module.term(),
                 loaded.instance ? "module name in object code is " + to_text(loaded.instance->module)
                                 : loaded.error.what);
    return make_tuple(c.heap(), am::error, am::badfile);
  }
  auto* prepared = new PreparedCode;
  prepared->instance = std::move(loaded.instance);
  return make_magic_ref(c.heap(), prepared);
}

JOIST_DEFINE_BIF(erlang_has_prepared_code_on_load_1, Term reference) {
  const auto* prepared = magic_cast<PreparedCode>(reference);
  if (prepared == nullptr || prepared->instance == nullptr) return badarg(c);
  return make_bool(prepared->instance->on_load != nullptr);
}

// finish_loading([Prepared]) -> ok | {duplicated | not_purged | on_load, [Module]}
// All modules become current at once, or none does. OTP: a module with an on_load function must come alone;
// it is then loaded, but waits for call_on_load_function/1 and finish_after_on_load/2.
JOIST_DEFINE_BIF(erlang_finish_loading_1, Term) { return after_others(c, am::erlang, "$finish_loading"); }
JOIST_DEFINE_BIF(erlang_finish_loading_rest_1, Term list) {
  stand_for(c, am::erlang, intern("finish_loading"));
  std::vector<PreparedCode*> all;
  for (; list.is_cons(); list = list.tail()) {
    auto* prepared = magic_cast<PreparedCode>(list.head());
    if (prepared == nullptr || prepared->instance == nullptr) return badarg(c);
    all.push_back(prepared);
  }
  if (!list.is_nil()) return badarg(c);
  if (all.empty()) return am::ok;
  std::vector<Term> names, duplicated, not_purged, on_load;
  for (const PreparedCode* p : all) names.push_back(p->instance->module);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      duplicated.push_back(names[i]);
  if (!duplicated.empty()) return error_list(c, am::duplicated, duplicated);
  // OTP: several modules at once must have no on_load function.
  if (all.size() > 1)
    for (const PreparedCode* p : all)
      if (p->instance->on_load != nullptr) return system_limit(c);
  stop_the_world([&] {
    for (PreparedCode* p : all) {
      const Module* m = find_module(p->instance->module);
      if (m != nullptr && m->on_load != nullptr)
        on_load.push_back(m->name);
      else if (m != nullptr && m->current != nullptr && m->old != nullptr)
        not_purged.push_back(m->name);
    }
    if (!not_purged.empty() || !on_load.empty()) return;
    if (all[0]->instance->on_load != nullptr) on_load.push_back(all[0]->instance->module);
    for (PreparedCode* p : all) commit_instance(std::move(p->instance));
  });
  if (!not_purged.empty()) return error_list(c, am::not_purged, not_purged);
  if (!on_load.empty()) return error_list(c, am::on_load, on_load);
  return am::ok;
}

// call_on_load_function(Module) -- the result of Module's on_load function.
JOIST_DEFINE_BIF(erlang_call_on_load_function_1, Atom module) {
  const Module* m = find_module(module.term());
  if (m == nullptr || m->on_load == nullptr) return badarg(c);
  Export* e = on_load_export(module.term());
  e->address.store(m->on_load->on_load, std::memory_order_release);
  return trap(c, e, {});
}

// finish_after_on_load(Module, Keep) -- Keep: the code becomes current; else it stays out of reach until
// purged.
JOIST_DEFINE_BIF(erlang_finish_after_on_load_2, Atom module, Boolean keep) {
  bool possible = true;
  stop_the_world([&] {
    const Module* m = find_module(module.term());
    possible =
        m != nullptr && m->on_load != nullptr && !(keep.value && m->current != nullptr && m->old != nullptr);
    if (!possible) return;
    reset_to_stub(*on_load_export(module.term()));
    if (keep.value) finish_on_load(module.term());
  });
  return possible ? am::true_ : badarg(c);
}

JOIST_DEFINE_BIF(erlang_delete_module_1, Atom) { return after_others(c, am::erlang, "$delete_module"); }
JOIST_DEFINE_BIF(erlang_delete_module_rest_1, Atom module) {
  stand_for(c, am::erlang, intern("delete_module"));
  // OTP: true also where a module of this name has gone, or has failed to load.
  if (find_module(module.term()) == nullptr) return am::undefined;
  bool deleted = false;
  stop_the_world([&] { deleted = delete_current(module.term()); });
  if (deleted) return am::true_;
  log_error(c.process, "~s~n", "Module " + to_text(module.term()) + " must be purged before deleting\n");
  return badarg(c);
}

JOIST_DEFINE_BIF(erlang_check_old_code_1, Atom module) {
  const Module* m = find_module(module.term());
  return make_bool(m != nullptr && m->old != nullptr);
}

// A purge is about the old code. That of code whose on_load function has failed is done in its place, which
// is why the old code waits meanwhile where the other was. One process does all purges, one after the other.
static Term module_set_aside = Term::none();
static void set_old_code_aside(Module& m) {
  if (m.old == nullptr) return;
  std::swap(m.old, m.on_load);
  module_set_aside = m.name;
}
static void bring_old_code_back(Module& m) {
  if (module_set_aside != m.name) return;
  std::swap(m.old, m.on_load);
  module_set_aside = Term::none();
}

// purge_module(Module, prepare | prepare_on_load | abort | complete) -- steps of erts_code_purger.
JOIST_DEFINE_BIF(erts_internal_purge_module_2, Atom module, Atom operation) {
  const Term name = module.term(), op = operation.term();
  Module* m = find_module(name);
  if (op == am::prepare || op == am::prepare_on_load) {
    const bool possible = m != nullptr && (op == am::prepare ? m->old : m->on_load) != nullptr;
    if (possible)
      stop_the_world([&] {
        if (op == am::prepare_on_load) set_old_code_aside(*m);
        prepare_purge(name);
      });
    return make_bool(possible);
  }
  if (op == am::abort) {
    stop_the_world([&] {
      abort_purge(name);
      if (m != nullptr) bring_old_code_back(*m);
    });
    return am::false_;
  }
  if (op != am::complete) return badarg(c);
  PurgedParts parts;
  stop_the_world([&] {
    parts = complete_purge(name);
    if (m != nullptr) bring_old_code_back(*m);
  });
  release_literals(std::move(parts.literals));
  if (parts.library != nullptr) parts.library->unload();
  return am::true_;
}

// erts_literal_area_collector:release_area_switch() -> whether there is an area to copy literals from: what
// was asked for before has been done by all processes.
JOIST_DEFINE_BIF(erts_literal_area_collector_release_area_switch_0) {
  bool more = false;
  stop_the_world([&] { more = switch_leaving_area(); });
  return make_bool(more);
}

// load_nif(Path, Info) -> ok | {error, {Why, Text}}. Modules of OTP whose native functions are BIFs of joist
// have nothing to load.
JOIST_DEFINE_BIF(erlang_load_nif_2, Term path, Term info) {
  const auto name = list_to_utf8(path);
  if (!name) return badarg(c);
  const Instance* caller = instance_at(c.process.ip);
  if (caller != nullptr && has_built_in_nifs(caller->module)) {
    // OTP: part of the emulator, if they are there from the start; else libraries.
    if (atom_text(caller->module) == "prim_tty") {
      for (const Term made_by_it : {am::canon, am::ebadf, am::sig}) atom_number(made_by_it);
    } else if (!caller->preloaded) {
      add_taint(caller->module);
    }
    if (caller->module == am::prim_file && info.is_local_pid()) set_file_closer(info);
    return am::ok;
  }
  if (caller == nullptr) return badarg(c);
  const Term module = caller->module;
  const LibraryLoad loaded = load_library(c, *caller, *name, info);
  if (loaded.tag == am::ok) {
    add_taint(module);
    return am::ok;
  }
  const Term text = make_string_list(c.heap(), loaded.text);
  return make_tuple(c.heap(), am::error, make_tuple(c.heap(), loaded.tag, text));
}

// ---- asking ----

JOIST_DEFINE_BIF(erlang_module_loaded_1, Atom module) {
  return make_bool(current_instance(module.term()) != nullptr);
}

JOIST_DEFINE_BIF(erlang_loaded_0) { return make_list_from(c.heap(), loaded_modules()); }

JOIST_DEFINE_BIF(erlang_pre_loaded_0) {
  ListBuilder list(c.heap());
  for (const Term name : loaded_modules())
    if (const Instance* i = current_instance(name); i != nullptr && i->preloaded) list.add(name);
  return list.list();
}

JOIST_DEFINE_BIF(erlang_get_module_info_1, Atom module) {
  const Instance* m = current_instance(module.term());
  if (m == nullptr) return badarg(c);
  ListBuilder list(c.heap());
  for (const Term item : {am::module, am::exports, am::attributes, am::compile, am::md5})
    list.add(make_tuple(c.heap(), item, module_info_item(c, *m, item)));
  return list.list();
}

JOIST_DEFINE_BIF(erlang_get_module_info_2, Atom module, Term item) {
  const Instance* m = current_instance(module.term());
  if (m == nullptr) return badarg(c);
  const Term value = module_info_item(c, *m, item);
  return value.is_none() ? badarg(c) : value;
}

// beamfile_chunk(Code, "Code") -> the chunk's bytes | undefined
JOIST_DEFINE_BIF(erts_internal_beamfile_chunk_2, Binary code, Term chunk) {
  const auto name = list_to_bytes(chunk);
  if (!name || name->size() != 4) return badarg(c);
  std::string scratch;
  const std::string_view bytes = aligned_bytes(code, scratch);
  BeamFile file;
  if (read_beam_file(byte_span(bytes), file)) return am::undefined;
  const BeamFile::Chunk* found = file.find(*name);
  if (found == nullptr) return am::undefined;
  const auto offset =
      static_cast<std::size_t>(found->data.data() - reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return make_sub_bits(c.heap(), code.term(), offset * 8, found->data.size() * 8);
}

JOIST_DEFINE_BIF(erts_internal_beamfile_module_md5_1, Binary code) {
  std::string scratch;
  BeamFile file;
  if (read_beam_file(byte_span(aligned_bytes(code, scratch)), file)) return am::undefined;
  const auto digest = module_md5(file);
  return make_binary_copy(c.heap(), digest.data(), digest.size());
}

}  // namespace joist
