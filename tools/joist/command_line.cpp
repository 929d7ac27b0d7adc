#include "tools/joist/command_line.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace joist {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kUsage =
    "Usage: erl [-version] [-sname NAME | -name NAME] [-noshell] [-noinput] [-env VAR VALUE] [-compile file "
    "...] [-make] [-man [manopts] MANPAGE] [-x] [-emu_args] [-start_epmd BOOLEAN] [-emu_type TYPE] "
    "[-emu_flavor FLAVOR] [-args_file FILENAME] [+A THREADS] [+a SIZE] [+B[c|d|i]] [+c [BOOLEAN]] [+C MODE] "
    "[+dcg DECENTRALIZED_COUNTER_GROUPS_LIMIT] [+h HEAP_SIZE_OPTION] [+J[Pperf] JIT_OPTION] [+M<SUBSWITCH> "
    "<ARGUMENT>] [+P MAX_PROCS] [+Q MAX_PORTS] [+R COMPAT_REL] [+r] [+rg READER_GROUPS_LIMIT] [+s<SUBSWITCH> "
    "SCHEDULER_OPTION] [+S NO_SCHEDULERS:NO_SCHEDULERS_ONLINE] [+SP "
    "PERCENTAGE_SCHEDULERS:PERCENTAGE_SCHEDULERS_ONLINE] [+T LEVEL] [+V] [+v] [+W<i|w|e>] [+z MISC_OPTION] "
    "[args ...]";

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n%s\n", why.c_str(), kUsage);
  std::exit(1);
}
[[noreturn]] void missing_argument(const std::string& flag) {
  give_up("Missing argument(s) for '" + flag + "'.");
}

// ---- words of an environment variable or an -args_file: blanks separate, quotes keep, a backslash outside
// them too ----

struct Splitting {
  bool comments;  // '#' to the end of the line
};

