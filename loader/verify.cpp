#include "loader/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "loader/opcodes.hpp"
#include "loader/verify_lists.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

using loading::Wrong;

// What each operand of an opcode may be, one letter each:
//   u number           n number of arguments (<= 255)   v live x registers      h heap need
//   s any source       d x or y register                y y register            w number or source
//   f label or 0       L label                          C label of a function's entry
//   i import           m lambda                         a atom                  l list
//   F float register   e F or s                         g F or d                * anything
//   k label or atom    t number or atom
struct Signature {
  std::uint8_t opcode;
  std::string_view operands;
};
constexpr Signature kSignatures[] = {
    {op_label, "u"},
    {op_func_info, "aan"},
    {op_int_code_end, ""},
    {op_call, "nC"},
    {op_call_last, "nCu"},
    {op_call_only, "nC"},
    {op_call_ext, "ni"},
    {op_call_ext_last, "niu"},
    {op_call_ext_only, "ni"},
    {op_bif0, "id"},
    {op_bif1, "fisd"},
    {op_bif2, "fissd"},
    {op_gc_bif1, "fvisd"},
    {op_gc_bif2, "fvissd"},
    {op_gc_bif3, "fvisssd"},
    {op_allocate, "uv"},
    {op_allocate_heap, "uhv"},
    {op_allocate_zero, "uv"},
    {op_allocate_heap_zero, "uhv"},
    {op_test_heap, "hv"},
    {op_init, "y"},
    {op_init_yregs, "l"},
    {op_deallocate, "u"},
    {op_trim, "uu"},
    {op_return, ""},
    {op_send, ""},
    {op_remove_message, ""},
    {op_timeout, ""},
    {op_loop_rec, "Ld"},
    {op_loop_rec_end, "L"},
    {op_wait, "L"},
    {op_wait_timeout, "Ls"},
    {op_recv_mark, "f"},
    {op_recv_set, "f"},
    {op_recv_marker_bind, "ss"},
    {op_recv_marker_clear, "s"},
    {op_recv_marker_reserve, "d"},
    {op_recv_marker_use, "s"},
    {op_is_lt, "Lss"},
    {op_is_ge, "Lss"},
    {op_is_eq, "Lss"},
    {op_is_ne, "Lss"},
    {op_is_eq_exact, "Lss"},
    {op_is_ne_exact, "Lss"},
    {op_is_integer, "Ls"},
    {op_is_float, "Ls"},
    {op_is_number, "Ls"},
    {op_is_atom, "Ls"},
    {op_is_pid, "Ls"},
    {op_is_reference, "Ls"},
    {op_is_port, "Ls"},
    {op_is_nil, "Ls"},
    {op_is_binary, "Ls"},
    {op_is_list, "Ls"},
    {op_is_nonempty_list, "Ls"},
    {op_is_tuple, "Ls"},
    {op_is_function, "Ls"},
    {op_is_boolean, "Ls"},
    {op_is_bitstr, "Ls"},
    {op_is_map, "Ls"},
    {op_is_function2, "Lss"},
    {op_test_arity, "Lsu"},
    {op_is_tagged_tuple, "Lsua"},
    {op_select_val, "sLl"},
    {op_select_tuple_arity, "sLl"},
    {op_jump, "L"},
    {op_catch, "yL"},
    {op_catch_end, "y"},
    {op_try, "yL"},
    {op_try_end, "y"},
    {op_try_case, "y"},
    {op_try_case_end, "s"},
    {op_raise, "ss"},
    {op_raw_raise, ""},
    {op_build_stacktrace, ""},
    {op_badmatch, "s"},
    {op_if_end, ""},
    {op_case_end, "s"},
    {op_badrecord, "s"},
    {op_move, "sd"},
    {op_swap, "dd"},
    {op_get_list, "sdd"},
    {op_get_hd, "sd"},
    {op_get_tl, "sd"},
    {op_get_tuple_element, "sud"},
    {op_set_tuple_element, "sdu"},
    {op_put_list, "ssd"},
    {op_put_tuple2, "dl"},
    {op_update_record, "ausdl"},
    {op_put_map_assoc, "fsdvl"},
    {op_put_map_exact, "fsdvl"},
    {op_has_map_fields, "Lsl"},
    {op_get_map_elements, "Lsl"},
    {op_call_fun, "n"},
    {op_call_fun2, "tns"},
    {op_make_fun2, "m"},
    {op_make_fun3, "mdl"},
    {op_apply, "n"},
    {op_apply_last, "nu"},
    {op_fclearerror, ""},
    {op_fcheckerror, "f"},
    {op_fmove, "eg"},
    {op_fconv, "sF"},
    {op_fadd, "fFFF"},
    {op_fsub, "fFFF"},
    {op_fmul, "fFFF"},
    {op_fdiv, "fFFF"},
    {op_fnegate, "fFF"},
    {op_bs_init2, "fwhvud"},
    {op_bs_init_bits, "fwhvud"},
    {op_bs_add, "fssud"},
    {op_bs_append, "fshvusud"},
    {op_bs_private_append, "fsusud"},
    {op_bs_put_integer, "fsuus"},
    {op_bs_put_binary, "fsuus"},
    {op_bs_put_float, "fsuus"},
    {op_bs_put_string, "uu"},
    {op_bs_utf8_size, "fsd"},
    {op_bs_put_utf8, "fus"},
    {op_bs_utf16_size, "fsd"},
    {op_bs_put_utf16, "fus"},
    {op_bs_put_utf32, "fus"},
    {op_bs_init_writable, ""},
    {op_bs_create_bin, "fhvudl"},
    {op_bs_start_match3, "Lsvd"},
    {op_bs_start_match4, "kvsd"},
    {op_bs_get_integer2, "Ldvsuud"},
    {op_bs_get_float2, "Ldvsuud"},
    {op_bs_get_binary2, "Ldvsuud"},
    {op_bs_skip_bits2, "Ldsuu"},
    {op_bs_test_tail2, "Ldu"},
    {op_bs_test_unit, "Ldu"},
    {op_bs_match_string, "Lduu"},
    {op_bs_get_tail, "ddv"},
    {op_bs_get_position, "ddv"},
    {op_bs_set_position, "dd"},
    {op_bs_get_utf8, "Ldvud"},
    {op_bs_skip_utf8, "Ldvu"},
    {op_bs_get_utf16, "Ldvud"},
    {op_bs_skip_utf16, "Ldvu"},
    {op_bs_get_utf32, "Ldvud"},
    {op_bs_skip_utf32, "Ldvu"},
    {op_bs_match, "Ldl"},
    {op_on_load, ""},
    {op_nif_start, ""},
    {op_line, "u"},
    {op_executable_line, "uu"},
    {op_debug_line, "*u**"},
};

