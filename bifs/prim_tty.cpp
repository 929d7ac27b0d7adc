// prim_tty: the terminal as OTP 26 and later use it. Their shell writes its own control sequences; what is
// left to the VM is the terminal's modes, its description, reading, writing, and to say when there is
// something to read.
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>
#undef move  // curses.h has macros

#include <mutex>

#include "bifs/bifs.hpp"
#include "bifs/iolist.hpp"
#include "bifs/prim_file.hpp"
#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/ports/poll.hpp"
#include "vm/ports/terminal_mode.hpp"
#include "vm/process/link.hpp"
#include "vm/process/spawn.hpp"
#include "vm/term/identifier.hpp"
#include "vm/term/magic.hpp"
#include "vm/term/map.hpp"
#include "vm/term/number.hpp"

extern "C" {  // of the terminal library's <term.h>, which defines macros for half the dictionary
int tgetent(char*, const char*);
int tgetflag(const char*);
int tgetnum(const char*);
char* tgetstr(const char*, char**);
char* tgoto(const char*, int, int);
int tputs(const char*, int, int (*)(int));
}

namespace joist {
namespace {

constexpr int kIn = 0, kOut = 1;
constexpr std::size_t kReadSize = 1024;

class Terminal final : public MagicObject {
 public:
  Term reference(Heap& h) { return make_magic_ref_again(h, this, key_); }
  static Term make(Heap& h) {
    auto* t = new Terminal;
    const Term ref = make_magic_ref(h, t);
    t->key_ = ref_key(ref);
    return ref;
  }

  // Sends `pid` {select, Terminal, Ref, ready_input} once when `fd` can be read. 0 or an errno value.
  int select(int fd, Term pid, Term ref) {
    const CopiedTerm copy = copy_to_fragment_with_literals(ref);
    {
      const std::lock_guard lock(mutex_);
      Waiter& w = waiter(fd);
      if (!w.waiting) retain();  // the poll thread may come late
      w = {.waiting = true, .pid = pid, .ref = OwnedTerm(copy.term, copy.fragment)};
    }
    const int error = poll::watch(fd, poll::kRead, {on_ready, reinterpret_cast<Word>(this)});
    if (error == EPERM) {  // a file can always be read
      tell(fd);
      return 0;
    }
    return error;
  }

 private:
  struct Waiter {
    bool waiting = false;
    Term pid = Term::none();
    OwnedTerm ref;
  };
  Waiter& waiter(int fd) { return fd == kIn ? input_ : signals_; }

  static void on_ready(Word argument, int fd, unsigned) { reinterpret_cast<Terminal*>(argument)->tell(fd); }
  void tell(int fd) {
    {
      const EpochGuard guard;
      const std::lock_guard lock(mutex_);
      Waiter& w = waiter(fd);
      if (!w.waiting) return;
      w.waiting = false;
      poll::forget(fd);
      FragmentHeap heap(kMagicRefWords + flat_size_with_literals(w.ref.term) + 5);
      const Term terminal = reference(heap);
      const Term ref = copy_with_literals(heap, w.ref.term);
      const Term message = make_tuple(heap, am::select, terminal, ref, am::ready_input);
      send_fragment(w.pid, message, heap.finish());
    }
    release();
  }

