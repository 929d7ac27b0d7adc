#include "loader/translate.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "loader/load_error.hpp"
#include "loader/translate_binary.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/hash.hpp"

namespace joist {
namespace {

constexpr std::uint32_t kNoOffset = ~std::uint32_t{0};
// A register beyond those that code may name, for constants where an instruction wants a register.
constexpr EncodedOperand kScratch = x_operand(1028);
constexpr Word kNoCollection = ~Word{0};  // `live` of guard BIFs that build nothing

bool same_register(const Operand& a, const Operand& b) {
  return a.is_register() && a.kind == b.kind && a.value == b.value;
}
bool is_x(const Operand& o, std::uint64_t n) { return o.kind == Operand::Kind::x && o.value == n; }
bool is_immediate_constant(const Operand& o) { return o.is_constant() && o.term.is_immediate(); }

// Float registers are named by their offset in bytes.
EncodedOperand float_offset(const Operand& o) { return {OperandKind::word, o.value * 8}; }

// `pairs`: key, anything, key, anything ...
bool all_keys_immediate(std::span<const Operand> pairs) {
  for (std::size_t i = 0; i < pairs.size(); i += 2)
    if (!is_immediate_constant(pairs[i])) return false;
  return true;
}

}  // namespace

// Verified code has operands that no compiler writes; each must still find a variant, which builds with
// checks (the fuzzer's) insist on.
struct NoVariant {
  const char* instruction;
};

std::optional<LoadError> translate(const DecodedModule& m, Instance& out) {
  try {
    Translator(m, out).run();
  } catch (const NoVariant& n) {
    return LoadError{std::string("no variant of instruction ") + n.instruction + " takes these operands"};
  }
  return std::nullopt;
}

// ---- operands
// ----------------------------------------------------------------------------------------------

EncodedOperand Translator::operand(const Operand& o) {
  switch (o.kind) {
    case Operand::Kind::x: return x_operand(static_cast<std::uint32_t>(o.value));
    case Operand::Kind::y: return y_operand(static_cast<std::uint32_t>(o.value));
    case Operand::Kind::integer:
    case Operand::Kind::atom:
    case Operand::Kind::literal: return constant_operand(o.term);
    case Operand::Kind::number: return constant_operand(Term::small(static_cast<std::int64_t>(o.value)));
    default: fail("an operand of a kind that verification should have refused");
  }
}

std::size_t Translator::heap_need(const Operand& o) {
  // Floats take two words; a fun's fixed part takes three, its environment is counted in words.
  if (o.kind == Operand::Kind::allocation) return o.value + 2 * o.count + 3 * o.type;
  return o.value;
}

Export* Translator::import(const Operand& o) const {
  const ImportEntry& i = module_.imports[o.value];
  return find_or_make_export(i.module, i.function, i.arity);
}

// ---- emitting
// ----------------------------------------------------------------------------------------------

bool Translator::emit_id(InstructionId id, std::span<const EncodedOperand> operands) {
  const VariantInfo* v = InstructionSet::instance().find(id, operands);
  if (v == nullptr) return false;
  out_.code.push_back(v->handler);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    switch (v->kinds[i]) {
      case OperandKind::any: out_.code.push_back(encode_any(operands[i])); break;
      case OperandKind::label: append_label(operands[i].value); break;
      default: out_.code.push_back(operands[i].value); break;
    }
  }
  return true;
}

void Translator::append_label(std::uint64_t label) {
  if (label != 0)
    patches_.emplace_back(static_cast<std::uint32_t>(out_.code.size()), static_cast<std::uint32_t>(label));
  out_.code.push_back(0);
}

void Translator::no_variant(const char* name) {
#ifdef JOIST_CHECK
  std::fprintf(stderr, "joist: no variant of %s takes these operands\n", name);
  std::abort();
#else
  throw NoVariant{name};
#endif
}

// ---- the pass
// ------------------------------------------------------------------------------------------------

void Translator::run() {
  label_offsets_.assign(module_.label_count + 1, kNoOffset);
  out_.module = module_.name;
  out_.files = module_.files;
  out_.code.reserve(module_.ops.size() * 4);
  for (const ImportEntry& i : module_.imports)
    all_replaceable_ |= i.module == am::erlang && i.function == am::load_nif && i.arity == 2;
  if (all_replaceable_)
    for (const GenericOp& op : module_.ops)
      if (op.opcode == op_nif_start) all_replaceable_ = false;
  for (index_ = 0; index_ < module_.ops.size(); ++index_) translate_op(module_.ops[index_]);
  finish();
}

void Translator::finish() {
  out_.code.shrink_to_fit();
  const Word* base = out_.code.data();
  for (const auto& [at, label] : patches_) {
    require(label_offsets_[label] != kNoOffset, "a label that verification should have refused");
    out_.code[at] = reinterpret_cast<Word>(base + label_offsets_[label]);
  }
  for (FunctionInfo& f : out_.functions) {
    f.start = base + reinterpret_cast<std::size_t>(f.start);
    f.entry = base + reinterpret_cast<std::size_t>(f.entry);
  }
  if (out_.on_load != nullptr) out_.on_load = base + reinterpret_cast<std::size_t>(out_.on_load);
  for (const ExportEntry& e : module_.exports)
    out_.exports.push_back({e.function, e.arity, base + label_offsets_[e.label]});
  for (const LambdaEntry& l : module_.lambdas)
    out_.lambdas.push_back({base + label_offsets_[l.label], l.function});
}

