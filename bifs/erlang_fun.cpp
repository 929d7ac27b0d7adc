// erlang: funs, and which functions exist.
#include "bifs/bifs.hpp"
#include "bifs/internal_state.hpp"
#include "vm/code/module.hpp"
#include "vm/term/fun.hpp"

namespace joist {
namespace {

constexpr std::int64_t kMaxArity = 255;

Term pair(Call& c, Term key, Term value) { return make_tuple(c.heap(), key, value); }

// OTP: the whole environment as a list, first variable first.
Term environment_list(Call& c, const Fun& f) {
  return make_list_from(c.heap(), {f.environment(), f.environment_size()});
}

}  // namespace

// fun_info(Fun, Item) -> {Item, Value}
JOIST_DEFINE_BIF(erlang_fun_info_2, Term fun, Atom item) {
  const Term i = item.term();
  if (fun.is_box(BoxKind::external_fun)) {
    const Export* e = external_fun_export(fun);
    if (i == am::type) return pair(c, i, am::external);
    if (i == am::module) return pair(c, i, e->module);
    if (i == am::name) return pair(c, i, e->function);
    if (i == am::arity) return pair(c, i, Term::small(e->arity));
    if (i == am::env) return pair(c, i, Term::nil());
    if (i == am::pid || i == am::index || i == am::uniq || i == am::new_index || i == am::new_uniq ||
        i == am::refc)
      return pair(c, i, am::undefined);
    return badarg(c);
  }
  const auto f = Fun::from(fun);
  if (!f) return badarg(c);
  const FunEntry& e = *f->entry();
  if (i == am::type) return pair(c, i, am::local);
  if (i == am::module) return pair(c, i, e.module);
  // OTP: the name stands in the code, and is not known where that is not loaded.
  const bool loaded = e.instance != nullptr && !e.function.is_none();
  if (i == am::name) return pair(c, i, loaded ? e.function : Term::nil());
  if (i == am::arity) return pair(c, i, Term::small(e.arity));
  if (i == am::env) return pair(c, i, environment_list(c, *f));
  if (i == am::pid) return pair(c, i, f->creator());
  if (i == am::index) return pair(c, i, Term::small(e.old_index));
  if (i == am::uniq) return pair(c, i, Term::small(e.old_uniq));
  if (i == am::new_index) return pair(c, i, Term::small(e.index));
  if (i == am::new_uniq) return pair(c, i, make_binary_copy(c.heap(), e.uniq, sizeof e.uniq));
  if (i == am::refc) return pair(c, i, Term::small(2));  // entries are never freed: a count would say nothing
  return badarg(c);
}

// fun_info_mfa(Fun) -> {M, F, A}
JOIST_DEFINE_BIF(erlang_fun_info_mfa_1, Term fun) {
  if (fun.is_box(BoxKind::external_fun)) {
    const Export* e = external_fun_export(fun);
    return make_tuple(c.heap(), e->module, e->function, Term::small(e->arity));
  }
  const auto f = Fun::from(fun);
  if (!f) return badarg(c);
  const FunEntry& e = *f->entry();
  return make_tuple(c.heap(), e.module, e.function.is_none() ? Term::nil() : e.function,
                    Term::small(e.arity));
}

JOIST_DEFINE_BIF(erlang_make_fun_3, Atom module, Atom function, SmallInt arity) {
  if (arity.value() < 0 || arity.value() > kMaxArity) return badarg(c);
  return make_external_fun(c.heap(), find_or_make_export(module.term(), function.term(),
                                                         static_cast<std::uint32_t>(arity.value())));
}

// function_exported(M, F, A) -- loaded code or a BIF; nothing is loaded to find out.
JOIST_DEFINE_BIF(erlang_function_exported_3, Atom module, Atom function, SmallInt number) {
  if (!is_otp_small(number.value())) return badarg(c);
  const auto arity = static_cast<std::uint32_t>(number.value());  // OTP: of an arity the low 32 bits count
  if (arity > kMaxArity) return am::false_;
  const Export* e = find_export(module.term(), function.term(), arity);
  return make_bool(e != nullptr && is_callable(*e));
}

JOIST_DEFINE_BIF(erlang_is_builtin_3, Atom module, Atom function, SmallInt number) {
  if (!is_otp_small(number.value())) return badarg(c);
  const auto arity = static_cast<std::uint32_t>(number.value());
  if (arity > kMaxArity) return am::false_;
  // OTP: apply/2,3 and yield/0 count, though they are no BIFs.
  if (module == am::erlang && function == am::apply && (arity == 2 || arity == 3)) return am::true_;
  if (module == am::erlang && atom_text(function.term()) == "yield" && arity == 0) return am::true_;
  const Export* e = find_export(module.term(), function.term(), arity);
  return make_bool(e != nullptr && e->bif >= 0 && is_bif_of_release(bif_info(e->bif)));
}

}  // namespace joist
