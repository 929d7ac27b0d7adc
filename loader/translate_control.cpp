// translate_control.cpp -- calls, returns, frames, exceptions, messages and choices.
#include <algorithm>

#include "loader/translate.hpp"
#include "vm/term/atom.hpp"

namespace joist {

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
    else if (!last && !only && e->module == am::erlang && e->function == am::setelement && e->arity == 3 &&
             !setelement_is_called)
      emit<"setelement">({word(target), word(function)});
    else if (last || only) {
      if (last)
        emit<"call_bif_last">({word(target), word(function), frame_size});
      else
        emit<"call_bif_tail">({word(target), word(function)});
      emit<"return">({});
    } else
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

}  // namespace joist
