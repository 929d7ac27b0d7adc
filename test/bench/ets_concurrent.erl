%% ETS: eight writers and readers of one table.
-module(ets_concurrent).
-export([run/0]).

run() ->
    T = ets:new(t, [set, public, {write_concurrency, true}, {read_concurrency, true}]),
    ets:insert(T, {total, 0}),
    Ps = [spawn_monitor(fun() -> work(40000, I, T) end) || I <- lists:seq(1, 8)],
    [receive {'DOWN', R, process, P, normal} -> ok end || {P, R} <- Ps],
    {ets:lookup(T, total), ets:info(T, size)}.

work(0, _, _) -> ok;
work(N, I, T) ->
    ets:insert(T, {{I, N rem 1000}, N}),
    [_] = ets:lookup(T, {I, N rem 1000}),
    ets:update_counter(T, total, 1),
    work(N - 1, I, T).
