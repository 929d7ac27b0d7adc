// ets.hpp -- what the files with ETS BIFs share.
#pragma once
#include "bifs/bifs.hpp"
#include "vm/ets/directory.hpp"

namespace joist {

enum class Access { read, write };
struct TableAccess {
  ets::Table* table = nullptr;  // null: an error was raised
  ets::Store* store = nullptr;
  explicit operator bool() const { return table != nullptr; }
};
// OTP: badarg because of `type` (no table identifier at all), `id` (no such table) or `access`.
TableAccess open_table(Call& c, Term id, Access access);
// The table, whatever its protection; null: an error was raised.
ets::Table* table_named(Call& c, Term id);

std::optional<ets::Protection> protection_from(Term t);

// What ets:lookup/2 returns: the objects, oldest first; `found` is newest first.
Term copy_objects(Heap& h, const ets::Objects& found);
// A vector for one BIF's use, emptied.
ets::Objects& scratch_objects();

// A tuple that a table with this key position can hold.
inline bool is_object(Term t, const ets::Table& table) {
  const auto tuple = Tuple::from(t);
  return tuple && tuple->arity() >= table.settings.keypos;
}

}  // namespace joist