constexpr auto kByOpcode = [] {
  std::array<std::string_view, kMaxOpcode + 1> table{};
  for (auto& s : table) s = "?";  // not decoded at all
  for (const Signature& s : kSignatures) table[s.opcode] = s.operands;
  return table;
}();
constexpr bool all_arities_agree() {
#define JOIST_OPCODE(number, name, arity) \
  if (number <= kMaxOpcode && kByOpcode[number] != "?" && kByOpcode[number].size() != arity) return false;
#include "loader/opcodes.def"
#undef JOIST_OPCODE
  return true;
}
static_assert(all_arities_agree());

constexpr std::uint64_t kMaxFrame = 1024, kMaxLive = 1024, kMaxHeapNeed = 1 << 24, kMaxNumber = 0xffffffff;

// What a letter of a signature stands for.
struct Rule {
  unsigned kinds = 0;               // a bit for each Operand::Kind
  std::uint64_t most = UINT64_MAX;  // of numbers
  const char* expected = "";
  bool names = false;  // a label, or an index into a table
};
constexpr auto kRules = [] {
  using Kind = Operand::Kind;
  const auto bits = [](auto... kinds) { return (0u | ... | (1u << static_cast<int>(kinds))); };
  const unsigned registers = bits(Kind::x, Kind::y);
  const unsigned source = registers | bits(Kind::integer, Kind::atom, Kind::literal);
  std::array<Rule, 128> rules{};
  rules['u'] = {bits(Kind::number), kMaxNumber, "number"};
  rules['n'] = {bits(Kind::number), 255, "number"};
  rules['v'] = {bits(Kind::number), kMaxLive, "number"};
  rules['h'] = {bits(Kind::number, Kind::allocation), kMaxHeapNeed, "number"};
  rules['s'] = {source, UINT64_MAX, "register or constant"};
  rules['d'] = {registers, UINT64_MAX, "register"};
  rules['y'] = {bits(Kind::y), UINT64_MAX, "y register"};
  rules['w'] = {source | bits(Kind::number), kMaxNumber, "number"};
  rules['k'] = {bits(Kind::label, Kind::atom), UINT64_MAX, "label", true};
  rules['L'] = {bits(Kind::label), UINT64_MAX, "label", true};
  rules['f'] = {bits(Kind::label), UINT64_MAX, "label", true};
  rules['C'] = {bits(Kind::label), UINT64_MAX, "label", true};
  rules['i'] = {bits(Kind::number), UINT64_MAX, "import", true};
  rules['m'] = {bits(Kind::number), UINT64_MAX, "lambda", true};
  rules['t'] = {bits(Kind::number, Kind::atom), UINT64_MAX, "lambda", true};
  rules['a'] = {bits(Kind::atom), UINT64_MAX, "atom"};
  rules['l'] = {bits(Kind::list), UINT64_MAX, "list"};
  rules['F'] = {bits(Kind::float_register), UINT64_MAX, "float register"};
  rules['e'] = {source | bits(Kind::float_register), UINT64_MAX, "source"};
  rules['g'] = {registers | bits(Kind::float_register), UINT64_MAX, "register"};
  rules['*'] = {~0u};
  return rules;
}();

