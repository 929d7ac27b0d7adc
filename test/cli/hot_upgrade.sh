# release_handler replaces the code of a running gen_server under load: its state is converted, no call is lost, and
# systools makes of the release what it makes on the real erl.
. test/cli/erl_lib.bash
export ERL_CRASH_DUMP=/dev/null
for v in 1 2; do
  mkdir -p "$work/hot-$v.0/ebin"
  echo "{application, hot, [{description, \"\"}, {vsn, \"$v.0\"}, {modules, [hot_app, hot_server]}, {registered, []},
    {applications, [kernel, stdlib, sasl]}, {mod, {hot_app, []}}]}." >"$work/hot-$v.0/ebin/hot.app"
done
compile hot_app <<'E'
-module(hot_app).
-behaviour(application).
-export([start/2, stop/1, init/1]).
start(_, _) -> supervisor:start_link({local, hot_sup}, ?MODULE, []).
stop(_) -> ok.
init([]) -> {ok, {#{}, [#{id => hot_server, start => {hot_server, start_link, []}, modules => [hot_server]}]}}.
E
cp "$work/hot_app.beam" "$work/hot-1.0/ebin" && mv "$work/hot_app.beam" "$work/hot-2.0/ebin"
for v in 1 2; do
  compile hot_server <<E
-module(hot_server).
-behaviour(gen_server).
-vsn("$v").
-export([start_link/0, init/1, handle_call/3, handle_cast/2, code_change/3]).
start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).
init([]) -> {ok, {v$v, 0}}.
handle_call(next, _, {v$v, N}) -> {reply, v$v, {v$v, N + 1}}.
handle_cast(_, State) -> {noreply, State}.
code_change("1", {v1, N}, []) -> {ok, {v2, N}}.
E
  mv "$work/hot_server.beam" "$work/hot-$v.0/ebin"
done
echo '{"2.0", [{"1.0", [{update, hot_server, {advanced, []}}]}], [{"1.0", [{update, hot_server, {advanced, []}}]}]}.' \
  >"$work/hot-2.0/ebin/hot.appup"
erl -noshell -eval '
  {ok, _} = application:ensure_all_started(sasl),
  V = fun(A) -> {_, _, Vsn} = lists:keyfind(A, 1, application:which_applications()), {A, Vsn} end,
  [ok = file:write_file("'"$work"'/hot" ++ N ++ ".rel", io_lib:format("~p.~n", [{release, {"hot", N},
     {erts, erlang:system_info(version)}, [V(kernel), V(stdlib), V(sasl), {hot, N ++ ".0"}]}])) || N <- ["1", "2"]],
  halt().'
same erl -noshell -eval '
  P = [{path, ["hot-1.0/ebin", "hot-2.0/ebin"]}, silent, {outdir, "."}],
  io:format("~p~n", [{systools:make_script("hot1", P), systools:make_script("hot2", P),
                      systools:make_relup("hot2", ["hot1"], ["hot1"], P)}]),
  io:format("~p~n", [file:consult("relup")]), halt().'
compile upgrade <<'E'
-module(upgrade).
-export([main/0]).
main() ->
    {ok, _} = application:ensure_all_started(hot),
    Self = self(),
    Clients = [spawn_link(fun() -> client(Self, 0, []) end) || _ <- [1, 2, 3, 4]],
    timer:sleep(100),
    {ok, Unpurged} = release_handler:upgrade_app(hot, filename:absname("hot-2.0")),
    timer:sleep(100),
    [C ! stop || C <- Clients],
    Results = [receive {done, N, Versions} -> {N, Versions} end || _ <- Clients],
    {v2, Calls} = sys:get_state(hot_server),
    io:format("~p~n", [{Unpurged, Calls =:= lists:sum([N || {N, _} <- Results]), Calls > 20,
                        lists:usort([V || {_, V} <- Results]), code:which(hot_server)}]),
    halt().

client(Parent, N, Versions) ->
    receive
        stop -> Parent ! {done, N, Versions}
    after 0 ->
        Version = gen_server:call(hot_server, next, infinity),
        client(Parent, N + 1, lists:usort([Version | Versions]))
    end.
E
same erl -noshell -pa hot-1.0/ebin -kernel logger_level error -s upgrade main
grep -qF '{[],true,true,[[v1,v2]],' "$work/.own.out" || fail "the upgrade went wrong: $(cat "$work/.own.out")"
