// export.hpp -- the table of all Module:Function/Arity that any code refers to or exports.
// Owner: the VM, forever: an Export is never freed, so call sites hold plain pointers. Threads: reading is
// lock free; making one takes the table's lock; `address` changes only while the world is stopped (commit,
// delete).
#pragma once
#include <span>
#include <vector>

#include "vm/term/fun.hpp"

namespace joist {

Export* find_or_make_export(Term module, Term function, std::uint32_t arity);
Export* find_export(Term module, Term function, std::uint32_t arity);  // null if nobody ever named it
// Loaded code or a BIF stands behind it.
bool is_callable(const Export& e);
// All there are, callable or not. The world is stopped, or the answer may be out of date.
std::vector<Export*> all_exports();
// All exports of a module that are callable.
std::vector<Export*> exports_of(Term module);

// Code of the stubs inside Export: set by the engine before the first export is made.
//   stub[0] = handler of "call_error_handler", "call_bif_stub" or "call_dirty_bif_stub", stub[1] = Export*,
//   stub[2] = the BIF's function
// native_entry is the instruction that functions begin with which load_nif may replace: then its operand is
// the NativeFunction (vm/nif/nif.hpp), else 0.
struct StubHandlers {
  Word call_error_handler = 0;
  Word call_bif = 0;
  Word call_dirty_bif = 0;
  Word native_entry = 0;
};
extern StubHandlers stub_handlers;
// Points `address` to the stub that calls the error handler, or the BIF if there is one.
void reset_to_stub(Export& e);

// Some BIF's export leads elsewhere than to its stub (vm/trace): instructions that call BIFs directly look
// whether it is theirs.
extern std::atomic<bool> bifs_are_traced;
// Code that is loaded from now on calls erlang:setelement/3 as other BIFs.
extern std::atomic<bool> setelement_is_called;

// The BIF behind an export, set by bifs/ at start-up, before any code is loaded.
struct Call;
using BifFunction = Term (*)(Call&);
enum class DirtyKind : std::uint8_t { none, cpu, io };
struct BifInfo {
  Term module, function;
  std::uint32_t arity;
  BifFunction run;
  DirtyKind dirty = DirtyKind::none;
  bool guard = false;  // callable as bif1/bif2/gc_bif: never traps, never schedules out
  Export* exported = nullptr;
};
void register_bif(const BifInfo& info);
const BifInfo& bif_info(std::int32_t index);  // Export::bif
std::size_t bif_count();

}  // namespace joist