// Opcodes with something to say in check_more(), and those that change the stack frame or do not go on.
template <class... Ops>
constexpr auto opcode_set(Ops... ops) {
  std::array<bool, kMaxOpcode + 1> set{};
  ((set[ops] = true), ...);
  return set;
}
constexpr auto kAsksMore = opcode_set(op_call_ext, op_call_ext_last, op_call_ext_only, op_bif0, op_bif1,
                                      op_bif2, op_gc_bif1, op_gc_bif2, op_gc_bif3, op_loop_rec, op_fmove,
                                      op_get_tuple_element, op_set_tuple_element, op_make_fun3);
constexpr auto kChangesFrame = opcode_set(
    op_allocate, op_allocate_zero, op_allocate_heap, op_allocate_heap_zero, op_deallocate, op_trim, op_return,
    op_call_only, op_call_ext_only, op_call_ext_last, op_call_last, op_apply_last, op_call_ext, op_func_info,
    op_jump, op_wait, op_loop_rec_end, op_select_val, op_select_tuple_arity, op_badmatch, op_if_end,
    op_case_end, op_try_case_end, op_badrecord, op_raise);

constexpr int kMaxPasses = 200;  // over one function; real code needs two or three

// Stack frame at a place in the code: number of y registers, or one of the constants, or mixed(n): frames of
// different sizes meet here (the compiler shares code that raises), the smallest of them has n registers.
constexpr std::int32_t kUnreached = INT32_MIN, kNone = -1;
constexpr std::int32_t mixed(std::int32_t n) { return -2 - n; }
constexpr std::int32_t usable(std::int32_t frame) { return frame >= kNone ? std::max(frame, 0) : -2 - frame; }

class Verifier {
 public:
  explicit Verifier(const DecodedModule& m) : m_(m) {}

  std::optional<LoadError> run() {
    try {
      find_functions();
      concerns_frame_.assign(m_.ops.size(), false);
      for (op_ = 0; op_ < m_.ops.size(); ++op_) check_operands(m_.ops[op_]);
      op_ = m_.ops.size();
      check_entries();
      frames_.assign(m_.label_count, kUnreached);
      for (std::uint32_t f = 0; f < functions_.size(); ++f) check_frames(f);
    } catch (const Wrong& w) {
      return LoadError{place() + w.what};
    }
    return std::nullopt;
  }

 private:
  struct Function {
    std::size_t first, func_info, end;  // op indexes
    std::uint32_t arity;
  };
  struct LabelPlace {
    std::uint32_t op = 0;  // index + 1; 0 = not defined
    std::uint32_t function = 0;
    bool entry = false;
  };

  // "in lists:map/2, move: "
  std::string place() const {
    if (op_ >= m_.ops.size()) return {};
    const char* name = opcode_info(m_.ops[op_].opcode)->name;
    for (std::size_t i = op_ + 1; i-- > 0;) {
      const GenericOp& op = m_.ops[i];
      if (op.opcode != op_func_info) continue;
      const auto o = m_.operands_of(op);
      if (o[1].kind != Operand::Kind::atom || !o[1].term.is_atom()) break;
      return fmt::format("in {}/{}, {}: ", atom_text(o[1].term), o[2].value, name);
    }
    return fmt::format("{}: ", name);
  }

