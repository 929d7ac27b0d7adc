#include "vm/jit/jit.hpp"

#if JOIST_JIT
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vm/code/code_memory.hpp"
#include "vm/code/instruction_set.hpp"
#include "vm/interpreter/engine.hpp"
#include "vm/jit/perf_map.hpp"
#include "vm/jit/stencil_table.hpp"
#include "vm/trace/breakpoint.hpp"

namespace joist {
namespace {

constexpr std::size_t kNarrow = 0, kSmall = 1, kWide = 2;  // enum Constants in stencil.hpp
constexpr Word kNarrowLimit = Word{1} << 31;
constexpr std::size_t kJumpSize = 5;    // jmp rel32
constexpr std::size_t kLeaveSize = 14;  // see write_leave()
constexpr std::size_t kFunctionAlignment = 16;

// A variant of an instruction, found by its handler.
struct Compiled {
  Word handler = 0;
  const VariantInfo* variant = nullptr;
  std::array<const StencilInfo*, 3> stencils{};  // by what is known of the constants
};

Word target_of(const std::int32_t& relative) {
  return reinterpret_cast<Word>(&relative) + static_cast<Word>(static_cast<std::int64_t>(relative));
}

// Handlers to stencils: open addressing.
class Table {
 public:
  Table() {
    const auto& variants = InstructionSet::instance().variants();
    std::size_t size = 64;
    while (size < 2 * variants.size()) size *= 2;
    entries_.resize(size);
    for (const VariantInfo& v : variants) {
      Compiled& entry = slot(v.handler);
      entry.handler = v.handler;
      entry.variant = &v;
    }
    for (std::uint32_t i = 0; i < joist_stencil_count; ++i) {
      const StencilInfo& s = joist_stencil_infos[i];
      Compiled& entry = slot(target_of(s.handler));
      if (entry.handler != 0) entry.stencils[s.constants] = &s;
    }
  }
  const Compiled* find(Word handler) const {
    const Compiled& entry = const_cast<Table*>(this)->slot(handler);
    return entry.handler == 0 ? nullptr : &entry;
  }
  // Handlers to which machine code jumps lie in low memory, so that a jump can name their place.
  std::uint32_t place_of(Word target) {
    const auto found = places_.find(target);
    if (found != places_.end()) return found->second;
    if (places_left_ == 0) {
      constexpr std::size_t kAtOnce = 512;
      next_place_ = static_cast<Word*>(code_alloc(kAtOnce * sizeof(Word)));
      places_left_ = kAtOnce;
    }
    *next_place_ = target;
    const auto place = static_cast<std::uint32_t>(reinterpret_cast<Word>(next_place_));
    ++next_place_;
    --places_left_;
    places_.emplace(target, place);
    return place;
  }

 private:
  Compiled& slot(Word handler) {
    std::size_t i = (handler >> 4) * 0x9E3779B97F4A7C15u >> 40;
    for (;; ++i) {
      Compiled& entry = entries_[i & (entries_.size() - 1)];
      if (entry.handler == 0 || entry.handler == handler) return entry;
    }
  }
  std::vector<Compiled> entries_;
  std::unordered_map<Word, std::uint32_t> places_;
  Word* next_place_ = nullptr;
  std::size_t places_left_ = 0;
};

std::mutex compiling;  // held while a module is compiled
// Made when the first module is compiled; null while there is none.
Table* table = nullptr;

// One instruction and where its machine code goes.
struct Piece {
  std::uint32_t word;  // index in the threaded code
  std::uint32_t at;    // byte offset in the machine code
  const Compiled* what;
  const StencilInfo* stencil;  // null: the interpreter's handler
  std::uint32_t slow_at = 0, raise_at = 0;
};

class Compiler {
 public:
  explicit Compiler(const Instance& instance) : instance_(instance), code_(instance.code) {}

  bool run() {
    if (code_.empty() || !is_low_address(&code_.back()) || !plan()) return false;
    out_ = native_alloc(size_);
    if (out_ == nullptr) return false;
    write();
    if (!native_seal(out_, size_)) {
      native_free(out_, size_);
      return false;
    }
    instance_.native.at = out_;
    instance_.native.bytes = size_;
    publish();
    return true;
  }

