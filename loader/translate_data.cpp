// translate_data.cpp -- moves, tests, arithmetic, guard BIFs, and building of all but binaries.
#include <algorithm>

#include "loader/translate.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/compare.hpp"
#include "vm/term/hash.hpp"
#include "vm/term/map.hpp"

namespace joist {
namespace {

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

// put_map_assoc on #{} with distinct keys that are all known.
bool Translator::new_flat_map(std::span<const Operand> pairs) {
  const Operand& map = arg(1);
  const std::size_t n = pairs.size() / 2;
  if (map.kind != Operand::Kind::literal || !map.term.is_map() || map_size(map.term) != 0 || n > kMaxFlatMap)
    return false;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < n; ++i) {
    if (!pairs[2 * i].is_constant()) return false;
    order.push_back(2 * i);
  }
  const auto compare = [&](std::size_t a, std::size_t b) {
    return compare_keys(pairs[a].term, pairs[b].term);
  };
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return compare(a, b) < 0; });
  for (std::size_t i = 1; i < n; ++i)
    if (compare(order[i - 1], order[i]) == 0) return false;
  std::vector<Term> keys;
  for (const std::size_t i : order) keys.push_back(pairs[i].term);
  emit<"new_flat_map">({word(arg(3).value), constant_operand(make_tuple_from(*out_.literals, keys)),
                        operand(arg(2)), rest(n)});
  for (const std::size_t i : order) append(operand(pairs[i + 1]));
  return true;
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
      if (op.opcode == op_put_map_assoc && new_flat_map(pairs)) return true;
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