void Translator::record_line(const Operand& item) {
  const LineItem where =
      item.value < module_.lines.size() && item.value != 0 ? module_.lines[item.value] : LineItem{0, 0};
  out_.lines.push_back({static_cast<std::uint32_t>(out_.code.size()), where.file << 24 | where.line});
}

// func_info: emits the header; a function that a BIF stands behind gets the BIF's call as its body.
void Translator::begin_function() {
  const Term module = arg(0).term, function = arg(1).term;
  const auto arity = static_cast<std::uint32_t>(arg(2).value);
  const std::size_t start = out_.code.size();
  emit<"func_info">({word(module.bits), word(function.bits), word(arity)});
  out_.functions.push_back({reinterpret_cast<const Word*>(start),
                            reinterpret_cast<const Word*>(out_.code.size()), function, arity});
  const Export* e = find_export(module, function, arity);
  const bool is_apply = module == am::erlang && function == am::apply && (arity == 2 || arity == 3);
  if ((e == nullptr || e->bif < 0) && !is_apply) {
    // The compiler marks those of -nifs() somewhere in their bodies.
    at_entry_ = all_replaceable_;
    for (std::size_t i = index_ + 1; i < module_.ops.size() && module_.ops[i].opcode != op_func_info; ++i)
      at_entry_ |= module_.ops[i].opcode == op_nif_start;
    return;
  }
  // Skip the Erlang body; labels inside it lead nowhere but must be known.
  ++index_;
  for (; index_ < module_.ops.size(); ++index_) {
    const GenericOp& op = module_.ops[index_];
    if (op.opcode == op_int_code_end || op.opcode == op_func_info) break;
    if (op.opcode == op_label) label_offsets_[arg(0).value] = static_cast<std::uint32_t>(out_.code.size());
  }
  if (is_apply) {
    if (arity == 3)
      emit<"apply_list_tail">({});
    else
      emit<"apply_fun_tail">({});
  } else {
    const BifInfo& bif = bif_info(e->bif);
    const EncodedOperand exported = word(reinterpret_cast<Word>(e)),
                         function = word(reinterpret_cast<Word>(bif.run));
    if (bif.dirty == DirtyKind::none)
      emit<"call_bif_stub">({exported, function});
    else
      emit<"call_dirty_bif_stub">({exported, function});
  }
  // The label (and line) before the next func_info belong to the next function.
  while (index_ > 0 &&
         (module_.ops[index_ - 1].opcode == op_label || module_.ops[index_ - 1].opcode == op_line))
    --index_;
  --index_;
}

void Translator::translate_op(const GenericOp& op) {
  switch (op.opcode) {
    case op_label:
      label_offsets_[arg(0).value] = static_cast<std::uint32_t>(out_.code.size());
      if (at_entry_) emit<"native_entry">({word(0)});
      at_entry_ = false;
      return;
    case op_line: record_line(arg(0)); return;
    case op_func_info: begin_function(); return;
    case op_int_code_end: return;
    case op_on_load: out_.on_load = out_.functions.back().entry; return;
    case op_nif_start:
      out_.nif_functions.emplace_back(out_.functions.back().name, out_.functions.back().arity);
      return;
    case op_executable_line:
    case op_debug_line: return;
    default: break;
  }
  if (translate_control(op) || translate_data(op) || translate_binary_op(*this, op)) return;
  emit<"unsupported">({word(op.opcode)});
}

// Operations after the current one, past `line`s.
std::size_t Translator::skip_lines(std::size_t ahead) const {
  while (next_is(op_line, ahead)) ++ahead;
  return ahead;
}

