# joist bundle: programs that run in an empty root directory, of modules, an application, an archive, Elixir.
. test/cli/lib.bash
[ "${PRESET:-release}" = release ] || skip "other builds make programs that need the system's libraries"
[ "$(id -u)" -eq 0 ] || skip "only root may change the root directory"
PATH=$PATH:/usr/sbin:/sbin
mkdir "$work/root"
# in_root STATUS PROGRAM ARGUMENT... -- runs it with nothing else there, not even an environment.
in_root() {
  local expected=$1 status; shift
  cp "$work/$1" "$work/root/$1"
  env -i "$(command -v chroot)" "$work/root" "/$@" >"$out" 2>"$err" </dev/null; status=$?
  [ "$status" -eq "$expected" ] || fail "$*: exit status $status, expected $expected"
}

compile hello <<'E'
-module(hello).
-export([main/1]).
main(["fail"]) -> error(wanted);
main(Words) -> io:format("hello ~p ~p~n", [Words, {code:root_dir(), re:run("abc", "b"), crypto_is_not_here()}]).
crypto_is_not_here() -> code:which(crypto).
E
run 0 bundle "$work/hello.beam" -s hello -o "$work/hello"
in_root 0 hello a "b c"
prints 'hello ["a","b c"] {"/hello/otp",{match,[{1,1}]},non_existing}'
in_root 1 hello fail
complains wanted

# An application and what it needs; its configuration; a port program of its own.
mkdir -p "$work/srv/ebin" "$work/srv/priv"
compile srv_app <<'E'
-module(srv_app).
-behaviour(application).
-export([start/2, stop/1, init/1, work/0]).
start(_, _) -> supervisor:start_link(?MODULE, []).
stop(_) -> ok.
init([]) -> {ok, {#{}, [#{id => w, start => {erlang, apply, [fun() -> {ok, proc_lib:spawn_link(?MODULE, work, [])} end, []]}}]}}.
work() ->
    io:format("~p ~p~n", [application:get_env(srv, key), running()]),
    {ok, [_ | _]} = inet:gethostname(),
    {error, _} = inet:getaddr("nosuch.invalid", inet),
    {ok, {127, 0, 0, 1}} = inet:getaddr("127.0.0.1", inet),
    {ok, Names} = file:list_dir("/"),
    {error, enoent} = file:read_file("/etc/passwd"),
    {ok, _} = file:read_file(filename:join(code:priv_dir(srv), "data")),
    io:format("~p~n", [Names]),
    init:stop(3).
%% It counts as running only some time after its supervisor has started.
running() ->
    case [A || {A, _, _} <- application:which_applications()] of
        [srv | _] = Names -> Names;
        _ -> timer:sleep(5), running()
    end.
E
mv "$work/srv_app.beam" "$work/srv/ebin"
echo '{application, srv, [{vsn, "1.0"}, {modules, [srv_app]}, {registered, []}, {applications, [kernel, stdlib, sasl]},
  {mod, {srv_app, []}}, {env, [{key, 1}]}]}.' >"$work/srv/ebin/srv.app"
echo data >"$work/srv/priv/data"
echo '[{srv, [{key, configured}]}].' >"$work/own.config"
run 0 bundle "$work/srv" -c "$work/own.config" -o "$work/server"
in_root 3 server
prints '{ok,configured} [srv,sasl,stdlib,kernel]'
(cd "$work" && python3 -c 'import shutil; shutil.make_archive("srv", "zip", ".", "srv")' && mv srv.zip srv.ez)
run 0 bundle "$work/srv.ez" -o "$work/server"
in_root 3 server
prints '{ok,1} [srv,sasl,stdlib,kernel]'

run 0 bundle --shared "$work/hello.beam" -s hello -f +S -f 1 -o "$work/shared"
"$work/shared" x >"$out" 2>&1 || fail "a shared program failed"
prints 'hello ["x"]'

run 2 bundle; one_line
run 2 bundle "$work/none" -o "$work/x"; one_line; complains "is no folder, archive or module"
run 2 bundle "$work/hello.beam" -o "$work/x"; one_line; complains "-s MODULE"
run 2 bundle "$work/hello.beam" -s other -o "$work/x"; one_line; complains "no module other"
run 0 bundle --help; prints usage

command -v mix >/dev/null || exit 0
mkdir -p "$work/demo/lib" && cd "$work/demo" || exit 1
cat >mix.exs <<'E'
defmodule Demo.MixProject do
  use Mix.Project
  def project, do: [app: :demo, version: "0.1.0"]
  def application, do: [extra_applications: [:logger]]
end
E
cat >lib/demo.ex <<'E'
defmodule Demo do
  def main(words) do
    IO.inspect({words, System.argv(), Enum.map(Application.started_applications(), &elem(&1, 0))}, width: 200)
    IO.puts("λ")
  end
end
E
MIX_ENV=prod MIX_HOME=$work/mix mix compile >"$out" 2>"$err" || fail "mix compile failed"
"$JOIST" bundle _build/prod/lib/*/ebin -s Elixir.Demo -o "$work/demo.program" || fail "bundling an Elixir program failed"
in_root 0 demo.program a λ
prints '{["a", "λ"], ["a", "λ"], [:demo, :logger, :elixir, :compiler, :stdlib, :kernel]}'
prints λ
