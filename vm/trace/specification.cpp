#include "vm/trace/specification.hpp"

#include <fmt/format.h>

#include "gc/copy.hpp"
#include "vm/code/module.hpp"
#include "vm/process/sequential_trace.hpp"
#include "vm/process/system.hpp"
#include "vm/process/table.hpp"
#include "vm/term/bits.hpp"
#include "vm/term/list.hpp"
#include "vm/term/number.hpp"
#include "vm/term/print.hpp"
#include "vm/trace/call.hpp"

namespace joist {

std::string (*describe_process)(Process& p) = nullptr;

namespace {

using ets::MatchForm;

// What the forms do to the process that runs the specification.
class Actions final : public ets::MatchActions {
 public:
  Actions(Process& p, const TraceSessionRef& s, bool testing) : p_(p), session_(s), testing_(testing) {}
  TraceSpecification::Result result;

  Term perform(MatchForm form, Heap& h, const Term* args, std::size_t count) override {
    switch (form) {
      case MatchForm::message: result.value = args[0]; return am::true_;
      case MatchForm::silent:
        if (!testing_ && (args[0] == am::true_ || args[0] == am::false_)) set_silent(args[0] == am::true_);
        return am::true_;
      case MatchForm::return_trace: result.return_trace = true; return am::true_;
      case MatchForm::exception_trace: result.exception_trace = true; return am::true_;
      case MatchForm::trace: return trace(count == 3 ? args[0] : p_.pid, args[count - 2], args[count - 1]);
      case MatchForm::enable_trace: return switch_flag(count == 2 ? args[0] : p_.pid, args[count - 1], true);
      case MatchForm::disable_trace:
        return switch_flag(count == 2 ? args[0] : p_.pid, args[count - 1], false);
      case MatchForm::caller: return testing_ ? am::undefined : caller(h, false);
      case MatchForm::caller_line: return testing_ ? am::undefined : caller(h, true);
      case MatchForm::display:
        fmt::print("{}\n", to_text(args[0]));
        std::fflush(stdout);
        return am::true_;
      case MatchForm::process_dump: {
        const std::string text = describe_process != nullptr ? describe_process(p_) : "";
        return make_binary_copy(h, std::string_view(text));
      }
      case MatchForm::set_seq_token:
        return testing_ ? token_item(p_, h, args[0]) : change_token(p_, h, args[0], args[1]);
      case MatchForm::get_seq_token: return token_term(h, p_.sequential_token);
      case MatchForm::is_seq_trace: return make_bool(token_of(p_.sequential_token) != nullptr);
      case MatchForm::get_tcw: return make_int(h, system_settings.trace_control_word.load());
      case MatchForm::set_tcw: {
        const auto n = to_uint64(args[0]);
        if (!n || *n > 0xffffffffu) return Term::none();
        const auto word = static_cast<std::int64_t>(*n);
        return make_int(h, testing_ ? system_settings.trace_control_word.load()
                                    : system_settings.trace_control_word.exchange(word));
      }
    }
    fail("a form that does not exist");
  }

 private:
  // OTP: the tracer becomes the session's, or that of the process that runs the specification; without one,
  // no flags are left.
  TracerRef tracer() const { return session_->tracer ? session_->tracer : trace_by(p_, *session_).tracer; }
  bool set(Process& p, const TracerRef& tracer, std::uint32_t off, std::uint32_t on) const {
    const SessionTrace before = trace_by(p, *session_);
    const std::uint32_t after = tracer ? (before.flags & ~off) | on : 0;
    note_trace_flags(on);
    change_trace(p, session_, [&](SessionTrace& t) {
      t.flags = after;
      t.tracer = tracer;
    });
    return after != before.flags || !same_tracer(before.tracer, after == 0 ? nullptr : tracer);
  }
  void set_silent(bool on) const {
    const std::uint32_t now = flags_by(p_, *session_);
    if (now == 0 || ((now & kTraceSilent) != 0) == on) return;
    change_trace(p_, session_, [&](SessionTrace& t) { t.flags ^= kTraceSilent; });
  }
  static Process* process_named(Term t) {
    if (t.is_atom()) t = whereis_name(t);
    return t.is_local_pid() ? find_process(t) : nullptr;
  }

