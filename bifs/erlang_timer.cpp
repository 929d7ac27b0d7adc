// erlang: send_after, start_timer, cancel_timer, read_timer.
#include "bifs/bifs.hpp"
#include "scheduler/timer.hpp"
#include "vm/base/clock.hpp"
#include "vm/process/signals.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

// OTP: erlang:system_info(end_time), in milliseconds.
constexpr std::int64_t kEndMs = 8646911283000;

// Start of send_after (wrap = false) and start_timer, with options [{abs, boolean()}].
Term start(Call& c, Term time, Term to, Term message, Term options, bool wrap) {
  bool absolute = false;
  for (; options.is_cons(); options = options.tail()) {
    const auto t = Tuple::from(options.head());
    const auto b = t && t->arity() == 2 && (*t)[0] == am::abs ? Boolean::from((*t)[1]) : std::nullopt;
    if (!b) return badarg_because(c, am::badopt);
    absolute = b->value;
  }
  if (!options.is_nil()) return badarg_because(c, am::badopt);
  const auto n = to_int64(time);
  if (!n || *n > kEndMs || (!absolute && *n < 0)) return badarg_because(c, am::time);
  if (absolute && *n < kMonotonicStart / 1'000'000) return badarg_because(c, am::time);
  const std::int64_t due = absolute ? *n : monotonic_ms_up() + *n;
  if (due > kEndMs) return badarg_because(c, am::time);
  if (!to.is_atom() && !to.is_local_pid()) return badarg(c);
  c.spend(8);
  return start_message_timer(c.heap(), due, to, message, wrap);
}

// {Tag, TimerRef, Result} to the caller.
void answer_later(Call& c, Term tag, Term ref, Term result) {
  FragmentHeap h(4 + 5 + 2);
  const Term own_ref = make_ref_with_key(h, ref_key(ref));
  const Term message = make_tuple(h, tag, own_ref, result);
  send_fragment(c.process.pid, message, h.finish());
}

// Options [{async, boolean()} | {info, boolean()}]; info only where allowed.
bool parse_options(Term options, bool* async, bool* info) {
  for (; options.is_cons(); options = options.tail()) {
    const auto t = Tuple::from(options.head());
    const auto b = t && t->arity() == 2 ? Boolean::from((*t)[1]) : std::nullopt;
    if (!b) return false;
    if ((*t)[0] == am::async)
      *async = b->value;
    else if ((*t)[0] == am::info && info != nullptr)
      *info = b->value;
    else
      return false;
  }
  return options.is_nil();
}

Term milliseconds(std::optional<std::int64_t> left) { return left ? Term::small(*left) : am::false_; }

Term cancel(Call& c, Term ref, bool async, bool info) {
  if (!ref.is_reference()) return badarg(c);
  const Term left = ref.is_box(BoxKind::ref) ? milliseconds(cancel_message_timer(ref_key(ref))) : am::false_;
  c.spend(8);
  if (!async) return info ? left : am::ok;
  if (info) answer_later(c, am::cancel_timer, ref, left);
  return am::ok;
}

Term read(Call& c, Term ref, bool async) {
  if (!ref.is_reference()) return badarg(c);
  const Term left = ref.is_box(BoxKind::ref) ? milliseconds(read_message_timer(ref_key(ref))) : am::false_;
  if (!async) return left;
  answer_later(c, am::read_timer, ref, left);
  return am::ok;
}

}  // namespace

JOIST_DEFINE_BIF(erlang_send_after_3, Term time, Term to, Term message) {
  return start(c, time, to, message, Term::nil(), false);
}
JOIST_DEFINE_BIF(erlang_send_after_4, Term time, Term to, Term message, Term options) {
  return start(c, time, to, message, options, false);
}
JOIST_DEFINE_BIF(erlang_start_timer_3, Term time, Term to, Term message) {
  return start(c, time, to, message, Term::nil(), true);
}
JOIST_DEFINE_BIF(erlang_start_timer_4, Term time, Term to, Term message, Term options) {
  return start(c, time, to, message, options, true);
}
JOIST_DEFINE_BIF(erlang_cancel_timer_1, Term ref) { return cancel(c, ref, false, true); }
JOIST_DEFINE_BIF(erlang_cancel_timer_2, Term ref, Term options) {
  if (!ref.is_reference()) return badarg(c);
  bool async = false, info = true;
  if (!parse_options(options, &async, &info)) return badarg(c);
  return cancel(c, ref, async, info);
}
JOIST_DEFINE_BIF(erlang_read_timer_1, Term ref) { return read(c, ref, false); }
JOIST_DEFINE_BIF(erlang_read_timer_2, Term ref, Term options) {
  if (!ref.is_reference()) return badarg(c);
  bool async = false;
  if (!parse_options(options, &async, nullptr)) return badarg(c);
  return read(c, ref, async);
}

}  // namespace joist