 private:
  // Chooses stencils and places.
  bool plan() {
    offsets_.assign(code_.size() + 1, 0);
    std::size_t at = 0;
    for (std::size_t i = 0; i < code_.size();) {
      const Compiled* what = table->find(code_[i]);
      if (what == nullptr) return false;
      const VariantInfo& v = *what->variant;
      const std::size_t n = v.operand_count;
      const bool has_rest = n != 0 && v.kinds[n - 1] == OperandKind::rest;
      const StencilInfo* stencil = choose(*what, &code_[i + 1]);
      offsets_[i] = static_cast<std::uint32_t>(at);
      pieces_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(at), what, stencil});
      at += stencil == nullptr ? kLeaveSize : stencil->size - (stencil->falls_through ? kJumpSize : 0);
      const bool is_header = std::string_view(v.name) == "func_info";
      if (is_header) at = (at + kFunctionAlignment - 1) / kFunctionAlignment * kFunctionAlignment;
      i += 1 + n + (has_rest ? code_[i + n] : 0);
    }
    offsets_[code_.size()] = static_cast<std::uint32_t>(at);
    at += 2;  // the last instruction does not go on: a trap
    for (Piece& p : pieces_) {
      if (p.stencil == nullptr) continue;
      for (const StencilHole& h : holes(*p.stencil)) {
        const bool no_target = is_label(h) && code_[p.word + 1 + label_number(h)] == 0;
        if ((h.what == static_cast<std::uint8_t>(HoleWhat::slow) || no_target) && p.slow_at == 0) {
          p.slow_at = static_cast<std::uint32_t>(at);
          at += kLeaveSize;
        } else if (h.what == static_cast<std::uint8_t>(HoleWhat::raise) && p.raise_at == 0) {
          p.raise_at = static_cast<std::uint32_t>(at);
          at += kLeaveSize;
        }
      }
    }
    size_ = at;
    return size_ < kNarrowLimit;
  }

  static bool is_label(const StencilHole& h) { return h.what >= 8 && h.what < 16; }
  static std::size_t label_number(const StencilHole& h) { return h.what - 8u; }
  static std::span<const StencilHole> holes(const StencilInfo& s) {
    return {joist_stencil_holes + s.first_hole, s.hole_count};
  }

  static const StencilInfo* choose(const Compiled& what, const Word* operands) {
    const VariantInfo& v = *what.variant;
    bool narrow = true, small = true;
    for (std::size_t i = 0; i < v.operand_count; ++i) {
      if (v.kinds[i] == OperandKind::constant || v.kinds[i] == OperandKind::word)
        narrow &= operands[i] < kNarrowLimit;
      if (v.kinds[i] == OperandKind::constant) small &= Term{operands[i]}.is_small();
      if ((v.kinds[i] == OperandKind::x || v.kinds[i] == OperandKind::y) && operands[i] >= kNarrowLimit)
        return nullptr;
    }
    if (!narrow) return what.stencils[kWide];
    if (small && what.stencils[kSmall] != nullptr) return what.stencils[kSmall];
    return what.stencils[kNarrow];
  }

  void write() {
    std::memset(out_, 0x90, size_);  // nop
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Piece& p = pieces_[i];
      if (p.stencil == nullptr) {
        write_leave(p.at, p, p.what->handler);
        continue;
      }
      const StencilInfo& s = *p.stencil;
      const std::size_t size = s.size - (s.falls_through ? kJumpSize : 0);
      std::memcpy(out_ + p.at, joist_stencil_code + s.code, size);
      const std::uint32_t next = i + 1 < pieces_.size() ? pieces_[i + 1].at : offsets_[code_.size()];
      for (const StencilHole& h : holes(s))
        if (h.at < size) fill(p, h, next);
      if (p.slow_at != 0)
        write_leave(p.slow_at, p, s.slow_handler != 0 ? target_of(s.slow_handler) : p.what->handler);
      if (p.raise_at != 0) write_leave(p.raise_at, p, reinterpret_cast<Word>(&raise_handler));
    }
    put(offsets_[code_.size()], std::uint16_t{0x0b0f});  // ud2
  }

  void fill(const Piece& p, const StencilHole& h, std::uint32_t next) {
    const Word here = reinterpret_cast<Word>(&code_[p.word]);
    Word value = 0;
    if (h.what < 8) {
      value = code_[p.word + 1 + h.what];
    } else if (is_label(h)) {
      const Word target = code_[p.word + 1 + label_number(h)];
      if (h.how != HoleHow::relative32)
        value = target;  // not jumped to but kept, as by catch: an address in the threaded code
      else if (target == 0)
        value = native(p.slow_at);
      else
        value = native(offsets_[(target - reinterpret_cast<Word>(code_.data())) / sizeof(Word)]);
    } else {
      switch (static_cast<HoleWhat>(h.what)) {
        case HoleWhat::here: value = here; break;
        case HoleWhat::next: value = native(next); break;
        case HoleWhat::slow: value = native(p.slow_at); break;
        default: value = native(p.raise_at); break;
      }
    }
    value += static_cast<Word>(static_cast<std::int64_t>(h.addend));
    const std::size_t at = p.at + h.at;
    switch (h.how) {
      case HoleHow::absolute64: put(at, value); break;
      case HoleHow::absolute32: put(at, static_cast<std::uint32_t>(value)); break;
      case HoleHow::relative32: put(at, static_cast<std::uint32_t>(value - native(at))); break;
    }
  }

  // To a handler of the interpreter, which expects its instruction's address in r14 (the third argument of a
  // preserve_none function).
  void write_leave(std::size_t at, const Piece& p, Word handler) {
    put(at, std::uint16_t{0xbe41});  // mov r14d, here
    put(at + 2, static_cast<std::uint32_t>(reinterpret_cast<Word>(&code_[p.word])));
    put(at + 6, std::uint16_t{0x24ff});  // jmp [place]
    put(at + 8, std::uint8_t{0x25});
    put(at + 9, table->place_of(handler));
  }

  // Each word by itself: a process may run here meanwhile, and finds the handler or what does the same.
  void publish() {
    const VariantInfo* const first = InstructionSet::instance().variants().data();
    instance_.native.variants.reserve(pieces_.size());
    for (const Piece& p : pieces_) {
      instance_.native.variants.push_back(static_cast<std::uint16_t>(p.what->variant - first));
      if (p.stencil != nullptr)
        std::atomic_ref(const_cast<Word&>(code_[p.word])).store(native(p.at), std::memory_order_release);
    }
  }

  Word native(std::size_t at) const { return reinterpret_cast<Word>(out_ + at); }
  template <class T>
  void put(std::size_t at, T value) {
    std::memcpy(out_ + at, &value, sizeof value);
  }

  const Instance& instance_;
  const CodeVector& code_;
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> offsets_;  // word index -> byte offset, where an instruction starts
  std::size_t size_ = 0;
  std::byte* out_ = nullptr;

 public:
  void describe() const {
    for (const FunctionInfo& f : instance_.functions) {
      const std::size_t i = static_cast<std::size_t>(f.entry - code_.data());
      std::size_t end = offsets_[code_.size()];
      const FunctionInfo* after = &f + 1;
      if (after < instance_.functions.data() + instance_.functions.size())
        end = offsets_[static_cast<std::size_t>(after->start - code_.data())];
      perf_map_add(out_ + offsets_[i], end - offsets_[i], instance_.module, f.name, f.arity);
    }
  }
};

