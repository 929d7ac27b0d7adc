// table.hpp -- an ETS table: its settings, owner and fixations around a store of objects (store.hpp).
// Owner: the directory as long as the table exists (directory.hpp), and every reference to it; what the
// references keep is only this struct. Threads: any that is online; a store got from store() stays valid
// until the thread's next safe point, even if the table is deleted meanwhile.
#pragma once
#include <vector>

#include "vm/base/lock.hpp"
#include "vm/ets/store.hpp"
#include "vm/process/link.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"

namespace joist::ets {

enum class Protection : std::uint8_t { private_, protected_, public_ };
enum class WriteConcurrency : std::uint8_t { off, on, automatic };

struct Settings {
  Type type = Type::set;
  Protection protection = Protection::protected_;
  std::uint32_t keypos = 1;
  bool named = false;
  bool read_concurrency = false;
  bool decentralized_counters = false;
  bool compressed = false;
  WriteConcurrency write_concurrency = WriteConcurrency::off;
  Term heir = Term::none();  // pid
  Term heir_data = Term::nil();
};

class Table final : public MagicObject {
 public:
  Table(Term name, Term owner, const Settings& settings);
  ~Table() override;

  const Settings settings;  // as it was made: heir and protection may have changed
  const RefKey key;

  // Null once the table has been deleted.
  Store* store() const { return store_.load(std::memory_order_acquire); }
  Term name() const { return {name_.load(std::memory_order_relaxed)}; }
  Term owner() const { return {owner_.load(std::memory_order_relaxed)}; }
  // What names it in Erlang: its name or a reference.
  Term id(Heap& h) { return settings.named ? name() : reference(h); }
  Term reference(Heap& h) { return make_magic_ref_again(h, this, key); }
  bool is_set() const { return settings.type == Type::set || settings.type == Type::ordered_set; }
  Object* make_object(Term tuple) const;
  // Whether process `pid` may write, read.
  bool writable(Term pid) const { return protection() == Protection::public_ || owner() == pid; }
  bool readable(Term pid) const { return protection() != Protection::private_ || owner() == pid; }
  Protection protection() const { return protection_.load(std::memory_order_acquire); }
  // Its owner only.
  void protect(Protection p);

  // Removes all objects; how many there were.
  std::size_t clear();

  // ---- heir ----
  void set_heir(Term pid, Term data);
  Term heir() const { return {heir_.load(std::memory_order_relaxed)}; }  // none(): none
  // Only the owner reads it: it also is the one that changes it.
  Term heir_data() const { return heir_data_.term; }

  // ---- fixation: while there is any, walks survive deletions ----
  struct Fixer {
    Term pid;
    std::uint32_t count;
  };
  struct Fixation {
    std::vector<Fixer> fixers;
    std::int64_t monotonic_ns = 0, system_ns = 0;  // when the first began
  };
  // True: the first one of this process.
  bool fix(Term pid);
  // True: the last one of this process. False also if there was none.
  bool unfix(Term pid, bool all = false);
  Fixation fixation() const;
  bool fixed() const { return pins_.load(std::memory_order_relaxed) > 0; }

  // A fixation for the time of one operation.
  class [[nodiscard]] Pin {
   public:
    explicit Pin(Table& t) : table_(t.settings.type == Type::ordered_set ? nullptr : &t) {
      if (table_ != nullptr) table_->change_pins(1);
    }
    ~Pin() {
      if (table_ != nullptr) table_->change_pins(-1);
    }
    Pin(const Pin&) = delete;

   private:
    Table* table_;
  };

 private:
  friend class Directory;
  void change_pins(int by);
  Shape shape() const;

  std::atomic<Store*> store_;
  std::atomic<Protection> protection_;
  std::atomic<Word> name_, owner_;
  std::atomic<Word> heir_{Term::none().bits};
  OwnedTerm heir_data_;
  mutable Mutex<LockLevel::ets_table> mutex_;  // guards what follows
  Fixation fixation_;
  std::atomic<int> pins_{0};
};

// Frees a store that nobody finds any more; a large one on a thread of its own, so that no scheduler stands
// still.
void dispose_store(Store* store);

}  // namespace joist::ets
