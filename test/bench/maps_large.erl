%% Maps: insert, look up, fold and remove in large maps.
-module(maps_large).
-export([run/0]).

run() ->
    M = fill(200000, #{}),
    S = look(200000, M, 0),
    F = maps:fold(fun(K, V, A) -> (A + K * V) band 16#FFFFFFF end, 0, M),
    R = drop(150000, M),
    {S, F, map_size(R), lists:sum(maps:keys(R))}.

fill(0, M) -> M;
fill(N, M) -> fill(N - 1, M#{N * 7919 rem 1000003 => N}).

look(0, _, A) -> A;
look(N, M, A) -> look(N - 1, M, A + map_get(N * 7919 rem 1000003, M)).

drop(0, M) -> M;
drop(N, M) -> drop(N - 1, maps:remove(N * 7919 rem 1000003, M)).
