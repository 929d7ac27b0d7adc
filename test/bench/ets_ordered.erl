%% ETS: ordered_set tables.
-module(ets_ordered).
-export([run/0]).

run() ->
    T = ets:new(t, [ordered_set]),
    fill(100000, T),
    {walk(ets:first(T), T, 0), back(ets:last(T), T, 0), length(ets:select(T, [{{'$1', '_'}, [{'<', '$1', 5000}], ['$1']}])), drop(100000, T)}.

fill(0, _) -> ok;
fill(N, T) -> ets:insert(T, {N * 7919 rem 100003, {N, "value"}}), fill(N - 1, T).

walk('$end_of_table', _, A) -> A;
walk(K, T, A) -> walk(ets:next(T, K), T, A + K).

back('$end_of_table', _, A) -> A;
back(K, T, A) -> back(ets:prev(T, K), T, A + K).

drop(0, T) -> ets:info(T, size);
drop(N, T) -> ets:delete(T, N), drop(N - 1, T).