// Where a process was at the end of its slice.
void sample(const Word* ip) {
  constexpr std::uint32_t kSamplesToCompile = 2;
  // Machine code lies low, handlers do not.
  if (__atomic_load_n(ip, __ATOMIC_RELAXED) < kNarrowLimit) return;
  const Instance* instance = instance_at(ip);
  if (instance != nullptr &&
      instance->native.samples.fetch_add(1, std::memory_order_relaxed) + 1 == kSamplesToCompile)
    compile_native(*instance);
}

void compile_committed(const Instance& instance) { compile_native(instance); }

bool eager = false;

// The world is stopped, so nobody is in the machine code; return addresses are in threaded code anyway.
void drop_machine_code(const Instance& instance) {
  const std::lock_guard lock(compiling);
  NativeCode& native = instance.native;
  native.tried = true;
  if (native.at == nullptr) return;
  const auto& variants = InstructionSet::instance().variants();
  const CodeVector& code = instance.code;
  std::size_t i = 0;
  for (const std::uint16_t number : native.variants) {
    const VariantInfo& v = variants[number];
    std::atomic_ref(const_cast<Word&>(code[i])).store(v.handler, std::memory_order_release);
    const std::size_t n = v.operand_count;
    const bool has_rest = n != 0 && v.kinds[n - 1] == OperandKind::rest;
    i += 1 + n + (has_rest ? code[i + n] : 0);
  }
  native.variants = {};
  native_free(std::exchange(native.at, nullptr), native.bytes);
}

void allow_again(const Instance& instance) {
  {
    const std::lock_guard lock(compiling);
    instance.native.tried = false;
    instance.native.samples.store(0, std::memory_order_relaxed);
  }
  if (eager) compile_native(instance);
}

}  // namespace

bool compile_native(const Instance& instance) {
  const std::lock_guard lock(compiling);
  if (instance.native.tried) return false;
  instance.native.tried = true;
  if (table == nullptr) table = new Table;
  Compiler compiler(instance);
  if (!compiler.run()) return false;
  if (perf_map_wanted()) compiler.describe();
  return true;
}

namespace {
bool machine_code = false;
}
bool machine_code_is_on() { return machine_code; }

void init_jit() {
  const char* mode = std::getenv("JOIST_JIT");
  const std::string_view wanted = mode == nullptr ? "lazy" : mode;
  if (wanted == "off") return;
  machine_code = true;
  restore_threaded_code = drop_machine_code;
  allow_machine_code = allow_again;
  eager = wanted == "eager";
  if (eager)
    code_committed = compile_committed;
  else
    sample_code = sample;
}

}  // namespace joist

#else  // no stencils in this build

namespace joist {

bool compile_native(const Instance&) { return false; }
void init_jit() {}
bool machine_code_is_on() { return false; }

}  // namespace joist

#endif
