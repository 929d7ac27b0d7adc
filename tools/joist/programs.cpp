// programs.cpp -- joist under the names erlc, escript, dialyzer, typer, ct_run and erlexec: erl with the
// flags that OTP's program of that name gives it.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tools/joist/commands.hpp"

namespace joist {
namespace {

using Words = std::vector<std::string>;

std::string own_name;  // for messages

[[noreturn]] void complain(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", own_name.c_str(), what.c_str());
  std::exit(1);
}

// `variable` names another emulator, as OTP's programs let one do.
int run_erl(const char* variable, const Words& arguments) {
  const char* other = std::getenv(variable);
  if (other == nullptr || *other == '\0') return erl_command(arguments, "erl");
  std::string erl = other;
  std::vector<char*> argv = {erl.data()};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  complain("Error " + std::to_string(errno) + " executing '" + erl + "'.");
}

void append(Words& to, std::initializer_list<const char*> words) {
  to.insert(to.end(), words.begin(), words.end());
}
void append(Words& to, const Words& words) { to.insert(to.end(), words.begin(), words.end()); }

// ---- erlc: code paths are the emulator's, everything else the compiler's ----

int erlc(const Words& arguments) {
  Words emulator, compiler;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& a = arguments[i];
    if (a == "-pa" || a == "-pz") {
      if (i + 1 == arguments.size()) complain("No value given to -p option");
      emulator.insert(emulator.begin(), {a, arguments[++i]});
    } else if (a == "-smp") {
      emulator.insert(emulator.begin(), a);
    } else if (a == "-server" || a == "-no-server") {
      // joist starts faster than a compile server answers.
    } else {
      compiler.push_back(a);
    }
  }
  emulator.insert(emulator.begin(), "+S1");
  append(emulator, {"+sbtu", "+A0", "-noinput", "-mode", "minimal", "-boot", "no_dot_erlang", "-s",
                    "erl_compile", "compile_cmdline", "-extra"});
  append(emulator, compiler);
  return run_erl("ERLC_EMULATOR", emulator);
}

// ---- escript: the script's second or third line may hold flags for the emulator ----

Words words_of(const std::string& text) {
  std::istringstream in(text);
  Words words;
  for (std::string w; in >> w;) words.push_back(w);
  return words;
}

Words flags_in(const std::string& script) {
  std::ifstream in(script, std::ios::binary);
  if (!in) complain("Failed to open file: " + script);
  std::string line;
  std::getline(in, line);
  for (int i = 0; i < 2; ++i) {
    if (!std::getline(in, line)) break;
    if (line.starts_with("%%!")) return words_of(line.substr(3));
  }
  return {};
}

int run_script(const std::string& script, const Words& options, const Words& arguments) {
  Words erl = {"+B", "-boot", "no_dot_erlang", "-noshell"};
  append(erl, flags_in(script));
  append(erl, {"-run", "escript", "start"});
  append(erl, options);
  append(erl, {"-extra"});
  erl.push_back(script);
  append(erl, arguments);
  setenv("ESCRIPT_NAME", script.c_str(), 1);
  return run_erl("ESCRIPT_EMULATOR", erl);
}

int escript(const Words& arguments) {
  Words options;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].size() > 1 && arguments[i][0] == '-'; ++i)
    options.push_back(arguments[i].substr(1));
  if (i == arguments.size()) complain("Missing filename\n");
  return run_script(arguments[i], options,
                    Words(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end()));
}

// ---- dialyzer, typer: dialyzer's leading +S and +P are the emulator's ----