bool Translator::translate_control(const GenericOp& op) {
  switch (op.opcode) {
    case op_call: emit<"call">({label(arg(1))}); return true;
    case op_call_last: emit<"call_last">({label(arg(1)), frame(arg(2).value)}); return true;
    case op_call_only: emit<"call_only">({label(arg(1))}); return true;
    case op_call_ext:
    case op_call_ext_last:
    case op_call_ext_only: translate_call_external(op); return true;
    case op_call_fun:
    case op_call_fun2: {
      const bool old = op.opcode == op_call_fun;
      const EncodedOperand arity = word(old ? arg(0).value : arg(1).value);
      const EncodedOperand fun = old ? x_operand(static_cast<std::uint32_t>(arg(0).value)) : operand(arg(2));
      if (fun.kind != OperandKind::x && fun.kind != OperandKind::y) {
        // A constant fun.
        emit<"move">({fun, kScratch});
        emit<"call_fun">({arity, kScratch});
        return true;
      }
      // A call before a return is a tail call: loops through funs must not grow the stack.
      if (next_is(op_deallocate) && next_is(op_return, 2)) {
        emit<"call_fun_last">({arity, fun, frame(arg_ahead(1, 0).value)});
        index_ += 2;
      } else if (next_is(op_return)) {
        emit<"call_fun_last">({arity, fun, frame(0)});
        index_ += 1;
      } else {
        emit<"call_fun">({arity, fun});
      }
      return true;
    }
    case op_apply:
      if (next_is(op_deallocate) && next_is(op_return, 2)) {
        emit<"apply_last">({word(arg(0).value), frame(arg_ahead(1, 0).value)});
        index_ += 2;
      } else {
        emit<"apply">({word(arg(0).value)});
      }
      return true;
    case op_apply_last: emit<"apply_last">({word(arg(0).value), frame(arg(1).value)}); return true;
    case op_return: emit<"return">({}); return true;

    case op_allocate:
      // The first thing a function does with its frame is to save an argument.
      if (next_is(op_move) && arg_ahead(1, 1).kind == Operand::Kind::y &&
          arg_ahead(1, 0).kind == Operand::Kind::x) {
        emit<"allocate_move">(
            {word(arg(0).value), word(arg(1).value), operand(arg_ahead(1, 0)), operand(arg_ahead(1, 1))});
        ++index_;
        return true;
      }
      emit<"allocate">({word(arg(0).value), word(arg(1).value)});
      return true;
    case op_allocate_heap:
      emit<"allocate_heap">({word(arg(0).value), word(heap_need(arg(1))), word(arg(2).value)});
      return true;
    case op_allocate_zero:
    case op_allocate_heap_zero: {
      const std::uint64_t slots = arg(0).value;
      if (op.opcode == op_allocate_zero)
        emit<"allocate">({word(slots), word(arg(1).value)});
      else
        emit<"allocate_heap">({word(slots), word(heap_need(arg(1))), word(arg(2).value)});
      emit<"init_yregs">({rest(slots)});
      for (std::uint64_t i = 0; i < slots; ++i) append(Word{i * 8});
      return true;
    }
    case op_test_heap: emit<"test_heap">({word(heap_need(arg(0))), word(arg(1).value)}); return true;
    case op_init: emit<"init_y">({operand(arg(0))}); return true;
    case op_init_yregs: {
      const auto registers = module_.list(arg(0));
      if (registers.size() == 1) {
        emit<"init_y">({operand(registers[0])});
        return true;
      }
      emit<"init_yregs">({rest(registers.size())});
      for (const Operand& r : registers) append(Word{r.value * 8});
      return true;
    }
    case op_trim: emit<"deallocate">({frame(arg(0).value)}); return true;
    case op_deallocate:
      if (next_is(op_return)) {
        emit<"deallocate_return">({frame(arg(0).value)});
        ++index_;
      } else {
        emit<"deallocate">({frame(arg(0).value)});
      }
      return true;

    case op_jump: emit<"jump">({label(arg(0))}); return true;
    case op_select_val: translate_select(arg(0), arg(1), module_.list(arg(2))); return true;
    case op_select_tuple_arity: {
      const auto pairs = module_.list(arg(2));
      if (!arg(0).is_register()) {
        emit<"move">({operand(arg(0)), kScratch});
        emit<"select_arity">({kScratch, label(arg(1)), rest(pairs.size())});
      } else {
        emit<"select_arity">({operand(arg(0)), label(arg(1)), rest(pairs.size())});
      }
      for (std::size_t i = 0; i < pairs.size(); i += 2) {
        append(tuple_header(pairs[i].kind == Operand::Kind::number
                                ? pairs[i].value
                                : static_cast<std::uint64_t>(pairs[i].term.small_value())));
        append_label(pairs[i + 1].value);
      }
      return true;
    }

    case op_catch:
    case op_try: emit<"catch">({operand(arg(0)), label(arg(1))}); return true;
    case op_catch_end: emit<"catch_end">({operand(arg(0))}); return true;
    case op_try_end: emit<"try_end">({operand(arg(0))}); return true;
    case op_try_case: emit<"try_case">({operand(arg(0))}); return true;
    case op_try_case_end: emit<"try_case_end">({operand(arg(0))}); return true;
    case op_badmatch: emit<"badmatch">({operand(arg(0))}); return true;
    case op_case_end: emit<"case_end">({operand(arg(0))}); return true;
    case op_badrecord: emit<"badrecord">({operand(arg(0))}); return true;
    case op_if_end: emit<"if_end">({}); return true;
    case op_raise: emit<"raise">({operand(arg(0)), operand(arg(1))}); return true;
    case op_raw_raise: emit<"raw_raise">({}); return true;
    case op_build_stacktrace: emit<"build_stacktrace">({}); return true;

    case op_send: emit<"send">({}); return true;
    case op_remove_message: emit<"remove_message">({}); return true;
    case op_timeout: emit<"timeout">({}); return true;
    case op_loop_rec: emit<"loop_rec">({label(arg(0))}); return true;
    case op_loop_rec_end: emit<"loop_rec_end">({label(arg(0))}); return true;
    case op_wait: emit<"wait">({label(arg(0))}); return true;
    case op_wait_timeout: emit<"wait_timeout">({label(arg(0)), operand(arg(1))}); return true;
    case op_recv_mark:
    case op_recv_set: return true;  // hints of releases before 24
    case op_recv_marker_reserve: emit<"recv_marker_reserve">({operand(arg(0))}); return true;
    case op_recv_marker_bind: emit<"recv_marker_bind">({operand(arg(0)), operand(arg(1))}); return true;
    case op_recv_marker_clear: emit<"recv_marker_clear">({operand(arg(0))}); return true;
    case op_recv_marker_use: emit<"recv_marker_use">({operand(arg(0))}); return true;

    case op_bif0: translate_bif(module_.operands_of(op), 0, false, false); return true;
    case op_bif1: translate_bif(module_.operands_of(op), 1, true, false); return true;
    case op_bif2: translate_bif(module_.operands_of(op), 2, true, false); return true;
    case op_gc_bif1: translate_bif(module_.operands_of(op), 1, true, true); return true;
    case op_gc_bif2: translate_bif(module_.operands_of(op), 2, true, true); return true;
    case op_gc_bif3: translate_bif(module_.operands_of(op), 3, true, true); return true;
    default: return false;
  }
}

