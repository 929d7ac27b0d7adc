# Reports of crashed processes and supervisors, as the real erl words them.
. test/cli/erl_lib.bash
compile crashes <<'X'
-module(crashes).
-behaviour(gen_server).
-export([start/0, init/1, handle_call/3, handle_cast/2]).
start() ->
    plain(fun() -> error(some_reason) end),
    plain(fun() -> throw(thrown) end),
    plain(fun() -> exit(silent) end),
    {ok, Server} = gen_server:start({local, server}, ?MODULE, [], []),
    Ref = monitor(process, Server),
    catch gen_server:call(Server, crash),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    logger:notice("a notice ~p", [1]),
    logger:error(#{what => report}),
    logger_std_h:filesync(default),
    init:stop().
%% The report comes by way of another process.
plain(F) -> {_, Ref} = spawn_monitor(F), receive {'DOWN', Ref, _, _, _} -> ok end, timer:sleep(100).
init([]) -> {ok, state}.
handle_call(crash, _, _) -> error(crashed).
handle_cast(_, S) -> {noreply, S}.
X
# Pids and what a heap measures differ.
settle() { sed -E 's/[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::[0-9:.]+/DATE/; s/<0\.[0-9]+\.0>/PID/g; s/(heap_size|stack_size|reductions): [0-9]+/\1/; s/,[^,]*\[alias\|#Ref<[^]]*\]/REF/; s/#Ref<[0-9.]*>/REF/'; }
same erl -noshell -s crashes start
