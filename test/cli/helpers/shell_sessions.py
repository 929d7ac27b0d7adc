"""The interactive shell, typed into a terminal: joist's screen must be erl's after every step.

usage: shell_sessions.py ERL [SESSION...]     ERL: joist's erl; without sessions, all of them run. Those that begin with
iex are sessions of Elixir's shell.

SLOWDOWN in the environment says how many times slower than usual this build may be.
"""
import concurrent.futures
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

# A session: flags of erl, then steps. A step is what is typed, in words of `tmux send-keys`, or text to be typed
# as it is (a string that begins with '='). A step's screens are compared when they do not change any more.
SESSIONS = {
    "arithmetic": ("", ["=1+2.", "Enter", "=X = lists:seq(1, 40).", "Enter", "=[Y || Y <- X, Y rem 7 == 0].", "Enter", "=1/0.", "Enter",
                        "=foo", "Enter", "=(.", "Enter", "=spawn(fun() -> 1/0 end), timer:sleep(100).", "Enter", '="åäö", <<"åäö"/utf8>>.', "Enter",
                        '=io:format("~ts~n", ["漢字"]).', "Enter", "=X.", "Enter", "=f(X).", "Enter", "=X.", "Enter", "=b().", "Enter", "=v(1).", "Enter", "=h().", "Enter"]),
    "editing": ("", ["=lists:sort([3,1,2]", "Left", "Left", "BSpace", "=7", "End", "=).", "Enter", "=abc def ghi", "C-a", "=X", "C-f", "C-f", "C-d", "C-e", "C-b", "=Y", "M-b", "=Z", "M-f", "=W",
                     "C-w", "C-y", "C-y", "C-t", "Home", "C-k", "C-y", "C-u", "=ok.", "Enter", "=a b c", "M-b", "M-d", "C-a", "M-d", "C-y", "C-u", "=io:format(\"x\").", "Enter",
                     "=atom", "C-a", "C-d", "C-d", "C-d", "C-d", "=done.", "Enter", "=ab", "C-h", "C-h", "C-h", "=end_.", "Enter"]),
    "long lines": ("", ["=L = [" + ",".join(str(n) for n in range(1000, 1045)), "C-a", "C-e", "Left", "Left", "Left", "=,zzz,", "C-a", "Right", "Right", "BSpace", "=M", "C-e",
                        "=].", "Enter", "Up", "C-u", "=" + "x" * 116, "=y", "=z", "Left", "Left", "Left", "BSpace", "C-a", "C-k", "=ok.", "Enter",
                        "=" + "漢字" * 32, "Left", "Left", "=a", "BSpace", "BSpace", "C-a", "C-u", "C-k", "=ok.", "Enter"]),
    "history": ("", ["=first.", "Enter", "=second.", "Enter", "=third.", "Enter", "Up", "Up", "Up", "Up", "Down", "Enter", "C-p", "C-p", "C-n", "C-n", "=new", "C-u",
                     "C-r", "=fi", "Enter", "C-r", "=sec", "C-r", "C-g", "Enter"]),
    "completion": ("", ["=lists:re", "Tab", "Tab", "=v", "Tab", "=erse([1,2]).", "Enter", "=erl", "Tab", "Tab", "C-u", "=nosuchmodule:", "Tab", "C-u", "=fil", "Tab", "C-u",
                        "=file:read_f", "Tab", "C-u", "=c", "Tab", "C-u", "=ok.", "Enter"]),
    "records": ("", ["=rd(point, {x, y = 2}).", "Enter", "=P = #point{x = 1}.", "Enter", "=P#point.y.", "Enter", "=rl().", "Enter", "=rr(shell_sample).", "Enter", "=#sample{}.", "Enter",
                     "=rl(sample).", "Enter", "=rf(point).", "Enter", "=P.", "Enter", "=rp(#sample{name = a}).", "Enter"]),
    "modules": ("", ["=c(shell_sample).", "Enter", "=shell_sample:double(4).", "Enter", "=l(shell_sample).", "Enter", "=shell_sample:crash().", "Enter", "=shell_sample:nothing().", "Enter",
                     "=c(shell_wrong).", "Enter", "=m(shell_sample).", "Enter", "=pwd().", "Enter", "=ls().", "Enter", "=code:which(shell_sample).", "Enter", '=os:cmd("echo hi").', "Enter"]),
    "job control": ("", ["=ok.", "Enter", "C-g", "=h", "Enter", "=j", "Enter", "=s", "Enter", "=j", "Enter", "=c", "Enter", "Enter", "=X = 1.", "Enter", "C-g", "=c 1", "Enter", "Enter", "=X.", "Enter",
                         "=timer:sleep(100000).", "Enter", "C-g", "=i", "Enter", "=c", "Enter", "Enter", "=2.", "Enter", "C-g", "=k 2", "Enter", "=j", "Enter", "=nonsense", "Enter", "=?", "Enter", "=c", "Enter", "Enter", "=3.", "Enter"]),
    "reading": ("", ["=io:get_line(\"line> \").", "Enter", "=some text", "Enter", "=io:read(\"term> \").", "Enter", "={a, [1]}.", "Enter", "=io:fread(\"> \", \"~d ~s\").", "Enter", "=12 abc", "Enter",
                     "=io:get_chars(\"\", 3).", "Enter", "=xyz", "Enter", "=ok.", "Enter", "=io:columns().", "Enter", "=io:rows().", "Enter", "=io:getopts().", "Enter",
                     "=begin", "Enter", "=1 + 1", "Enter", "=end.", "Enter"]),
    "printing": ("", ["=[io:format(\"~p~n\", [N]) || N <- lists:seq(1, 60)].", "Enter", "=io:put_chars(\"a\\tb\\rc\\e[1mbold\\e[0m\\n\").", "Enter", "=#{a => 1, b => [x, y, {z}]}.", "Enter",
                      "=lists:seq(1, 200).", "Enter", "=spawn(fun() -> timer:sleep(600), io:format(\"later~n\") end).", "Enter", "=not yet en", "wait", "=tered", "C-u", "=ok.", "Enter",
                      "=self() ! hello, flush().", "Enter", "=exit(bye).", "Enter", "=catch throw(x).", "Enter", "=throw(y).", "Enter", "=error(z).", "Enter"]),
    "old shell": ("-oldshell", ["=1+2.", "Enter", "=lists:seq(1,3", "BSpace", "=4).", "Enter", "=io:get_line(\"> \").", "Enter", "=text", "Enter", "=foo", "Enter", "=.", "Enter"]),
    "processes": ("", ["=i().", "Enter", "=y", "Enter", "Enter", "=q().", "Enter"]),
    "names": ("", ["=regs().", "Enter", "=q().", "Enter"]),
    "interrupt": ("", ["=ok.", "Enter", "=half", "C-c", "=c", "Enter", "=_done.", "Enter", "C-c", "=x", "Enter", "=v", "Enter", "=ok.", "Enter",
                       "=timer:sleep(100000).", "Enter", "C-c", "=a", "Enter"]),
    "stop": ("", ["=ok.", "Enter", "=halt().", "Enter"]),
    "end by q": ("", ["C-g", "=q", "Enter"]),

    # Elixir's shell, compared with its colours.
    "iex values": ("iex", ["=1 + 2", "Enter", "=[1, 'abc', \"text\", :atom, 1.5, nil, {1, 2}, %{a: 1}]", "Enter", "=x = Enum.map(1..50, & &1 * 2)", "Enter", "=v(1)", "Enter", "=length(x)", "Enter",
                           "=1 / 0", "Enter", "=foo", "Enter", "=raise \"oops\"", "Enter", "=throw(:ball)", "Enter", "=exit(:bye)", "Enter", "=%{a: 1}.b", "Enter", "=(1 +", "Enter", "=2)", "Enter",
                           "=IO.puts(\"gr\u00fc\u00df\")", "Enter", "=spawn(fn -> raise \"in a process\" end); Process.sleep(300)", "Enter", "=)", "Enter", "=~r/a+/ |> Regex.run(\"baaa\")", "Enter"]),
    "iex modules": ("iex", ["=defmodule Point do", "Enter", "=  defstruct x: 0, y: 1", "Enter", "=  def sum(%Point{x: x, y: y}), do: x + y", "Enter", "=end", "Enter", "=p = %Point{x: 3}", "Enter",
                            "=Point.sum(p)", "Enter", "=Point.sum(1)", "Enter", "=if true do", "Enter", "=:yes", "Enter", "=end", "Enter", "=[1, 2, 3]", "Enter", "=|> Enum.sum()", "Enter",
                            "=\"\"\"", "Enter", "=a text", "Enter", "=\"\"\"", "Enter", "=fn x ->", "Enter", "=#iex:break", "Enter", "=import Bitwise; 5 &&& 4", "Enter"]),
    "iex help": ("iex", ["=h Enum.count/1", "Enter", "=i 1", "Enter", "=i \"text\"", "Enter", "=h h", "Enter", "=b GenServer.init", "Enter", "=t Enum.t", "Enter", "=exports(Bitwise)", "Enter",
                         "=h NoSuchModule", "Enter", "=i :atom", "Enter", "=pwd()", "Enter", "=ls()", "Enter", "=c \"shell_sample.erl\"", "Enter", "=:shell_sample.double(4)", "Enter", "=clear()", "Enter", "=1", "Enter"]),
    "iex completion": ("iex", ["=Enum.ma", "Tab", "=p", "Tab", "=(1..3, & &1)", "Enter", "=Str", "Tab", "C-u", "=:lists.re", "Tab", "C-u", "=long_name = 1", "Enter", "=long_", "Tab", "Enter", "=%{alpha: 1, beta: 2}.", "Tab",
                               "C-u", "=m = %{alpha: 1}", "Enter", "=m.", "Tab", "Enter", "=File.read", "Tab", "Tab", "C-u", "=Enu", "Tab", "=.", "Tab", "C-u", "=1", "Enter"]),
    "iex history": ("iex", ["=first = 1", "Enter", "=second = 2", "Enter", "Up", "Up", "Enter", "Up", "C-a", "=x", "C-e", "BSpace", "=7", "Enter", "C-p", "C-p", "C-n", "C-u", "C-r", "=sec", "Enter", "Enter", "=v()", "Enter"]),
    "iex jobs": ("iex", ["=:ok", "Enter", "C-g", "=h", "Enter", "=s", "Enter", "=j", "Enter", "=c", "Enter", "Enter", "=Process.sleep(100000)", "Enter", "C-g", "=i", "Enter", "=c", "Enter", "Enter", "=2", "Enter",
                         "C-c", "=c", "Enter", "=3", "Enter", "C-c", "=a", "Enter"]),
    "iex project": ("iex -S mix", ["=Sample.value()", "Enter", "=File.write!(\"lib/sample.ex\", \"defmodule Sample do def value, do: 2 end\")", "Enter", "=recompile()", "Enter", "=Sample.value()", "Enter",
                                   "=recompile()", "Enter", "=r Sample", "Enter", "=File.write!(\"lib/sample.ex\", \"defmodule Sample do def value, do: x end\")", "Enter", "=recompile()", "Enter", "=Mix.env()", "Enter", "=System.halt(0)", "Enter"]),
}
MIX_PROJECT = """defmodule Sample.MixProject do
  use Mix.Project
  def project, do: [app: :sample, version: "0.1.0"]
end
"""

