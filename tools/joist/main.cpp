#include <algorithm>
#include <cstdio>

#include "bifs/bifs.hpp"
#include "tools/joist/commands.hpp"
#include "vm/os/archive.hpp"
#include "vm/ports/starter.hpp"

namespace joist {
namespace {

constexpr const char* kHelp = R"(joist -- runs compiled Erlang and Elixir programs

usage: joist COMMAND [ARGUMENT...]
       joist [FLAG...]               as erl: Erlang/OTP, with the flags of erl(1)

  run FILE.beam [FUN [ARG...]]     run a program (joist run --help)
  bundle EBIN... -o PROGRAM        make one program of the VM and yours (joist bundle --help)
  erlc escript dialyzer typer ct_run
                                   these programs of OTP
  disasm FILE.beam [FUN[/ARITY]]   show generic and threaded code
  inspect FILE.beam                show the chunks of a .beam file

  --unimplemented                  list the built-in functions that joist lacks
  --version                        print the version
  --help                           this page

examples:
  erlc hello.erl && joist run hello.beam
  joist run hello.beam greet World
  joist run -pa ebin my_module start
  joist disasm hello.beam main/1
  joist -noshell -s hello start -s init stop
)";

int list_unimplemented() {
  for (const std::string& name : missing_bifs()) std::puts(name.c_str());
  return 0;
}

int command(const std::vector<std::string>& words) {
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h" || words[0] == "help")) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  // Without a command joist is erl.
  if (words.empty() ||
      (words[0].size() > 1 && (words[0][0] == '+' || (words[0][0] == '-' && words[0][1] != '-'))))
    return erl_command(words, "erl");
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (words[0] == "run") return run_command(rest);
  if (words[0] == "bundle") return bundle_command(rest);
  if (words[0] == "erl") return erl_command(rest, "erl");
  if (const auto status = otp_program(words[0], rest)) return *status;
  if (words[0] == "disasm") return disasm_command(rest);
  if (words[0] == "inspect") return inspect_command(rest);
  if (words[0] == "--unimplemented") return list_unimplemented();
  if (words[0] == "--version") {
    std::puts("joist " JOIST_VERSION);
    return 0;
  }
  return usage_error("unknown command '" + words[0] + "'; try joist --help");
}

}  // namespace

int usage_error(const std::string& what) {
  std::fprintf(stderr, "joist: %s\n", what.c_str());
  return 2;
}

}  // namespace joist

int main(int argc, char** argv) {
  if (joist::is_starter(argc, argv)) return joist::run_starter();
  joist::open_own_archive();
  const std::string called = argc > 0 ? argv[0] : "joist";
  const std::string name = called.substr(called.rfind('/') + 1);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (name == "inet_gethost") return joist::name_lookup_program(words);
  if (name == "heart") return joist::heart_program(words);
  if (const auto status = joist::bundled_program(words)) return *status;
  if (name == "joist") return joist::command(words);
  if (name == "erl") return joist::erl_command(words, "erl");
  if (const auto status = joist::otp_program(name, words)) return *status;
  if (const auto status = joist::script_of_own_name(called, words)) return *status;
  return joist::command(words);
}
