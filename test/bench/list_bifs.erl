%% Lists: BIFs over long lists.
-module(list_bifs).
-export([run/0]).

run() -> loop(100, lists:seq(1, 100000), 0).

loop(0, _, Acc) -> Acc;
loop(N, L, Acc) ->
    R = lists:reverse(L),
    true = lists:member(2, R),
    {_, K} = lists:keyfind(7, 1, [{X, N} || X <- lists:seq(1, 10)]),
    loop(N - 1, L, Acc + length(L ++ R) + length(tl(R)) + K).
