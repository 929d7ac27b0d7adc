%% OTP's programs that stand on tracing: dbg, cprof, eprof, fprof.
-module(profilers).
-include_lib("stdlib/include/ms_transform.hrl").
-export([main/0, work/1, fib/1]).

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

    eprof:start(),
    {ok, _} = eprof:profile(fun() -> work(8) end),
    eprof:log("/dev/null"),
    ok = eprof:analyze(total),
    eprof:stop(),

    fprof:start(),
    File = filename:join(os:getenv("TMPDIR", "/tmp"), "profilers." ++ os:getpid()),
    {_, _} = fprof:apply(?MODULE, work, [5], [{file, File}]),
    ok = fprof:profile([{file, File}]),
    ok = fprof:analyse([{dest, File ++ ".txt"}]),
    {ok, Terms} = file:consult(File ++ ".txt"),
    io:format("~p~n", [lists:usort([{F, C} || {_, {{?MODULE, _, _} = F, C, _, _}, _} <- Terms])]),
    fprof:stop(),
    file:delete(File), file:delete(File ++ ".txt"),

    Me = self(),
    {ok, _} = dbg:tracer(process, {fun(M, S) -> Me ! {seen, M}, S end, none}),
    {ok, _} = dbg:tpl(?MODULE, fib, x),
    {ok, _} = dbg:p(self(), [c]),
    fib(2),
    {ok, _} = dbg:p(self(), clear),
    io:format("~p~n", [seen(9)]),
    {ok, _} = dbg:ctpl(?MODULE),
    dbg:stop_clear(),
    io:format("~p~n", [dbg:fun2ms(fun([A, B]) when A > B -> message({A}) end)]).

seen(0) -> [];
seen(N) -> receive {seen, M} -> [setelement(2, M, pid) | seen(N - 1)] after 2000 -> [missing] end.
