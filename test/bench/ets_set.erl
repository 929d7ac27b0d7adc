%% ETS: set tables.
-module(ets_set).
-export([run/0]).

run() ->
    T = ets:new(t, [set]),
    fill(200000, T),
    S = look(200000, T, 0),
    C = count(300000, T),
    N = ets:select_count(T, [{{'$1', '$2'}, [{'>', '$2', 100}], [true]}]),
    F = ets:foldl(fun({_, V}, A) -> (A + V) band 16#FFFFFFF end, 0, T),
    {S, C, N, F, ets:info(T, size)}.

fill(0, _) -> ok;
fill(N, T) -> ets:insert(T, {N, N * 2}), fill(N - 1, T).

look(0, _, A) -> A;
look(N, T, A) -> [{N, V}] = ets:lookup(T, N), look(N - 1, T, A + V).

count(0, T) -> ets:lookup_element(T, 5, 2);
count(N, T) -> ets:update_counter(T, N rem 10 + 1, 1), count(N - 1, T).
