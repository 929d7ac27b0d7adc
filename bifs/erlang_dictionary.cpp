// erlang: the process dictionary.
#include "bifs/bifs.hpp"
#include "vm/term/compare.hpp"

namespace joist {
namespace {

Term or_undefined(Term t) { return t.is_none() ? am::undefined : t; }

// [{Key, Value}], or what `f` makes of each entry; none() leaves one out.
template <class F>
Term collect_entries(Call& c, F f) {
  ListBuilder list(c.heap());
  if (const Dictionary* d = c.process.dictionary.get())
    d->for_each([&](Term key, Term value) {
      if (const Term t = f(key, value); !t.is_none()) list.add(t);
    });
  return list.list();
}

Term all_pairs(Call& c) {
  return collect_entries(c, [&](Term key, Term value) { return make_tuple(c.heap(), key, value); });
}

}  // namespace

JOIST_DEFINE_BIF(erlang_put_2, Term key, Term value) {
  if (!c.process.dictionary) c.process.dictionary = std::make_unique<Dictionary>();
  return or_undefined(c.process.dictionary->put(key, value));
}
JOIST_DEFINE_BIF(erlang_get_0) { return all_pairs(c); }
JOIST_DEFINE_BIF(erlang_get_1, Term key) {
  return c.process.dictionary ? or_undefined(c.process.dictionary->get(key)) : am::undefined;
}
JOIST_DEFINE_BIF(erlang_get_keys_0) {
  return collect_entries(c, [](Term key, Term) { return key; });
}
JOIST_DEFINE_BIF(erlang_get_keys_1, Term value) {
  return collect_entries(c, [&](Term key, Term v) { return equal_exact(v, value) ? key : Term::none(); });
}
JOIST_DEFINE_BIF(erlang_erase_0) {
  const Term all = all_pairs(c);
  if (c.process.dictionary) c.process.dictionary->clear();
  return all;
}
JOIST_DEFINE_BIF(erlang_erase_1, Term key) {
  return c.process.dictionary ? or_undefined(c.process.dictionary->erase(key)) : am::undefined;
}

}  // namespace joist