SAMPLE = """-module(shell_sample).
-export([double/1, crash/0]).
-record(sample, {name, value = 1 :: integer()}).
double(X) -> #sample{value = Y} = #sample{value = X}, Y * 2.
crash() -> double(a).
"""
WRONG = """-module(shell_wrong).
-export([f/0]).
f() -> X.
"""


SLOWDOWN = float(os.environ.get("SLOWDOWN", "1"))


class Screen:
    def __init__(self, name, command, folder, colours, columns=120, rows=40):
        self.colours = ["-e"] if colours else []
        self.socket = os.path.join(folder, "tmux-" + name)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"cd {folder}/{name} && env TERM=screen LC_ALL=C.UTF-8 HOME={folder}/home {command}; stty; sleep 60")
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], stdout=subprocess.PIPE, check=False,
                              env=dict(os.environ, LC_ALL="C.UTF-8")).stdout.decode()

    def type(self, step):
        if step == "wait":
            time.sleep(1)
        elif step.startswith("="):
            self.tmux("send-keys", "-l", "--", step[1:])
        else:
            self.tmux("send-keys", "--", step)

    def text(self):
        return self.tmux("capture-pane", "-p", *self.colours) + self.tmux("display-message", "-p", "cursor #{cursor_x},#{cursor_y}")

    def end(self):
        self.tmux("kill-server")


