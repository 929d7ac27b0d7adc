// erl_tracer: the tracer that sends messages to a process.
#include "bifs/bifs.hpp"
#include "vm/process/spawn.hpp"
#include "vm/process/table.hpp"

namespace joist {

// enabled(TraceTag, Tracer, Tracee) -> trace | discard | remove: whether this message is wanted.
JOIST_DEFINE_BIF(erl_tracer_enabled_3, Term, Term tracer, Term tracee) {
  if (!tracer.is_local_pid()) return am::remove;
  if (tracer == tracee) return am::discard;
  return find_process(tracer) != nullptr ? am::trace : am::remove;
}

// trace(TraceTag, Tracer, Tracee, Message, Options) -> ok: sends {trace | trace_ts, Tracee, TraceTag,
// Message, [Extra], [MatchSpecResult], [Scheduler], [Timestamp]}; seq_trace: {seq_trace, Label, Message,
// [Timestamp]}.
JOIST_DEFINE_BIF(erl_tracer_trace_5, Atom tag, Term tracer, Term tracee, Term message, Map options) {
  if (!tracer.is_local_pid()) return am::ok;
  Process* receiver = find_process(tracer);
  if (receiver == nullptr) return am::ok;
  const Term timestamp = map_get(options.t, am::timestamp);
  std::vector<Term> elements;
  if (tag == am::seq_trace) {
    elements = {am::seq_trace, tracee, message};
  } else {
    elements = {timestamp.is_none() ? am::trace : am::trace_ts, tracee, tag.term(), message};
    for (const Term option : {am::extra, am::match_spec_result, am::scheduler_id})
      if (const Term value = map_get(options.t, option); !value.is_none()) elements.push_back(value);
  }
  if (!timestamp.is_none()) elements.push_back(timestamp);
  send_message(nullptr, *receiver, make_tuple_from(c.heap(), elements));
  return am::ok;
}

}  // namespace joist
