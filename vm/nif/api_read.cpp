// What native code asks of terms: types, numbers, atoms, lists, tuples, comparison.
#include <climits>

#include "vm/nif/environment.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/dialect.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/number.hpp"

using namespace joist;

namespace {

// The text of an atom in Latin-1; nullopt if it has other characters.
std::optional<std::string> latin1_text(Term atom) {
  std::string latin1;
  const std::string_view utf8 = atom_text(atom);
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      latin1 += static_cast<char>(c);
    } else if (c <= 0xc3) {
      latin1 += static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    } else {
      return std::nullopt;
    }
  }
  return latin1;
}

// An integer within the limits of T.
template <class T>
int get_integer(ERL_NIF_TERM term, T* to) {
  if constexpr (std::is_signed_v<T>) {
    const auto n = to_int64(term_of(term));
    if (!n || *n < std::numeric_limits<T>::min() || *n > std::numeric_limits<T>::max()) return 0;
    *to = static_cast<T>(*n);
  } else {
    const auto n = to_uint64(term_of(term));
    if (!n || *n > std::numeric_limits<T>::max()) return 0;
    *to = static_cast<T>(*n);
  }
  return 1;
}

}  // namespace

extern "C" {

// ---- types ----
int enif_is_atom(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_atom(); }
int enif_is_binary(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_binary(); }
int enif_is_ref(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_reference(); }
int enif_is_fun(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_fun(); }
int enif_is_pid(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_pid(); }
int enif_is_port(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_port(); }
int enif_is_list(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_list(); }
int enif_is_tuple(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_tuple(); }
int enif_is_map(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_map(); }
int enif_is_number(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_number(); }
int enif_is_empty_list(ErlNifEnv*, ERL_NIF_TERM t) { return term_of(t).is_nil(); }
int enif_is_exception(ErlNifEnv* env, ERL_NIF_TERM t) {
  return !env->exception.is_none() && term_of(t).is_none();
}

ErlNifTermType enif_term_type(ErlNifEnv*, ERL_NIF_TERM term) {
  const Term t = term_of(term);
  if (t.is_integer()) return ERL_NIF_TERM_TYPE_INTEGER;
  if (t.is_atom()) return ERL_NIF_TERM_TYPE_ATOM;
  if (t.is_list()) return ERL_NIF_TERM_TYPE_LIST;
  if (t.is_tuple()) return ERL_NIF_TERM_TYPE_TUPLE;
  if (t.is_bitstring()) return ERL_NIF_TERM_TYPE_BITSTRING;
  if (t.is_map()) return ERL_NIF_TERM_TYPE_MAP;
  if (t.is_float()) return ERL_NIF_TERM_TYPE_FLOAT;
  if (t.is_fun()) return ERL_NIF_TERM_TYPE_FUN;
  if (t.is_pid()) return ERL_NIF_TERM_TYPE_PID;
  if (t.is_port()) return ERL_NIF_TERM_TYPE_PORT;
  require(t.is_reference(), "native code asks for the type of what is no term");
  return ERL_NIF_TERM_TYPE_REFERENCE;
}

// ---- numbers ----
int enif_get_int(ErlNifEnv*, ERL_NIF_TERM t, int* to) { return get_integer(t, to); }
int enif_get_uint(ErlNifEnv*, ERL_NIF_TERM t, unsigned* to) { return get_integer(t, to); }
int enif_get_long(ErlNifEnv*, ERL_NIF_TERM t, long* to) { return get_integer(t, to); }
int enif_get_ulong(ErlNifEnv*, ERL_NIF_TERM t, unsigned long* to) { return get_integer(t, to); }
int enif_get_double(ErlNifEnv*, ERL_NIF_TERM t, double* to) {
  const auto f = Float::from(term_of(t));
  if (f) *to = f->value();
  return f.has_value();
}

// ---- atoms and strings; lengths with the final NUL ----
int enif_get_atom(ErlNifEnv*, ERL_NIF_TERM t, char* buffer, unsigned size, ErlNifCharEncoding) {
  const auto text = term_of(t).is_atom() ? latin1_text(term_of(t)) : std::nullopt;
  if (!text || text->size() >= size) return 0;
  std::memcpy(buffer, text->c_str(), text->size() + 1);
  return static_cast<int>(text->size() + 1);
}
int enif_get_atom_length(ErlNifEnv*, ERL_NIF_TERM t, unsigned* length, ErlNifCharEncoding) {
  const auto text = term_of(t).is_atom() ? latin1_text(term_of(t)) : std::nullopt;
  if (text) *length = static_cast<unsigned>(text->size());
  return text.has_value();
}
// OTP: what does not fit is cut off, and the negated size tells so.
int enif_get_string(ErlNifEnv*, ERL_NIF_TERM list, char* buffer, unsigned size, ErlNifCharEncoding) {
  if (size < 1) return 0;
  unsigned n = 0;
  Term t = term_of(list);
  for (; t.is_cons(); t = t.tail()) {
    const Term c = t.head();
    if (!c.is_small() || static_cast<std::uint64_t>(c.small_value()) > 255) break;
    buffer[n++] = static_cast<char>(c.small_value());
    if (n >= size) {
      buffer[n - 1] = '\0';
      return -static_cast<int>(size);
    }
  }
  buffer[n] = '\0';
  return t.is_nil() ? static_cast<int>(n + 1) : 0;
}

// ---- lists and tuples ----
int enif_get_list_cell(ErlNifEnv*, ERL_NIF_TERM list, ERL_NIF_TERM* head, ERL_NIF_TERM* tail) {
  const auto cell = Cons::from(term_of(list));
  if (!cell) return 0;
  *head = cell->head().bits;
  *tail = cell->tail().bits;
  return 1;
}
int enif_get_list_length(ErlNifEnv*, ERL_NIF_TERM list, unsigned* length) {
  const auto n = list_length(term_of(list));
  if (!n || *n > UINT_MAX) return 0;
  *length = static_cast<unsigned>(*n);
  return 1;
}
int enif_get_tuple(ErlNifEnv*, ERL_NIF_TERM term, int* arity, const ERL_NIF_TERM** elements) {
  const auto t = Tuple::from(term_of(term));
  if (!t) return 0;
  *arity = static_cast<int>(t->arity());
  *elements = reinterpret_cast<const ERL_NIF_TERM*>(t->elements());
  return 1;
}

// ---- identifiers ----
int enif_get_local_pid(ErlNifEnv*, ERL_NIF_TERM t, ErlNifPid* pid) {
  if (!term_of(t).is_local_pid()) return 0;
  pid->pid = t;
  return 1;
}
int enif_get_local_port(ErlNifEnv*, ERL_NIF_TERM t, ErlNifPort* port) {
  if (!term_of(t).is_local_port()) return 0;
  port->port_id = t;
  return 1;
}
void enif_set_pid_undefined(ErlNifPid* pid) { pid->pid = am::undefined.bits; }
int enif_is_pid_undefined(const ErlNifPid* pid) { return term_of(pid->pid) == am::undefined; }

// ---- comparing ----
int enif_is_identical(ERL_NIF_TERM a, ERL_NIF_TERM b) { return equal_exact(term_of(a), term_of(b)); }
int enif_compare(ERL_NIF_TERM a, ERL_NIF_TERM b) {
  const int order = compare(term_of(a), term_of(b));
  return (order > 0) - (order < 0);
}
ErlNifUInt64 enif_hash(ErlNifHash kind, ERL_NIF_TERM term, ErlNifUInt64 salt) {
  constexpr std::uint32_t kPortableBits = 27;
  if (kind == ERL_NIF_PHASH2) return phash2(term_of(term)) & ((1u << kPortableBits) - 1);
  if (dialect.wide_hash) return internal_hash_wide(term_of(term), salt);
  const auto folded = static_cast<std::uint32_t>(salt ^ salt >> 32);
  return folded == 0 ? internal_hash(term_of(term)) : internal_hash_salted(term_of(term), folded);
}

}  // extern "C"
