# joist with the OTP that lies inside it, as where no Erlang is installed: it boots, compiles, runs scripts, and what is
# inside can be listed and read, not changed.
. test/cli/lib.bash
own=$work/bin
mkdir "$own" && cp "$JOIST" "$own/joist" && ln -s joist "$own/erl"
export JOIST_OTP_ROOT=$own/joist/otp PATH=$own:/usr/bin:/bin
JOIST=$own/joist

run 0 -noshell -eval 'io:format("~s~n~s~n", [code:root_dir(), code:which(lists)]), halt().'
prints "$own/joist/otp/lib/stdlib-"
run 0 -noshell -eval '
  {ok, Beam} = file:read_file(code:which(lists)),
  {ok, {lists, _}} = beam_lib:version(Beam),
  {ok, Fd} = file:open(code:which(lists), [read, raw, binary]),
  {ok, <<"BEAM">>} = file:pread(Fd, 8, 4),
  true = filelib:is_dir(code:lib_dir(kernel)),
  {ok, Names} = file:list_dir(code:lib_dir()),
  true = length(Names) > 5,
  {error, erofs} = file:open(code:which(lists), [write]),
  {error, enotdir} = file:list_dir(code:which(lists)),
  {error, enotdir} = file:delete(code:which(lists)),
  {error, enoent} = file:read_file(filename:join(code:lib_dir(kernel), "none")),
  {ok, _} = file:read_file(filename:join([code:lib_dir(kernel), "..", ".", "..", "bin", "start.boot"])),
  {ok, _} = application:ensure_all_started(sasl),
  io:format("~s~n", [all_well]), halt().'
prints all_well

cat >"$work/greeting.erl" <<'E'
-module(greeting).
-export([main/1]).
-include_lib("kernel/include/file.hrl").
main(Words) -> io:format("~p ~p~n", [Words, lists:sum([1, 2, 3])]).
E
(cd "$work" && "$JOIST" erlc greeting.erl) || fail "erlc failed"
run 0 run "$work/greeting.beam" main a b
prints '["a","b"] 6'
printf '#!/usr/bin/env escript\nmain(A) -> io:format("~%s ~%s~%s", [A, code:is_loaded(erl_eval) =/= false]).\n' p p n >"$work/script"
run 0 escript "$work/script" x
prints '["x"] true'

# It is its own heart: the VM dies, and heart's command is run.
HEART_COMMAND="echo again >$work/restarted" timeout 30 "$own/erl" -heart -noshell -eval '
  {ok, Own} = heart:get_cmd(), ok = heart:set_cmd("true"), {ok, "true"} = heart:get_cmd(), ok = heart:clear_cmd(), {ok, Own} = heart:get_cmd(),
  io:format("~s~n", [Own]), os:cmd("kill -9 " ++ os:getpid()), timer:sleep(20000).' >"$out" 2>"$err" | cat
for _ in $(seq 200); do [ -s "$work/restarted" ] && grep -q Executed "$err" && break; sleep 0.1; done
prints "echo again"
complains "heart_beat_kill_pid = "
complains "Erlang has closed."
complains "Executed"
[ "$(cat "$work/restarted")" = again ] || fail "heart has not run its command"
# With init:stop() it ends quietly.
rm "$work/restarted"
HEART_COMMAND="echo again >$work/restarted" timeout 30 "$own/erl" -heart -noshell -eval 'init:stop().' >"$out" 2>"$err"
grep -q Executed "$err" && fail "heart has run its command after init:stop()"
[ ! -e "$work/restarted" ] || fail "heart has run its command after init:stop()"
