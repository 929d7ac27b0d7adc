#!/usr/bin/env bash
# A program that was packed together with its emulator: its start scripts call erlexec in the erts that lies in the
# release. With joist in that place it boots the release, whose erts has no preloaded modules.
. test/cli/erl_lib.bash
erl -noshell -eval 'halt(case code:which(systools) of non_existing -> 1; _ -> 0 end).' ||
  skip "this machine has no systools"
cd "$work"
mkdir -p app/ebin release
cat >app/demo.erl <<'E'
-module(demo).
-behaviour(application).
-export([start/2, stop/1, init/1, show/0]).
start(_, _) -> supervisor:start_link({local, demo_sup}, ?MODULE, []).
stop(_) -> ok.
init([]) -> {ok, {#{}, []}}.
show() ->
    Root = list_to_binary(code:root_dir()),
    Below = binary:match(list_to_binary(code:lib_dir(stdlib)), Root) =:= {0, byte_size(Root)},
    io:format("~0p~n", [{Below, is_pid(whereis(demo_sup)), application:get_env(demo, colour),
                        [A || {A, _, _} <- application:which_applications()], erlang:system_info(otp_release),
                        [{N, V, S} || {N, V, _, S} <- release_handler:which_releases()],
                        [M || M <- [init, erlang, prim_file], code:which(M) =/= preloaded]}]).
E
echo '{application, demo, [{description, "d"}, {vsn, "1"}, {modules, [demo]}, {applications, [kernel, stdlib, sasl]}, {mod, {demo, []}}, {registered, [demo_sup]}]}.' >app/ebin/demo.app
erlc -o app/ebin app/demo.erl
erl -noshell -pa app/ebin -eval '
  Version = fun(A) -> application:load(A), {ok, V} = application:get_key(A, vsn), {A, V} end,
  Rel = {release, {"demo", "1"}, {erts, erlang:system_info(version)}, [Version(A) || A <- [kernel, stdlib, sasl, demo]]},
  file:write_file("demo.rel", io_lib:format("~p.~n", [Rel])),
  {ok, _, _} = systools:make_script("demo", [silent, {path, ["app/ebin"]}]),
  {ok, _, _} = systools:make_tar("demo", [silent, {erts, code:root_dir()}, {path, ["app/ebin"]}]),
  ok = erl_tar:extract("demo.tar.gz", [compressed, {cwd, "release"}]), halt().'
echo '[{demo, [{colour, blue}]}].' >release/releases/1/sys.config
printf '%s 1\n' "$(ls -d release/erts-* | sed 's/.*erts-//')" >release/releases/start_erl.data
erts=$(echo "$work"/release/erts-*)
run() {
  ROOTDIR=$work/release BINDIR=$erts/bin EMU=beam PROGNAME=erl timeout $((40 * ${SLOWDOWN:-1})) "$erts/bin/erlexec" \
    -boot "$work/release/releases/1/start" -config "$work/release/releases/1/sys" -mode embedded -noshell \
    -eval 'demo:show(), init:stop(3).' </dev/null 2>&1; echo "status $?"
}
run >real
mv "$erts/bin/erlexec" "$work/erlexec"
ln -s "$JOIST" "$erts/bin/erlexec"
run >own
grep -q '{true,true,{ok,blue}' real || { echo "the release does not start on erl:"; cat real; exit 1; }
diff real own