  const Operand& operand(std::size_t i) const { return m_.operands[m_.ops[op_].first_operand + i]; }

  // label [line] func_info label ... , again and again, int_code_end.
  void find_functions() {
    labels_.assign(m_.label_count, {});
    std::size_t body_from = 0;
    for (op_ = 0; op_ < m_.ops.size(); ++op_) {
      if (m_.ops[op_].opcode != op_func_info) continue;
      std::size_t first = op_;
      if (first > body_from && m_.ops[first - 1].opcode == op_line) --first;
      if (first == body_from || m_.ops[first - 1].opcode != op_label)
        throw Wrong{"func_info does not follow a label"};
      --first;
      if (functions_.empty() ? first != 0 : false) throw Wrong{"code before the first function"};
      if (op_ + 1 >= m_.ops.size() || m_.ops[op_ + 1].opcode != op_label)
        throw Wrong{"func_info without an entry label"};
      if (!functions_.empty()) functions_.back().end = first;
      if (operand(0).kind != Operand::Kind::atom || operand(0).term != m_.name)
        throw Wrong{"a function of another module"};
      functions_.push_back({first, op_, m_.ops.size() - 1, static_cast<std::uint32_t>(operand(2).value)});
      body_from = op_ + 1;
    }
    op_ = m_.ops.size();
    if (functions_.size() != m_.function_count)
      throw Wrong{fmt::format("{} functions, though {} are announced", functions_.size(), m_.function_count)};
    if (functions_.empty() && m_.ops.size() != 1) throw Wrong{"code outside of all functions"};
    for (std::uint32_t f = 0; f < functions_.size(); ++f) {
      for (op_ = functions_[f].first; op_ < functions_[f].end; ++op_) {
        if (m_.ops[op_].opcode != op_label) continue;
        const Operand& o = operand(0);
        if (o.kind != Operand::Kind::number || o.value == 0 || o.value >= m_.label_count)
          throw Wrong{fmt::format("label {} of {}", o.value, m_.label_count - 1)};
        LabelPlace& l = labels_[o.value];
        if (l.op != 0) throw Wrong{fmt::format("label {} is defined twice", o.value)};
        l = {static_cast<std::uint32_t>(op_ + 1), f, op_ == functions_[f].func_info + 1};
      }
    }
  }

  const LabelPlace& defined_label(std::uint64_t n) const {
    if (n == 0 || n >= m_.label_count || labels_[n].op == 0)
      throw Wrong{fmt::format("label {} is not defined", n)};
    return labels_[n];
  }
  // `n` is the entry of a function of `arity` arguments.
  void check_entry(std::uint64_t n, std::uint64_t arity) const {
    const LabelPlace& l = defined_label(n);
    if (!l.entry) throw Wrong{fmt::format("label {} is not the entry of a function", n)};
    if (functions_[l.function].arity != arity)
      throw Wrong{fmt::format("the function at label {} takes {} arguments, not {}", n,
                              functions_[l.function].arity, arity)};
  }
  void check_entries() const {
    for (const ExportEntry& e : m_.exports) {
      try {
        check_entry(e.label, e.arity);
      } catch (const Wrong& w) {
        throw Wrong{fmt::format("export {}/{}: {}", atom_text(e.function), e.arity, w.what)};
      }
    }
    for (const LambdaEntry& l : m_.lambdas) check_entry(l.label, l.arity + l.free_count);
  }

  void check_operands(const GenericOp& op) {
    using Kind = Operand::Kind;
    const char* const signature = kByOpcode[op.opcode].data();
    const Operand* const operands = m_.operands.data() + op.first_operand;
    unsigned kinds = 0;
    bool label = false;
    for (std::size_t i = 0; i < op.operand_count; ++i) {
      const Operand& o = operands[i];
      const Rule& rule = kRules[static_cast<unsigned char>(signature[i])];
      if ((rule.kinds >> static_cast<int>(o.kind) & 1) == 0)
        throw Wrong{fmt::format("operand {} is no {}", i + 1, rule.expected)};
      kinds |= 1u << static_cast<int>(o.kind);
      if (o.kind == Kind::number) {
        // The size that a binary's rest is compared with may be one that no binary has.
        if (o.value > rule.most && op.opcode != op_bs_test_tail2)
          throw Wrong{fmt::format("operand {} is {}, but at most {} is possible", i + 1, o.value, rule.most)};
        if (rule.names) check_name(signature[i], o);
      } else if (o.kind == Kind::label && rule.names) {
        if (o.value == 0 && signature[i] == 'f') continue;
        label = true;
        if (signature[i] == 'C')
          check_entry(o.value, operands[0].value);
        else
          defined_label(o.value);
      } else if (signature[i] == 'a' && !o.term.is_atom()) {
        throw Wrong{fmt::format("operand {} is no atom", i + 1)};
      }
    }
    if (kAsksMore[op.opcode]) check_more(op);
    const bool has_list = kinds >> static_cast<int>(Kind::list) & 1;
    concerns_frame_[op_] = label || has_list || (kinds >> static_cast<int>(Kind::y) & 1);
    if (!has_list && !loading::names_string(op)) return;
    loading::check_lists(m_, op);
    for (const Operand& list : m_.operands_of(op)) {
      if (list.kind != Operand::Kind::list) continue;
      for (const Operand& o : m_.list(list))
        if (o.kind == Operand::Kind::label) defined_label(o.value);
    }
  }

