// fun.hpp -- funs: closures over a function of a module, and external funs (fun M:F/A).
// A closure points to a FunEntry, an external fun to an Export; both live in vm/code and are never freed.
#pragma once
#include <atomic>

#include "vm/term/heap.hpp"

namespace joist {

struct Module;
struct Instance;  // one loaded version of a module (vm/code/module.hpp)

// One lambda of one version of a module: module, index and md5 tell it apart. Survives its code.
struct FunEntry {
  std::atomic<const Word*> address;  // entry of the code; an "undefined lambda" stub when it is not loaded
  Term module;                       // atoms
  Term function;
  std::uint32_t arity;       // without the environment
  std::uint32_t free_count;  // environment size
  std::uint32_t index;
  std::uint32_t old_index, old_uniq;
  std::uint8_t uniq[16];  // the module's MD5
  Instance* instance;     // code that `address` lies in, null if none
  // The code is being purged: callers wait until it is gone or the purge is given up.
  std::atomic<bool> pending_purge{false};
};

// Export entry: module:function/arity, whether loaded or not; call sites and external funs point to it.
struct Export {
  std::atomic<const Word*> address;  // where calls go: code, the BIF stub or the "undefined" stub below
  Term module, function;             // atoms
  std::uint32_t arity;
  std::int32_t bif;  // index in the BIF table, -1 if none
  Word stub[8];      // threaded code: call error handler / call BIF / breakpoint
};

// fun: header, FunEntry*, creator (local or external pid), environment...
constexpr std::size_t fun_words(std::size_t environment) { return 3 + environment; }
class Fun {
 public:
  static std::optional<Fun> from(Term t) {
    return t.is_box(BoxKind::fun) ? std::optional(Fun(t)) : std::nullopt;
  }
  FunEntry* entry() const { return reinterpret_cast<FunEntry*>(t_.box_words()[1]); }
  Term creator() const { return {t_.box_words()[2]}; }
  Term* environment() const { return reinterpret_cast<Term*>(t_.box_words() + 3); }
  std::size_t environment_size() const { return header_words(t_.header()) - 2; }

 private:
  explicit Fun(Term t) : t_(t) {}
  Term t_;
};
inline Export* external_fun_export(Term t) { return reinterpret_cast<Export*>(t.box_words()[1]); }
Term make_external_fun(Heap& h, Export* e);

}  // namespace joist
