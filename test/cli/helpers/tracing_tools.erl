%% OTP's programs that stand on tracing: cprof, eprof, fprof, dbg. What they count, not how long it took.
-module(tracing_tools).
-export([main/0, work/1, fib/1]).
-include_lib("stdlib/include/ms_transform.hrl").

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
work(N) -> {fib(N), lists:sort([N, 1])}.

main() ->
    cprof:start(?MODULE),
    work(10),
    cprof:pause(),
    io:format("~p~n", [cprof:analyse(?MODULE)]),
    cprof:stop(),
    io:format("~p~n", [cprof:analyse(?MODULE)]),

    {ok, _} = eprof:start(),
    {ok, _} = silently(fun() -> eprof:profile(fun() -> work(8) end) end),
    io:format("~p~n", [lists:sort([{F, N} || {{?MODULE, _, _} = F, {N, _}} <- element(5, eprof:dump_data())])]),
    eprof:stop(),

    {ok, _} = fprof:start(),
    File = "fprof.trace",
    {_, _} = fprof:apply(?MODULE, work, [5], [{file, File}]),
    ok = silently(fun() -> profile(File) end),
    ok = silently(fun() -> fprof:analyse([{dest, File ++ ".txt"}]) end),
    {ok, Terms} = file:consult(File ++ ".txt"),
    io:format("~p~n", [lists:usort([{F, C} || {_, {{?MODULE, _, _} = F, C, _, _}, _} <- Terms])]),
    fprof:stop(),

    Me = self(),
    {ok, _} = dbg:tracer(process, {fun(M, S) -> Me ! {seen, M}, S end, none}),
    {ok, _} = dbg:tpl(?MODULE, fib, x),
    {ok, _} = dbg:p(self(), [c]),
    fib(2),
    {ok, _} = dbg:p(self(), clear),
    io:format("~p~n", [seen(6)]),
    {ok, _} = dbg:ctpl(?MODULE),
    dbg:stop_clear(),

    {ok, _} = dbg:tracer(port, dbg:trace_port(file, "dbg.trace")),
    {ok, _} = dbg:tp(?MODULE, work, dbg:fun2ms(fun([X]) when X > 1 -> message({X, caller()}) end)),
    {ok, _} = dbg:p(self(), [call]),
    [?MODULE:work(N) || N <- [1, 2, 3]],
    ok = dbg:flush_trace_port(),
    dbg:stop_clear(),
    dbg:trace_client(file, "dbg.trace", {fun(M, S) -> Me ! {seen, M}, S end, none}),
    io:format("~p~n", [seen(3)]).

%% fprof links to the process that reads the trace; it may have read all of it by then.
profile(File) -> case fprof:profile([{file, File}]) of {error, noproc} -> profile(File); Result -> Result end.

seen(0) -> [];
seen(N) -> receive {seen, end_of_trace} -> [end_of_trace]; {seen, M} -> [setelement(2, M, pid) | seen(N - 1)] end.

%% Progress is told in dots, by time.
silently(F) ->
    Leader = group_leader(),
    group_leader(spawn_link(fun nobody/0), self()),
    Result = F(),
    group_leader(Leader, self()),
    Result.
nobody() -> receive {io_request, From, As, _} -> From ! {io_reply, As, ok} end, nobody().