def masked(text):
    """Without what differs between two runs of the same VM."""
    text = re.sub(r"Erlang/OTP \d+ .*", "Erlang/OTP", text)
    text = re.sub(r"Eshell V[\d.]+", "Eshell V", text)
    text = re.sub(r"\d\d?-[A-Z][a-z][a-z]-\d{4}::[\d:.]+", "date", text)
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "time", text)
    text = re.sub(r"#PID<[\d.]+>", "#PID", text)
    text = re.sub(r"/tmp/tmp\w+/(erl|joist)", "folder", text)
    text = re.sub(r"<\d+\.\d+\.\d+> *", "<pid> ", text)
    # i() asks while user_drv is printing the line before.
    text = re.sub(r"user_drv:(server_loop/6|handle_req/4)", "user_drv:somewhere", text)
    text = re.sub(r"( +\d+)+$", " number", text, flags=re.MULTILINE)  # of i() and regs()
    text = re.sub(r"#Ref<[\d.]+>", "#Ref", text)
    text = re.sub(r"#Port<[\d.]+>", "#Port", text)
    return text


def same(name, a, b):
    """Whether two screens are equal; processes stand in an order that chance decides."""
    a, b = masked(a), masked(b)
    return sorted(a.split("\n")) == sorted(b.split("\n")) if name == "processes" else a == b


