// directory.hpp -- all ETS tables: found by name or reference; who owns and who has fixed them.
// Threads: looking up names is lock free, all else takes a lock. A table found stays valid until the thread's
// next safe point.
#pragma once
#include "vm/ets/table.hpp"
#include "vm/process/process.hpp"

namespace joist::ets {

class Directory {
 public:
  // Null if there is no such table (it may have been deleted). *is_id: `id` could be one, or was.
  static Table* find(Term id, bool* is_id);
  static Table* find_name(Term name);

  // A new table of process `owner`; null if the name is taken.
  static Table* add(Term name, Term owner, const Settings& settings);
  // False if somebody else has deleted it already.
  static bool remove(Table& t);
  // False if the name is taken.
  static bool rename(Table& t, Term name);
  // Makes process `to` the owner; false if it isn't alive.
  static bool give(Table& t, Term to);

  static void fix(Table& t, Term pid);
  static void unfix(Table& t, Term pid);

  // References to all tables (names of named ones).
  static Term all(Heap& h);
  struct Totals {
    std::size_t words = 0, objects = 0;  // the tables themselves count as objects, too
  };
  static Totals totals();

  // The process dies: its fixations end, its tables go to their heirs or are deleted.
  static void process_exits(Process& p);
};

// Installs process_exits. Once, before the schedulers start.
void init_tables();

}  // namespace joist::ets