int dialyzer(const Words& arguments) {
  Words erl = {"-noinput"};
  std::string processes = "1000000";
  std::size_t i = 0;
  for (; i < arguments.size(); ++i) {
    const bool more = i + 1 < arguments.size();
    if (arguments[i] == "+S" && more)
      erl.insert(erl.end(), {"-smp", "+S", arguments[++i]});
    else if (arguments[i] == "+P" && more)
      processes = arguments[++i];
    else if (arguments[i] != "-smp")
      break;
  }
  erl.insert(erl.end(),
             {"+P", processes, "+B", "-boot", "no_dot_erlang", "-run", "dialyzer", "plain_cl", "-extra"});
  erl.insert(erl.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
  return run_erl("DIALYZER_EMULATOR", erl);
}

int typer(const Words& arguments) {
  Words erl = {"-noinput", "+B", "-boot", "no_dot_erlang", "-run", "typer", "start", "-extra"};
  append(erl, arguments);
  return run_erl("TYPER_EMULATOR", erl);
}

// ---- ct_run ----

int ct_run(const Words& arguments) {
  // bare: a node that waits for tests, or for a master's commands.
  bool browser_pages = false, shell = false, bare = false, given = false;
  std::string browser, kind = "-sname", node = "ct";
  Words rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& a = arguments[i];
    const bool more = i + 1 < arguments.size();
    if ((a == "-name" || a == "-sname") && more) {
      kind = a;
      node = arguments[++i];
      given = true;
    } else if (a == "-ctmaster") {
      bare = true;
      if (!given) node = "ct_master";
      rest.push_back(a);
    } else if (a == "-ctname" && more) {
      bare = true;
      if (!given) node = arguments[i + 1];
      rest.insert(rest.end(), {a, arguments[++i]});
    } else if (a == "-config") {
      rest.push_back("-ct_config");
    } else if (a == "-decrypt_key") {
      rest.push_back("-ct_decrypt_key");
    } else if (a == "-decrypt_file") {
      rest.push_back("-ct_decrypt_file");
    } else if (a == "-erl_args") {
      rest.push_back("-ct_erl_args");
    } else {
      browser_pages = browser_pages || a == "-vts";
      shell = shell || a == "-shell";
      if (a == "-browser" && more) browser = arguments[i + 1];
      rest.push_back(a);
    }
  }
  Words erl = {kind, node};
  if (shell) {
    append(erl, {"-s", "ct_run", "script_start"});
  } else if (browser_pages) {
    append(erl, {"-s", "ct_webtool", "script_start", "vts"});
    if (!browser.empty()) erl.push_back(browser);
    append(erl, {"-s", "ct_run", "script_start"});
  } else if (!bare) {
    append(erl, {"-s", "ct_run", "script_start", "-s", "erlang", "halt"});
  }
  append(erl, rest);
  return run_erl("CT_RUN_EMULATOR", erl);
}

// ---- erlexec: what start scripts of releases call, with the environment that `erl` makes for it ----

int erlexec(const Words& arguments) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  Words all;
  if (const std::string root = variable("ROOTDIR"); !root.empty()) append(all, {"-root", root});
  append(all, arguments);
  const std::string program = variable("PROGNAME");
  return erl_command(all, program.empty() ? "erlexec" : program);
}

}  // namespace

std::optional<int> otp_program(const std::string& name, const std::vector<std::string>& arguments) {
  own_name = name;
  struct Program {
    const char* name;
    int (*run)(const Words&);
  };
  for (const Program p : {Program{"erlexec", erlexec},
                          {"erlc", erlc},
                          {"escript", escript},
                          {"dialyzer", dialyzer},
                          {"typer", typer},
                          {"ct_run", ct_run}}) {
    if (name != p.name) continue;
    if (name != "escript" && name != "erlexec") setenv("ESCRIPT_NAME", name.c_str(), 1);
    return p.run(arguments);
  }
  return std::nullopt;
}

std::optional<int> script_of_own_name(std::string called, const std::vector<std::string>& arguments) {
  if (called.find('/') == std::string::npos) {
    std::istringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
    for (std::string folder; std::getline(path, folder, ':');)
      if (access((folder + "/" + called).c_str(), X_OK) == 0) {
        called = folder + "/" + called;
        break;
      }
  }
  const std::string script = std::filesystem::absolute(called).lexically_normal().string() + ".escript";
  if (access(script.c_str(), R_OK) != 0) return std::nullopt;
  own_name = called;
  return run_script(script, {}, arguments);
}

}  // namespace joist