Words split(const std::string& text, Splitting how) {
  Words words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char ch = text[i];
    if (quote != 0) {
      if (ch == quote)
        quote = 0;
      else
        word += ch;
    } else if (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f' || ch == '\v') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else if (how.comments && ch == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else {
      in_word = true;
      if (ch == '\'' || ch == '"')
        quote = ch;
      else if (ch == '\\' && i + 1 < text.size())
        word += text[++i];
      else
        word += ch;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

Words environment_words(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? split(value, {false}) : Words{};
}

// ---- one source of words after another, -extra parts set aside ----

// Ends a source. No flag takes it as its value.
constexpr const char* kEnd = "--";

struct Sources {
  Words words, extra;
  bool has_extra = false;
  bool several = false;  // more than the command line itself

  // A source ends with "--", where it has an -extra part there.
  void add(const Words& more) {
    if (more.empty()) return;
    several = true;
    Words* to = &words;
    for (std::size_t i = 0; i < more.size(); ++i) {
      if (to == &words && more[i] == "-extra") {
        has_extra = true;
        to = &extra;
      } else if (to == &words && more[i] == "-args_file") {
        if (i + 1 == more.size()) missing_argument("-args_file");
        add(read_arguments_file(more[++i]));
      } else {
        to->push_back(more[i]);
      }
    }
    to->push_back(kEnd);
  }

  // The command line: its own -extra part has no end but the line's.
  void add_command_line(const Words& line) {
    std::size_t i = 0;
    for (; i < line.size() && line[i] != "-extra"; ++i) {
      if (line[i] == "-args_file") {
        if (i + 1 == line.size()) missing_argument("-args_file");
        add(read_arguments_file(line[++i]));
      } else {
        words.push_back(line[i]);
      }
    }
    if (i == line.size()) return;
    has_extra = true;
    extra.insert(extra.end(), line.begin() + static_cast<std::ptrdiff_t>(i) + 1, line.end());
  }

  static Words read_arguments_file(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    if (!in) {
      char folder[4096];
      const int error = errno;
      give_up("Failed to open arguments file \"" + name + "\" at \"" +
              (getcwd(folder, sizeof folder) != nullptr ? folder : "") + "\": " + std::strerror(error));
    }
    return split(std::string(std::istreambuf_iterator<char>(in), {}), {true});
  }
};

// ---- which '+' flags take the next word as their value ----

bool is_one_of(const std::string& word, std::initializer_list<const char*> list) {
  for (const char* w : list)
    if (word == w) return true;
  return false;
}

enum class Value { none, next, boolean_if_there, break_mode_if_there };

// `flag` is without its '+'.
Value value_of(const std::string& flag, int release) {
  if (flag.empty()) return Value::none;
  if (flag == "pad" && release >= 26) return Value::next;
  if (is_one_of(flag, {"hmaxib", "zhft"}) && release >= 27) return Value::next;
  switch (flag[0]) {
    case 'a':
    case 'A':
    case 'C':
    case 'e':
    case 'i':
    case 'n':
    case 'P':
    case 'Q':
    case 't':
    case 'T':
    case 'R':
    case 'W':
    case 'K': return flag.size() == 1 ? Value::next : Value::none;
    case 'I': return is_one_of(flag, {"IOt", "IOp", "IOPt", "IOPp", "IOs"}) ? Value::next : Value::none;
    case 'J': return flag.size() > 1 ? Value::next : Value::none;
    case 'S': return is_one_of(flag, {"S", "SP", "SDcpu", "SDPcpu", "SDio"}) ? Value::next : Value::none;
    case 'p': return flag == "pc" ? Value::next : Value::none;
    case 'h':
      return is_one_of(flag, {"h", "hms", "hmbs", "hpds", "hmax", "hmaxk", "hmaxel", "hmqd"}) ? Value::next
                                                                                              : Value::none;
    case 'r': return flag == "rg" ? Value::next : Value::none;
    case 's':
      return is_one_of(flag,
                       {"sbt", "sbwt", "sbwtdcpu", "sbwtdio", "scl", "sct", "secio", "sfwi", "stbt", "swct",
                        "swt", "swtdcpu", "swtdio", "sws", "sss", "sssdcpu", "sssdio", "spp", "sub"})
                 ? Value::next
                 : Value::none;
    case 'z': return is_one_of(flag, {"zdbbl", "zdntgc", "zebwt", "zosrl"}) ? Value::next : Value::none;
    case 'M': return flag.size() > 1 ? Value::next : Value::none;
    case 'B': return flag.size() == 1 ? Value::break_mode_if_there : Value::none;
    case 'c': return flag.size() == 1 ? Value::boolean_if_there : Value::none;
    default: return Value::none;
  }
}

void print_quoted(const Words& words) {
  for (const std::string& w : words) std::printf("\"%s\" ", w.c_str());
  std::printf("\n");
}

class Reader {
 public:
  Reader(const Installation& otp, std::string program_name) : otp_(otp), name_(std::move(program_name)) {}

  CommandLine read(const Sources& sources) {
    const Words& words = sources.words;
    std::size_t i = 0;
    const auto next = [&](const std::string& flag) -> const std::string& {
      if (i + 1 >= words.size() || words[i + 1] == kEnd) missing_argument(flag);
      return words[++i];
    };
    for (; i < words.size(); ++i) {
      const std::string& w = words[i];
      if (w.size() >= 1 && w[0] == '+') {
        plus_flag(w, words, i);
      } else if (w == "-version") {
        emulator_.push_back("-V");
      } else if (w == "-emu_args") {
        show_ = true;
      } else if (w == "-emu_args_exit") {
        show_and_exit_ = true;
      } else if (w == "-emu_qouted_cmd_exit") {
        quote_and_exit_ = true;
      } else if (w == "-emu_name_exit") {
        std::puts("beam.smp");
        result_.exit_status = 0;
        return result_;
      } else if (w == "-env") {
        const std::string& variable = next(w);
        setenv(variable.c_str(), next(w).c_str(), 1);
      } else if (w == "-epmd") {
        result_.epmd_command = next(w);
      } else if (w == "-start_epmd") {
        const std::string& value = next(w);
        if (value != "true" && value != "false") give_up("Expected boolean argument for '-start_epmd'.");
        if (value == "false") epmd_allowed_ = false;
        user_.insert(user_.end(), {w, value});
      } else if (w == "-no_epmd") {
        no_epmd_ = true;
        user_.push_back(w);
      } else if (w == "-proto_dist") {
        other_distribution_ = true;
        user_.insert(user_.end(), {w, next(w)});
      } else if (w == "-emu_type" || w == "-emu_flavor") {
        user_.insert(user_.end(), {w, next(w)});
      } else if (w == "-name" || w == "-sname") {
        const std::string& value = next(w);
        named_ = true;
        user_.insert(user_.end(), {w, value});
      } else if (w == "-smp") {
        if (i + 1 < words.size() && words[i + 1] == "disable")
          give_up("Argument '-smp disable' not supported. Use \"+S 1\" instead.");
        user_.push_back(w);
      } else if (w == "-noinput") {
        user_.insert(user_.end(), {"-noshell", "-noinput"});
      } else if (w == "-detached") {
        result_.detached = true;
        user_.insert(user_.end(), {"-noshell", "-noinput"});
      } else if (w == "-compile") {
        emulator_.push_back("-B");
        user_.insert(user_.end(), {"-noshell", "-noinput", "-s", "c", "lc_batch"});
      } else if (w == "-make") {
        emulator_.push_back("-B");
        user_.insert(user_.end(),
                     {"-noshell", "-noinput", "-s", "make", "all_or_nothing", "-s", "erlang", "halt"});
        break;  // OTP: what follows is not looked at
      } else if (w == "-configfd") {
        const std::string& value = next(w);
        if (value == "0") user_.insert(user_.end(), {"-noshell", "-noinput"});
        user_.insert(user_.end(), {w, value});
      } else if (w == "-man") {
        show_manual(Words(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end()));
      } else {
        user_.push_back(w);
      }
    }
    if (no_epmd_ && !other_distribution_) {
      std::fputs("erlexec: Missing -proto_dist option, expected when using -no_epmd.\n", stderr);
      std::exit(1);
    }
    if (sources.has_extra && !(sources.several && sources.extra.empty())) {
      user_.push_back("-extra");
      user_.insert(user_.end(), sources.extra.begin(), sources.extra.end());
    }
    return finish();
  }

 private:
  void plus_flag(const std::string& w, const Words& words, std::size_t& i) {
    emulator_.push_back("-" + w.substr(1));
    const bool more = i + 1 < words.size() && words[i + 1] != kEnd;
    switch (value_of(w.substr(1), std::atoi(otp_.release.c_str()))) {
      case Value::none:
        if (w.size() > 2 && w[1] == 'B' && (w.size() != 3 || std::strchr("cdi", w[2]) == nullptr))
          missing_argument("-" + w.substr(1));
        break;
      case Value::next:
        if (!more) missing_argument(w);
        emulator_.push_back(words[++i]);
        break;
      case Value::boolean_if_there:
        if (more && (words[i + 1] == "true" || words[i + 1] == "false")) emulator_.push_back(words[++i]);
        break;
      case Value::break_mode_if_there:
        if (more && is_one_of(words[i + 1], {"c", "d", "i"})) emulator_.push_back(words[++i]);
        break;
    }
  }

  [[noreturn]] void show_manual(Words pages) {
    const char* path = std::getenv("MANPATH");
    setenv("MANPATH", (otp_.root + "/man" + (path != nullptr ? std::string(":") + path : "")).c_str(), 1);
    Words words = {"man"};
    words.insert(words.end(), pages.begin(), pages.end());
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    execvp("man", argv.data());
    give_up("Could not execute the 'man' command.");
  }

  CommandLine finish() {
    const char* home = std::getenv("HOME");
    Words& init = result_.init_arguments;
    init = {"-root", otp_.root, "-bindir", otp_.binaries, "-progname", name_};
    init.push_back("--");
    if (home != nullptr) init.insert(init.end(), {"-home", home});
    if (const char* port = std::getenv("ERL_EPMD_PORT"); port != nullptr)
      init.insert(init.end(), {"-epmd_port", port});
    init.push_back("--");
    init.insert(init.end(), user_.begin(), user_.end());
    result_.emulator_flags = std::move(emulator_);
    result_.starts_epmd = named_ && epmd_allowed_ && !no_epmd_;
    Words all = result_.emulator_flags;
    all.push_back("--");
    all.insert(all.end(), init.begin(), init.end());
    if (quote_and_exit_) {
      all.insert(all.begin(), otp_.binaries + "/beam.smp");
      print_quoted(all);
      result_.exit_status = 0;
    } else if (show_and_exit_) {
      for (const std::string& w : all) std::puts(w.c_str());
      result_.exit_status = 0;
    } else if (show_ && isatty(1)) {  // OTP: lost when it goes to a pipe or a file
      std::printf("Executing: %s/beam.smp %s/beam.smp", otp_.binaries.c_str(), otp_.binaries.c_str());
      for (const std::string& w : all) std::printf(" %s", w.c_str());
      std::printf("\n\n");
      std::fflush(stdout);
    }
    return std::move(result_);
  }

  const Installation& otp_;
  std::string name_;
  CommandLine result_;
  Words emulator_, user_;
  bool show_ = false, show_and_exit_ = false, quote_and_exit_ = false;
  bool named_ = false, epmd_allowed_ = true, no_epmd_ = false, other_distribution_ = false;
};

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& arguments, const Installation& otp,
                              const std::string& program_name) {
  const std::vector<Words> before = {environment_words(("ERL_OTP" + otp.release + "_FLAGS").c_str()),
                                     environment_words("ERL_AFLAGS")};
  const std::vector<Words> after = {environment_words("ERL_FLAGS"), environment_words("ERL_ZFLAGS")};
  Sources sources;
  for (const Words& w : before) sources.add(w);
  sources.add_command_line(arguments);
  Sources last;
  for (const Words& w : after) last.add(w);
  if (sources.several || last.several) sources.words.push_back(kEnd);
  sources.words.insert(sources.words.end(), last.words.begin(), last.words.end());
  sources.extra.insert(sources.extra.end(), last.extra.begin(), last.extra.end());
  sources.has_extra = sources.has_extra || last.has_extra;
  sources.several = sources.several || last.several;
  return Reader(otp, program_name).read(sources);
}

}  // namespace joist