  Term switch_flag(Term who, Term name, bool on) {
    const std::uint32_t flag = name.is_atom() ? trace_flag_named(name) : 0;
    Process* p = process_named(who);
    if (flag == 0 || p == nullptr) return Term::none();
    set(*p, tracer(), on ? 0 : flag, on ? flag : 0);
    return am::true_;
  }
  Term trace(Term who, Term off_list, Term on_list) {
    std::uint32_t off = 0, on = 0;
    bool cpu = false;
    TracerRef chosen = tracer();
    Process* p = process_named(who);
    if (!parse_trace_flags(off_list, &off, &chosen, &cpu) ||
        !parse_trace_flags(on_list, &on, &chosen, &cpu) || cpu || p == nullptr ||
        (chosen && !tracer_exists(*chosen, p->pid)))
      return Term::none();
    return make_bool(set(*p, chosen, off, on));
  }

  Term caller(Heap& h, bool line) {
    const Word* address = caller_address(p_);
    const Instance* i = address != nullptr ? instance_at(address - 1) : nullptr;
    const FunctionInfo* f = i != nullptr ? i->function_at(address - 1) : nullptr;
    if (f == nullptr) return am::undefined;
    const Term arity = Term::small(f->arity);
    if (!line) return make_tuple(h, i->module, f->name, arity);
    const Location at = i->location_of(address, true);
    if (at.line == 0) return make_tuple(h, i->module, f->name, arity, am::undefined);
    const Term file = make_string_list(h, at.file);
    return make_tuple(h, i->module, f->name, arity, make_tuple(h, file, Term::small(at.line)));
  }

  Process& p_;
  const TraceSessionRef& session_;
  const bool testing_;
};

}  // namespace

TraceSpecification::~TraceSpecification() {
  if (program_ != nullptr) program_->release();
}

TraceSpecRef TraceSpecification::make(Term source, ets::MatchDialect dialect) {
  auto spec = std::make_shared<TraceSpecification>();
  spec->program_ = ets::MatchSpec::compile(source, nullptr, dialect);
  if (spec->program_ == nullptr) return nullptr;
  spec->program_->retain();
  const CopiedTerm copy = copy_to_fragment_with_literals(source);
  spec->source_ = OwnedTerm(copy.term, copy.fragment);
  return spec;
}

TraceSpecification::Result TraceSpecification::run_program(const ets::MatchSpec& spec,
                                                           const TraceSessionRef& s, Process& p, Term args,
                                                           Heap& h, bool testing) {
  Actions actions(p, s, testing);
  actions.result.value = am::true_;
  if (spec.run({h, p.pid, nullptr, &actions}, args).is_none()) return {};
  return actions.result;
}

TraceSpecification::Result TraceSpecification::run(const TraceSessionRef& s, Process& p,
                                                   std::span<const Term> args, Heap& h) const {
  return run_program(*program_, s, p, make_list_from(h, args), h, false);
}

// ---- arguments of erlang:trace/3 ----

TracerRef tracer_from(Term prefix, Term t) {
  Term module = am::erl_tracer, state = t;
  if (const auto tuple = Tuple::from(t); tuple && prefix.is_none()) {
    if (tuple->arity() != 2 || !(*tuple)[0].is_atom()) return nullptr;
    module = (*tuple)[0];
    state = (*tuple)[1];
  } else if (tuple) {
    if (tuple->arity() < 2 || (*tuple)[0] != prefix) return nullptr;
    state = (*tuple)[1];
    if (tuple->arity() == 3 && (*tuple)[1].is_atom()) {
      module = (*tuple)[1];
      state = (*tuple)[2];
    } else if (tuple->arity() != 2) {
      return nullptr;
    }
  }
  if (module == am::erl_tracer)
    return state.is_local_pid() || state.is_local_port() ? make_tracer(module, state) : nullptr;
  return tracer_modules.exists(module) ? make_tracer(module, state) : nullptr;
}

bool parse_trace_flags(Term list, std::uint32_t* flags, TracerRef* tracer, bool* cpu_timestamp) {
  for (; list.is_cons(); list = list.tail()) {
    const Term item = list.head();
    if (const std::uint32_t flag = item.is_atom() ? trace_flag_named(item) : 0) {
      *flags |= flag;
    } else if (item == am::cpu_timestamp) {
      *cpu_timestamp = true;
    } else if (item.is_tuple()) {
      *tracer = tracer_from(am::tracer, item);
      if (!*tracer) return false;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

}  // namespace joist