  // A number that is an index.
  void check_name(char letter, const Operand& o) const {
    if (letter == 'i' && o.value >= m_.imports.size())
      throw Wrong{fmt::format("import {} of {}", o.value, m_.imports.size())};
    if (letter != 'i' && o.value >= m_.lambdas.size())
      throw Wrong{fmt::format("lambda {} of {}", o.value, m_.lambdas.size())};
  }

  // What an opcode asks of its operands together.
  void check_more(const GenericOp& op) {
    switch (op.opcode) {
      case op_call_ext:
      case op_call_ext_last:
      case op_call_ext_only: check_import_arity(1, operand(0).value); break;
      case op_bif0: check_import_arity(0, 0); break;
      case op_bif1: check_import_arity(1, 1); break;
      case op_bif2: check_import_arity(1, 2); break;
      case op_gc_bif1: check_import_arity(2, 1); break;
      case op_gc_bif2: check_import_arity(2, 2); break;
      case op_gc_bif3: check_import_arity(2, 3); break;
      case op_loop_rec:
        if (operand(1).kind != Operand::Kind::x || operand(1).value != 0) throw Wrong{"its target is not x0"};
        break;
      case op_fmove:
        if (operand(0).kind != Operand::Kind::float_register &&
            operand(1).kind != Operand::Kind::float_register)
          throw Wrong{"no operand is a float register"};
        break;
      case op_get_tuple_element:
        if (operand(1).value > kMaxHeapNeed) throw Wrong{"the element's number is too large"};
        break;
      case op_set_tuple_element:
        if (operand(2).value > kMaxHeapNeed) throw Wrong{"the element's number is too large"};
        break;
      case op_make_fun3:
        if (operand(2).count != m_.lambdas[operand(0).value].free_count)
          throw Wrong{fmt::format("an environment of {} for a lambda that has {}", operand(2).count,
                                  m_.lambdas[operand(0).value].free_count)};
        break;
      default: break;
    }
  }
  void check_import_arity(std::size_t i, std::uint64_t arity) const {
    const ImportEntry& e = m_.imports[operand(i).value];
    if (e.arity != arity)
      throw Wrong{fmt::format("{}:{} takes {} arguments, not {}", atom_text(e.module), atom_text(e.function),
                              e.arity, arity)};
  }

  // ---- stack frames ----

  void check_frames(std::uint32_t f) {
    const Function& function = functions_[f];
    int passes = 0;
    do {
      again_ = false;
      if (++passes > kMaxPasses) throw Wrong{"the function's jumps are too entangled"};
      std::int32_t frame = kUnreached;
      for (op_ = function.first; op_ < function.end; ++op_) {
        const GenericOp& op = m_.ops[op_];
        if (op.opcode == op_label) {
          const std::uint64_t l = operand(0).value;
          if (op_ == function.func_info + 1) frame = kNone;
          merge(frames_[l], frame);
          frame = frames_[l];
        } else if (frame != kUnreached) {
          if (concerns_frame_[op_]) visit_operands(op, f, frame);
          if (kChangesFrame[op.opcode]) frame = after(op, frame);
        }
      }
      if (frame != kUnreached) {
        --op_;
        throw Wrong{"the code goes on past the end of the function"};
      }
    } while (again_);
  }

  static bool merge(std::int32_t& into, std::int32_t frame) {
    if (frame == kUnreached || into == frame) return false;
    const std::int32_t before = into;
    into = into == kUnreached ? frame : mixed(std::min(usable(into), usable(frame)));
    return into != before;
  }

