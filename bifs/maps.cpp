// maps: the functions that the emulator has. {badmap,M} and {badkey,K} as in erlang:map_get/2.
// Work on very large maps goes to a dirty CPU thread: the functions of erts_internal whose names start with
// '$'.
#include <vector>

#include "bifs/bifs.hpp"
#include "bifs/work.hpp"

namespace joist {

namespace {

constexpr std::size_t kLarge = 20000;  // elements; more than this goes to a dirty thread

Term badmap(Call& c, Term not_a_map) { return raise_error(c, make_tuple(c.heap(), am::badmap, not_a_map)); }
Term badkey(Call& c, Term key) { return raise_error(c, make_tuple(c.heap(), am::badkey, key)); }

Export* internal(Term function, std::uint32_t arity) {
  return find_or_make_export(am::erts_internal, function, arity);
}

enum class Part { key, value };
Term list_parts(Call& c, Term map, Part part) {
  const std::size_t n = map_size(map);
  spend_for(c, n, 32);
  ListBuilder list(c.heap());
  MapIterator it(map);
  Term key, value;
  while (it.next(&key, &value)) list.add(part == Part::key ? key : value);
  return list.list();
}

// At most `limit` elements; *too_long if there are more. Nullopt if it is not a proper list.
std::optional<std::vector<Term>> elements_up_to(Term list, std::size_t limit, bool* too_long) {
  std::vector<Term> v;
  for (; list.is_cons(); list = list.tail()) {
    if (v.size() == limit) {
      *too_long = true;
      return v;
    }
    v.push_back(list.head());
  }
  return list.is_nil() ? std::optional(std::move(v)) : std::nullopt;
}

Term from_list(Call& c, Term list, std::size_t limit) {
  bool too_long = false;
  const auto items = elements_up_to(list, limit, &too_long);
  if (!items) return badarg(c);
  if (too_long) return trap(c, internal(am::maps_from_list_trap_, 1), {list});
  std::vector<Term> pairs;
  pairs.reserve(2 * items->size());
  for (const Term item : *items) {
    const auto t = Tuple::from(item);
    if (!t || t->arity() != 2) return badarg(c);
    pairs.push_back((*t)[0]);
    pairs.push_back((*t)[1]);
  }
  spend_for(c, items->size(), 8);
  return map_from_pairs(c.heap(), pairs);
}

Term from_keys(Call& c, Term list, Term value, std::size_t limit) {
  bool too_long = false;
  const auto keys = elements_up_to(list, limit, &too_long);
  if (!keys) return badarg(c);
  if (too_long) return trap(c, internal(am::maps_from_keys_trap_, 2), {list, value});
  std::vector<Term> pairs;
  pairs.reserve(2 * keys->size());
  for (const Term key : *keys) {
    pairs.push_back(key);
    pairs.push_back(value);
  }
  spend_for(c, keys->size(), 8);
  return map_from_pairs(c.heap(), pairs);
}

Term merge(Call& c, Term first, Term second) {
  spend_for(c, std::min(map_size(first), map_size(second)), 8);
  return map_merge(c.heap(), first, second);
}

}  // namespace

JOIST_DEFINE_BIF(maps_get_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  const Term value = map_get(map, key);
  return value.is_none() ? badkey(c, key) : value;
}
JOIST_DEFINE_BIF(maps_find_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  const Term value = map_get(map, key);
  return value.is_none() ? am::error : make_tuple(c.heap(), am::ok, value);
}
JOIST_DEFINE_BIF(maps_is_key_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  return make_bool(!map_get(map, key).is_none());
}
JOIST_DEFINE_BIF(maps_put_3, Term key, Term value, Term map) {
  return map.is_map() ? map_put(c.heap(), map, key, value) : badmap(c, map);
}
JOIST_DEFINE_BIF(maps_update_3, Term key, Term value, Term map) {
  if (!map.is_map()) return badmap(c, map);
  const Term updated = map_update(c.heap(), map, key, value);
  return updated.is_none() ? badkey(c, key) : updated;
}
JOIST_DEFINE_BIF(maps_remove_2, Term key, Term map) {
  return map.is_map() ? map_remove(c.heap(), map, key) : badmap(c, map);
}
JOIST_DEFINE_BIF(maps_take_2, Term key, Term map) {
  if (!map.is_map()) return badmap(c, map);
  Term value = Term::none();
  const Term rest = map_remove(c.heap(), map, key, &value);
  return value.is_none() ? am::error : make_tuple(c.heap(), value, rest);
}

JOIST_DEFINE_BIF(maps_keys_1, Term map) {
  if (!map.is_map()) return badmap(c, map);
  if (map_size(map) > kLarge) return trap(c, internal(am::maps_keys_trap_, 1), {map});
  return list_parts(c, map, Part::key);
}
JOIST_DEFINE_BIF(maps_values_1, Term map) {
  if (!map.is_map()) return badmap(c, map);
  if (map_size(map) > kLarge) return trap(c, internal(am::maps_values_trap_, 1), {map});
  return list_parts(c, map, Part::value);
}
JOIST_DEFINE_BIF(maps_merge_2, Term first, Term second) {
  if (!first.is_map()) return badmap(c, first);
  if (!second.is_map()) return badmap(c, second);
  if (std::min(map_size(first), map_size(second)) > kLarge)
    return trap(c, internal(am::maps_merge_trap_, 2), {first, second});
  return merge(c, first, second);
}
JOIST_DEFINE_BIF(maps_from_list_1, Term list) { return from_list(c, list, kLarge); }
JOIST_DEFINE_BIF(maps_from_keys_2, Term list, Term value) { return from_keys(c, list, value, kLarge); }

JOIST_DEFINE_BIF(erts_internal_maps_keys_trap_1, Term map) { return list_parts(c, map, Part::key); }
JOIST_DEFINE_BIF(erts_internal_maps_values_trap_1, Term map) { return list_parts(c, map, Part::value); }
JOIST_DEFINE_BIF(erts_internal_maps_merge_trap_2, Term first, Term second) { return merge(c, first, second); }
JOIST_DEFINE_BIF(erts_internal_maps_from_list_trap_1, Term list) {
  stand_for(c, am::maps, am::from_list);
  return from_list(c, list, SIZE_MAX);
}
JOIST_DEFINE_BIF(erts_internal_maps_from_keys_trap_2, Term list, Term value) {
  stand_for(c, am::maps, am::from_keys);
  return from_keys(c, list, value, SIZE_MAX);
}

}  // namespace joist