void Translator::translate_call_external(const GenericOp& op) {
  const Export* e = import(arg(1));
  const Word target = reinterpret_cast<Word>(e);
  const bool last = op.opcode == op_call_ext_last, only = op.opcode == op_call_ext_only;
  const EncodedOperand frame_size = frame(last ? arg(2).value : 0);
  if (e->module == am::erlang && e->function == am::apply && (e->arity == 2 || e->arity == 3)) {
    if (last) emit<"deallocate">({frame_size});
    if (e->arity == 3)
      last || only ? emit<"apply_list_tail">({}) : emit<"apply_list">({});
    else
      last || only ? emit<"apply_fun_tail">({}) : emit<"apply_fun">({});
    return;
  }
  if (e->bif >= 0 && bif_info(e->bif).dirty == DirtyKind::none) {
    const Word function = reinterpret_cast<Word>(bif_info(e->bif).run);
    // These never return, and the compiler lets places with different frames share such a call: the frame
    // stays.
    const bool raises = e->module == am::erlang &&
                        (e->function == am::error ||
                         (e->arity == 1 && (e->function == am::exit || e->function == am::throw_)));
    if (raises)
      emit<"call_bif">({word(target), word(function)});
    else if (!last && !only && e->module == am::erlang && e->function == am::setelement && e->arity == 3)
      emit<"setelement">({word(target), word(function)});
    else if (last)
      emit<"call_bif_last">({word(target), word(function), frame_size});
    else if (only)
      emit<"call_bif_tail">({word(target), word(function)});
    else
      emit<"call_bif">({word(target), word(function)});
    return;
  }
  if (e->bif >= 0 && !last && !only) {
    emit<"call_dirty_bif">({word(target), word(reinterpret_cast<Word>(bif_info(e->bif).run))});
    return;
  }
  if (last)
    emit<"call_ext_last">({word(target), frame_size});
  else if (only)
    emit<"call_ext_only">({word(target)});
  else
    emit<"call_ext">({word(target)});
}

// By the Type chunk, or as a literal: a float and nothing else.
bool Translator::is_always_float(const Operand& o) const {
  if (o.kind == Operand::Kind::literal) return o.term.is_float();
  return o.is_register() && o.type < module_.types.size() && module_.types[o.type].kinds == TypeInfo::float_;
}
bool Translator::likely_floats(const Operand& a, const Operand& b) const {
  const auto possible = [&](const Operand& o) {
    return is_always_float(o) || (o.is_register() && o.type < module_.types.size() &&
                                  (module_.types[o.type].kinds & TypeInfo::float_) != 0);
  };
  return (is_always_float(a) && possible(b)) || (is_always_float(b) && possible(a));
}

