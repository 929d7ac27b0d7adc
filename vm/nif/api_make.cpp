// Terms that native code makes: numbers, atoms, lists, tuples, maps, references, exceptions.
#include <cmath>
#include <cstdarg>

#include "vm/nif/environment.hpp"
#include "vm/nif/library.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/identifier.hpp"

using namespace joist;

namespace {

std::string latin1_to_utf8(const char* text, std::size_t size) {
  std::string utf8;
  for (std::size_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
    } else {
      utf8 += static_cast<char>(0xc0 | c >> 6);
      utf8 += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return utf8;
}

std::vector<Term> gather(va_list args, unsigned n) {
  std::vector<Term> terms;
  for (unsigned i = 0; i < n; ++i) terms.push_back(term_of(va_arg(args, ERL_NIF_TERM)));
  return terms;
}

std::span<const Term> terms_at(const ERL_NIF_TERM* at, std::size_t n) {
  return {reinterpret_cast<const Term*>(at), n};
}

}  // namespace

extern "C" {

// ---- numbers ----
ERL_NIF_TERM enif_make_int(ErlNifEnv*, int n) { return Term::small(n).bits; }
ERL_NIF_TERM enif_make_uint(ErlNifEnv*, unsigned n) { return Term::small(n).bits; }
ERL_NIF_TERM enif_make_long(ErlNifEnv* env, long n) { return make_int(*env->heap, n).bits; }
ERL_NIF_TERM enif_make_ulong(ErlNifEnv* env, unsigned long n) { return make_uint(*env->heap, n).bits; }
ERL_NIF_TERM enif_make_double(ErlNifEnv* env, double d) {
  return std::isfinite(d) ? make_float(*env->heap, d).bits : raise_in(env, am::badarg);
}
ERL_NIF_TERM enif_make_unique_integer(ErlNifEnv* env, ErlNifUniqueInteger properties) {
  return make_unique_integer_term(*env->heap, (properties & ERL_NIF_UNIQUE_POSITIVE) != 0,
                                  (properties & ERL_NIF_UNIQUE_MONOTONIC) != 0)
      .bits;
}

// ---- atoms and strings, Latin-1 ----
ERL_NIF_TERM enif_make_atom_len(ErlNifEnv* env, const char* name, size_t size) {
  return size > kMaxAtomCharacters ? raise_in(env, am::badarg) : intern(latin1_to_utf8(name, size)).bits;
}
ERL_NIF_TERM enif_make_atom(ErlNifEnv* env, const char* name) {
  return enif_make_atom_len(env, name, std::strlen(name));
}
int enif_make_existing_atom_len(ErlNifEnv*, const char* name, size_t size, ERL_NIF_TERM* atom,
                                ErlNifCharEncoding) {
  if (size > kMaxAtomCharacters) return 0;
  const Term found = find_atom(latin1_to_utf8(name, size));
  if (found.is_none()) return 0;
  *atom = found.bits;
  return 1;
}
int enif_make_existing_atom(ErlNifEnv* env, const char* name, ERL_NIF_TERM* atom,
                            ErlNifCharEncoding encoding) {
  return enif_make_existing_atom_len(env, name, std::strlen(name), atom, encoding);
}
ERL_NIF_TERM enif_make_string_len(ErlNifEnv* env, const char* text, size_t size, ErlNifCharEncoding) {
  return make_byte_list(*env->heap, {text, size}).bits;
}
ERL_NIF_TERM enif_make_string(ErlNifEnv* env, const char* text, ErlNifCharEncoding encoding) {
  return enif_make_string_len(env, text, std::strlen(text), encoding);
}

// Since version 2.17 (OTP 26): 1 = Latin-1, 2 = UTF-8.
int enif_make_new_atom_len(ErlNifEnv* env, const char* name, size_t size, ERL_NIF_TERM* atom, int encoding) {
  const std::string text = encoding == 2 ? std::string(name, size) : latin1_to_utf8(name, size);
  BlockHeap scratch;
  // Checks the encoding.
  const auto length = list_length(make_string_list(scratch, text));
  if (!length || *length > kMaxAtomCharacters) return 0;
  *atom = intern(text).bits;
  return 1;
}
int enif_make_new_atom(ErlNifEnv* env, const char* name, ERL_NIF_TERM* atom, int encoding) {
  return enif_make_new_atom_len(env, name, std::strlen(name), atom, encoding);
}

// ---- lists and tuples ----
ERL_NIF_TERM enif_make_list_cell(ErlNifEnv* env, ERL_NIF_TERM head, ERL_NIF_TERM tail) {
  return make_cons(*env->heap, term_of(head), term_of(tail)).bits;
}
ERL_NIF_TERM enif_make_list_from_array(ErlNifEnv* env, const ERL_NIF_TERM elements[], unsigned n) {
  return make_list_from(*env->heap, terms_at(elements, n)).bits;
}
ERL_NIF_TERM enif_make_list(ErlNifEnv* env, unsigned n, ...) {
  va_list args;
  va_start(args, n);
  const auto terms = gather(args, n);
  va_end(args);
  return make_list_from(*env->heap, terms).bits;
}
ERL_NIF_TERM enif_make_tuple_from_array(ErlNifEnv* env, const ERL_NIF_TERM elements[], unsigned n) {
  return make_tuple_from(*env->heap, terms_at(elements, n)).bits;
}
ERL_NIF_TERM enif_make_tuple(ErlNifEnv* env, unsigned n, ...) {
  va_list args;
  va_start(args, n);
  const auto terms = gather(args, n);
  va_end(args);
  return make_tuple_from(*env->heap, terms).bits;
}
int enif_make_reverse_list(ErlNifEnv* env, ERL_NIF_TERM list, ERL_NIF_TERM* reversed) {
  Term result = Term::nil(), t = term_of(list);
  if (!list_length(t)) return 0;
  for (; t.is_cons(); t = t.tail()) result = make_cons(*env->heap, t.head(), result);
  *reversed = result.bits;
  return 1;
}

ERL_NIF_TERM enif_make_ref(ErlNifEnv* env) { return make_ref(*env->heap).bits; }
ERL_NIF_TERM enif_make_copy(ErlNifEnv* env, ERL_NIF_TERM term) { return copy_into(env, term_of(term)).bits; }

// ---- maps ----
ERL_NIF_TERM enif_make_new_map(ErlNifEnv* env) { return make_empty_map(*env->heap).bits; }
int enif_get_map_size(ErlNifEnv*, ERL_NIF_TERM map, size_t* size) {
  if (!term_of(map).is_map()) return 0;
  *size = map_size(term_of(map));
  return 1;
}
int enif_get_map_value(ErlNifEnv*, ERL_NIF_TERM map, ERL_NIF_TERM key, ERL_NIF_TERM* value) {
  if (!term_of(map).is_map()) return 0;
  const Term found = map_get(term_of(map), term_of(key));
  if (found.is_none()) return 0;
  *value = found.bits;
  return 1;
}
int enif_make_map_put(ErlNifEnv* env, ERL_NIF_TERM map, ERL_NIF_TERM key, ERL_NIF_TERM value,
                      ERL_NIF_TERM* result) {
  if (!term_of(map).is_map()) return 0;
  *result = map_put(*env->heap, term_of(map), term_of(key), term_of(value)).bits;
  return 1;
}
int enif_make_map_update(ErlNifEnv* env, ERL_NIF_TERM map, ERL_NIF_TERM key, ERL_NIF_TERM value,
                         ERL_NIF_TERM* result) {
  if (!term_of(map).is_map()) return 0;
  const Term updated = map_update(*env->heap, term_of(map), term_of(key), term_of(value));
  if (updated.is_none()) return 0;
  *result = updated.bits;
  return 1;
}
int enif_make_map_remove(ErlNifEnv* env, ERL_NIF_TERM map, ERL_NIF_TERM key, ERL_NIF_TERM* result) {
  if (!term_of(map).is_map()) return 0;
  *result = map_remove(*env->heap, term_of(map), term_of(key)).bits;
  return 1;
}
// OTP: 0 if a key comes twice.
int enif_make_map_from_arrays(ErlNifEnv* env, ERL_NIF_TERM keys[], ERL_NIF_TERM values[], size_t n,
                              ERL_NIF_TERM* result) {
  std::vector<Term> pairs;
  for (size_t i = 0; i < n; ++i) {
    pairs.push_back(term_of(keys[i]));
    pairs.push_back(term_of(values[i]));
  }
  const Term map = map_from_pairs(*env->heap, pairs);
  if (map_size(map) != n) return 0;
  *result = map.bits;
  return 1;
}

// The pairs lie in an array of the iterator's: idx - 1 is the current one, 0 before the first.
int enif_map_iterator_create(ErlNifEnv*, ERL_NIF_TERM map, ErlNifMapIterator* it, ErlNifMapIteratorEntry at) {
  if (!term_of(map).is_map()) return 0;
  const std::size_t n = map_size(term_of(map));
  auto* pairs = static_cast<ERL_NIF_TERM*>(enif_alloc((2 * n + 1) * sizeof(ERL_NIF_TERM)));
  MapIterator walk(term_of(map));
  Term key, value;
  for (std::size_t i = 0; walk.next(&key, &value); ++i) {
    pairs[2 * i] = key.bits;
    pairs[2 * i + 1] = value.bits;
  }
  it->map = map;
  it->size = n;
  it->idx = at == ERL_NIF_MAP_ITERATOR_LAST ? n : 1;
  it->u.hash.wstack = nullptr;
  it->u.hash.kv = pairs;
  return 1;
}
void enif_map_iterator_destroy(ErlNifEnv*, ErlNifMapIterator* it) {
  enif_free(it->u.hash.kv);
  it->u.hash.kv = nullptr;
}
int enif_map_iterator_is_head(ErlNifEnv*, ErlNifMapIterator* it) { return it->idx == 0; }
int enif_map_iterator_is_tail(ErlNifEnv*, ErlNifMapIterator* it) { return it->idx > it->size; }
int enif_map_iterator_next(ErlNifEnv*, ErlNifMapIterator* it) {
  if (it->idx <= it->size) ++it->idx;
  return it->idx <= it->size;
}
int enif_map_iterator_prev(ErlNifEnv*, ErlNifMapIterator* it) {
  if (it->idx > 0) --it->idx;
  return it->idx > 0;
}
int enif_map_iterator_get_pair(ErlNifEnv*, ErlNifMapIterator* it, ERL_NIF_TERM* key, ERL_NIF_TERM* value) {
  if (it->idx == 0 || it->idx > it->size) return 0;
  *key = it->u.hash.kv[2 * (it->idx - 1)];
  *value = it->u.hash.kv[2 * (it->idx - 1) + 1];
  return 1;
}

// ---- exceptions, and what is to be called next ----
ERL_NIF_TERM enif_make_badarg(ErlNifEnv* env) { return raise_in(env, am::badarg); }
ERL_NIF_TERM enif_raise_exception(ErlNifEnv* env, ERL_NIF_TERM reason) {
  return raise_in(env, term_of(reason));
}
int enif_has_pending_exception(ErlNifEnv* env, ERL_NIF_TERM* reason) {
  if (env->exception.is_none()) return 0;
  if (reason != nullptr) *reason = env->exception.bits;
  return 1;
}

ERL_NIF_TERM enif_schedule_nif(ErlNifEnv* env, const char* name, int flags,
                               ERL_NIF_TERM (*run)(ErlNifEnv*, int, const ERL_NIF_TERM[]), int argc,
                               const ERL_NIF_TERM argv[]) {
  constexpr int kMostArguments = 255;
  const std::size_t size = std::strlen(name);
  if (env->process == nullptr || argc < 0 || argc > kMostArguments || size > kMaxAtomCharacters ||
      (flags & ~(ERL_NIF_DIRTY_JOB_CPU_BOUND | ERL_NIF_DIRTY_JOB_IO_BOUND)) != 0 || flags == 3)
    return raise_in(env, am::badarg);
  const NativeFunction& caller = *as_native(env->process->current_bif);
  const NativeFunction& origin = caller.origin != nullptr ? *caller.origin : caller;
  env->scheduled =
      env->library->scheduled(origin, intern(latin1_to_utf8(name, size)), static_cast<std::uint32_t>(argc),
                              reinterpret_cast<void*>(run), static_cast<unsigned>(flags));
  const auto args = terms_at(argv, static_cast<std::size_t>(argc));
  env->scheduled_args.assign(args.begin(), args.end());
  const Term* const callers = env->args + caller.arity - origin.arity;
  env->scheduled_args.insert(env->scheduled_args.end(), callers, callers + origin.arity);
  return Term::none().bits;
}

}  // extern "C"