  RefKey key_{};
  std::mutex mutex_;
  Waiter input_, signals_;
};

// The terminal library keeps one terminal for the whole program.
std::mutex description_mutex;

std::optional<std::string> text_of(Term iodata) {
  std::string scratch;
  const auto bytes = iodata_bytes(iodata, scratch);
  if (!bytes) return std::nullopt;
  return std::string(bytes->substr(0, bytes->find('\0')));
}

Term ok_binary(Call& c, std::string_view bytes) {
  const Term binary = make_binary_copy(c.heap(), bytes);
  return make_tuple(c.heap(), am::ok, binary);
}

// Where tputs puts what it expands.
thread_local std::string expanded;
int put_expanded(int c) {
  expanded += static_cast<char>(c);
  return c;
}
Term expand(Call& c, const char* text) {
  if (text == nullptr) return am::false_;
  expanded.clear();
  if (tputs(text, 1, put_expanded) != OK) return am::false_;
  return ok_binary(c, expanded);
}

}  // namespace

// isatty(stdin | stdout | stderr) -> boolean() | ebadf
JOIST_DEFINE_BIF(prim_tty_isatty_1, Term name) {
  const int fd = name == am::stdin_ ? 0 : name == am::stdout_ ? 1 : name == am::stderr_ ? 2 : -1;
  if (fd < 0) return badarg(c);
  if (isatty(fd) != 0) return am::true_;
  return errno == EBADF ? am::ebadf : am::false_;
}

// tty_create() -> {ok, Terminal}
JOIST_DEFINE_BIF(prim_tty_tty_create_0) {
  const Term terminal = Terminal::make(c.heap());
  return make_tuple(c.heap(), am::ok, terminal);
}

// tty_init(Terminal, stdout, #{canon, echo, sig => boolean()}) -> ok | {error, enotsup}: the modes that
// tty_set will set. An option that is missing leaves the mode as it is.
namespace {
std::mutex settings_mutex;
TerminalSettings settings;
}  // namespace
JOIST_DEFINE_BIF(prim_tty_tty_init_3, Term terminal, Term output, Term options) {
  if (magic_cast<Terminal>(terminal) == nullptr || output != am::stdout_ || !options.is_map())
    return badarg(c);
  const auto mode = [&](Term key) {
    const Term value = map_get(options, key);
    return value.is_none() ? 0 : value == am::true_ ? 1 : -1;
  };
  if (isatty(kIn) == 0) return make_tuple(c.heap(), am::error, am::enotsup);
  const std::lock_guard lock(settings_mutex);
  settings = {.canonical = mode(am::canon), .echo = mode(am::echo), .signals = mode(am::sig)};
  return am::ok;
}
JOIST_DEFINE_BIF(prim_tty_tty_set_1, Term terminal) {
  if (magic_cast<Terminal>(terminal) == nullptr) return badarg(c);
  const std::lock_guard lock(settings_mutex);
  return set_terminal(settings) ? am::ok : posix_error(c, errno);
}

// setlocale(Terminal) -> whether it takes UTF-8
JOIST_DEFINE_BIF(prim_tty_setlocale_1, Term terminal) {
  if (magic_cast<Terminal>(terminal) == nullptr) return badarg(c);
  setlocale(LC_CTYPE, "");
  return make_bool(std::string_view(nl_langinfo(CODESET)) == "UTF-8");
}
JOIST_DEFINE_BIF(prim_tty_tty_encoding_1, Term terminal) {
  return magic_cast<Terminal>(terminal) == nullptr ? badarg(c) : am::utf8;
}

// tty_window_size(Terminal) -> {ok, {Columns, Rows}} | {error, enotsup}
JOIST_DEFINE_BIF(prim_tty_tty_window_size_1, Term terminal) {
  if (magic_cast<Terminal>(terminal) == nullptr) return badarg(c);
  winsize size{};
  if (ioctl(kOut, TIOCGWINSZ, &size) != 0 && ioctl(kIn, TIOCGWINSZ, &size) != 0)
    return make_tuple(c.heap(), am::error, am::enotsup);
  const Term pair = make_tuple(c.heap(), Term::small(size.ws_col), Term::small(size.ws_row));
  return make_tuple(c.heap(), am::ok, pair);
}

// tty_select(Terminal, SignalRef, ReadRef) -> ok: the caller hears once when there is input, and once when
// the window has changed or the VM goes on after a stop.
JOIST_DEFINE_BIF(prim_tty_tty_select_3, Term terminal, Term signal_ref, Term read_ref) {
  auto* t = magic_cast<Terminal>(terminal);
  if (t == nullptr || !signal_ref.is_reference() || !read_ref.is_reference()) return badarg(c);
  if (const int error = t->select(watch_terminal_signals(), c.process.pid, signal_ref); error != 0)
    return posix_error(c, error);
  const int error = t->select(kIn, c.process.pid, read_ref);
  return posix_result(c, error);
}
// tty_read_signal(Terminal, Ref) -> {ok, winch | cont}; the next one will be told again.
JOIST_DEFINE_BIF(prim_tty_tty_read_signal_2, Term terminal, Term ref) {
  auto* t = magic_cast<Terminal>(terminal);
  if (t == nullptr || !ref.is_reference()) return badarg(c);
  const auto what = next_terminal_signal();
  if (const int error = t->select(watch_terminal_signals(), c.process.pid, ref); error != 0)
    return posix_error(c, error);
  if (!what) return posix_error(c, EAGAIN);
  return make_tuple(c.heap(), am::ok, *what == TerminalSignal::resized ? am::winch : am::cont);
}

// read_nif(Terminal, Ref) -> {ok, Binary} | {error, closed | Posix}; more input will be told again.
JOIST_DEFINE_BIF(prim_tty_read_nif_2, Term terminal, Term ref) {
  auto* t = magic_cast<Terminal>(terminal);
  if (t == nullptr || !ref.is_reference()) return badarg(c);
  char bytes[kReadSize];
  ssize_t n = read(kIn, bytes, sizeof bytes);
  if (n == 0) return make_tuple(c.heap(), am::error, am::closed);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) return posix_error(c, errno);
    n = 0;
  }
  if (const int error = t->select(kIn, c.process.pid, ref); error != 0) return posix_error(c, error);
  return ok_binary(c, {bytes, static_cast<std::size_t>(n)});
}
// write_nif(Terminal, IoList) -> ok | {error, Posix}
JOIST_DEFINE_BIF(prim_tty_write_nif_2, Term terminal, Term data) {
  std::string scratch;
  const auto bytes = iodata_bytes(data, scratch);
  if (magic_cast<Terminal>(terminal) == nullptr || !bytes) return badarg(c);
  std::vector<iovec> pieces{{const_cast<char*>(bytes->data()), bytes->size()}};
  return posix_result(c, write_file_bytes(kOut, -1, pieces));
}