// args: [fail] [live] import inputs... dst
void Translator::translate_bif(std::span<const Operand> args, std::size_t inputs, bool has_fail,
                               bool collects) {
  std::size_t i = 0;
  const EncodedOperand fail = has_fail ? label(args[i++]) : EncodedOperand{OperandKind::label, 0};
  const EncodedOperand live = collects ? word(args[i++].value) : word(kNoCollection);
  const Export* e = import(args[i++]);
  EncodedOperand in[3];
  for (std::size_t k = 0; k < inputs; ++k) in[k] = operand(args[i++]);
  const EncodedOperand dst = operand(args[i]);
  const EncodedOperand exported = word(reinterpret_cast<Word>(e));
  const EncodedOperand function = word(e->bif < 0 ? 0 : reinterpret_cast<Word>(bif_info(e->bif).run));
  const Term f = e->function;
  if (e->module == am::erlang && inputs == 0 && f == am::self) return emit<"self">({dst});
  // OTP: +X is X + 0, and says so when it fails.
  if (e->module == am::erlang && inputs == 1 && collects && f == am::plus_)
    return emit<"add">({fail, live, in[0], constant_operand(Term::small(0)), dst});
  if (e->module == am::erlang && inputs == 2) {
    if (collects) {
      if (likely_floats(args[i - 2], args[i - 1])) {
        if (f == am::plus_ && try_emit<"add_floats">({fail, live, in[0], in[1], dst})) return;
        if (f == am::minus_ && try_emit<"subtract_floats">({fail, live, in[0], in[1], dst})) return;
        if (f == am::times_ && try_emit<"multiply_floats">({fail, live, in[0], in[1], dst})) return;
      }
      if (f == am::plus_) return emit<"add">({fail, live, in[0], in[1], dst});
      if (f == am::minus_) return emit<"subtract">({fail, live, in[0], in[1], dst});
      if (f == am::times_) return emit<"multiply">({fail, live, in[0], in[1], dst});
      if (f == am::divide_) return emit<"divide">({fail, live, in[0], in[1], dst});
      if (f == am::div) return emit<"int_div">({fail, live, in[0], in[1], dst});
      if (f == am::rem) return emit<"int_rem">({fail, live, in[0], in[1], dst});
      if (f == am::band) return emit<"band">({fail, live, in[0], in[1], dst});
      if (f == am::bor) return emit<"bor">({fail, live, in[0], in[1], dst});
      if (f == am::bxor) return emit<"bxor">({fail, live, in[0], in[1], dst});
      if (f == am::bsl) return emit<"bsl">({fail, live, in[0], in[1], dst});
      if (f == am::bsr) return emit<"bsr">({fail, live, in[0], in[1], dst});
    }
    static const Term comparisons[] = {am::eq_,   am::ne_,      am::exact_eq_, am::exact_ne_,
                                       am::less_, am::less_eq_, am::greater_,  am::greater_eq_};
    for (Word k = 0; k < 8; ++k)
      if (f == comparisons[k]) return emit<"compare_value">({word(k), in[0], in[1], dst});
    static const Term booleans[] = {am::and_, am::or_, am::xor_};
    for (Word k = 0; k < 3; ++k)
      if (f == booleans[k]) return emit<"boolean_value">({fail, word(k), in[0], in[1], dst});
    if (f == am::map_get && is_immediate_constant(args[i - 2]) &&
        try_emit<"map_get">({fail, live, exported, function, in[0], in[1], dst}))
      return;
    if (f == am::element && try_emit<"element">({fail, live, exported, function, in[0], in[1], dst})) return;
  }
  if (e->module == am::erlang && inputs == 1) {
    if (f == am::not_) return emit<"boolean_value">({fail, word(3), in[0], in[0], dst});
    if (f == am::bnot && collects) return emit<"bnot">({fail, live, in[0], dst});
    if (f == am::minus_ && collects) return emit<"negate">({fail, live, in[0], dst});
    if (f == am::abs && try_emit<"abs">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::hd && try_emit<"hd">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::tl && try_emit<"tl">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::tuple_size && try_emit<"tuple_size">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::byte_size && try_emit<"byte_size">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::map_size && try_emit<"map_size">({fail, live, exported, function, in[0], dst})) return;
    if (f == am::length && try_emit<"length">({fail, live, exported, function, in[0], dst})) return;
  }
  if (e->bif < 0) return emit<"unsupported">({word(op_bif1)});
  switch (inputs) {
    case 0: return emit<"guard_bif0">({exported, function, dst});
    case 1: return emit<"guard_bif1">({fail, live, exported, function, in[0], dst});
    case 2: return emit<"guard_bif2">({fail, live, exported, function, in[0], in[1], dst});
    default: return emit<"guard_bif3">({fail, live, exported, function, in[0], in[1], in[2], dst});
  }
}

void Translator::translate_select(const Operand& src, const Operand& fail_label,
                                  std::span<const Operand> pairs) {
  struct Case {
    Term value;
    std::uint64_t label;
  };
  std::vector<Case> cases;
  bool all_immediate = true, all_small = true;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const Term value{operand(pairs[i]).value};
    cases.push_back({value, pairs[i + 1].value});
    all_immediate &= value.is_immediate();
    all_small &= value.is_small();
  }
  const EncodedOperand from = operand(src), otherwise = label(fail_label);
  const auto append_cases = [&] {
    for (const Case& c : cases) {
      append(c.value.bits);
      append_label(c.label);
    }
  };
  if (!all_immediate || !src.is_register()) {
    emit<"select_slow">({from, otherwise, rest(2 * cases.size())});
    return append_cases();
  }
  if (all_small && cases.size() >= 4) {
    const auto [low, high] = std::minmax_element(
        cases.begin(), cases.end(),
        [](const Case& a, const Case& b) { return a.value.small_value() < b.value.small_value(); });
    const std::int64_t base = low->value.small_value();
    const auto range = static_cast<std::uint64_t>(high->value.small_value() - base) + 1;
    if (range <= std::max<std::size_t>(4 * cases.size() + 8, 128)) {  // bytes of a text, say
      std::vector<std::uint64_t> labels(range, fail_label.value);
      for (const Case& c : cases) labels[static_cast<std::size_t>(c.value.small_value() - base)] = c.label;
      emit<"select_table">({from, otherwise, constant_operand(Term::small(base)), rest(labels.size())});
      for (const std::uint64_t l : labels) append_label(l);
      return;
    }
  }
  if (cases.size() <= 6) {
    emit<"select_linear">({from, otherwise, rest(2 * cases.size())});
    return append_cases();
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.value.bits < b.value.bits; });
  emit<"select_binary">({from, otherwise, rest(2 * cases.size())});
  append_cases();
}