  void visit_operands(const GenericOp& op, std::uint32_t f, std::int32_t frame) {
    for (const Operand& o : m_.operands_of(op)) {
      if (o.kind == Operand::Kind::list)
        for (const Operand& inner : m_.list(o)) visit_operand(op, inner, f, frame);
      else
        visit_operand(op, o, f, frame);
    }
  }
  void visit_operand(const GenericOp& op, const Operand& o, std::uint32_t f, std::int32_t frame) {
    if (o.kind == Operand::Kind::y) {
      if (o.value >= static_cast<std::uint64_t>(usable(frame)))
        throw Wrong{fmt::format("y{} lies outside of the stack frame", o.value)};
    } else if (o.kind == Operand::Kind::label && o.value != 0) {
      if (op.opcode == op_call || op.opcode == op_call_last || op.opcode == op_call_only) return;
      if (op.opcode == op_recv_mark || op.opcode == op_recv_set) return;
      const LabelPlace& l = labels_[o.value];
      if (l.function != f) throw Wrong{fmt::format("label {} belongs to another function", o.value)};
      if (merge(frames_[o.value], frame) && l.op <= op_) again_ = true;
    }
  }

  void require_frame(std::int32_t frame, std::int64_t wanted) const {
    if (frame == wanted) return;
    const auto text = [](std::int64_t n) {
      return n == kNone  ? std::string("no stack frame")
             : n < kNone ? std::string("an unknown stack frame")
                         : fmt::format("a stack frame of {}", n);
    };
    throw Wrong{fmt::format("with {} instead of {}", text(frame), text(wanted))};
  }

  // The frame after `op`, kUnreached if the code does not go on there.
  std::int32_t after(const GenericOp& op, std::int32_t frame) const {
    switch (op.opcode) {
      case op_allocate:
      case op_allocate_zero:
      case op_allocate_heap:
      case op_allocate_heap_zero:
        require_frame(frame, kNone);
        if (operand(0).value > kMaxFrame) throw Wrong{"the stack frame is too large"};
        return static_cast<std::int32_t>(operand(0).value);
      case op_deallocate: require_frame(frame, static_cast<std::int64_t>(operand(0).value)); return kNone;
      case op_trim: {
        require_frame(frame, static_cast<std::int64_t>(operand(0).value + operand(1).value));
        return static_cast<std::int32_t>(operand(1).value);
      }
      case op_return:
      case op_call_only:
      case op_call_ext_only: require_frame(frame, kNone); return kUnreached;
      case op_call_ext_last:
        // The compiler shares calls that raise between places with different frames.
        if (never_returns(m_.imports[operand(1).value])) return kUnreached;
        [[fallthrough]];
      case op_call_last: require_frame(frame, static_cast<std::int64_t>(operand(2).value)); return kUnreached;
      case op_apply_last:
        require_frame(frame, static_cast<std::int64_t>(operand(1).value));
        return kUnreached;
      case op_call_ext: return never_returns(m_.imports[operand(1).value]) ? std::int32_t{kUnreached} : frame;
      case op_func_info:
      case op_jump:
      case op_wait:
      case op_loop_rec_end:
      case op_select_val:
      case op_select_tuple_arity:
      case op_badmatch:
      case op_if_end:
      case op_case_end:
      case op_try_case_end:
      case op_badrecord:
      case op_raise: return kUnreached;
      default: return frame;
    }
  }
  // OTP: the compiler puts nothing after a call of these.
  static bool never_returns(const ImportEntry& e) {
    if (e.module != am::erlang) return false;
    const Term f = e.function;
    return ((f == am::error || f == am::nif_error) && e.arity >= 1 && e.arity <= 3) ||
           ((f == am::exit || f == am::throw_) && e.arity == 1);
  }

  const DecodedModule& m_;
  std::vector<Function> functions_;
  std::vector<LabelPlace> labels_;
  std::vector<std::int32_t> frames_;  // by label
  std::vector<char> concerns_frame_;  // by op: names a y register, a label or a list
  std::size_t op_ = 0;                // being looked at, for messages
  bool again_ = false;
};

}  // namespace

std::string_view operand_signature(unsigned opcode) { return opcode <= kMaxOpcode ? kByOpcode[opcode] : "?"; }

std::optional<LoadError> verify_module(const DecodedModule& m) { return Verifier(m).run(); }

}  // namespace joist
