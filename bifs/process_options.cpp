#include "bifs/process_options.hpp"

#include "gc/block.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/flags.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

namespace joist {

std::optional<Priority> priority_from(Term t) {
  if (t == am::normal) return Priority::normal;
  if (t == am::high) return Priority::high;
  if (t == am::low) return Priority::low;
  if (t == am::max) return Priority::max;
  return std::nullopt;
}

Term priority_atom(Priority p) {
  switch (p) {
    case Priority::max: return am::max;
    case Priority::high: return am::high;
    case Priority::normal: return am::normal;
    case Priority::low: return am::low;
  }
  fail("a priority that does not exist");
}

std::optional<std::size_t> heap_size_from(Term t) {
  const auto n = SmallInt::from(t);
  if (!n || n->value() < 0) return std::nullopt;
  return next_heap_size(static_cast<std::size_t>(n->value()));
}

// OTP: at least 32768 words.
std::size_t bin_vheap_size(std::int64_t words) {
  return next_heap_size(static_cast<std::size_t>(std::max<std::int64_t>(words, 32768)));
}

bool parse_max_heap_size(Term t, HeapLimits* limits) {
  const auto size_from = [&](Term size) {
    const auto n = SmallInt::from(size);
    // OTP: a limit below the smallest heap makes no sense.
    if (!n || n->value() < 0 ||
        (n->value() != 0 && static_cast<std::size_t>(n->value()) < limits->min_heap_words))
      return false;
    limits->max_heap_words = static_cast<std::size_t>(n->value());
    return true;
  };
  if (!t.is_map()) return size_from(t);
  const auto flag = [&](Term key, bool* to) {
    const Term v = map_get(t, key);
    if (v.is_none()) return true;
    const auto b = Boolean::from(v);
    if (b) *to = b->value;
    return b.has_value();
  };
  const Term size = map_get(t, am::size);
  return !size.is_none() && size_from(size) && flag(am::kill, &limits->max_heap_kill) &&
         flag(am::error_logger, &limits->max_heap_error_logger) &&
         (flags.otp() < 27 || flag(am::include_shared_binaries, &limits->max_heap_include_shared));
}

Term max_heap_size_map(Heap& h, const HeapLimits& limits) {
  const Term pairs[] = {am::error_logger,
                        make_bool(limits.max_heap_error_logger),
                        am::kill,
                        make_bool(limits.max_heap_kill),
                        am::size,
                        Term::small(static_cast<std::int64_t>(limits.max_heap_words)),
                        am::include_shared_binaries,
                        make_bool(limits.max_heap_include_shared)};
  return map_from_pairs(h, std::span(pairs).first(flags.otp() < 27 ? 6 : 8));
}

bool parse_monitor_options(Term list, AliasMode* alias, Term* tag) {
  for (; list.is_cons(); list = list.tail()) {
    const auto t = Tuple::from(list.head());
    if (!t || t->arity() != 2) return false;
    const Term value = (*t)[1];
    if ((*t)[0] == am::tag) {
      *tag = value;
    } else if ((*t)[0] == am::alias) {
      if (value == am::explicit_unalias)
        *alias = AliasMode::explicit_unalias;
      else if (value == am::demonitor)
        *alias = AliasMode::demonitor;
      else if (value == am::reply_demonitor)
        *alias = AliasMode::reply_demonitor;
      else
        return false;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

namespace {

bool parse_pair(Term key, Term value, SpawnOptions& o) {
  const auto number = SmallInt::from(value);
  const bool natural = number && number->value() >= 0;
  if (key == am::monitor) {
    o.monitor = true;
    return parse_monitor_options(value, &o.alias, &o.monitor_tag);
  }
  if (key == am::priority) {
    const auto p = priority_from(value);
    if (p) o.priority = *p;
    return p.has_value();
  }
  if (key == am::min_heap_size) {
    const auto size = heap_size_from(value);
    if (size) o.limits.min_heap_words = std::max(*size, next_heap_size(flags.min_heap_words));
    return size.has_value();
  }
  if (key == am::min_bin_vheap_size) {
    if (natural) o.limits.min_bin_vheap_words = bin_vheap_size(number->value());
    return natural;
  }
  if (key == am::fullsweep_after) {
    if (natural) o.limits.fullsweep_after = static_cast<std::uint32_t>(number->value());
    return natural;
  }
  if (key == am::max_heap_size) return parse_max_heap_size(value, &o.limits);
  if (key == am::message_queue_data) {
    o.off_heap_messages = value == am::off_heap;
    return value == am::off_heap || value == am::on_heap;
  }
  if (key == am::scheduler) {
    if (natural && number->value() <= scheduler_count())
      o.scheduler = static_cast<std::uint16_t>(number->value());
    return natural && number->value() <= scheduler_count();
  }
  if (key == am::async_dist && flags.otp() >= 26) {
    const auto b = Boolean::from(value);
    if (b) o.async_dist = b->value;
    return b.has_value();
  }
  if (key == am::reply_tag && o.request) {
    o.reply_tag = value;
    return true;
  }
  if (key == am::reply && o.request) {
    o.reply_ok = value == am::yes || value == am::success_only;
    o.reply_error = value == am::yes || value == am::error_only;
    return o.reply_ok || o.reply_error || value == am::no;
  }
  return false;
}

}  // namespace

bool parse_spawn_options(Term list, SpawnOptions* options) {
  for (; list.is_cons(); list = list.tail()) {
    const Term item = list.head();
    if (item == am::link) {
      options->link = true;
    } else if (item == am::monitor) {
      options->monitor = true;
      options->alias = AliasMode::none;
      options->monitor_tag = Term::none();
    } else {
      const auto t = Tuple::from(item);
      if (!t || t->arity() != 2 || !parse_pair((*t)[0], (*t)[1], *options)) return false;
    }
  }
  return list.is_nil();
}

}  // namespace joist