// A run of moves, perhaps up to a call or return.
void Translator::translate_moves() {
  const EncodedOperand src = operand(arg(0)), dst = operand(arg(1));
  const std::size_t after = skip_lines(1);
  const bool to_x0 = is_x(arg(1), 0);
  if (next_is(op_return, after) && to_x0) {
    if (after > 1) record_line(arg_ahead(1, 0));
    emit<"move_return">({src});
    index_ += after;
    return;
  }
  if (next_is(op_deallocate, after) && next_is(op_return, after + 1) && to_x0) {
    emit<"move_deallocate_return">({src, frame(arg_ahead(after, 0).value)});
    index_ += after + 1;
    return;
  }
  if (next_is(op_move)) {
    const Operand& src2 = arg_ahead(1, 0);
    if (!same_register(src2, arg(1))) {
      const EncodedOperand s2 = operand(src2), d2 = operand(arg_ahead(1, 1));
      if (next_is(op_move, 2) && !same_register(arg_ahead(2, 0), arg(1)) &&
          !same_register(arg_ahead(2, 0), arg_ahead(1, 1)) && !next_is(op_call, 3) &&
          !next_is(op_call_only, 3) &&
          try_emit<"move3">({src, dst, s2, d2, operand(arg_ahead(2, 0)), operand(arg_ahead(2, 1))})) {
        index_ += 2;
        return;
      }
      if (!next_is(op_call, skip_lines(2)) && !next_is(op_call_only, skip_lines(2)) &&
          !next_is(op_call_last, skip_lines(2)) && !next_is(op_return, 2) &&
          try_emit<"move2">({src, dst, s2, d2})) {
        index_ += 1;
        return;
      }
    }
  }
  if (next_is(op_call, after)) {
    for (std::size_t k = 1; k < after; ++k) record_line(arg_ahead(k, 0));
    emit<"move_call">({src, dst, label(arg_ahead(after, 1))});
    index_ += after;
    return;
  }
  if (next_is(op_call_only, after)) {
    for (std::size_t k = 1; k < after; ++k) record_line(arg_ahead(k, 0));
    emit<"move_call_only">({src, dst, label(arg_ahead(after, 1))});
    index_ += after;
    return;
  }
  if (next_is(op_call_last, after) && arg(1).kind == Operand::Kind::x) {  // a y register is about to go
    for (std::size_t k = 1; k < after; ++k) record_line(arg_ahead(k, 0));
    emit<"move_call_last">({src, dst, label(arg_ahead(after, 1)), frame(arg_ahead(after, 2).value)});
    index_ += after;
    return;
  }
  emit<"move">({src, dst});
}