def settle(name, screens, seconds, text, patience):
    """The screens, when they hold `text`, are equal and do not change any more, or when the time is over.

    A cursor in the first column mostly means that something is being evaluated, and what is typed then is echoed late:
    only a long quiet tells that nothing else will come. `patience` multiplies how long the quiet must last.
    """
    end, last, since = time.time() + seconds * SLOWDOWN, None, time.time()
    while True:
        now = [screen.text() for screen in screens]
        if now != last:
            last, since = now, time.time()
        evaluating = any("\ncursor 0," in screen for screen in now)
        enough = (1.5 if evaluating else 0.12) * patience
        if all(text in screen for screen in now) and time.time() - since > enough and same(name, *now):
            return now
        if time.time() > end:
            return now
        time.sleep(0.03)


def run(name, erl, folder, patience):
    """Types the session into both; what differs, as text."""
    flags, steps = SESSIONS[name]
    elixir = flags.startswith("iex")
    own = f"PATH={os.path.dirname(erl)}:$PATH {flags}" if elixir else f"{erl} {flags}"
    screens = [Screen("erl", flags if elixir else f"erl {flags}", folder, elixir), Screen("joist", own, folder, elixir)]
    problems = []
    try:
        for number, step in enumerate(["start"] + steps):
            if number:
                for screen in screens:
                    screen.type(step)
            expected, got = settle(name, screens, 50, "" if number else "iex(1)" if elixir else "1>", patience)
            if not same(name, expected, got):
                lines = difflib.unified_diff(masked(expected).split("\n"), masked(got).split("\n"), "erl", "joist", n=4, lineterm="")
                problems.append("\n".join([f"session {name!r}, step {number} ({step}):"] + list(lines)))
                break
    finally:
        for screen in screens:
            screen.end()
    return problems


def run_in_folder(name, erl, patience=1):
    folder = tempfile.mkdtemp()
    try:
        os.mkdir(f"{folder}/home")
        for side in ("erl", "joist"):
            os.mkdir(f"{folder}/{side}")
            for module, source in (("shell_sample", SAMPLE), ("shell_wrong", WRONG)):
                with open(f"{folder}/{side}/{module}.erl", "w") as file:
                    file.write(source)
            os.mkdir(f"{folder}/{side}/lib")
            with open(f"{folder}/{side}/mix.exs", "w") as file:
                file.write(MIX_PROJECT)
            with open(f"{folder}/{side}/lib/sample.ex", "w") as file:
                file.write("defmodule Sample do def value, do: 1 end")
        return run(name, erl, folder, patience)
    finally:
        shutil.rmtree(folder)


def main():
    erl, names = os.path.abspath(sys.argv[1]), sys.argv[2:] or list(SESSIONS)
    # They wait most of the time.
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        failed = [name for name, found in zip(names, pool.map(lambda name: run_in_folder(name, erl), names)) if found]
    # On a busy machine something may be typed before a shell is ready for it: those once more, alone and slowly.
    problems = [text for name in failed for text in run_in_folder(name, erl, patience=6)]
    for text in problems:
        print(text)
    sys.exit(1 if problems else 0)


main()
