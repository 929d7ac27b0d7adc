// module.hpp -- loaded modules: a name with a current and perhaps an old version (Instance).
//
// Threads: versions change only while the world is stopped (scheduler/stop_world.hpp); a lookup by a running
// process is therefore lock free and stays valid until its next safe point.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gc/literal.hpp"
#include "vm/code/code_memory.hpp"
#include "vm/code/export.hpp"

namespace joist {

struct Location {  // source position of a code address
  std::string_view file;
  std::uint32_t line;  // 0: unknown
};

struct FunctionInfo {
  const Word* start;  // the func_info instruction
  const Word* entry;  // where calls go
  Term name;
  std::uint32_t arity;
};

// Machine code of an instance, if it has been compiled (vm/jit).
struct NativeCode {
  NativeCode() = default;
  NativeCode(const NativeCode&) = delete;
  ~NativeCode() {
    if (at != nullptr) native_free(at, bytes);
  }
  std::byte* at = nullptr;
  std::size_t bytes = 0;
  bool tried = false;                     // or must not be
  std::vector<std::uint16_t> variants;    // of its instructions, to put their handlers back (InstructionSet)
  std::atomic<std::uint32_t> samples{0};  // how often a process was seen in it at the end of a time slice
};

// A library of native functions that a version of a module has loaded (vm/nif).
struct LoadedLibrary {
  virtual void unload() = 0;  // the code is gone; the object may go, too

 protected:
  ~LoadedLibrary() = default;
};

// One loaded version of a module. Layout of threaded code: see vm/code/instruction_set.hpp; each function is
//   func_info Module Function Arity ; entry: ...      so entry[-3..-1] are M, F, A.
struct Instance {
  Term module;
  CodeVector code;                      // the threaded code; never resized after loading
  std::vector<FunctionInfo> functions;  // by address
  struct LineEntry {
    std::uint32_t offset;
    std::uint32_t location;
  };                               // code index -> (file << 24 | line)
  std::vector<LineEntry> lines;    // by offset
  std::vector<std::string> files;  // file names; 0 is Module.erl
  std::unique_ptr<LiteralArea> literals;
  std::vector<Term> literal_terms;  // LitT, in literals
  std::vector<FunEntry*> funs;      // FunT, by index
  struct Lambda {
    const Word* code;
    Term name;
  };
  std::vector<Lambda> lambdas;  // of each of `funs`; commit points the entries there
  struct ExportedFunction {
    Term function;
    std::uint32_t arity;
    const Word* entry;
  };
  std::vector<ExportedFunction> exports;
  Term attributes, compile_info;  // in literals
  std::uint8_t md5[16];
  const Word* on_load = nullptr;                              // entry of the -on_load function
  std::vector<std::pair<Term, std::uint32_t>> nif_functions;  // -nifs() (nif_start)
  LoadedLibrary* library = nullptr;                           // set by load_nif
  bool preloaded = false;
  mutable NativeCode native;

  const Word* code_start() const { return code.data(); }
  const Word* code_end() const { return code.data() + code.size(); }
  bool contains(const Word* address) const { return address >= code_start() && address < code_end(); }
  // The function whose code holds `address`, or null.
  const FunctionInfo* function_at(const Word* address) const;
  // Position of the instruction at `address` (a return address: the call just before it).
  Location location_of(const Word* address, bool is_return_address) const;
};

struct Module {
  Term name;
  std::unique_ptr<Instance> current;
  std::unique_ptr<Instance> old;
  std::unique_ptr<Instance> on_load;  // committed, its on_load function has not finished
};

Module* find_module(Term name);  // null if never loaded
std::vector<Term> loaded_modules();
// The instance (current or old) whose code holds `address`, or null.
const Instance* instance_at(const Word* address);

// Called with each instance that commit_instance() has put in place; may be null.
extern void (*code_committed)(const Instance& instance);

// Called, if not null, while the world is stopped: before a version stops being the current one, and after
// one has become it.
extern void (*code_leaves)(const Instance& instance);
extern void (*code_is_current)(const Instance& instance);

// The handler of a function's first instruction where a breakpoint may stand in its place. May be null.
extern Word (*displaced_handler)(const Word* entry);

// ---- changing (the world is stopped, or nothing runs yet) ----
// Makes `instance` the current version; what was current becomes old (there must be no old one), exports
// and funs point to the new code. With an on_load function it waits in Module::on_load instead, out of reach
// of exports, until finish_on_load().
void commit_instance(std::unique_ptr<Instance> instance);
// The on_load function has returned ok: its instance becomes current as above.
void finish_on_load(Term module);
// erlang:delete_module: current becomes old. False if there is already an old version.
bool delete_current(Term module);
// Purging the old version, or else one whose on_load function has failed. prepare: from now on nobody comes
// to it by a fun, but waits. abort: as before. complete: no process stands in its code; frees it, and returns
// its literals, which processes may still hold (literal_release.hpp), and the library to be unloaded.
struct PurgedParts {
  std::unique_ptr<LiteralArea> literals;
  LoadedLibrary* library = nullptr;
};
void prepare_purge(Term module);
void abort_purge(Term module);
PurgedParts complete_purge(Term module);

// What tells a lambda apart, and its name. Arity and environment size tell too, although code has only one
// lambda of an index: a fun that came in from elsewhere may lie about them, and then must not be taken for
// the code's.
struct FunIdentity {
  Term module;
  const std::uint8_t* uniq;  // the module's MD5, 16 bytes
  std::uint32_t index;
  std::uint32_t old_index = 0, old_uniq = 0;
  std::uint32_t arity = 0;  // without the environment
  std::uint32_t free_count = 0;
  Term function = Term::none();  // tells nothing apart: unknown where a fun came in before its code
};
// The entry of `identity`, made if new, surviving all code.
FunEntry* find_or_make_fun_entry(const FunIdentity& identity);
// Code that an entry without loaded code points to: raises undefined lambda through the error handler.
extern const Word* undefined_lambda_code;

}  // namespace joist