bool Translator::translate_data(const GenericOp& op) {
  switch (op.opcode) {
    case op_move: translate_moves(); return true;
    case op_swap: emit<"swap">({operand(arg(0)), operand(arg(1))}); return true;

    case op_is_integer: emit<"is_integer">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_float: emit<"is_float">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_number: emit<"is_number">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_atom: emit<"is_atom">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_pid: emit<"is_pid">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_reference: emit<"is_reference">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_port: emit<"is_port">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_nil: emit<"is_nil">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_binary: emit<"is_binary">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_bitstr: emit<"is_bitstr">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_list: emit<"is_list">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_map: emit<"is_map">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_boolean: emit<"is_boolean">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_function: emit<"is_function">({label(arg(0)), operand(arg(1))}); return true;
    case op_is_function2:
      emit<"is_function2">({label(arg(0)), operand(arg(1)), operand(arg(2))});
      return true;
    case op_is_nonempty_list:
      if (next_is(op_get_list) && same_register(arg(1), arg_ahead(1, 0)) &&
          try_emit<"is_cons_get_list">(
              {label(arg(0)), operand(arg(1)), operand(arg_ahead(1, 1)), operand(arg_ahead(1, 2))})) {
        ++index_;
        return true;
      }
      emit<"is_nonempty_list">({label(arg(0)), operand(arg(1))});
      return true;
    case op_is_tuple:
      if (next_is(op_test_arity) && same_register(arg(1), arg_ahead(1, 1)) &&
          arg(0).value == arg_ahead(1, 0).value) {
        emit<"is_tuple_of_arity">(
            {label(arg(0)), operand(arg(1)), word(tuple_header(arg_ahead(1, 2).value))});
        ++index_;
        return true;
      }
      emit<"is_tuple">({label(arg(0)), operand(arg(1))});
      return true;
    case op_test_arity:
      if (!arg(1).is_register()) {
        emit<"move">({operand(arg(1)), kScratch});
        emit<"test_arity">({label(arg(0)), kScratch, word(tuple_header(arg(2).value))});
        return true;
      }
      emit<"test_arity">({label(arg(0)), operand(arg(1)), word(tuple_header(arg(2).value))});
      return true;
    case op_is_tagged_tuple:
      if (!arg(1).is_register()) {
        emit<"move">({operand(arg(1)), kScratch});
        emit<"is_tagged_tuple">({label(arg(0)), kScratch, word(tuple_header(arg(2).value)), operand(arg(3))});
        return true;
      }
      emit<"is_tagged_tuple">(
          {label(arg(0)), operand(arg(1)), word(tuple_header(arg(2).value)), operand(arg(3))});
      return true;

    case op_is_lt:
      if (likely_floats(arg(1), arg(2))) {
        emit<"is_lt_floats">({label(arg(0)), operand(arg(1)), operand(arg(2))});
        return true;
      }
      emit<"is_lt">({label(arg(0)), operand(arg(1)), operand(arg(2))});
      return true;
    case op_is_ge: {
      // A >= Low, High >= A in either order.
      const auto is_small = [](const Operand& o) {
        return o.kind == Operand::Kind::integer && o.term.is_small();
      };
      if (next_is(op_is_ge) && arg_ahead(1, 0).value == arg(0).value) {
        const Operand &a = arg(1), &b = arg(2), &c = arg_ahead(1, 1), &d = arg_ahead(1, 2);
        if (is_small(b) && is_small(c) && same_register(a, d)) {
          emit<"is_between">({label(arg(0)), operand(a), operand(b), operand(c)});
          ++index_;
          return true;
        }
        if (is_small(a) && is_small(d) && same_register(b, c)) {
          emit<"is_between">({label(arg(0)), operand(b), operand(d), operand(a)});
          ++index_;
          return true;
        }
      }
      if (likely_floats(arg(1), arg(2))) {
        emit<"is_ge_floats">({label(arg(0)), operand(arg(1)), operand(arg(2))});
        return true;
      }
      emit<"is_ge">({label(arg(0)), operand(arg(1)), operand(arg(2))});
      return true;
    }
    case op_is_eq: emit<"is_eq">({label(arg(0)), operand(arg(1)), operand(arg(2))}); return true;
    case op_is_ne: emit<"is_ne">({label(arg(0)), operand(arg(1)), operand(arg(2))}); return true;
    case op_is_eq_exact:
    case op_is_ne_exact: {
      const bool eq = op.opcode == op_is_eq_exact;
      const Operand* a = &arg(1);
      const Operand* b = &arg(2);
      if (is_immediate_constant(*a)) std::swap(a, b);
      if (a->is_register() && is_immediate_constant(*b)) {
        if (eq)
          emit<"is_eq_immediate">({label(arg(0)), operand(*a), operand(*b)});
        else
          emit<"is_ne_immediate">({label(arg(0)), operand(*a), operand(*b)});
        return true;
      }
      if (eq)
        emit<"is_eq_exact">({label(arg(0)), operand(*a), operand(*b)});
      else
        emit<"is_ne_exact">({label(arg(0)), operand(*a), operand(*b)});
      return true;
    }

    case op_get_list:
    case op_get_hd:
    case op_get_tl: {
      EncodedOperand cons = operand(arg(0));
      if (!arg(0).is_register()) {
        emit<"move">({cons, kScratch});
        cons = kScratch;
      }
      if (op.opcode == op_get_list)
        emit<"get_list">({cons, operand(arg(1)), operand(arg(2))});
      else if (op.opcode == op_get_hd)
        emit<"get_hd">({cons, operand(arg(1))});
      else
        emit<"get_tl">({cons, operand(arg(1))});
      return true;
    }
    case op_get_tuple_element: {
      EncodedOperand tuple = operand(arg(0));
      const auto offset = [](const Operand& o) { return word((o.value + 1) * 8); };
      if (!arg(0).is_register()) {
        emit<"move">({tuple, kScratch});
        tuple = kScratch;
      } else if (next_is(op_get_tuple_element) && same_register(arg(0), arg_ahead(1, 0)) &&
                 !same_register(arg(0), arg(2)) &&
                 try_emit<"get_tuple_element2">({tuple, offset(arg(1)), operand(arg(2)),
                                                 offset(arg_ahead(1, 1)), operand(arg_ahead(1, 2))})) {
        ++index_;
        return true;
      }
      emit<"get_tuple_element">({tuple, offset(arg(1)), operand(arg(2))});
      return true;
    }
    case op_set_tuple_element:
      emit<"set_tuple_element">({operand(arg(0)), operand(arg(1)), word((arg(2).value + 1) * 8)});
      return true;
    case op_put_list: emit<"put_list">({operand(arg(0)), operand(arg(1)), operand(arg(2))}); return true;
    case op_put_tuple2: {
      const auto elements = module_.list(arg(1));
      const EncodedOperand dst = operand(arg(0));
      if (elements.size() == 2) {
        emit<"put_tuple_2">({operand(elements[0]), operand(elements[1]), dst});
        return true;
      }
      if (elements.size() == 3) {
        emit<"put_tuple_3">({operand(elements[0]), operand(elements[1]), operand(elements[2]), dst});
        return true;
      }
      emit<"put_tuple">({dst, rest(elements.size())});
      for (const Operand& o : elements) append(operand(o));
      return true;
    }
    case op_update_record: {
      const auto updates = module_.list(arg(4));
      emit<"update_record">({word(arg(1).value), operand(arg(2)), operand(arg(3)), rest(updates.size())});
      for (const Operand& o : updates) append(operand(o));
      return true;
    }

    case op_put_map_assoc:
    case op_put_map_exact: {
      const auto pairs = module_.list(arg(4));
      const EncodedOperand fail = label(arg(0)), live = word(arg(3).value), map = operand(arg(1)),
                           dst = operand(arg(2));
      const bool immediate = all_keys_immediate(pairs) && arg(1).is_register();
      if (immediate && op.opcode == op_put_map_assoc)
        emit<"put_map_assoc_immediate">({fail, live, map, dst, rest(pairs.size())});
      else if (immediate)
        emit<"put_map_exact_immediate">({fail, live, map, dst, rest(pairs.size())});
      else if (op.opcode == op_put_map_assoc)
        emit<"put_map_assoc">({fail, live, map, dst, rest(pairs.size())});
      else
        emit<"put_map_exact">({fail, live, map, dst, rest(pairs.size())});
      for (const Operand& o : pairs) append(operand(o));
      return true;
    }
    case op_has_map_fields:
    case op_get_map_elements: {
      EncodedOperand map = operand(arg(1));
      if (!arg(1).is_register()) {
        emit<"move">({map, kScratch});
        map = kScratch;
      }
      const auto items = module_.list(arg(2));
      if (op.opcode == op_has_map_fields) {
        emit<"has_map_fields">({label(arg(0)), map, rest(items.size())});
      } else if (items.size() == 2 && is_immediate_constant(items[0])) {
        const Term key = items[0].term;
        emit<"get_map_immediate">(
            {label(arg(0)), map, operand(items[0]), word(internal_hash(key)), operand(items[1])});
        return true;
      } else if (all_keys_immediate(items)) {
        emit<"get_map_immediates">({label(arg(0)), map, rest(items.size())});
      } else {
        emit<"get_map_elements">({label(arg(0)), map, rest(items.size())});
      }
      for (const Operand& o : items) append(operand(o));
      return true;
    }

    case op_make_fun2: {
      const LambdaEntry& l = module_.lambdas[arg(0).value];
      emit<"make_fun_reserve">(
          {word(reinterpret_cast<Word>(out_.funs[l.index])), x_operand(0), rest(l.free_count)});
      for (std::uint32_t i = 0; i < l.free_count; ++i) append(x_operand(i));
      return true;
    }
    case op_make_fun3: {
      const LambdaEntry& l = module_.lambdas[arg(0).value];
      const auto environment = module_.list(arg(2));
      emit<"make_fun">(
          {word(reinterpret_cast<Word>(out_.funs[l.index])), operand(arg(1)), rest(environment.size())});
      for (const Operand& o : environment) append(operand(o));
      return true;
    }

    case op_fmove:
      if (arg(0).kind == Operand::Kind::float_register && arg(1).kind == Operand::Kind::float_register)
        emit<"float_move">({float_offset(arg(0)), float_offset(arg(1))});
      else if (arg(0).kind == Operand::Kind::float_register)
        emit<"float_store">({float_offset(arg(0)), operand(arg(1))});
      else
        emit<"float_load">({operand(arg(0)), float_offset(arg(1))});
      return true;
    case op_fconv: emit<"float_convert">({operand(arg(0)), float_offset(arg(1))}); return true;
    case op_fadd:
      emit<"float_add">({float_offset(arg(1)), float_offset(arg(2)), float_offset(arg(3))});
      return true;
    case op_fsub:
      emit<"float_subtract">({float_offset(arg(1)), float_offset(arg(2)), float_offset(arg(3))});
      return true;
    case op_fmul:
      emit<"float_multiply">({float_offset(arg(1)), float_offset(arg(2)), float_offset(arg(3))});
      return true;
    case op_fdiv:
      emit<"float_divide">({float_offset(arg(1)), float_offset(arg(2)), float_offset(arg(3))});
      return true;
    case op_fnegate: emit<"float_negate">({float_offset(arg(1)), float_offset(arg(2))}); return true;
    case op_fclearerror:
    case op_fcheckerror: return true;  // every float operation checks its own result
    default: return false;
  }
}

}  // namespace joist