// ---- characters ----

JOIST_DEFINE_BIF(prim_tty_isprint_1, SmallInt character) {
  return make_bool(iswprint(static_cast<wint_t>(character.value())) != 0);
}
JOIST_DEFINE_BIF(prim_tty_wcwidth_1, SmallInt character) {
  const int width = wcwidth(static_cast<wchar_t>(character.value()));
  return width >= 0 ? Term::small(width) : make_tuple(c.heap(), am::error, am::not_printable);
}
// wcswidth(UTF-32 in the machine's byte order)
JOIST_DEFINE_BIF(prim_tty_wcswidth_1, Term text) {
  std::string scratch;
  const auto bytes = iodata_bytes(text, scratch);
  if (!bytes || bytes->size() % sizeof(wchar_t) != 0) return badarg(c);
  std::wstring wide(bytes->size() / sizeof(wchar_t), L'\0');
  std::memcpy(wide.data(), bytes->data(), bytes->size());
  const int width = wcswidth(wide.data(), wide.size());
  return width >= 0 ? Term::small(width) : make_tuple(c.heap(), am::error, am::not_printable);
}
JOIST_DEFINE_BIF(prim_tty_sizeof_wchar_0) { return Term::small(sizeof(wchar_t)); }

// ---- the terminal's description, by termcap's names ----

JOIST_DEFINE_BIF(prim_tty_tgetent_nif_1, Term name) {
  const auto text = text_of(name);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  if (tgetent(nullptr, text->c_str()) > 0) return am::ok;
  return posix_error(c, ENOENT);
}
JOIST_DEFINE_BIF(prim_tty_tgetnum_nif_1, Term name) {
  const auto text = text_of(name);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  return Term::small(tgetnum(text->c_str()));
}
JOIST_DEFINE_BIF(prim_tty_tgetflag_nif_1, Term name) {
  const auto text = text_of(name);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  return make_bool(tgetflag(text->c_str()) > 0);
}
JOIST_DEFINE_BIF(prim_tty_tgetstr_nif_1, Term name) {
  const auto text = text_of(name);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  const char* value = tgetstr(text->c_str(), nullptr);
  return value == nullptr ? am::false_ : ok_binary(c, value);
}
// tgoto_nif(Capability [, Argument [, Argument]]) -> {ok, Binary} | false
JOIST_DEFINE_BIF(prim_tty_tgoto_nif_1, Term capability) {
  const auto text = text_of(capability);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  return expand(c, text->c_str());
}
JOIST_DEFINE_BIF(prim_tty_tgoto_nif_2, Term capability, SmallInt row) {
  const auto text = text_of(capability);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  return expand(c, tgoto(text->c_str(), 0, static_cast<int>(row.value())));
}
JOIST_DEFINE_BIF(prim_tty_tgoto_nif_3, Term capability, SmallInt column, SmallInt row) {
  const auto text = text_of(capability);
  if (!text) return badarg(c);
  const std::lock_guard lock(description_mutex);
  return expand(c, tgoto(text->c_str(), static_cast<int>(column.value()), static_cast<int>(row.value())));
}

}  // namespace joist
