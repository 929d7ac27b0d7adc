%% Lists: map, filter, fold, zip, comprehension.
-module(list_functions).
-export([run/0]).

run() -> loop(60, lists:seq(1, 100000), 0).

loop(0, _, Acc) -> Acc;
loop(N, L, Acc) ->
    M = lists:map(fun(X) -> X * 2 end, L),
    F = lists:filter(fun(X) -> X rem 3 =:= 0 end, M),
    S = lists:foldl(fun(X, A) -> X + A end, 0, F),
    Z = [A + B || {A, B} <- lists:zip(L, M), A rem 2 =:= 0],
    loop(N - 1, L, (Acc + S + length(Z) + lists:nth(500, Z)) band 16#FFFFFFFF).
